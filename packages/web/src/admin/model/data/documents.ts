// Documents as the editor works on them: what every layer says, with the draft over it, and the Model that expressions are checked against.
// Read once per published revision.
import { CUSTOM_PREFIXES } from '@kartoteka/metadata';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useApi } from '../../../data/api.ts';
import { useModel } from '../../../data/model.tsx';
import { effectiveOf, type LayeredDocument } from '../logic/layered.ts';
import type { Json } from '../logic/paths.ts';
import type { ChoiceValueDocuments, EditedEntity, EditedModel, NamedEntity } from '../logic/scope.ts';
import { namedEntities } from '../logic/scope.ts';
import { keyOf, useDraft } from './draft.tsx';
import { type ListedDocument, listDocuments, readEffective, readLayer } from './metadata-api.ts';
import { publishedModel } from './published-model.ts';

const FOREVER = Number.POSITIVE_INFINITY;

/** Every document with the layers that say something of it. */
export function useListed() {
  const api = useApi();
  const { revision } = useModel();
  return useQuery({
    queryKey: ['metadata', 'documents', revision],
    queryFn: () => listDocuments(api),
    staleTime: FOREVER,
  });
}

interface Key {
  readonly kind: string;
  readonly name: string;
}

/** Layered documents; `ready` is false while something of them is read. */
export function useLayered(keys: readonly Key[]): {
  readonly ready: boolean;
  readonly error: unknown;
  readonly documents: readonly LayeredDocument[];
} {
  const api = useApi();
  const { revision } = useModel();
  const listed = useListed();
  const { bodies, failed } = useDraft();
  const byKey = useMemo(() => new Map((listed.data ?? []).map((each) => [keyOf(each), each])), [listed.data]);
  const read = useQueries({
    queries: keys.map(({ kind, name }) => ({
      queryKey: ['metadata', 'layers', revision, kind, name],
      queryFn: async () => {
        const layers = byKey.get(keyOf({ kind, name }))?.layers ?? [];
        return Promise.all(layers.map(async (layer) => ({ layer, body: await readLayer(api, kind, name, layer) })));
      },
      enabled: listed.data !== undefined,
      staleTime: FOREVER,
    })),
    combine: (results) => ({
      ready: results.every(({ data }) => data !== undefined),
      error: results.find(({ error }) => error !== null)?.error ?? null,
      layers: results.map(({ data }) => data ?? []),
    }),
  });
  const names = JSON.stringify(keys);
  const documents = useMemo(
    () =>
      (JSON.parse(names) as Key[]).map(({ kind, name }, at): LayeredDocument => {
        const layers = read.layers[at] ?? [];
        return {
          ...{ kind, name },
          lower: layers.filter(({ layer }) => layer !== 'custom'),
          published: layers.find(({ layer }) => layer === 'custom')?.body ?? null,
          draft: bodies?.get(keyOf({ kind, name })),
        };
      }),
    [names, read.layers, bodies],
  );
  return {
    ready: read.ready && listed.data !== undefined && bodies !== undefined,
    error: failed ?? listed.error ?? read.error,
    documents,
  };
}

/** Documents that there are, published or in the draft only, of one kind. */
export function useNamesOf(kind: string): readonly (Key & { readonly listed: ListedDocument | undefined })[] {
  const listed = useListed();
  const { detail } = useDraft();
  return useMemo(() => {
    const found = new Map((listed.data ?? []).filter((each) => each.kind === kind).map((each) => [each.name, each]));
    const drafted = (detail?.documents ?? []).filter((each) => each.kind === kind).map(({ name }) => name);
    return [...new Set([...found.keys(), ...drafted])].map((name) => ({ kind, name, listed: found.get(name) }));
  }, [listed.data, detail, kind]);
}

const asEntity = (name: string, body: Json | null): EditedEntity | null =>
  body === null || body.fields === undefined
    ? null
    : {
        name,
        ownership: (body.ownership ?? 'organization') as EditedEntity['ownership'],
        fields: body.fields as EditedEntity['fields'],
      };

const useOrganization = () => {
  const api = useApi();
  const { revision } = useModel();
  return useQuery({
    queryKey: ['metadata', 'organization', revision],
    queryFn: () => readEffective(api, 'organization', 'organization'),
    staleTime: FOREVER,
  });
};

/** What names of customisations begin with: `x_`, and what the organization says besides. */
export function usePrefixes(): readonly string[] {
  const { data } = useOrganization();
  return useMemo(() => {
    const said = (data?.prefixes ?? []) as readonly string[];
    return [...new Set([...CUSTOM_PREFIXES, ...said])];
  }, [data]);
}

/** The Model with the draft in it, and what names mean in it. */
export function useEditedModel(): {
  readonly model: EditedModel;
  readonly entities: ReadonlyMap<string, NamedEntity>;
} {
  const client = useModel();
  const { detail } = useDraft();
  const organization = useOrganization();
  const drafted = (detail?.documents ?? []).filter(({ kind }) => kind === 'entity' || kind === 'choice');
  const { documents } = useLayered(drafted.map(({ kind, name }) => ({ kind, name })));
  return useMemo(() => {
    const published = publishedModel(client, organization.data);
    const entities = new Map(published.entities);
    const choices = new Map(published.choices);
    for (const document of documents) {
      const body = effectiveOf(document);
      const { name } = document;
      if (document.kind === 'choice') {
        if (body === null) choices.delete(name);
        else choices.set(name, (body.values ?? {}) as ChoiceValueDocuments);
        continue;
      }
      const entity = asEntity(name, body);
      if (entity === null) entities.delete(name);
      else entities.set(name, entity);
    }
    const model = { ...published, entities, choices };
    return { model, entities: namedEntities(model) };
  }, [client, organization.data, documents]);
}
