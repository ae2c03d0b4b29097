// Loads the sales data set over REST: regional offices as business units, managers and agents as users in them, accounts as
// companies, opportunities as deals of their agents. Running it again adds what is missing and changes nothing else.
import type { Json, RestClient } from './rest-client.ts';
import { companyValues, dealValues, readRows } from './rows.ts';

export interface LoadReport {
  readonly units: number;
  readonly users: number;
  readonly companies: number;
  readonly deals: number;
}

/** Requests in flight at once. */
const CONCURRENCY = 16;

/** Every user gets `password`. Throws RestError where a row is refused, naming it. */
export async function loadSalesData(client: RestClient, folder: string, password: string): Promise<LoadReport> {
  const users = await loadUsers(client, folder, password);
  const companies = await loadCompanies(client, folder);
  const known = await idsBy(client, 'deals', 'external_id');
  let deals = 0;
  await inParallel(readRows(folder, 'sales_pipeline.csv'), async (row) => {
    if (known.has(row.opportunity_id ?? '')) return;
    await client.send('POST', '/deals?$select=id', dealValues(row, users.ids, companies.ids));
    deals += 1;
  });
  return { units: users.units, users: users.created, companies: companies.created, deals };
}

async function loadUsers(client: RestClient, folder: string, password: string) {
  const units = await idsBy(client, 'business_units', 'name');
  const ids = await idsBy(client, 'users', 'full_name');
  const root = await rootUnit(client);
  const before = { units: units.size, users: ids.size };
  const user = async (name: string, unit: string, role: string, managerId: string | null): Promise<string> => {
    const found = ids.get(name);
    if (found !== undefined) return found;
    const values = { full_name: name, email: emailOf(name), owning_business_unit_id: unit, manager_id: managerId };
    const id = String((await client.send('POST', '/users?$select=id', values)).id);
    await client.send('POST', '/role_assignments', { user_id: id, role });
    await client.setPassword(id, password);
    ids.set(name, id);
    return id;
  };
  for await (const row of readRows(folder, 'sales_teams.csv')) {
    const office = row.regional_office ?? '';
    const unit =
      units.get(office) ?? String((await client.send('POST', '/business_units', { name: office, parent_id: root })).id);
    units.set(office, unit);
    const manager = await user(row.manager ?? '', unit, 'sales_manager', null);
    await user(row.sales_agent ?? '', unit, 'sales_representative', manager);
  }
  return { ids, units: units.size - before.units, created: ids.size - before.users };
}

/** First the companies, then who belongs to whom: a subsidiary may stand before its parent. */
async function loadCompanies(client: RestClient, folder: string) {
  const ids = await idsBy(client, 'companies', 'external_id');
  const before = ids.size;
  const parents: { readonly id: string; readonly parent: string }[] = [];
  for await (const row of readRows(folder, 'accounts.csv')) {
    const name = row.account ?? '';
    if (ids.has(name)) continue;
    const id = String((await client.send('POST', '/companies?$select=id', companyValues(row))).id);
    ids.set(name, id);
    if (row.subsidiary_of) parents.push({ id, parent: row.subsidiary_of });
  }
  for (const { id, parent } of parents) {
    const parentId = ids.get(parent);
    if (parentId === undefined) throw new Error(`unknown parent company ${parent}`);
    await client.send('PATCH', `/companies(${id})`, { parent_company_id: parentId });
  }
  return { ids, created: ids.size - before };
}

async function rootUnit(client: RestClient): Promise<string> {
  const page = await client.send('GET', '/business_units?$filter=parent_id%20eq%20null&$select=id&$top=1');
  const root = (page.value as Json[])[0];
  if (root === undefined) throw new Error('there is no root business unit');
  return String(root.id);
}

async function idsBy(client: RestClient, set: string, property: string): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  const query = `/${set}?$select=id,${property}&$filter=${property}%20ne%20null`;
  for await (const record of client.all(query)) ids.set(String(record[property]), String(record.id));
  return ids;
}

/** `Anna Snelling` as `anna.snelling@sales.example`. */
export function emailOf(name: string): string {
  return `${name.toLowerCase().replaceAll(/[^a-z]+/g, '.')}@sales.example`;
}

/** Runs `work` over a stream, a bounded number at once; the first failure ends it. */
async function inParallel<T>(items: AsyncIterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  const worker = async (): Promise<void> => {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}
