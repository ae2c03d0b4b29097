// Principals as requests use them: loaded once, kept until rights or metadata change. It decides no rights itself.
import type { EntityType, FieldPermission, Model, Privilege } from '@kartoteka/metadata';
import { LRUCache } from 'lru-cache';
import type { Database, Executor } from '../storage/types.ts';
import { compileAbility, type PrincipalAbility } from './ability.ts';
import { accessFor, sourceKey, unrestrictedAccess } from './access.ts';
import type { PrincipalFacts } from './directory.ts';
import { loadPrincipal } from './load-principals.ts';
import { measureCoverage } from './measure.ts';
import type { Access, AccessSource, Coverage, Principal } from './types.ts';

/** A user with everything its rights follow from. */
export interface UserPrincipal extends Principal {
  readonly kind: 'user';
  readonly model: Model;
  readonly facts: PrincipalFacts;
  readonly ability: PrincipalAbility;
}

export interface Principals {
  /** The user's principal under the current Model; null when there is no such user, or it is not active or deleted. */
  get(userId: string): Promise<UserPrincipal | null>;
  /** The user's principal when it is at hand already; undefined when `get` has to be asked. */
  peek(userId: string): UserPrincipal | undefined;
  /** Forgets all principals, or these users: after a change of rights. */
  flush(userIds?: Iterable<string>): void;
}

/** Principals kept at once, and how long until the data they were shaped for is measured again. */
const MAX_PRINCIPALS = 5_000;
const MEASURE_AGAIN_MS = 10 * 60_000;

const UNMEASURED: ReadonlyMap<string, Coverage> = new Map();

interface Kept {
  readonly model: Model;
  readonly loading: Promise<UserPrincipal | null>;
  /** Once it is loaded. */
  principal?: UserPrincipal;
}

/** A cache of principals; concurrent requests of one user share one load. */
export function principals(database: Database, currentModel: () => Model): Principals {
  const kept = new LRUCache<string, Kept>({ max: MAX_PRINCIPALS, ttl: MEASURE_AGAIN_MS, ttlResolution: 1_000 });
  return {
    get(userId) {
      const model = currentModel();
      const found = kept.get(userId);
      if (found !== undefined && found.model === model) return found.loading;
      const entry: Kept = { model, loading: resolvePrincipal(database, model, userId) };
      kept.set(userId, entry);
      const forget = (): void => {
        if (kept.peek(userId) === entry) kept.delete(userId);
      };
      entry.loading.then((principal) => {
        if (principal === null) forget();
        else entry.principal = principal;
      }, forget);
      return entry.loading;
    },
    peek(userId) {
      const found = kept.get(userId);
      return found?.model === currentModel() ? found.principal : undefined;
    },
    flush(userIds) {
      if (userIds === undefined) kept.clear();
      else for (const id of userIds) kept.delete(id);
    },
  };
}

/** Loads one user's principal, without a cache. Null as `Principals.get` says. */
export async function resolvePrincipal(
  executor: Executor,
  model: Model,
  userId: string,
): Promise<UserPrincipal | null> {
  const facts = await loadPrincipal(executor, model, userId);
  return facts === null ? null : principalOf(executor, model, facts);
}

/** The principal of these facts; `executor` serves the measurements of `ready`. */
export function principalOf(executor: Executor, model: Model, facts: PrincipalFacts): UserPrincipal {
  const ability = compileAbility(model, facts);
  const roles = facts.roles.flatMap(({ role }) => model.roles.get(role) ?? []);
  const capabilities = roles.flatMap((role) => [...role.capabilities]);
  const permitted = new Set(roles.flatMap((role) => role.fieldPermissions.map(permissionKey)));
  const accesses = new Map<string, Access>();
  const measured = new Map<string, Promise<void>>();
  const coverages = new Map<string, ReadonlyMap<string, Coverage>>();

  const access = (name: string, privilege: Privilege): Access => {
    const key = `${privilege} ${name}`;
    const known = accesses.get(key);
    if (known !== undefined) return known;
    const entity = entityNamed(model, name);
    const measures = { facts: facts.entities[name], coverage: coverages.get(name) ?? UNMEASURED };
    const made = accessFor(ability, entity, privilege, measures);
    accesses.set(key, made);
    return made;
  };
  const measure = async (name: string): Promise<void> => {
    try {
      coverages.set(name, await coverageOf(executor, entityNamed(model, name), access(name, 'read'), facts));
      accesses.delete(`read ${name}`);
    } catch (error) {
      measured.delete(name);
      throw error;
    }
  };

  return {
    kind: 'user',
    model,
    id: facts.id,
    businessUnitId: facts.unit,
    ...(facts.language == null ? {} : { language: facts.language }),
    teamIds: facts.teams.map((team) => team.id),
    capabilities: new Set(capabilities),
    facts,
    ability,
    plans: new Map(),
    access,
    permits: (entity, field, right) => permitted.has(permissionKey({ entity, field, right })),
    async ready(entities) {
      const waiting: Promise<void>[] = [];
      for (const name of entities) {
        if (!access(name, 'read').arms.some(({ cardinality, source }) => cardinality === 'many' && isCounted(source)))
          continue;
        const running = measured.get(name) ?? measure(name);
        measured.set(name, running);
        waiting.push(running);
      }
      await Promise.all(waiting);
    },
  };
}

const permissionKey = ({ entity, field, right }: FieldPermission): string => `${right} ${entity} ${field}`;

/** Whether a principal is a user's: every principal that `principals` or `resolvePrincipal` gave. */
export function isUserPrincipal(principal: Principal): principal is UserPrincipal {
  return principal.kind === 'user' && 'ability' in principal;
}

function isCounted(source: AccessSource): boolean {
  return source === 'owners' || source === 'units' || source === 'parent_shares';
}

/** By source; where a source has several arms (conditions differ), the one that covers most counts. */
async function coverageOf(
  executor: Executor,
  entity: EntityType,
  access: Access,
  facts: PrincipalFacts,
): Promise<ReadonlyMap<string, Coverage>> {
  const found = new Map<string, Coverage>();
  const least: readonly Coverage[] = ['sparse', 'many', 'dense'];
  for (const arm of access.arms) {
    if (arm.cardinality !== 'many' || !isCounted(arm.source)) continue;
    const coverage = await measureCoverage(executor, entity, arm, facts.entities[entity.name]?.rows ?? 0);
    const before = found.get(sourceKey(arm)) ?? 'sparse';
    found.set(sourceKey(arm), least.indexOf(coverage) > least.indexOf(before) ? coverage : before);
  }
  return found;
}

function entityNamed(model: Model, name: string): EntityType {
  const entity = model.entities.get(name);
  if (entity === undefined) throw new Error(`the Model has no entity ${name}`);
  return entity;
}

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Passes every check; for trusted work only, never made from a request. `onBehalfOf` is recorded as who did it. */
export function systemPrincipal(onBehalfOf: { id?: string; businessUnitId?: string } = {}): Principal {
  return {
    kind: 'system',
    id: onBehalfOf.id ?? NOBODY,
    businessUnitId: onBehalfOf.businessUnitId ?? NOBODY,
    teamIds: [],
    capabilities: new Set(),
    access: unrestrictedAccess,
    permits: () => true,
    ready: async () => {},
    plans: new Map(),
  };
}
