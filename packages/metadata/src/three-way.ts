// Two people changed the same JSON value: what each of them did, what goes together and what does not. Pure; objects are compared member
// by member, lists and everything else as a whole.
import { canonicalJson } from './content-hash.ts';
import { pointerTo } from './json-pointer.ts';

/** A place at which not all three are the same. A member that is undefined is not there. */
export interface ThreeWayDifference {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  /** Both changed it, each in another way. */
  readonly conflict: boolean;
  readonly base: unknown;
  readonly theirs: unknown;
  readonly yours: unknown;
}

export interface ThreeWay {
  /** What both did, put together; at a conflict what `take` says. Undefined: there is nothing. */
  readonly merged: unknown;
  readonly differences: readonly ThreeWayDifference[];
}

/** Compares; undefined stands for what is not there. */
export function threeWay(base: unknown, theirs: unknown, yours: unknown, take: 'theirs' | 'yours' = 'yours'): ThreeWay {
  const differences: ThreeWayDifference[] = [];
  return { merged: walk('', base, theirs, yours, take, differences), differences };
}

function walk(
  pointer: string,
  base: unknown,
  theirs: unknown,
  yours: unknown,
  take: 'theirs' | 'yours',
  differences: ThreeWayDifference[],
): unknown {
  if (isSame(theirs, yours) && isSame(base, theirs)) return theirs;
  if (isObject(theirs) && isObject(yours) && (base === undefined || isObject(base))) {
    const below = base ?? {};
    const names = new Set([...Object.keys(theirs), ...Object.keys(yours), ...Object.keys(below)]);
    const members = [...names].flatMap((name): [string, unknown][] => {
      const at = pointer + pointerTo(name);
      const merged = walk(at, own(below, name), own(theirs, name), own(yours, name), take, differences);
      return merged === undefined ? [] : [[name, merged]];
    });
    return Object.fromEntries(members);
  }
  const conflict = !isSame(theirs, yours) && !isSame(base, theirs) && !isSame(base, yours);
  differences.push({ pointer, conflict, base, theirs, yours });
  if (conflict) return take === 'theirs' ? theirs : yours;
  return isSame(base, theirs) ? yours : theirs;
}

const isSame = (a: unknown, b: unknown): boolean =>
  a === undefined || b === undefined ? a === b : canonicalJson(a) === canonicalJson(b);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const own = (of: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(of, name) ? of[name] : undefined;
