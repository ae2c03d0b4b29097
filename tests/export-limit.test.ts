// The capability export is what taking out many records needs: without it a request ends at a page, at a number of records with
// what is expanded, and at the same number for all requests of a batch.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let reader: Principal;

beforeAll(async () => {
  crm = await startCrm();
  reader = await crm.user('Reader', ['sales_representative']);
  const records = Array.from({ length: 1_001 }, (_, n) => ({ name: `Company ${n}` }));
  expect((await crm.call(crm.admin, 'POST', '/companies/bulk', { mode: 'create', records })).status).toBe(200);
});
afterAll(() => crm?.close());

const list = (query: string, prefer?: string, principal = reader): Promise<Answer> =>
  crm.call(principal, 'GET', `/companies?$select=id&${query}`, undefined, prefer === undefined ? {} : { prefer });

describe('who lacks the capability export', () => {
  test('gets no more than 1,000 records in a list, whatever page or number he asks for', async () => {
    expect(reader.capabilities.has('export')).toBe(false);
    const sizes: [string, string | undefined, number, boolean][] = [
      ['', undefined, 100, true],
      ['', 'maxpagesize=1000', 1_000, true],
      ['', 'maxpagesize=1001', 1_000, true],
      ['$top=1000', undefined, 1_000, false],
      ['$top=1001', 'maxpagesize=1000000', 1_000, true],
      ['$top=1000000', undefined, 1_000, true],
    ];
    for (const [query, prefer, records, goesOn] of sizes) {
      const { json } = await list(query, prefer);
      expect([query, prefer, json.value.length, json['@odata.nextLink'] !== undefined]).toEqual([
        query,
        prefer,
        records,
        goesOn,
      ]);
    }
  });

  test('gets no list as a whole', async () => {
    const refusal = { status: 403, json: { code: 'missing_capability' } };
    expect(await crm.call(reader, 'GET', '/companies', undefined, { accept: 'text/csv' })).toMatchObject(refusal);
    expect(await list('$format=csv')).toMatchObject(refusal);
  });

  test('gets 250,000 records with what is expanded, were everything full, and no more', async () => {
    const nested = (deals: number) =>
      `$top=1000&$expand=contacts($select=id;$top=3;$expand=deals($select=id;$top=${deals}))`;
    expect((await list(nested(82))).status).toBe(200);
    const refused = await list(nested(83));
    expect(refused).toMatchObject({ status: 400, json: { code: 'limit_exceeded', target: '$expand' } });
    expect(refused.text).toContain('export');
    expect((await list(nested(83), undefined, crm.admin)).status).toBe(200);
  });

  test('gets as many from all requests of a batch together', async () => {
    const page = { method: 'GET', url: "companies?$select=id&$top=1000&$filter=name eq 'none'" };
    const requests = Array.from({ length: 251 }, (_, n) => ({ id: String(n), ...page }));
    const responses = async (principal: Principal): Promise<{ status: number; body: { error: unknown } }[]> =>
      (await crm.call(principal, 'POST', '/$batch', { requests }, { prefer: 'continue-on-error' })).json.responses;
    const answered = await responses(reader);
    expect(answered.map(({ status }) => status)).toEqual([...Array(250).fill(200), 400]);
    expect(answered.at(-1)?.body.error).toMatchObject({ code: 'limit_exceeded' });
    expect((await responses(crm.admin)).map(({ status }) => status)).toEqual(Array(251).fill(200));
  });
});
