// The shipped entities at work: names that are put together, rules, who may do what by status and stage, the history of a
// record under the rights of the record, links with attributes, and figures over related records.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let manager: Principal;
let anna: Principal;
let boris: Principal;
let marketer: Principal;
let integrator: Principal;

beforeAll(async () => {
  crm = await startCrm();
  manager = await crm.user('Manager', ['sales_manager']);
  anna = await crm.user('Anna', ['sales_representative']);
  boris = await crm.user('Boris', ['sales_representative']);
  marketer = await crm.user('Mia', ['marketing']);
  integrator = await crm.user('Integrator', ['integrator']);
});
afterAll(() => crm?.close());

const post = (set: string, values: object, as = crm.admin) => crm.call(as, 'POST', `/${set}`, values);
const patch = (path: string, values: object, as = crm.admin) => crm.call(as, 'PATCH', `/${path}`, values);
const get = async (path: string, as = crm.admin) => (await crm.call(as, 'GET', `/${path}`)).json;
/** Targets and rules of a refusal. */
const wrong = ({ status, json }: Answer): unknown => [
  status,
  (json.details ?? []).map(({ target, message }: { target?: string; message: string }) => target ?? message),
];

describe('a name that is put together', () => {
  test('follows its parts when it is created and when one of them changes', async () => {
    const made = await crm.create('contacts', { first_name: ' Анна ', middle_name: '', last_name: 'Петрова' });
    expect(made.full_name).toBe('Анна Петрова');
    const path = `contacts(${made.id})`;
    await Promise.all([patch(path, { first_name: 'Ольга' }), patch(path, { middle_name: 'Ивановна' })]);
    expect((await get(path)).full_name).toBe('Ольга Ивановна Петрова');
    await patch(path, { first_name: null, middle_name: null });
    expect((await get(path)).full_name).toBe('Петрова');
    const found = await get("contacts?$filter=full_name eq 'Петрова'&$orderby=full_name desc&$select=full_name");
    expect(found.value).toHaveLength(1);
  });

  test('is written by nobody, and cut where it is too long', async () => {
    const named = { last_name: 'A', full_name: 'B' };
    expect((await post('contacts', named)).json.full_name).toBe('A');
    expect(wrong(await crm.call(crm.admin, 'POST', '/contacts', named, { prefer: 'handling=strict' }))).toEqual([
      400,
      ['full_name'],
    ]);
    const made = await crm.create('events', {
      regarding_id: (await crm.create('companies', { name: 'Long' })).id,
      regarding_type: 'company',
      text: '😀'.repeat(400),
    });
    expect(made.summary).toBe('😀'.repeat(300));
  });

  test('is that of the company when a lead has no person, and a lead without either is refused', async () => {
    expect(await crm.create('leads', { company_name: 'Acme' })).toMatchObject({ name: 'Acme', status: 'new' });
    const both = await crm.create('leads', { last_name: 'Smith', company_name: 'Acme' });
    expect(both.name).toBe('Smith');
    const path = `leads(${both.id})`;
    expect((await patch(path, { last_name: null })).status).toBe(204);
    expect((await get(path)).name).toBe('Acme');
    expect((await patch(path, { company_name: ' ' })).json.details).toMatchObject([{ code: 'rule_violated' }]);
    expect((await post('leads', { email: 'a@example.com' })).json.details).toMatchObject([{ code: 'rule_violated' }]);
  });

  test('comes in many records at once as in one', async () => {
    const records = [{ last_name: 'One' }, { last_name: 'Two', first_name: 'B' }];
    const { results } = (await post('contacts/bulk', { mode: 'create', records })).json;
    const names = await Promise.all(
      results.map(async ({ id }: { id: string }) => (await get(`contacts(${id})`)).full_name),
    );
    expect(names).toEqual(['One', 'B Two']);
  });
});

