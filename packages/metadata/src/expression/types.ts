// Nodes of the one expression language (OData filter syntax): as parsed, and as checked against a scope.
// Immutable data; the parser, the checker, the JS evaluator and the SQL printer are tables over these nodes.

/**
 * Types an expression can have. `null` is the type of the null literal only; a `json` value and a `collection` can be compared
 * with null, and members of a collection be asked for by `any` and `all`.
 */
export type ExpressionType =
  | 'string'
  | 'integer'
  | 'decimal'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'time'
  | 'duration'
  | 'guid'
  | 'json'
  | 'collection'
  | 'null';

export type ComparisonOperator = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';
export type LambdaOperator = 'any' | 'all';
export type ArithmeticOperator = 'add' | 'sub' | 'mul' | 'div' | 'divby' | 'mod';

/** As parsed: names not resolved, types not known. `at` is the offset in the source text. */
export type Expression =
  | {
      readonly kind: 'literal';
      readonly type: ExpressionType;
      readonly value: string | boolean | null;
      /** n-th literal of the source text (null, true and false do not count), so that requests can bind its value. */
      readonly index: number | null;
      readonly at: number;
    }
  | { readonly kind: 'path'; readonly segments: readonly string[]; readonly at: number }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[]; readonly at: number }
  | {
      readonly kind: 'compare';
      readonly op: ComparisonOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: number;
    }
  | {
      readonly kind: 'arithmetic';
      readonly op: ArithmeticOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: number;
    }
  | {
      readonly kind: 'logical';
      readonly op: 'and' | 'or';
      readonly left: Expression;
      readonly right: Expression;
      readonly at: number;
    }
  | { readonly kind: 'not'; readonly operand: Expression; readonly at: number }
  | { readonly kind: 'negate'; readonly operand: Expression; readonly at: number }
  | { readonly kind: 'in'; readonly operand: Expression; readonly list: readonly Expression[]; readonly at: number }
  /** The operand is a member of the collection: `'a' in kinds`. */
  | {
      readonly kind: 'member';
      readonly operand: Expression;
      readonly collection: readonly string[];
      readonly at: number;
    }
  /** The collection has every value that a text names, with commas between them: `kinds has 'a,b'`. */
  | { readonly kind: 'has'; readonly collection: Expression; readonly values: Expression; readonly at: number }
  | {
      readonly kind: 'lambda';
      readonly op: LambdaOperator;
      readonly path: readonly string[];
      /** Name of the member within the predicate; null without one (`any()`: there is a member). */
      readonly variable: string | null;
      readonly predicate: Expression | null;
      readonly at: number;
    }
  /** How many members a collection has, or how many for which `predicate` holds. */
  | {
      readonly kind: 'count';
      readonly path: readonly string[];
      readonly predicate: Expression | null;
      readonly at: number;
    }
  | { readonly kind: 'case'; readonly branches: readonly Branch<Expression>[]; readonly at: number }
  | { readonly kind: 'cast'; readonly operand: Expression; readonly type: ExpressionType; readonly at: number };

/** One pair of a `case`: the first of which the condition is true gives the value. */
export interface Branch<Node> {
  readonly when: Node;
  readonly value: Node;
}

/** Name by which the members are called in the filter of a `$count`, where paths begin at them without saying so. */
export const THIS = '$this';

/** A collection of records: reached over to-one navigations from the record of the scope, or from the variable of a lambda. */
export interface RecordsSource {
  readonly variable?: string;
  readonly navigations: readonly string[];
  /** The collection's own. */
  readonly navigation: string;
}

/**
 * As checked: every node has a type; names are resolved. Literal values are canonical strings (numbers as written,
 * timestamps ISO, booleans as booleans, or as texts where one stood in quotes), so that decimals and 64-bit integers stay exact.
 */
