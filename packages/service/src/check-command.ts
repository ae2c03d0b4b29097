// `kartoteka check`: compares the tables of the database with the Model of the stored documents.
import { compareCatalogue, connectDatabase, loadModel } from '@kartoteka/platform';
import type { Settings } from './config.ts';
import { anyDatabaseServer } from './database-server.ts';
import type { Log } from './log.ts';

/** Prints every difference: 0 when there is none, else 1. */
export async function checkCommand(settings: Settings, log: Log): Promise<number> {
  const server = await anyDatabaseServer(settings, log);
  try {
    const database = await connectDatabase(server.url, { poolSize: 1, log });
    try {
      const { differences, revision } = await database.transaction(async (tx) => {
        await tx.run('set transaction isolation level repeatable read');
        const model = await loadModel(tx);
        return { differences: await compareCatalogue(tx, model), revision: model.revision };
      });
      const verdict = differences.length === 0 ? 'agree' : `differ in ${differences.length} points`;
      process.stdout.write(
        `${[`Revision ${revision}: documents and tables ${verdict}`, ...differences].join('\n  ')}\n`,
      );
      return differences.length === 0 ? 0 : 1;
    } finally {
      await database.close();
    }
  } finally {
    await server.stop();
  }
}
