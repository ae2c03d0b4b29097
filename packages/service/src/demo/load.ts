// Loads the demo data through the engine, with the rights of the administrator, record by record as a client would. What is
// there already is left alone, so that it can be repeated, also after an interruption.

import type { Platform, Principal } from '@kartoteka/platform';
import { dateIn } from '@kartoteka/platform';
import type { Credentials } from '../auth/credentials.ts';
import { EngineClient } from '../engine-client.ts';
import { DEMO_PASSWORD, DEMO_UNITS, DEMO_USERS } from './data.ts';
import { type DemoRecord, demoCompanies, demoContacts, demoDeals } from './generate.ts';

/** Brings the demo data into the database. Throws when the engine refuses a record. */
export async function loadDemo(platform: Platform, principal: Principal, credentials: Credentials): Promise<void> {
  const engine = new EngineClient(platform, principal, 'demo');
  const users = await loadUsers(engine, principal, credentials);
  const companies = await loadRecords(engine, 'companies', demoCompanies(), users, new Map());
  await loadRecords(engine, 'contacts', demoContacts(), users, companies);
  const today = dateIn(platform.model().organization.timeZone, new Date());
  await loadRecords(engine, 'deals', demoDeals(today), users, companies);
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
    if (!(await credentials.exists(id))) await credentials.set(id, DEMO_PASSWORD);
  }
  return users;
}

/** Creates the records that are not there yet; gives ids by external id. */
async function loadRecords(
  engine: EngineClient,
  set: string,
  records: readonly DemoRecord[],
  users: ReadonlyMap<string, string>,
  companies: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const present = await engine.idsBy(set, 'external_id');
  for (const { externalId, owner, company, values } of records) {
    if (present.has(externalId)) continue;
    const lookups = company === null ? {} : { company_id: companies.get(company) };
    const id = await engine.create(set, { ...values, ...lookups, external_id: externalId, owner_id: users.get(owner) });
    present.set(externalId, id);
  }
  return present;
}
