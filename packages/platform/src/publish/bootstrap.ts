// The first records of an empty database: the root business unit, the administrator, and the administrator's role. Plain SQL,
// because nobody exists yet in whose name the engine could write. It sets no password.
import { randomUUIDv7 } from 'node:crypto';
import { canonicalValue, type EntityType, type Model, storedProperties } from '@kartoteka/metadata';
import { imageSql, loggedProperties } from '../change-log.ts';
import { PlatformError } from '../errors.ts';
import { columnOf, DIRECTORY, DIRECTORY_PROPERTIES, entityOf } from '../security/directory.ts';
import { recordSecurityEvent } from '../security-log/record.ts';
import { quoteLiteral, tableOf } from '../sql/statement.ts';
import type { Database, Executor } from '../storage/types.ts';
import { loadModel } from './load.ts';
import { BOOTSTRAP_LOCK } from './locks.ts';
import { CHANNEL } from './store.ts';

export interface BootstrapOptions {
  readonly adminEmail: string;
  /** Title of the administrator's record. */
  readonly adminName?: string;
  /** Title of the root business unit. */
  readonly unitName?: string;
}

export interface BootstrapResult {
  readonly adminId: string;
  /** False: there was an administrator already, or a user of that address. */
  readonly created: boolean;
}

const ADMINISTRATOR_ROLE = 'system_administrator';
const EMAIL = 'email';

/**
 * Makes root unit, administrator and role assignment in one transaction, unless a user of that address or another
 * administrator exists. Safe when several nodes start at once. Throws PlatformError `not_ready` before the first publish.
 */
export async function bootstrap(database: Database, options: BootstrapOptions): Promise<BootstrapResult> {
  return database.transaction(async (tx) => {
    await tx.run(`select pg_advisory_xact_lock(${BOOTSTRAP_LOCK})`);
    const model = await loadModel(tx);
    const found = await findAdministrator(tx, model, options.adminEmail);
    if (found !== null) return { adminId: found, created: false };
    const adminId = await createAdministrator(tx, model, options);
    await announceSecurity(tx);
    return { adminId, created: true };
  });
}

/** The user of that address, else whoever has been administrator longest. */
async function findAdministrator(tx: Executor, model: Model, email: string): Promise<string | null> {
  const [user, assignment] = [entityOf(model, DIRECTORY.user), entityOf(model, DIRECTORY.roleAssignment)];
  const holder = columnOf(assignment, DIRECTORY_PROPERTIES.user);
  const role = columnOf(assignment, DIRECTORY_PROPERTIES.role);
  const [row] = await tx.run(
    `select u.id::text as id from ${tableOf(user)} u
     left join ${tableOf(assignment)} a on a.${holder} = u.id and a.${role} = $2::text and a.deleted_on is null
     where u.deleted_on is null and (lower(u.${columnOf(user, EMAIL)}) = lower($1::text) or a.id is not null)
     order by lower(u.${columnOf(user, EMAIL)}) = lower($1::text) desc, a.created_on, u.id limit 1`,
    [email, ADMINISTRATOR_ROLE],
  );
  return row === undefined ? null : String(row.id);
}

async function createAdministrator(tx: Executor, model: Model, options: BootstrapOptions): Promise<string> {
  if (!model.roles.has(ADMINISTRATOR_ROLE)) {
    throw new PlatformError('conflict', {
      reason: `There is no role ${ADMINISTRATOR_ROLE} to give to the first administrator`,
    });
  }
  const [user, unit] = [entityOf(model, DIRECTORY.user), entityOf(model, DIRECTORY.businessUnit)];
  const adminId = randomUUIDv7();
  const { adminName = 'Administrator', unitName = 'Organization' } = options;
  const root = await rootUnit(tx, unit);
  const unitId = root ?? randomUUIDv7();
  if (root === null) await insertRecord(tx, unit, unitId, adminId, { [unit.title]: unitName });
  await tx.run(`insert into kartoteka.principal (id, kind) values ($1::uuid, 'user')`, [adminId]);
  const person = { [user.title]: adminName, [EMAIL]: options.adminEmail, [DIRECTORY_PROPERTIES.unit]: unitId };
  await insertRecord(tx, user, adminId, adminId, person);
  await insertRecord(tx, entityOf(model, DIRECTORY.roleAssignment), randomUUIDv7(), adminId, {
    [DIRECTORY_PROPERTIES.role]: ADMINISTRATOR_ROLE,
    [DIRECTORY_PROPERTIES.user]: adminId,
  });
  const event = { actorId: null, target: { entity: user.name, id: adminId } };
  const details = { role: ADMINISTRATOR_ROLE };
  await recordSecurityEvent(tx, { ...event, kind: 'user_created' }, { ...event, kind: 'role_given', details });
  return adminId;
}

async function rootUnit(tx: Executor, unit: EntityType): Promise<string | null> {
  const parent = columnOf(unit, DIRECTORY_PROPERTIES.parentUnit);
  const [row] = await tx.run(
    `select id::text as id from ${tableOf(unit)} where ${parent} is null and deleted_on is null order by created_on, id limit 1`,
  );
  return row === undefined ? null : String(row.id);
}

/** One record with its change-log row. Properties that are not given take the default of their document. */
async function insertRecord(
  tx: Executor,
  entity: EntityType,
  id: string,
  actor: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const given: Record<string, string> = { id, created_by_id: actor, modified_by_id: actor, version: '1' };
  for (const property of storedProperties(entity)) {
    const value = canonicalValue(property, values[property.name] ?? property.default);
    if (value !== null) given[property.name] = value;
  }
  const names = Object.keys(given);
  const columns = ['created_on', 'modified_on', ...names].map((name) => columnOf(entity, name));
  const places = names.map((_, index) => `$${index + 1}`);
  const image = imageSql(loggedProperties(storedProperties(entity)), 'r');
  await tx.run(
    `with r as (insert into ${tableOf(entity)} (${columns.join(', ')}) values (now(), now(), ${places.join(', ')}) returning *)
     insert into kartoteka.change_log (entity, record_id, operation, version, actor_id, client, before, after)
     select ${quoteLiteral(entity.name)}, r.id, 'create', 1, ${quoteLiteral(actor)}::uuid, 'bootstrap', null, ${image} from r`,
    Object.values(given),
  );
}

/** Tells every node that there is somebody with rights now. */
async function announceSecurity(tx: Executor): Promise<void> {
  await tx.run(
    `with s as (update kartoteka.state set security = security + 1 returning security)
     select pg_notify('${CHANNEL}', json_build_object('security', security)::text) from s`,
  );
}
