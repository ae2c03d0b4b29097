// What signing in has to know of users beyond their rights: who has this e-mail address, who is there, who is a program.
import { type Platform, PlatformError, type Principal } from '@kartoteka/platform';

/** The entity of who signs in. */
export const USER_ENTITY = 'user';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Id of the user with this e-mail address. The address as it is stored goes before the same one in other case, where both exist. */
export async function userByEmail(platform: Platform, email: string): Promise<string | null> {
  const { table, email: column } = userTable(platform);
  const rows = await platform.database.run(
    `select id::text as id, ${column} = $1::text as exact from ${table}
      where lower(${column}) = lower($1::text) and deleted_on is null order by exact desc limit 2`,
    [email.normalize('NFC')],
    { prepare: true },
  );
  const [first, second] = rows;
  return first !== undefined && (second === undefined || first.exact === true) ? String(first.id) : null;
}

/** What kind of user that is; null when there is none, or it is deleted. */
export async function userKind(platform: Platform, user: string): Promise<'person' | 'service' | null> {
  const { table, service } = userTable(platform);
  const text = `select ${service} is true as service from ${table} where id = $1::uuid and deleted_on is null`;
  const [row] = await platform.database.run(text, [user], { prepare: true });
  if (row === undefined) return null;
  return row.service === true ? 'service' : 'person';
}

/** An id of a path, in lower case. @throws PlatformError invalid_key */
export function idOf(text: string): string {
  if (!UUID.test(text)) throw new PlatformError('invalid_key', { key: 'id' });
  return text.toLowerCase();
}

/**
 * Passes the user himself and whoever may write his record, which the engine is asked by a change of nothing: one rule for
 * both, and the same answers as to a change.
 * @throws PlatformError not_found for a record the caller cannot read, missing_privilege where he cannot write it
 */
export async function requireManager(platform: Platform, caller: Principal, user: string): Promise<void> {
  if (caller.id === user) return;
  // A user who is not there is not made.
  const headers = { 'content-type': 'application/json', prefer: 'return=minimal', 'if-match': '*' };
  const path = `/${userEntity(platform).set}(${user})`;
  const request = { method: 'PATCH', path, query: '', headers, body: '{}', baseUrl: '', client: null };
  await platform.handle(request, caller);
}

/** Physical names of the entity `user`, quoted. Models may lack the mark of programs: all users are persons then. */
function userTable(platform: Platform): { table: string; email: string; service: string } {
  const entity = userEntity(platform);
  const email = entity.properties.get('email');
  if (email === undefined) throw new Error('The entity user has no email');
  const service = entity.properties.get('service_principal');
  return {
    table: `data."${entity.table}"`,
    email: `"${email.column}"`,
    service: service === undefined ? 'false' : `"${service.column}"`,
  };
}

function userEntity(platform: Platform) {
  const entity = platform.model().entities.get(USER_ENTITY);
  if (entity === undefined) throw new Error('The Model has no entity user');
  return entity;
}
