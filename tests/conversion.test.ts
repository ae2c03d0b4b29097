// Leads become contacts, companies and deals: every combination, rights, what goes along, and what is refused.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
beforeAll(async () => {
  crm = await startCrm();
});
afterAll(() => crm?.close());

const read = async (path: string) => (await crm.call(crm.admin, 'GET', path)).json;
const convert = (id: string, body: unknown, who = crm.admin) => crm.call(who, 'POST', `/leads(${id})/convert`, body);

test('a lead becomes a contact, a company and a deal, linked, with what belongs to it', async () => {
  const campaign = await crm.create('campaigns', { name: 'Fair' });
  const lead = await crm.create('leads', {
    ...{ first_name: 'Anna', last_name: 'Ivanova', company_name: 'Ivanova Roofs', email: 'anna@roofs.example' },
    ...{ status: 'qualified', status_reason: 'need_confirmed', expected_amount: 1500, campaign_id: campaign.id },
  });
  const call = await crm.create('activities', { subject: 'Call her', regarding_id: lead.id, regarding_type: 'lead' });
  const event = await crm.create('events', {
    ...{ kind: 'comment', subject: 'Spoke', regarding_id: lead.id, regarding_type: 'lead' },
  });
  const member = await crm.create('campaign_members', {
    ...{ campaign_id: campaign.id, member_id: lead.id, member_type: 'lead' },
  });
  const answer = await convert(lead.id, { contact: {}, company: {}, deal: { values: { name: 'Roof' } } });
  expect([answer.status, answer.json]).toMatchObject([
    200,
    { contact: { created: true }, company: { created: true }, deal: { created: true }, carried: 3, left: [] },
  ]);
  const { contact, company, deal } = answer.json;
  expect(await read(`/contacts(${contact.id})`)).toMatchObject({
    ...{ first_name: 'Anna', last_name: 'Ivanova', email: 'anna@roofs.example' },
    ...{ company_id: company.id, originating_lead_id: lead.id },
  });
  expect(await read(`/companies(${company.id})`)).toMatchObject({
    name: 'Ivanova Roofs',
    originating_lead_id: lead.id,
  });
  expect(await read(`/deals(${deal.id})`)).toMatchObject({
    ...{ name: 'Roof', amount: 1500, campaign_id: campaign.id },
    ...{ contact_id: contact.id, company_id: company.id, originating_lead_id: lead.id },
  });
  expect(await read(`/leads(${lead.id})`)).toMatchObject({
    ...{ status: 'converted', status_reason: null, converted_contact_id: contact.id },
    ...{ converted_company_id: company.id, converted_deal_id: deal.id },
  });
  expect(await read(`/activities(${call.id})`)).toMatchObject({ regarding_id: deal.id, regarding_type: 'deal' });
  expect(await read(`/events(${event.id})`)).toMatchObject({ regarding_id: deal.id, regarding_type: 'deal' });
  expect(await read(`/campaign_members(${member.id})`)).toMatchObject({
    ...{ member_id: contact.id, member_type: 'contact' },
  });
  expect((await convert(lead.id, { contact: {} })).json).toMatchObject({ code: 'conflict', target: 'status' });
});

const undo = (id: string, body: unknown = {}, who = crm.admin) =>
  crm.call(who, 'POST', `/leads(${id})/undo_conversion`, body);
const newLead = (values: object = {}, who = crm.admin) =>
  crm.create('leads', { last_name: 'Petrov', company_name: 'Petrov & Co', ...values }, who);

test('a lead that is converted is read-only, and does not become one by hand', async () => {
  const lead = await newLead();
  const patch = (values: object) => crm.call(crm.admin, 'PATCH', `/leads(${lead.id})`, values);
  const { id } = await crm.create('contacts', { last_name: 'Petrov' });
  const entered = await patch({ status: 'converted', converted_on: '2026-01-02' });
  expect(entered.json.details).toMatchObject([{ code: 'transition_refused', target: 'status' }]);
  expect((await convert(lead.id, { contact: { id } })).status).toBe(200);
  expect((await patch({ last_name: 'Sidorov' })).json.details).toMatchObject([
    { code: 'read_only', target: 'last_name' },
  ]);
  expect((await patch({ status: 'new' })).status).toBe(400);
  expect((await patch({ converted_contact_id: null })).status).toBe(400);
  // An import may bring what a lead became after the lead.
  const imported = { last_name: 'Old', status: 'converted', converted_on: '2025-01-02' };
  const old = await crm.create('leads', imported);
  const became = (contact: string | null) =>
    crm.call(crm.admin, 'PATCH', `/leads(${old.id})`, { converted_contact_id: contact });
  expect([(await became(id)).status, (await became(null)).status]).toEqual([204, 400]);
  expect((await undo(old.id)).json).toMatchObject({ code: 'conflict', target: 'status' });
  const seller = await crm.user('Next Seller', ['sales_representative']);
  expect((await crm.call(crm.admin, 'POST', `/leads(${lead.id})/assign`, { owner_id: seller.id })).status).toBe(204);
});

