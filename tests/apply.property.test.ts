// $apply proven against groups and figures made in JavaScript from the rows that each reader sees: whatever the condition, the
// grouping, the methods, the page sizes and the rights, alone or acting as another, every group comes once with its exact figures.
import { ExactNumber, parseExactJson } from '@kartoteka/metadata';
import { combine } from '@kartoteka/platform/test-kit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FILTERS } from './read-oracle.ts';
import { type Loaded, type Reader, type ReadWorld, startReadWorld, type WorldRow } from './read-world.ts';

const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 60);

let world: ReadWorld;
let loaded: Loaded;

beforeAll(async () => {
  world = await startReadWorld(260);
  loaded = await world.load();
});
afterAll(() => world?.close());

/** A visit with what its paths lead to, as far as the reader sees it. */
interface Seen {
  readonly visit: WorldRow;
  readonly company: WorldRow | undefined;
  readonly follows: WorldRow | undefined;
}

type Value = string | number | boolean | null;

const KEYS: Readonly<Record<string, (row: Seen) => Value>> = {
  stage: ({ visit }) => visit.stage ?? null,
  paid: ({ visit }) => visit.paid ?? null,
  score: ({ visit }) => visit.score ?? null,
  day: ({ visit }) => visit.day ?? null,
  price: ({ visit }) => visit.price ?? null,
  title: ({ visit }) => visit.title ?? null,
  company_id: ({ visit }) => visit.company_id ?? null,
  'company/headcount': ({ company }) => company?.headcount ?? null,
  'company/name': ({ company }) => company?.name ?? null,
  'follows/score': ({ follows }) => follows?.score ?? null,
  'follows/stage': ({ follows }) => follows?.stage ?? null,
};

const NUMBERS: Readonly<Record<string, (row: Seen) => Value>> = {
  score: ({ visit }) => visit.score ?? null,
  price: ({ visit }) => visit.price ?? null,
  'company/headcount': ({ company }) => company?.headcount ?? null,
  'score mul t1': ({ visit: { score = null, t1 = null } }) =>
    score === null || t1 === null ? null : Number(score) * Number(t1),
};
/** Digits after the point of averages: those of the values, at least four; of computed values twenty. */
const SCALES: Readonly<Record<string, number>> = { score: 4, price: 10, 'company/headcount': 4, 'score mul t1': 4 };

const DIGITS = 30;

/** A decimal as whole units of 10^-30, which no double can spoil. */
function units(value: unknown): bigint {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(value)) ?? [];
  return BigInt(sign + whole + fraction.padEnd(DIGITS, '0'));
}

/** Rounded to `scale` digits after the point, halves away from zero. */
function quotient(sum: bigint, count: bigint, scale: number): bigint {
  const unit = 10n ** BigInt(DIGITS - scale);
  const doubled = (sum * 2n) / (count * unit);
  return ((doubled + (sum < 0n ? -1n : 1n)) / 2n) * unit;
}

type Figure = bigint | string | null;

interface Asked {
  readonly text: string;
  readonly of: (rows: readonly Seen[]) => Figure;
}

const present = (rows: readonly Seen[], of: (row: Seen) => Value): readonly Value[] =>
  rows.map(of).filter((value) => value !== null);

const numeric = fc.constantFrom(...Object.entries(NUMBERS)).chain(([text, of]) =>
  fc.constantFrom<Asked>(
    {
      text: `${text} with sum`,
      of: (rows) => {
        const values = present(rows, of);
        return values.length === 0 ? null : values.reduce((sum: bigint, value) => sum + units(value), 0n);
      },
    },
    {
      text: `${text} with average`,
      of: (rows) => {
        const values = present(rows, of);
        const sum = values.reduce((total: bigint, value) => total + units(value), 0n);
        return values.length === 0 ? null : quotient(sum, BigInt(values.length), SCALES[text] ?? 4);
      },
    },
    {
      text: `${text} with max`,
      of: (rows) =>
        present(rows, of).reduce(
          (most: bigint | null, v) => (most === null || units(v) > most ? units(v) : most),
          null,
        ),
    },
    { text: `${text} with countdistinct`, of: (rows) => units(new Set(present(rows, of).map(units)).size) },
  ),
);

const others = fc.constantFrom<Asked>(
  { text: '$count', of: (rows) => units(rows.length) },
  {
    text: 'day with min',
    of: (rows) =>
      present(rows, KEYS.day as (row: Seen) => Value)
        .map(String)
        .sort()[0] ?? null,
  },
  {
    text: 'stage with countdistinct',
    of: (rows) => units(new Set(present(rows, ({ visit }) => visit.stage ?? null)).size),
  },
);

/** Who asks: a reader, or one acting as another, who sees what both see. */
interface Asker {
  readonly principal: Reader['principal'];
  readonly readers: readonly Reader[];
}

