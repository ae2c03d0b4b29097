// Whose access is explained: whoever asks, or another user or team, with all that rights follow from. It decides no rights.
import type { Model } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { holdersOf } from '../security/acting.ts';
import type { PrincipalFacts } from '../security/directory.ts';
import { loadHolder } from '../security/load-principals.ts';
import { principalOf, type UserPrincipal } from '../security/principals.ts';
import type { Principal } from '../security/types.ts';
import type { Executor } from '../storage/types.ts';

export interface Subject {
  readonly principal: UserPrincipal;
  /** False: there is no such user or team, or the user is not active: nothing is granted. */
  readonly active: boolean;
}

/**
 * One subject; two where somebody acts as somebody else: the user, and who acts as it. A team is explained as if it acted by itself: by
 * the roles that it holds, on what it owns and what is shared with it. Throws not_supported for the system, which needs no rights.
 */
export async function subjectsOf(
  executor: Executor,
  model: Model,
  caller: Principal,
  principalId: string | null,
): Promise<readonly Subject[]> {
  if (principalId === null || principalId === caller.id) {
    const holders = holdersOf(caller);
    if (holders.length === 0) throw new PlatformError('not_supported', { what: 'Explaining the rights of the system' });
    return holders.map((principal) => ({ principal, active: true }));
  }
  const facts = await loadHolder(executor, model, principalId);
  return [{ principal: principalOf(executor, model, facts ?? nothingOf(principalId)), active: facts !== null }];
}

const NOWHERE = '00000000-0000-0000-0000-000000000000';

function nothingOf(id: string): PrincipalFacts {
  return { id, unit: NOWHERE, teams: [], roles: [], subtrees: {}, entities: {} };
}
