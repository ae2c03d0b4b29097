// Calls that a telephone exchange tells: they come into the history of the record that has the number, each once.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let exchange: Principal;
let seller: Principal;

beforeAll(async () => {
  crm = await startCrm();
  exchange = await crm.user('Exchange', ['telephone_exchange']);
  const unit = await crm.create('business_units', { name: 'Elsewhere', parent_id: crm.rootUnitId });
  seller = await crm.user('Seller', ['sales_representative'], unit.id);
});
afterAll(() => crm?.close());

const log = (values: object, who: Principal = exchange) =>
  crm.call(who, 'POST', '/log_call', { direction: 'incoming', ...values });
const callers = async (number: string, who: Principal = exchange) =>
  (await crm.call(who, 'POST', '/find_callers', { number })).json.value;
const details = (json: { details: { target: string; code: string }[] }) =>
  json.details.map(({ target, code }) => [target, code]);

test('a call is logged on the contact with the number, however it is written, and the others are named', async () => {
  const company = await crm.create('companies', { name: 'Ring', phone: '+12025550110' });
  const lead = await crm.create('leads', { last_name: 'Same', work_phone: '+1 202 555 0110' });
  const contact = await crm.create('contacts', { last_name: 'Bell', mobile_phone: '+1 (202) 555-0110' });
  for (const number of ['+12025550110', '12025550110', ' +1 202-555-0110 ']) {
    const { status, json } = await log({ number, seconds: 90, outcome: 'reached', text: 'Asked for a price' });
    expect(status, number).toBe(200);
    expect(json).toMatchObject({ created: true, regarding: { entity: 'contact', id: contact.id, title: 'Bell' } });
    expect(json.others.map(({ id }: { id: string }) => id)).toEqual([lead.id, company.id]);
    const event = (await crm.call(crm.admin, 'GET', `/events(${json.id})`)).json;
    expect(event).toMatchObject({
      kind: 'call',
      regarding_id: contact.id,
      regarding_type: 'contact',
      duration: 'PT1M30S',
    });
    expect(event).toMatchObject({ direction: 'incoming', outcome: 'reached', text: 'Asked for a price' });
  }
  expect((await callers('12025550110')).map(({ entity }: { entity: string }) => entity)).toEqual([
    ...['contact', 'lead', 'company'],
  ]);
});

