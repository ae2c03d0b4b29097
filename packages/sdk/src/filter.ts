// Filters and orders as objects that know how they are written in OData. Values are checked and escaped by literal.ts and nowhere else,
// so that no value can become a part of the expression. It sends nothing.
import type { DateOperand, DatetimeOperand, GuidOperand, Members } from './field-types.ts';
import { writeLiteral } from './literal.ts';
import type { PropertyKind, SchemaData } from './schema.ts';

/** Whose properties a name is of, and what is written before the name: `V1/` for a variable, else nothing. */
interface Scope {
  readonly of: 'record' | 'variable' | 'count';
  readonly prefix: string;
}

type Part = string | Scope;
type Parts = readonly Part[];

const print = (parts: Parts): string => parts.map((part) => (typeof part === 'string' ? part : part.prefix)).join('');

/** A condition on records. Made by a filter's function, or by odata(). */
export class Condition {
  /** @internal */
  readonly parts: Parts;
  readonly #isOr: boolean;
  constructor(parts: Parts, isOr = false) {
    this.parts = parts;
    this.#isOr = isOr;
  }

  and(other: Condition): Condition {
    return new Condition([...this.#closed(), ' and ', ...other.#closed()]);
  }

  or(other: Condition): Condition {
    return new Condition([...this.parts, ' or ', ...other.parts], true);
  }

  not(): Condition {
    return new Condition(['not (', ...this.parts, ')']);
  }

  /** As it is written in $filter. */
  toString(): string {
    return print(this.parts);
  }

  #closed(): Parts {
    return this.#isOr ? ['(', ...this.parts, ')'] : this.parts;
  }
}

/** All of them hold. Throws RangeError for none. */
export const allOf = (...conditions: readonly Condition[]): Condition =>
  joined(conditions, (one, other) => one.and(other));

/** One of them holds. Throws RangeError for none. */
export const anyOf = (...conditions: readonly Condition[]): Condition =>
  joined(conditions, (one, other) => one.or(other));

function joined(conditions: readonly Condition[], join: (one: Condition, other: Condition) => Condition): Condition {
  if (conditions.length === 0) throw new RangeError('a condition is needed: nothing can be said of none');
  return conditions.reduce(join);
}

/** A condition in OData as it stands. What comes from elsewhere belongs into quote(). */
export const odata = (text: string): Condition => new Condition([text], true);

/** A place in an order. */
export class Order {
  /** As it is written in $orderby. */
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A property, or what is made of one. What each kind may be asked is for the types to say (field-types.ts). */
class Value {
  readonly parts: Parts;
  readonly kind: PropertyKind;
  constructor(parts: Parts, kind: PropertyKind) {
    this.parts = parts;
    this.kind = kind;
  }

  in(values: readonly unknown[] | Value): Condition {
    if (values instanceof Value) return new Condition([...this.parts, ' in ', ...values.parts]);
    // A list of nothing cannot be written: no value is in it.
    if (values.length === 0) return new Condition(['false']);
    return new Condition([...this.parts, ` in (${values.map((value) => writeLiteral(value, this.kind)).join(',')})`]);
  }

  has(...values: readonly string[]): Condition {
    return allOf(...values.map((value) => new Condition([`${writeLiteral(value, 'choice')} in `, ...this.parts])));
  }

  any(holds?: (value: Value) => Condition): Condition {
    return quantified(this.parts, 'any', holds, (name) => new Value([name], 'choice'));
  }

  all(holds: (value: Value) => Condition): Condition {
    return quantified(this.parts, 'all', holds, (name) => new Value([name], 'choice'));
  }

  count(): Value {
    return new Value([...this.parts, '/$count'], 'int64');
  }

  asc(): Order {
    return new Order(print(this.parts));
  }

  desc(): Order {
    return new Order(`${print(this.parts)} desc`);
  }

