// What an answer tells of each record beyond minimal metadata: types and links (`odata.metadata=full`; OData JSON Format 4.01, 3.1.2),
// and nulls that are left out (`Prefer: omit-values=nulls`). Records are parsed again for it; who does not ask pays nothing.
import { exactJsonText, type Model, type Property, parseExactJson } from '@kartoteka/metadata';
import { typeName } from './csdl/properties.ts';
import { PlatformError } from './errors.ts';
import { targetOf } from './plan/read.ts';
import type { ExpandNode, SelectNode } from './plan/read-plan.ts';
import type { Format, Preferences } from './request/headers.ts';
import type { Principal } from './security/types.ts';

/** Characters of an answer that are parsed again at most. */
const MOST_CHARACTERS = 8 * 1024 * 1024;

/** How the records of an answer are told; null where neither is asked for. */
export interface Telling {
  readonly model: Model;
  readonly principal: Principal;
  readonly baseUrl: string;
  readonly full: boolean;
  readonly omitNulls: boolean;
}

/** For Preference-Applied. */
export function omitted(telling: Telling | null): readonly string[] {
  return telling?.omitNulls === true ? ['omit-values=nulls'] : [];
}

export function tellingOf(
  {
    model,
    principal,
    request,
  }: Pick<Telling, 'model' | 'principal'> & { readonly request: { readonly baseUrl: string } },
  { metadata }: Format,
  { omitNulls }: Preferences,
): Telling | null {
  const full = metadata === 'full';
  return full || omitNulls ? { model, principal, baseUrl: request.baseUrl, full, omitNulls } : null;
}

/** The selection with the id, which links are made of, in every record. */
export function withIds(select: SelectNode): SelectNode {
  const id = select.entity.properties.get('id');
  const { properties } = select;
  const complete =
    properties === null || id === undefined || properties.includes(id) ? properties : [...properties, id];
  const expands = select.expands.map((expand) =>
    expand.form === 'records' ? { ...expand, select: withIds(expand.select) } : expand,
  );
  return { ...select, properties: complete, expands };
}

/** The JSON of a record, or of an array of records, as it is to be told. Throws limit_exceeded for one that is too long. */
export function tell(json: string, select: SelectNode, telling: Telling): string {
  if (json.length > MOST_CHARACTERS) {
    const limit = 'characters in one answer with full metadata or without nulls; ask for fewer records or properties';
    throw new PlatformError('limit_exceeded', { limit, value: String(MOST_CHARACTERS) });
  }
  return exactJsonText(told(parseExactJson(json), select, telling));
}

type Members = [name: string, value: unknown][];

function told(value: unknown, select: SelectNode, telling: Telling): unknown {
  if (Array.isArray(value)) return value.map((each) => told(each, select, telling));
  if (value === null || typeof value !== 'object') return value;
  const record = value as Readonly<Record<string, unknown>>;
  const expands = new Map(select.expands.map((expand) => [expand.navigation.name, expand]));
  const url = telling.full && typeof record.id === 'string' ? urlOf(select, record.id, telling) : null;
  const members = Object.entries(record).flatMap(([name, member]) =>
    memberOf(name, member, { select, expand: expands.get(name), telling, isLinked: url !== null }),
  );
  const links = url === null ? [] : linksOf(select, url, telling);
  return Object.fromEntries([...(url === null ? [] : identityOf(select, url)), ...members, ...links]);
}

function urlOf({ entity }: SelectNode, id: string, { baseUrl }: Telling): string {
  return `${baseUrl}/${entity.set}(${id})`;
}

function identityOf({ entity }: SelectNode, url: string): Members {
  return [
    ['@odata.type', `#${typeName(entity.name)}`],
    ['@odata.id', url],
    ['@odata.editLink', url],
  ];
}

interface MemberPlace {
  readonly select: SelectNode;
  readonly expand: ExpandNode | undefined;
  readonly telling: Telling;
  /** The record has links, made of an id that it may not have been asked for. */
  readonly isLinked: boolean;
}

function memberOf(name: string, value: unknown, { select, expand, telling, isLinked }: MemberPlace): Members {
  if (expand !== undefined) return [[name, expand.form === 'records' ? told(value, expand.select, telling) : value]];
  if (isLinked && name === 'id' && !isNamed(select, 'id')) return [];
  const property = select.entity.properties.get(name);
  if (property === undefined) return [[name, value]];
  if (value === null) return telling.omitNulls ? [] : [[name, value]];
  const type = telling.full ? typeOf(property) : null;
  return type === null
    ? [[name, value]]
    : [
        [`${name}@odata.type`, type],
        [name, value],
      ];
}

function isNamed({ named }: SelectNode, name: string): boolean {
  return named === null || named.includes(name) || named.includes('*');
}

/** Types that a reader of JSON takes the value for by itself (3.1.2, 4.5.3). */
const PLAIN: ReadonlySet<string> = new Set(['Edm.String', 'Edm.Boolean', 'Edm.Untyped']);

function typeOf({ type }: Property): string | null {
  return PLAIN.has(type) ? null : `#${type.replaceAll('Edm.', '')}`;
}

/** Links of the navigations that the selection does not leave out and that lead to what the reader may read. */
function linksOf({ entity, named, expands }: SelectNode, url: string, { model, principal }: Telling): Members {
  const shown = [...entity.navigations.values()].filter(
    (navigation) =>
      (named === null ||
        named.includes(navigation.name) ||
        expands.some((expand) => expand.navigation === navigation)) &&
      principal.access(targetOf(model, navigation).name, 'read').granted,
  );
  return shown.flatMap(
    ({ name }): Members => [
      [`${name}@odata.associationLink`, `${url}/${name}/$ref`],
      [`${name}@odata.navigationLink`, `${url}/${name}`],
    ],
  );
}
