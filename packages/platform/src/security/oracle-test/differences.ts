// What is compared, where, and how a difference is told. It must not be imported by product code.
import { isDeepStrictEqual } from 'node:util';
import type { Answer } from '../oracle/answers.ts';
import type { Asker as Who, World } from '../oracle/world.ts';
import type { Principal } from '../types.ts';
import type { Scratch } from './scratch.ts';

export interface Difference {
  readonly of: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

export interface Place {
  readonly scratch: Scratch;
  readonly world: World;
  /** Who asks, in the oracle's words and in the engine's. */
  readonly me: Who;
  readonly principal: Principal;
}

/** Whether the engine's answer is one that the oracle allows. */
export function isAllowed(expected: Answer, actual: Answer): boolean {
  if (expected.kind === 'any') return expected.of.some((one) => isAllowed(one, actual));
  if (expected.kind === 'missing' && actual.kind === 'missing') {
    return actual.any.every(({ privilege, entity }) =>
      expected.any.some((item) => item.privilege === privilege && item.entity === entity),
    );
  }
  return isDeepStrictEqual(expected, actual);
}

type State = Readonly<Record<string, unknown>>;

export function differingStates(of: string, wanted: State, found: State): Difference | null {
  const keys = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
  const differ = keys.filter((key) => !isDeepStrictEqual(wanted[key], found[key]));
  if (differ.length === 0) return null;
  const part = (state: State) => Object.fromEntries(differ.map((key) => [key, state[key] ?? null]));
  return { of: `${of}, afterwards`, expected: part(wanted), actual: part(found) };
}
