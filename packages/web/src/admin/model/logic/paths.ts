// JSON values of documents by the way that leads to them. Pure; it knows nothing of layers or of what documents mean.

/** An object of a document. */
export type Json = Readonly<Record<string, unknown>>;
/** Names of members from the document down: `['fields', 'stage', 'label', 'en']`. */
export type Way = readonly string[];

export const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** The value at the end of the way; undefined where there is none. Members that every object has do not count. */
export function valueAt(value: unknown, way: Way): unknown {
  let at = value;
  for (const name of way) {
    if (!isObject(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}

/** An object with nothing but the value at the end of the way. */
export function nested(way: Way, value: unknown): unknown {
  return way.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
}

/** Whether two JSON values are the same; the order of members means nothing. */
export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((each, at) => same(each, other[at]));
  if (!isObject(one) || !isObject(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && same(one[name], other[name]))
  );
}
