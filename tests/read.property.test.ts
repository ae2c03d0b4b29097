// Reading proven against an order and a choice of rows made without the engine: whatever the filter, the order, the page
// sizes and the principal, following nextLink shows every allowed row once and in order; expands show what lists show.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer } from './crm-kit.ts';
import { type Loaded, type Reader, type ReadWorld, startReadWorld, type WorldRow } from './read-world.ts';

const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 100);

let world: ReadWorld;

beforeAll(async () => {
  world = await startReadWorld(260);
});
afterAll(() => world?.close());

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
const COMPANY_KEYS = ['name', 'country', 'headcount'];
const KEYS = [
  ...VISIT_KEYS,
  'id',
  'version',
  'created_on',
  ...COMPANY_KEYS.map((key) => `company/${key}`),
  'company/parent_company/name',
  'follows/score',
  'follows/company/country',
];

const orders = fc.array(fc.record({ key: fc.constantFrom(...KEYS), descending: fc.boolean() }), { maxLength: 3 });

interface Filter {
  readonly text: string;
  /** `company`: the visible company of the visit, or null. */
  readonly holds: (visit: WorldRow, company: WorldRow | null) => boolean;
}

const FILTERS: readonly Filter[] = [
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
const filters = fc.option(fc.constantFrom(...FILTERS), { freq: 2 });

const readers = fc.nat(99).map((n) => n);
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });

const readerAt = (n: number): Reader => {
  const reader = world.readers[n % world.readers.length];
  if (reader === undefined) throw new Error('no reader');
  return reader;
};

interface Asked {
  readonly order: readonly { readonly key: string; readonly descending: boolean }[];
  readonly filter: Filter | null;
}

function optionsOf({ order, filter }: Asked): string[] {
  const options = filter === null ? [] : [`$filter=${filter.text}`];
  if (order.length > 0)
    options.push(`$orderby=${order.map((o) => `${o.key}${o.descending ? ' desc' : ''}`).join(',')}`);
  return options;
}

/** Rank of every value of a key among all rows, asked of PostgreSQL itself; null is -1. */
async function ranks(table: 'visit' | 'company', key: string): Promise<ReadonlyMap<string, number>> {
  const column = key === 'note' ? 'left("note", 1000)' : `"${key}"`;
  const rows = await world.crm.platform.database.run(
    `select id::text as id, case when "${key}" is null then -1 else dense_rank() over (order by ${column}) end as rank
     from data.${table}`,
  );
  return new Map(rows.map((row) => [String(row.id), Number(row.rank)]));
}

/** Position of a visit by a key: over lookups, what the reader may not see counts as null. */
type Rank = (visit: WorldRow) => number;

async function rankOf(loaded: Loaded, reader: Reader, key: string): Promise<Rank> {
  const segments = key.split('/');
  const property = segments.pop() ?? '';
  const [first = 'visit', ...rest] = segments;
  const table = rest.length > 0 ? 'company' : first === 'company' ? 'company' : 'visit';
  const known = await ranks(table, property);
  const visits = new Map(loaded.visits.map((row) => [row.id, row]));
  const company = (id: WorldRow[string] | undefined): WorldRow | undefined => {
    const row = loaded.companies.get(String(id));
    return row !== undefined && loaded.sees(reader, 'company', row) ? row : undefined;
  };
  const followed = (visit: WorldRow): WorldRow | undefined => {
    const row = visits.get(String(visit.follows_id));
    return row !== undefined && loaded.sees(reader, 'visit', row) ? row : undefined;
  };
  const end: Readonly<Record<string, (visit: WorldRow) => WorldRow | undefined>> = {
    '': (visit) => visit,
    company: (visit) => company(visit.company_id),
    'company/parent_company': (visit) => company(company(visit.company_id)?.parent_company_id),
    follows: followed,
    'follows/company': (visit) => company(followed(visit)?.company_id),
  };
  const walk = end[segments.join('/')];
  if (walk === undefined) throw new Error(`no oracle for ${key}`);
  return (visit) => known.get(walk(visit)?.id ?? '') ?? -1;
}

