// What a filter can ask of each kind of value, and how each question is written in OData: a table of templates, read in both
// directions. It knows no entity and sends nothing; whether the text is a condition is for the service to say.

/** What of a property decides which questions make sense. */
export type FilterKind =
  | 'text'
  | 'number'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'duration'
  | 'choice'
  | 'choices'
  | 'lookup'
  | 'owner'
  | 'links'
  | 'presence';

/** Which values a question takes: none, one, two, any number, or a number of days. */
export type Arity = 'none' | 'one' | 'two' | 'many' | 'days';

export interface Operator {
  readonly name: string;
  readonly arity: Arity;
  /** OData with `P` for the path, `A` and `B` for values, `(A)` for a list of them, `D` for a span of days. */
  readonly template: string;
}

const op = (name: string, arity: Arity, template: string): Operator => ({ name, arity, template });

const EMPTY = [op('empty', 'none', 'P eq null'), op('not_empty', 'none', 'P ne null')];
const EQUAL = [op('is', 'one', 'P eq A'), op('is_not', 'one', 'P ne A')];
const ORDER = [
  op('at_least', 'one', 'P ge A'),
  op('at_most', 'one', 'P le A'),
  op('more_than', 'one', 'P gt A'),
  op('less_than', 'one', 'P lt A'),
];
const BETWEEN = op('between', 'two', 'P ge A and P le B');
const ANY_OF = [op('any_of', 'many', 'P in (A)'), op('none_of', 'many', 'not (P in (A))')];

/** Around the present day (`today()` is the organization's) or moment. */
const near = (present: string): readonly Operator[] => [
  op('past', 'none', `P lt ${present}`),
  op('future', 'none', `P gt ${present}`),
  op('last_days', 'days', `P ge ${present} sub D and P le ${present}`),
  op('next_days', 'days', `P ge ${present} and P le ${present} add D`),
];

/** The first of each is what a new filter begins with. */
export const OPERATORS: Readonly<Record<FilterKind, readonly Operator[]>> = {
  text: [
    op('contains', 'one', 'contains(P,A)'),
    op('not_contains', 'one', 'not contains(P,A)'),
    op('starts_with', 'one', 'startswith(P,A)'),
    op('ends_with', 'one', 'endswith(P,A)'),
    ...EQUAL,
    ...EMPTY,
  ],
  number: [...ORDER, BETWEEN, ...EQUAL, ...EMPTY],
  boolean: [op('yes', 'none', 'P eq true'), op('no', 'none', 'P eq false'), ...EMPTY],
  date: [op('today', 'none', 'P eq today()'), ...near('today()'), BETWEEN, ...EQUAL, ...ORDER, ...EMPTY],
  datetime: [...near('now()'), BETWEEN, ...ORDER, ...EMPTY],
  duration: [...ORDER, BETWEEN, ...EQUAL, ...EMPTY],
  choice: [...ANY_OF, ...EQUAL, ...EMPTY],
  choices: [
    op('any_of', 'many', 'P/any(x:x in (A))'),
    op('none_of', 'many', 'not P/any(x:x in (A))'),
    op('only', 'many', 'P/all(x:x in (A))'),
    ...EMPTY,
  ],
  lookup: [...ANY_OF, ...EQUAL, ...EMPTY],
  owner: [
    op('mine', 'none', 'P eq me()'),
    op('not_mine', 'none', 'P ne me()'),
    op('my_teams', 'none', 'P in my_teams()'),
    ...ANY_OF,
    ...EQUAL,
    ...EMPTY,
  ],
  links: [
    op('any', 'none', 'P/any()'),
    op('none', 'none', 'not P/any()'),
    op('any_of', 'many', 'P/any(x:x/id in (A))'),
  ],
  presence: EMPTY,
};

export const operatorOf = (kind: FilterKind, name: string): Operator | undefined =>
  OPERATORS[kind].find((operator) => operator.name === name);
