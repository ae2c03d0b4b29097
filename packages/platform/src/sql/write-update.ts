// The statement of an update: lock the row and judge it as it was and as it is going to be, then write what changes, with the
// change-log line, when no check fails and something changes.
import { changedImageSql, changeLogInsert, loggedProperties } from '../change-log.ts';
import { ownerProperty } from '../plan/write.ts';
import type { WritePlan } from '../plan/write-plan.ts';
import { ownershipProperties } from './owners.ts';
import { columnOf } from './scope.ts';
import { quoteIdentifier, tableOf } from './statement.ts';
import { assemble, RETURNING_IMAGES, type WriteAnswer } from './write-answer.ts';
import type { CheckWriter } from './write-checks.ts';
import { addConditionChecks } from './write-conditions.ts';
import {
  accessSql,
  columnList,
  givenValue,
  namedIn,
  newRow,
  propertyOf,
  type WriteContext,
  writtenValues,
} from './write-row.ts';
import { addAccessCheck, carriedOwner, copiedOwner, lookupTargets, newOwner } from './write-targets.ts';

/** Text of the statement; its parameters and rows are those of CompiledWrite. */
export function updateSql(context: WriteContext, checks: CheckWriter, answer: WriteAnswer): string {
  const kept = answer.body === null ? keptColumns(context.plan) : null;
  const judged = judgedSql(context, checks, kept);
  const set = new Map(writtenValues(context, 'c'));
  if (movesUnit(context.plan)) set.set('owning_business_unit_id', followingUnit(context.plan, 'c', 'c."@unit"'));
  for (const [name, value] of carriedOwner(context, 'n').values) set.set(name, value);
  return assemble(context, answer, [
    `c as materialized (${judged})`,
    `w as (${applySql(context, set, kept)})`,
    `l as (${updateLog(context, set)}${answer.images ? RETURNING_IMAGES : ''})`,
  ]);
}

/** The locked row `o` beside the row it is going to be, `n`, and what the checks say. No row: nothing readable to update. */
function judgedSql(context: WriteContext, checks: CheckWriter, kept: ReadonlySet<string> | null): string {
  const { plan } = context;
  const { entity } = plan;
  addUpdateAccess(context, checks);
  const owner = newOwner(context, checks, 'o');
  const next = new Map(writtenValues(context, 'o'));
  if (movesUnit(plan)) next.set('owning_business_unit_id', followingUnit(plan, 'o', 'new_owner.unit'));
  for (const [name, value] of copiedOwner(context, 'o')) next.set(name, value);
  addConditionChecks(context, checks, 'n', 'o');
  const targets = lookupTargets(context, checks, 'o', 'o');
  const compared = plan.given.map(
    (property) => `${columnOf('o', entity, property.name)} is distinct from ${givenValue(context, property)}`,
  );
  const unit = owner === '' ? '' : ', new_owner.unit as "@unit"';
  const list =
    `${context.source === null ? '' : 'c.*, '}${columnList(entity, 'o', kept)}${unit}${carriedOwner(context, 'n').list}, ${checks.sql()} as "@failed", ` +
    `${compared.length === 0 ? 'false' : compared.join(' or ')} as "@changed", clock_timestamp() as "@at"`;
  const following = newRow(entity, next, 'o', namedIn(entity, 'n', [list, targets]));
  const row = following === '' ? '' : ` cross join lateral (${following}) n`;
  const joins = plan.owner === 'parent' ? targets + row : row + targets;
  const locked = lockedSql(context, namedIn(entity, 'o', [list, owner, joins]));
  const source = context.source === null ? '' : `${context.source} cross join lateral `;
  return `select ${list} from ${source}(${locked}) o${owner}${joins}`;
}

/**
 * Readers and writers of referring records go on: only the columns of keys are not locked for them. Where other records
 * follow the owner, who makes one waits, because it would copy the owner that this update takes away.
 */
