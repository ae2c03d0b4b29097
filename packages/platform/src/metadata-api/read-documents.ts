// Stored documents as the routes below /metadata show them: by effective name, whichever layer says something of it. Reads only.
import type { DocumentKind, Layer, PackageLayer } from '@kartoteka/metadata';
import type { Executor } from '../storage/types.ts';

/** An extension is known by what it extends, whatever it is called itself. */
export const EFFECTIVE_NAME = `coalesce(d.body->>'extends', d.name)`;

/** A document of the list. */
export interface ListedDocument {
  readonly kind: string;
  readonly name: string;
  /** Those that say something of it, lowest first. */
  readonly layers: readonly string[];
  /** Revision that changed it last. */
  readonly revision: number;
}

/** Which documents are listed: up to `most`, behind `after` (kind and name) in order of kind and name. */
export interface DocumentList {
  readonly kind: DocumentKind | undefined;
  readonly layer: string | undefined;
  readonly after: readonly (string | null)[] | null;
  readonly most: number;
}

export async function listDocuments(executor: Executor, list: DocumentList): Promise<readonly ListedDocument[]> {
  const { kind = null, layer = null, after, most } = list;
  const rows = await executor.run(
    `select kind, name, json_agg(layer order by place, layer)::text as layers, max(revision)::text as revision,
  bool_or(layer = $2::text) as asked
from (select d.kind collate "C" as kind, ${EFFECTIVE_NAME} collate "C" as name, d.layer, d.revision,
    case d.layer when 'base' then 0 when 'custom' then 2 else 1 end as place
  from kartoteka.document d where $1::text is null or d.kind = $1::text) d
where $3::text is null or (kind, name) > ($3::text, $4::text)
group by kind, name having $2::text is null or bool_or(layer = $2::text)
order by kind, name limit $5::bigint`,
    [kind, layer, after?.[0] ?? null, after?.[1] ?? null, String(most)],
  );
  return rows.map((row) => ({
    kind: String(row.kind),
    name: String(row.name),
    layers: JSON.parse(String(row.layers)) as string[],
    revision: Number(row.revision),
  }));
}

/** A document as one layer says it. */
export interface DocumentPart {
  readonly layer: Layer;
  /** As it is stored, which need not be what it is called in effect. */
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What each layer says of a document, with the installed packages and the revision of the metadata. No parts: there is no such document. */
export async function readParts(
  executor: Executor,
  kind: DocumentKind,
  name: string,
): Promise<{
  readonly revision: number;
  readonly parts: readonly DocumentPart[];
  readonly packages: readonly PackageLayer[];
}> {
  const [row] = await executor.run(
    `select s.revision::text as revision, (select coalesce(json_agg(p.manifest order by p.position), '[]')
  from kartoteka.package p where p.uninstalled_on is null)::text as packages, (select coalesce(json_agg(json_build_object('layer', d.layer, 'name', d.name, 'body', d.body)
  order by d.layer, d.name), '[]') from kartoteka.document d where d.kind = $1::text and ${EFFECTIVE_NAME} = $2::text)::text as parts
from kartoteka.state s`,
    [kind, name],
  );
  return {
    revision: Number(row?.revision ?? 0),
    parts: JSON.parse(String(row?.parts ?? '[]')) as DocumentPart[],
    packages: JSON.parse(String(row?.packages ?? '[]')) as PackageLayer[],
  };
}

/** What there is altogether, in one moment. */
export async function readSummary(executor: Executor): Promise<{
  readonly revision: number;
  readonly published_on: string;
  readonly model_hash: string;
  readonly layers: Readonly<Record<string, number>>;
  readonly documents: Readonly<Record<string, number>>;
  readonly pending_steps: number;
}> {
  const [row] = await executor.run(
    `select s.revision::text as revision, to_json(r.created_on)#>>'{}' as published_on, r.model_hash,
  (select json_object_agg(layer, n order by layer) from (select layer, count(*) as n from kartoteka.document group by layer) l)::text as layers,
  (select json_object_agg(kind, n order by kind) from (select kind, count(distinct ${EFFECTIVE_NAME}) as n from kartoteka.document d group by kind) k)::text as documents,
  (select count(*)::text from kartoteka.publish_step where done_on is null) as pending
from kartoteka.state s left join kartoteka.revision r on r.number = s.revision`,
  );
  return {
    revision: Number(row?.revision ?? 0),
    published_on: String(row?.published_on),
    model_hash: String(row?.model_hash),
    layers: JSON.parse(String(row?.layers ?? '{}')),
    documents: JSON.parse(String(row?.documents ?? '{}')),
    pending_steps: Number(row?.pending ?? 0),
  };
}
