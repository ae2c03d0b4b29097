// What somebody has changed in a form: the body of a create, the difference that a PATCH sends, and three versions of a record put
// beside one another. Pure; values are those of the service's JSON.
import type { RecordValues } from '../fields/types.ts';

/** Whether two values are the same to the service: null and nothing are, members of objects have no order. */
export function sameValue(one: unknown, other: unknown): boolean {
  const [a, b] = [one ?? null, other ?? null];
  if (a === b) return true;
  if (isExact(a) || isExact(b)) return JSON.stringify(a) === JSON.stringify(b);
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, at) => sameValue(each, b[at]));
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) return false;
  const [left, right] = [a as RecordValues, b as RecordValues];
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  // Within JSON a null member is not a missing one.
  return names.every((name) => Object.hasOwn(right, name) && sameValue(left[name], right[name]));
}

/** A number of a JSON field that no JavaScript number is (ExactNumber of the client). */
const isExact = (value: unknown): boolean => typeof value === 'object' && value !== null && 'toJSON' in value;

/** Decimal text of equal value is equal: the service answers `5.0000` where `5` was written. */
export function sameProperty(one: unknown, other: unknown): boolean {
  if (sameValue(one, other)) return true;
  const [a, b] = [plainNumber(one), plainNumber(other)];
  return a !== undefined && a === b;
}

function plainNumber(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const match = /^(-?)0*(\d*?)(?:\.(\d*?)0*)?$/.exec(String(value));
  if (match === null || !/\d/.test(String(value))) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  return whole === '' && fraction === '' ? '0' : `${sign}${whole || '0'}.${fraction}`;
}

/**
 * Properties that belong together: of a lookup with several targets id and type are sent both or not at all. `numeric` are those
 * whose text is a number.
 */
export interface Writable {
  /** Properties by the group that they are written in; most groups have one. */
  readonly groups: readonly (readonly string[])[];
  readonly numeric: ReadonlySet<string>;
}

const same = (writable: Writable, property: string, one: unknown, other: unknown): boolean =>
  writable.numeric.has(property) ? sameProperty(one, other) : sameValue(one, other);

/** The body of a PATCH: what is different from the record as it was read; null where nothing is. */
export function changesOf(
  writable: Writable,
  before: RecordValues,
  values: RecordValues,
): Record<string, unknown> | null {
  const body: Record<string, unknown> = {};
  for (const group of writable.groups) {
    if (group.every((property) => same(writable, property, before[property], values[property]))) continue;
    const changed = group.length === 1 ? group : group.filter((property) => property in values || property in before);
    for (const property of changed) body[property] = values[property] ?? null;
  }
  return Object.keys(body).length === 0 ? null : body;
}

/** The body of a create: what was filled in, and null where a default was taken away. */
export function createBody(writable: Writable, defaults: RecordValues, values: RecordValues): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const property of writable.groups.flat()) {
    const value = values[property] ?? null;
    if (value !== null || (defaults[property] ?? null) !== null) body[property] = value;
  }
  return body;
}

/** One group of properties that two people have at different values. */
export interface Difference {
  readonly properties: readonly string[];
  /** Who has changed it since the version that both began with. */
  readonly changedBy: 'me' | 'them' | 'both';
}

/** What differs between my values and the record as it is now, both having begun with `base`. */
export function differences(
  writable: Writable,
  base: RecordValues,
  mine: RecordValues,
  theirs: RecordValues,
): readonly Difference[] {
  return writable.groups.flatMap((properties): Difference[] => {
    const equal = (one: RecordValues, other: RecordValues): boolean =>
      properties.every((property) => same(writable, property, one[property], other[property]));
    if (equal(mine, theirs)) return [];
    const [byMe, byThem] = [!equal(base, mine), !equal(base, theirs)];
    return [{ properties, changedBy: byMe && byThem ? 'both' : byMe ? 'me' : 'them' }];
  });
}

/** Which version each difference takes, by its first property. */
export type Choices = Readonly<Record<string, 'mine' | 'theirs'>>;

/** Choices that decide themselves: what only one has changed. The others are left to who looks at them. */
export function evident(found: readonly Difference[]): Choices {
  const decided = found.filter(({ changedBy }) => changedBy !== 'both');
  return Object.fromEntries(
    decided.map(({ properties, changedBy }) => [properties[0] ?? '', changedBy === 'me' ? 'mine' : 'theirs']),
  );
}

/** The record as it is now with what was chosen of mine. Throws where a difference has no choice. */
export function merged(
  found: readonly Difference[],
  choices: Choices,
  mine: RecordValues,
  theirs: RecordValues,
): Record<string, unknown> {
  const values: Record<string, unknown> = { ...theirs };
  for (const { properties } of found) {
    const choice = choices[properties[0] ?? ''];
    if (choice === undefined) throw new Error(`nothing is chosen for ${properties[0]}`);
    if (choice === 'mine') for (const property of properties) values[property] = mine[property] ?? null;
  }
  return values;
}
