// `kartoteka purge`: removes what has been in the recycle bin for too long, and history and security events beyond their time,
// or says how much that would be.
import {
  connectDatabase,
  countPurge,
  type Database,
  loadModel,
  type PurgeReport,
  purge,
  StartupError,
} from '@kartoteka/platform';
import type { Settings } from './config.ts';
import { anyDatabaseServer } from './database-server.ts';
import type { Log } from './log.ts';

/** Prints what went, or with `dryRun` what would go. Throws StartupError while another process purges. */
export async function purgeCommand(
  settings: Settings,
  log: Log,
  command: { readonly dryRun: boolean },
): Promise<number> {
  const server = await anyDatabaseServer(settings, log);
  try {
    const database = await connectDatabase(server.url, { poolSize: 2, log });
    try {
      const report = await purged(database, log, command.dryRun);
      process.stdout.write(`${linesOf(report, command.dryRun).join('\n')}\n`);
    } finally {
      await database.close();
    }
  } finally {
    await server.stop();
  }
  return 0;
}

async function purged(database: Database, log: Log, dryRun: boolean): Promise<PurgeReport> {
  const model = await loadModel(database);
  if (dryRun) return countPurge(database, model);
  const report = await purge(database, model, { log });
  if (report === null) throw new StartupError('Another process is purging the database');
  return report;
}

function linesOf({ records, changes, events, requests }: PurgeReport, dryRun: boolean): string[] {
  const total = [...records.values()].reduce((sum, count) => sum + count, 0);
  return [
    `${dryRun ? 'Would remove' : 'Removed'} ${total} records of the recycle bin, ${changes} rows of the change log, ${events} security events and ` +
      `${requests} answers to repeatable requests`,
    ...[...records].map(([entity, count]) => `  ${entity}: ${count}`),
  ];
}
