// What a list of visits must show, decided without the engine: the rows by `sees` and a filter in JavaScript, their order by
// the ranks of values that PostgreSQL gives.
import type { Loaded, Reader, ReadWorld, WorldRow } from './read-world.ts';

const VISIT_KEYS = [
  'title',
  'note',
  'score',
  'price',
  'paid',
  'day',
  'at',
  'stage',
  'r',
  't1',
  'company_id',
  'owner_id',
];
const COMPANY_KEYS = ['name', 'legal_name', 'headcount'];
/** Order keys there is an oracle for. */
export const KEYS = [
  ...VISIT_KEYS,
  'id',
  'version',
  'created_on',
  ...COMPANY_KEYS.map((key) => `company/${key}`),
  'company/parent_company/name',
  'follows/score',
  'follows/company/legal_name',
  'about_type',
  'about_visit/score',
  'about_company/legal_name',
  'about_visit/company/headcount',
  'followers/$count',
  'guests/$count($filter=headcount ge 2)',
  'length(title)',
  '- score',
  "case(stage eq 'b':2,paid:1)",
];

/** Records of a visit's collections that the reader sees. */
export interface Related {
  /** Visits that follow it. */
  readonly followers: readonly WorldRow[];
  readonly guests: readonly WorldRow[];
}

export interface Filter {
  readonly text: string;
  /** `company`: the visible company of the visit, or null. */
  readonly holds: (visit: WorldRow, company: WorldRow | null, related?: Related) => boolean;
}

/** Orders that are computed, with the value by which they order; null comes first. */
const COMPUTED_KEYS: Readonly<Record<string, (visit: WorldRow, related: Related) => number | null>> = {
  'followers/$count': (_visit, { followers }) => followers.length,
  'guests/$count($filter=headcount ge 2)': (_visit, { guests }) => guests.filter(isLarge).length,
  'length(title)': ({ title }) => (title === null ? null : [...String(title)].length),
  '- score': ({ score }) => (score === null ? null : -Number(score)),
  "case(stage eq 'b':2,paid:1)": ({ stage, paid }) => (stage === 'b' ? 2 : paid === true ? 1 : null),
};

const isLarge = ({ headcount }: WorldRow): boolean => headcount !== null && Number(headcount) >= 2;
const scoreOf = ({ score }: WorldRow): number => (score === null ? Number.NaN : Number(score));

export const FILTERS: readonly Filter[] = [
  { text: 'score gt 0', holds: ({ score }) => score !== null && Number(score) > 0 },
  { text: 'not (score gt 0)', holds: ({ score }) => !(score !== null && Number(score) > 0) },
  { text: 'score ne null and paid eq true', holds: ({ score, paid }) => score !== null && paid === true },
  { text: "stage in ('a','c')", holds: ({ stage }) => stage === 'a' || stage === 'c' },
  { text: "contains(title,'ё') or r eq ''", holds: ({ title, r }) => String(title ?? '').includes('ё') || r === '' },
  {
    text: "title ge 'Б'",
    holds: ({ title }) => title !== null && Buffer.compare(Buffer.from(String(title)), Buffer.from('Б')) >= 0,
  },
  { text: 'company/headcount ge 2', holds: (_, company) => Number(company?.headcount ?? -1) >= 2 },
  { text: 'company/headcount eq null', holds: (_, company) => (company?.headcount ?? null) === null },
  {
    text: "not (company/name eq '') and company/name ne null",
    holds: (_, company) => company !== null && company.name !== '',
  },
  { text: 'price gt 12345678901234567890.0000000001', holds: ({ price }) => String(price).endsWith('2') },
];
const NOBODY: Related = { followers: [], guests: [] };

/** Filters that ask for related records as well. */
export const ALL_FILTERS: readonly Filter[] = [
  ...FILTERS,
  { text: 'followers/any()', holds: (_visit, _company, related = NOBODY) => related.followers.length > 0 },
  {
    text: 'followers/any(f:f/score gt score)',
    holds: (visit, _company, { followers } = NOBODY) => followers.some((one) => scoreOf(one) > scoreOf(visit)),
  },
  {
    text: 'followers/all(f:f/score gt 0 and f/id ne id)',
    holds: (visit, _company, { followers } = NOBODY) =>
      followers.every((one) => scoreOf(one) > 0 && one.id !== visit.id),
  },
  {
    text: "guests/any(g:g/headcount ge 2 or g/visits/any(v:v/score ge 9)) and stage ne 'c'",
    holds: ({ stage }, _company, { guests } = NOBODY) => guests.some(isLarge) && stage !== 'c',
  },
  {
    text: 'guests/$count($filter=headcount ge 2) eq 1',
    holds: (_visit, _company, { guests } = NOBODY) => guests.filter(isLarge).length === 1,
  },
];

export interface Asked {
  readonly order: readonly { readonly key: string; readonly descending: boolean }[];
  readonly filter: Filter | null;
}

