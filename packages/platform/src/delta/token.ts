// The token of a delta link: between which moments its reader has read, of what, with which rights. Signed, because whoever could
// make one up would learn what was there at a moment when he had no rights yet. It knows no SQL and no entities.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { PlatformError } from '../errors.ts';
import { MAX_QUERY_LENGTH } from '../request/query-options.ts';
import type { Executor } from '../storage/types.ts';

export interface DeltaToken {
  /** `list`: the list itself is still being read, page after page. */
  readonly kind: 'list' | 'delta';
  /** Hash of the query and of who asks: it fits no other. */
  readonly query: string;
  /** Hashes of what the query means under the Model, and of what the reader may read. */
  readonly meaning: string;
  readonly rights: string;
  /** Of the database; null: a metadata change was filling in values of stored records, which no log tells. */
  readonly epoch: string | null;
  /** Everything that this snapshot (`pg_snapshot` as text) sees has been told. */
  readonly low: string;
  /** Records were read up to this snapshot; null: all of them at `low`. */
  readonly high: string | null;
  /** Pages of changes: they tell what this snapshot sees; null at the first page. */
  readonly upper: string | null;
  /** The last event told: transaction, id and record. */
  readonly after: readonly [string, string, string] | null;
}

/** Short hash of anything, for comparison. */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22);
}

export function encodeToken(token: DeltaToken, secret: string): string {
  const { kind, query, meaning, rights, epoch, low, high, upper, after } = token;
  const values = JSON.stringify([kind, query, meaning, rights, epoch, low, high, upper, after]);
  const body = Buffer.from(values).toString('base64url');
  return `${body}.${signature(body, secret)}`;
}

/** Throws invalid_deltatoken for what this service has not signed. */
export function decodeToken(text: string, secret: string): DeltaToken {
  const [, body, signed] = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{22})$/.exec(text) ?? [];
  if (body === undefined || signed === undefined || text.length > MAX_QUERY_LENGTH) throw invalidToken();
  if (!timingSafeEqual(Buffer.from(signature(body, secret)), Buffer.from(signed))) throw invalidToken();
  const values = JSON.parse(Buffer.from(body, 'base64url').toString());
  const [kind, query, meaning, rights, epoch, low, high, upper, after] = values;
  return { kind, query, meaning, rights, epoch, low, high, upper, after };
}

export function invalidToken(): PlatformError {
  return new PlatformError('invalid_deltatoken', {}, { target: '$deltatoken' });
}

/** The difference between two moments cannot be told: the list has to be read again. */
export function expired(reason: string): PlatformError {
  return new PlatformError('delta_expired', { reason }, { target: '$deltatoken' });
}

/** Characters of a signature, 6 bits each. */
const SIGNATURE = 22;

function signature(body: string, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('base64url').slice(0, SIGNATURE);
}

const secrets = new WeakMap<Executor, Promise<string>>();
const KEY = 'delta_secret';

/** The secret that signs delta tokens, made once and kept in the database, so that all nodes agree. */
export function deltaSecret(executor: Executor): Promise<string> {
  let secret = secrets.get(executor);
  if (secret === undefined) {
    secret = readSecret(executor);
    secrets.set(executor, secret);
    secret.catch(() => secrets.delete(executor));
  }
  return secret;
}

async function readSecret(executor: Executor): Promise<string> {
  const made = randomBytes(32).toString('base64url');
  const write = 'insert into kartoteka.setting (key, value) values ($1, $2) on conflict (key) do nothing';
  await executor.run(write, [KEY, made]);
  const [row] = await executor.run('select value from kartoteka.setting where key = $1', [KEY]);
  if (typeof row?.value !== 'string') throw new Error('the secret of delta tokens cannot be read');
  return row.value;
}
