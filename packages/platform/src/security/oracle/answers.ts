// What a request is answered, as far as rights decide it. Data only.
import type { Privilege } from './world.ts';

/** A privilege that is missing on an entity. */
export interface Missing {
  readonly privilege: Privilege;
  readonly entity: string;
}

export type Answer =
  /** It is done, or shown. */
  | { readonly kind: 'ok' }
  /** 404: there is no such record, for this user. */
  | { readonly kind: 'not_found' }
  /** 403, naming one of these. */
  | { readonly kind: 'missing'; readonly any: readonly Missing[] }
  /** 403: a secured field. */
  | { readonly kind: 'secured' }
  /** 403: a capability. */
  | { readonly kind: 'capability'; readonly name: string }
  /** 403: more would be given than is held. */
  | { readonly kind: 'escalation' }
  /** 400: a named record is not there, for this user, or may not be what it is named as. */
  | { readonly kind: 'bad_target' }
  /** 409. */
  | { readonly kind: 'conflict'; readonly code: string }
  /** One of these: several reasons, and the rules do not say which comes first. */
  | { readonly kind: 'any'; readonly of: readonly Answer[] };

export const OK: Answer = { kind: 'ok' };
export const NOT_FOUND: Answer = { kind: 'not_found' };
export const BAD_TARGET: Answer = { kind: 'bad_target' };

/** Refused for what is missing of these; null where nothing is. */
export function refusal(checks: readonly (Missing & { readonly held: boolean })[]): Answer | null {
  const any = checks.filter(({ held }) => !held).map(({ privilege, entity }) => ({ privilege, entity }));
  return any.length === 0 ? null : { kind: 'missing', any };
}
