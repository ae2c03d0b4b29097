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
  | {
      readonly kind: 'lambda';
      readonly op: LambdaOperator;
      readonly path: readonly string[];
      /** Name of the member within the predicate; null without one (`any()`: there is a member). */
      readonly variable: string | null;
      readonly predicate: Expression | null;
      readonly at: number;
    };

/**
 * As checked: every node has a type; names are resolved. Literal values are canonical strings (numbers as written,
 * timestamps ISO, booleans as booleans), so that decimals and 64-bit integers stay exact.
 */
export type TypedExpression =
  | {
      readonly kind: 'literal';
      readonly type: ExpressionType;
      readonly value: string | boolean | null;
      readonly index: number | null;
      /** The form in which the property it is compared with stores values; `value` has it already. */
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
  | {
      readonly kind: 'path';
      readonly type: ExpressionType;
      /** To-one navigations walked, in order; empty for a property of the record itself. */
      readonly navigations: readonly string[];
      readonly property: string;
      readonly nullable: boolean;
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
  /** Whether a path leads to several records: what can be asked of those is still to come. */
  isRecords?(segments: readonly string[]): boolean;
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
  /** Of a collection: its members. */
  readonly members?: { readonly type: ExpressionType; readonly operators: ReadonlySet<string> };
  /** The path is the variable of an `any` or `all`. */
  readonly variable?: string;
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
}
