// Carries out a bulk request: in chunks that last one by one, or in one transaction that lasts as a whole or not at all.
import { setImmediate } from 'node:timers/promises';
import { PlatformError } from '../errors.ts';
import { withRetries } from '../write/database-errors.ts';
import { attempt, type Isolate, ownTransactions, savepoints } from './attempt.ts';
import { keyValues } from './find.ts';
import { Outcomes } from './outcomes.ts';
import { type BulkRequest, readRecord } from './request.ts';
import type { BulkEnvironment, BulkItem, Outcome } from './types.ts';
import { LARGEST_WAVE, waves } from './waves.ts';

export interface BulkResult {
  readonly outcomes: readonly Outcome[];
  /** What stopped the request after a part of it was stored; the outcomes of the rest say so too. To be logged. */
  readonly failure?: unknown;
}

/** The outcome of every record, in order. Throws what went wrong before anything was stored. */
export async function executeBulk(bulk: BulkEnvironment, request: BulkRequest): Promise<BulkResult> {
  const { model, entity, database } = bulk;
  if (!request.atomic && !request.dryRun) return inChunks(bulk, request, ownTransactions(model, entity, database));
  return { outcomes: await withRetries(model, entity, () => atOnce(bulk, request)) };
}

/** Records that can be looked at, read one by one; the others get their outcome at once. */
function* itemsOf(bulk: BulkEnvironment, { records }: BulkRequest, outcomes: Outcomes): Generator<BulkItem> {
  const { model, entity, key } = bulk;
  for (const [index, text] of records.entries()) {
    let item: BulkItem;
    try {
      const { values, links } = readRecord(text, entity, model);
      item = { index, length: text.length, values, links, key: keyValues({ entity, properties: key }, values) };
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      outcomes.set(index, error);
      continue;
    }
    yield item;
  }
}

async function inChunks(bulk: BulkEnvironment, request: BulkRequest, isolate: Isolate): Promise<BulkResult> {
  const outcomes = new Outcomes();
  for (const wave of waves(bulk, itemsOf(bulk, request, outcomes), largestWave(bulk))) {
    try {
      await attempt(bulk, isolate, wave, (items, settled) => outcomes.settle(items, settled));
    } catch (failure) {
      if (!outcomes.anyWritten) throw failure;
      const error = failure instanceof PlatformError ? failure : new PlatformError('internal');
      return { outcomes: outcomes.filledWith(error, request.records.length), failure };
    }
    // Other requests are served between two waves.
    await setImmediate();
  }
  return { outcomes: outcomes.list };
}

/** Ends a transaction whose effects must not last, with what it found out. */
class Undone extends Error {}

async function atOnce(bulk: BulkEnvironment, request: BulkRequest): Promise<readonly Outcome[]> {
  const undone = new Undone();
  const outcomes = new Outcomes();
  try {
    await bulk.database.transaction(async (tx) => {
      const isolate = savepoints(bulk.model, bulk.entity, tx);
      for (const wave of waves(bulk, itemsOf(bulk, request, outcomes), largestWave(bulk))) {
        await attempt(bulk, isolate, wave, (items, settled) => outcomes.settle(items, settled));
        await setImmediate();
      }
      const failed = request.atomic && outcomes.list.some((outcome) => outcome instanceof PlatformError);
      if (failed || request.dryRun) throw undone;
    });
  } catch (error) {
    if (error !== undone) throw error;
  }
  return outcomes.list;
}

function largestWave({ hooks, entity, mode }: BulkEnvironment): number {
  const operations = mode === 'upsert' ? (['create', 'update'] as const) : ([mode] as const);
  const oneByOne = operations.some((operation) => hooks.for(entity.name, operation).some((hook) => hook.oneByOne));
  return oneByOne ? 1 : LARGEST_WAVE;
}
