// Loads the demo data through the engine, with the rights of the administrator, as a client would. What is there already is
// left alone, so that it can be repeated, also after an interruption.

import type { Platform, Principal } from '@kartoteka/platform';
import { dateIn } from '@kartoteka/platform';
import type { Credentials } from '../auth/credentials.ts';
import { EngineClient } from '../engine-client.ts';
import { DEMO_PASSWORD, DEMO_UNITS, DEMO_USERS } from './data.ts';
import { type DemoRecord, demoCompanies, demoContacts, demoDealContacts, demoDeals } from './generate.ts';
import {
  demoActivities,
  demoCampaignMembers,
  demoCampaigns,
  demoEvents,
  demoLeads,
  demoParticipants,
} from './generate-work.ts';

/** Sets in an order in which every record finds those that it refers to. */
const SETS: readonly (readonly [set: string, records: (today: string) => DemoRecord[]])[] = [
  ['campaigns', demoCampaigns],
  ['companies', demoCompanies],
  ['contacts', demoContacts],
  ['deals', demoDeals],
  ['deal_contacts', demoDealContacts],
  ['leads', demoLeads],
  ['campaign_members', demoCampaignMembers],
  ['activities', demoActivities],
  ['activity_participants', demoParticipants],
  ['events', demoEvents],
];

/** Brings the demo data into the database. Throws when the engine refuses a record. */
export async function loadDemo(platform: Platform, principal: Principal, credentials: Credentials): Promise<void> {
  const engine = new EngineClient(platform, principal, 'demo');
  const ids = await loadUsers(engine, principal, credentials);
  const today = dateIn(platform.model().organization.timeZone, new Date());
  for (const [set, records] of SETS) await loadRecords(engine, set, records(today), ids);
}

/** Units, users with their roles and passwords; gives users' ids by e-mail address. */
async function loadUsers(
  engine: EngineClient,
  principal: Principal,
  credentials: Credentials,
): Promise<Map<string, string>> {
  const units = await engine.idsBy('business_units', 'name');
  for (const name of DEMO_UNITS) {
    if (!units.has(name)) {
      units.set(name, await engine.create('business_units', { name, parent_id: principal.businessUnitId }));
    }
  }
  const users = await engine.idsBy('users', 'email');
  const assigned = await engine.idsBy('role_assignments', 'user_id');
  for (const { email, name, title, role, unit } of DEMO_USERS) {
    const values = { email, full_name: name, job_title: title, owning_business_unit_id: units.get(unit) };
    const id = users.get(email) ?? (await engine.create('users', values));
    users.set(email, id);
    if (!assigned.has(id)) await engine.create('role_assignments', { role, user_id: id });
    if (!(await credentials.exists(id))) await credentials.set(id, DEMO_PASSWORD, { actorId: null });
  }
  return users;
}

/** Creates the records that are not there yet, and adds the ids of all by external id. */
async function loadRecords(
  engine: EngineClient,
  set: string,
  records: readonly DemoRecord[],
  ids: Map<string, string>,
): Promise<void> {
  const keyed = records.some(({ externalId }) => externalId !== null);
  const present = keyed ? await engine.idsBy(set, 'external_id') : new Map<string, string>();
  const missing = records.filter(({ externalId }) => externalId === null || !present.has(externalId));
  const made = await engine.createMissing(
    set,
    missing.map((record) => payloadOf(record, ids)),
  );
  for (const [externalId, id] of present) ids.set(externalId, id);
  for (const [index, { externalId }] of missing.entries()) {
    const id = made[index];
    if (externalId !== null && id !== undefined) ids.set(externalId, id);
  }
}

function payloadOf({ externalId, owner, refs, values }: DemoRecord, ids: ReadonlyMap<string, string>) {
  const lookups = Object.entries(refs).map(([property, reference]) => {
    const id = ids.get(reference);
    if (id === undefined) throw new Error(`The demo data has no record ${reference}`);
    return [property, id];
  });
  return {
    ...values,
    ...Object.fromEntries(lookups),
    ...(externalId === null ? {} : { external_id: externalId }),
    ...(owner === null ? {} : { owner_id: ids.get(owner) }),
  };
}
