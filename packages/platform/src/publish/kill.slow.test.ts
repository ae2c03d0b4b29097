// A hundred publishing processes killed at random moments, and a database server shut down in the middle of publishes: documents and
// catalogue agree each time, the next start completes what was left, and what was reported as published is there.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { connectDatabase } from '../storage/database.ts';
import { startEmbeddedPostgres } from '../storage/embedded.ts';
import { migrate } from '../storage/migrate.ts';
import type { Database } from '../storage/types.ts';
import { createTestDatabase, seededRandom } from '../test-kit/index.ts';
import { pendingSteps, runAfterSteps } from './after-steps.ts';
import { compareCatalogue } from './catalogue.ts';
import { loadModel } from './load.ts';
import { publish } from './publish.ts';
import { TEST_DOCUMENTS } from './test/documents.ts';
import { recordedLog } from './test/recorded-log.ts';

const PUBLISHER = fileURLToPath(new URL('./test/random-publisher.ts', import.meta.url));
const SEED = Number(process.env.KARTOTEKA_TEST_SEED ?? 20261122);
const KILLS = 100;
const SHUTDOWNS = 8;
/** A publisher is left alive for up to this long: a few publishes with their background steps. */
const LONGEST_LIFE_MS = 700;

interface Publisher {
  readonly process: ChildProcess;
  readonly ready: Promise<unknown>;
  /** Revision of the last publish that it reported; 0 before the first. */
  published: number;
  errors: string;
}

function startPublisher(url: string, seed: number): Publisher {
  const child = spawn(process.execPath, [PUBLISHER, url, String(seed)], { stdio: ['pipe', 'pipe', 'pipe'] });
  const publisher: Publisher = { process: child, ready: once(child.stdout, 'data'), published: 0, errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n')) if (/^\d+$/.test(line)) publisher.published = Number(line);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    publisher.errors += text;
  });
  return publisher;
}

/** Lets it publish for a while, and kills it. */
async function liveAndDie({ process: child, ready }: Publisher, ms: number): Promise<void> {
  await ready;
  const ended = once(child, 'close');
  child.stdin?.write('go\n');
  await pause(ms);
  child.kill('SIGKILL');
  await ended;
}

/** What is stored is one revision wholly, and what a start runs completes it. */
async function expectAgreement(database: Database, when: string): Promise<number> {
  const model = await loadModel(database);
  expect(await compareCatalogue(database, model), `${when}, pending steps aside`).toEqual([]);
  expect(await runAfterSteps(database, recordedLog()), when).toEqual([]);
  expect(await pendingSteps(database), when).toEqual([]);
  expect(await compareCatalogue(database, model), when).toEqual([]);
  return model.revision;
}

test('a hundred publishers killed at random moments leave documents and catalogue in agreement', async () => {
  const random = seededRandom(SEED);
  const db = await createTestDatabase();
  try {
    await publish(db.database, { documents: TEST_DOCUMENTS, author: null, comment: 'test', log: recordedLog() });
    let next = startPublisher(db.url, SEED);
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const publisher = next;
      // Started while this one works, so that the test waits for no start.
      next = startPublisher(db.url, SEED + kill);
      await liveAndDie(publisher, random() * LONGEST_LIFE_MS);
      const when = `kill ${kill} (seed ${SEED})`;
      expect(publisher.errors, when).toBe('');
      const revision = await expectAgreement(db.database, when);
      expect(revision, when).toBeGreaterThanOrEqual(publisher.published);
    }
    next.process.kill('SIGKILL');
    const { revision } = await loadModel(db.database);
    console.info(`${revision} revisions were published by ${KILLS} publishers that were killed`);
    expect(revision).toBeGreaterThan(KILLS / 10);
  } finally {
    await db.drop();
  }
});

test('a database server that is shut down in the middle of publishes comes back in agreement', async () => {
  const random = seededRandom(SEED);
  const dataDir = await mkdtemp(join(tmpdir(), 'kartoteka-kill-'));
  try {
    for (let number = 0; number <= SHUTDOWNS; number += 1) {
      const server = await startEmbeddedPostgres({ dataDir });
      if (number === 0) await migrate(server.url);
      const database = await connectDatabase(server.url, { poolSize: 2 });
      const when = `shutdown ${number} (seed ${SEED})`;
      if (number === 0) {
        await publish(database, { documents: TEST_DOCUMENTS, author: null, comment: 'test', log: recordedLog() });
      } else await expectAgreement(database, when);
      const publisher = startPublisher(server.url, SEED + number);
      await publisher.ready;
      publisher.process.stdin?.write('go\n');
      await pause(200 + random() * LONGEST_LIFE_MS);
      // Immediate shutdown: every server process ends at once, nothing is written, the next start recovers from the log.
      process.kill(server.pid, 'SIGQUIT');
      await server.stop();
      publisher.process.kill('SIGKILL');
      await database.close();
    }
  } finally {
    await rm(dataDir, { recursive: true });
  }
});
