// Random well-typed expressions and rows for the property tests of the expression language. Test code only.
import {
  checkExpression,
  type EvaluationContext,
  type Expression,
  type ExpressionType,
  parseExpression,
  printExpression,
  type ResolvedPath,
  type Scope,
  type TypedExpression,
} from '@kartoteka/metadata';
import fc from 'fast-check';

const OPERATORS = new Set(
  (
    'eq ne lt le gt ge in add sub mul div divby mod contains startswith endswith tolower toupper length indexof ' +
    'substring concat trim any all year month day hour minute second fractionalseconds date time totaloffsetminutes ' +
    'totalseconds round floor ceiling'
  ).split(' '),
);

export type ValueType = Exclude<ExpressionType, 'null'>;
export type RowValue = string | boolean | readonly string[] | null;

/** Columns of the table under test; `partner/...` is the same row reached over a lookup. */
export const COLUMNS: Readonly<
  Record<string, { readonly type: ValueType; readonly sql: string; readonly nullable: boolean }>
> = {
  name: { type: 'string', sql: 'text collate "und-x-icu"', nullable: true },
  code: { type: 'string', sql: 'text', nullable: true },
  title: { type: 'string', sql: 'text collate "und-x-icu" not null', nullable: false },
  age: { type: 'integer', sql: 'bigint', nullable: true },
  rank: { type: 'integer', sql: 'bigint not null', nullable: false },
  amount: { type: 'decimal', sql: 'numeric', nullable: true },
  price: { type: 'decimal', sql: 'numeric(19,4)', nullable: true },
  active: { type: 'boolean', sql: 'boolean', nullable: true },
  day: { type: 'date', sql: 'date', nullable: true },
  moment: { type: 'datetime', sql: 'timestamptz', nullable: true },
  owner_id: { type: 'guid', sql: 'uuid', nullable: true },
  length: { type: 'duration', sql: 'interval', nullable: true },
  kinds: { type: 'collection', sql: 'text[] collate "C"', nullable: true },
  mail: { type: 'string', sql: 'text', nullable: true },
  data: { type: 'json', sql: 'jsonb', nullable: true },
};

/** As the stored values of `mail` are written. */
const trimmed = (value: unknown): string => String(value).trim().toLowerCase();

export const scope: Scope = {
  entity: 'sample',
  records(segments) {
    const navigations = segments.slice(0, -1);
    if (segments.at(-1) !== 'followers' || navigations.some((name) => name !== 'partner')) return undefined;
    return { navigations, navigation: 'followers', target: scope };
  },
  resolve(segments): ResolvedPath | undefined {
    const property = segments.at(-1) ?? '';
    const column = COLUMNS[property];
    const navigations = segments.slice(0, -1);
    if (column === undefined || navigations.some((name) => name !== 'partner') || navigations.length > 1)
      return undefined;
    const path = { navigations, property, type: column.type, nullable: column.nullable, operators: OPERATORS };
    if (property === 'mail') return { ...path, normalize: trimmed };
    return column.type === 'collection' ? { ...path, members: { type: 'string', operators: OPERATORS } } : path;
  },
};

const GUIDS = ['01', '02', '03', 'ff'].map((end) => `0f000000-0000-7000-8000-0000000000${end}`);

export const context: EvaluationContext = {
  me: GUIDS[0] ?? '',
  myTeams: GUIDS.slice(1, 3),
  myBusinessUnit: GUIDS[3] ?? '',
  now: '2026-11-22T10:00:00.123456Z',
  today: '2026-11-22',
  timeZone: 'America/New_York',
};

const word = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'A',
    'b',
    'ab',
    'aB',
    'ба',
    'БА',
    'Ё',
    'ß',
    'SS',
    'Σας',
    'ΑΣ',
    'İ',
    'ı',
    '😀',
    '\u{1F600}a',
    '\uFFFD',
    ' a ',
    '\u00a0x',
    "it's",
    '%',
    '_',
    '\\',
    'ﬁ',
    'ǅ',
  ),
  fc.string({
    unit: fc.constantFrom('a', 'B', 'б', 'Б', 'ß', 'σ', 'Σ', '😀', '\u{10400}', ' ', '\u3000', '\uE000', "'", '%'),
    maxLength: 6,
  }),
);
const wholeNumber = fc.oneof(
  fc.integer({ min: -5, max: 5 }).map(String),
  fc.constantFrom('9223372036854775807', '-9223372036854775808', '9007199254740993', '1000000001'),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
);
const decimalNumber = fc.oneof(
  fc.constantFrom('0.0', '0.1', '-0.5', '1.50', '2.0', '3.3333', '123456789012345.6789', '-0.0001'),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.nat(9999))
    .map(([whole, part]) => `${whole}.${String(part).padStart(4, '0')}`),
);
const day = fc.oneof(
  fc.constantFrom('2026-11-22', '2026-11-21', '0001-01-01', '9999-12-31', '2024-02-29'),
  fc
    .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
);
const clock = fc.constantFrom('00:00:00.000000', '09:30:00.000000', '10:00:00.123456', '23:59:59.999999');
const moment = fc
  .tuple(
    day,
    fc.constantFrom('04:30:00.000000', '00:00:00.000000', '10:00:00.123456', '10:00:00.123457', '23:59:59.999999'),
  )
  .map(([date, time]) => `${date}T${time}Z`);