describe('rules', () => {
  test.each([
    ['leads', { last_name: 'A', status: 'unqualified' }, [400, ['status_reason']]],
    ['leads', { last_name: 'A', status: 'qualified', status_reason: 'spam' }, [400, ['status_reason']]],
    ['leads', { last_name: 'A', status: 'converted' }, [400, ['converted_on']]],
    ['leads', { last_name: 'A', personal_data_consent: true }, [400, ['consent_date']]],
    ['deals', { name: 'A', pipeline: 'tender', stage: 'engaging' }, [400, ['stage']]],
    ['deals', { name: 'A', stage: 'proposal' }, [400, ['amount']]],
    ['deals', { name: 'A', stage: 'lost' }, [400, ['lost_reason']]],
    ['activities', { subject: 'A', kind: 'meeting' }, [400, ['starts_on', 'due_on']]],
    ['campaigns', { name: 'A', status: 'active' }, [400, ['starts_on']]],
    ['companies', { name: 'A', legal_address_country: 'Germany' }, [400, ['legal_address_country']]],
  ])('%s %j', async (set, values, expected) => {
    expect(wrong(await post(set, values))).toEqual(expected);
  });

  test.each([
    ['activities', { subject: 'A', starts_on: '2026-02-02T10:00:00Z', due_on: '2026-02-02T09:59:59Z' }],
    ['activities', { subject: 'A', due_on: '2026-02-02T10:00:00Z', reminder_on: '2026-02-02T10:00:01Z' }],
    ['campaigns', { name: 'A', starts_on: '2026-02-02', ends_on: '2026-02-01' }],
    ['contacts', { last_name: 'A', personal_data_consent: true, consent_date: '9999-01-01' }],
    ['leads', { last_name: 'A', converted_on: '2026-02-02' }],
  ])('%s %j breaks a rule', async (set, values) => {
    const { status, json } = await post(set, values);
    expect([status, json.details?.map(({ code }: { code: string }) => code)]).toEqual([400, ['rule_violated']]);
  });

  test('what lies on the edge is accepted', async () => {
    const at = '2026-02-02T10:00:00Z';
    await crm.create('activities', { subject: 'A', kind: 'meeting', starts_on: at, due_on: at, reminder_on: at });
    await crm.create('campaigns', { name: 'A', status: 'active', starts_on: '2026-02-02', ends_on: '2026-02-02' });
    await crm.create('deals', { name: 'A', pipeline: 'tender', stage: 'preparing_bid' });
    await crm.create('leads', { last_name: 'A', status: 'unqualified', status_reason: 'spam' });
  });
});

describe('the status of a lead', () => {
  const move = async (id: string, values: object) => {
    const { status, json } = await patch(`leads(${id})`, values);
    return status === 204 ? 204 : json.details.map(({ code }: { code: string }) => code);
  };

  test('goes the ways of its process, and one that is not qualified says why', async () => {
    const { id } = await crm.create('leads', { last_name: 'W' });
    for (const [values, expected] of [
      [{ status: 'in_progress' }, 204],
      [{ status: 'unqualified' }, ['required']],
      [{ status: 'unqualified', status_reason: 'no_budget' }, 204],
      [{ status: 'qualified', status_reason: null }, ['transition_refused']],
      [{ status: 'in_progress', status_reason: 'contacted' }, 204],
      [{ status: 'qualified', status_reason: null }, 204],
      [{ status: 'new' }, ['transition_refused']],
      [{ status: null }, ['required']],
    ] as const)
      expect(await move(id, values), JSON.stringify(values)).toEqual(expected);
  });

  test('becomes converted by the conversion alone, and is any in a lead that is brought from elsewhere', async () => {
    const values = { status: 'converted', converted_on: '2025-01-02' };
    for (const status of ['new', 'in_progress', 'qualified']) {
      const { id } = await crm.create('leads', { last_name: 'C', status });
      expect(await move(id, values), status).toEqual(['transition_refused']);
    }
    expect(await crm.create('leads', { last_name: 'Old', ...values })).toMatchObject({ status: 'converted' });
  });
});