/** The ids a list must show, in order. */
async function expected(loaded: Loaded, reader: Reader, { order, filter }: Asked): Promise<readonly string[]> {
  const keys = await Promise.all(
    order.map(async ({ key, descending }) => ({ rank: await rankOf(loaded, reader, key), sign: descending ? -1 : 1 })),
  );
  // A key that is repeated orders nothing, so the id follows the direction of the last that does.
  const last = order.findLast(({ key }, index) => order.findIndex((one) => one.key === key) === index);
  const idSign = last?.descending ? -1 : 1;
  const rows = loaded.visits.filter((visit) => {
    if (!loaded.sees(reader, 'visit', visit)) return false;
    const company = loaded.companies.get(String(visit.company_id));
    return filter === null || filter.holds(visit, company && loaded.sees(reader, 'company', company) ? company : null);
  });
  const compare = (a: WorldRow, b: WorldRow): number => {
    for (const { rank, sign } of keys) if (rank(a) !== rank(b)) return sign * (rank(a) - rank(b));
    return a.id < b.id ? -idSign : idSign;
  };
  return rows.sort(compare).map((row) => row.id);
}

const REQUEST = /^http:\/\/crm\.test\/api\/v1(\/.*)$/;

async function get(reader: Reader, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await world.crm.call(reader.principal, 'GET', path, undefined, headers);
  expect(answer.status, `${reader.name} GET ${path}: ${answer.text}`).toBe(200);
  return answer;
}

/** Follows nextLink to the end; every page with the next of the sizes. `between` runs after every page. */
async function walk(
  reader: Reader,
  path: string,
  pageSizes: readonly number[],
  between: () => Promise<unknown> = async () => {},
): Promise<{ ids: string[]; counts: number[] }> {
  const ids: string[] = [];
  const counts: number[] = [];
  let next: string | undefined = path;
  for (let page = 0; next !== undefined; page++) {
    const size = pageSizes[page % pageSizes.length] ?? 1;
    const { json } = await get(reader, next, { prefer: `odata.maxpagesize=${size}` });
    expect(json.value.length).toBeLessThanOrEqual(size);
    if (json['@odata.nextLink'] !== undefined) expect(json.value).toHaveLength(size);
    ids.push(...json.value.map((row: { id: string }) => row.id));
    if (json['@odata.count'] !== undefined) counts.push(json['@odata.count']);
    next = REQUEST.exec(json['@odata.nextLink'] ?? '')?.[1];
    await between();
  }
  return { ids, counts };
}