const VALUES: Readonly<Record<Exclude<ValueType, 'collection'>, fc.Arbitrary<string | boolean>>> = {
  string: word,
  integer: wholeNumber,
  decimal: decimalNumber,
  boolean: fc.boolean(),
  date: day,
  datetime: moment,
  time: clock,
  guid: fc.constantFrom(...GUIDS),
  duration: fc.constantFrom('PT0S', 'PT1S', 'PT0.000001S', 'PT23H', 'P1D', 'P1DT0.5S', 'P40D', 'P9999999DT23H'),
  json: fc.constantFrom('{"a": null}', 'null', '0', '""', '[]'),
};
const kinds = fc.uniqueArray(fc.constantFrom('a', 'b', 'ab', 'Z'), { maxLength: 3 });

function columnValue(name: string, type: ValueType): fc.Arbitrary<NonNullable<RowValue>> {
  if (type === 'collection') return kinds;
  return name === 'mail' ? word.map(trimmed) : VALUES[type];
}

/** One row: a value or null per column. */
export const row: fc.Arbitrary<Readonly<Record<string, RowValue>>> = fc.record(
  Object.fromEntries(
    Object.entries(COLUMNS).map(([name, { type, nullable }]) => [
      name,
      nullable ? fc.option(columnValue(name, type), { freq: 4 }) : columnValue(name, type),
    ]),
  ),
);

type Node = fc.Arbitrary<Expression>;
const at = 0;

function literal(type: Exclude<ValueType, 'collection'>): Node {
  const plain: Node = VALUES[type].map((value) => ({ kind: 'literal', type, value, index: null, at }));
  if (type === 'string' || type === 'json') return plain;
  const quoted: Node = VALUES[type].map((value) => {
    const operand: Expression = { kind: 'literal', type: 'string', value: String(value), index: null, at };
    return { kind: 'cast', operand, type, at };
  });
  return fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: quoted });
}

function path(type: ValueType, variable?: string): Node {
  const names = Object.keys(COLUMNS).filter((name) => COLUMNS[name]?.type === type);
  if (names.length === 0) return literal(type as Exclude<ValueType, 'collection'>);
  return fc.tuple(fc.constantFrom(...names), fc.boolean()).map(([name, far]) => {
    const start = variable === undefined ? [] : [variable];
    return { kind: 'path', segments: [...start, ...(far ? ['partner'] : []), name], at };
  });
}

function call(name: string, ...args: Node[]): Node {
  return fc.tuple(...args).map((typed) => ({ kind: 'call', name, args: typed, at }));
}

const nothing: Node = fc.constant({ kind: 'literal', type: 'null', value: null, index: null, at });
const CONTEXT_CALLS: Partial<Record<ValueType, Node>> = {
  guid: fc.oneof(call('me'), call('my_business_unit')),
  date: call('today'),
  datetime: fc.oneof(call('now'), call('mindatetime'), call('maxdatetime')),
};

/** Arbitraries that are asked for at several places are made once: their number would grow with every level. */
const made = new Map<string, Node>();

function once(key: string, make: () => Node): Node {
  const known = made.get(key) ?? make();
  made.set(key, known);
  return known;
}

function value(type: Exclude<ValueType, 'collection'>, depth: number): Node {
  return once(`${type} ${depth}`, () => makeValue(type, depth));
}

function makeValue(type: Exclude<ValueType, 'collection'>, depth: number): Node {
  const leaf = [
    path(type),
    path(type),
    literal(type),
    ...(CONTEXT_CALLS[type] === undefined ? [] : [CONTEXT_CALLS[type]]),
  ];
  if (depth <= 0) return fc.oneof(...leaf);
  return fc.oneof(...leaf, ...(COMPOUND[type]?.(depth - 1) ?? []), { arbitrary: nothing, weight: 1 });
}

