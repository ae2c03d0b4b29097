// What a stored value of one column type is in another, as SQL that never fails and is null where there is no counterpart: nothing is
// rounded, cut or guessed. Pure; which columns are converted is publish/conversions.ts's.
import { quoteLiteral } from './statement.ts';

/** What the new values look like. */
export interface ConvertedType {
  /** As in a column definition. */
  readonly sqlType: string;
  /** Digits after the point that are used of a numeric; all of them unless given. */
  readonly scale?: number | undefined;
}

/** IANA time zone in which a date begins and a moment has its date. */
type Zone = string;
type Convert = (value: string, to: ConvertedType, zone: Zone) => string;

/** Two 63-bit limits of PostgreSQL's bigint. */
const BIGINT = ['-9223372036854775808', '9223372036854775807'] as const;
const NUMBER = String.raw`^\s*[+-]?\d{1,38}(\.\d{1,38})?\s*$`;
const DATE = String.raw`(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`;
const TIME = String.raw`([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?`;
const OFFSET = String.raw`(Z|[+-](0\d|1[0-4]):[0-5]\d)`;

const matches = (value: string, pattern: string): string => `${value} ~ ${quoteLiteral(pattern)}`;

/** Of a text that begins with the digits of a date: whether its month has that day. */
const isDay = (value: string): string =>
  `substr(${value}, 9, 2)::int <= extract(day from (substr(${value}, 1, 8) || '01')::date + interval '1 month' - interval '1 day')`;

const toNumber: Convert = (value, { sqlType, scale }) => {
  const number = `(${value})::numeric`;
  const [, precision, digits] = /^numeric\((\d+),\s*(\d+)\)$/.exec(sqlType) ?? [];
  if (precision === undefined || digits === undefined) {
    const [least, most] = BIGINT;
    return `case when trunc(${number}) = ${number} and ${number} between ${least} and ${most} then ${number}::bigint end`;
  }
  const whole = Number(precision) - Number(digits);
  return `case when round(${number}, ${Math.min(scale ?? Number(digits), Number(digits))}) = ${number} and abs(${number}) < 1e${whole}::numeric then ${number}::numeric(${precision},${digits}) end`;
};

const textToNumber: Convert = (value, to, zone) =>
  `case when ${matches(value, NUMBER)} then ${toNumber(`btrim(${value})`, to, zone)} end`;

const textToDate: Convert = (value) =>
  `case when ${matches(value, `^${DATE}$`)} then case when ${isDay(value)} then (${value})::date end end`;

const textToMoment: Convert = (value) =>
  `case when ${matches(value, `^${DATE}T${TIME}${OFFSET}$`)} then case when ${isDay(value)} then (${value})::timestamptz end end`;

const momentToText: Convert = (value) => `to_char(${value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** By the kinds of the two types. What is not in it has no counterpart. */
const CONVERSIONS: Readonly<Record<string, Convert>> = {
  'text text': (value) => value,
  'text number': textToNumber,
  'text boolean': (value) => `case lower(btrim(${value})) when 'true' then true when 'false' then false end`,
  'text date': textToDate,
  'text moment': textToMoment,
  'text list': (value) => `case when ${value} is not null then array[${value}] end`,
  'list text': (value) => `case when cardinality(${value}) = 1 then ${value}[1] end`,
  'number number': toNumber,
  'number text': (value) => `trim_scale((${value})::numeric)::text`,
  'boolean text': (value) => `(${value})::text`,
  'date text': (value) => `to_char(${value}, 'YYYY-MM-DD')`,
  'date moment': (value, _to, zone) => `(${value})::timestamp at time zone ${quoteLiteral(zone)}`,
  'moment text': momentToText,
  'moment date': (value, _to, zone) => `(${value} at time zone ${quoteLiteral(zone)})::date`,
};

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^text\[\]/, 'list'],
  [/^text\b/, 'text'],
  [/^(bigint|numeric)\b/, 'number'],
  [/^boolean$/, 'boolean'],
  [/^date$/, 'date'],
  [/^timestamptz$/, 'moment'],
];

/** SQL of the value of `value` (SQL of the type `from`) in another type, null for values that it does not have; null: it has none. */
export function conversionSql(value: string, from: string, to: ConvertedType, zone: Zone): string | null {
  const kindOf = (type: string): string | undefined => KINDS.find(([pattern]) => pattern.test(type))?.[1];
  return CONVERSIONS[`${kindOf(from)} ${kindOf(to.sqlType)}`]?.(value, to, zone) ?? null;
}

/** Whether a column holds something that could be lost: an empty list is nothing. `value` is SQL of its type. */
export function heldSql(value: string, type: string): string {
  return type.startsWith('text[]') ? `cardinality(${value}) > 0` : `${value} is not null`;
}
