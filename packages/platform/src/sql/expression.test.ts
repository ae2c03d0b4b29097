// The SQL printer against a real PostgreSQL: rows it selects are the rows the JavaScript evaluator accepts.
import {
  type EvaluationContext,
  evaluateExpression,
  matchesExpression,
  type RecordReader,
  substitutePaths,
  type TypedExpression,
} from '@kartoteka/metadata';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { type ExpressionEnvironment, expressionToSql, expressionValueToSql } from './expression.ts';
import { COLUMNS, condition, context, type RowValue, row, sampleOf, sampleOfText } from './expression-arbitrary.ts';
import { type Slot, SlotWriter } from './statement.ts';

type Row = Readonly<Record<string, RowValue>>;
const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 300);

let test: TestDatabase;
let rows: readonly Row[];

beforeAll(async () => {
  test = await createTestDatabase({ template: 'bare' });
  const columns = Object.entries(COLUMNS).map(([name, column]) => `${name} ${column.sql}`);
  await test.database.run(`create table sample (number int primary key, partner int, ${columns.join(', ')})`);
  rows = fc.sample(row, { numRuns: 120, seed: 7 });
  for (const [number, values] of rows.entries()) await insert(number, values);
  for (const name of ['name', 'age', 'amount', 'moment'])
    await test.database.run(`create index sample_${name} on sample (${name})`);
  await test.database.run('create index sample_owner on sample (owner_id)');
  await test.database.run('create index sample_kinds on sample using gin (kinds)');
  await test.database.run('create index sample_length on sample (length)');
  await test.database.run('create index sample_partner on sample (partner)');
}, 120_000);

afterAll(async () => {
  await test?.drop();
});

async function insert(number: number, values: Row): Promise<void> {
  const names = Object.keys(values);
  const places = names.map((name, i) => `$${i + 1}::text::${COLUMNS[name]?.sql.split(' ')[0]}`);
  const partner = number % 5 === 0 ? 'null' : String((number * 7) % 120);
  const parameters = names.map((name) => {
    const value = values[name] ?? null;
    return Array.isArray(value) ? `{${value.join(',')}}` : value === null ? null : String(value);
  });
  await test.database.run(
    `insert into sample (number, partner, ${names.join(', ')}) values (${number}, ${partner}, ${places.join(', ')})`,
    parameters,
  );
}

const CONTEXT: Readonly<Record<string, string>> = {
  me: context.me,
  my_teams: `{${context.myTeams.join(',')}}`,
  my_business_unit: context.myBusinessUnit,
  now: context.now,
  today: context.today,
  time_zone: context.timeZone,
};

function bind(slots: readonly Slot[], literals: readonly string[]): (string | null)[] {
  return slots.map((slot) => {
    if (slot.from === 'literal') {
      const literal = literals[slot.index] ?? null;
      return slot.normalize === undefined ? literal : String(slot.normalize(literal));
    }
    if (slot.from === 'context') return CONTEXT[slot.name] ?? null;
    if (slot.from === 'constant') return slot.value;
    throw new Error(`Slot ${slot.from}`);
  });
}

const column = (navigations: readonly string[], property: string) =>
  `${navigations.length === 0 ? 's' : 'p'}.${property}`;

/** Subqueries over the rows whose partner a row is. */
function recordsOf(): Pick<ExpressionEnvironment, 'records'> {
  let aliases = 0;
  const records: ExpressionEnvironment['records'] = ({ navigations }, from) => {
    aliases += 1;
    const [own, far] = [`r${aliases}`, `q${aliases}`];
    const holder = from?.column(navigations, 'number') ?? column(navigations, 'number');
    return {
      column: (path, property) => `${path.length === 0 ? own : far}.${property}`,
      source: () => ({
        from: `sample ${own} left join sample ${far} on ${far}.number = ${own}.partner`,
        where: `${own}.partner = ${holder}`,
      }),
    };
  };
  return { records };
}

async function select(
  typed: TypedExpression,
  literals: readonly string[],
  boundLiterals: boolean,
  print = expressionToSql,
): Promise<number[]> {
  const slots = new SlotWriter();
  const where = print(typed, { slots, column, boundLiterals, ...recordsOf() });
  const text = `select s.number from sample s left join sample p on p.number = s.partner where ${where} order by 1`;
  const found = await test.database.run(text, bind(slots.slots, literals));
  return found.map((record) => Number(record.number));
}

