// What a create asks about duplicates is planned once, not every time: planning takes longer than the answer.
import type { Database } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
beforeAll(async () => {
  crm = await startCrm();
});
afterAll(() => crm?.close());

type Asked = Parameters<Database['run']>;

test('one statement with the values as parameters asks about one record, and PostgreSQL keeps its plan', async () => {
  const { database } = crm.platform;
  await database.run(
    `insert into data.contact select r.* from data.contact c, generate_series(1, 2000) n,
     lateral jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'email', 'c' || n || '@example.com', 'external_id', null)) r
     where c.id = $1::uuid`,
    [(await crm.create('contacts', { last_name: 'Seed', email: 'seed@example.com' })).id],
  );
  await database.run('analyze data.contact');
  const asked: Asked[] = [];
  const { run } = database;
  Object.assign(database, {
    run: (...statement: Asked) => {
      asked.push(statement);
      return run.apply(database, statement);
    },
  });
  const seller = await crm.user('Seller', ['sales_representative']);
  asked.length = 0;
  await crm.create('contacts', { last_name: 'New', email: 'SEED@example.com', mobile_phone: '+79160000001' }, seller);
  Object.assign(database, { run });
  const found = asked.filter(([text]) => text.includes('cross join lateral (select m.id'));
  expect(found).toHaveLength(1);
  const [[text, parameters] = ['']] = found;
  expect(parameters).toEqual(expect.arrayContaining(['SEED@example.com', '+79160000001']));
  const plans = await database.transaction(async (tx) => {
    for (let times = 0; times < 10; times += 1) await tx.run(text, parameters, { prepare: true });
    return tx.run(`select generic_plans::int > 0 as kept from pg_prepared_statements where statement = $1::text`, [
      text,
    ]);
  });
  expect(plans).toEqual([{ kept: true }]);
});
