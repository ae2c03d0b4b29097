// API keys as they are stored: the table kartoteka.api_key, in which a key is only its hash. It checks no rights; who asks
// what for whom is decided by the caller.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { type Origin, PlatformError, type Prisma, type PrismaClient } from '@kartoteka/platform';
import { type Doer, recordIn, userTarget } from './recorded.ts';

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

/** A key that is known but may not be used. */
export interface RefusedKey {
  readonly id: string;
  readonly user: string;
  readonly refused: 'revoked' | 'expired';
}

export interface NewKey {
  readonly user: string;
  readonly name: string;
  readonly expiresOn: Date | null;
  readonly by: Doer & { readonly actorId: string };
}

export interface ApiKeys {
  /** Makes a key; `key` is the only time it is told. @throws PlatformError limit_exceeded beyond MAX_KEYS */
  create(values: NewKey): Promise<{ readonly shown: ShownKey; readonly key: string }>;
  /** Keys of a user that are not revoked, the newest first. */
  list(user: string): Promise<readonly ShownKey[]>;
  /** Ends a key of a user on every node; false when he has no such key. One that is revoked already stays so. */
  revoke(user: string, id: string, by: Doer): Promise<boolean>;
  /** The key with this text; null when there is none. */
  find(key: string): Promise<UsableKey | RefusedKey | null>;
  /** Notes that a key is used, at most once a minute; its first use is a security event. */
  touch(id: string, origin: Origin | null): Promise<void>;
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
    revoke: (user, id, by) => prisma.$transaction((tx) => revoke(tx, user, id, by)),
    find: (key) => find(prisma, key),
    touch: (id, origin) => prisma.$transaction((tx) => touch(tx, id, origin)),
  };
}

async function find(prisma: PrismaClient, key: string): Promise<UsableKey | RefusedKey | null> {
  const select = { id: true, user_id: true, expires_on: true, revoked_on: true } as const;
  const row = await prisma.apiKey.findUnique({ where: { key_hash: hashOf(key) }, select });
  if (row === null) return null;
  const { id, user_id: user } = row;
  if (row.revoked_on !== null) return { id, user, refused: 'revoked' };
  const expires = row.expires_on?.getTime() ?? Number.POSITIVE_INFINITY;
  return expires <= Date.now() ? { id, user, refused: 'expired' } : { id, user, expires };
}

async function touch(tx: Prisma.TransactionClient, id: string, origin: Origin | null): Promise<void> {
  const rows = await tx.$queryRaw<{ user_id: string; used: boolean }[]>`
    with due as (
      select id, last_used_on from kartoteka.api_key
      where id = ${id}::uuid and (last_used_on is null or last_used_on <= now() - interval '1 minute') for update
    )
    update kartoteka.api_key k set last_used_on = now() from due
    where k.id = due.id returning k.user_id::text as user_id, due.last_used_on is not null as used`;
  const [row] = rows;
  if (row === undefined || row.used) return;
  const event = { kind: 'api_key_first_used', actorId: row.user_id, target: userTarget(row.user_id) } as const;
  await recordIn(tx, { ...event, ...(origin === null ? {} : { origin }), details: { key_id: id } });
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
      created_by_id: values.by.actorId,
      expires_on: values.expiresOn,
    };
    const shown = await tx.apiKey.create({ data, select: SHOWN });
    const details = { key_id: shown.id, name: shown.name, expires_on: shown.expires_on };
    await recordIn(tx, { kind: 'api_key_created', ...values.by, target: userTarget(values.user), details });
    return { shown, key };
  });
}

/** By the database's clock and with a notification, like the end of a session: revoked-sessions.ts follows both. */
async function revoke(tx: Prisma.TransactionClient, user: string, id: string, by: Doer): Promise<boolean> {
  const rows = await tx.$queryRaw<{ again: boolean }[]>`
    with known as (
      select id, revoked_on from kartoteka.api_key where id = ${id}::uuid and user_id = ${user}::uuid for update
    ), ended as (
      update kartoteka.api_key k set revoked_on = coalesce(k.revoked_on, now()) from known where k.id = known.id returning k.id
    )
    select known.revoked_on is not null as again, pg_notify('kartoteka_session', known.id::text)::text from known, ended`;
  const [row] = rows;
  if (row?.again === false) {
    await recordIn(tx, { kind: 'api_key_revoked', ...by, target: userTarget(user), details: { key_id: id } });
  }
  return row !== undefined;
}

function hashOf(key: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(key).digest());
}
