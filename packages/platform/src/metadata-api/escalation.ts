// Nobody publishes more than he holds: what roles gain by a publish, and what it opens by making secured fields ordinary ones, must be
// held by who publishes, wherever it is given. It compares Models and asks the directory who holds what.
import type { EntityType, FieldRight, Model } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { MetadataRequest } from '../plan/metadata-authorize.ts';
import { requireRolesGivable } from '../preview/giving.ts';
import { changedRoles } from '../preview/role-edits.ts';
import type { PublishPlan } from '../publish/plan.ts';
import { holdersOf } from '../security/acting.ts';
import { securedFields } from '../security/escalation.ts';
import type { Executor } from '../storage/types.ts';

const RIGHTS: readonly FieldRight[] = ['read', 'create', 'update'];

/** Throws escalation; revision_conflict where this node has not caught up with what is stored and cannot judge. */
export async function requireNothingGained(
  tx: Executor,
  { principal, model }: Pick<MetadataRequest, 'principal' | 'model'>,
  { before, model: after }: Pick<PublishPlan, 'before' | 'model'>,
): Promise<void> {
  const givers = holdersOf(principal);
  if (givers.length === 0 || before === null) return;
  for (const { entity, field } of openedFields(before, after)) {
    for (const right of RIGHTS) {
      if (givers.every((giver) => giver.permits(entity, field, right))) continue;
      throw new PlatformError('escalation', { what: `${right} of the secured field ${entity}.${field}` });
    }
  }
  if (before.revision !== model.revision && changedRoles(before, after).length > 0) {
    const values = { actual: String(before.revision), expected: String(model.revision) };
    throw new PlatformError('revision_conflict', values);
  }
  await requireRolesGivable(tx, { givers, before, after });
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
