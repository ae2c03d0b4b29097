// The first records: made once, whoever comes first, with a change-log row each.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { bootstrap } from './bootstrap.ts';
import { publish } from './publish.ts';
import { TEST_DOCUMENTS } from './test/documents.ts';
import { recordedLog } from './test/recorded-log.ts';

let db: TestDatabase;

beforeEach(async () => {
  db = await createTestDatabase();
});
afterEach(async () => {
  await db.drop();
});

const publishBase = () =>
  publish(db.database, { documents: TEST_DOCUMENTS, author: null, comment: 'test', log: recordedLog() });
const admin = { adminEmail: 'admin@example.com' };

test('before the first publish there is nothing to bootstrap', async () => {
  await expect(bootstrap(db.database, admin)).rejects.toMatchObject({ code: 'not_ready' });
});

test('the root unit, the administrator and the role are made once and logged', async () => {
  await publishBase();
  const { adminId, created } = await bootstrap(db.database, admin);
  expect(created).toBe(true);
  expect(await bootstrap(db.database, admin)).toEqual({ adminId, created: false });
  expect(
    await db.database.run(
      `select u.email, b.name as unit, a.role, p.kind from data.user u
       join data.business_unit b on b.id = u.owning_business_unit_id and b.parent_id is null
       join data.role_assignment a on a.user_id = u.id
       join kartoteka.principal p on p.id = u.id`,
    ),
  ).toEqual([{ email: 'admin@example.com', unit: 'Organization', role: 'system_administrator', kind: 'user' }]);
  const log = await db.database.run(`select entity, after is not null as image from kartoteka.change_log order by id`);
  expect(log.map(({ entity, image }) => [entity, image])).toEqual([
    ['business_unit', true],
    ['user', true],
    ['role_assignment', true],
  ]);
});

test('nodes that start at once agree on one administrator', async () => {
  await publishBase();
  const results = await Promise.all([1, 2, 3].map(() => bootstrap(db.database, admin)));
  expect(new Set(results.map(({ adminId }) => adminId)).size).toBe(1);
  expect(results.filter(({ created }) => created)).toHaveLength(1);
});

test('another address does not make a second administrator', async () => {
  await publishBase();
  const { adminId } = await bootstrap(db.database, admin);
  expect(await bootstrap(db.database, { adminEmail: 'other@example.com' })).toEqual({ adminId, created: false });
  expect(await bootstrap(db.database, { adminEmail: 'ADMIN@example.com' })).toEqual({ adminId, created: false });
});

test("the administrator's address is stored in the form in which the field stores any", async () => {
  await publishBase();
  await bootstrap(db.database, { adminEmail: 'Root@EXAMPLE.com' });
  expect(await db.database.run('select email from data."user"')).toEqual([{ email: 'Root@example.com' }]);
});
