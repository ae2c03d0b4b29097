// What writing the directory entities means for rights: no escalation, a tree of units, and all nodes told. The rights to
// write them are the entities' own; this adds what metadata cannot say.
import { errorDetail, PlatformError } from '../errors.ts';
import type { Hook, HookContext, Operation, PendingWrite, WrittenRecord } from '../hooks.ts';
import { tableOf } from '../sql/statement.ts';
import { holdersOf } from './acting.ts';
import { announceRightsChange, requireCurrentRoles } from './counter.ts';
import { columnOf, DIRECTORY, DIRECTORY_PROPERTIES, entityOf, LANGUAGE_PROPERTY } from './directory.ts';
import { type GivenRole, requireNoEscalation } from './escalation.ts';
import { joining, requireJoinable } from './team-members.ts';
import { requireMovable, unitMove } from './unit-moves.ts';

const { user, team, businessUnit, teamMember, roleAssignment } = DIRECTORY;
const property = DIRECTORY_PROPERTIES;

/** The platform's own hooks, to be registered before those of the packages above. */
export function securityHooks(): readonly Hook[] {
  return [
    // First of all: the one row that this locks makes changes of rights wait for each other, so that each is judged by what the
    // others have stored. Two that are harmless alone (a role is given above a unit, another is moved below it) need not be together.
    { entity: roleAssignment, operations: ['create', 'update', 'delete', 'restore'], after: announce },
    { entity: teamMember, operations: ['create', 'update', 'delete', 'restore'], after: announce },
    {
      entity: businessUnit,
      operations: ['create', 'update', 'delete', 'restore'],
      after: announceIfChanged([property.parentUnit]),
    },
    {
      entity: user,
      operations: ['update', 'delete', 'restore'],
      // What a principal is made of, though the language is no right.
      after: announceIfChanged([property.active, property.unit, LANGUAGE_PROPERTY]),
    },
    { entity: team, operations: ['update', 'delete', 'restore'], after: announceIfChanged([property.unit]) },
    {
      entity: roleAssignment,
      operations: ['create', 'update', 'restore'],
      before: checkRoles,
      after: checkAssignments,
    },
    { entity: teamMember, operations: ['create', 'update', 'restore'], after: checkMembers },
    { entity: user, operations: ['update'], after: (context, records) => checkMoves(context, records, property.user) },
    { entity: team, operations: ['update'], after: (context, records) => checkMoves(context, records, property.team) },
    { entity: businessUnit, operations: ['create', 'update'], before: checkTree, oneByOne: true },
    { entity: businessUnit, operations: ['update'], after: checkUnitMoves },
  ];
}

async function announce({ tx }: HookContext): Promise<void> {
  await announceRightsChange(tx);
}

/** Operations that concern all of a record. */
const WHOLE: ReadonlySet<Operation> = new Set(['delete', 'restore']);

function announceIfChanged(properties: readonly string[]) {
  return async (context: HookContext, records: readonly WrittenRecord[]): Promise<void> => {
    const changed = ({ before, after }: WrittenRecord): boolean =>
      properties.some((name) => before?.[name] !== undefined || after?.[name] !== undefined);
    if (WHOLE.has(context.operation) || records.some(changed)) await announce(context);
  };
}

/** A value of the record as it will be: the payload's, else the stored one. */
async function valueAfter(
  { model, entity, tx }: HookContext,
  record: PendingWrite,
  name: string,
): Promise<string | null> {
  const given = record.values[name];
  if (given !== undefined) return given === null ? null : String(given);
  const type = entityOf(model, entity);
  const text = `select a.${columnOf(type, name)}::text as value from ${tableOf(type)} a where a.id = $1::uuid`;
  const value = (await tx.run(text, [record.id], { prepare: true }))[0]?.value;
  return value === undefined || value === null ? null : String(value);
}

async function checkRoles(context: HookContext, records: readonly PendingWrite[]): Promise<void> {
  for (const record of records) {
    const role = await valueAfter(context, record, property.role);
    if (role !== null) requireKnownRole(context, role);
  }
}

/**
 * What a written record gives is judged once the write has passed, so that who may not write the record, or may not see whom it is
 * about, is told nothing of them.
 */
function asWritten(records: readonly WrittenRecord[]): readonly PendingWrite[] {
  return records.map(({ id, after }) => ({ id, values: { ...after } }));
}

async function checkAssignments(context: HookContext, records: readonly WrittenRecord[]): Promise<void> {
  for (const record of asWritten(records)) {
    const role = await valueAfter(context, record, property.role);
    if (role === null) continue;
    for (const [holder, name] of [
      [user, property.user],
      [team, property.team],
    ] as const) {
      const id = await valueAfter(context, record, name);
      if (id !== null) await requireHeld(context, [role], await unitOf(context, holder, id));
    }
  }
}

function requireKnownRole({ model }: HookContext, role: string): void {
  if (model.roles.has(role)) return;
  const detail = errorDetail(
    'invalid_value',
    { name: property.role, reason: `there is no role ${role}` },
    property.role,
  );
  throw new PlatformError('validation_failed', {}, { details: [detail] });
}

