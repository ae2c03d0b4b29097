// RFC 9110, 9.3.7 and 15.5.6, which OData 4.01 Part 1 builds upon: what OPTIONS tells of a resource is what it has, and every 405 names
// the same methods.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createSample, failure, type Sample, startClient } from './kit.ts';

let client: Client;
let sample: Sample;
beforeAll(async () => {
  client = await startClient();
  sample = await createSample(client);
});
afterAll(() => client.stop());

const READ = 'GET, HEAD, OPTIONS';
const DONE = 'POST, OPTIONS';
const RESOURCES: readonly (readonly [path: string, allow: string])[] = [
  ['/$metadata', READ],
  ['/$batch', DONE],
  ['/openapi.json', READ],
  ['/who_am_i', READ],
  ['/security_events', READ],
  ['/preview_role_change', DONE],
  ['/$entity?$id=companies(COMPANY)', READ],
  ['/companies', 'GET, HEAD, POST, OPTIONS'],
  ['/companies/$count', READ],
  ['/companies/bulk', DONE],
  ['/companies/assign', DONE],
  ['/companies/deleted', READ],
  ['/companies/changes', READ],
  ['/companies(COMPANY)', 'GET, HEAD, PATCH, DELETE, PUT, OPTIONS'],
  ["/companies(external_id='A-1')", 'GET, HEAD, PATCH, DELETE, PUT, OPTIONS'],
  ['/companies(COMPANY)/name', 'GET, HEAD, PUT, DELETE, OPTIONS'],
  ['/companies(COMPANY)/share', DONE],
  ['/companies(COMPANY)/kartoteka.restore', DONE],
  ['/companies(COMPANY)/explain_access', READ],
  ['/companies(COMPANY)/contacts', 'GET, HEAD, POST, OPTIONS'],
  ['/companies(COMPANY)/contacts/$count', READ],
  ['/companies(COMPANY)/contacts/$ref', 'POST, DELETE, GET, HEAD, PUT, OPTIONS'],
  ['/companies(COMPANY)/contacts(CONTACT)/$ref', 'GET, HEAD, DELETE, OPTIONS'],
  ['/companies(COMPANY)/contacts(CONTACT)', 'GET, HEAD, PATCH, DELETE, PUT, OPTIONS'],
  ['/contacts(CONTACT)/company', READ],
  ['/contacts(CONTACT)/company/$ref', 'GET, HEAD, PUT, DELETE, OPTIONS'],
  ['/companies/deleted(COMPANY)', READ],
  ['/companies/deleted(COMPANY)/contacts', READ],
  ['/companies/deleted(COMPANY)/parent_company/$ref', READ],
  ['/companies/deleted(COMPANY)/redact', DONE],
  ['/metadata', READ],
  ['/metadata/publish', DONE],
  ['/metadata/change_sets', 'GET, HEAD, POST, OPTIONS'],
];

const filled = (path: string): string =>
  path.replaceAll('COMPANY', sample.acme.id).replaceAll('CONTACT', sample.anna.id);

const sorted = (allow: string | null): readonly string[] => (allow ?? '').split(', ').sort();

test.each([['', READ] as const, ...RESOURCES])(
  '%s: OPTIONS and every method that it has not tell those that it has',
  async (path, allow) => {
    const url = path === '' ? client.root : filled(path);
    const told = await client.send('OPTIONS', url);
    expect([told.status, told.text, sorted(told.headers.get('allow'))]).toEqual([204, '', sorted(allow)]);
    expect(told.headers.get('odata-version')).toBe('4.0');
    const has = new Set(allow.split(', '));
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      if (has.has(method)) continue;
      const answer = await client.send(method, url, ['POST', 'PUT', 'PATCH'].includes(method) ? { body: {} } : {});
      expect([method, answer.status, sorted(answer.headers.get('allow'))]).toEqual([method, 405, sorted(allow)]);
      if (method !== 'HEAD') expect(failure(answer)).toEqual([405, 'method_not_allowed']);
    }
  },
);

test('what a resource has is answered otherwise than by 405', async () => {
  for (const [path, allow] of RESOURCES) {
    const own = path.replaceAll('COMPANY', crypto.randomUUID()).replaceAll('CONTACT', crypto.randomUUID());
    for (const method of allow.split(', ')) {
      const body = ['POST', 'PUT', 'PATCH'].includes(method) ? { body: { nothing: 1 } } : {};
      expect((await client.send(method, own, body)).status, `${method} ${path}`).not.toBe(405);
    }
  }
});

test('OPTIONS needs a known caller, reads no record, and opens nothing to pages of other origins', async () => {
  const preflight = { origin: 'https://elsewhere.example', 'access-control-request-method': 'GET' };
  const unknown = await fetch(`${client.root}/companies`, { method: 'OPTIONS', headers: preflight });
  expect([unknown.status, unknown.headers.get('allow')]).toEqual([401, null]);
  const missing = `/companies(${crypto.randomUUID()})`;
  const told = await client.send('OPTIONS', missing, { headers: { ...preflight, 'OData-MaxVersion': '4.01' } });
  expect([told.status, told.headers.get('odata-version')]).toEqual([204, '4.01']);
  for (const { headers } of [unknown, told])
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test('OPTIONS of what there is not, and of a request that is none, is refused as any other', async () => {
  for (const [path, status, code] of [
    ['/nothings', 404, 'unknown_resource'],
    ['/companies(1)', 400, 'invalid_key'],
    [`/companies(${sample.acme.id})/nothing`, 404, 'unknown_resource'],
    [`/companies(${sample.acme.id})/hand_over`, 404, 'unknown_resource'],
    ['/metadata/nothing', 404, 'unknown_resource'],
    ['/$all', 501, 'not_supported'],
  ] as const)
    expect(failure(await client.send('OPTIONS', path)), path).toEqual([status, code]);
  const repeatable = {
    'Repeatability-Request-ID': crypto.randomUUID(),
    'Repeatability-First-Sent': new Date().toUTCString(),
  };
  expect(failure(await client.send('OPTIONS', '/companies', { headers: repeatable }))).toEqual([501, 'not_supported']);
});

test('a method that nothing has is not supported', async () => {
  for (const method of ['PROPFIND', 'QUERY', 'SEARCH'])
    expect(failure(await client.send(method, '/companies')), method).toEqual([501, 'not_supported']);
});

test('requests of a batch tell the methods as those outside do', async () => {
  const requests = [
    { id: '1', method: 'OPTIONS', url: 'companies' },
    { id: '2', method: 'PUT', url: 'companies', body: {} },
    { id: '3', atomicityGroup: 'g', method: 'OPTIONS', url: 'companies' },
  ];
  const { json } = await client.send('POST', '/$batch', {
    body: { requests },
    headers: { prefer: 'continue-on-error' },
  });
  expect(
    json.responses.map(({ status, headers }: { status: number; headers: { allow?: string } }) => [
      status,
      headers.allow,
    ]),
  ).toEqual([
    [204, 'GET, HEAD, POST, OPTIONS'],
    [405, 'GET, HEAD, POST, OPTIONS'],
    [400, undefined],
  ]);
});