export type TypedExpression =
  | {
      readonly kind: 'literal';
      readonly type: ExpressionType;
      readonly value: string | boolean | null;
      readonly index: number | null;
      /** The form in which the property it is compared with stores values, undefined for what is none; `value` has it already. */
      readonly normalize?: (value: unknown) => unknown;
    }
  /** The member that a predicate of `any` or `all` is about. */
  | { readonly kind: 'variable'; readonly type: ExpressionType; readonly name: string }
  | {
      readonly kind: 'lambda';
      readonly type: 'boolean';
      readonly op: LambdaOperator;
      readonly collection: Extract<TypedExpression, { kind: 'path' }>;
      readonly variable: string | null;
      readonly predicate: TypedExpression | null;
    }
  /** `any` and `all` over records. */
  | {
      readonly kind: 'records_lambda';
      readonly type: 'boolean';
      readonly op: LambdaOperator;
      readonly source: RecordsSource;
      readonly variable: string | null;
      readonly predicate: TypedExpression | null;
    }
  /** Members of an array. */
  | {
      readonly kind: 'count';
      readonly type: 'integer';
      readonly collection: Extract<TypedExpression, { kind: 'path' }>;
    }
  /** Records of a collection, or those for which the predicate holds: its paths begin at the variable THIS. */
  | {
      readonly kind: 'records_count';
      readonly type: 'integer';
      readonly source: RecordsSource;
      readonly predicate: TypedExpression | null;
    }
  | {
      readonly kind: 'member';
      readonly type: 'boolean';
      readonly operand: TypedExpression;
      readonly collection: Extract<TypedExpression, { kind: 'path' }>;
    }
  | {
      readonly kind: 'has';
      readonly type: 'boolean';
      readonly collection: Extract<TypedExpression, { kind: 'path' }>;
      readonly values: TypedExpression;
    }
  | { readonly kind: 'case'; readonly type: ExpressionType; readonly branches: readonly Branch<TypedExpression>[] }
  | {
      readonly kind: 'path';
      readonly type: ExpressionType;
      /** To-one navigations walked, in order; empty for a property of the record itself. */
      readonly navigations: readonly string[];
      readonly property: string;
      readonly nullable: boolean;
      /** Variable of the lambda over records whose member the path begins at; absent: it begins at the record of the scope. */
      readonly variable?: string;
    }
  | {
      readonly kind: 'call';
      readonly type: ExpressionType;
      readonly name: string;
      readonly args: readonly TypedExpression[];
    }
  | {
      readonly kind: 'compare';
      readonly type: 'boolean';
      readonly op: ComparisonOperator;
      readonly left: TypedExpression;
      readonly right: TypedExpression;
    }
  | {
      readonly kind: 'arithmetic';
      readonly type: ExpressionType;
      readonly op: ArithmeticOperator;
      readonly left: TypedExpression;
      readonly right: TypedExpression;
    }
  | {
      readonly kind: 'logical';
      readonly type: 'boolean';
      readonly op: 'and' | 'or';
      readonly left: TypedExpression;
      readonly right: TypedExpression;
    }
  | { readonly kind: 'not'; readonly type: 'boolean'; readonly operand: TypedExpression }
  | { readonly kind: 'negate'; readonly type: ExpressionType; readonly operand: TypedExpression }
  /** Result of a numeric formula; no text asks for it. */
  | {
      readonly kind: 'round';
      readonly type: 'integer' | 'decimal';
      readonly operand: TypedExpression;
      /** Digits after the point; halves are rounded away from zero. */
      readonly scale: number;
      /** Null from here on, in both directions: a whole number above zero, as digits. Null: no value is that large. */
      readonly limit: string | null;
    }
  | {
      readonly kind: 'in';
      readonly type: 'boolean';
      readonly operand: TypedExpression;
      readonly list: readonly TypedExpression[];
    };

/** What names mean where an expression stands. Implemented over an EntityType by link.ts and by the request planner. */
export interface Scope {
  /** Name of the entity the paths begin at, for messages. */
  readonly entity?: string;
  /** The property a path names, or undefined. `segments` is non-empty; all but the last are to-one navigations. */
  resolve(segments: readonly string[]): ResolvedPath | undefined;
  /**
   * The records that a path leads to, or undefined when it leads to none; `refused`: it leads to records, but what stands here
   * may ask for none.
   */
  records?(segments: readonly string[]): ResolvedRecords | 'refused' | undefined;
  /** The record that $it names; absent: the record of the scope. `refused`: it cannot be named here. */
  readonly it?: 'refused';
}

export interface ResolvedRecords {
  readonly navigations: readonly string[];
  readonly navigation: string;
  /** What names mean on one of them. */
  readonly target: Scope;
}

export interface ResolvedPath {
  readonly navigations: readonly string[];
  readonly property: string;
  readonly type: ExpressionType;
  readonly nullable: boolean;
  readonly operators: ReadonlySet<string>;
  /** The closed set of values of a choice. */
  readonly values?: readonly string[];
  /** The form in which values are stored, where a text can be written in several (see PropertySpec). */
  readonly normalize?: (value: unknown) => unknown;
  /** Records that keep a value for long are stale by it, and where the expression stands it can be told since when they have it. */
  readonly goesStale?: true;
  /** Of a collection: its members. */
  readonly members?: { readonly type: ExpressionType; readonly operators: ReadonlySet<string> };
}

/** A finding with its place in the source text; `code` is stable. */
export interface ExpressionError {
  readonly code: string;
  readonly at: number;
  readonly message: string;
  readonly hint?: string;
  /** What the error table's message of this code names, e.g. `limit` and `value` of limit_exceeded, `what` of not_supported. */
  readonly values?: Readonly<Record<string, string>>;
}

/** What the context functions me(), my_teams(), my_business_unit(), now(), today() answer. */
export interface EvaluationContext {
  readonly me: string;
  readonly myTeams: readonly string[];
  readonly myBusinessUnit: string;
  /** ISO 8601 UTC with microseconds. */
  readonly now: string;
  /** ISO date in the organization's time zone. */
  readonly today: string;
  /** IANA time zone of the organization, in which timestamps have their parts. */
  readonly timeZone: string;
}
