// Sharing of single records: gives, changes and takes back rights of one user or team on one record. Who may is decided by the
// same accesses as everywhere; nobody gives a right that he does not hold on that record.
import type { EntityType, Model, Privilege } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { recordPredicate } from '../sql/access.ts';
import { bindStatement } from '../sql/bind.ts';
import { expressionToSql } from '../sql/expression.ts';
import { quoteIdentifier, SlotWriter, tableOf } from '../sql/statement.ts';
import type { Executor, Row } from '../storage/types.ts';
import { announceRightsChange } from './counter.ts';
import { columnOf, DIRECTORY, DIRECTORY_PROPERTIES, entityOf } from './directory.ts';
import { type Principal, SHARE_RIGHT_BITS } from './types.ts';

export type ShareRight = Exclude<Privilege, 'create'>;

const RIGHTS = Object.keys(SHARE_RIGHT_BITS) as readonly ShareRight[];

/**
 * Adds rights on a record to what the user or team `principalId` has been given before. Needs share and read on the record,
 * inside a transaction. Throws missing_privilege, not_found (also for a record that may not be read),
 * missing_privilege_on_record, escalation, target_not_found, bad_request (records without owner).
 */
export async function shareRecord(
  tx: Executor,
  principal: Principal,
  entity: EntityType,
  id: string,
  principalId: string,
  rights: readonly ShareRight[],
): Promise<void> {
  const held = await requireSharing(tx, principal, entity, id);
  requireHeld(entity, rights, held);
  await requireReceiver(tx, principal, principalId);
  await tx.run(GIVE, [principalId, entity.name, id, String(bitsOf(rights)), principal.id], { prepare: true });
  await announceRightsChange(tx);
}

/**
 * Sets the rights of a share that exists: what it had already may stay, what is new must be held. Throws as shareRecord, and
 * not_found where nothing is shared with this principal.
 */
export async function modifyShare(
  tx: Executor,
  principal: Principal,
  entity: EntityType,
  id: string,
  principalId: string,
  rights: readonly ShareRight[],
): Promise<void> {
  const held = await requireSharing(tx, principal, entity, id);
  const before = (await tx.run(FIND, [principalId, entity.name, id], { prepare: true }))[0];
  if (before === undefined) throw new PlatformError('not_found', {}, { target: 'principal_id' });
  const added = rights.filter((right) => (Number(before.rights) & SHARE_RIGHT_BITS[right]) === 0);
  requireHeld(entity, added, held);
  await tx.run(CHANGE, [principalId, entity.name, id, String(bitsOf(rights)), principal.id], { prepare: true });
  await announceRightsChange(tx);
}

/** Takes a share back, whoever gave it. Throws as modifyShare. */
export async function revokeShare(
  tx: Executor,
  principal: Principal,
  entity: EntityType,
  id: string,
  principalId: string,
): Promise<void> {
  await requireSharing(tx, principal, entity, id);
  const taken = await tx.run(TAKE, [principalId, entity.name, id], { prepare: true });
  if (taken.length === 0) throw new PlatformError('not_found', {}, { target: 'principal_id' });
  await announceRightsChange(tx);
}

const GIVE = `insert into kartoteka.share (principal_id, entity, record_id, rights, granted_by_id)
values ($1::uuid, $2::text, $3::uuid, $4::smallint, $5::uuid)
on conflict (principal_id, entity, record_id)
do update set rights = share.rights | excluded.rights, granted_by_id = excluded.granted_by_id, granted_on = now()`;
const SAME_SHARE = 'principal_id = $1::uuid and entity = $2::text and record_id = $3::uuid';
const FIND = `select rights::text as rights from kartoteka.share where ${SAME_SHARE} for update`;
const CHANGE = `update kartoteka.share set rights = $4::smallint, granted_by_id = $5::uuid, granted_on = now() where ${SAME_SHARE}`;
const TAKE = `delete from kartoteka.share where ${SAME_SHARE} returning 1 as taken`;

function bitsOf(rights: readonly ShareRight[]): number {
  return rights.reduce((bits, right) => bits | SHARE_RIGHT_BITS[right], 0);
}

function requireHeld(entity: EntityType, rights: readonly ShareRight[], held: ReadonlySet<ShareRight>): void {
  const missing = rights.filter((right) => !held.has(right));
  if (missing.length === 0) return;
  throw new PlatformError('escalation', { what: `${missing.join(', ')} on this ${entity.name}` }, { target: 'rights' });
}

/** The rights held on a record that may be read and shared; locks it against deletion until the transaction ends. */
async function requireSharing(
  tx: Executor,
  principal: Principal,
  entity: EntityType,
  id: string,
): Promise<ReadonlySet<ShareRight>> {
  if (entity.ownership === 'organization') {
    throw new PlatformError('bad_request', { reason: `records of ${entity.name} have no owner and cannot be shared` });
  }
  for (const privilege of ['read', 'share'] as const) {
    if (principal.access(entity.name, privilege).granted) continue;
    throw new PlatformError('missing_privilege', { privilege, entity: entity.name });
  }
  const row = await judge(tx, principal, entity, id, RIGHTS);
  if (row?.read !== true) throw new PlatformError('not_found');
  if (row.share !== true) {
    throw new PlatformError('missing_privilege_on_record', { privilege: 'share', entity: entity.name });
  }
  return new Set(RIGHTS.filter((right) => row[right] === true));
}

/** A user (active) or team that the sharer may read. */
async function requireReceiver(tx: Executor, principal: Principal, principalId: string): Promise<void> {
  const model = modelOf(principal);
  for (const name of [DIRECTORY.user, DIRECTORY.team]) {
    const receiver = entityOf(model, name);
    if (!principal.access(name, 'read').granted) continue;
    const test = name === DIRECTORY.user ? `a.${columnOf(receiver, DIRECTORY_PROPERTIES.active)} is not false` : 'true';
    const row = await judge(tx, principal, receiver, principalId, ['read'], test);
    if (row?.read === true) return;
  }
  throw new PlatformError('target_not_found', { name: 'principal_id' }, { target: 'principal_id' });
}

/** One boolean column per right on a record that is not deleted; undefined when there is none. */
async function judge(
  tx: Executor,
  principal: Principal,
  entity: EntityType,
  id: string,
  rights: readonly ShareRight[],
  test = 'true',
): Promise<Row | undefined> {
  const slots = new SlotWriter();
  const printCondition = (when: Parameters<typeof expressionToSql>[0], alias: string): string =>
    expressionToSql(when, {
      slots,
      column: (_navigations, property) => `${alias}.${columnOf(entity, property)}`,
      boundLiterals: false,
    });
  const columns = rights.map((right) => {
    const predicate = recordPredicate(principal.access(entity.name, right), 'a', entity, slots, printCondition);
    return `(${predicate}) as ${quoteIdentifier(right)}`;
  });
  const key = slots.use({ from: 'value', name: 'id' }, 'uuid');
  const text = `select ${columns.join(', ')} from ${tableOf(entity)} a where a.id = ${key} and a.deleted_on is null and ${test} for key share of a`;
  const bindings = { model: modelOf(principal), principal, literals: [], values: { id } };
  return (await tx.run(text, bindStatement({ text, slots: slots.slots }, bindings)))[0];
}

/** The system shares nothing by itself; whoever acts for a user does it with the user's principal. */
function modelOf(principal: Principal): Model {
  if (principal.model === undefined) throw new Error('sharing needs the principal of a user');
  return principal.model;
}
