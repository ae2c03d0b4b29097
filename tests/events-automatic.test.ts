// Events that the service writes by itself: when a record gets another owner or enters another stage, whatever path the write takes.
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Crm, startCrm, statementsOf } from './crm-kit.ts';

let crm: Crm;
let anna: Principal;
let boris: Principal;

beforeAll(async () => {
  crm = await startCrm({
    // A hook of a partner that assigns: it gives deals of this name to another owner.
    hooks: [
      {
        entity: 'deal',
        operations: ['create'],
        needsTransaction: () => false,
        before: (_context, records) => {
          for (const { values } of records) if (values.name === 'For Boris') values.owner_id = boris.id;
        },
      },
    ],
  });
  anna = await crm.user('Anna', ['sales_manager']);
  boris = await crm.user('Boris', ['sales_manager']);
});
afterAll(() => crm.close());

const deal = (more: object = {}) => ({ name: 'Deal', pipeline: 'sales', stage: 'prospecting', amount: 10, ...more });

// biome-ignore lint/suspicious/noExplicitAny: JSON of the answer
async function eventsOf(id: string): Promise<any[]> {
  const { json } = await crm.call(
    crm.admin,
    'GET',
    `/events?$filter=regarding_id eq ${id}&$orderby=happened_on,id&$select=kind,subject,details,created_by_id`,
  );
  return json.value.map(({ '@odata.etag': _etag, ...event }: Record<string, unknown>) => event);
}

const assigned = (by: Principal, from: Principal | null, to: Principal) => ({
  kind: 'assignment',
  subject: 'Assignment',
  details: { property: 'owner_id', from: from?.id ?? null, to: to.id },
  created_by_id: by.id,
});

describe('an assignment', () => {
  test('is an event when a record is created for somebody else, and none when for oneself', async () => {
    const own = await crm.create('deals', deal({ owner_id: anna.id }), anna);
    const other = await crm.create('deals', deal({ owner_id: boris.id }), anna);
    expect(await eventsOf(own.id)).toEqual([]);
    expect(await eventsOf(other.id)).toEqual([assigned(anna, null, boris)]);
  });

  test('is an event when a hook has decided it, in a write that had no transaction until then', async () => {
    const made = await crm.create('deals', deal({ name: 'For Boris' }), anna);
    expect(await eventsOf(made.id)).toEqual([assigned(anna, null, boris)]);
    const bulk = await crm.call(anna, 'POST', '/deals/bulk', { records: [deal({ name: 'For Boris' }), deal()] });
    const [first, second] = bulk.json.results;
    expect(await eventsOf(first.id)).toEqual([assigned(anna, null, boris)]);
    expect(await eventsOf(second.id)).toEqual([]);
  });

  test('is an event of the action, of an update and of a hand-over, once each, and none where the owner stays', async () => {
    const { id } = await crm.create('companies', { name: 'Handed company' }, anna);
    const owner = { owner_id: boris.id };
    expect((await crm.call(anna, 'POST', `/companies(${id})/assign`, owner)).status).toBe(204);
    expect((await crm.call(crm.admin, 'PATCH', `/companies(${id})`, owner)).status).toBe(204);
    expect((await crm.call(crm.admin, 'PATCH', `/companies(${id})`, { owner_id: anna.id })).status).toBe(204);
    const leaving = await crm.user('Leaving', ['sales_manager']);
    await crm.call(crm.admin, 'PATCH', `/companies(${id})`, { owner_id: leaving.id });
    const over = await crm.call(crm.admin, 'POST', `/users(${leaving.id})/hand_over`, { owner_id: boris.id });
    expect(over.status).toBe(200);
    expect(await eventsOf(id)).toEqual([
      assigned(anna, anna, boris),
      assigned(crm.admin, boris, anna),
      assigned(crm.admin, anna, leaving),
      assigned(crm.admin, leaving, boris),
    ]);
  });

  test('of many records is written in as many statements as that of two', async () => {
    const made = await crm.call(anna, 'POST', '/deals/bulk', { records: Array.from({ length: 40 }, () => deal()) });
    const ids: string[] = made.json.results.map(({ id }: { id: string }) => id);
    let owner = anna;
    const assign = (some: readonly string[]) => () => {
      owner = owner === anna ? boris : anna;
      return crm.call(crm.admin, 'POST', '/deals/assign', { ids: some, owner_id: owner.id });
    };
    const few = await statementsOf(crm, assign(ids.slice(0, 2)));
    const many = await statementsOf(crm, assign(ids));
    expect(many).toBe(few);
    expect(await eventsOf(ids[0] as string)).toHaveLength(8);
    expect(await eventsOf(ids[39] as string)).toHaveLength(4);
  });

  test('of imported records is none, because they come with their owners', async () => {
    const body = { records: [deal({ owner_id: boris.id })] };
    const made = await crm.call(crm.admin, 'POST', '/deals/bulk', body, { 'kartoteka-duplicates': 'import' });
    expect(await eventsOf(made.json.results[0].id)).toEqual([]);
  });
});

