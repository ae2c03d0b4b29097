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
    'substring concat trim any all'
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
const moment = fc
  .tuple(day, fc.constantFrom('00:00:00.000000', '10:00:00.123456', '10:00:00.123457', '23:59:59.999999'))
  .map(([date, time]) => `${date}T${time}Z`);

const VALUES: Readonly<Record<Exclude<ValueType, 'collection'>, fc.Arbitrary<string | boolean>>> = {
  string: word,
  integer: wholeNumber,
  decimal: decimalNumber,
  boolean: fc.boolean(),
  date: day,
  datetime: moment,
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
  return VALUES[type].map((value) => ({ kind: 'literal', type, value, index: null, at }));
}

function path(type: ValueType): Node {
  const names = Object.keys(COLUMNS).filter((name) => COLUMNS[name]?.type === type);
  return fc
    .tuple(fc.constantFrom(...names), fc.boolean())
    .map(([name, far]) => ({ kind: 'path', segments: far ? ['partner', name] : [name], at }));
}

function call(name: string, ...args: Node[]): Node {
  return fc.tuple(...args).map((typed) => ({ kind: 'call', name, args: typed, at }));
}

const nothing: Node = fc.constant({ kind: 'literal', type: 'null', value: null, index: null, at });
const CONTEXT_CALLS: Partial<Record<ValueType, Node>> = {
  guid: fc.oneof(call('me'), call('my_business_unit')),
  date: call('today'),
  datetime: call('now'),
};

function value(type: Exclude<ValueType, 'collection'>, depth: number): Node {
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
  ],
  decimal: (depth) => [
    arithmetic(['add', 'sub', 'mul', 'div', 'divby', 'mod'], value('decimal', depth), number(depth)),
    arithmetic(['divby'], value('integer', depth), value('integer', depth)),
    negated(value('decimal', depth)),
  ],
  boolean: (depth) => [condition(depth)],
};

function number(depth: number): Node {
  return fc.oneof(value('integer', depth), value('decimal', depth));
}

function comparison(depth: number): Node {
  const pairs = (['string', 'string', 'integer', 'decimal', 'date', 'datetime', 'guid', 'duration'] as const).map(
    (type) =>
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
  const types = ['string', 'integer', 'decimal', 'boolean', 'date', 'datetime', 'guid', 'duration'] as const;
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
  return fc.oneof(compared, lambda, lambda, some);
}

/** A random boolean expression that the checker accepts, nested at most `depth` deep. */
export function condition(depth: number): Node {
  const simple = [
    comparison(depth),
    comparison(depth),
    membership(depth),
    presence(depth),
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
