// The shipped entities written together and one by one: numbers, joined names, lookups with several targets, records that belong to
// their parent, stages of a pipeline. The rows and their change log are the same but for identity and time.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let ids: Readonly<Record<'company' | 'contact' | 'deal' | 'campaign' | 'activity', string>>;

beforeAll(async () => {
  crm = await startCrm();
  const company = (await crm.create('companies', { name: 'Acme' })).id;
  const contact = (await crm.create('contacts', { last_name: 'Ivanova', company_id: company })).id;
  const deal = (await crm.create('deals', { name: 'Pens', company_id: company })).id;
  const campaign = (await crm.create('campaigns', { name: 'Spring' })).id;
  const activity = (await crm.create('activities', { kind: 'task', subject: 'Call' })).id;
  ids = { company, contact, deal, campaign, activity };
});
afterAll(() => crm.close());

const RECORDS: readonly [set: string, table: string, records: () => readonly object[]][] = [
  [
    'companies',
    'company',
    () => [
      { name: 'A', revenue: '12.5', revenue_currency: 'EUR' },
      { name: 'B', parent_company_id: ids.company },
    ],
  ],
  [
    'contacts',
    'contact',
    () => [
      { first_name: 'Anna', last_name: 'Petrova', company_id: ids.company },
      { last_name: 'Orlov', email: 'O@EXAMPLE.com' },
    ],
  ],
  [
    'leads',
    'lead',
    () => [
      { first_name: 'Ivan', last_name: 'Lee', company_name: 'Acme' },
      { company_name: 'Bolt', campaign_id: ids.campaign },
    ],
  ],
  [
    'deals',
    'deal',
    () => [
      { name: 'Ink', company_id: ids.company, amount: 10 },
      { name: 'Paper' },
      { name: 'Glue', amount: '0.1', amount_currency: 'RUB' },
    ],
  ],
  ['campaigns', 'campaign', () => [{ name: 'Summer', budget: 1000 }, { name: 'Autumn' }]],
  [
    'activities',
    'activity',
    () => [
      { kind: 'call', subject: 'One', regarding_id: ids.company, regarding_type: 'company' },
      { kind: 'call', subject: 'Two', regarding_id: ids.deal, regarding_type: 'deal' },
      { kind: 'task', subject: 'Three' },
    ],
  ],
  [
    'events',
    'event',
    () => [
      {
        kind: 'comment',
        text: 'Said',
        happened_on: '2026-01-01T00:00:00Z',
        regarding_id: ids.company,
        regarding_type: 'company',
      },
      {
        kind: 'comment',
        text: 'Heard',
        happened_on: '2026-01-02T00:00:00Z',
        regarding_id: ids.contact,
        regarding_type: 'contact',
      },
    ],
  ],
  ['deal_contacts', 'deal_contact', () => [{ deal_id: ids.deal, contact_id: ids.contact }]],
  [
    'campaign_members',
    'campaign_member',
    () => [{ campaign_id: ids.campaign, member_id: ids.contact, member_type: 'contact' }],
  ],
];

it.each(RECORDS)('%s', async (set, table, records) => {
  const statuses: number[] = [];
  for (const record of records()) statuses.push((await crm.call(crm.admin, 'POST', `/${set}`, record)).status);
  const single = await take(table);
  const bulk = await crm.call(crm.admin, 'POST', `/${set}/bulk`, { records: records() });
  expect(bulk.json.results.map(({ status }: { status: number }) => status)).toEqual(statuses);
  expect(await take(table)).toEqual(single);
  expect(statuses).toEqual(statuses.map(() => 201));
  expect(single.rows).toHaveLength(statuses.length);
});

/** The records made by the test, without what differs by nature; then they are gone. */
async function take(table: string): Promise<{ rows: readonly unknown[]; log: readonly unknown[]; numbered: unknown }> {
  const { database } = crm.platform;
  const kept = `'{${Object.values(ids).join(',')}}'::uuid[]`;
  const made = `id <> all (${kept})`;
  const nature = `array['id', 'created_on', 'modified_on', 'number']`;
  const [count] = await database.run(
    `select count(distinct to_jsonb(t)->>'number') as numbered from data.${table} t where ${made}`,
  );
  const rows = await database.run(
    `select (to_jsonb(t) - ${nature})::text as row from data.${table} t where ${made} order by 1`,
  );
  const log = await database.run(
    `select l.operation, l.version::text, l.actor_id::text as actor, l.client, l.before, (l.after - ${nature})::text as after
     from kartoteka.change_log l join data.${table} t on t.id = l.record_id where t.${made} order by 6`,
  );
  await database.run(`delete from data.${table} where ${made}`);
  return { rows, log, numbered: count?.numbered };
}