describe('a stage', () => {
  test('is an event with both values when it changes, and none when the record is new or it stays', async () => {
    const { id } = await crm.create('deals', deal({ close_date: '2026-12-01' }), anna);
    const patch = (stage: string) => crm.call(anna, 'PATCH', `/deals(${id})`, { stage });
    expect((await patch('prospecting')).status).toBe(204);
    expect((await patch('proposal')).status).toBe(204);
    await crm.call(anna, 'POST', '/deals/bulk', { mode: 'update', records: [{ id, stage: 'negotiation' }] });
    const staged = (from: string, to: string, subject: string) => ({
      kind: 'stage',
      subject,
      details: { property: 'stage', from, to },
      created_by_id: anna.id,
    });
    expect(await eventsOf(id)).toEqual([
      staged('prospecting', 'proposal', 'Prospecting → Proposal'),
      staged('proposal', 'negotiation', 'Proposal → Negotiation'),
    ]);
  });

  test('of a write that is refused is none', async () => {
    const { id } = await crm.create('deals', deal({ amount: null }), anna);
    expect((await crm.call(anna, 'PATCH', `/deals(${id})`, { stage: 'proposal' })).status).toBe(400);
    expect(await eventsOf(id)).toEqual([]);
  });
});

test('writes of other properties cost the one statement that they are, and so do new records of their makers', async () => {
  const { id } = await crm.create('deals', deal(), anna);
  expect(await statementsOf(crm, () => crm.create('deals', deal(), anna))).toBe(1);
  expect(await statementsOf(crm, () => crm.create('deals', deal({ owner_id: anna.id }), anna))).toBe(1);
  let n = 0;
  expect(await statementsOf(crm, () => crm.call(anna, 'PATCH', `/deals(${id})`, { name: `Deal ${++n}` }))).toBe(1);
});

test('what an event says of itself is written by nobody else, and the event is changed by no salesperson', async () => {
  const carl = await crm.user('Carl', ['sales_representative']);
  const made = await crm.create('deals', deal(), carl);
  const comment = await crm.create('events', { regarding_id: made.id, regarding_type: 'deal', text: 'x' }, carl);
  const forged = await crm.call(carl, 'PATCH', `/events(${comment.id})`, { details: { property: 'stage' } });
  expect([forged.status, (await eventsOf(made.id))[0].details]).toEqual([204, null]);
  await crm.call(carl, 'PATCH', `/deals(${made.id})`, { stage: 'proposal' });
  const [event] = (await crm.call(carl, 'GET', `/events?$filter=regarding_id eq ${made.id} and kind ne 'comment'`)).json
    .value;
  expect(event.kind).toBe('stage');
  for (const [method, body] of [['PATCH', { subject: 'Never' }]] as const)
    expect((await crm.call(carl, method, `/events(${event.id})`, body)).status).toBe(403);
});

test("a kind that is not active has no events, and one that an administrator's documents refuse refuses the change", async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  const documents = shipped.map((document) => {
    // biome-ignore lint/suspicious/noExplicitAny: bodies of several kinds of documents
    const body = structuredClone(document.body) as any;
    if (body.name === 'event_kind') body.values.stage.active = false;
    if (document.kind === 'entity' && body.name === 'event')
      body.fields.cost_center = { type: 'text', max_length: 20, required: true };
    return { ...document, body };
  });
  const other = await startCrm({ documents });
  try {
    const owner = await other.user('Owner', ['sales_manager']);
    const { id } = await other.create('deals', deal());
    expect((await other.call(other.admin, 'PATCH', `/deals(${id})`, { stage: 'proposal' })).status).toBe(204);
    const { status, json } = await other.call(other.admin, 'POST', `/deals(${id})/assign`, { owner_id: owner.id });
    expect([status, json.code, json.message]).toEqual([
      400,
      'rule_violated',
      expect.stringMatching(/history.*cost_center/),
    ]);
    const read = await other.call(other.admin, 'GET', `/deals(${id})?$select=owner_id,stage`);
    expect(read.json).toMatchObject({ owner_id: other.admin.id, stage: 'proposal' });
    expect((await other.call(other.admin, 'GET', '/events')).json.value).toEqual([]);
  } finally {
    await other.close();
  }
});

test('who may delete a record may do so with the events that came by themselves', async () => {
  const seller = await crm.user('Deleting Seller', ['sales_representative']);
  const deal = await crm.create('deals', { name: 'Deleted' }, seller);
  expect((await crm.call(seller, 'PATCH', `/deals(${deal.id})`, { stage: 'engaging' })).status).toBe(204);
  const [event] = (await crm.call(seller, 'GET', `/deals(${deal.id})/events`)).json.value;
  expect((await crm.call(seller, 'PATCH', `/events(${event.id})`, { subject: 'Another' })).status).toBe(403);
  expect((await crm.call(seller, 'DELETE', `/deals(${deal.id})`)).status).toBe(204);
});
