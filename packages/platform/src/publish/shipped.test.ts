// The shipped documents on a real database, and publishers that change them against each other.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { connectDatabase } from '../storage/database.ts';
import type { Database } from '../storage/types.ts';
import { createTestDatabase, randomAdditiveChange, seededRandom } from '../test-kit/index.ts';
import { bootstrap } from './bootstrap.ts';
import { compareCatalogue } from './catalogue.ts';
import { readDocumentFolder } from './files.ts';
import { loadModel } from './load.ts';
import { publish } from './publish.ts';
import { readStored } from './read-stored.ts';
import { recordedLog } from './test/recorded-log.ts';

const SHIPPED = fileURLToPath(new URL('../../../../metadata/', import.meta.url));
const common = { author: null, comment: 'test', log: recordedLog() };
const ROUNDS = 8;

/** Publishes random additive changes; who comes second reads again and tries another. Returns how often that happened. */
async function publishRandomChanges(database: Database, seed: number): Promise<number> {
  const random = seededRandom(seed);
  let conflicts = 0;
  for (let round = 0; round < ROUNDS; ) {
    const { documents, revision } = await readStored(database);
    const { changes } = randomAdditiveChange(documents, random);
    try {
      await publish(database, { ...common, changes, expectedRevision: revision });
      round += 1;
    } catch (error) {
      if ((error as { code?: string }).code !== 'revision_conflict') throw error;
      conflicts += 1;
    }
  }
  return conflicts;
}

test('two publishers of random changes over the shipped documents lose none of them', {
  timeout: 120_000,
}, async () => {
  const db = await createTestDatabase();
  const other = await connectDatabase(db.url);
  try {
    await publish(db.database, { ...common, documents: await readDocumentFolder(SHIPPED) });
    expect(await compareCatalogue(db.database, await loadModel(db.database))).toEqual([]);
    expect(await bootstrap(db.database, { adminEmail: 'admin@example.com' })).toMatchObject({ created: true });
    const conflicts = await Promise.all([publishRandomChanges(db.database, 1), publishRandomChanges(other, 2)]);
    expect(conflicts.some((count) => count > 0)).toBe(true);
    const model = await loadModel(db.database);
    expect([model.revision, await compareCatalogue(db.database, model)]).toEqual([1 + 2 * ROUNDS, []]);
  } finally {
    await other.close();
    await db.drop();
  }
});
