// Makes a value and all it holds unchangeable; maps and sets refuse their writing methods.

function refuse(): never {
  throw new TypeError('The Model is frozen');
}

/** Freezes in place and returns the value. Functions are left as they are; a frozen object is taken as done. */
export function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  if (value instanceof Map || value instanceof Set) {
    for (const method of ['set', 'add', 'delete', 'clear']) {
      if (method in value) Object.defineProperty(value, method, { value: refuse });
    }
    Object.freeze(value);
    for (const [key, item] of value.entries()) {
      deepFreeze(key);
      deepFreeze(item);
    }
    return value;
  }
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}