  /** Another value, or a literal of this one's kind, as it is written. */
  operand(value: unknown): Parts {
    return value instanceof Value ? value.parts : [writeLiteral(value, this.kind)];
  }
}

const COMPARISONS = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'];
const TESTS = ['contains', 'startsWith', 'endsWith'];
/** Functions of one value, by the kind of what they give; null: of the value's own kind. */
const FUNCTIONS: Readonly<Record<string, PropertyKind | null>> = {
  ...{ toLower: 'string', toUpper: 'string', trim: 'string', length: 'int64', round: null, floor: null, ceiling: null },
  ...{ year: 'int64', month: 'int64', day: 'int64', hour: 'int64', minute: 'int64', second: 'int64', date: 'date' },
};

const operators: Record<string, (this: Value, value?: unknown) => Condition | Value> = {};
for (const name of COMPARISONS) {
  operators[name] = function (value) {
    return new Condition([...this.parts, ` ${name} `, ...this.operand(value)]);
  };
}
for (const name of TESTS) {
  operators[name] = function (value) {
    return new Condition([`${name.toLowerCase()}(`, ...this.parts, ',', ...this.operand(value), ')']);
  };
}
for (const [name, kind] of Object.entries(FUNCTIONS)) {
  operators[name] = function () {
    return new Value([`${name.toLowerCase()}(`, ...this.parts, ')'], kind ?? this.kind);
  };
}
Object.assign(Value.prototype, operators);

/** How many variables are in use where a condition is being made: each needs a name of its own. */
let variables = 0;

function quantified<T>(
  path: Parts,
  operator: 'any' | 'all',
  holds: ((member: T) => Condition) | undefined,
  member: (name: string) => T,
): Condition {
  if (holds === undefined) return new Condition([...path, `/${operator}()`]);
  variables += 1;
  // Names of properties begin with a small letter.
  const name = `V${variables}`;
  try {
    return new Condition([...path, `/${operator}(${name}:`, ...holds(member(name)).parts, ')']);
  } finally {
    variables -= 1;
  }
}

type Member = Record<string, unknown>;

class Related {
  readonly #schema: SchemaData;
  readonly #set: string;
  readonly #path: Parts;
  constructor(schema: SchemaData, set: string, path: Parts) {
    this.#schema = schema;
    this.#set = set;
    this.#path = path;
  }

  any(holds?: (record: Member) => Condition): Condition {
    return quantified(this.#path, 'any', holds, (name) => this.#members({ of: 'variable', prefix: `${name}/` }));
  }

  all(holds: (record: Member) => Condition): Condition {
    return quantified(this.#path, 'all', holds, (name) => this.#members({ of: 'variable', prefix: `${name}/` }));
  }

  count(holds?: (record: Member) => Condition): Value {
    if (holds === undefined) return new Value([...this.#path, '/$count'], 'int64');
    const own: Scope = { of: 'count', prefix: '' };
    const filter = holds(this.#members(own)).parts.map((part) => (part === own ? '' : seenFromWithin(part)));
    return new Value([...this.#path, '/$count($filter=', ...filter, ')'], 'int64');
  }

  #members(scope: Scope): Member {
    return members(this.#schema, this.#set, [scope]);
  }
}

/** In the filter of a count, bare names are those of its members: the record itself is `$it` there. */
function seenFromWithin(part: Part): Part {
  if (typeof part === 'string' || part.of === 'variable') return part;
  if (part.of === 'record') return '$it/';
  throw new TypeError('a count within a count cannot name members of the outer one');
}

function members(schema: SchemaData, set: string, path: Parts): Member {
  const data = schema.sets[set];
  return new Proxy<Member>(
    {},
    {
      get(_, name) {
        if (typeof name === 'symbol') return undefined;
        const kind = data !== undefined && Object.hasOwn(data.kinds, name) ? data.kinds[name] : undefined;
        if (kind !== undefined) return new Value([...path, name], kind);
        const navigation =
          data !== undefined && Object.hasOwn(data.navigations, name) ? data.navigations[name] : undefined;
        if (navigation === undefined) throw new TypeError(`${set} has no property ${name}`);
        const [target, many] = navigation;
        return many === 'many'
          ? new Related(schema, target, [...path, name])
          : members(schema, target, [...path, `${name}/`]);
      },
    },
  );
}

/** Properties and navigations of a record, as filters and orders name them. */
export function fieldsOf(schema: SchemaData, set: string): Readonly<Record<string, unknown>> {
  return members(schema, set, [{ of: 'record', prefix: '' }]);
}

const known = <T>(call: string, kind: PropertyKind): T => new Value([call], kind) as unknown as T;

/** The user who asks. */
export const me = (): GuidOperand => known('me()', 'guid');
export const myBusinessUnit = (): GuidOperand => known('my_business_unit()', 'guid');
/** For `in`. */
export const myTeams = (): Members<'guid'> => known('my_teams()', 'guid');
export const now = (): DatetimeOperand => known('now()', 'datetime');
/** In the organization's time zone. */
export const today = (): DateOperand => known('today()', 'date');
