// API keys as they are stored: the table kartoteka.api_key, in which a key is only its hash. It checks no rights; who asks
// what for whom is decided by the caller.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { PlatformError, type PrismaClient } from '@kartoteka/platform';

/** What all keys begin with: people, scanners of sources and the Authorization header tell them from tokens by it. */
export const KEY_MARK = 'ktk_';
const KEY = /^ktk_[\w-]{43}$/;
const PREFIX_LENGTH = KEY_MARK.length + 6;
/** Keys of one user that are not revoked; a list is never longer. */
export const MAX_KEYS = 50;

/** What may be shown of a key. */
export interface ShownKey {
  readonly id: string;
  readonly name: string;
  /** First characters of the key. */
  readonly prefix: string;
  readonly created_on: Date;
  readonly created_by_id: string | null;
  readonly expires_on: Date | null;
  /** Written at most once a minute; null: never used. */
  readonly last_used_on: Date | null;
}

/** A key that may be used, as sign-in needs it. */
export interface UsableKey {
  readonly id: string;
  /** Id of the user it stands for. */
  readonly user: string;
  /** Milliseconds since 1970; Infinity: never. */
  readonly expires: number;
}

export interface NewKey {
  readonly user: string;
  readonly name: string;
  readonly expiresOn: Date | null;
  readonly createdBy: string;
}

export interface ApiKeys {
  /** Makes a key; `key` is the only time it is told. @throws PlatformError limit_exceeded beyond MAX_KEYS */
  create(values: NewKey): Promise<{ readonly shown: ShownKey; readonly key: string }>;
  /** Keys of a user that are not revoked, the newest first. */
  list(user: string): Promise<readonly ShownKey[]>;
  /** Ends a key of a user on every node; false when he has no such key. One that is revoked already stays so. */
  revoke(user: string, id: string): Promise<boolean>;
  /** The key with this text; null when there is none, or it is revoked or expired. */
  find(key: string): Promise<UsableKey | null>;
  /** Notes that a key is used, at most once a minute. */
  touch(id: string): Promise<void>;
}

/** Whether a text looks like a key; anything else is not worth a question to the database. */
export function isKeyShaped(text: string): boolean {
  return KEY.test(text);
}

const SHOWN = {
  id: true,
  name: true,
  prefix: true,
  created_on: true,
  created_by_id: true,
  expires_on: true,
  last_used_on: true,
} as const;

/** Keys in the table kartoteka.api_key. */
export function createApiKeys(prisma: PrismaClient): ApiKeys {
  return {
    create: (values) => create(prisma, values),
    list: (user) =>
      prisma.apiKey.findMany({
        where: { user_id: user, revoked_on: null },
        select: SHOWN,
        orderBy: [{ created_on: 'desc' }, { id: 'asc' }],
        take: MAX_KEYS,
      }),
    revoke: (user, id) => revoke(prisma, user, id),
    async find(key) {
      const row = await prisma.apiKey.findUnique({
        where: { key_hash: hashOf(key), revoked_on: null },
        select: { id: true, user_id: true, expires_on: true },
      });
      const expires = row?.expires_on?.getTime() ?? Number.POSITIVE_INFINITY;
      return row === null || expires <= Date.now() ? null : { id: row.id, user: row.user_id, expires };
    },
    async touch(id) {
      await prisma.$executeRaw`update kartoteka.api_key set last_used_on = now()
        where id = ${id}::uuid and (last_used_on is null or last_used_on <= now() - interval '1 minute')`;
    },
  };
}

function create(prisma: PrismaClient, values: NewKey): Promise<{ shown: ShownKey; key: string }> {
  const key = KEY_MARK + randomBytes(32).toString('base64url');
  return prisma.$transaction(async (tx) => {
    // The lock makes two requests count one after the other.
    await tx.$executeRaw`select id from kartoteka.principal where id = ${values.user}::uuid for no key update`;
    const count = await tx.apiKey.count({ where: { user_id: values.user, revoked_on: null } });
    if (count >= MAX_KEYS) throw new PlatformError('limit_exceeded', { limit: 'keys of a user', value: `${MAX_KEYS}` });
    const data = {
      id: randomUUID(),
      user_id: values.user,
      name: values.name,
      prefix: key.slice(0, PREFIX_LENGTH),
      key_hash: hashOf(key),
      created_by_id: values.createdBy,
      expires_on: values.expiresOn,
    };
    return { shown: await tx.apiKey.create({ data, select: SHOWN }), key };
  });
}

/** By the database's clock and with a notification, like the end of a session: revoked-sessions.ts follows both. */
async function revoke(prisma: PrismaClient, user: string, id: string): Promise<boolean> {
  const rows = await prisma.$queryRaw<unknown[]>`
    with ended as (
      update kartoteka.api_key set revoked_on = coalesce(revoked_on, now())
      where id = ${id}::uuid and user_id = ${user}::uuid returning id
    )
    select pg_notify('kartoteka_session', id::text)::text from ended`;
  return rows.length > 0;
}

function hashOf(key: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(key).digest());
}