function arithmetic(ops: readonly string[], left: Node, right: Node): Node {
  return fc
    .tuple(fc.constantFrom(...ops), left, right)
    .map(([op, a, b]) => ({ kind: 'arithmetic', op, left: a, right: b, at }) as Expression);
}

function negated(operand: Node): Node {
  return operand.map((node) => ({ kind: 'negate', operand: node, at }));
}

const COMPOUND: Partial<Record<ValueType, (depth: number) => Node[]>> = {
  string: (depth) => [
    ...['tolower', 'toupper', 'trim'].map((name) => call(name, value('string', depth))),
    call('concat', value('string', depth), value('string', depth)),
    call('substring', value('string', depth), value('integer', depth)),
    call('substring', value('string', depth), value('integer', depth), value('integer', depth)),
  ],
  integer: (depth) => [
    call('length', value('string', depth)),
    call('indexof', value('string', depth), value('string', depth)),
    arithmetic(['add', 'sub', 'mul', 'div', 'mod'], value('integer', depth), value('integer', depth)),
    negated(value('integer', depth)),
    ...['year', 'month', 'day'].map((name) => call(name, value('date', depth))),
    ...['year', 'month', 'day', 'hour', 'minute', 'second', 'totaloffsetminutes'].map((name) =>
      call(name, notLiteral('datetime', depth)),
    ),
    call('hour', value('time', depth)),
    path('collection').map((of): Expression => ({ kind: 'count', path: pathOf(of), predicate: null, at })),
    records().map((of): Expression => ({ kind: 'count', path: of, predicate: null, at })),
    cases('integer', depth),
  ],
  decimal: (depth) => [
    arithmetic(['add', 'sub', 'mul', 'div', 'divby', 'mod'], value('decimal', depth), number(depth)),
    arithmetic(['divby'], value('integer', depth), value('integer', depth)),
    negated(value('decimal', depth)),
    ...['round', 'floor', 'ceiling'].map((name) => call(name, number(depth))),
    call('fractionalseconds', notLiteral('datetime', depth)),
    call('fractionalseconds', value('time', depth)),
    call('totalseconds', value('duration', depth)),
    cases('decimal', depth),
  ],
  boolean: (depth) => [condition(depth)],
  date: (depth) => [
    call('date', notLiteral('datetime', depth)),
    arithmetic(['add', 'sub'], notNull('date', depth), value('duration', depth)),
    cases('date', depth),
  ],
  datetime: (depth) => [
    arithmetic(['add', 'sub'], notNull('datetime', depth), notNull('duration', depth)),
    cases('datetime', depth),
  ],
  time: (depth) => [call('time', notLiteral('datetime', depth))],
  duration: (depth) => [
    arithmetic(['add', 'sub'], notNull('duration', depth), notNull('duration', depth)),
    arithmetic(['sub'], notNull('datetime', depth), notNull('datetime', depth)),
    arithmetic(['sub'], notNull('date', depth), notNull('date', depth)),
    arithmetic(['mul', 'div', 'divby'], notNull('duration', depth), number(depth)),
    arithmetic(['mul'], number(depth), notNull('duration', depth)),
    negated(notNull('duration', depth)),
    cases('duration', depth),
  ],
};

function pathOf(node: Expression): readonly string[] {
  return node.kind === 'path' ? node.segments : [];
}

/** What the null literal cannot stand for: arithmetic takes it for a number. */
function notNull(type: Exclude<ValueType, 'collection'>, depth: number): Node {
  return value(type, depth).filter((node) => node.kind !== 'literal' || node.value !== null);
}

/** Parts of a timestamp literal are refused. */
function notLiteral(type: Exclude<ValueType, 'collection'>, depth: number): Node {
  return value(type, depth).filter((node) => node.kind !== 'cast' && (node.kind !== 'literal' || node.value === null));
}

function cases(type: Exclude<ValueType, 'collection'>, depth: number): Node {
  const branch = fc.record({ when: condition(Math.max(0, depth - 1)), value: value(type, 0) });
  return fc.array(branch, { minLength: 1, maxLength: 3 }).map((branches) => ({ kind: 'case', branches, at }));
}

/** A path to records: those whose partner the row is, or whose partner its partner is. */
function records(variable?: string): fc.Arbitrary<readonly string[]> {
  const start = variable === undefined ? [] : [variable];
  return fc.boolean().map((far) => [...start, ...(far ? ['partner'] : []), 'followers']);
}

