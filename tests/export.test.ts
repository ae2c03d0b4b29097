// CSV shows what JSON shows: of every entity set the same properties in the same order, and the same values.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;

beforeAll(async () => {
  crm = await startCrm();
  const company = await crm.create('companies', { name: 'Acme', revenue: '0.10', description: 'a, "b"' });
  const contact = await crm.create('contacts', { first_name: 'Anna', last_name: 'Petrova', company_id: company.id });
  const campaign = await crm.create('campaigns', { name: 'Spring', budget: 100 });
  const deal = await crm.create('deals', { name: 'Pens', company_id: company.id, amount: '1234567.8901' });
  await crm.create('deal_contacts', { deal_id: deal.id, contact_id: contact.id });
  await crm.create('leads', { last_name: 'Lee', company_name: 'Bolt', campaign_id: campaign.id });
  await crm.create('activities', { kind: 'call', subject: 'Call', regarding_id: deal.id, regarding_type: 'deal' });
  await crm.user('Somebody', ['sales_manager']);
});
afterAll(() => crm.close());

async function csv(path: string, query: string): Promise<string> {
  const request = {
    method: 'GET',
    path,
    query,
    headers: { accept: 'text/csv' },
    body: null,
    baseUrl: 'http://crm.test',
    client: null,
  };
  const { stream } = await crm.platform.handle(request, crm.admin);
  if (stream === undefined) throw new Error('the answer is no stream');
  let text = '';
  for (let piece = await stream.next(); piece.done !== true; piece = await stream.next()) text += piece.value;
  return text;
}

/** Cells of a line; the values of these tests hold no line breaks. */
const cells = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );

it('of every set', async () => {
  const accept = { accept: 'application/json;IEEE754Compatible=true;odata.metadata=none' };
  const shown: string[] = [];
  for (const set of crm.platform.model().sets.keys()) {
    const [header = '', ...lines] = (await csv(`/${set}`, '')).split('\r\n');
    const records = (await crm.call(crm.admin, 'GET', `/${set}`, undefined, accept)).json.value;
    expect(lines.pop()).toBe('');
    expect(lines).toHaveLength(records.length);
    if (records.length > 0) shown.push(set);
    for (const [at, record] of records.entries()) {
      expect(cells(header)).toEqual(Object.keys(record));
      const texts = Object.values(record).map((value) => (value === null ? '' : String(value)));
      expect(cells(lines[at] ?? '')).toEqual(texts);
    }
  }
  expect(shown).toEqual(
    expect.arrayContaining(['companies', 'contacts', 'campaigns', 'deals', 'deal_contacts', 'leads', 'users']),
  );
});

it('of a search and of a filter over a lookup', async () => {
  expect(await csv('/contacts', '$select=last_name&$filter=company/name%20eq%20%27Acme%27')).toBe(
    'last_name\r\nPetrova\r\n',
  );
  expect(await csv('/companies', '$select=name&$search=acme')).toBe('name\r\nAcme\r\n');
});