/** The query options that ask for it. */
export function optionsOf({ order, filter }: Asked): string[] {
  const options = filter === null ? [] : [`$filter=${filter.text}`];
  if (order.length > 0)
    options.push(`$orderby=${order.map((o) => `${o.key}${o.descending ? ' desc' : ''}`).join(',')}`);
  return options;
}

/** Rank of every value of a key among all rows, asked of PostgreSQL itself; null is -1. */
async function ranks(world: ReadWorld, table: 'visit' | 'company', key: string): Promise<ReadonlyMap<string, number>> {
  const column = key === 'note' ? 'left("note", 1000)' : `"${key}"`;
  const rows = await world.crm.platform.database.run(
    `select id::text as id, case when "${key}" is null then -1 else dense_rank() over (order by ${column}) end as rank
     from data.${table}`,
  );
  return new Map(rows.map((row) => [String(row.id), Number(row.rank)]));
}

/** Position of a visit by a key: over lookups, what the reader may not see counts as null. */
type Rank = (visit: WorldRow) => number;

async function rankOf(
  world: ReadWorld,
  loaded: Loaded,
  reader: Reader,
  key: string,
  related: (visit: WorldRow) => Related,
): Promise<Rank> {
  const computed = COMPUTED_KEYS[key];
  if (computed !== undefined) return (visit) => computed(visit, related(visit)) ?? Number.NEGATIVE_INFINITY;
  const segments = key.split('/');
  const property = segments.pop() ?? '';
  const [first = 'visit', ...rest] = segments;
  const table = rest.length > 0 || first.endsWith('company') ? 'company' : 'visit';
  const known = await ranks(world, table, property);
  const visits = new Map(loaded.visits.map((row) => [row.id, row]));
  const company = (id: WorldRow[string] | undefined): WorldRow | undefined => {
    const row = loaded.companies.get(String(id));
    return row !== undefined && loaded.sees(reader, 'company', row) ? row : undefined;
  };
  const visible = (id: WorldRow[string] | undefined): WorldRow | undefined => {
    const row = visits.get(String(id));
    return row !== undefined && loaded.sees(reader, 'visit', row) ? row : undefined;
  };
  const followed = (visit: WorldRow): WorldRow | undefined => visible(visit.follows_id);
  const about = (visit: WorldRow, type: string) => (visit.about_type === type ? visit.about_id : undefined);
  const end: Readonly<Record<string, (visit: WorldRow) => WorldRow | undefined>> = {
    '': (visit) => visit,
    company: (visit) => company(visit.company_id),
    'company/parent_company': (visit) => company(company(visit.company_id)?.parent_company_id),
    follows: followed,
    'follows/company': (visit) => company(followed(visit)?.company_id),
    about_visit: (visit) => visible(about(visit, 'visit')),
    about_company: (visit) => company(about(visit, 'company')),
    'about_visit/company': (visit) => company(visible(about(visit, 'visit'))?.company_id),
  };
  const walk = end[segments.join('/')];
  if (walk === undefined) throw new Error(`no oracle for ${key}`);
  return (visit) => known.get(walk(visit)?.id ?? '') ?? -1;
}

/** What the reader sees of the collections of a visit. */
function relatedOf(loaded: Loaded, reader: Reader): (visit: WorldRow) => Related {
  const visible = loaded.visits.filter((visit) => loaded.sees(reader, 'visit', visit));
  const followers = Map.groupBy(visible, ({ follows_id }) => String(follows_id));
  const guests = new Map<string, WorldRow[]>();
  for (const company of loaded.companies.values()) {
    if (!loaded.sees(reader, 'company', company)) continue;
    for (const visit of loaded.hostedBy(company.id)) guests.set(visit, [...(guests.get(visit) ?? []), company]);
  }
  return ({ id }) => ({ followers: followers.get(id) ?? [], guests: guests.get(id) ?? [] });
}

/** The ids a list must show, in order. */
export async function expected(
  world: ReadWorld,
  loaded: Loaded,
  reader: Reader,
  { order, filter }: Asked,
): Promise<readonly string[]> {
  const related = relatedOf(loaded, reader);
  const keys = await Promise.all(
    order.map(async ({ key, descending }) => ({
      rank: await rankOf(world, loaded, reader, key, related),
      sign: descending ? -1 : 1,
    })),
  );
  // A key that is repeated orders nothing, so the id follows the direction of the last that does.
  const last = order.findLast(({ key }, index) => order.findIndex((one) => one.key === key) === index);
  const idSign = last?.descending ? -1 : 1;
  const rows = loaded.visits.filter((visit) => {
    if (!loaded.sees(reader, 'visit', visit)) return false;
    const company = loaded.companies.get(String(visit.company_id));
    const shown = company && loaded.sees(reader, 'company', company) ? company : null;
    return filter === null || filter.holds(visit, shown, related(visit));
  });
  const compare = (a: WorldRow, b: WorldRow): number => {
    for (const { rank, sign } of keys) if (rank(a) !== rank(b)) return sign * (rank(a) - rank(b));
    return a.id < b.id ? -idSign : idSign;
  };
  return rows.sort(compare).map((row) => row.id);
}
