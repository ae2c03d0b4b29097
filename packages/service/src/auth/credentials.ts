// Passwords of users: who signs in with what. It does not count attempts, open sessions or check rights.
import type { Platform, PrismaClient } from '@kartoteka/platform';
import { hashPassword, isOutdated, verifyPassword } from './password-hash.ts';

export interface Credentials {
  /** Id of the enabled user with this e-mail address and password; null otherwise, after the same work. */
  verify(email: string, password: string): Promise<string | null>;
  /** Whether it is the user's password. */
  matches(user: string, password: string): Promise<boolean>;
  /** Sets the password of a user; false when there is no such user. */
  set(user: string, password: string): Promise<boolean>;
  /** Whether the user has a password. */
  exists(user: string): Promise<boolean>;
}

/** Credentials in kartoteka.credential; e-mail addresses are those of the entity `user`. */
export function createCredentials(platform: Platform, prisma: PrismaClient): Credentials {
  const hashOf = async (user: string): Promise<string | null> =>
    (await prisma.credential.findUnique({ where: { user_id: user } }))?.password_hash ?? null;
  const store = async (user: string, password: string): Promise<void> => {
    const data = { password_hash: await hashPassword(password), changed_on: new Date() };
    await prisma.credential.upsert({ where: { user_id: user }, create: { user_id: user, ...data }, update: data });
  };
  return {
    async verify(email, password) {
      const user = await userByEmail(platform, email);
      const hash = user === null ? null : await hashOf(user);
      const right = await verifyPassword(password, hash);
      if (!right || user === null || hash === null) return null;
      if ((await platform.principals.get(user)) === null) return null;
      if (isOutdated(hash)) await store(user, password);
      return user;
    },
    async matches(user, password) {
      return verifyPassword(password, await hashOf(user));
    },
    async set(user, password) {
      if (!(await userExists(platform, user))) return false;
      await store(user, password);
      return true;
    },
    async exists(user) {
      return (await prisma.credential.count({ where: { user_id: user } })) > 0;
    },
  };
}

/** The address as it is stored goes before the same one in other case, where both exist. */
async function userByEmail(platform: Platform, email: string): Promise<string | null> {
  const { table, column } = userTable(platform);
  const rows = await platform.database.run(
    `select id::text as id, ${column} = $1::text as exact from ${table}
      where lower(${column}) = lower($1::text) and deleted_on is null order by exact desc limit 2`,
    [email.normalize('NFC')],
    { prepare: true },
  );
  const [first, second] = rows;
  return first !== undefined && (second === undefined || first.exact === true) ? String(first.id) : null;
}

async function userExists(platform: Platform, user: string): Promise<boolean> {
  const text = `select id from ${userTable(platform).table} where id = $1::uuid and deleted_on is null`;
  return (await platform.database.run(text, [user])).length > 0;
}

/** Physical names of the entity `user`, quoted. */
function userTable(platform: Platform): { table: string; column: string } {
  const entity = platform.model().entities.get('user');
  const email = entity?.properties.get('email');
  if (entity === undefined || email === undefined) throw new Error('The Model has no entity user with an email');
  return { table: `data."${entity.table}"`, column: `"${email.column}"` };
}
