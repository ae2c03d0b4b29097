// Many records in one request over HTTP: limits of the route, and results that are those of single requests.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, callApi, signIn, startTestService, type TestService } from './testing/test-service.ts';

const BULK_BODY_LIMIT = 2_097_152;

let node: TestService;
let token: string;

beforeAll(async () => {
  node = await startTestService({ KARTOTEKA_BULK_BODY_LIMIT: String(BULK_BODY_LIMIT) });
  token = (await signIn(node.address, ADMIN.email, ADMIN.password)).access_token;
});
afterAll(() => node.stop());

// biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape
async function bulk(body: unknown): Promise<{ status: number; json: any }> {
  const response = await callApi(node.address, token, 'POST', '/api/v1/companies/bulk', body);
  return { status: response.status, json: await response.json() };
}

describe('many records in one request', () => {
  it('are created, found again by their key and changed only where they differ', async () => {
    const records = [
      { name: 'Acme', external_id: 'A-1' },
      { name: '', external_id: 'A-2' },
      { name: 'Bolt', external_id: 'A-3' },
    ];
    const first = await bulk({ mode: 'upsert', key: 'external_id', records });
    expect(first.status).toBe(200);
    expect(first.json.results.map((result: { status: number }) => result.status)).toEqual([201, 400, 201]);
    expect(first.json.results[1].error.details).toMatchObject([{ code: 'invalid_value', target: 'name' }]);
    records[0] = { name: 'Acme Ltd', external_id: 'A-1' };
    const second = await bulk({ mode: 'upsert', key: 'external_id', records });
    expect(second.json.results).toMatchObject([
      { status: 200, id: first.json.results[0].id, changed: true },
      { status: 400 },
      { status: 200, id: first.json.results[2].id, changed: false },
    ]);
  });

  it('may be larger than other bodies, up to the limit of the route', async () => {
    const pad = 'x'.repeat(100_000);
    const records = Array.from({ length: 20 }, (_, at) => ({ name: `Long ${at}`, description: pad }));
    const fits = await bulk({ records: records.slice(0, 15).map((record) => ({ ...record, description: 'short' })) });
    expect(fits.json.results).toHaveLength(15);
    const large = await bulk({ mode: 'create', records });
    expect(large.status).toBe(200);
    const larger = await bulk({ mode: 'create', records: [...records, ...records] });
    expect([larger.status, larger.json.error.code]).toEqual([413, 'payload_too_large']);
    expect(larger.json.error.message).toContain(String(BULK_BODY_LIMIT));
  });

  it('are ten thousand at most', async () => {
    const refused = await bulk({ mode: 'create', records: Array.from({ length: 10_001 }, () => ({})) });
    expect([refused.status, refused.json.error.code]).toEqual([400, 'limit_exceeded']);
    expect(
      (await bulk({ mode: 'update', records: Array.from({ length: 10_000 }, () => ({})) })).json.results,
    ).toHaveLength(10_000);
  });

  it('come in an envelope whose every mistake is told at once', async () => {
    const { status, json } = await bulk({
      records: {},
      mode: 'replace',
      atomic: 1,
      dry_run: null,
      key: 'nothing',
      more: 1,
    });
    expect(status).toBe(400);
    expect(json.error.details.map((detail: { target: string }) => detail.target)).toEqual([
      'mode',
      'atomic',
      'dry_run',
      'key',
      'records',
      'more',
    ]);
  });
});
