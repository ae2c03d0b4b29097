// Carries out a bulk request: in chunks that last one by one, or in one transaction that lasts as a whole or not at all.
import { setImmediate } from 'node:timers/promises';
import { PlatformError } from '../errors.ts';
import { withRetries } from '../write/database-errors.ts';
import { attempt, type Isolate, ownTransactions, savepoints } from './attempt.ts';
import { keyValues } from './find.ts';
import type { BulkRecord, BulkRequest } from './request.ts';
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
  const outcomes: Outcome[] = [];
  const items = itemsOf(bulk, request.records, outcomes);
  if (!request.atomic && !request.dryRun) {
    return inChunks(bulk, ownTransactions(model, entity, database), items, outcomes);
  }
  const all = await withRetries(model, entity, () => atOnce(bulk, request, items, [...outcomes]));
  return { outcomes: all };
}

/** Records that can be looked at; the others get their outcome at once. */
function itemsOf(bulk: BulkEnvironment, records: readonly BulkRecord[], outcomes: Outcome[]): BulkItem[] {
  const { entity, key } = bulk;
  const items: BulkItem[] = [];
  records.forEach((values, index) => {
    try {
      if (values instanceof PlatformError) throw values;
      items.push({ index, values, key: keyValues({ entity, properties: key }, values) });
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      outcomes[index] = error;
    }
  });
  return items;
}

async function inChunks(
  bulk: BulkEnvironment,
  isolate: Isolate,
  items: readonly BulkItem[],
  outcomes: Outcome[],
): Promise<BulkResult> {
  let stored = false;
  for (const wave of waves(bulk, items, largestWave(bulk))) {
    try {
      stored = settle(wave, await attempt(bulk, isolate, wave), outcomes) || stored;
    } catch (failure) {
      if (!stored) throw failure;
      const error = failure instanceof PlatformError ? failure : new PlatformError('internal');
      for (const { index } of items) outcomes[index] ??= error;
      return { outcomes, failure };
    }
    // Other requests are served between two waves.
    await setImmediate();
  }
  return { outcomes };
}

/** Enters the outcomes of a wave; whether something of it was written. */
function settle(wave: readonly BulkItem[], results: readonly Outcome[], outcomes: Outcome[]): boolean {
  let written = false;
  wave.forEach(({ index }, at) => {
    const outcome = results[at];
    if (outcome === undefined) throw new Error('a record was left without an outcome');
    outcomes[index] = outcome;
    written ||= !(outcome instanceof PlatformError);
  });
  return written;
}

/** Ends a transaction whose effects must not last, with what it found out. */
class Undone extends Error {}

async function atOnce(
  bulk: BulkEnvironment,
  request: BulkRequest,
  items: readonly BulkItem[],
  outcomes: Outcome[],
): Promise<readonly Outcome[]> {
  const undone = new Undone();
  try {
    await bulk.database.transaction(async (tx) => {
      const isolate = savepoints(bulk.model, bulk.entity, tx);
      for (const wave of waves(bulk, items, largestWave(bulk))) {
        settle(wave, await attempt(bulk, isolate, wave), outcomes);
        await setImmediate();
      }
      const failed = request.atomic && outcomes.some((outcome) => outcome instanceof PlatformError);
      if (failed || request.dryRun) throw undone;
    });
  } catch (error) {
    if (error !== undone) throw error;
  }
  return outcomes;
}

function largestWave({ hooks, entity, mode }: BulkEnvironment): number {
  const operations = mode === 'upsert' ? (['create', 'update'] as const) : ([mode] as const);
  const oneByOne = operations.some((operation) => hooks.for(entity.name, operation).some((hook) => hook.oneByOne));
  return oneByOne ? 1 : LARGEST_WAVE;
}
