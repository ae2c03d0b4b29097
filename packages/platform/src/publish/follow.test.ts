// Nodes that follow the Model: by notification, by the poll when one is lost, never backwards.
import type { Model } from '@kartoteka/metadata';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectDatabase } from '../storage/database.ts';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { type Follower, type FollowOptions, followModel } from './follow.ts';
import { loadModel } from './load.ts';
import { publish } from './publish.ts';
import { CHANNEL } from './store.ts';
import { TEST_DOCUMENTS } from './test/documents.ts';
import { recordedLog } from './test/recorded-log.ts';

let db: TestDatabase;
const followers: Follower[] = [];
const common = { author: null, comment: 'test', log: recordedLog() };

beforeEach(async () => {
  db = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(followers.splice(0).map((follower) => follower.stop()));
  await db.drop();
});

async function follow(options: Partial<FollowOptions> = {}) {
  const models: Model[] = [];
  const securities: number[] = [];
  const follower = await followModel(db.database, {
    onModel: (model) => models.push(model),
    onSecurity: (security) => securities.push(security),
    log: recordedLog(),
    ...options,
  });
  followers.push(follower);
  return { follower, models, securities };
}

const publishField = (name: string) =>
  publish(db.database, {
    ...common,
    changes: [{ kind: 'entity', name, body: { extends: 'deal', fields: { [name]: { type: 'text' } } } }],
  });

/** Milliseconds until the condition holds; fails after three seconds. */
async function until(condition: () => boolean): Promise<number> {
  const begin = performance.now();
  while (!condition()) {
    if (performance.now() - begin > 3000) throw new Error('It did not happen within three seconds');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - begin;
}

test('a database without a published model cannot be followed', async () => {
  await expect(follow()).rejects.toMatchObject({ code: 'not_ready' });
});

test('a follower has the current model at once and the next one by notification, before the poll would see it', async () => {
  await publish(db.database, { ...common, documents: TEST_DOCUMENTS });
  const { models, follower } = await follow({ pollMs: 60_000 });
  expect(models.map(({ revision }) => revision)).toEqual([1]);
  await publishField('x_note');
  await until(() => follower.revision === 2);
  expect(models.at(-1)?.entities.get('deal')?.properties.has('x_note')).toBe(true);
});

test('a lost notification is made up for by the poll within a second', async () => {
  await publish(db.database, { ...common, documents: TEST_DOCUMENTS });
  const { models } = await follow({ listen: false });
  await publishField('x_note');
  expect(await until(() => models.length === 2)).toBeLessThan(1500);
});

test('a follower never goes back, whatever is announced', async () => {
  await publish(db.database, { ...common, documents: TEST_DOCUMENTS });
  await publishField('x_note');
  const { models, follower } = await follow({ pollMs: 60_000 });
  await db.database.run('update kartoteka.state set revision = 1');
  await db.database.run(`select pg_notify('${CHANNEL}', '{"revision":1}')`);
  await follower.check();
  expect([models.length, follower.revision]).toEqual([1, 2]);
});

test('a follower that missed several revisions takes the newest only', async () => {
  await publish(db.database, { ...common, documents: TEST_DOCUMENTS });
  const { models, follower } = await follow({ listen: false, pollMs: 60_000 });
  for (const name of ['x_a', 'x_b', 'x_c']) await publishField(name);
  await follower.check();
  expect(models.map(({ revision }) => revision)).toEqual([1, 4]);
});

test('changed rights are reported once, models aside', async () => {
  await publish(db.database, { ...common, documents: TEST_DOCUMENTS });
  const { models, securities, follower } = await follow({ listen: false, pollMs: 60_000 });
  await db.database.run('update kartoteka.state set security = security + 1');
  await follower.check();
  await follower.check();
  expect([models.length, securities]).toEqual([1, [1]]);
});

test('a node that cannot read newer documents keeps its model and says so once', async () => {
  await publish(db.database, { ...common, documents: TEST_DOCUMENTS });
  const log = recordedLog();
  const { follower } = await follow({ listen: false, pollMs: 60_000, log });
  await db.database.run(
    `update kartoteka.document set body = '{"name":"deal","set":"deals","new":1}' where name = 'deal'`,
  );
  await db.database.run('update kartoteka.state set revision = 2');
  await follower.check();
  await follower.check();
  expect([follower.revision, follower.unreadable]).toEqual([1, 2]);
  expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
});

test('readers and writers on other connections go on while fields are added', async () => {
  await publish(db.database, { ...common, documents: TEST_DOCUMENTS });
  const other = await connectDatabase(db.url);
  let slowest = 0;
  let stop = false;
  const reading = (async () => {
    while (!stop) {
      const begin = performance.now();
      await other.run('select count(*)::text from data.deal');
      slowest = Math.max(slowest, performance.now() - begin);
    }
  })();
  // Holds a lock on the table that the publish has to wait for, as a long report would.
  const report = other.transaction(async (tx) => {
    await tx.run('select count(*)::text from data.deal');
    await new Promise((resolve) => setTimeout(resolve, 1500));
  });
  const published = publishField('x_note');
  await report;
  await published;
  stop = true;
  await reading;
  await other.close();
  expect((await loadModel(db.database)).revision).toBe(2);
  expect(slowest).toBeLessThan(700);
});
