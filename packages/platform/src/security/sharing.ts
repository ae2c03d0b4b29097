// Sharing: gives, changes and takes back rights of one user or team on records, however many. Who may is decided by the same
// accesses as everywhere; nobody gives a right that he does not hold on that record.
import type { EntityType, Model } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { requireSharing } from '../plan/write-authorize.ts';
import { actorOf, type Origin, recordSecurityEvent } from '../security-log/record.ts';
import { bindStatement } from '../sql/bind.ts';
import type { CompiledStatement } from '../sql/statement.ts';
import type { Executor, Row } from '../storage/types.ts';
import { announceRightsChange } from './counter.ts';
import { arrayLiteral, columnOf, DIRECTORY, DIRECTORY_PROPERTIES, entityOf } from './directory.ts';
import { CHANGE, FIND, GIVE, judgeStatement, type ShareRight, TAKE } from './share-statements.ts';
import { type Principal, SHARE_RIGHT_BITS } from './types.ts';

export type { ShareRight } from './share-statements.ts';

/** What is to be done with shares of records with one user or team. */
export interface ShareChange {
  /** `share` adds rights, `modify` sets those of a share that exists, `revoke` takes the share back, whoever gave it. */
  readonly action: 'share' | 'modify' | 'revoke';
  readonly entity: EntityType;
  /** Id of the user or team. */
  readonly receiver: string;
  /** Empty for `revoke`. */
  readonly rights: readonly ShareRight[];
  readonly origin?: Origin;
}

/** What became of one record: whether anything changed, or why not. */
export type ShareOutcome = { readonly changed: boolean } | PlatformError;

/**
 * Whether shares of the entity's records can be changed by the principal at all.
 * @throws PlatformError action_not_applicable (records without owner), missing_privilege
 */
export function authorizeSharing({ action, entity }: Pick<ShareChange, 'action' | 'entity'>, principal: Principal) {
  requireSharing(principal, entity, action);
}

/**
 * Carries the change out for records with different ids, inside a transaction: two to five statements, however many records.
 * Outcomes in the order of `ids`; their errors are not_found (also for a record that may not be read, and where `modify` and
 * `revoke` find no share), missing_privilege_on_record, escalation, target_not_found. Throws as authorizeSharing.
 */
export async function changeShares(
  tx: Executor,
  principal: Principal,
  change: ShareChange,
  ids: readonly string[],
): Promise<readonly ShareOutcome[]> {
  authorizeSharing(change, principal);
  const outcomes = new Map<string, ShareOutcome>();
  const held = await judge(tx, principal, change, ids);
  for (const id of ids) {
    const row = held.get(id);
    if (row === undefined) outcomes.set(id, new PlatformError('not_found'));
    else if (row.share !== true) outcomes.set(id, mayNotShare(change.entity));
  }
  const open = ids.filter((id) => !outcomes.has(id));
  const changed =
    open.length === 0 ? [] : await ACTIONS[change.action]({ tx, principal, change, held, outcomes }, open);
  if (changed.length > 0) await tellAll(tx, principal, change, changed);
  const written = new Set(changed);
  return ids.map((id) => outcomes.get(id) ?? { changed: written.has(id) });
}

/** As changeShares for one record: throws its error. */
export async function changeShare(tx: Executor, principal: Principal, change: ShareChange, id: string): Promise<void> {
  const [outcome] = await changeShares(tx, principal, change, [id]);
  if (outcome instanceof PlatformError) throw outcome;
}

/** A change under way. */
interface Changing {
  readonly tx: Executor;
  readonly principal: Principal;
  readonly change: ShareChange;
  /** The rights held on each record that may be read. */
  readonly held: ReadonlyMap<string, Row>;
  /** Where the errors of records go. */
  readonly outcomes: Map<string, ShareOutcome>;
}

/** Carries out an action on the records that may be shared; the ids of those that it changed. */
type Action = (changing: Changing, ids: readonly string[]) => Promise<readonly string[]>;

const ACTIONS: Readonly<Record<ShareChange['action'], Action>> = { share: give, modify, revoke };

async function give(changing: Changing, ids: readonly string[]): Promise<readonly string[]> {
  const { tx, principal, change, outcomes } = changing;
  const able = ids.filter((id) => requireHeld(changing, id, change.rights));
  if (able.length === 0) return [];
  if (!(await isReceiver(tx, principal, change.receiver))) {
    const values = { name: 'principal_id' };
    for (const id of able) outcomes.set(id, new PlatformError('target_not_found', values, { target: 'principal_id' }));
    return [];
  }
  return written(changing, GIVE, able);
}

