// Slows down guessing of passwords: attempts are counted per account and per address in the database, so that all nodes
// agree, and a growing delay follows when there are too many. It keeps hashes, not names or addresses.
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Database } from '@kartoteka/platform';

export interface ThrottleLimits {
  /** Attempts without delay, after which each further one doubles it. */
  readonly free: number;
  /** Longest delay in seconds. */
  readonly longest: number;
  /** Seconds without an attempt after which counting starts again. */
  readonly forgetAfter: number;
}

const ACCOUNT: ThrottleLimits = { free: 5, longest: 900, forgetAfter: 3600 };
/** Many people may share an address. */
const ADDRESS: ThrottleLimits = { free: 30, longest: 900, forgetAfter: 900 };

export interface Attempt {
  /** Seconds to wait; above 0 the attempt must not go on. */
  readonly retryAfter: number;
  /** The password was right: the account starts anew and this attempt no longer counts against the address. */
  succeeded(): Promise<void>;
}

export interface LoginThrottle {
  /** Counts an attempt before the password is looked at, so that parallel guesses do not slip through. */
  begin(account: string, address: string): Promise<Attempt>;
}

// An attempt during a lock changes nothing, so that nobody can prolong a lock; `retry_after` is null when it may go on.
const COUNT = `
insert into kartoteka.login_attempt as a (key, failures, last_attempt_on, locked_until)
values ($1, 1, now(), null)
on conflict (key) do update set
  failures = case when a.locked_until > now() then a.failures
    when a.last_attempt_on < now() - $2::int * interval '1 second' then 1 else a.failures + 1 end,
  last_attempt_on = case when a.locked_until > now() then a.last_attempt_on else now() end,
  locked_until = case when a.locked_until > now() then a.locked_until
    when a.last_attempt_on < now() - $2::int * interval '1 second' or a.failures < $3::int then null
    else now() + least($4::int, 2 ^ least(a.failures + 1 - $3::int, 20)) * interval '1 second' end
returning ceil(extract(epoch from locked_until - now()))::text as locked_for,
  (last_attempt_on = now())::text as counted`;

const FORGET_ACCOUNT = 'delete from kartoteka.login_attempt where key = $1';
const UNCOUNT_ADDRESS =
  'update kartoteka.login_attempt set failures = greatest(failures - 1, 0), locked_until = null where key = $1';
const FORGET_OLD = `delete from kartoteka.login_attempt where last_attempt_on < now() - interval '1 day'`;

/** Throttling over the table kartoteka.login_attempt; what is counted for one `kind` does not slow down the other. */
export function createLoginThrottle(database: Database, kind: 'password' | 'key' | 'link' = 'password'): LoginThrottle {
  const scope = kind === 'password' ? '' : `${kind}-`;
  return {
    async begin(account, address) {
      const addressKey = keyOf(`${scope}address`, networkOf(address));
      const accountKey = keyOf(`${scope}account`, account.normalize('NFKC').toLowerCase());
      // The address comes first: a locked-out address must not lock the accounts of others.
      const retryAfter = (await count(database, addressKey, ADDRESS)) || (await count(database, accountKey, ACCOUNT));
      return {
        retryAfter,
        succeeded: async () => {
          await database.run(FORGET_ACCOUNT, [accountKey]);
          await database.run(UNCOUNT_ADDRESS, [addressKey]);
        },
      };
    },
  };
}

/** Deletes counters that no longer matter. */
export async function forgetOldAttempts(database: Database): Promise<void> {
  await database.run(FORGET_OLD);
}

/** Seconds to wait, or 0: the attempt that brings the lock about is itself let through. */
async function count(database: Database, key: string, limits: ThrottleLimits): Promise<number> {
  const { forgetAfter, free, longest } = limits;
  const [row] = await database.run(COUNT, [key, String(forgetAfter), String(free), String(longest)]);
  return row?.counted === 'true' ? 0 : Math.max(1, Number(row?.locked_for ?? 1));
}

function keyOf(kind: string, value: string): string {
  return `${kind}:${createHash('sha256').update(value).digest('base64url')}`;
}

/** IPv6 hosts own a /64, so it is counted as one; IPv4 addresses stand for themselves, also when mapped. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...(tail === undefined ? [] : zeros), ...right].slice(0, 4).join(':');
}