test('existing records are used as they are, or get what they lack', async () => {
  const company = await crm.create('companies', { name: 'Known', website: 'https://known.example' });
  const contact = await crm.create('contacts', { last_name: 'Known', address_city: 'Berlin' });
  const deal = await crm.create('deals', { name: 'Known deal' });
  const values = {
    ...{ email: 'known@known.example', website: 'https://other.example', industry: 'software' },
    ...{ address_city: 'Paris', address_street: 'Rue 1', expected_amount: 7 },
    ...{ personal_data_consent: true, consent_date: '2026-01-02' },
  };
  const lead = await newLead(values);
  const plain = await convert(lead.id, {
    ...{ contact: { id: contact.id }, company: { id: company.id }, deal: { id: deal.id } },
  });
  expect(plain.json).toMatchObject({ contact: { created: false, filled: [] }, deal: { id: deal.id } });
  expect(await read(`/contacts(${contact.id})`)).toMatchObject({ email: null, company_id: null, version: 1 });
  expect((await undo(lead.id)).json).toMatchObject({ contact: null, company: null, deal: null, left: [] });

  const fill = (id: string) => ({ id, fill_empty: true });
  const filled = await convert(lead.id, {
    ...{ contact: fill(contact.id), company: fill(company.id), deal: fill(deal.id) },
  });
  expect(filled.json.company.filled).toEqual(['industry']);
  expect(filled.json.deal.filled).toEqual(expect.arrayContaining(['amount', 'contact_id', 'company_id']));
  expect(await read(`/contacts(${contact.id})`)).toMatchObject({
    ...{ last_name: 'Known', email: 'known@known.example', company_id: company.id },
    // Half an address is not mixed with half of another; a date of a consent that nobody gave is none.
    ...{ address_city: 'Berlin', address_street: null, consent_date: null },
  });
  await crm.call(crm.admin, 'PATCH', `/deals(${deal.id})`, { amount: 8 });
  const undone = await undo(lead.id);
  expect([undone.status, undone.json.left]).toEqual([
    200,
    [{ entity: 'deal', id: deal.id, reason: 'amount was changed since' }],
  ]);
  expect(await read(`/contacts(${contact.id})`)).toMatchObject({ email: null, company_id: null });
  expect(await read(`/companies(${company.id})`)).toMatchObject({ industry: null, website: 'https://known.example' });
  expect(await read(`/deals(${deal.id})`)).toMatchObject({ amount: 8, contact_id: null, company_id: null });
});

const COMBINATIONS = [
  ['contact'],
  ['company'],
  ['deal'],
  ['contact', 'company'],
  ['contact', 'deal'],
  ['company', 'deal'],
] as const;
test.each(COMBINATIONS.map((each) => [each]))('a lead becomes %s, and a lead again', async (targets) => {
  const lead = await newLead({ status: 'qualified', status_reason: 'need_confirmed' });
  const activity = await crm.create('activities', { subject: 'Call', regarding_id: lead.id, regarding_type: 'lead' });
  const answer = await convert(lead.id, Object.fromEntries(targets.map((target) => [target, {}])));
  expect(answer.status).toBe(200);
  const goal = (['deal', 'contact', 'company'] as const).find((target) => targets.some((each) => each === target));
  expect(await read(`/activities(${activity.id})`)).toMatchObject({
    ...{ regarding_type: goal, regarding_id: answer.json[goal ?? ''].id },
  });
  const undone = await undo(lead.id);
  expect([undone.status, undone.json]).toMatchObject([200, { carried: 1, left: [] }]);
  const sets = { contact: 'contacts', company: 'companies', deal: 'deals' };
  for (const target of targets) {
    expect(undone.json[target]).toBe(answer.json[target].id);
    expect((await crm.call(crm.admin, 'GET', `/${sets[target]}(${answer.json[target].id})`)).status).toBe(404);
  }
  expect(await read(`/activities(${activity.id})`)).toMatchObject({ regarding_type: 'lead', regarding_id: lead.id });
  expect(await read(`/leads(${lead.id})`)).toMatchObject({
    ...{ status: 'qualified', status_reason: 'need_confirmed', converted_on: null, converted_by_id: null },
    ...{ converted_contact_id: null, converted_company_id: null, converted_deal_id: null },
  });
  expect((await undo(lead.id)).json).toMatchObject({ code: 'conflict' });
  expect((await convert(lead.id, { contact: {} })).status).toBe(200);
});

