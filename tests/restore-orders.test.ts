// Records of the shipped entities that refer to each other in every way, deleted in any order and restored in any other:
// everything is as it was, lookups, links, histories and owners.
import { seededRandom } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
/** Paths of what is deleted and restored; the rest goes and comes with it. */
let paths: readonly string[];

const TABLES = [
  ...['company', 'contact', 'deal', 'deal_contact', 'event', 'activity', 'activity_participant', 'campaign'],
  'campaign_member',
];

beforeAll(async () => {
  crm = await startCrm();
  const create = async (set: string, values: object): Promise<string> => (await crm.create(set, values)).id;
  const company = await create('companies', { name: 'Acme' });
  const campaign = await create('campaigns', { name: 'Spring' });
  const chief = await create('contacts', { last_name: 'Chief', company_id: company });
  const contact = await create('contacts', { last_name: 'Smith', company_id: company, manager_id: chief });
  const patched = await crm.call(crm.admin, 'PATCH', `/companies(${company})`, { primary_contact_id: contact });
  expect(patched.status).toBe(204);
  const deal = await create('deals', { name: 'Pens', company_id: company, contact_id: contact, campaign_id: campaign });
  for (const who of [contact, chief]) await create('deal_contacts', { deal_id: deal, contact_id: who });
  const activity = await create('activities', { subject: 'Call', regarding_id: deal, regarding_type: 'deal' });
  await create('activity_participants', { activity_id: activity, participant_id: chief, participant_type: 'contact' });
  await create('campaign_members', { campaign_id: campaign, member_id: contact, member_type: 'contact' });
  for (const [regarding_id, regarding_type] of [
    [deal, 'deal'],
    [contact, 'contact'],
    [company, 'company'],
  ]) {
    const happened_on = '2026-01-01T00:00:00Z';
    await create('events', { kind: 'comment', text: 'x', happened_on, regarding_id, regarding_type });
  }
  paths = [
    ...[`/companies(${company})`, `/contacts(${contact})`, `/contacts(${chief})`, `/deals(${deal})`],
    ...[`/activities(${activity})`, `/campaigns(${campaign})`],
  ];
}, 60_000);

afterAll(() => crm?.close());

/** Every row of the tables, without what every write changes. */
async function snapshot(): Promise<Readonly<Record<string, unknown>>> {
  const rows: Record<string, unknown> = {};
  for (const table of TABLES) {
    const [row] = await crm.platform.database.run(
      `select coalesce(jsonb_agg(to_jsonb(t) - 'version' - 'modified_on' - 'modified_by_id' order by t.id), '[]')::text as rows from data.${table} t`,
    );
    rows[table] = JSON.parse(String(row?.rows));
  }
  return rows;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

test('whatever the order of deletes and of restores, everything comes back as it was', async () => {
  const before = await snapshot();
  const random = seededRandom(7);
  let deletes = 0;
  for (let round = 0; round < 40; round += 1) {
    const deleted: string[] = [];
    for (const path of shuffled(paths, random).slice(0, 2 + Math.floor(random() * 5))) {
      const { status, json } = await crm.call(crm.admin, 'DELETE', path);
      if (status === 204) deleted.push(path);
      else expect(json.code).toBe('still_referenced');
    }
    deletes += deleted.length;
    if (deleted.length > 0) expect(await snapshot()).not.toEqual(before);
    let waiting = shuffled(deleted, random);
    for (let left = -1; waiting.length > 0 && waiting.length !== left; ) {
      left = waiting.length;
      const refused: string[] = [];
      for (const path of waiting) {
        const { status, json } = await crm.call(crm.admin, 'POST', `${path}/restore`);
        if (status === 204) continue;
        expect(json.code).toBe('target_deleted');
        refused.push(path);
      }
      waiting = refused;
    }
    expect([round, deleted, waiting]).toEqual([round, deleted, []]);
    expect(await snapshot(), `round ${round}: ${deleted.join(' ')}`).toEqual(before);
  }
  expect(deletes).toBeGreaterThan(100);
  expect(await crm.platform.database.run('select 1 from kartoteka.released_lookup')).toEqual([]);
});
