// Passwords of users: who signs in with what. It does not count attempts, open sessions or check rights.
import { type Platform, PlatformError, type PrismaClient } from '@kartoteka/platform';
import { hashPassword, isOutdated, verifyPassword } from './password-hash.ts';
import { userByEmail, userKind } from './users.ts';

export interface Credentials {
  /** Id of the enabled user with this e-mail address and password; null otherwise, after the same work. */
  verify(email: string, password: string): Promise<string | null>;
  /** Whether it is the user's password. */
  matches(user: string, password: string): Promise<boolean>;
  /**
   * Sets the password of a user; false when there is no such user.
   * @throws PlatformError rule_violated for a service principal
   */
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
      const kind = await userKind(platform, user);
      if (kind === null) return false;
      if (kind === 'service') {
        throw new PlatformError('rule_violated', { reason: 'A service principal has no password: make a key for it' });
      }
      await store(user, password);
      return true;
    },
    async exists(user) {
      return (await prisma.credential.count({ where: { user_id: user } })) > 0;
    },
  };
}