function askerAt(n: number, other: number | null): Asker {
  const reader = world.readers[n % world.readers.length] as Reader;
  const caller = other === null ? reader : (world.readers[other % world.readers.length] as Reader);
  if (caller === reader) return { principal: reader.principal, readers: [reader] };
  const both = [reader.principal, caller.principal] as unknown as Parameters<typeof combine>;
  return { principal: combine(...both), readers: [reader, caller] };
}

function seenBy({ readers }: Asker): readonly Seen[] {
  const sees = (entity: 'visit' | 'company', row: WorldRow): boolean =>
    readers.every((reader) => loaded.sees(reader, entity, row));
  const visits = new Map(loaded.visits.map((visit) => [visit.id, visit]));
  const found = (entity: 'visit' | 'company', row: WorldRow | undefined) =>
    row !== undefined && sees(entity, row) ? row : undefined;
  return loaded.visits
    .filter((visit) => sees('visit', visit))
    .map((visit) => ({
      visit,
      company: found('company', loaded.companies.get(String(visit.company_id))),
      follows: found('visit', visits.get(String(visit.follows_id))),
    }));
}

const REQUEST = /^http:\/\/crm\.test\/api\/v1(\/.*)$/;
type Json = Readonly<Record<string, unknown>>;

async function walk({ principal }: Asker, path: string, sizes: readonly number[]): Promise<readonly Json[]> {
  const rows: Json[] = [];
  let next: string | undefined = path;
  for (let page = 0; next !== undefined; page += 1) {
    const headers = { prefer: `odata.maxpagesize=${sizes[page % sizes.length]}` };
    const { status, text, json } = await world.crm.call(principal, 'GET', next, undefined, headers);
    expect([next, status]).toEqual([next, 200]);
    rows.push(...(parseExactJson(text ?? '') as { value: Json[] }).value);
    next = REQUEST.exec(json['@odata.nextLink'] ?? '')?.[1];
  }
  return rows;
}

const at = (row: Json, path: string): unknown =>
  path.split('/').reduce<unknown>((value, name) => (value as Json)[name], row);
/** Numbers by their value: whether one is read as a double depends on the digits beside it. */
const shown = (value: unknown): string => {
  if (value === null) return 'null';
  return typeof value === 'number' || value instanceof ExactNumber ? `=${units(value)}` : `=${value}`;
};

const asked = fc.record({
  keys: fc.uniqueArray(fc.constantFrom(...Object.keys(KEYS)), { maxLength: 3 }),
  figures: fc.array(fc.oneof(numeric, others), { minLength: 1, maxLength: 4 }),
  filter: fc.option(fc.constantFrom(...FILTERS)),
  within: fc.option(fc.constantFrom(...FILTERS), { freq: 3 }),
  order: fc.option(fc.nat(3)),
  descending: fc.boolean(),
  reader: fc.nat(99),
  caller: fc.option(fc.nat(99), { freq: 3 }),
  sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3 }),
});

test('every group of readable rows comes once, with the figures counted by hand', async () => {
  await fc.assert(
    fc.asyncProperty(asked, async ({ keys, figures, filter, within, order, descending, reader, caller, sizes }) => {
      const asker = askerAt(reader, caller);
      const holds = (each: typeof filter, { visit, company }: Seen): boolean =>
        each === null || each.holds(visit, company ?? null);
      const rows = seenBy(asker).filter((row) => holds(filter, row));
      const groups = Map.groupBy(rows, (row) => keys.map((key) => shown(KEYS[key]?.(row))).join('|'));
      // Without keys there is one row, also of nothing.
      if (keys.length === 0 && groups.size === 0) groups.set('', []);
      const aggregate = `aggregate(${figures.map(({ text }, n) => `${text} as f${n}`).join(',')})`;
      const inner = within === null ? aggregate : `filter(${within.text})/${aggregate}`;
      const grouped = keys.length === 0 ? inner : `groupby((${keys.join(',')}),${inner})`;
      const orderBy = order === null ? '' : `&$orderby=f${order % figures.length}${descending ? ' desc' : ''}`;
      const apply = `$apply=${filter === null ? '' : `filter(${filter.text})/`}${grouped}`;
      const found = await walk(asker, `/visits?${apply}${orderBy}`, sizes);
      const expected = new Map(
        [...groups].map(([key, members]) => {
          const counted = members.filter((row) => holds(within, row));
          return [key, figures.map(({ of }) => shown(of(counted)))];
        }),
      );
      const answered = found.map((row): [string, string[]] => [
        keys.map((key) => shown(at(row, key))).join('|'),
        figures.map((_, n) => shown(row[`f${n}`])),
      ]);
      expect(answered.length).toBe(expected.size);
      expect(new Map(answered)).toEqual(expected);
      const count = await world.crm.call(asker.principal, 'GET', `/visits/$count?${apply}`);
      expect([count.status, Number(count.text)]).toEqual([200, expected.size]);
    }),
    { numRuns: RUNS },
  );
});