/** A comparison of a record's own value with that of another record. */
function about(variable: string): Node {
  const types = ['string', 'integer', 'decimal', 'date', 'datetime', 'guid', 'duration'] as const;
  const compared = types.map((type) =>
    fc
      .tuple(
        fc.constantFrom('eq', 'ne', 'lt', 'ge'),
        path(type, variable),
        fc.oneof(path(type), literal(type), nothing),
      )
      .map(([op, left, right]) => ({ kind: 'compare', op, left, right, at }) as Expression),
  );
  return fc.oneof(...compared, path('boolean', variable));
}

/** Questions about the records of a collection, nested one in another. */
function related(depth: number, from?: string): Node {
  const variable = from === undefined ? 'r' : `${from}r`;
  const holds: Node[] = [about(variable), about(variable)];
  if (from !== undefined) {
    const both = fc.tuple(path('integer', variable), path('integer', from));
    holds.push(both.map(([left, right]) => ({ kind: 'compare', op: 'lt', left, right, at }) as Expression));
  }
  if (depth > 0)
    holds.push(
      condition(0),
      fc
        .tuple(fc.constantFrom('and', 'or'), about(variable), related(depth - 1, variable))
        .map(([op, left, right]) => ({ kind: 'logical', op, left, right, at }) as Expression),
    );
  const lambda = fc.tuple(fc.constantFrom('any', 'all'), records(from), fc.oneof(...holds)).map(
    ([op, of, predicate]): Expression => ({
      kind: 'lambda',
      op: op as 'any' | 'all',
      path: of,
      variable,
      predicate,
      at,
    }),
  );
  const some = records(from).map(
    (of): Expression => ({ kind: 'lambda', op: 'any', path: of, variable: null, predicate: null, at }),
  );
  const counted = fc
    .tuple(
      records(from),
      fc.option(fc.oneof(about('$this'), ...(depth > 0 ? [condition(0)] : []))),
      fc.nat(2),
      fc.constantFrom('eq', 'gt', 'le'),
    )
    .map(([of, predicate, number, op]) => {
      const left: Expression = { kind: 'count', path: of, predicate, at };
      const right: Expression = { kind: 'literal', type: 'integer', value: String(number), index: null, at };
      return { kind: 'compare', op, left, right, at } as Expression;
    });
  return fc.oneof(lambda, lambda, counted, some);
}

function number(depth: number): Node {
  return fc.oneof(value('integer', depth), value('decimal', depth));
}

const COMPARED = ['string', 'integer', 'decimal', 'date', 'datetime', 'time', 'guid', 'duration'] as const;

function comparison(depth: number): Node {
  const pairs = ([...COMPARED, 'string'] as const).map((type) =>
    fc.tuple(
      fc.constantFrom('eq', 'ne', 'lt', 'le', 'gt', 'ge'),
      value(type, depth),
      fc.oneof(value(type, depth), nothing),
    ),
  );
  const others = [
    fc.tuple(fc.constantFrom('eq', 'ne', 'lt', 'ge'), number(depth), number(depth)),
    fc.tuple(fc.constantFrom('eq', 'ne'), value('boolean', depth), fc.oneof(value('boolean', depth), nothing)),
  ];
  return fc
    .oneof(...pairs, ...others)
    .map(([op, left, right]) => ({ kind: 'compare', op, left, right, at }) as Expression);
}

function membership(depth: number): Node {
  const types = [...COMPARED, 'boolean'] as const;
  const lists = types.map((type) => {
    const item = fc.oneof(
      { arbitrary: literal(type), weight: 4 },
      { arbitrary: nothing, weight: 1 },
      { arbitrary: value(type, depth), weight: 1 },
    );
    return fc.tuple(value(type, depth), fc.array(item, { minLength: 1, maxLength: 4 }));
  });
  const mixed = fc.tuple(number(depth), fc.array(number(0), { minLength: 1, maxLength: 3 }));
  const teams = fc.tuple(
    value('guid', depth),
    call('my_teams').map((node) => [node]),
  );
  return fc.oneof(...lists, mixed, teams).map(([operand, list]) => ({ kind: 'in', operand, list, at }));
}

