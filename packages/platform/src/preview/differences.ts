// Whose accesses a change would make different, and how: users whose access to an entity changes in the same way are one
// difference, counted once. It compares what rights are made of; it runs no statement but those that resolve principals.
import { childrenOf, type Model, type Privilege, type TypedExpression } from '@kartoteka/metadata';
import { conditionKey, sourceKey } from '../security/access.ts';
import type { DirectoryChange } from '../security/directory-sources.ts';
import { loadPrincipals } from '../security/load-principals.ts';
import { principalOf, type UserPrincipal } from '../security/principals.ts';
import type { Access } from '../security/types.ts';
import type { Executor } from '../storage/types.ts';
import type { Budget } from './budget.ts';

/** An access with what its conditions may ask of the user. */
export interface Side {
  readonly access: Access;
  readonly me: string;
  readonly teams: readonly string[];
  readonly unit: string;
  /** Equal for two sides that cover the same records for the same reason. */
  readonly key: string;
}

/** Entity and privilege stand in the accesses. */
export interface Difference {
  /** Equal for equal differences. */
  readonly key: string;
  readonly before: Side;
  readonly after: Side;
  readonly principalIds: string[];
}

/** A user before and after; null: nobody who could do anything (disabled). */
export interface Pair {
  readonly id: string;
  readonly before: UserPrincipal | null;
  readonly after: UserPrincipal | null;
}

/** Resolves users under both directories and both Models, in two statements. */
export async function resolvePairs(
  tx: Executor,
  ids: readonly string[],
  models: { readonly before: Model; readonly after: Model },
  change: DirectoryChange,
  budget: Budget,
): Promise<readonly Pair[]> {
  const before = await loadPrincipals(tx, models.before, ids);
  const after = await loadPrincipals(tx, models.before, ids, change);
  const pairs: Pair[] = [];
  for (const id of ids) {
    if (pairs.length % AT_ONCE === 0) await budget.pause();
    const [was, is] = [before.get(id), after.get(id)];
    pairs.push({
      id,
      before: was === undefined ? null : principalOf(tx, models.before, was),
      after: is === undefined ? null : principalOf(tx, models.after, is),
    });
  }
  return pairs;
}

/** Users whose rights are worked out in one go: with every privilege on every entity, each takes up to 4 ms. */
const AT_ONCE = 10;

/** The accesses that differ, of all these users together. */
export async function differencesOf(
  pairs: readonly Pair[],
  entities: readonly string[],
  privileges: readonly Privilege[],
  budget: Budget,
): Promise<readonly Difference[]> {
  const found = new Map<string, Difference>();
  for (const [at, pair] of pairs.entries()) {
    if (at % AT_ONCE === 0) await budget.pause();
    for (const entity of entities) {
      for (const privilege of privileges) {
        const before = sideOf(pair.before, entity, privilege);
        const after = sideOf(pair.after, entity, privilege);
        if (before.key === after.key) continue;
        const key = `${privilege} ${entity} ${before.key} -> ${after.key}`;
        const known = found.get(key);
        if (known === undefined) found.set(key, { key, before, after, principalIds: [pair.id] });
        else known.principalIds.push(pair.id);
      }
    }
  }
  return [...found.values()];
}

function sideOf(principal: UserPrincipal | null, entity: string, privilege: Privilege): Side {
  if (principal === null) {
    const access: Access = { entity, privilege, granted: false, unrestricted: false, arms: [], shapeKey: 'none' };
    return { access, me: NOBODY, teams: [], unit: NOBODY, key: 'none' };
  }
  const { id: me, teamIds: teams, businessUnitId: unit } = principal;
  const access = principal.access(entity, privilege);
  return { access, me, teams, unit, key: sideKey(access, [me, ...[...teams].sort(), unit].join(',')) };
}

const NOBODY = '00000000-0000-0000-0000-000000000000';

function sideKey({ granted, unrestricted, arms }: Access, context: string): string {
  if (!granted) return 'none';
  if (unrestricted) return 'all';
  const asksUser = arms.some(({ when }) => when !== null && asksForUser(when));
  const keys = arms.map((arm) => [sourceKey(arm), arm.ids, conditionKey(arm.when)].join(':'));
  return `${keys.join('|')}${asksUser ? ` ${context}` : ''}`;
}

/** Functions whose value is another for each user. */
const OF_USER: ReadonlySet<string> = new Set(['me', 'my_teams', 'my_business_unit']);

function asksForUser(expression: TypedExpression): boolean {
  if (expression.kind === 'call' && OF_USER.has(expression.name)) return true;
  return childrenOf(expression).some(asksForUser);
}

/** Whether a condition on values has part in the difference. */
export function isConditional({ before, after }: Difference): boolean {
  return [before, after].some(({ access }) => access.arms.some(({ when }) => when !== null));
}