/** What the share had already may stay; what is new must be held. */
async function modify(changing: Changing, ids: readonly string[]): Promise<readonly string[]> {
  const { tx, change, outcomes } = changing;
  const rows = await tx.run(FIND, [change.receiver, change.entity.name, arrayLiteral(ids)], { prepare: true });
  const before = new Map(rows.map(({ id, rights }) => [String(id), Number(rights)]));
  const able = ids.filter((id) => {
    const bits = before.get(id);
    if (bits === undefined) {
      outcomes.set(id, nothingShared());
      return false;
    }
    return requireHeld(
      changing,
      id,
      change.rights.filter((right) => (bits & SHARE_RIGHT_BITS[right]) === 0),
    );
  });
  return able.length === 0 ? [] : written(changing, CHANGE, able);
}

async function revoke(changing: Changing, ids: readonly string[]): Promise<readonly string[]> {
  const { tx, change, outcomes } = changing;
  const rows = await tx.run(TAKE, [change.receiver, change.entity.name, arrayLiteral(ids)], { prepare: true });
  const taken = rows.map(({ id }) => String(id));
  const had = new Set(taken);
  for (const id of ids) if (!had.has(id)) outcomes.set(id, nothingShared());
  return taken;
}

async function written(changing: Changing, statement: string, ids: readonly string[]): Promise<readonly string[]> {
  const { tx, principal, change } = changing;
  const { receiver, entity, rights } = change;
  const bits = rights.reduce((sum, right) => sum | SHARE_RIGHT_BITS[right], 0);
  const parameters = [receiver, entity.name, arrayLiteral(ids), String(bits), principal.id];
  const rows = await tx.run(statement, parameters, { prepare: true });
  return rows.map(({ id }) => String(id));
}

/** Enters the error where a right is not held on the record. */
function requireHeld({ change, held, outcomes }: Changing, id: string, rights: readonly ShareRight[]): boolean {
  const row = held.get(id);
  const missing = rights.filter((right) => row?.[right] !== true);
  if (missing.length === 0) return true;
  const what = `${missing.join(', ')} on this ${change.entity.name}`;
  const values = { what, entity: change.entity.name, record: id };
  outcomes.set(id, new PlatformError('escalation', values, { target: 'rights' }));
  return false;
}

const nothingShared = (): PlatformError => new PlatformError('not_found', {}, { target: 'principal_id' });
const mayNotShare = ({ name }: EntityType): PlatformError =>
  new PlatformError('missing_privilege_on_record', { privilege: 'share', entity: name });

const KINDS = { share: 'record_shared', modify: 'share_changed', revoke: 'share_revoked' } as const;

async function tellAll(
  tx: Executor,
  principal: Principal,
  { action, entity, receiver, rights, origin }: ShareChange,
  ids: readonly string[],
): Promise<void> {
  const details = { principal_id: receiver, ...(action === 'revoke' ? {} : { rights }) };
  const from = origin === undefined ? {} : { origin };
  const base = { kind: KINDS[action], ...actorOf(principal), details, ...from };
  await recordSecurityEvent(tx, ...ids.map((id) => ({ ...base, target: { entity: entity.name, id } })));
  await announceRightsChange(tx);
}

/** The rights held on the records that may be read, of those that the change asks for. */
async function judge(
  tx: Executor,
  principal: Principal,
  { entity, rights }: ShareChange,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Row>> {
  const statement = judgeStatement(principal, entity, [...new Set<ShareRight>(['share', ...rights])]);
  const rows = await runFor(tx, principal, statement, ids);
  return new Map(rows.map((row) => [String(row.id), row]));
}

/** Whether the live record is there for the principal; locks it against deletion. */
export async function mayRead(tx: Executor, principal: Principal, entity: EntityType, id: string): Promise<boolean> {
  return (await runFor(tx, principal, judgeStatement(principal, entity, []), [id])).length > 0;
}

/** Whether there is a user (active) or team with the id that the principal may read; locks it against deletion. */
export async function isReceiver(tx: Executor, principal: Principal, id: string): Promise<boolean> {
  const model = modelOf(principal);
  for (const name of [DIRECTORY.user, DIRECTORY.team]) {
    const receiver = entityOf(model, name);
    if (!principal.access(name, 'read').granted) continue;
    const test = name === DIRECTORY.user ? `a.${columnOf(receiver, DIRECTORY_PROPERTIES.active)} is not false` : 'true';
    const rows = await runFor(tx, principal, judgeStatement(principal, receiver, [], test), [id]);
    if (rows.length > 0) return true;
  }
  return false;
}

function runFor(
  tx: Executor,
  principal: Principal,
  statement: CompiledStatement,
  ids: readonly string[],
): Promise<readonly Row[]> {
  const bindings = { model: modelOf(principal), principal, literals: [], values: { '@ids': arrayLiteral(ids) } };
  return tx.run(statement.text, bindStatement(statement, bindings));
}

/** The system shares nothing by itself; whoever acts for a user does it with the user's principal. */
function modelOf(principal: Principal): Model {
  if (principal.model === undefined) throw new Error('sharing needs the principal of a user');
  return principal.model;
}
