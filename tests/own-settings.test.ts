// What users change of their own record, whatever their roles let them write.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let anna: Principal;
beforeAll(async () => {
  crm = await startCrm();
  anna = await crm.user('Anna', ['sales_representative']);
});
afterAll(() => crm?.close());

const change = (values: object, who: Principal = anna) => crm.call(who, 'POST', '/change_my_settings', values);
const stored = async (who: Principal) => (await crm.call(crm.admin, 'GET', `/users(${who.id})`)).json;

test('who may write no users sets his absence, language and time zone; the rest stays', async () => {
  expect((await crm.call(anna, 'PATCH', `/users(${anna.id})`, { absent_from: '2027-03-01' })).status).toBe(403);
  const { status, json } = await change({ absent_from: '2027-03-01', absent_until: '2027-03-14', language: 'ru' });
  expect(status).toBe(200);
  expect(json).toMatchObject({ absent_from: '2027-03-01', absent_until: '2027-03-14', language: 'ru' });
  expect(json).toMatchObject({ time_zone: null, phone: null, notify_by_email: true });
  await change({ time_zone: 'Asia/Tokyo', absent_until: null });
  expect(await stored(anna)).toMatchObject({ language: 'ru', time_zone: 'Asia/Tokyo', absent_until: null });
  expect((await stored(anna)).modified_by_id).toBe(anna.id);
});

test('a user without roles has settings, too', async () => {
  const nobody = await crm.user('Nobody', []);
  expect((await change({ phone: '+4930123456' }, nobody)).json.phone).toBe('+4930123456');
});

test.each([
  [{}, 'language, time_zone, phone, notify_by_email, absent_from, absent_until'],
  [{ time_zone: 'Mars/Olympus' }, 'time_zone'],
  [{ language: 'no language' }, 'language'],
  [{ notify_by_email: null }, 'notify_by_email'],
  [{ active: false }, 'active'],
  [{ full_name: 'Boss' }, 'full_name'],
  [{ absent_from: 'tomorrow' }, 'absent_from'],
])('%j is refused', async (values, target) => {
  const before = await stored(anna);
  const { status, json } = await change(values);
  expect([status, json.details[0].target]).toEqual([400, target]);
  expect(await stored(anna)).toEqual(before);
});

test('the rules of users count', async () => {
  const { status, json } = await change({ absent_from: '2027-03-02', absent_until: '2027-03-01' });
  expect([status, JSON.stringify(json)]).toEqual([400, expect.stringContaining('cannot end before it begins')]);
});

test('who acts as a user changes only what he may write himself', async () => {
  const helper = await crm.user('Helper', ['sales_representative']);
  const as = (caller: Principal) => crm.platform.actAs(caller, anna.id);
  await expect(as(helper)).rejects.toThrow();
  const acting = await as(await crm.principal(crm.admin.id));
  // The other may not write users, and so neither may who acts as him.
  const { status } = await change({ phone: '+4930999999' }, acting);
  expect(status).toBe(403);
  expect((await stored(anna)).phone).toBeNull();
});
