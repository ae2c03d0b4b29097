// Purges from time to time while the service runs. Every node tries; the lock of the purge lets one at a time.
import type { Model } from '@kartoteka/metadata';
import { sqlState } from '../database-errors.ts';
import type { Log } from '../platform-types.ts';
import type { Database } from '../storage/types.ts';
import { purge } from './purge.ts';

const HOUR_MS = 3_600_000;

/**
 * Purges about every `everyMs` milliseconds, for the first time somewhen within them, so that nodes started together do not
 * meet. A purge that fails is logged and tried again next time. Returns what ends it: it waits for the transaction under way.
 */
export function startPurging(
  database: Database,
  model: () => Model,
  log: Log,
  everyMs = HOUR_MS,
): { stop(): Promise<void> } {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const later = (ms: number): void => {
    timer = setTimeout(() => {
      running = purgeOnce(database, model(), log, () => stopped).then(() => {
        if (!stopped) later(everyMs * (0.75 + Math.random() / 2));
      });
    }, ms);
    timer.unref();
  };
  later(everyMs * Math.random());
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

async function purgeOnce(database: Database, model: Model, log: Log, isStopped: () => boolean): Promise<void> {
  try {
    const report = await purge(database, model, { log, isStopped });
    if (report === null) return;
    const { records, changes, events, requests } = report;
    if (records.size === 0 && changes === 0 && events === 0 && requests === 0) return;
    log.info({ records: Object.fromEntries(records), changes, events, requests }, 'purged');
  } catch (error) {
    log.error({ code: sqlState(error), error }, 'the purge failed; it will be tried again');
  }
}
