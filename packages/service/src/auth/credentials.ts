// Passwords of users: who signs in with what. It does not count attempts, open sessions or check rights.
import { type Platform, PlatformError, type PrismaClient } from '@kartoteka/platform';
import { hashPassword, isOutdated, verifyPassword } from './password-hash.ts';
import { type Doer, recordIn, userTarget } from './recorded.ts';
import type { FailureReason } from './sign-in-events.ts';
import { userByEmail, userKind } from './users.ts';

export interface Credentials {
  /** Whether an enabled user has this e-mail address and password, after the same work whatever is wrong. */
  verify(email: string, password: string): Promise<Verified>;
  /** Whether it is the user's password. */
  matches(user: string, password: string): Promise<boolean>;
  /**
   * Sets the password of a user, who may be the one that does it; false when there is no such user.
   * @throws PlatformError rule_violated for a service principal
   */
  set(user: string, password: string, by: Doer): Promise<boolean>;
  /** Whether the user has a password. */
  exists(user: string): Promise<boolean>;
}

/** `user`: whom the address names. `refused` is null where the password is right; for the record only, never for an answer. */
export type Verified =
  | { readonly user: string; readonly refused: null }
  | { readonly user: string | null; readonly refused: FailureReason };

/** Credentials in kartoteka.credential; e-mail addresses are those of the entity `user`. */
export function createCredentials(platform: Platform, prisma: PrismaClient): Credentials {
  const hashOf = async (user: string): Promise<string | null> =>
    (await prisma.credential.findUnique({ where: { user_id: user } }))?.password_hash ?? null;
  /** `by`: who sets a new one; null: it is the same password, hashed anew. */
  const store = async (user: string, password: string, by: Doer | null): Promise<void> => {
    const data = { password_hash: await hashPassword(password), changed_on: new Date() };
    await prisma.$transaction(async (tx) => {
      await tx.credential.upsert({ where: { user_id: user }, create: { user_id: user, ...data }, update: data });
      if (by === null) return;
      const kind = by.actorId === user ? 'password_changed' : 'password_reset';
      await recordIn(tx, { kind, ...by, target: userTarget(user) });
    });
  };
  return {
    async verify(email, password) {
      const user = await userByEmail(platform, email);
      const hash = user === null ? null : await hashOf(user);
      const right = await verifyPassword(password, hash);
      if (user === null) return { user, refused: 'unknown_user' };
      if (hash === null) return { user, refused: 'no_password' };
      if (!right) return { user, refused: 'wrong_password' };
      if ((await platform.principals.get(user)) === null) return { user, refused: 'user_disabled' };
      if (isOutdated(hash)) await store(user, password, null);
      return { user, refused: null };
    },
    async matches(user, password) {
      return verifyPassword(password, await hashOf(user));
    },
    async set(user, password, by) {
      const kind = await userKind(platform, user);
      if (kind === null) return false;
      if (kind === 'service') {
        throw new PlatformError('rule_violated', { reason: 'A service principal has no password: make a key for it' });
      }
      await store(user, password, by);
      return true;
    },
    async exists(user) {
      return (await prisma.credential.count({ where: { user_id: user } })) > 0;
    },
  };
}