/** Who makes somebody a member gives him the roles of the team, and what it owns. */
async function checkMembers(context: HookContext, records: readonly WrittenRecord[]): Promise<void> {
  const { model, principal, tx } = context;
  const members: { user_id: string; team_id: string }[] = [];
  for (const record of asWritten(records)) {
    const id = await valueAfter(context, record, property.team);
    if (id === null) continue;
    await requireHeld(context, await rolesOf(context, property.team, id), await unitOf(context, team, id));
    const member = await valueAfter(context, record, property.user);
    if (member !== null) members.push({ user_id: member.toLowerCase(), team_id: id.toLowerCase() });
  }
  await requireJoinable(tx, { model, givers: holdersOf(principal) }, joining(members));
}

/**
 * A user or team in another unit holds its roles there. Judged once the write has passed, as what asWritten is for.
 */
async function checkMoves(context: HookContext, records: readonly WrittenRecord[], assigned: string): Promise<void> {
  for (const record of records) {
    const unit = record.after?.[property.unit];
    if (unit === undefined || unit === null) continue;
    await requireHeld(context, await rolesOf(context, assigned, record.id), String(unit), true);
  }
}

async function requireHeld(
  context: HookContext,
  roles: readonly string[],
  unit: string | null,
  moved = false,
): Promise<void> {
  const { model, principal, tx } = context;
  if (principal.kind === 'system' || roles.length === 0 || unit === null) return;
  await requireCurrentRoles(tx, model.revision);
  const subtree = await subtreeOf(context, unit);
  for (const giver of holdersOf(principal)) {
    for (const role of roles) requireNoEscalation(model, giver, { role, unit, subtree, moved } satisfies GivenRole);
  }
}

async function rolesOf({ model, tx }: HookContext, assigned: string, holder: string): Promise<readonly string[]> {
  const type = entityOf(model, roleAssignment);
  const text = `select a.${columnOf(type, property.role)} as role from ${tableOf(type)} a where a.${columnOf(type, assigned)} = $1::uuid and a.deleted_on is null`;
  const rows = await tx.run(text, [holder], { prepare: true });
  return rows.map((row) => String(row.role));
}

/** Null: no such user or team, which the write itself refuses. One that comes back with its roles is deleted until then. */
async function unitOf({ model, operation, tx }: HookContext, entity: string, id: string): Promise<string | null> {
  const type = entityOf(model, entity);
  const live = operation === 'restore' ? '' : ' and a.deleted_on is null';
  const text = `select a.${columnOf(type, property.unit)}::text as unit from ${tableOf(type)} a where a.id = $1::uuid${live}`;
  const unit = (await tx.run(text, [id], { prepare: true }))[0]?.unit;
  return unit === undefined ? null : String(unit);
}

async function subtreeOf({ model, tx }: HookContext, unit: string): Promise<readonly string[]> {
  const type = entityOf(model, businessUnit);
  const text = `with recursive below(id) as (
  select $1::uuid union select u.id from below b join ${tableOf(type)} u on u.${columnOf(type, property.parentUnit)} = b.id and u.deleted_on is null
) select id::text as id from below`;
  const rows = await tx.run(text, [unit], { prepare: true });
  return rows.map((row) => String(row.id));
}

/** A unit never stands below itself. Moves of units run one after the other, or two of them could make a circle. */
async function checkTree(context: HookContext, records: readonly PendingWrite[]): Promise<void> {
  const { model, tx } = context;
  const type = entityOf(model, businessUnit);
  const parentColumn = columnOf(type, property.parentUnit);
  for (const record of records) {
    const parent = record.values[property.parentUnit];
    if (parent === undefined || parent === null) continue;
    await tx.run(`select pg_advisory_xact_lock(hashtext('kartoteka.business_unit')) is null as locked`);
    const rows = await tx.run(
      `with recursive above(id) as (
  select $1::uuid union select u.${parentColumn} from above a join ${tableOf(type)} u on u.id = a.id where u.${parentColumn} is not null
) select 1 as found from above where id = $2::uuid`,
      [String(parent), record.id],
      { prepare: true },
    );
    if (rows.length > 0) {
      throw new PlatformError(
        'conflict',
        { reason: 'A business unit cannot stand below itself' },
        { target: property.parentUnit },
      );
    }
  }
}

/** A unit comes into the reach of who holds roles above its new place. */
async function checkUnitMoves({ tx, model, principal }: HookContext, records: readonly WrittenRecord[]): Promise<void> {
  for (const { id, before, after } of records) {
    if (typeof after?.[property.parentUnit] !== 'string') continue;
    const former = before?.[property.parentUnit] ?? null;
    if (principal.kind !== 'system') await requireCurrentRoles(tx, model.revision);
    const made = unitMove(id, former === null ? null : String(former));
    await requireMovable(tx, { model, givers: holdersOf(principal), isMade: true }, made);
  }
}