/** Questions about what can only be there or not, and about the members of a collection. */
function presence(depth: number): Node {
  const compared = fc
    .tuple(fc.constantFrom('eq', 'ne'), fc.oneof(path('json'), path('collection')), nothing, fc.boolean())
    .map(([op, one, none, first]) => {
      const [left, right] = first ? [one, none] : [none, one];
      return { kind: 'compare', op, left, right, at } as Expression;
    });
  const member: Node = fc.constant({ kind: 'path', segments: ['m'], at });
  const sought = fc.constantFrom('a', 'b', 'Z', 'c').map((text): Expression => {
    return { kind: 'literal', type: 'string', value: text, index: null, at };
  });
  const about = fc.oneof(
    fc
      .tuple(fc.constantFrom('eq', 'ne', 'lt', 'ge'), member, fc.oneof(sought, path('string')))
      .map(([op, left, right]) => ({ kind: 'compare', op, left, right, at }) as Expression),
    fc.tuple(sought, member).map(([left, right]): Expression => ({ kind: 'compare', op: 'eq', left, right, at })),
    fc
      .tuple(member, fc.array(fc.oneof(sought, nothing), { minLength: 1, maxLength: 3 }))
      .map(([operand, list]): Expression => ({ kind: 'in', operand, list, at })),
    call('startswith', member, sought),
    ...(depth > 0 ? [condition(depth - 1)] : []),
  );
  const lambda = fc
    .tuple(fc.constantFrom('any', 'all'), path('collection'), about)
    .map(([op, of, predicate]): Expression => {
      const segments = of.kind === 'path' ? of.segments : [];
      return { kind: 'lambda', op: op as 'any' | 'all', path: segments, variable: 'm', predicate, at };
    });
  const some = path('collection').map((of): Expression => {
    return {
      kind: 'lambda',
      op: 'any',
      path: of.kind === 'path' ? of.segments : [],
      variable: null,
      predicate: null,
      at,
    };
  });
  const contained = fc.tuple(value('string', Math.min(depth, 1)), path('collection')).map(
    ([operand, of]): Expression => ({
      kind: 'member',
      operand,
      collection: pathOf(of),
      at,
    }),
  );
  const held = fc
    .tuple(path('collection'), fc.constantFrom('a', 'b', 'a,b', 'Z,c', '', ','))
    .map(([of, text]): Expression => {
      return {
        kind: 'has',
        collection: of,
        values: { kind: 'literal', type: 'string', value: text, index: null, at },
        at,
      };
    });
  return fc.oneof(compared, lambda, lambda, some, contained, held);
}

/** A random boolean expression that the checker accepts, nested at most `depth` deep. */
export function condition(depth: number): Node {
  return once(`condition ${depth}`, () => makeCondition(depth));
}

function makeCondition(depth: number): Node {
  const simple = [
    comparison(depth),
    comparison(depth),
    membership(depth),
    presence(depth),
    related(Math.min(depth, 2)),
    path('boolean'),
    ...['contains', 'startswith', 'endswith'].map((name) => call(name, value('string', depth), value('string', depth))),
  ];
  if (depth <= 0) return fc.oneof(...simple);
  const logical: Node = fc
    .tuple(fc.constantFrom('and', 'or'), condition(depth - 1), condition(depth - 1))
    .map(([op, left, right]) => ({ kind: 'logical', op, left, right, at }) as Expression);
  const not: Node = condition(depth - 1).map((operand) => ({ kind: 'not', operand, at }));
  return fc.oneof(...simple, { arbitrary: logical, weight: 3 }, { arbitrary: not, weight: 2 });
}

export interface CheckedSample {
  readonly typed: TypedExpression;
  /** Canonical text and the values of its literals. */
  readonly text: string;
  readonly literals: readonly string[];
}

/** Checks a generated expression; its text, parsed and checked again, gives the same nodes. Throws when it is refused. */
export function sampleOf(expression: Expression): CheckedSample {
  const first = checked(expression);
  const text = printExpression(first);
  const { typed, literals } = sampleOfText(text);
  const withoutIndexes = JSON.stringify(typed, (key, value) => (key === 'index' ? null : value));
  if (withoutIndexes !== JSON.stringify(first)) throw new Error(`${text} parses to ${withoutIndexes}`);
  return { typed, text, literals };
}

/** Parses and checks a text. Throws when it is refused. */
export function sampleOfText(text: string): CheckedSample {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(`${text}: ${JSON.stringify(parsed.errors)}`);
  return { typed: checked(parsed.expression), text, literals: parsed.literals };
}

function checked(expression: Expression): TypedExpression {
  const result = checkExpression(expression, scope, { expects: 'boolean' });
  if (!result.ok) throw new Error(`${printExpression(expression)}: ${JSON.stringify(result.errors)}`);
  return result.expression;
}
