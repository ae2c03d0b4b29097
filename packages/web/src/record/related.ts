// Lists of related records: which columns they show, the request for them, and how records get into and out of them. Pure.
import type { ClientEntity, ClientModel } from '@kartoteka/metadata';
import { fieldOfProperty } from '../fields/system-fields.ts';

export interface RelatedColumn {
  /** Lookup that is followed; undefined for a property of the record itself. */
  readonly navigation?: string;
  readonly entity: ClientEntity;
  readonly property: string;
}

/** Entity of a name, as far as the reader may know it. */
export const entityNamed = (model: ClientModel, name: string | undefined): ClientEntity | undefined =>
  Object.values(model.entities).find((entity) => entity.name === name);

/**
 * The columns of a view of the target: its own properties, and those of one lookup further; first the title. What leads back to
 * the record (`back`, the inverse of the list) would say the same in every row.
 */
export function relatedColumns(
  model: ClientModel,
  target: ClientEntity,
  { view, back }: { readonly view: string | null; readonly back?: string },
  most: number,
): readonly RelatedColumn[] {
  const document =
    target.views.find(({ name }) => name === view) ?? target.views.find((each) => each.default) ?? target.views[0];
  const paths = (document?.columns ?? []).map(({ path }) => path);
  const columns = paths.flatMap((path): RelatedColumn[] => {
    const segments = path.split('/');
    const property = segments.at(-1) ?? '';
    if (segments.length === 1) return [{ entity: target, property }];
    const [navigation = ''] = segments;
    const entity = entityNamed(model, target.navigations[navigation]?.entity);
    return segments.length > 2 || entity === undefined ? [] : [{ navigation, entity, property }];
  });
  const inverse = back === undefined ? undefined : target.navigations[back]?.property;
  const known = columns.filter(
    ({ navigation, entity, property }) =>
      fieldOfProperty(entity, property) !== undefined &&
      (navigation === undefined ? property !== inverse : navigation !== back),
  );
  const title = { entity: target, property: target.display_property };
  const others = known.filter(
    (column) => column.navigation !== undefined || column.property !== target.display_property,
  );
  // Records that have no title of their own - links - are named by what they show first.
  return (target.display_property === 'id' ? others : [title, ...others]).slice(0, most);
}

/** Path of a page of a collection with the columns' values; `count`: with the number of all. */
export function relatedPath(
  owner: { readonly set: string; readonly id: string },
  navigation: string,
  target: ClientEntity,
  columns: readonly RelatedColumn[],
  top: number,
): string {
  const own = columns.filter((column) => column.navigation === undefined);
  const select = new Set(['id', ...own.flatMap(({ property }) => selected(target, property))]);
  const expands = new Map<string, Set<string>>();
  for (const { navigation: via, entity, property } of columns) {
    if (via === undefined) continue;
    const names = expands.get(via) ?? new Set(['id']);
    expands.set(via, names);
    for (const name of selected(entity, property)) names.add(name);
  }
  const query = new URLSearchParams({ $select: [...select].join(','), $top: String(top), $count: 'true' });
  if (expands.size > 0)
    query.set('$expand', [...expands].map(([via, names]) => `${via}($select=${[...names].join(',')})`).join(','));
  return `${owner.set}(${owner.id})/${navigation}?${query}`;
}

/** The properties that it takes to show one: an amount's currency, a lookup's type. */
function selected(entity: ClientEntity, property: string): readonly string[] {
  const field = fieldOfProperty(entity, property);
  const beside = (field?.properties ?? []).filter((name) => name === `${property}_currency` || name.endsWith('_type'));
  return [property, ...beside];
}

/**
 * Address of the list of a collection's records alone, with every column, filter and action that lists have; undefined where the
 * records do not lead back, or may not be asked for it.
 */
export function relatedList(entity: ClientEntity, name: string, target: ClientEntity, id: string): string | undefined {
  const back = entity.navigations[name]?.inverse;
  const inverse = back === undefined ? undefined : target.navigations[back];
  if (back === undefined || inverse === undefined) return undefined;
  const { many, property } = inverse;
  if (!many && (property === undefined || fieldOfProperty(target, property)?.filterable !== true)) return undefined;
  const filter = many ? `${back}/any(x:x/id eq ${id})` : `${property} eq ${id}`;
  return `/records/${target.set}?${new URLSearchParams({ filter })}`;
}

export type Membership =
  /** The related record names this one by a lookup. */
  | { readonly kind: 'lookup'; readonly defaults: Readonly<Record<string, unknown>>; readonly unlinks: boolean }
  | { readonly kind: 'link' }
  /** The links are records of their own, which are shown in a list of theirs. */
  | { readonly kind: 'through' };

/** How a record becomes a member of a collection of the record `id`. */
export function membershipOf(entity: ClientEntity, name: string, target: ClientEntity, id: string): Membership {
  const navigation = entity.navigations[name];
  if (navigation?.through !== undefined) return { kind: 'through' };
  if (navigation?.links === true) return { kind: 'link' };
  const inverse = target.navigations[navigation?.inverse ?? ''];
  if (inverse === undefined || inverse.many || inverse.property === undefined) return { kind: 'link' };
  const { property } = inverse;
  const field = fieldOfProperty(target, property);
  const type = field?.properties.find((each) => each !== property && each.endsWith('_type'));
  const defaults = { [property]: id, ...(type === undefined ? {} : { [type]: entity.name }) };
  return { kind: 'lookup', defaults, unlinks: field?.required !== true && field?.read_only !== true };
}

/** What a delete of a record does to others: by lookups that lead to its entity. */
export interface Consequence {
  readonly entity: ClientEntity;
  readonly onDelete: 'cascade' | 'set_null' | 'restrict';
  /** Counts the records concerned. */
  readonly path: string;
}

/** Every lookup of every entity that may lead to the record. */
export function consequences(model: ClientModel, entity: ClientEntity, id: string): readonly Consequence[] {
  return Object.values(model.entities).flatMap((other) =>
    Object.values(other.fields).flatMap((field): Consequence[] => {
      const { targets, on_delete: onDelete = 'restrict' } = field.options as {
        targets?: readonly string[];
        on_delete?: Consequence['onDelete'];
      };
      const [property, type] = field.properties;
      if (targets?.includes(entity.name) !== true || property === undefined || field.secured?.read === false) return [];
      const isOne = type === undefined || targets.length === 1;
      const filter = isOne ? `${property} eq ${id}` : `${property} eq ${id} and ${type} eq '${entity.name}'`;
      return [{ entity: other, onDelete, path: `${other.set}/$count?$filter=${encodeURIComponent(filter)}` }];
    }),
  );
}
