// How members of structures and parameters are written down. It describes nothing itself.
import type { Member, PrimitiveName } from './types.ts';

/** A member that is always there. */
export const is = (type: PrimitiveName | (string & {}), description: string, more: Partial<Member> = {}): Member => ({
  type,
  description,
  ...more,
});

/** A list of such. */
export const listOf = (type: string, description: string, more: Partial<Member> = {}): Member =>
  is(type, description, { ...more, collection: true });
