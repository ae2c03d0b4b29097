// Whether two values that the linker made are the same: objects, lists, maps and sets by what they hold, in its order; functions
// by identity.

/** True for equal content; members of maps, and of objects, count in their order. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Map) return isSameMap(a, b as Map<unknown, unknown>);
  if (a instanceof Set) return isSameList([...a], [...(b as Set<unknown>)]);
  if (Array.isArray(a)) return isSameList(a, b as unknown[]);
  return isSameList(Object.entries(a), Object.entries(b));
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => isSameValue(item, b[index]));
}

function isSameMap(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean {
  if (a.size !== b.size) return false;
  const others = b.entries();
  for (const [key, value] of a) {
    const other = others.next().value;
    if (other === undefined || !isSameValue(key, other[0]) || !isSameValue(value, other[1])) return false;
  }
  return true;
}