function lockedSql(context: WriteContext, names: ReadonlySet<string>): string {
  const { plan } = context;
  const { entity } = plan;
  const readable = accessSql(context, entity, 'read', 't');
  const conditions = [
    `t.id = ${recordId(context)}`,
    't.deleted_on is null',
    ...(readable === 'true' ? [] : [readable]),
  ];
  return `select ${columnList(entity, 't', names)} from ${tableOf(entity)} t where ${conditions.join(' and ')} for ${plan.followed ? 'update' : 'no key update'} of t${context.hasty === true ? ' skip locked' : ''}`;
}

function recordId(context: WriteContext): string {
  return context.slots.use({ from: 'value', name: 'id' }, 'uuid');
}

/** The owning unit follows the owner. */
function movesUnit(plan: WritePlan): boolean {
  return plan.owner === 'given' && plan.entity.ownership === 'user';
}

function followingUnit(plan: WritePlan, row: string, unit: string): string {
  return `coalesce(${unit}, ${columnOf(row, plan.entity, 'owning_business_unit_id')})`;
}

/** What later parts of an update need of the old and the new row when the answer does not show all of it. */
function keptColumns(plan: WritePlan): ReadonlySet<string> {
  const names = plan.given.map((property) => property.name);
  for (const property of plan.derived) names.push(property.name, ...(property.derived?.from ?? []));
  if (plan.owner !== 'none') names.push(...ownershipProperties(plan.entity));
  return new Set(['id', 'version', ...names]);
}

function applySql(context: WriteContext, set: ReadonlyMap<string, string>, kept: ReadonlySet<string> | null): string {
  const { plan, slots } = context;
  const { entity } = plan;
  const assignments = [...set].map(([name, value]) => `${quoteIdentifier(propertyOf(entity, name).column)} = ${value}`);
  const column = (name: string): string => quoteIdentifier(propertyOf(entity, name).column);
  assignments.push(
    `${column('version')} = ${columnOf('t', entity, 'version')} + 1`,
    `${column('modified_on')} = c."@at"`,
    `${column('modified_by_id')} = ${slots.use({ from: 'context', name: 'me' }, 'uuid')}`,
  );
  return (
    `update ${tableOf(entity)} t set ${assignments.join(', ')} from c ` +
    `where t.id = ${recordId(context)} and c."@failed" = '' and c."@changed" returning ${columnList(entity, 't', kept)}`
  );
}

function updateLog(context: WriteContext, set: ReadonlyMap<string, string>): string {
  const { entity } = context.plan;
  const logged = loggedProperties([...set.keys()].map((name) => propertyOf(entity, name)));
  const before = changedImageSql(logged, 'c', 'w');
  const after = changedImageSql(logged, 'w', 'c');
  const from = context.source === null ? 'w, c' : 'w join c on c.id = w.id';
  return changeLogInsert(
    { entity, operation: 'update', id: 'w.id', version: 'w.version', before, after, from },
    context.slots,
  );
}

function addUpdateAccess(context: WriteContext, checks: CheckWriter): void {
  const { plan, slots } = context;
  const { entity } = plan;
  const write = accessSql(context, entity, 'write', 'o');
  if (write !== 'true') addAccessCheck(context, checks, `not ${write}`, { entity, privilege: 'write', rank: 'record' });
  const owner = ownerProperty(entity);
  if (plan.owner === 'given' && owner !== undefined) {
    const assign = accessSql(context, entity, 'assign', 'o');
    const changes = `${columnOf('o', entity, owner.name)} is distinct from ${givenValue(context, owner)}`;
    if (assign !== 'true')
      addAccessCheck(context, checks, `${changes} and not ${assign}`, { entity, privilege: 'assign', rank: 'record' });
  }
  if (!plan.versioned) return;
  const versions = slots.use({ from: 'value', name: '@if_match' }, 'bigint[]');
  checks.failsWhen(`${columnOf('o', entity, 'version')} <> all(${versions})`, {
    rank: 'version',
    code: 'precondition_failed',
    values: {},
  });
}