test('following nextLink shows every allowed row once, in order, and $count is their number', async () => {
  const loaded = await world.load();
  const asked = fc.record({
    order: orders,
    filter: filters,
    reader: readers,
    sizes,
    top: fc.option(fc.nat(60), { freq: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(asked, async ({ order, filter, reader: n, sizes: pageSizes, top }) => {
      const reader = readerAt(n);
      const all = await expected(loaded, reader, { order, filter });
      const options = [...optionsOf({ order, filter }), '$select=id', '$count=true'];
      if (top !== null) options.push(`$top=${top}`);
      const { ids, counts } = await walk(reader, `/visits?${options.join('&')}`, pageSizes);
      expect(ids).toEqual(top === null ? all : all.slice(0, top));
      expect(new Set(counts)).toEqual(new Set([all.length]));
      const count = await get(reader, `/visits/$count${filter === null ? '' : `?$filter=${filter.text}`}`);
      expect(Number(count.text)).toBe(all.length);
    }),
    { numRuns: RUNS },
  );
});

test('$skip and $top cut the same rows out of the order', async () => {
  const loaded = await world.load();
  const asked = fc.record({ order: orders, filter: filters, reader: readers, skip: fc.nat(300), top: fc.nat(50) });
  await fc.assert(
    fc.asyncProperty(asked, async ({ order, filter, reader: n, skip, top }) => {
      const reader = readerAt(n);
      const all = await expected(loaded, reader, { order, filter });
      const options = [...optionsOf({ order, filter }), '$select=id', `$skip=${skip}`, `$top=${top}`];
      const { json } = await get(reader, `/visits?${options.join('&')}`);
      expect(json.value.map((row: { id: string }) => row.id)).toEqual(all.slice(skip, skip + top));
    }),
    { numRuns: RUNS },
  );
});

test('rows that nobody touches are seen once while others come and go', async () => {
  const asked = fc.record({
    order: orders,
    reader: readers,
    sizes: fc.array(fc.integer({ min: 2, max: 30 }), { minLength: 1 }),
  });
  await fc.assert(
    fc.asyncProperty(asked, async ({ order, reader: n, sizes: pageSizes }) => {
      const reader = readerAt(n);
      const { database } = world.crm.platform;
      const doomed = [...(await world.insertVisits(12))];
      const before = await expected(await world.load(), reader, { order, filter: null });
      const fleeting = new Set(doomed);
      const change = async () => {
        await database.run('update data.visit set deleted_on = now() where id = $1::uuid', [doomed.pop() ?? NOBODY]);
        for (const id of await world.insertVisits(1)) fleeting.add(id);
      };
      const { ids } = await walk(
        reader,
        `/visits?${[...optionsOf({ order, filter: null }), '$select=id'].join('&')}`,
        pageSizes,
        change,
      );
      expect(ids.filter((id) => !fleeting.has(id))).toEqual(before.filter((id) => !fleeting.has(id)));
      expect(new Set(ids).size).toBe(ids.length);
      await database.run('delete from data.visit where id = any($1::uuid[])', [`{${[...fleeting].join(',')}}`]);
    }),
    { numRuns: Math.ceil(RUNS / 5) },
  );
});

const NOBODY = '00000000-0000-0000-0000-000000000000';

test('an expanded collection holds what the list of its own holds, and its link leads to the rest', async () => {
  const asked = fc.record({
    order: orders,
    filter: filters,
    reader: readers,
    top: fc.option(fc.nat(12)),
    skip: fc.nat(3),
  });
  await fc.assert(
    fc.asyncProperty(asked, async ({ order, filter, reader: n, top, skip }) => {
      const reader = readerAt(n);
      const nested = [...optionsOf({ order, filter }), '$select=id,title', '$count=true'];
      const cut = [...(skip > 0 ? [`$skip=${skip}`] : []), ...(top === null ? [] : [`$top=${top}`])];
      const expand = [...nested, ...cut].join(';');
      const companies = await get(reader, `/companies?$select=id&$orderby=id&$expand=visits(${expand})`);
      for (const company of companies.json.value.slice(0, 6)) {
        const own = `company_id eq ${company.id}`;
        const conditions = filter === null ? own : `${own} and (${filter.text})`;
        const rest = nested.filter((option) => !option.startsWith('$filter'));
        const list = await get(reader, `/visits?$filter=${conditions}&${[...rest, ...cut].join('&')}`);
        expect(company.visits).toEqual(list.json.value);
        expect(company['visits@odata.count']).toBe(list.json['@odata.count']);
      }
    }),
    { numRuns: Math.ceil(RUNS / 4) },
  );
});

test('an expanded lookup is the record as it is read, or null where it is hidden', async () => {
  for (const reader of world.readers) {
    const list = await get(
      reader,
      '/visits?$select=id&$top=40&$expand=company($select=name),follows($select=id;$expand=company($select=id)),owning_user($select=full_name)',
    );
    for (const visit of list.json.value) {
      const { json } = await get(reader, `/visits(${visit.id})?$select=company_id,follows_id`);
      await sameAs(reader, 'companies', json.company_id, 'name', visit.company);
      await sameAs(reader, 'visits', json.follows_id, 'id', visit.follows);
    }
  }
});

async function sameAs(
  reader: Reader,
  set: string,
  id: string | null,
  select: string,
  shown: Record<string, unknown> | null,
) {
  const read = id === null ? null : await world.crm.call(reader.principal, 'GET', `/${set}(${id})?$select=${select}`);
  if (read === null || read.status === 404) return expect(shown).toBeNull();
  expect(shown?.[select]).toEqual(read.json[select]);
}

const NAMES = ['title', 'score', 'price', 'paid', 'day', 'at', 'stage', 'r', 't1', 'note', 'id', 'owner_id', 'version'];
const PATHS = [
  'company/name',
  'company/headcount',
  'company/parent_company/country',
  'follows/paid',
  'owning_user/email',
];
const LITERALS = [
  ...[
    "''",
    "'я'",
    "'it''s|'",
    "'%'",
    '1',
    '-1',
    '0',
    '9223372036854775807',
    '99999999999999999999',
    '1.5e3',
    '-0.0000001',
  ],
  ...[
    '2026-01-01',
    '0001-01-01',
    '9999-12-31T23:59:59.999999Z',
    'true',
    'null',
    `'${NOBODY}'`,
    NOBODY,
    'me()',
    'now()',
    'today()',
  ],
];
const OPERATORS = ['eq', 'ne', 'gt', 'le', 'and', 'or', 'add', 'sub', 'mul', 'div', 'divby', 'mod'];
const FUNCTIONS = ['contains', 'startswith', 'endswith', 'concat', 'indexof', 'substring', 'tolower', 'length', 'trim'];

/** Expressions that can be parsed; whether their types fit is left to chance. */
const expressions = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...NAMES, ...PATHS, ...LITERALS),
    fc.tuple(tie('any'), fc.constantFrom(...OPERATORS), tie('any')).map((parts) => `(${parts.join(' ')})`),
    fc
      .tuple(fc.constantFrom(...NAMES), fc.constantFrom('eq', 'ne', 'lt', 'ge'), fc.constantFrom(...LITERALS))
      .map((parts) => parts.join(' ')),
    tie('any').map((operand) => `not (${operand})`),
    fc
      .tuple(fc.constantFrom(...FUNCTIONS), fc.array(tie('any'), { minLength: 1, maxLength: 3 }))
      .map(([name, args]) => `${name}(${args.join(',')})`),
    fc
      .tuple(
        fc.constantFrom(...NAMES, ...PATHS),
        fc.array(fc.constantFrom(...LITERALS), { minLength: 1, maxLength: 4 }),
      )
      .map(([name, list]) => `${name} in (${list.join(',')})`),
  ),
})).any;

