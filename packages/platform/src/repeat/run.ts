// Carries a repeatable request out once, and answers every repetition as the first was answered: the request runs in the one
// transaction that remembers its outcome. It serves no request itself and decides no rights.
import { PlatformError } from '../errors.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import type { EngineResponse } from '../platform-types.ts';
import { GROUPS_LOCK } from '../publish/locks.ts';
import { TransactionLost } from '../storage/transaction-lost.ts';
import type { Database, Executor } from '../storage/types.ts';
import { lostToOthers } from '../write/database-errors.ts';
import { ACCEPTED, type Repeatability, repeatabilityOf } from './header.ts';
import { JoinedDatabase } from './joined-database.ts';
import { type Outcome, outcomeOfAnswer, outcomeOfError, replayed } from './outcome.ts';
import { claim, differs, keyOf, sizeOf, store } from './store.ts';
import { RememberedUsage } from './usage.ts';

/** Serves the request, with the database of the environment it is given. */
export type Serve = (env: RequestEnvironment) => Promise<EngineResponse>;

const TRIES = 6;

/** A request that this process carries out at this moment. */
interface UnderWay {
  readonly repeatability: Repeatability;
  /** Undefined: it ended without an outcome to remember. Never rejects. */
  readonly outcome: Promise<Outcome | undefined>;
}

/** What a process knows beside the database. */
interface Memory {
  readonly underWay: Map<string, UnderWay>;
  readonly usage: RememberedUsage;
}

const memories = new WeakMap<Database, Memory>();

function memoryOf(database: Database): Memory {
  const memory = memories.get(database) ?? { underWay: new Map(), usage: new RememberedUsage() };
  memories.set(database, memory);
  return memory;
}

/**
 * The first answer to the request, or its first refusal. Throws what the headers are refused with, repeated_request_differs, too_many_repeatable_requests, limit_exceeded for
 * an answer that is too large, conflict where others got in the way: nothing was done then.
 */
export async function repeated(env: RequestEnvironment, serve: Serve): Promise<EngineResponse> {
  const repeatability = repeatabilityOf(env.request);
  // Within somebody's transaction nobody may be waited for but where the database sees it, and breaks a circle.
  if (env.database.inTransaction === true) {
    return replayed(await env.database.transaction((tx) => carryOut(env, tx, repeatability, serve)));
  }
  const { underWay } = memoryOf(env.database);
  const key = keyOf(env.principal, repeatability).join(' ');
  for (let first = underWay.get(key); first !== undefined; first = underWay.get(key)) {
    if (!isSame(first.repeatability, repeatability)) throw differs();
    const outcome = await first.outcome;
    if (outcome !== undefined) return replayed(outcome);
  }
  const { promise, resolve } = Promise.withResolvers<Outcome | undefined>();
  underWay.set(key, { repeatability, outcome: promise });
  let outcome: Outcome | undefined;
  try {
    outcome = await carryOutAlone(env, repeatability, serve);
    return replayed(outcome);
  } finally {
    underWay.delete(key);
    resolve(outcome);
  }
}

function isSame(one: Repeatability, other: Repeatability): boolean {
  return one.firstSent === other.firstSent && one.fingerprint === other.fingerprint;
}

/** In a transaction of its own, which is run again where it lost against others. */
async function carryOutAlone(env: RequestEnvironment, repeatability: Repeatability, serve: Serve): Promise<Outcome> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await env.database.transaction(async (tx) => {
        // Those that have lost once go one after the other, and with groups of batches, which may be as large.
        if (attempt > 1) await tx.run(`select pg_advisory_xact_lock(${GROUPS_LOCK})`);
        return carryOut(env, tx, repeatability, serve);
      });
    } catch (error) {
      if (!(error instanceof TransactionLost) && !lostToOthers(error)) throw error;
      if (attempt === TRIES) throw contended();
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * 2 ** attempt));
    }
  }
}

function contended(): PlatformError {
  const reason = 'Other writes on the same records got in the way; try again';
  return new PlatformError('conflict', { reason }).withHeaders(ACCEPTED);
}

async function carryOut(
  env: RequestEnvironment,
  tx: Executor,
  repeatability: Repeatability,
  serve: Serve,
): Promise<Outcome> {
  const { principal, database } = env;
  const known = await claim(tx, principal, repeatability);
  if (known !== null) return known;
  const { usage } = memoryOf(database);
  await usage.requireRoom(tx, principal);
  const joined = new JoinedDatabase(tx, database);
  const outcome = await outcomeOf(() => serve({ ...env, database: joined }));
  if (joined.lost !== undefined) throw joined.lost;
  usage.add(principal, sizeOf(outcome));
  await store(tx, principal, repeatability, outcome);
  return outcome;
}

async function outcomeOf(serve: () => Promise<EngineResponse>): Promise<Outcome> {
  let answer: EngineResponse;
  try {
    answer = await serve();
  } catch (error) {
    return outcomeOfError(error);
  }
  return outcomeOfAnswer(answer);
}
