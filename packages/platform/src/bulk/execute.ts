// Carries out a request for many records: in chunks that last one by one, or in one transaction that lasts as a whole or not at
// all. What is done to the records is the caller's.
import { setImmediate } from 'node:timers/promises';
import type { EntityType, Model } from '@kartoteka/metadata';
import { mapUnavailable } from '../database-errors.ts';
import { PlatformError } from '../errors.ts';
import { enterNamed } from '../named-records.ts';
import type { Database, Executor } from '../storage/types.ts';
import { withRetries } from '../write/database-errors.ts';
import { attempt, type Isolate, ownTransactions, savepoints } from './attempt.ts';
import { writeChunk } from './chunk.ts';
import { keyValues } from './find.ts';
import { Outcomes } from './outcomes.ts';
import { type BulkRequest, readRecord } from './request.ts';
import type { BulkEnvironment, BulkItem, Outcome, WriteItems } from './types.ts';
import { LARGEST_WAVE, waves } from './waves.ts';

export interface BulkResult {
  readonly outcomes: readonly Outcome[];
  /** What stopped the request after a part of it was stored; the outcomes of the rest say so too. To be logged. */
  readonly failure?: unknown;
}

/** What is done to many records of one entity. */
export interface BulkWork<Item extends { readonly index: number }> {
  readonly model: Model;
  readonly database: Database;
  readonly entity: EntityType;
  /** Records in the request. */
  readonly count: number;
  /** All of them or none. */
  readonly atomic: boolean;
  /** None of them, whatever their outcomes. */
  readonly dryRun: boolean;
  /** Those that can be written, by what is written at once; the others get their outcome. Asked again for every try. */
  waves(outcomes: Outcomes): Iterable<readonly Item[]>;
  readonly write: WriteItems<Item>;
}

/** The outcome of every record of a bulk request, in order. Throws what went wrong before anything was stored. */
export function executeBulk(bulk: BulkEnvironment, request: BulkRequest): Promise<BulkResult> {
  const { model, entity, database } = bulk;
  const { atomic, dryRun, records } = request;
  return carryOut<BulkItem>({
    ...{ model, entity, database, atomic, dryRun, count: records.length },
    waves: (outcomes) => waves(bulk, itemsOf(bulk, request, outcomes), largestWave(bulk)),
    write: (tx, items) => writeItems(bulk, tx, items),
  });
}

/** Writes the records once those that they name by other keys have been found; whose are not found are refused. */
async function writeItems(
  bulk: BulkEnvironment,
  tx: Executor,
  items: readonly BulkItem[],
): Promise<readonly Outcome[]> {
  const named = items.flatMap((item, at) => (item.named ?? []).map((each) => ({ ...each, at })));
  if (named.length === 0) return writeChunk(bulk, tx, items);
  const wrong = await enterNamed({ ...bulk, executor: tx }, named);
  const details = Map.groupBy(
    wrong.flatMap((detail, place) => (detail === null ? [] : [{ detail, at: named[place]?.at ?? -1 }])),
    ({ at }) => at,
  );
  const written = await writeChunk(
    bulk,
    tx,
    items.filter((_, at) => !details.has(at)),
  );
  const outcomes = written.values();
  return items.map((_, at) => {
    const found = details.get(at);
    if (found === undefined) return outcomes.next().value ?? new PlatformError('internal');
    return new PlatformError('validation_failed', {}, { details: found.map(({ detail }) => detail) });
  });
}

/** The outcome of every record, in order. Throws what went wrong before anything was stored. */
export async function carryOut<Item extends { readonly index: number }>(work: BulkWork<Item>): Promise<BulkResult> {
  const { model, entity, database } = work;
  if (!work.atomic && !work.dryRun) return inChunks(work, ownTransactions(model, entity, database));
  return { outcomes: await withRetries(model, entity, () => atOnce(work)) };
}

/** Records that can be looked at, read one by one; the others get their outcome at once. */
function* itemsOf(bulk: BulkEnvironment, { records }: BulkRequest, outcomes: Outcomes): Generator<BulkItem> {
  const { model, entity, key } = bulk;
  for (const [index, text] of records.entries()) {
    let item: BulkItem;
    try {
      const { values, links, named } = readRecord(text, entity, model);
      item = { index, length: text.length, values, links, named, key: keyValues({ entity, properties: key }, values) };
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      outcomes.set(index, error);
      continue;
    }
    yield item;
  }
}

async function inChunks<Item extends { readonly index: number }>(
  work: BulkWork<Item>,
  isolate: Isolate,
): Promise<BulkResult> {
  const outcomes = new Outcomes();
  for (const wave of work.waves(outcomes)) {
    try {
      await attempt(work.write, isolate, wave, (items, settled) => outcomes.settle(items, settled));
    } catch (failure) {
      if (!outcomes.anyWritten) throw failure;
      const known = mapUnavailable(failure);
      const error = known instanceof PlatformError ? known : new PlatformError('internal');
      return { outcomes: outcomes.filledWith(error, work.count), failure: known };
    }
    // Other requests are served between two waves.
    await setImmediate();
  }
  return { outcomes: outcomes.list };
}

/** Ends a transaction whose effects must not last, with what it found out. */
class Undone extends Error {}

async function atOnce<Item extends { readonly index: number }>(work: BulkWork<Item>): Promise<readonly Outcome[]> {
  const undone = new Undone();
  const outcomes = new Outcomes();
  try {
    await work.database.transaction(async (tx) => {
      const isolate = savepoints(work.model, work.entity, tx);
      for (const wave of work.waves(outcomes)) {
        await attempt(work.write, isolate, wave, (items, settled) => outcomes.settle(items, settled));
        await setImmediate();
      }
      const failed = work.atomic && outcomes.list.some((outcome) => outcome instanceof PlatformError);
      if (failed || work.dryRun) throw undone;
    });
  } catch (error) {
    if (error !== undone) throw error;
  }
  return outcomes.list;
}

/** Records that are written at once at most. */
export function largestWave({ hooks, entity, mode }: BulkEnvironment): number {
  const operations = mode === 'upsert' ? (['create', 'update'] as const) : ([mode] as const);
  const oneByOne = operations.some((operation) => hooks.for(entity.name, operation).some((hook) => hook.oneByOne));
  return oneByOne ? 1 : LARGEST_WAVE;
}
