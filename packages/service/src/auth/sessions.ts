// Sessions and their refresh tokens: rotation at every use, and the end of the whole family when a used token comes back.
// Only hashes of tokens are stored. Who may have a session is decided by the caller.
import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { Origin, Prisma, PrismaClient } from '@kartoteka/platform';
import { recordIn, userTarget } from './recorded.ts';
import { endSessions, type SessionEnder } from './session-end.ts';

const DAY_MS = 86_400_000;
/** A session ends this long after the sign-in, whatever happens ... */
const ABSOLUTE_LIFETIME_MS = 90 * DAY_MS;
/** ... and this long after its last use. */
export const IDLE_LIFETIME_MS = 14 * DAY_MS;
/**
 * An answer may be lost on its way. The last used token is therefore taken once more within this time, as long as nothing
 * that was issued for it has been used; what was issued for it is then void.
 */
const GRACE_MS = 10_000;
/** `used_on` of tokens that were replaced unused; long past, so that using one counts as theft. */
const REPLACED = new Date(0);

export interface OpenSession {
  readonly id: string;
  /** Id of the user. */
  readonly user: string;
  readonly client: string | null;
  /** The only live refresh token of the session, in clear. */
  readonly refreshToken: string;
}

/** What may be shown of a session. */
export interface ShownSession {
  readonly id: string;
  readonly client: string | null;
  /** Network address and program of whoever went on with it last. */
  readonly address: string | null;
  readonly user_agent: string | null;
  readonly created_on: Date;
  /** When it was last gone on with, by a refresh token. */
  readonly last_used_on: Date;
  readonly expires_on: Date;
}

/** A user has few sessions; of more than these the ones used last are shown. */
const MAX_SHOWN = 200;

export interface Sessions {
  /** Of a user who has just signed in from there. */
  open(user: string, origin: Origin): Promise<OpenSession>;
  /** A new refresh token for a good one; null for all others. A used one ends its session. */
  rotate(refreshToken: string, origin: Origin): Promise<OpenSession | null>;
  /**
   * The same for a token that several tabs of a browser share: those that use it within the grace time all get its one successor, whichever
   * of their answers the browser keeps. Null for a token that was not opened or rotated as a shared one.
   */
  rotateShared(refreshToken: string, origin: Origin): Promise<OpenSession | null>;
  /** Sessions of a user that can be gone on with, those used last first. */
  list(user: string): Promise<readonly ShownSession[]>;
  revoke(session: string, by: SessionEnder): Promise<void>;
  /** Ends a session of a user; false when it is none of his. */
  revokeOf(user: string, session: string, by: SessionEnder): Promise<boolean>;
  revokeByRefreshToken(refreshToken: string, by: SessionEnder): Promise<void>;
  /** Ends every session of a user, except one. */
  revokeAll(user: string, except: string | null, by: SessionEnder): Promise<void>;
  /** Deletes what can no longer be used. */
  forgetOld(): Promise<void>;
}

/** Sessions in the tables kartoteka.session and kartoteka.refresh_token; `secret`: what successors of shared tokens are derived with. */
export function createSessions(prisma: PrismaClient, secret: string): Sessions {
  const successorOf = (token: string): string =>
    createHmac('sha256', secret).update(`shared refresh token ${token}`).digest('base64url');
  return {
    open: (user, origin) => prisma.$transaction((tx) => open(tx, user, origin)),
    rotate: (refreshToken, origin) => rotate(prisma, refreshToken, origin, null),
    rotateShared: (refreshToken, origin) => rotate(prisma, refreshToken, origin, successorOf),
    list: (user) => list(prisma, user),
    revoke: (session, by) => endSessions(prisma, { id: session }, by),
    async revokeOf(user, session, by) {
      if ((await prisma.session.count({ where: { id: session, user_id: user } })) === 0) return false;
      await endSessions(prisma, { id: session }, by);
      return true;
    },
    async revokeByRefreshToken(refreshToken, by) {
      const token = await prisma.refreshToken.findUnique({ where: { token_hash: hashOf(refreshToken) } });
      if (token !== null) await endSessions(prisma, { id: token.session_id }, by);
    },
    revokeAll: (user, except, by) => endSessions(prisma, { user, except }, by),
    async forgetOld() {
      const now = Date.now();
      const yesterday = new Date(now - DAY_MS);
      const unused = new Date(now - IDLE_LIFETIME_MS - DAY_MS);
      await prisma.session.deleteMany({
        where: {
          OR: [{ expires_on: { lt: yesterday } }, { revoked_on: { lt: yesterday } }, { last_used_on: { lt: unused } }],
        },
      });
      await prisma.refreshToken.deleteMany({ where: { expires_on: { lt: yesterday } } });
    },
  };
}

const SHOWN = {
  id: true,
  client: true,
  address: true,
  user_agent: true,
  created_on: true,
  last_used_on: true,
  expires_on: true,
} as const;

function list(prisma: PrismaClient, user: string): Promise<ShownSession[]> {
  const now = Date.now();
  const isUsed = { gt: new Date(now - IDLE_LIFETIME_MS) };
  return prisma.session.findMany({
    where: { user_id: user, revoked_on: null, expires_on: { gt: new Date(now) }, last_used_on: isUsed },
    select: SHOWN,
    orderBy: [{ last_used_on: 'desc' }, { id: 'asc' }],
    take: MAX_SHOWN,
  });
}

