// Arithmetic in SQL, equal to that of the JavaScript evaluator: numbers and durations in numeric (a duration as its seconds),
// days and moments moved by them. What leaves the calendar is null, never an error.
import { DIVISION_SCALE, type TypedExpression } from '@kartoteka/metadata';
import type { PrintAs } from './expression-calls.ts';
import { computedOnce } from './named-value.ts';

type Arithmetic = Extract<TypedExpression, { kind: 'arithmetic' }>;

export function printArithmetic(node: Arithmetic, print: PrintAs): string {
  const moment = MOMENTS[node.left.type];
  if (moment !== undefined) return moment(node, print);
  const [left, right] = [print(node.left, 'numeric'), print(node.right, 'numeric')];
  const value = NUMBERS[node.op === 'div' && node.type !== 'integer' ? 'divby' : node.op](left, right);
  return node.type === 'duration' && ROUNDED.has(node.op) ? `round(${value}, 6)` : value;
}

/** Seconds of an interval, exact to the microsecond. */
export function secondsOf(interval: string): string {
  return `extract(epoch from ${interval})`;
}

/** Days that an interval can hold. */
const MOST_DAYS = 2_147_483_647;

/** The interval of so many seconds, a numeric; days and the rest apart, where a double keeps every digit. */
export function intervalOf(seconds: string): string {
  return computedOnce(
    seconds,
    (sql) => `case when abs(${sql}) < ${MOST_DAYS}::numeric * 86400 then ${madeInterval(sql)} end`,
  );
}

function madeInterval(seconds: string): string {
  return `make_interval(days => div(${seconds}, 86400)::int, secs => mod(${seconds}, 86400)::float8)`;
}

/** Operators by which a duration gets more digits than it can have. */
const ROUNDED: ReadonlySet<Arithmetic['op']> = new Set(['mul', 'div', 'divby']);

const NUMBERS: Readonly<Record<Arithmetic['op'], (left: string, right: string) => string>> = {
  add: (left, right) => `(${left} + ${right})`,
  sub: (left, right) => `(${left} - ${right})`,
  mul: (left, right) => `(${left} * ${right})`,
  div: (left, right) => `div(${left}, nullif(${right}, 0))`,
  // One digit more than is kept, cut off, then rounded: the quotient does not depend on numeric's own choice of scale.
  divby: (left, right) =>
    `round(div(${left} * 1e${DIVISION_SCALE + 1}, nullif(${right}, 0)) * 1e-${DIVISION_SCALE + 1}, ${DIVISION_SCALE})`,
  mod: (left, right) => `mod(${left}, nullif(${right}, 0))`,
};

type OfMoment = (node: Arithmetic, print: PrintAs) => string;

/** The ends of the calendar, in days and in seconds since 1970. */
const [FIRST_DAY, LAST_DAY] = [-719_162, 2_932_896] as const;
const [FIRST_SECOND, LAST_SECOND] = [FIRST_DAY * 86_400, (LAST_DAY + 1) * 86_400] as const;
/** More days than the calendar has: added before a division, so that cutting off is rounding down. */
const MANY_DAYS = 100_000_000;

const MOMENTS: Partial<Record<TypedExpression['type'], OfMoment>> = {
  date: ({ op, left, right }, print) => {
    const day = print(left, 'date');
    if (right.type === 'date') return `((${day} - ${print(right, 'date')})::numeric * 86400)`;
    const seconds = `${SIGNS[op]}round(${print(right, 'numeric')}, 6)`;
    const days = `(${day} - date '1970-01-01') + div(${seconds} + ${MANY_DAYS * 86_400}::numeric, 86400) - ${MANY_DAYS}`;
    return computedOnce(
      days,
      (sql) => `case when ${sql} between ${FIRST_DAY} and ${LAST_DAY} then date '1970-01-01' + ${sql}::int end`,
    );
  },
  datetime: ({ op, left, right }, print) => {
    const seconds = secondsOf(print(left, 'timestamptz'));
    if (right.type === 'datetime') return `(${seconds} - ${secondsOf(print(right, 'timestamptz'))})`;
    const moved = `${seconds} + ${SIGNS[op]}round(${print(right, 'numeric')}, 6)`;
    return computedOnce(
      moved,
      (sql) => `case when ${sql} >= ${FIRST_SECOND} and ${sql} < ${LAST_SECOND} then ${momentOf(sql)} end`,
    );
  },
};

const SIGNS: Partial<Record<Arithmetic['op'], string>> = { add: '', sub: '- ' };

/** The timestamp that is so many seconds after 1970. */
function momentOf(seconds: string): string {
  return `timestamptz '1970-01-01T00:00:00Z' + ${madeInterval(seconds)}`;
}
