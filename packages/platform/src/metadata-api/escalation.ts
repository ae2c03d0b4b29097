// Nobody publishes more than he holds: what roles gain by a publish, and what it opens by making secured fields ordinary ones or by
// letting shares extend further, must be held by who publishes, wherever it is given. It compares Models and asks the directory who holds what.
import {
  type EntityType,
  type FieldRight,
  type Model,
  type Privilege,
  type ShareStep,
  sharePaths,
} from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { type MetadataRequest, PUBLISH_METADATA } from '../plan/metadata-authorize.ts';
import { requireRolesGivable } from '../preview/giving.ts';
import { changedRoles } from '../preview/role-edits.ts';
import type { PublishPlan } from '../publish/plan.ts';
import { rulesOf } from '../security/ability.ts';
import { holdersOf } from '../security/acting.ts';
import { isWithin, securedFields } from '../security/escalation.ts';
import type { UserPrincipal } from '../security/principals.ts';
import type { Executor } from '../storage/types.ts';
import { type ComingBack, comingBack, EVERY_RECORD, isLookupBack, requireKeptGivable } from './coming-back.ts';

const RIGHTS: readonly FieldRight[] = ['read', 'create', 'update'];

/** Throws escalation; conflict where he could not undo it; revision_conflict where this node has not caught up with what is stored and cannot judge. */
export async function requireNothingGained(
  tx: Executor,
  { principal, model }: Pick<MetadataRequest, 'principal' | 'model'>,
  plan: Pick<PublishPlan, 'before' | 'model' | 'restored' | 'conversions'>,
): Promise<void> {
  const { before, model: after } = plan;
  const givers = holdersOf(principal);
  if (givers.length === 0 || before === null) return;
  requireWayBack(givers, before, after);
  for (const { entity, field } of openedFields(before, after)) {
    for (const right of RIGHTS) {
      if (givers.every((giver) => giver.permits(entity, field, right))) continue;
      throw new PlatformError('escalation', { what: `${right} of the secured field ${entity}.${field}` });
    }
  }
  const restored = comingBack(plan);
  requireKeptGivable(givers, { before, model: after, restored });
  for (const entity of reachedByMoreShares({ before, model: after, restored })) {
    for (const privilege of privilegesGiven(after, entity)) {
      if (givers.every((giver) => isWithin(EVERY_RECORD, rulesOf(giver.ability, privilege, entity)))) continue;
      throw new PlatformError('escalation', {
        what: `${privilege} on ${entity}, records below others that are shared`,
      });
    }
  }
  if (before.revision !== model.revision && changedRoles(before, after).length > 0) {
    const values = { actual: String(before.revision), expected: String(model.revision) };
    throw new PlatformError('revision_conflict', values);
  }
  await requireRolesGivable(tx, { givers, before, after });
}

/** Nobody takes the way to publish from himself: he may be the last who has it, and custom documents are changed no other way. */
function requireWayBack(givers: readonly UserPrincipal[], before: Model, after: Model): void {
  const mayPublish = ({ facts }: UserPrincipal, { roles }: Model): boolean =>
    facts.roles.some(({ role }) => roles.get(role)?.capabilities.has(PUBLISH_METADATA) === true);
  if (givers.every((giver) => mayPublish(giver, after) || !mayPublish(giver, before))) return;
  const reason = `You would lose the capability ${PUBLISH_METADATA}: have somebody publish this who keeps it`;
  throw new PlatformError('conflict', { reason });
}

/** Entities whose records are to be reached by shares that did not reach them, over lookups that may have values already. */
function reachedByMoreShares({ before, model: after, restored }: ComingBack): readonly string[] {
  const stands = ({ from, navigation }: ShareStep): boolean =>
    before.entities.get(from.name)?.navigations.has(navigation.name) === true ||
    isLookupBack(from, navigation, restored);
  return [...before.entities.values()].flatMap((entity) => {
    const next = after.entities.get(entity.name);
    const known = new Set(sharePaths(before, entity).map(({ key }) => key));
    const paths = next === undefined ? [] : sharePaths(after, next);
    return paths.some(({ key, steps }) => !known.has(key) && steps.every(stands)) ? [entity.name] : [];
  });
}

/** A share gives nothing that no role does. */
function privilegesGiven({ roles }: Model, entity: string): readonly Privilege[] {
  const given = new Set(
    [...roles.values()].flatMap(({ grants }) =>
      grants.flatMap((grant) => (grant.entity === entity ? grant.privilege : [])),
    ),
  );
  return [...given].filter((privilege) => privilege !== 'create');
}

/** Fields that are secured before, and ordinary after. A computed one is as secret as what it reads. */
function openedFields(before: Model, after: Model): readonly { readonly entity: string; readonly field: string }[] {
  return [...before.entities.values()].flatMap((entity) => {
    const next = after.entities.get(entity.name);
    const kept = securedFields(next);
    const opened = [...securedFields(entity)].filter((field) => next?.fields.has(field) === true && !kept.has(field));
    return opened.filter((field) => !isComputed(entity, field)).map((field) => ({ entity: entity.name, field }));
  });
}

const isComputed = ({ properties }: EntityType, field: string): boolean =>
  [...properties.values()].some((property) => property.field === field && property.computed !== undefined);
