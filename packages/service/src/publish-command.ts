// `kartoteka publish`: brings the database to the documents of a folder, or says what that would do.
import { resolve } from 'node:path';
import type { SourceDocument } from '@kartoteka/metadata';
import {
  connectDatabase,
  type Database,
  migrate,
  nextDocuments,
  planLines,
  planPublish,
  planReport,
  publish,
  readDocumentFolder,
  readStored,
  StartupError,
} from '@kartoteka/platform';
import type { Settings } from './config.ts';
import { anyDatabaseServer } from './database-server.ts';
import type { Log } from './log.ts';
import { productVersion, SHIPPED_DOCUMENTS } from './service.ts';

export interface PublishCommand {
  readonly folder: string | null;
  readonly dryRun: boolean;
  readonly destructive: boolean;
}

/** Publishes, or with `dryRun` plans; prints what changes. Throws PlatformError for documents that cannot be published. */
export async function publishCommand(settings: Settings, log: Log, command: PublishCommand): Promise<number> {
  const folder = command.folder === null ? SHIPPED_DOCUMENTS : resolve(command.folder);
  const documents = await readDocumentFolder(folder);
  if (documents.length === 0) throw new StartupError(`There are no documents in ${folder}`);
  const server = await anyDatabaseServer(settings, log);
  try {
    await migrate(server.url);
    const database = await connectDatabase(server.url, { poolSize: 2, log });
    try {
      const lines = command.dryRun
        ? await planned(database, documents)
        : await published(database, documents, command.destructive, log);
      process.stdout.write(`${lines.join('\n')}\n`);
    } finally {
      await database.close();
    }
  } finally {
    await server.stop();
  }
  return 0;
}

async function planned(database: Database, documents: readonly SourceDocument[]): Promise<string[]> {
  const stored = await readStored(database);
  const next = nextDocuments(stored.documents, { documents });
  if (next === null) return [`Nothing would change: revision ${stored.revision} has these documents`];
  return planLines(await planReport(database, stored, planPublish(stored, next)));
}

async function published(
  database: Database,
  documents: readonly SourceDocument[],
  destructive: boolean,
  log: Log,
): Promise<string[]> {
  const comment = 'kartoteka publish';
  const result = await publish(database, {
    documents,
    baseVersion: productVersion(),
    author: null,
    comment,
    allowDestructive: destructive,
    log,
  });
  if (result.outcome === 'unchanged') return [`Nothing changed: revision ${result.revision} has these documents`];
  if (result.outcome === 'older_base') {
    return [`Nothing changed: revision ${result.revision} has the documents of a newer version`];
  }
  return [
    `Published revision ${result.revision}: ${result.changes.length} changes, ${result.ddl.length} statements`,
    ...result.pending.map((step) => `  not done yet: ${step.sql}`),
  ];
}