function read(number: number): (navigations: readonly string[], property: string) => RowValue {
  const far = number % 5 === 0 ? undefined : rows[(number * 7) % 120];
  return (navigations, property) => (navigations.length === 0 ? rows[number] : far)?.[property] ?? null;
}

const partnerOf = (number: number): number | null => (number % 5 === 0 ? null : (number * 7) % 120);

function recordAt(number: number): RecordReader {
  return {
    read: read(number),
    records: (navigations) => {
      const of = navigations.length === 0 ? number : partnerOf(number);
      if (of === null) return [];
      return [...rows.keys()].filter((other) => partnerOf(other) === of).map(recordAt);
    },
  };
}

function accepted(typed: TypedExpression, given: EvaluationContext = context): number[] {
  return [...rows.keys()].filter((number) => matchesExpression(typed, recordAt(number), given));
}

/** A seventh of the value, rounded; null where it is as large as the limit. */
function rounded(operand: TypedExpression, type: 'integer' | 'decimal', scale: number, limit: string): TypedExpression {
  const right: TypedExpression = { kind: 'literal', type: 'integer', value: '7', index: null };
  const seventh: TypedExpression = { kind: 'arithmetic', type: 'decimal', op: 'divby', left: operand, right };
  return { kind: 'round', type, operand: seventh, scale: type === 'integer' ? 0 : scale, limit };
}

const environment = (slots = new SlotWriter()) => ({ slots, column, boundLiterals: true, ...recordsOf() });