const optional = (name: string, values: fc.Arbitrary<string>): fc.Arbitrary<readonly string[]> =>
  fc.option(values, { freq: 2 }).map((value) => (value === null ? [] : [`${name}=${value}`]));
const names = (from: readonly string[]) =>
  fc.array(fc.constantFrom(...from), { minLength: 1, maxLength: 4 }).map((list) => list.join(','));
const numbers = fc.constantFrom('0', '1', '2', '5', '101', '5000', '1000000001', '-1', 'x');

/** Options of a list; `separator` joins them. */
const optionLists = (separator: '&' | ';', expands: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      optional('$filter', expressions),
      optional('$orderby', names([...NAMES, ...PATHS].flatMap((name) => [name, `${name} desc`]))),
      optional('$select', names([...NAMES, '*', 'company', 'nothing'])),
      optional('$expand', expands),
      optional('$top', numbers),
      optional('$skip', numbers),
      optional('$count', fc.constantFrom('true', 'false', 'TRUE', 'maybe')),
    )
    .map((parts) => parts.flat().join(separator));
const inner = optionLists(';', names(['company', 'follows', 'followers']));
const outer = fc
  .tuple(fc.constantFrom('company', 'followers', 'owning_user', 'modified_by', 'follows'), inner)
  .map(([navigation, options]) => (options === '' ? navigation : `${navigation}(${options})`));
const queries = optionLists('&', outer);

/** Pieces of requests, right and wrong, put together at random. */
const PIECES = [
  ...[
    '$filter=',
    '$orderby=',
    '$select=',
    '$expand=',
    '$top=',
    '$skiptoken=',
    '$format=',
    '&',
    ',',
    ';',
    '(',
    ')',
    "'",
  ],
  ...[
    '|',
    '/',
    ' ',
    '%27',
    '%00',
    '%ff',
    '%',
    '+',
    '-',
    '=',
    '?s',
    '$it',
    '@p',
    '*',
    '.',
    '"',
    '\\',
    '{}',
    'json',
    '$levels=2',
  ],
  ...[...NAMES, ...LITERALS, ...OPERATORS, 'company', 'visits', 'nothing', 'WyJhIl0', ' '],
];
const mangled = fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((pieces) => pieces.join(''));

test('no request, however mangled, is answered with an internal error', async () => {
  const path = fc.constantFrom(
    '/visits',
    '/visits',
    '/visits',
    '/visits/$count',
    `/visits(${NOBODY})`,
    '/',
    '/visits(1)/$ref',
  );
  const query = fc.oneof({ weight: 3, arbitrary: queries }, { weight: 1, arbitrary: mangled });
  const format = fc.constantFrom(
    '*/*',
    'application/json;odata.metadata=none',
    'application/json;IEEE754Compatible=true',
  );
  const answers = { right: 0, wrong: 0 };
  await fc.assert(
    fc.asyncProperty(path, query, readers, format, async (route, text, n, accept) => {
      // The kit lets only PlatformErrors through: anything else thrown fails the test.
      const target = `${route}?${text.replaceAll('?', '%3F')}`;
      const answer = await world.crm.call(readerAt(n).principal, 'GET', target, undefined, { accept });
      expect([200, 400, 403, 404, 406, 501]).toContain(answer.status);
      if (answer.status === 200 && route !== '/visits/$count')
        expect(typeof answer.json, answer.text ?? '').toBe('object');
      answers[answer.status === 200 ? 'right' : 'wrong'] += 1;
    }),
    { numRuns: RUNS * 10 },
  );
  // Both kinds occur, or the test says nothing.
  expect(answers.right).toBeGreaterThan(RUNS / 2);
  expect(answers.wrong).toBeGreaterThan(RUNS / 2);
});
