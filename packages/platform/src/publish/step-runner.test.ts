// Background steps while the service runs: begun at once, tried again where they failed, gone on with where they were stopped.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { pendingSteps, runAfterSteps } from './after-steps.ts';
import { compareCatalogue } from './catalogue.ts';
import { loadModel } from './load.ts';
import { publish } from './publish.ts';
import { startStepRunner } from './step-runner.ts';
import { withDocument } from './test/documents.ts';
import { recordedLog } from './test/recorded-log.ts';
import { seedMany } from './test/records.ts';
import { BASE_TEMPLATE } from './test/template.ts';

let db: TestDatabase;
const log = recordedLog();
const common = { author: null, comment: 'test', log };

beforeEach(async () => {
  db = await createTestDatabase({ template: BASE_TEMPLATE });
});
afterEach(() => db.drop());

const publishCode = (more: object) =>
  publish(db.database, {
    ...common,
    background: true,
    documents: withDocument('deal', ({ fields }) => Object.assign(fields, { code: { type: 'text', ...more } })),
  });
const stepsOf = (kind: string) =>
  db.database.run(
    `select attempts, error, done_on is not null as done, rows_done::text as rows_done, rows_total::text as rows_total,
       due_on > now() as waits from kartoteka.publish_step where kind = $1::text and revision > 1`,
    [kind],
  );

test('a publish that does not wait leaves its steps to the runner, which does them at once', async () => {
  const runner = startStepRunner(db.database, log, 60_000);
  const result = await publishCode({ unique: true });
  expect(result).toMatchObject({ outcome: 'published', revision: 2 });
  expect(result.pending.map(({ kind }) => kind)).toContain('create_index');
  runner.wake();
  await vi.waitFor(async () => expect(await pendingSteps(db.database)).toEqual([]), { timeout: 10_000 });
  expect(await compareCatalogue(db.database, await loadModel(db.database))).toEqual([]);
  await runner.stop();
});

test('a step that fails says why, waits longer each time, and succeeds once its cause is gone', async () => {
  await publishCode({});
  await runAfterSteps(db.database, log);
  await seedMany(db.database, 2, { code: 'same' });
  // The duplicates come between the question and the index, as another writer's would.
  await db.database.run(
    `insert into kartoteka.publish_step (revision, kind, object, table_name, sql)
     values (2, 'create_index', 'deal__code__key', 'deal', 'create unique index concurrently deal__code__key on data.deal (code)')`,
  );
  const runner = startStepRunner(db.database, log, 20);
  await vi.waitFor(async () =>
    expect((await stepsOf('create_index')).at(-1)).toMatchObject({ attempts: '1', waits: true }),
  );
  expect((await stepsOf('create_index')).at(-1)).toMatchObject({
    done: false,
    error: expect.stringMatching(/^23505 /),
  });
  await db.database.run(`update kartoteka.publish_step set due_on = now() where done_on is null`);
  await vi.waitFor(async () =>
    expect((await stepsOf('create_index')).at(-1)).toMatchObject({ attempts: '2', waits: true }),
  );
  await db.database.run(`update data.deal set code = id::text`);
  await db.database.run(`update kartoteka.publish_step set due_on = now() where done_on is null`);
  await vi.waitFor(async () =>
    expect((await stepsOf('create_index')).at(-1)).toMatchObject({ attempts: '3', done: true, error: null }),
  );
  await runner.stop();
});

test('a stopped runner lets go between two batches, and the next goes on from there', async () => {
  await seedMany(db.database, 2_500);
  await publish(db.database, {
    ...common,
    background: true,
    documents: withDocument('deal', ({ fields }) =>
      Object.assign(fields, { both: { type: 'text', joined: ['name', 'external_id'] } }),
    ),
  });
  let asked = 0;
  const stopped = runAfterSteps(db.database, log, { isStopped: () => ++asked > 3 });
  await expect(stopped).rejects.toThrow();
  const [halfway] = await stepsOf('fill_rows');
  expect(halfway).toMatchObject({ done: false, error: null });
  expect(['1000', '2000']).toContain(halfway?.rows_done);
  expect(await runAfterSteps(db.database, log)).toEqual([]);
  expect(await stepsOf('fill_rows')).toEqual([
    expect.objectContaining({ done: true, attempts: '2', rows_done: '2501', rows_total: '2501' }),
  ]);
  expect(
    await db.database.run(`select from data.deal where "both" is distinct from concat_ws(' ', name, external_id)`),
  ).toEqual([]);
});
