// A principal whose access asks for shares whether there are any now or not. A principal as requests use it leaves out shares that
// nobody has given, which is knowledge of the moment at which it was loaded: who compares two moments must not depend on it.
import type { Executor } from '../storage/types.ts';
import { type ActingPrincipal, combine, holdersOf } from './acting.ts';
import { isUserPrincipal, principalOf, type UserPrincipal } from './principals.ts';
import type { Principal } from './types.ts';

const made = new WeakMap<Principal, Principal>();

/** The same rights; kept as long as the principal itself. `executor` serves measurements. */
export function withAllShares(executor: Executor, principal: Principal): Principal {
  const known = made.get(principal);
  if (known !== undefined) return known;
  const whole = asking(executor, principal);
  made.set(principal, whole);
  return whole;
}

function asking(executor: Executor, principal: Principal): Principal {
  if (principal.kind === 'system') return principal;
  if (isUserPrincipal(principal)) return userAsking(executor, principal);
  const [user, caller] = holdersOf(principal as ActingPrincipal);
  if (user === undefined || caller === undefined) throw new Error('who acts as another is two users');
  return combine(userAsking(executor, user), userAsking(executor, caller));
}

function userAsking(executor: Executor, { model, facts }: UserPrincipal): UserPrincipal {
  const entities = [...model.entities.keys()].map((name) => {
    const { shares = 0, rows = 0 } = facts.entities[name] ?? {};
    return [name, { shares: Math.max(1, shares), rows }];
  });
  return principalOf(executor, model, { ...facts, entities: Object.fromEntries(entities) });
}
