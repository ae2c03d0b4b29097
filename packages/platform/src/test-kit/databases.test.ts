import { expect, test } from 'vitest';
import { connectDatabase } from '../storage/database.ts';
import { createTestDatabase, registerTemplate, testServerUrl } from './index.ts';

registerTemplate('one_row', async (url) => {
  const database = await connectDatabase(url);
  await database.run(`create table built_once as select pg_backend_pid()::text as by`);
  await database.close();
});

test('a template is built once, also when several ask at once, and its clones do not share rows', async () => {
  const [one, other] = await Promise.all([
    createTestDatabase({ template: 'one_row' }),
    createTestDatabase({ template: 'one_row' }),
  ]);
  const select = 'select by from built_once';
  expect(await one.database.run(select)).toEqual(await other.database.run(select));
  await one.database.run('delete from built_once');
  expect(await other.database.run(select)).toHaveLength(1);
  expect(await other.database.run('select count(*) as rows from kartoteka.state')).toEqual([{ rows: '1' }]);
  await Promise.all([one.drop(), other.drop()]);
  const server = await connectDatabase(testServerUrl());
  const names = [one, other].map(({ url }) => new URL(url).pathname.slice(1));
  expect(
    await server.run('select datname from pg_database where datname = any($1::text[])', [`{${names.join(',')}}`]),
  ).toEqual([]);
  await server.close();
});

test('an unknown template is refused', async () => {
  await expect(createTestDatabase({ template: 'nothing' })).rejects.toThrow('There is no template nothing');
});
