// Operations on many records: which places they show. Each is asked once per grade, over the records of all places, and read must
// reach exactly what is shown, counted, followed or ordered by.
import { searchProperties } from '@kartoteka/metadata';
import { observed } from './cells.ts';
import { type Grade, POINTER } from './documents.ts';
import { entityNamed } from './generator.ts';
import type { HttpAnswer } from './http.ts';
import { reaches } from './places.ts';
import type { Placed, Stage } from './stage.ts';

export interface Listing {
  readonly stage: Stage;
  readonly grade: Grade;
  readonly placed: readonly Placed[];
  act(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
}

export interface ListOperation {
  readonly name: string;
  applies?(stage: Stage): boolean;
  /** Ids of the placed records that the answer shows or uses; a text for a refusal. */
  run(listing: Listing): Promise<readonly string[] | string>;
}

/** The places shown, or the refusal. */
export function expectedPlaces({ grade, placed }: Listing): string {
  const { privilege, depth, entity } = grade;
  if (privilege === 'read' && depth === 'none') return `403 missing_privilege: read on ${entity.name}`;
  return placed
    .filter(({ place }) => privilege !== 'read' || reaches(grade, place))
    .map(({ place }) => place)
    .join(' ');
}

export async function shownPlaces(operation: ListOperation, listing: Listing): Promise<string> {
  const shown = await operation.run(listing);
  if (typeof shown === 'string') return shown;
  return listing.placed
    .filter(({ id }) => shown.includes(id))
    .map(({ place }) => place)
    .join(' ');
}

const amongst = (ids: readonly string[]): string => `id in (${ids.map((id) => `'${id}'`).join(',')})`;
const idsOf = (rows: readonly { readonly id: string }[]): readonly string[] => rows.map(({ id }) => id);

/** Reads a list of the entity's records, with these options beside the filter. */
const list =
  (options: string, path = '') =>
  async ({ stage, placed, act }: Listing): Promise<readonly string[] | string> => {
    const filter = amongst(idsOf(placed));
    const answer = await act('GET', `/${stage.entity.set}${path}?$select=id&$filter=${filter}${options}`);
    return answer.status === 200 ? idsOf(answer.json.value) : observed(answer);
  };

const count: ListOperation = {
  name: 'count',
  run: async ({ stage, placed, act }) => {
    const shown: string[] = [];
    for (const { id } of placed) {
      const answer = await act('GET', `/${stage.entity.set}/$count?$filter=id eq '${id}'`);
      if (answer.status !== 200) return observed(answer);
      if (answer.text === '1') shown.push(id);
    }
    return shown;
  },
};

const csv: ListOperation = {
  name: 'CSV',
  run: async ({ stage, placed, act }) => {
    const path = `/${stage.entity.set}?$select=id&$filter=${amongst(idsOf(placed))}`;
    const answer = await act('GET', path, undefined, { accept: 'text/csv' });
    return answer.status === 200 ? answer.text.split('\r\n').slice(1, -1) : observed(answer);
  },
};

/** The list with a delta link, which tells nothing at once and knows no more than the list. */
const followed: ListOperation = {
  name: 'list that is followed',
  run: async ({ stage, placed, act }) => {
    const { set } = stage.entity;
    const path = `/${set}?$select=id&$filter=${amongst(idsOf(placed))}`;
    const list = await act('GET', path, undefined, { prefer: 'odata.track-changes' });
    if (list.status !== 200) return observed(list);
    const link = new URL(list.json['@odata.deltaLink']);
    const delta = await act('GET', `/${set}${link.search}`);
    return delta.status === 200 ? [...idsOf(list.json.value), ...idsOf(delta.json.value)] : observed(delta);
  },
};

/** Reads the pointers of the records: `of` says whose record an answered pointer is taken to show. */
const pointed = (
  options: (navigation: string) => string,
  of: (rows: readonly Row[], navigation: string, hidden: number) => readonly Row[],
): ListOperation['run'] => {
  return async ({ stage, placed, act, grade }) => {
    const navigation = `to_${stage.entity.name}`;
    const pointers = entityNamed(stage.world.model, POINTER).set;
    const filter = amongst(placed.map(({ pointer }) => pointer));
    const answer = await act('GET', `/${pointers}?$filter=${filter}${options(navigation)}`);
    if (answer.status !== 200) return observed(answer);
    const hidden = placed.filter(({ place }) => grade.privilege === 'read' && !reaches(grade, place)).length;
    return of(answer.json.value, navigation, hidden).map((row) => String(row[`${navigation}_id`]));
  };
};

type Row = Readonly<Record<string, unknown>>;

const expand: ListOperation = {
  name: 'expand from another entity',
  run: pointed(
    (navigation) => `&$expand=${navigation}($select=id)`,
    (rows, navigation) => rows.filter((row) => row[navigation] !== null),
  ),
};

const filterPath: ListOperation = {
  name: 'filter by a path from another entity',
  run: pointed(
    (navigation) => ` and ${navigation}/version ge 1`,
    (rows) => rows,
  ),
};

/** What is hidden has no value to be ordered by, and comes first. */
const orderPath: ListOperation = {
  name: 'order by a path from another entity',
  run: pointed(
    (navigation) => `&$orderby=${navigation}/version`,
    (rows, _navigation, hidden) => rows.slice(hidden),
  ),
};

const search: ListOperation = {
  name: 'search',
  applies: ({ entity }) => searchProperties(entity).length > 0,
  run: list('&$search=w0'),
};

export const LIST_OPERATIONS: readonly ListOperation[] = [
  { name: 'list', run: list('') },
  { name: 'list with an order', run: list('&$orderby=created_on desc') },
  followed,
  count,
  csv,
  search,
  expand,
  filterPath,
  orderPath,
];