test('what was used since is not taken back, or stays with what it needs', async () => {
  const lead = await newLead();
  const { json } = await convert(lead.id, { contact: {}, company: {}, deal: {} });
  await crm.call(crm.admin, 'PATCH', `/deals(${json.deal.id})`, { next_step: 'Offer' });
  const refused = await undo(lead.id);
  expect([refused.status, refused.json.details.map(({ target }: { target: string }) => target).toSorted()]).toEqual([
    409,
    ['company', 'contact', 'deal'],
  ]);
  expect(await read(`/leads(${lead.id})`)).toMatchObject({ status: 'converted' });
  const kept = await undo(lead.id, { keep: true });
  expect(kept.json).toMatchObject({ deal: null, contact: null, company: null });
  expect(kept.json.left).toHaveLength(3);
  expect(await read(`/deals(${json.deal.id})`)).toMatchObject({ contact_id: json.contact.id });

  const other = await newLead();
  const made = (await convert(other.id, { contact: {}, deal: {} })).json;
  const task = { subject: 'Later', regarding_id: made.deal.id, regarding_type: 'deal' };
  const { id } = await crm.create('activities', task);
  expect((await undo(other.id)).json.details).toMatchObject([{ target: 'deal' }, { target: 'contact' }]);
  await crm.call(crm.admin, 'DELETE', `/activities(${id})`);
  expect((await undo(other.id)).json).toMatchObject({ deal: made.deal.id, contact: made.contact.id });
});

test('of two who convert a lead at the same moment one does', async () => {
  const lead = await newLead();
  const statuses = (await Promise.all([1, 2, 3].map(() => convert(lead.id, { contact: {} })))).map(
    ({ status }) => status,
  );
  expect(statuses.toSorted()).toEqual([200, 409, 409]);
  const found = await read(`/contacts?$filter=originating_lead_id eq ${lead.id}`);
  expect(found.value).toHaveLength(1);
});

test('bad choices are refused, all at once and with their places, and nothing is done', async () => {
  const lead = await newLead({ last_name: null, company_name: 'Only a firm' });
  const post = async (body: unknown) => (await convert(lead.id, body)).json;
  expect(await post({})).toMatchObject({ code: 'bad_request' });
  expect(await post({ contact: { id: lead.id, values: {} } })).toMatchObject({ target: 'contact/values' });
  expect(await post({ contact: { fill_empty: true } })).toMatchObject({ target: 'contact/fill_empty' });
  expect(await post({ person: {} })).toMatchObject({ code: 'invalid_arguments' });
  expect(await post({ contact: { id: lead.id } })).toMatchObject({ code: 'not_found', target: 'contact' });
  const details = (await post({ company: { values: { name: '' } }, contact: { values: { email: 'no' } } })).details;
  expect(details.map(({ target }: { target: string }) => target)).toEqual([
    'company/values/name',
    'contact/values/email',
  ]);
  expect(await read(`/leads(${lead.id})`)).toMatchObject({ status: 'new', version: 1 });
  expect((await read(`/companies?$filter=originating_lead_id eq ${lead.id}`)).value).toEqual([]);
});

test('what a lead may become is told with what there is already, and why, to who may see it', async () => {
  const person = await crm.create('contacts', { last_name: 'Candidate', email: 'one@candidate.example' });
  const both = await crm.create('contacts', {
    ...{ last_name: 'Both', email: 'ONE@candidate.example', mobile_phone: '+4915112345678' },
  });
  const firm = await crm.create('companies', { name: 'Candidate Works' });
  const lead = await newLead({
    ...{ first_name: 'Ann', last_name: 'Candidate', company_name: 'CANDIDATE  works', expected_amount: 10 },
    ...{ email: 'one@candidate.example', mobile_phone: '+4915112345678' },
  });
  const told = await crm.call(crm.admin, 'GET', `/leads(${lead.id})/conversion_candidates`);
  expect([told.status, told.json]).toMatchObject([
    200,
    {
      contact: { values: { first_name: 'Ann', email: 'one@candidate.example' }, withheld: [] },
      company: { values: { name: 'CANDIDATE  works' }, candidates: [{ id: firm.id, title: firm.name, score: 1 }] },
      deal: { values: { amount: 10 }, candidates: [] },
    },
  ]);
  const { candidates } = told.json.contact;
  expect(candidates.map(({ id }: { id: string }) => id)).toEqual([both.id, person.id]);
  const rules = candidates[0].reasons.map(({ rule }: { rule: string }) => rule);
  expect(rules).toEqual(expect.arrayContaining(['lead_contact_email', 'lead_contact_mobile_phone', 'contact_email']));
  const reasons = told.json.company.candidates[0].reasons;
  expect(reasons).toContainEqual(
    expect.objectContaining({ rule: 'lead_company_name', properties: ['name'], score: 1 }),
  );

  const seller = await crm.user('Candidate Seller', ['sales_representative'], await otherUnit());
  const own = await newLead({ email: 'one@candidate.example', company_name: 'Candidate Works' }, seller);
  const seen = await crm.call(seller, 'GET', `/leads(${own.id})/conversion_candidates`);
  expect(seen.json).toMatchObject({ contact: { candidates: [] }, company: { candidates: [] } });
  expect((await crm.call(seller, 'GET', `/leads(${lead.id})/conversion_candidates`)).status).toBe(404);
  const answer = await convert(lead.id, { contact: { id: both.id }, company: { id: firm.id }, deal: {} });
  expect(answer.json).toMatchObject({ contact: { id: both.id, created: false }, company: { created: false } });
});

