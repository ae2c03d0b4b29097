// Values of filters as OData writes them, checked to be of their kind, so that none can end its literal and go on as an expression;
// and the way back. Values are texts throughout: numbers stay exact.
import type { FilterKind } from './operators.ts';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NUMBER = /^-?\d+(\.\d+)?$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const DURATION = /^-?P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/;

interface Literal {
  readonly fits: (value: string) => boolean;
  readonly write: (value: string) => string;
}

const like = (form: RegExp, write = (value: string) => value): Literal => ({
  fits: (value) => form.test(value),
  write,
});
const quote = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const TEXT: Literal = { fits: (value) => value !== '', write: quote };
const ID = like(GUID);
const NOTHING: Literal = { fits: () => false, write: (value) => value };

const LITERALS: Readonly<Record<FilterKind, Literal>> = {
  text: TEXT,
  choice: TEXT,
  choices: TEXT,
  number: like(NUMBER),
  boolean: NOTHING,
  date: like(DATE),
  datetime: like(MOMENT),
  duration: like(DURATION, (value) => `duration'${value}'`),
  lookup: ID,
  owner: ID,
  links: ID,
  presence: NOTHING,
};

/** Whether a text is a value of the kind; an empty one is none. */
export const isValue = (kind: FilterKind, value: string): boolean => LITERALS[kind].fits(value);

/** Throws RangeError for what is no value of the kind. */
export function writeValue(kind: FilterKind, value: string): string {
  if (!isValue(kind, value)) throw new RangeError(`${value} is no ${kind}`);
  return LITERALS[kind].write(value);
}

/** The value that a literal in canonical text stands for; undefined for what is no value of the kind. */
export function readValue(kind: FilterKind, literal: string): string | undefined {
  const value = literal.startsWith("'")
    ? literal.slice(1, -1).replaceAll("''", "'")
    : literal.replace(/^duration'(.*)'$/, '$1').replace(/^- /, '-');
  return isValue(kind, value) && writeValue(kind, value) === literal.replace(/^- /, '-') ? value : undefined;
}