const NAMES = [
  'score',
  'price',
  'stage',
  'day',
  'at',
  'title',
  'paid',
  'company/name',
  'company/headcount',
  'follows/stage',
];
const NUMERIC = [
  'score',
  'price',
  'score add 1',
  'score mul price',
  'score divby 0',
  'price div score',
  'length(title)',
  'company/headcount',
  'guests/$count',
  'x',
  'x mul y',
  'case(paid:1,true:2)',
  '1e90 mul price',
];
const CONDITIONS = [
  'score gt 0',
  'paid',
  'not paid',
  "stage eq 'a'",
  'day lt today()',
  'guests/any(g:g/headcount gt 1)',
  "contains(title,'a')",
  'x ne null',
  'x gt 1',
];
const WRONG = ['nothing', 'note', 'data', 'guests', 'company', 'null', '(', "'", "title add 'a'", '@p', '$it', 'now()'];
/** Now and then something else than what belongs there. */
const mostly = (values: readonly string[]) =>
  fc.oneof(
    { weight: 15, arbitrary: fc.constantFrom(...values) },
    { weight: 1, arbitrary: fc.constantFrom(...WRONG, ...NAMES) },
  );
const some = (item: fc.Arbitrary<string>) => fc.array(item, { minLength: 1, maxLength: 2 });
/** Names are other ones in each transformation, most of the time. */
const named = (items: readonly string[], from: number): string =>
  items.map((text, n) => `${text} as ${'xyzuvw'[(from + n) % 6]}`).join(',');
const figure = fc.oneof(
  fc
    .tuple(mostly(NUMERIC), fc.constantFrom('sum', 'average', 'min', 'max', 'countdistinct'))
    .map((parts) => parts.join(' with ')),
  fc.tuple(mostly(NAMES), fc.constantFrom('countdistinct', 'max', 'median')).map((parts) => parts.join(' with ')),
  fc.constant('$count'),
);
const figures = fc.tuple(some(figure), fc.nat(5)).map(([items, n]) => `aggregate(${named(items, n)})`);
const computed = fc
  .tuple(some(mostly([...NUMERIC, ...CONDITIONS, ...NAMES])), fc.nat(5))
  .map(([items, n]) => named(items, n));
const keys = some(mostly([...NAMES, 'x', 'y'])).map((items) => `(${items.join(',')})`);
const before = fc.oneof(
  mostly(CONDITIONS).map((text) => `filter(${text})`),
  computed.map((text) => `compute(${text})`),
  fc.constantFrom('identity', 'search(a)'),
);
const grouping = fc.oneof(
  figures,
  fc.tuple(keys, figures).map((parts) => `groupby(${parts.join(',')})`),
  fc.tuple(keys, mostly(CONDITIONS), figures).map(([by, text, of]) => `groupby(${by},filter(${text})/${of})`),
  keys.map((by) => `groupby(${by})`),
);
const after = fc.oneof(
  before,
  grouping,
  fc
    .tuple(fc.constantFrom('topcount', 'bottomcount'), fc.nat(3), mostly(NUMERIC))
    .map(([name, n, text]) => `${name}(${n},${text})`),
  fc.constantFrom('top(2)', 'skip(1)', 'orderby(x desc)', 'concat(identity,identity)', ')(', 'groupby', ''),
);
const pipeline = fc
  .tuple(fc.array(before, { maxLength: 2 }), grouping, fc.array(after, { maxLength: 1 }))
  .map(([first, group, last]) => [...first, group, ...last].join('/'));
const seldom = (values: fc.Arbitrary<string>) => fc.option(values, { freq: 1, nil: undefined });
const options = fc.record({
  $apply: fc.option(pipeline, { freq: 4, nil: undefined }),
  $compute: seldom(computed),
  $filter: seldom(mostly(['x gt 1', 'x ne null', 'y eq null'])),
  $orderby: seldom(mostly(['x', 'x desc,y', 'x mul 2 desc', 'stage'])),
  $select: seldom(mostly(['x', 'stage', '*'])),
  $top: seldom(fc.constantFrom('0', '1', '5')),
  $count: seldom(fc.constant('true')),
});

test('whatever is asked of $apply and $compute is answered with rows or with an error of the one table', async () => {
  const answers = { right: 0, wrong: 0 };
  await fc.assert(
    fc.asyncProperty(options, fc.nat(99), fc.constantFrom('', '', '/$count', '/deleted'), async (asked, n, route) => {
      const query = Object.entries(asked).flatMap(([name, text]) =>
        text === undefined || (route === '/$count' && !/filter|apply|compute/.test(name))
          ? []
          : [`${name}=${encodeURIComponent(text)}`],
      );
      const asker = askerAt(n, null);
      // The kit lets only PlatformErrors through: anything else thrown fails the test.
      const { status, text } = await world.crm.call(asker.principal, 'GET', `/visits${route}?${query.join('&')}`);
      expect([200, 400, 403, 501], `${query.join('&')}: ${text}`).toContain(status);
      answers[status === 200 ? 'right' : 'wrong'] += 1;
    }),
    { numRuns: RUNS * 10 },
  );
  expect(answers.right).toBeGreaterThan(RUNS / 4);
  expect(answers.wrong).toBeGreaterThan(RUNS / 4);
});
