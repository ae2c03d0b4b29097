// What the contract test asks of field types: a filter per operator, literals, and values in a form that can be compared.
import type { Property } from '@kartoteka/metadata';

const infix = (operator: string) => (path: string, operand: string) => `${path} ${operator} ${operand}`;
const textOf = (name: string) => (path: string) => `${name}(${path}) eq 'x'`;
const found = (name: string) => (path: string) => `${name}(${path},'x')`;

/** What is added to a time is a duration. */
const moved = (operator: string) => (path: string, operand: string) => {
  const isTime = /^(\d{4}-|duration)/.test(operand);
  return `${path} ${operator} ${isTime ? "duration'PT1S'" : '2'} ne null`;
};

/** A filter per operator of the language over a property and a value of its type. */
export const QUESTIONS: Readonly<Record<string, (path: string, operand: string) => string>> = {
  ...Object.fromEntries(['eq', 'ne', 'lt', 'le', 'gt', 'ge'].map((operator) => [operator, infix(operator)])),
  in: (path, operand) => `${path} in (${operand})`,
  ...Object.fromEntries(['tolower', 'toupper', 'trim'].map((name) => [name, textOf(name)])),
  ...Object.fromEntries(['contains', 'startswith', 'endswith'].map((name) => [name, found(name)])),
  length: (path) => `length(${path}) gt 0`,
  indexof: (path) => `indexof(${path},'x') ge 0`,
  substring: (path) => `substring(${path},1) eq 'x'`,
  concat: (path) => `concat(${path},'x') eq 'x'`,
  ...Object.fromEntries(
    ['mul', 'div', 'divby', 'mod'].map((name) => [name, (path: string) => `${path} ${name} 2 ne null`]),
  ),
  ...Object.fromEntries(['add', 'sub'].map((name) => [name, moved(name)])),
  ...Object.fromEntries(
    ['year', 'month', 'day', 'hour', 'minute', 'second', 'fractionalseconds', 'totaloffsetminutes', 'totalseconds']
      .concat('round', 'floor', 'ceiling')
      .map((name) => [name, (path: string) => `${name}(${path}) gt 0`]),
  ),
  date: (path) => `date(${path}) gt 2026-01-01`,
  time: (path) => `time(${path}) gt 12:00`,
  any: (path) => `${path}/any(x:x eq 'x')`,
  all: (path) => `${path}/all(x:x eq 'x')`,
};

/** One text per value: numbers without trailing zeros, moments in UTC with microseconds. Arrays and objects as they are. */
export function canonical(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) return value;
  if (typeof value === 'boolean' || value === null) return String(value);
  const text = String(value);
  const moment = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (moment !== null)
    return `${new Date(`${moment[1]}${moment[3]}`).toISOString()}.${(moment[2] ?? '').padEnd(6, '0')}`;
  if (/^-?\d+(\.\d+)?$/.test(text)) return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return text;
}

/** The value as an OData literal of its property's type. */
export function literal({ type }: Property, value: unknown): string {
  if (type === 'Edm.Duration') return `duration'${String(value)}'`;
  return type === 'Edm.String' ? `'${String(value).replaceAll("'", "''")}'` : String(value);
}