let unit: string | undefined;
async function otherUnit(): Promise<string> {
  unit ??= String((await crm.create('business_units', { name: 'Elsewhere', parent_id: crm.rootUnitId })).id);
  return unit;
}

test('a duplicate rule that refuses answers the candidates, by which an existing record is chosen', async () => {
  const rule = (reaction: string) =>
    crm.call(crm.admin, 'POST', '/metadata/publish', {
      comment: 'Refuse',
      documents: [
        { kind: 'duplicate_rule', name: 'contact_email', body: { extends: 'contact_email', on_create: reaction } },
      ],
    });
  expect((await rule('refuse')).status).toBe(200);
  const admin = await crm.principal(crm.admin.id);
  const there = await crm.create('contacts', { last_name: 'There', email: 'there@refused.example' });
  const lead = await newLead({ email: 'there@refused.example' });
  const body = { contact: {}, company: {} };
  const refused = await convert(lead.id, body, admin);
  expect([refused.status, refused.json]).toMatchObject([
    409,
    {
      code: 'duplicate_found',
      details: [{ target: 'contact/values/email', '@kartoteka.duplicate': { id: there.id, entity: 'contact' } }],
    },
  ]);
  expect((await read(`/companies?$filter=originating_lead_id eq ${lead.id}`)).value).toEqual([]);
  const allowed = await crm.call(admin, 'POST', `/leads(${lead.id})/convert`, body, {
    'kartoteka-duplicates': 'allow',
  });
  expect(allowed.status).toBe(200);
  expect(allowed.json.contact.duplicates).toMatchObject([{ id: there.id }]);
  expect((await undo(lead.id, {}, admin)).status).toBe(200);
  expect((await convert(lead.id, { contact: { id: there.id } }, admin)).json.contact).toMatchObject({ id: there.id });
});

test('a seller takes back what he converted; what happened to the lead by itself is still its history', async () => {
  const seller = await crm.user('Undoing Seller', ['sales_representative']);
  const lead = await newLead({ email: 'undoing@example.com' }, seller);
  const call = { kind: 'call', direction: 'outgoing', subject: 'Rang', regarding_id: lead.id, regarding_type: 'lead' };
  const event = await crm.create('events', call, seller);
  const { json } = await convert(lead.id, { contact: {}, company: {}, deal: {} }, seller);
  const kinds = async (id: string) =>
    (await read(`/events?$filter=regarding_id eq ${id}`)).value.map(({ kind }: { kind: string }) => kind).toSorted();
  expect(await kinds(json.deal.id)).toEqual(expect.arrayContaining(['call', 'conversion']));
  expect(await kinds(lead.id)).toContain('conversion');
  const undone = await undo(lead.id, {}, seller);
  expect([undone.status, undone.json], String(undone.text)).toMatchObject([200, { deal: json.deal.id, left: [] }]);
  expect(await read(`/events(${event.id})`)).toMatchObject({ regarding_id: lead.id });
  expect((await kinds(lead.id)).filter((kind: string) => kind === 'conversion')).toHaveLength(2);
  const stranger = await crm.user('Undoing Stranger', ['sales_representative']);
  expect((await convert(lead.id, { contact: {} }, seller)).status).toBe(200);
  expect((await undo(lead.id, {}, stranger)).status).toBe(403);
  expect(await read(`/leads(${lead.id})`)).toMatchObject({ status: 'converted' });
});

