// Inboxes do not grow for ever: entries go after the days that the organization keeps them, on the day and not before.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
beforeAll(async () => {
  crm = await startCrm();
});
afterAll(() => crm?.close());

const DAYS = 180;
const DAY_MS = 86_400_000;

async function entry(age: number, values: object = {}): Promise<string> {
  const { id } = await crm.create('notifications', { kind: 'message', subject: 'x', ...values });
  const at = new Date(Date.now() - age).toISOString();
  await crm.platform.database.run(
    'update data.notification set created_on = $1::timestamptz, modified_on = $1::timestamptz where id = $2::uuid',
    [at, id],
  );
  return id;
}

const purge = () => crm.platform.jobs.runDue({ names: ['notification_purge'], throwing: true });
const add = () =>
  crm.platform.database.run(`insert into kartoteka_jobs.job (name, data) values ('notification_purge', '{}')`);
const status = async (id: string) => (await crm.call(crm.admin, 'GET', `/notifications(${id})`)).status;

test('entries older than the organization keeps them go, read or not, into the recycle bin', async () => {
  const old = await entry(DAYS * DAY_MS + 60_000);
  const read = await entry(DAYS * DAY_MS + 60_000, { read_on: '2020-01-01T00:00:00Z' });
  const kept = await entry(DAYS * DAY_MS - 60_000);
  const many: string[] = [];
  for (let n = 0; n < 120; n += 1) many.push(await entry((DAYS + 1) * DAY_MS));
  await add();
  expect(await purge()).toBe(1);
  expect([await status(old), await status(read), await status(kept)]).toEqual([404, 404, 200]);
  expect(new Set(await Promise.all(many.map(status)))).toEqual(new Set([404]));
  expect((await crm.call(crm.admin, 'GET', `/notifications/deleted(${old})`)).status).toBe(200);
});
