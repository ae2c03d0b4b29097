// Conversions are kept for as long as they can be taken back, and no longer.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
beforeAll(async () => {
  crm = await startCrm();
});
afterAll(() => crm?.close());

test('what is older than thirty days goes, more than a portion of it too; a younger one can be taken back', async () => {
  const lead = async (last_name: string) => {
    const { id } = await crm.create('leads', { last_name, status: 'qualified', status_reason: 'need_confirmed' });
    expect((await crm.call(crm.admin, 'POST', `/leads(${id})/convert`, { contact: {} })).status).toBe(200);
    return String(id);
  };
  const [old, young] = [await lead('Old'), await lead('Young')];
  const { database, jobs } = crm.platform;
  const age = (id: string, minutes: number) =>
    database.run(
      `update kartoteka.conversion set converted_on = now() - interval '30 days' - $2::int * interval '1 minute' where record_id = $1::uuid`,
      [id, String(minutes)],
    );
  await age(old, 1);
  await age(young, -1);
  await database.run(
    `insert into kartoteka.conversion select r.* from kartoteka.conversion c, generate_series(1, 2000) n,
       jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'undone_on', case when n % 2 = 0 then now() end)) r where c.record_id = $1::uuid`,
    [old],
  );
  await database.run(`insert into kartoteka_jobs.job (name, data) values ('conversion_purge', '{}')`);
  expect(await jobs.runDue({ names: ['conversion_purge'], throwing: true })).toBe(1);
  const rows = await database.run('select record_id::text as lead from kartoteka.conversion');
  expect(rows).toEqual([{ lead: young }]);
  const undo = (id: string) => crm.call(crm.admin, 'POST', `/leads(${id})/undo_conversion`, {});
  expect([(await undo(old)).status, (await undo(young)).status]).toEqual([409, 200]);
});
