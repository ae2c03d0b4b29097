// Loads the demo data through the engine, with the rights of the administrator, record by record as a client would. What is
// there already is left alone, so that it can be repeated, also after an interruption.

import { todayIn } from '@kartoteka/crm';
import { type Platform, PlatformError, type Principal } from '@kartoteka/platform';
import type { Credentials } from '../auth/credentials.ts';
import { DEMO_PASSWORD, DEMO_UNITS, DEMO_USERS } from './data.ts';
import { type DemoRecord, demoCompanies, demoContacts, demoDeals } from './generate.ts';

type Json = Readonly<Record<string, unknown>>;

/** Brings the demo data into the database. Throws when the engine refuses a record. */
export async function loadDemo(platform: Platform, principal: Principal, credentials: Credentials): Promise<void> {
  const engine = new EngineClient(platform, principal);
  const users = await loadUsers(engine, principal, credentials);
  const companies = await loadRecords(engine, 'companies', demoCompanies(), users, new Map());
  await loadRecords(engine, 'contacts', demoContacts(), users, companies);
  const today = todayIn(platform.model().organization.timeZone);
  await loadRecords(engine, 'deals', demoDeals(today), users, companies);
}

/** Requests of this process to its own engine. */
class EngineClient {
  readonly #platform: Platform;
  readonly #principal: Principal;

  constructor(platform: Platform, principal: Principal) {
    this.#platform = platform;
    this.#principal = principal;
  }

  /** All records of a set with these properties, by the value of the first. */
  async idsBy(set: string, property: string): Promise<Map<string, string>> {
    const ids = new Map<string, string>();
    let query = `$select=id,${property}&$filter=${property}%20ne%20null`;
    for (;;) {
      const page = await this.#send('GET', `/${set}`, query, null);
      for (const record of page.value as Json[]) ids.set(String(record[property]), String(record.id));
      const next = page['@odata.nextLink'];
      if (typeof next !== 'string') return ids;
      query = next.slice(next.indexOf('?') + 1);
    }
  }

  async create(set: string, values: Json): Promise<string> {
    return String((await this.#send('POST', `/${set}`, '', values)).id);
  }

  async #send(method: string, path: string, query: string, values: Json | null): Promise<Json> {
    const body = values === null ? null : JSON.stringify(values);
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    const request = { method, path, query, headers, body, baseUrl: 'http://localhost/api/v1', client: 'demo' };
    try {
      const response = await this.#platform.handle(request, this.#principal);
      return JSON.parse(response.body ?? '{}') as Json;
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      const details = error.details.map((detail) => `${detail.target ?? ''}: ${detail.message}`).join('; ');
      throw new Error(`The demo data cannot be loaded: ${method} ${path}: ${error.message} ${details}`);
    }
  }
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