describe('rows selected by SQL and rows accepted in JavaScript', () => {
  it('are the same for random expressions, bound and constant, as predicate and as value', async () => {
    await fc.assert(
      fc.asyncProperty(condition(3), async (expression) => {
        const { typed, text, literals } = sampleOf(expression);
        const expected = accepted(typed);
        expect(await select(typed, literals, true), text).toEqual(expected);
        expect(await select(typed, literals, false, expressionValueToSql), text).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });

  it('are the same with formulas in the place of numbers', async () => {
    await fc.assert(
      fc.asyncProperty(
        condition(2),
        fc.nat(3),
        fc.constantFrom('3', '100', '1000000'),
        async (operand, scale, limit) => {
          const { typed: plain, text, literals } = sampleOf(operand);
          const typed = substitutePaths(plain, (path) =>
            path.type === 'integer' || path.type === 'decimal' ? rounded(path, path.type, scale, limit) : path,
          );
          const expected = accepted(typed);
          expect(await select(typed, literals, true), text).toEqual(expected);
          expect(await select(typed, literals, false, expressionValueToSql), text).toEqual(expected);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('are the same under negation, where null must stay null', async () => {
    await fc.assert(
      fc.asyncProperty(condition(2), async (operand) => {
        const { typed, text, literals } = sampleOf({ kind: 'not', operand, at: 0 });
        expect(await select(typed, literals, true), text).toEqual(accepted(typed));
      }),
      { numRuns: RUNS },
    );
  });
});

describe('the SQL of an expression', () => {
  it.each([
    ["name eq 'a'", '(s.name = $1::text)'],
    ["title ne 'a'", '(s.title is distinct from $1::text)'],
    ["name ne 'a'", '(s.name is distinct from $1::text)'],
    ['name eq null', '(s.name is null)'],
    ['null ne age', '(s.age is not null)'],
    ['name eq code', '(s.name collate "C" is not distinct from s.code collate "C")'],
    ['age gt 5', '(s.age > $1::bigint)'],
    ['age gt 5.5', '(s.age::numeric > $1::numeric)'],
    ['amount gt 5', '(s.amount > $1::numeric)'],
    ["name lt 'a'", '(s.name collate "C" < $1::text collate "C")'],
    ['age in (1,2)', '(s.age in ($1::bigint, $2::bigint))'],
    ['age in (1,null)', '((s.age in ($1::bigint)) or (s.age is null))'],
    ['not (age gt 5)', '(not coalesce(s.age > $1::bigint, false))'],
    ['not (rank gt 5)', '(not coalesce(s.rank > $1::bigint, false))'],
    ['not (5 gt 4)', '(not ($1::bigint > $2::bigint))'],
    ['not (age in (1))', '(not coalesce(s.age in ($1::bigint), false))'],
    ["not (name eq 'a')", '(not (s.name is not distinct from $1::text))'],
    ['owner_id in my_teams() or owner_id eq me()', '((s.owner_id = any($1::uuid[])) or (s.owner_id = $2::uuid))'],
    ['day lt today() and moment ge now()', '((s.day < $1::date) and (s.moment >= $2::timestamptz))'],
    [
      'rank eq 1 or rank eq 2 or rank eq 3',
      '((s.rank = $1::bigint) or (s.rank = $2::bigint) or (s.rank = $3::bigint))',
    ],
    ['age add 1 gt rank', '((s.age::numeric + $1::numeric) > s.rank::numeric)'],
    ["contains(name,'a')", '(strpos((s.name collate "C"), ($1::text collate "C")) > 0)'],
    ["length gt duration'PT90M'", '(s.length > $1::interval)'],
    ['data ne null', '(s.data is not null)'],
    ["kinds/any(k:k eq 'a')", '(s.kinds && array[$1::text])'],
    ["kinds/any(k:k in ('a','b'))", '(s.kinds && array[$1::text, $2::text])'],
    ["not kinds/any(k:'a' eq k)", '(not coalesce(s.kinds && array[$1::text], false))'],
    ['kinds/any()', '(coalesce(cardinality(s.kinds), 0) > 0)'],
    [
      "kinds/any(k:k ne 'a')",
      'exists (select from unnest(s.kinds) as member_0(value) where (member_0.value <> $1::text))',
    ],
    [
      'kinds/all(k:kinds/any(l:l ne k))',
      '(not exists (select from unnest(s.kinds) as member_0(value) where (exists (select from unnest(s.kinds) as member_1(value) where (member_1.value collate "C" <> member_0.value collate "C"))) is not true))',
    ],
    ['partner/active and active eq true', '(p.active and (s.active = true))'],
    ["kinds has 'a,b'", "(s.kinds @> string_to_array($1::text, ','))"],
    ["not ('a' in kinds)", '(not coalesce(s.kinds @> array[$1::text], false))'],
    ['year(day) eq 2026', '(extract(year from s.day)::bigint = $1::bigint)'],
    [
      'followers/any(r:r/age gt age)',
      'exists (select from sample r1 left join sample q1 on q1.number = r1.partner where r1.partner = s.number and (r1.age > s.age))',
    ],
    [
      'followers/$count gt 1',
      '((select count(*) from sample r1 left join sample q1 on q1.number = r1.partner where r1.partner = s.number) > $1::bigint)',
    ],
  ])('%s is %s', (text, expected) => {
    expect(expressionToSql(sampleOfText(text).typed, environment())).toBe(expected);
  });

  it('asks for records within records one by one', () => {
    const text = 'followers/any(r:r/followers/any(q:q/age gt r/age and q/rank eq rank))';
    const inner =
      'exists (select from sample r2 left join sample q2 on q2.number = r2.partner where r2.partner = r1.number ' +
      'and ((r2.age > r1.age) and (r2.rank is not distinct from s.rank)) offset 0)';
    expect(expressionToSql(sampleOfText(text).typed, environment())).toContain(inner);
  });

  it('binds the literals of a stored expression as constants', () => {
    const slots = new SlotWriter();
    expressionToSql(sampleOfText("name eq 'a' and age gt 5").typed, { slots, column, boundLiterals: false });
    expect(slots.slots).toEqual([
      { from: 'constant', value: 'a' },
      { from: 'constant', value: '5' },
    ]);
  });

  it('binds a literal in the form in which the property stores values', async () => {
    const slots = new SlotWriter();
    const { typed, literals } = sampleOfText("mail eq ' A ' or mail in ('B','c')");
    expect(expressionToSql(typed, environment(slots))).toBe(
      '((s.mail = $1::text) or (s.mail in ($2::text, $3::text)))',
    );
    expect(bind(slots.slots, literals)).toEqual(['a', 'b', 'c']);
    const constants = new SlotWriter();
    expressionToSql(typed, { slots: constants, column, boundLiterals: false });
    expect(bind(constants.slots, [])).toEqual(['a', 'b', 'c']);
  });

  it('is the same text for every value of its literals', () => {
    fc.assert(
      fc.property(condition(2), (expression) => {
        const { typed } = sampleOf(expression);
        const other = JSON.parse(
          JSON.stringify(typed, (key, value) => (key === 'value' && typeof value === 'string' ? "'; drop" : value)),
        );
        expect(expressionToSql(other, environment())).toBe(expressionToSql(typed, environment()));
      }),
    );
  });

  it.each([
    ["name eq 'a'", 'sample_name'],
    ["name in ('a','b')", 'sample_name'],
    ['age gt 5 and age le 7', 'sample_age'],
    ['owner_id in my_teams()', 'sample_owner'],
    ['moment ge 2026-11-22T10:00:00Z', 'sample_moment'],
    ['amount lt 5', 'sample_amount'],
    ["kinds/any(k:k eq 'a')", 'sample_kinds'],
    ["length gt duration'P1D'", 'sample_length'],
    ["'a' in kinds", 'sample_kinds'],
    ["kinds has 'a,b'", 'sample_kinds'],
    ["moment gt now() sub duration'P1D'", 'sample_moment'],
    ['followers/$count gt 1', 'sample_partner'],
  ])('finds rows of %s by the index %s', async (text, index) => {
    const { typed, literals } = sampleOfText(text);
    const slots = new SlotWriter();
    const where = expressionToSql(typed, environment(slots));
    const plan = await test.database.transaction(async (tx) => {
      await tx.run('set local enable_seqscan = off');
      return tx.run(`explain (format json) select s.number from sample s where ${where}`, bind(slots.slots, literals));
    });
    const found = JSON.stringify(plan);
    expect(found).toContain(index);
    expect(found).toMatch(/Index Cond|Recheck Cond/);
  });
});

describe('extreme expressions', () => {
  const nest = (depth: number, wrap: (inner: string) => string, inner: string): string =>
    depth === 0 ? inner : nest(depth - 1, wrap, wrap(inner));

  it.each([
    ['a long chain', `age eq 1${' or age eq 2'.repeat(248)}`],
    ['a long list', `age in (${Array(499).fill('5').join()})`],
    ['a long sum', `age${' add age'.repeat(100)} gt 1`],
    ['a product beyond every integer type', `age${' mul age'.repeat(100)} gt 1`],
    ['deep negation', `${'not '.repeat(100)}active`],
    ['deep parentheses', nest(49, (inner) => `not (${inner} or active)`, 'active')],
    ['deep lists', nest(49, (inner) => `(${inner}) in (true,null)`, 'active')],
    ['deep lists of values', nest(49, (inner) => `(${inner}) in (true,partner/active)`, 'active')],
    ['deep substrings', `${nest(48, (inner) => `substring(name,length(${inner}) sub 1)`, 'name')} eq 'a'`],
    ['deep letter case', `${nest(98, (inner) => `tolower(${inner})`, 'name')} eq 'a'`],
    ['deep suffixes', `endswith(name,${nest(97, (inner) => `concat(${inner},'a')`, 'name')})`],
  ])('%s prints and runs as in JavaScript', async (_name, text) => {
    const { typed, literals } = sampleOfText(text);
    expect(expressionToSql(typed, environment()).length).toBeLessThan(200_000);
    expect(await select(typed, literals, true)).toEqual(accepted(typed));
  });
});

describe('letter case', () => {
  it.each(['tolower', 'toupper'] as const)('%s is the same for every character of Unicode', async (name) => {
    const { typed } = sampleOfText(`${name}(name) eq name`);
    const left = typed.kind === 'compare' ? typed.left : typed;
    const changed = expressionValueToSql(left, { ...environment(), column: () => 'c.character' });
    const rows = await test.database.run(
      `select c.character as "from", ${changed} as "to" from (select chr(n) collate "und-x-icu" as character
       from generate_series(1, 1114111) n where n not between 55296 and 57343) c where ${changed} <> c.character collate "C"`,
    );
    const bySql = new Map(rows.map(({ from, to }) => [String(from), String(to)]));
    expect(bySql.size).toBeGreaterThan(1_400);
    for (let codePoint = 1; codePoint <= 0x10ffff; codePoint++) {
      if (codePoint >= 0xd800 && codePoint < 0xe000) continue;
      const character = String.fromCodePoint(codePoint);
      const changedHere = evaluateExpression(left, () => character, context);
      if (changedHere !== (bySql.get(character) ?? character))
        throw new Error(`U+${codePoint.toString(16)}: ${changedHere}`);
    }
  });
});