test('memberships and participations that the contact has already stay with the lead', async () => {
  const campaign = await crm.create('campaigns', { name: 'Both' });
  const contact = await crm.create('contacts', { last_name: 'Member' });
  const lead = await newLead();
  const join = (member_id: string, member_type: string) =>
    crm.create('campaign_members', { campaign_id: campaign.id, member_id, member_type });
  await join(contact.id, 'contact');
  const own = await join(lead.id, 'lead');
  const { json } = await convert(lead.id, { contact: { id: contact.id } });
  expect(json).toMatchObject({ carried: 0, left: [{ entity: 'campaign_member', id: own.id }] });
  expect(await read(`/campaign_members(${own.id})`)).toMatchObject({ member_id: lead.id });
  expect((await undo(lead.id)).json).toMatchObject({ carried: 0, left: [] });
});

test('what was moved, deleted or merged since stays where it is, and is told', async () => {
  const lead = await newLead();
  const task = () => crm.create('activities', { subject: 'T', regarding_id: lead.id, regarding_type: 'lead' });
  const [moved, gone, back] = [await task(), await task(), await task()];
  const { json } = await convert(lead.id, { contact: {}, deal: {} });
  const elsewhere = await crm.create('companies', { name: 'Elsewhere' });
  const to = { regarding_id: elsewhere.id, regarding_type: 'company' };
  expect((await crm.call(crm.admin, 'PATCH', `/activities(${moved.id})`, to)).status).toBe(204);
  expect((await crm.call(crm.admin, 'DELETE', `/activities(${gone.id})`)).status).toBe(204);
  expect((await crm.call(crm.admin, 'DELETE', `/contacts(${json.contact.id})`)).status).toBe(204);
  // The deal was changed by that: its contact is empty.
  expect((await undo(lead.id)).status).toBe(409);
  const undone = await undo(lead.id, { keep: true });
  expect(undone.json.carried).toBe(1);
  const left: readonly { id: string }[] = undone.json.left;
  expect(left.map(({ id }) => id).toSorted()).toEqual([moved.id, gone.id, json.contact.id, json.deal.id].toSorted());
  expect(await read(`/activities(${back.id})`)).toMatchObject({ regarding_id: lead.id });
  expect(await read(`/activities(${moved.id})`)).toMatchObject({ regarding_id: elsewhere.id });
});

async function costs(activities: number): Promise<number> {
  const lead = await newLead();
  const records = Array.from({ length: activities }, (_, n) => ({
    ...{ subject: `A${n}`, regarding_id: lead.id, regarding_type: 'lead' },
  }));
  for (let from = 0; from < activities; from += 1000)
    await crm.call(crm.admin, 'POST', '/activities/bulk', { records: records.slice(from, from + 1000) });
  const { counters } = crm.platform.database;
  const before = counters.statements;
  const { json, status } = await convert(lead.id, { deal: {} });
  expect([status, json.carried]).toEqual([200, activities]);
  const after = counters.statements;
  expect((await undo(lead.id)).json).toMatchObject({ carried: activities, left: [] });
  return after - before;
}

test('two thousand activities go along in hardly more statements than twenty', async () => {
  await costs(1);
  const few = await costs(20);
  // Two requests for a thousand each instead of one for twenty.
  expect((await costs(2000)) - few).toBeLessThan(40);
});

test('conversions are forgotten after the time in which they can be undone', async () => {
  const lead = await newLead();
  await convert(lead.id, { contact: {} });
  const age = (days: number) =>
    crm.platform.database.run(
      `update kartoteka.conversion set converted_on = now() - make_interval(days => ${days}) where record_id = $1::uuid`,
      [lead.id],
    );
  await age(31);
  expect((await undo(lead.id)).json).toMatchObject({ code: 'conflict', target: 'status' });
  await age(29);
  expect((await undo(lead.id)).status).toBe(200);
});

test('more than twenty thousand activities are refused, and none is moved', async () => {
  const lead = await newLead();
  const { id } = await crm.create('activities', { subject: 'Many', regarding_id: lead.id, regarding_type: 'lead' });
  await crm.platform.database.run(
    `insert into data.activity select (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid()))).* from data.activity t, generate_series(1, 20000) where t.id = $1::uuid`,
    [id],
  );
  const { status, json } = await convert(lead.id, { deal: {} });
  expect([status, json]).toMatchObject([400, { code: 'limit_exceeded' }]);
  expect(await read(`/activities(${id})`)).toMatchObject({ regarding_id: lead.id });
  expect((await read(`/deals?$filter=originating_lead_id eq ${lead.id}`)).value).toEqual([]);
});
