// Purge: what has been in the recycle bin for longer than the organization keeps it is removed for good, and the change log and
// the security events beyond their own time, and what is remembered of repeatable requests. Deletes go whole, oldest first, in transactions of some hundred records; one node at a time. Users,
// teams and business units are never removed: the history of other records names them.
import type { EntityType, Model } from '@kartoteka/metadata';
import { sqlState } from '../database-errors.ts';
import { REMOVE_MERGES } from '../merge/types.ts';
import type { Log } from '../platform-types.ts';
import { PURGE_LOCK } from '../publish/locks.ts';
import { REMEMBERED_HOURS } from '../repeat/header.ts';
import { DIRECTORY } from '../security/directory.ts';
import {
  ALLOW_EVENTS_PURGE,
  COUNT_CHANGES,
  COUNT_EVENTS,
  COUNT_REQUESTS,
  countExpired,
  expiredDeletes,
  REMOVE_CHANGES,
  REMOVE_EVENTS,
  REMOVE_REQUESTS,
} from '../sql/purge.ts';
import type { Database, Executor, Row } from '../storage/types.ts';
import { removeDeletes } from './remove.ts';

/** Records whose deletes are taken into one transaction; the last delete of them goes whole, however large it is. */
const BATCH = 500;
/** Rows of a log that are removed by one statement. */
const LOG_BATCH = 5_000;

export interface PurgeReport {
  /** Records removed, by entity; only entities that lost some. */
  readonly records: ReadonlyMap<string, number>;
  /** Rows of the change log removed. */
  readonly changes: number;
  /** Security events removed. */
  readonly events: number;
  /** Answers to repeatable requests removed. */
  readonly requests: number;
}

export interface PurgeOptions {
  readonly log: Log;
  /** Asked between transactions: true ends the purge early. */
  readonly isStopped?: () => boolean;
}

/** Purges until nothing is left to remove. Null: another node is at it. Throws the driver's error when a statement fails. */
export async function purge(database: Database, model: Model, options: PurgeOptions): Promise<PurgeReport | null> {
  return database.session(async (session) => {
    const [row] = await session.run(`select pg_try_advisory_lock(${PURGE_LOCK}) as locked`);
    if (row?.locked !== true) return null;
    try {
      return await new Purge(database, model, options).run();
    } finally {
      await session.run(`select pg_advisory_unlock(${PURGE_LOCK})`);
    }
  });
}

/** How much a purge would remove now; records that are still referred to are counted as well. */
export async function countPurge(database: Executor, model: Model): Promise<PurgeReport> {
  const limits = await limitsOf(database, model);
  const records = new Map<string, number>();
  for (const entity of purgedEntities(model)) {
    const total = totalOf(await database.run(countExpired(entity), [limits.records]));
    if (total > 0) records.set(entity.name, total);
  }
  const changes = totalOf(await database.run(COUNT_CHANGES, [limits.changes]));
  const events = totalOf(await database.run(COUNT_EVENTS, [limits.events]));
  return { records, changes, events, requests: totalOf(await database.run(COUNT_REQUESTS, [limits.requests])) };
}

class Purge {
  readonly #database: Database;
  readonly #model: Model;
  readonly #options: PurgeOptions;
  readonly #records = new Map<string, number>();

  constructor(database: Database, model: Model, options: PurgeOptions) {
    this.#database = database;
    this.#model = model;
    this.#options = options;
  }

  async run(): Promise<PurgeReport> {
    const limits = await limitsOf(this.#database, this.#model);
    await this.#purgeRecords(limits.records);
    const changes = await this.#inBatches((batch) => this.#database.run(REMOVE_CHANGES, [limits.changes, batch]));
    const events = await this.#inBatches((batch) =>
      this.#database.transaction(async (tx) => {
        await tx.run(ALLOW_EVENTS_PURGE);
        return tx.run(REMOVE_EVENTS, [limits.events, batch], { last: true });
      }),
    );
    await this.#inBatches((batch) => this.#database.run(REMOVE_MERGES, [batch]));
    const requests = await this.#inBatches((batch) => this.#database.run(REMOVE_REQUESTS, [limits.requests, batch]));
    return { records: this.#records, changes, events, requests };
  }

  #isStopped(): boolean {
    return this.#options.isStopped?.() === true;
  }

  async #purgeRecords(before: string): Promise<void> {
    const heads = expiredDeletes(purgedEntities(this.#model));
    let after = '-infinity';
    while (!this.#isStopped()) {
      const deletes = await this.#database.run(heads, [after, before, String(BATCH)]);
      const last = deletes.at(-1);
      if (last === undefined) return;
      await this.#removeBatch(deletes);
      // What could not be removed is left behind, and tried again next time.
      after = String(last.deleted_on);
    }
  }

  /** Together, or one by one when somebody gets in the way, so that one delete does not hold up the others. */
  async #removeBatch(deletes: readonly Row[]): Promise<void> {
    try {
      await this.#remove(deletes);
    } catch (error) {
      if (!isContention(error)) throw error;
      if (deletes.length > 1) {
        for (const one of deletes) await this.#removeBatch([one]);
        return;
      }
      this.#options.log.warn({ code: sqlState(error) }, 'a delete is in use and stays in the recycle bin for now');
    }
  }

  async #remove(deletes: readonly Row[]): Promise<void> {
    const removed = await this.#database.transaction((tx) =>
      removeDeletes(tx, this.#model, purgedEntities(this.#model), deletes),
    );
    for (const [name, count] of removed) this.#records.set(name, (this.#records.get(name) ?? 0) + count);
  }

  /** Removes rows of a log until there are no more to remove; how many that were. */
  async #inBatches(remove: (batch: string) => Promise<readonly Row[]>): Promise<number> {
    let removed = 0;
    while (!this.#isStopped()) {
      const total = totalOf(await remove(String(LOG_BATCH)));
      removed += total;
      if (total < LOG_BATCH) break;
    }
    return removed;
  }
}

/** Another transaction holds, or has just begun to refer to, what was to go. */
function isContention(error: unknown): boolean {
  return ['23503', '40001', '40P01', '55P03', '57014'].includes(sqlState(error) ?? '');
}

const KEPT: ReadonlySet<string> = new Set([DIRECTORY.user, DIRECTORY.team, DIRECTORY.businessUnit]);

function purgedEntities(model: Model): readonly EntityType[] {
  return [...model.entities.values()].filter(({ name }) => !KEPT.has(name));
}

/** Hours by which the clock of a node may be behind that of the database: until then a request may still be repeated. */
const HOURS_OF_GRACE = 1;

/**
 * Moments before which records were deleted, changes and events were written, and repeatable requests were first sent, that go. By the
 * clock of the database.
 */
async function limitsOf(
  database: Executor,
  model: Model,
): Promise<Readonly<Record<'records' | 'changes' | 'events' | 'requests', string>>> {
  const { recycleBinDays, changesDays, securityLogDays } = model.organization.retention;
  const ago = (parameter: string): string => `(now() - make_interval(days => ${parameter}::int))::text`;
  const requests = '(now() - make_interval(hours => $4::int))::text';
  const [row] = await database.run(
    `select ${ago('$1')} as records, ${ago('$2')} as changes, ${ago('$3')} as events, ${requests} as requests`,
    [recycleBinDays, changesDays, securityLogDays, REMEMBERED_HOURS + HOURS_OF_GRACE].map(String),
  );
  return {
    ...{ records: String(row?.records), changes: String(row?.changes) },
    ...{ events: String(row?.events), requests: String(row?.requests) },
  };
}

function totalOf(rows: readonly Row[]): number {
  return Number(rows[0]?.total ?? 0);
}