/** Where a session is gone on with. */
function placeOf({ address, userAgent }: Origin) {
  return { address, user_agent: userAgent?.slice(0, LONGEST_USER_AGENT).toWellFormed() ?? null };
}

const LONGEST_USER_AGENT = 256;

async function open(tx: Prisma.TransactionClient, user: string, origin: Origin): Promise<OpenSession> {
  const now = Date.now();
  const id = randomUUID();
  const expires = new Date(now + ABSOLUTE_LIFETIME_MS);
  const { client } = origin;
  await tx.session.create({ data: { id, user_id: user, client, ...placeOf(origin), expires_on: expires } });
  const details = { grant: 'password', session_id: id };
  await recordIn(tx, { kind: 'sign_in', actorId: user, origin, target: userTarget(user), details });
  const refreshToken = randomToken();
  await addToken(tx, id, refreshToken, now, expires);
  return { id, user, client, refreshToken };
}

type Rotation = OpenSession | 'refused' | { readonly stolenFrom: string };

/** The token that follows one; where there is none, tokens are followed by random ones. */
type Successor = (token: string) => string;

async function rotate(
  prisma: PrismaClient,
  refreshToken: string,
  origin: Origin,
  successorOf: Successor | null,
): Promise<OpenSession | null> {
  const where = { token_hash: hashOf(refreshToken) };
  const found = await prisma.refreshToken.findUnique({ where, select: { session_id: true } });
  if (found === null) return null;
  const outcome = await prisma.$transaction((tx) => rotateIn(tx, found.session_id, refreshToken, origin, successorOf));
  if (outcome === 'refused') return null;
  if (!('stolenFrom' in outcome)) return outcome;
  await endSessions(prisma, { id: outcome.stolenFrom }, { kind: 'refresh_token_reused', actorId: null, origin });
  return null;
}

async function rotateIn(
  tx: Prisma.TransactionClient,
  id: string,
  given: string,
  origin: Origin,
  successorOf: Successor | null,
): Promise<Rotation> {
  const hash = hashOf(given);
  const now = Date.now();
  // The update locks the session, so that its rotations happen one after the other.
  const [session] = await tx.session.updateManyAndReturn({
    where: { id, revoked_on: null, expires_on: { gt: new Date(now) } },
    data: { last_used_on: new Date(now), ...placeOf(origin) },
  });
  const token = await tx.refreshToken.findUnique({ where: { token_hash: hash } });
  if (session === undefined || token === null || token.expires_on.getTime() <= now) return 'refused';
  const opened = { id, user: session.user_id, client: session.client };
  if (token.used_on === null) {
    await tx.refreshToken.update({ where: { token_hash: hash }, data: { used_on: new Date(now) } });
  } else if (successorOf !== null) {
    const live = await liveSuccessor(tx, given, token.used_on, now, successorOf);
    return live === null ? { stolenFrom: id } : { ...opened, refreshToken: live };
  } else if (await answerWasLost(tx, token.session_id, token.created_on, token.used_on, now)) {
    await tx.refreshToken.updateMany({ where: { session_id: id, used_on: null }, data: { used_on: REPLACED } });
  } else {
    return { stolenFrom: id };
  }
  const next = successorOf === null ? randomToken() : successorOf(given);
  await addToken(tx, id, next, now, session.expires_on);
  return { ...opened, refreshToken: next };
}

/** What the tokens after a used one have come to, where each of them was used within the grace time; null: this is no tab of the browser. */
async function liveSuccessor(
  tx: Prisma.TransactionClient,
  used: string,
  usedOn: Date,
  now: number,
  successorOf: Successor,
): Promise<string | null> {
  let [token, when]: [string, Date | null] = [used, usedOn];
  for (let steps = 0; steps <= MOST_SUCCESSORS; steps += 1) {
    if (when === null) return token;
    if (now - when.getTime() > GRACE_MS) return null;
    token = successorOf(token);
    const next = await tx.refreshToken.findUnique({ where: { token_hash: hashOf(token) } });
    if (next === null) return null;
    when = next.used_on;
  }
  return null;
}

/** Tabs renew once in ten minutes; more than this within the grace time is no browser's work. */
const MOST_SUCCESSORS = 20;

/** Whether a used token may be used again: just now, and no later token has been used. */
async function answerWasLost(
  tx: Prisma.TransactionClient,
  session: string,
  createdOn: Date,
  usedOn: Date,
  now: number,
): Promise<boolean> {
  if (now - usedOn.getTime() > GRACE_MS) return false;
  const later = { session_id: session, created_on: { gt: createdOn }, used_on: { gt: createdOn } };
  return (await tx.refreshToken.count({ where: later })) === 0;
}

async function addToken(
  tx: Prisma.TransactionClient,
  session: string,
  token: string,
  now: number,
  sessionEnd: Date,
): Promise<void> {
  const expires = new Date(Math.min(now + IDLE_LIFETIME_MS, sessionEnd.getTime()));
  // created_on is this process's clock, like used_on: the two are compared.
  const data = { token_hash: hashOf(token), session_id: session, created_on: new Date(now), expires_on: expires };
  await tx.refreshToken.create({ data });
}

const randomToken = (): string => randomBytes(32).toString('base64url');

function hashOf(token: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(token).digest());
}
