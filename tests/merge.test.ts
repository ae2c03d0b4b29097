// Merging records and taking it back: what moves, what collides, what is told.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
beforeAll(async () => {
  crm = await startCrm();
});
afterAll(() => crm?.close());

const read = async (path: string) => (await crm.call(crm.admin, 'GET', path)).json;

test('children, unique links, shares and chosen values go into the survivor, and back', async () => {
  const seller = await crm.user('Merge Seller', ['sales_representative']);
  const [one, two] = [
    await crm.create('contacts', { last_name: 'One', email: 'one@merge.com' }),
    await crm.create('contacts', { last_name: 'Two', email: 'two@merge.com', external_id: 'T2' }),
  ];
  const report = await crm.create('contacts', { last_name: 'Report', manager_id: two.id });
  const deal = await crm.create('deals', { name: 'Deal', contact_id: two.id });
  const other = await crm.create('deals', { name: 'Other' });
  const link = (deal_id: string, contact_id: string) => crm.create('deal_contacts', { deal_id, contact_id });
  await link(deal.id, one.id);
  const colliding = await link(deal.id, two.id);
  const moving = await link(other.id, two.id);
  await crm.call(crm.admin, 'PATCH', `/contacts(${one.id})`, { manager_id: two.id });
  await crm.call(crm.admin, 'POST', `/contacts(${two.id})/share`, { principal_id: seller.id, rights: ['read'] });

  const merged = await crm.call(crm.admin, 'POST', `/contacts(${one.id})/merge`, {
    ...{ others: [two.id], values: { first_name: 'New' }, take: { external_id: two.id } },
  });
  expect([merged.status, merged.json]).toMatchObject([
    200,
    { merged: [two.id], collided: [{ entity: 'deal_contact', id: colliding.id }] },
  ]);
  expect(await read(`/contacts(${one.id})`)).toMatchObject({ first_name: 'New', external_id: 'T2', manager_id: null });
  expect((await crm.call(crm.admin, 'GET', `/contacts(${two.id})`)).status).toBe(404);
  expect((await read(`/contacts(${report.id})`)).manager_id).toBe(one.id);
  expect((await read(`/deals(${deal.id})`)).contact_id).toBe(one.id);
  expect((await read(`/deal_contacts(${moving.id})`)).contact_id).toBe(one.id);
  expect((await read(`/contacts(${one.id})/shares`)).value).toMatchObject([
    { principal_id: seller.id, rights: ['read'] },
  ]);

  await crm.call(crm.admin, 'PATCH', `/deals(${deal.id})`, { contact_id: null });
  const undone = await crm.call(crm.admin, 'POST', `/contacts(${one.id})/unmerge`);
  expect([undone.status, undone.json]).toMatchObject([
    200,
    { restored: [two.id], left: [{ entity: 'deal', id: deal.id }] },
  ]);
  expect(await read(`/contacts(${one.id})`)).toMatchObject({ first_name: null, external_id: null, manager_id: two.id });
  expect(await read(`/contacts(${two.id})`)).toMatchObject({ last_name: 'Two', external_id: 'T2' });
  expect((await read(`/contacts(${report.id})`)).manager_id).toBe(two.id);
  expect((await read(`/deal_contacts(${colliding.id})`)).contact_id).toBe(two.id);
  expect((await read(`/deal_contacts(${moving.id})`)).contact_id).toBe(two.id);
  expect((await read(`/contacts(${one.id})/shares`)).value).toEqual([]);
  expect((await crm.call(crm.admin, 'POST', `/contacts(${one.id})/unmerge`)).status).toBe(404);
});

test('who wanted no e-mail in one of the records wants none in the survivor, unless whoever merges says so', async () => {
  const contact = async (values: object) => (await crm.create('contacts', { last_name: 'Quiet', ...values })).id;
  const optOut = async (id: string) => (await read(`/contacts(${id})`)).do_not_email;
  const merge = async (body: object) => {
    const [kept, gone] = [await contact({}), await contact({ do_not_email: true })];
    const { status } = await crm.call(crm.admin, 'POST', `/contacts(${kept})/merge`, { others: [gone], ...body });
    expect(status).toBe(200);
    return kept;
  };
  const kept = await merge({});
  expect(await optOut(kept)).toBe(true);
  await crm.call(crm.admin, 'POST', `/contacts(${kept})/unmerge`, {});
  expect(await optOut(kept)).toBe(false);
  expect(await optOut(await merge({ values: { do_not_email: false } }))).toBe(false);
  const silent = await contact({ do_not_email: true });
  await crm.call(crm.admin, 'POST', `/contacts(${silent})/merge`, { others: [await contact({})] });
  expect(await optOut(silent)).toBe(true);
});

test('what cannot be merged is refused, and nothing is done', async () => {
  const one = await crm.create('companies', { name: 'A' });
  const two = await crm.create('companies', { name: 'B' });
  const post = (body: unknown, who = crm.admin) => crm.call(who, 'POST', `/companies(${one.id})/merge`, body);
  const missing = '00000000-0000-4000-8000-000000000000';
  expect((await post({ others: [] })).status).toBe(400);
  expect((await post({ others: [one.id] })).status).toBe(400);
  expect((await post({ others: [two.id, two.id] })).status).toBe(400);
  expect((await post({ others: [missing] })).status).toBe(404);
  expect((await post({ others: [two.id], take: { name: missing } })).status).toBe(400);
  expect((await post({ others: [two.id], values: { name: null } })).status).toBe(400);
  const stranger = await crm.user('Merge Stranger', ['sales_representative']);
  expect((await post({ others: [two.id] }, stranger)).status).toBe(403);
  expect((await read(`/companies(${two.id})`)).name).toBe('B');
});

test('of two merges of the same record at the same moment one is done', async () => {
  const [a, b, c] = [
    await crm.create('companies', { name: 'RA' }),
    await crm.create('companies', { name: 'RB' }),
    await crm.create('companies', { name: 'RC' }),
  ];
  const into = (id: string) => crm.call(crm.admin, 'POST', `/companies(${id})/merge`, { others: [c.id] });
  const statuses = (await Promise.all([into(a.id), into(b.id)])).map(({ status }) => status);
  expect(statuses.toSorted()).toEqual([200, 404]);
});

test('a redaction takes the values out of what an undoing would put back', async () => {
  const one = await crm.create('contacts', { last_name: 'Kept', email: 'former@merge.com' });
  const two = await crm.create('contacts', { last_name: 'Gone', email: 'taken@merge.com' });
  const body = { others: [two.id], take: { email: two.id } };
  expect((await crm.call(crm.admin, 'POST', `/contacts(${one.id})/merge`, body)).status).toBe(200);
  const redacted = await crm.call(crm.admin, 'POST', `/contacts(${one.id})/redact`, { properties: ['email'] });
  expect(redacted.status).toBe(204);
  const rows = await crm.platform.database.run(
    `select log::text as log from kartoteka.merge where survivor_id = $1::uuid`,
    [one.id],
  );
  expect(String(rows[0]?.log)).not.toContain('@merge.com');
  expect((await crm.call(crm.admin, 'POST', `/contacts(${one.id})/unmerge`)).status).toBe(200);
  expect((await read(`/contacts(${one.id})`)).email).toBe(null);
});