describe('rights', () => {
  test('of a representative end with the conversion of a lead, those of marketing when sales have qualified it', async () => {
    const lead = await crm.create('leads', { last_name: 'L', owner_id: anna.id });
    const path = `leads(${lead.id})`;
    expect((await patch(path, { rating: 'hot' }, marketer)).status).toBe(204);
    expect((await patch(path, { status: 'qualified' }, anna)).status).toBe(204);
    expect((await patch(path, { rating: 'cold' }, marketer)).status).toBe(403);
    expect((await patch(path, { rating: 'cold' }, boris)).status).toBe(403);
    expect((await crm.call(anna, 'POST', `/${path}/convert`, { contact: {} })).status).toBe(200);
    expect((await patch(path, { rating: 'warm' }, anna)).status).toBe(403);
    expect((await patch(path, { rating: 'warm' }, manager)).json.details).toMatchObject([{ code: 'read_only' }]);
    expect((await crm.call(anna, 'DELETE', `/${path}`)).status).toBe(403);
  });

  test('of an integrator are to read everything and to change nothing but its own webhooks', async () => {
    for (const entity of crm.platform.model().entities.values()) {
      const read = (await crm.call(integrator, 'GET', `/${entity.set}?$top=1`)).status;
      expect([entity.name, read]).toEqual([entity.name, entity.name === 'role_assignment' ? 403 : 200]);
      for (const privilege of ['create', 'write', 'delete', 'append', 'append_to', 'assign', 'share'] as const)
        expect([entity.name, privilege, integrator.access(entity.name, privilege).granted]).toEqual([
          ...[entity.name, privilege, entity.name === 'webhook'],
        ]);
    }
    const made = await post('companies', { name: 'Never' }, integrator);
    expect([made.status, made.json.code]).toEqual([403, 'missing_privilege']);
    expect([...integrator.capabilities]).toEqual(['export']);
  });

  test('on bank details and dates of birth are for those who need them', async () => {
    const company = await crm.create('companies', { name: 'Bank', bank_account: 'DE1', owner_id: anna.id });
    const contact = await crm.create('contacts', { last_name: 'Born', birth_date: '1990-01-02', owner_id: anna.id });
    const seen = async (reader: Principal): Promise<unknown[]> => [
      (await get(`companies(${company.id})`, reader)).bank_account,
      (await get(`contacts(${contact.id})`, reader)).birth_date,
    ];
    expect(await seen(manager)).toEqual(['DE1', '1990-01-02']);
    expect(await seen(anna)).toEqual(['DE1', undefined]);
    expect(await seen(marketer)).toEqual([undefined, undefined]);
    expect(await seen(integrator)).toEqual([undefined, undefined]);
  });

  test('on the history of a record are those on the record', async () => {
    const deal = await crm.create('deals', { name: 'Mine', owner_id: anna.id });
    const event = { regarding_id: deal.id, regarding_type: 'deal', text: 'Said yes' };
    const made = await post('events', event, anna);
    expect([made.status, made.json.owner_id]).toEqual([201, anna.id]);
    expect(Date.parse(made.json.happened_on)).toBeGreaterThan(Date.now() - 60_000);
    expect((await crm.call(boris, 'GET', `/events(${made.json.id})`)).status).toBe(404);
    expect((await post('events', event, boris)).status).toBe(400);
    expect((await crm.call(manager, 'GET', `/events(${made.json.id})`)).status).toBe(200);
    const change = await crm.create('events', { ...event, kind: 'change' });
    expect((await patch(`events(${change.id})`, { text: 'Never' }, anna)).status).toBe(403);
  });
});

test('a call needs a direction, a comment has none, and what is said is needed', async () => {
  const { id } = await crm.create('companies', { name: 'Called' });
  const event = (values: object) => post('events', { regarding_id: id, regarding_type: 'company', ...values });
  expect(wrong(await event({ kind: 'call' }))).toEqual([400, ['direction']]);
  expect((await event({ kind: 'call', direction: 'incoming', duration: 'PT90S' })).json.duration).toBe('PT1M30S');
  expect((await event({ text: 'x', direction: 'incoming' })).json.details).toMatchObject([{ code: 'rule_violated' }]);
  expect((await event({})).json.details).toMatchObject([{ code: 'rule_violated' }]);
  const past = await event({ text: 'x', happened_on: '2020-02-29T10:00:00Z' });
  expect(Date.parse(past.json.happened_on)).toBe(Date.parse('2020-02-29T10:00:00Z'));
});

