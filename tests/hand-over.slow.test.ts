// A leaver with a hundred thousand records: they move in one transaction, in bounded memory, with a change-log row for each.
import { afterAll, expect, it } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

const RECORDS = 100_000;
let crm: Crm | undefined;
afterAll(() => crm?.close());

it('hands over 100,000 records in bounded memory', { timeout: 600_000 }, async () => {
  crm = await startCrm();
  const { database } = crm.platform;
  const [leaver, heir] = [
    await crm.user('Leaver', ['sales_representative']),
    await crm.user('Heir', ['sales_manager']),
  ];
  const { id } = await crm.create('leads', { last_name: 'First', owner_id: leaver.id });
  await database.run(
    `insert into data.lead select (r.made).* from (
       select jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid())) as made
       from data.lead t cross join generate_series(2, $2::int) n where t.id = $1::uuid offset 0) r`,
    [id, String(RECORDS)],
  );
  await database.run('analyze data.lead');
  const send = (dry_run: boolean) =>
    (crm as Crm).call((crm as Crm).admin, 'POST', `/users(${leaver.id})/hand_over`, { owner_id: heir.id, dry_run });
  let peak = 0;
  const base = process.memoryUsage().heapUsed;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().heapUsed - base);
  }, 20);
  const before = { ...database.counters };
  const started = performance.now();
  const answer = await send(false);
  const seconds = (performance.now() - started) / 1000;
  clearInterval(watch);
  const statements = database.counters.statements - before.statements;
  console.info(
    `${RECORDS} records: ${seconds.toFixed(1)} s, ${statements} statements, heap +${(peak / 2 ** 20).toFixed(0)} MiB`,
  );
  expect([answer.status, answer.json.count, answer.json.complete]).toEqual([200, RECORDS, true]);
  expect(answer.json.records).toHaveLength(100);
  const [left] = await database.run(
    `select (select count(*) from data.lead where owner_id = $1::uuid)::text as old,
      (select count(*) from data.lead where owner_id = $2::uuid and version = 2)::text as new,
      (select count(*) from kartoteka.change_log where entity = 'lead' and operation = 'update')::text as logged`,
    [leaver.id, heir.id],
  );
  expect(left).toEqual({ old: '0', new: String(RECORDS), logged: String(RECORDS) });
  // A page, its savepoint, its update: a handful for each thousand, and the node's looks for announcements meanwhile.
  expect(statements).toBeLessThan((RECORDS / 1000) * 8);
  expect(peak).toBeLessThan(150 * 2 ** 20);
});