test('what the exchange tells again under the same id changes the one event, also when both come at once', async () => {
  const contact = await crm.create('contacts', { last_name: 'Twice', mobile_phone: '+12025550111' });
  const call = { number: '+12025550111', external_id: "call'1" };
  const both = await Promise.all([log(call), log(call), log(call)]);
  expect(both.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(new Set(both.map(({ json }) => json.id)).size).toBe(1);
  expect(both.filter(({ json }) => json.created)).toHaveLength(1);
  const later = await log({ ...call, seconds: 5, outcome: 'busy' });
  expect(later.json).toMatchObject({ id: both[0]?.json.id, created: false, regarding: { id: contact.id } });
  const { json } = await crm.call(crm.admin, 'GET', `/contacts(${contact.id})/events`);
  expect(json.value).toMatchObject([{ duration: 'PT5S', outcome: 'busy' }]);
  // The contact has got another number since: the call stays where it is.
  await crm.call(crm.admin, 'PATCH', `/contacts(${contact.id})`, { mobile_phone: '+12025550112' });
  expect((await log({ ...call, seconds: 6 })).json.regarding).toMatchObject({ id: contact.id, title: 'Twice' });
});

test('an unknown number that is told twice at once becomes one lead', async () => {
  const call = { number: '+12025550171', external_id: 'call-new', unknown: 'lead' };
  const both = await Promise.all([log(call), log(call), log(call)]);
  expect(both.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(new Set(both.map(({ json }) => `${json.id} ${json.regarding.id}`)).size).toBe(1);
  const { json } = await crm.call(crm.admin, 'GET', "/leads?$filter=last_name eq '%2B12025550171'&$expand=events");
  expect(json.value).toMatchObject([{ events: [{ external_id: 'call-new' }] }]);
});

test('a number that nobody has is 404, or becomes a lead', async () => {
  const refused = await log({ number: '+12025550113' });
  expect([refused.status, refused.json.code, refused.json.target]).toEqual([404, 'not_found', 'number']);
  const made = await log({ number: '12025550113', unknown: 'lead' });
  expect(made.json).toMatchObject({ created: true, regarding: { entity: 'lead' }, others: [] });
  const lead = (await crm.call(crm.admin, 'GET', `/leads(${made.json.regarding.id})`)).json;
  expect(lead).toMatchObject({ mobile_phone: '+12025550113', source: 'call' });
  expect((await log({ number: '+12025550113', unknown: 'lead' })).json.regarding.id).toBe(lead.id);
});

test('bad arguments are told with their places, and nothing is left of them', async () => {
  const count = async () => (await crm.call(crm.admin, 'GET', '/leads?$count=true&$top=0')).json['@odata.count'];
  const before = await count();
  const unknown = { number: 'call me', unknown: 'lead' };
  expect(details((await log(unknown)).json)).toEqual([['mobile_phone', 'invalid_value']]);
  expect(details((await log({ number: '+12025550113', seconds: -1 })).json)).toEqual([['seconds', 'invalid_value']]);
  expect(details((await log({ number: '+12025550113', seconds: 604_801 })).json)).toEqual([
    ['seconds', 'invalid_value'],
  ]);
  expect((await log({ number: '+12025550113', seconds: 604_800 })).status).toBe(200);
  expect(details((await log({ number: '+12025550113', direction: 'up' })).json)).toEqual([
    ['direction', 'invalid_value'],
  ]);
  const bad = await log({ number: '+12025550199', unknown: 'lead', outcome: 'nonsense' });
  expect(details(bad.json)).toEqual([['outcome', 'invalid_value']]);
  expect(await count()).toBe(before);
});

test('nobody finds by their number what he may not read', async () => {
  await crm.create('contacts', { last_name: 'Hidden', mobile_phone: '+12025550114' });
  expect(await callers('+12025550114', seller)).toEqual([]);
  expect((await log({ number: '+12025550114' }, seller)).status).toBe(404);
  expect(await callers("' or true or mobile_phone eq '")).toEqual([]);
});

test('an event of another kind is not taken for a call by its id', async () => {
  const contact = await crm.create('contacts', { last_name: 'Kind', mobile_phone: '+12025550115' });
  const event = { regarding_id: contact.id, regarding_type: 'contact', text: 'Hi', external_id: 'note-1' };
  await crm.create('events', event);
  const { status, json } = await log({ number: '+12025550115', external_id: 'note-1' });
  expect([status, details(json)]).toEqual([400, [['external_id', 'invalid_value']]]);
});

test('a converted lead is not called any more', async () => {
  const lead = await crm.create('leads', { last_name: 'Gone', mobile_phone: '+12025550116' });
  await crm.platform.database.run(`update data.lead set status = 'converted' where id = '${lead.id}'::uuid`);
  expect(await callers('+12025550116')).toEqual([]);
});

test('a call that is told again is changed, also where its record cannot be read any more', async () => {
  const unit = await crm.create('business_units', { name: 'Own', parent_id: crm.rootUnitId });
  const own = await crm.user('Own', ['sales_representative'], unit.id);
  const contact = await crm.create('contacts', { last_name: 'Gone', mobile_phone: '+12025550190' }, own);
  const call = { number: '+12025550190', external_id: 'call-gone' };
  const first = await log(call, own);
  expect(first.json.regarding).toMatchObject({ id: contact.id, title: 'Gone' });
  // The event is shared with him, the contact goes elsewhere.
  const share = { principal_id: own.id, rights: ['read', 'write'] };
  await crm.call(crm.admin, 'POST', `/contacts(${contact.id})/assign`, { owner_id: crm.admin.id });
  expect((await crm.call(crm.admin, 'POST', `/events(${first.json.id})/share`, share)).status).toBe(204);
  expect((await crm.call(own, 'GET', `/contacts(${contact.id})`)).status).toBe(404);
  const again = await log({ ...call, seconds: 7 }, await crm.principal(own.id));
  expect([again.status, again.json.id, again.json.created]).toEqual([200, first.json.id, false]);
  expect(again.json.regarding).toEqual({ entity: 'contact', set: 'contacts', id: contact.id, title: null });
  expect((await crm.call(crm.admin, 'GET', `/events(${first.json.id})`)).json.duration).toBe('PT7S');
});