test('contacts take part in a deal with a role, users and contacts in an activity with a reply', async () => {
  const deal = await crm.create('deals', { name: 'Team' });
  const contact = await crm.create('contacts', { last_name: 'Decider' });
  await crm.create('deal_contacts', { deal_id: deal.id, contact_id: contact.id, role: 'decision_maker' });
  const again = await post('deal_contacts', { deal_id: deal.id, contact_id: contact.id });
  expect([again.status, again.json.code]).toEqual([409, 'duplicate_key']);
  const shown = await get(
    `deals(${deal.id})?$select=name&$expand=contacts($select=full_name),deal_contacts($select=role)`,
  );
  expect([shown.contacts, shown.deal_contacts]).toMatchObject([
    [{ full_name: 'Decider' }],
    [{ role: 'decision_maker' }],
  ]);
  const activity = await crm.create('activities', { subject: 'Meet', regarding_id: deal.id, regarding_type: 'deal' });
  const participants = [
    { participant_id: anna.id, participant_type: 'user', reply: 'accepted' },
    { participant_id: contact.id, participant_type: 'contact' },
  ];
  for (const participant of participants)
    await crm.create('activity_participants', { activity_id: activity.id, ...participant });
  const expanded = await get(`activities(${activity.id})?$expand=participants($select=reply;$orderby=reply)`);
  expect(expanded.participants).toMatchObject([{ reply: 'accepted' }, { reply: 'none' }]);
});

test('a deal needs a close date to be negotiated, and is opened again before it closes otherwise', async () => {
  const { id } = await crm.create('deals', { name: 'D', amount: 1, stage: 'proposal' });
  const put = async (values: object) => {
    const { status, json } = await crm.call(crm.admin, 'PATCH', `/deals(${id})`, values);
    if (status < 300) return 'done';
    return json.details.map(({ code, target }: { code: string; target: string }) => [code, target]);
  };
  const lost = { stage: 'lost', lost_reason: 'price' };
  expect(await put({ stage: 'negotiation' })).toEqual([['required_on_entry', 'close_date']]);
  expect(await put({ stage: 'negotiation', close_date: '2026-12-01' })).toBe('done');
  expect(await put({ close_date: null })).toBe('done');
  expect(await put({ stage: 'won' })).toBe('done');
  expect(await put(lost)).toEqual([['transition_refused', 'stage']]);
  expect(await put({ stage: 'proposal' })).toBe('done');
  expect(await put(lost)).toBe('done');
  expect(await put({ stage: 'won' })).toEqual([['transition_refused', 'stage']]);
});

test('a company and a campaign sum up their deals in the base currency, a deal weighs its amount', async () => {
  const company = await crm.create('companies', { name: 'Sums' });
  const campaign = await crm.create('campaigns', { name: 'Sums', actual_cost: 100, actual_cost_currency: 'EUR' });
  const deal = (values: object) =>
    crm.create('deals', { name: 'D', company_id: company.id, campaign_id: campaign.id, ...values });
  const open = await deal({
    amount: 100,
    amount_currency: 'EUR',
    stage: 'negotiation',
    probability: 33,
    close_date: '2026-12-01',
  });
  await deal({ amount: 50, stage: 'won' });
  await deal({ amount: 100, amount_currency: 'EUR', stage: 'won' });
  await deal({ amount: 7, stage: 'lost', lost_reason: 'price' });
  await crm.create('leads', { last_name: 'L', campaign_id: campaign.id });
  expect([open.weighted_amount, open.number]).toEqual([35.64, expect.stringMatching(/^D-\d{5,}$/)]);
  expect(await get(`companies(${company.id})`)).toMatchObject({ open_deals: 1, won_amount: 158 });
  expect(await get(`campaigns(${campaign.id})`)).toMatchObject({
    ...{ lead_count: 1, won_deals: 2, won_amount: 158 },
    roi: 46.3,
  });
  const none = await crm.create('campaigns', { name: 'None' });
  expect(none).toMatchObject({ lead_count: 0, won_deals: 0, roi: null });
});
