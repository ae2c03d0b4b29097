// $batch in both formats: requests after one another, references between them, groups that happen together or not at all.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let representative: Principal;
beforeAll(async () => {
  crm = await startCrm();
  representative = await crm.user('Rita', ['sales_representative']);
});
afterAll(() => crm.close());

interface Part {
  readonly method?: string;
  readonly id?: string;
  readonly url: string;
  readonly [member: string]: unknown;
}

/** Requests with ids 1, 2, ... unless they have their own. */
function send(parts: readonly Part[], headers: Record<string, string> = {}, principal = crm.admin): Promise<Answer> {
  const requests = parts.map((part, index) => ({ id: String(index + 1), method: 'POST', ...part }));
  return crm.call(principal, 'POST', '/$batch', { requests }, headers);
}

interface Response {
  readonly id: string;
  readonly status: number;
  readonly atomicityGroup?: string;
  readonly headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: bodies are JSON of any shape
  readonly body?: any;
}

async function answers(
  parts: readonly Part[],
  headers: Record<string, string> = {},
  principal = crm.admin,
): Promise<Response[]> {
  const { status, json } = await send(parts, headers, principal);
  expect(status, JSON.stringify(json)).toBe(200);
  return json.responses;
}

const statuses = (responses: readonly Response[]): unknown[] => responses.map(({ id, status }) => [id, status]);
const count = async (set: string): Promise<number> => Number((await crm.call(crm.admin, 'GET', `/${set}/$count`)).text);

describe('JSON', () => {
  test('requests see what those before them did, and name their records', async () => {
    const all = await answers([
      { url: 'companies', body: { name: 'Acme' } },
      { url: '/api/v1/contacts', body: { last_name: 'Smith', 'company@odata.bind': '$1' }, dependsOn: ['1'] },
      { url: 'http://crm.test/api/v1/contacts', body: { last_name: 'Jones', company: { '@id': '$1' } } },
      { method: 'patch', url: '$2', body: { job_title: 'Buyer' }, headers: { Prefer: 'return=representation' } },
      { method: 'GET', url: '$1/contacts?$select=last_name&$orderby=last_name' },
      { method: 'GET', url: '$1/contacts/$count' },
      { method: 'GET', url: '$2?$expand=company($select=name)' },
      { method: 'DELETE', url: '$3' },
      { method: 'HEAD', url: '$1' },
      { method: 'GET', url: '$3' },
    ]);
    expect(statuses(all)).toEqual([
      ['1', 201],
      ['2', 201],
      ['3', 201],
      ['4', 200],
      ['5', 200],
      ['6', 200],
      ['7', 200],
      ['8', 204],
      ['9', 200],
      ['10', 404],
    ]);
    expect(all[3]?.body).toMatchObject({ last_name: 'Smith', job_title: 'Buyer' });
    expect(all[4]?.body.value).toMatchObject([{ last_name: 'Jones' }, { last_name: 'Smith' }]);
    expect(all[5]).toMatchObject({ body: '2', headers: { 'content-type': 'text/plain;charset=utf-8' } });
    expect(all[6]?.body.company).toMatchObject({ name: 'Acme' });
    expect(all[7]).not.toHaveProperty('body');
    expect(all[8]).not.toHaveProperty('body');
    expect(all[9]?.body.error.code).toBe('not_found');
    expect(all[0]?.headers).toMatchObject({ location: expect.stringContaining('/companies('), etag: 'W/"1"' });
  });

  test('a body is judged like that of a single request: exact numbers, names given twice', async () => {
    const text = `{"requests": [
      {"id": "a", "method": "POST", "url": "deals", "body": {"name": "Big", "amount": 123456789012345.6789}},
      {"id": "b", "method": "POST", "url": "deals", "body": {"name": "One", "name": "Two"}}]}`;
    const { json } = await crm.call(crm.admin, 'POST', '/$batch', text);
    expect(json.responses[0].status).toBe(201);
    const read = await crm.call(
      crm.admin,
      'GET',
      json.responses[0].headers.location.replace('http://crm.test/api/v1', ''),
    );
    expect(read.text).toContain('"amount":123456789012345.6789');
    expect(json.responses[1].body.error).toMatchObject({ code: 'bad_request', target: 'name' });
    const bound = await crm.call(
      crm.admin,
      'POST',
      '/$batch',
      '{"requests": [{"id": "a", "method": "POST", "url": "companies", "body": {"name": "C"}}, {"id": "b", "method": "POST", "url": "deals", "body": {"name": "$a", "amount": 123456789012345.6789, "company@odata.bind": "$a"}}]}',
    );
    expect(bound.json.responses[1].body.name).toBe('$a');
    expect(bound.text).toContain('"amount":123456789012345.6789');
  });

  test('ends with the first request that fails, unless it is to go on', async () => {
    const parts: Part[] = [
      { url: 'companies', body: { name: 'First' } },
      { url: 'companies', body: {} },
      { url: 'companies', body: { name: 'Third' } },
      { method: 'GET', url: '$2' },
      { method: 'GET', url: 'companies', dependsOn: ['2'] },
      { method: 'GET', url: '$3' },
    ];
    const before = await count('companies');
    expect(statuses(await answers(parts))).toEqual([
      ['1', 201],
      ['2', 400],
    ]);
    expect(await count('companies')).toBe(before + 1);
    const { json, headers } = await send(parts, { prefer: 'odata.continue-on-error' });
    expect(statuses(json.responses)).toEqual([
      ['1', 201],
      ['2', 400],
      ['3', 201],
      ['4', 424],
      ['5', 424],
      ['6', 200],
    ]);
    expect(json.responses[4].body.error).toMatchObject({
      code: 'failed_dependency',
      message: expect.stringContaining('2'),
    });
    expect(headers['preference-applied']).toBe('odata.continue-on-error=true');
    expect((await answers(parts, { prefer: 'continue-on-error=false' })).length).toBe(2);
  });

  test('has the rights of the caller in every request', async () => {
    const { id } = await crm.create('deals', { name: 'Hidden' });
    const all = await answers(
      [
        { method: 'GET', url: `deals(${id})` },
        { method: 'PATCH', url: `deals(${id})`, body: { name: 'Mine' } },
        { method: 'GET', url: 'deals/$count' },
        { url: 'campaigns', body: { name: 'Spring' } },
      ],
      { prefer: 'continue-on-error' },
      representative,
    );
    expect(statuses(all)).toEqual([
      ['1', 404],
      ['2', 404],
      ['3', 200],
      ['4', 403],
    ]);
    expect(all[0]?.body).toEqual(all[1]?.body);
    expect(all[3]?.body.error.code).toBe('missing_privilege');
  });

  test.each<[string, unknown, string, string]>([
    ['no JSON', '{"requests": [', 'malformed_json', ''],
    ['a request that is no JSON', '{"requests": [{"id": }]}', 'malformed_json', ''],
    ['no requests', {}, 'invalid_batch', 'requests'],
    ['another member', { requests: [], more: 1 }, 'unknown_property', 'more'],
    [
      'another member of a request',
      { requests: [{ id: '1', method: 'GET', url: 'deals', bodi: 1 }] },
      'unknown_property',
      'requests/0/bodi',
    ],
    ['no id', { requests: [{ method: 'GET', url: 'deals' }] }, 'invalid_batch', 'requests/0/id'],
    ['no url', { requests: [{ id: '1', method: 'GET', url: 7 }] }, 'invalid_batch', 'requests/0/url'],
    [
      'an id twice',
      {
        requests: [
          { id: '1', method: 'GET', url: 'deals' },
          { id: '1', method: 'GET', url: 'deals' },
        ],
      },
      'invalid_batch',
      'requests/1/id',
    ],
    [
      'a header that is no text',
      { requests: [{ id: '1', method: 'GET', url: 'deals', headers: { Accept: 1 } }] },
      'invalid_batch',
      'requests/0/headers/Accept',
    ],
    [
      'a header twice',
      { requests: [{ id: '1', method: 'GET', url: 'deals', headers: { Accept: 'a', accept: 'b' } }] },
      'invalid_batch',
      'requests/0/headers/accept',
    ],
    [
      'a header that every object has',
      { requests: [{ id: '1', method: 'GET', url: 'deals', headers: { constructor: 'a', Constructor: 'b' } }] },
      'invalid_batch',
      'requests/0/headers/Constructor',
    ],
    [
      'a dependency that comes later',
      {
        requests: [
          { id: '1', method: 'GET', url: 'deals', dependsOn: ['2'] },
          { id: '2', method: 'GET', url: 'deals' },
        ],
      },
      'invalid_batch',
      'requests/0/dependsOn',
    ],
    [
      'a group in two places',
      {
        requests: [
          { id: '1', method: 'POST', url: 'deals', atomicityGroup: 'g' },
          { id: '2', method: 'GET', url: 'deals' },
          { id: '3', method: 'POST', url: 'deals', atomicityGroup: 'g' },
        ],
      },
      'invalid_batch',
      'requests/2/atomicityGroup',
    ],
    [
      'a condition',
      { requests: [{ id: '1', method: 'GET', url: 'deals', if: 'true' }] },
      'not_supported',
      'requests/0/if',
    ],
  ])('refuses %s before anything is done', async (_, body, code, target) => {
    const { json } = await crm.call(crm.admin, 'POST', '/$batch', body);
    expect([json.code, json.target ?? '']).toEqual([code, target]);
  });

  test('holds 1,000 requests and not one more', async () => {
    const parts = Array.from({ length: 1_000 }, () => ({ method: 'GET', url: 'companies/$count' }));
    expect(await answers(parts)).toHaveLength(1_000);
    const more = await send([...parts, { method: 'GET', url: 'companies/$count' }]);
    expect([more.json.code, more.json.target]).toEqual(['limit_exceeded', 'requests']);
    expect(await answers([])).toEqual([]);
  });

  test.each<[string, Part, number, string]>([
    ['another batch', { url: '$batch', body: { requests: [] } }, 400, 'bad_request'],
    [
      'another batch with its name encoded',
      { method: 'POST', url: '%24%62atch', body: { requests: [] } },
      400,
      'bad_request',
    ],
    [
      'another batch behind two slashes',
      { method: 'POST', url: '//$batch', body: { requests: [] } },
      400,
      'bad_request',
    ],
    ['another service', { method: 'GET', url: 'http://elsewhere.test/api/v1/deals' }, 400, 'bad_request'],
    ['a longer path of the same host', { method: 'GET', url: 'http://crm.test/api/v10/deals' }, 400, 'bad_request'],
    ['a reference to nothing', { method: 'GET', url: '$nothing' }, 400, 'bad_request'],
    ['a token of its own', { method: 'GET', url: 'deals', headers: { Authorization: 'Bearer x' } }, 400, 'bad_request'],
    ['CSV', { method: 'GET', url: 'deals', headers: { Accept: 'text/csv' } }, 501, 'not_supported'],
    ['a method that is none', { method: 'FETCH', url: 'deals' }, 405, 'method_not_allowed'],
    ['a set that is none', { method: 'GET', url: 'nothings' }, 404, 'unknown_resource'],
    ['a URL with a NUL', { method: 'GET', url: 'deals\u0000' }, 400, 'bad_request'],
    ['a header with a line end', { method: 'GET', url: 'deals', headers: { Prefer: 'a\r\nb' } }, 400, 'bad_request'],
    [
      'more headers than a request has',
      { method: 'GET', url: 'deals', headers: { Accept: `application/json;x=${'x'.repeat(41_000)}` } },
      400,
      'limit_exceeded',
    ],
    [
      'a body of another type',
      { url: 'deals', body: 'x', headers: { 'Content-Type': 'text/plain' } },
      415,
      'unsupported_media_type',
    ],
  ])('answers a request for %s as an error of its own', async (_, part, status, code) => {
    const [answer] = await answers([part]);
    expect([answer?.status, answer?.body.error.code]).toEqual([status, code]);
  });
});

describe('a group', () => {
  let before: number;
  beforeEach(async () => {
    before = await count('companies');
  });

  test('is one transaction, whose requests see each other', async () => {
    const all = await answers([
      { url: 'companies', body: { name: 'Together' }, atomicityGroup: 'g' },
      { url: 'contacts', body: { last_name: 'Both', 'company@odata.bind': '$1' }, atomicityGroup: 'g' },
      { method: 'PATCH', url: '$1', body: { description: 'x' }, headers: { 'If-Match': 'W/"1"' }, atomicityGroup: 'g' },
      { method: 'GET', url: '$1?$expand=contacts', dependsOn: ['g'] },
    ]);
    expect(statuses(all)).toEqual([
      ['1', 201],
      ['2', 201],
      ['3', 204],
      ['4', 200],
    ]);
    expect(all.map(({ atomicityGroup }) => atomicityGroup)).toEqual(['g', 'g', 'g', undefined]);
    expect(all[3]?.body).toMatchObject({ description: 'x', version: 2, contacts: [{ last_name: 'Both' }] });
    expect(await count('companies')).toBe(before + 1);
  });

  test('holds every write of one record: to its collections and references as well', async () => {
    const { id } = await crm.create('deals', { name: 'Referred' });
    const all = await answers(
      [
        { url: 'companies', body: { name: 'Holder' } },
        { url: '$1/contacts', body: { last_name: 'Held' } },
        { method: 'PUT', url: `deals(${id})/company/$ref`, body: { '@odata.id': '$1' } },
      ].map((part) => ({ ...part, atomicityGroup: 'g' })),
    );
    expect(all.map(({ status }) => status)).toEqual([201, 201, 204]);
    const path = `/deals(${id})?$expand=company($select=name;$expand=contacts($select=last_name))`;
    const read = await crm.call(crm.admin, 'GET', path);
    expect(read.json).toMatchObject({ company: { name: 'Holder', contacts: [{ last_name: 'Held' }] } });
  });

  test('with a trial run in it, which could not be taken back alone, is refused', async () => {
    const leaver = await crm.user('Lea', ['sales_representative']);
    const company = await crm.create('companies', { name: 'Handed', owner_id: leaver.id });
    const all = await answers([
      { url: `users(${leaver.id})/hand_over`, body: { owner_id: crm.admin.id, dry_run: true }, atomicityGroup: 'g' },
    ]);
    expect(all[0]).toMatchObject({ status: 501, body: { error: { code: 'not_supported' } } });
    const read = await crm.call(crm.admin, 'GET', `/companies(${company.id})`);
    expect(read.json.owner_id).toBe(leaver.id);
    const real = { url: `users(${leaver.id})/hand_over`, body: { owner_id: crm.admin.id }, atomicityGroup: 'g' };
    expect(statuses(await answers([real]))).toEqual([['1', 200]]);
    const handed = await crm.call(crm.admin, 'GET', `/companies(${company.id})`);
    expect(handed.json.owner_id).toBe(crm.admin.id);
  });

  test('takes BEGIN, its writes and COMMIT', async () => {
    const { counters } = crm.platform.database;
    const costs: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const { statements } = counters;
      await answers([
        // No rule looks for duplicates of these.
        { url: 'campaigns', body: { name: 'Counted' }, atomicityGroup: 'g' },
        { url: 'deals', body: { name: 'Counted', 'campaign@odata.bind': '$1' }, atomicityGroup: 'g' },
      ]);
      costs.push(counters.statements - statements);
    }
    // The service looks every second whether anything was published.
    expect(Math.min(...costs)).toBe(4);
  });

  test.each<[string, Part, number, string]>([
    ['is not valid', { url: 'companies', body: {} }, 400, 'validation_failed'],
    ['collides with a key', { url: 'companies', body: { name: 'B', external_id: 'taken' } }, 409, 'duplicate_key'],
    [
      'names what is not there',
      { method: 'DELETE', url: 'companies(00000000-0000-0000-0000-000000000000)' },
      404,
      'not_found',
    ],
    [
      'has another version',
      { method: 'PATCH', url: '$1', body: { name: 'x' }, headers: { 'If-Match': 'W/"7"' } },
      412,
      'precondition_failed',
    ],
    ['reads', { method: 'GET', url: 'companies' }, 400, 'bad_request'],
    ['is a bulk request', { url: 'companies/bulk', body: { records: [{ name: 'C' }] } }, 501, 'not_supported'],
  ])('leaves nothing behind when one of its requests %s', async (_, part, status, code) => {
    if (code === 'duplicate_key' && before >= 0) {
      const known = await crm.call(crm.admin, 'POST', '/companies', { name: 'A', external_id: 'taken' });
      if (known.status === 201) before += 1;
    }
    const group = { atomicityGroup: 'g' };
    const all = await answers(
      [
        { url: 'companies', body: { name: 'Gone' }, ...group },
        { ...part, ...group },
        { url: 'companies', body: { name: 'Gone as well' }, ...group },
        { url: 'companies', body: { name: 'Waits' }, dependsOn: ['g'] },
        { method: 'GET', url: '$1' },
        { method: 'GET', url: 'companies/$count' },
      ],
      { prefer: 'continue-on-error' },
    );
    expect(statuses(all)).toEqual([
      ['1', 424],
      ['2', status],
      ['3', 424],
      ['4', 424],
      ['5', 424],
      ['6', 200],
    ]);
    expect(all[1]?.body.error.code).toBe(code);
    expect(Number(all[5]?.body)).toBe(before);
    expect(await count('companies')).toBe(before);
  });

  test('whose answers are too long together is refused, before they fill the memory', async () => {
    const { id } = await crm.create('companies', { name: 'Long' });
    const contact = { last_name: 'Long', company_id: id, description: 'x'.repeat(10_000) };
    const many = await crm.call(crm.admin, 'POST', '/contacts/bulk', { records: Array(100).fill(contact) });
    expect(many.status).toBe(200);
    const part = {
      method: 'PATCH',
      url: `companies(${id})?$select=name&$expand=contacts($select=description)`,
      headers: { Prefer: 'return=representation' },
      atomicityGroup: 'g',
    };
    const parts = Array.from({ length: 70 }, (_, index) => ({ ...part, body: { description: `${index}` } }));
    const all = await answers(parts);
    const refused = all.filter(({ status }) => status !== 424);
    expect(refused.map(({ id, body }) => [id, body.error.code])).toEqual([['68', 'limit_exceeded']]);
    expect((await crm.call(crm.admin, 'GET', `/companies(${id})`)).json).toMatchObject({ version: 1 });
  });

  test('that loses against another is run again as a whole', async () => {
    const ids = await Promise.all(
      ['A', 'B'].map(async (name) => (await crm.create('companies', { name })).id as string),
    );
    const parts = (order: readonly string[], value: string): Part[] =>
      order.map((id) => ({
        method: 'PATCH',
        url: `companies(${id})`,
        body: { description: value },
        atomicityGroup: 'g',
      }));
    const all = await Promise.all(
      Array.from({ length: 4 }, (_, number) =>
        answers(parts(number % 2 === 0 ? ids : [...ids].reverse(), `by ${number}`)),
      ),
    );
    expect(all.flat().filter(({ status }) => status !== 204)).toEqual([]);
    const [a, b] = await Promise.all(
      ids.map(async (id) => (await crm.call(crm.admin, 'GET', `/companies(${id})`)).json),
    );
    expect(a.description).toBe(b.description);
    expect([a.version, b.version]).toEqual([5, 5]);
  });
});

/** The answer's parts: status and body of each, change sets as lists. */
function read(text: string, type: string): unknown[] {
  const boundary = /boundary=(\S+)/.exec(type)?.[1] ?? '';
  const pieces = text.split(`--${boundary}`).slice(1, -1);
  expect(text.endsWith(`--${boundary}--\r\n`)).toBe(true);
  return pieces.map((piece) => {
    const [, head = '', content = ''] = /^\r\n([\s\S]*?)\r\n\r\n([\s\S]*)\r\n$/.exec(piece) ?? [];
    const inner = /Content-Type: (multipart\/mixed; boundary=changesetresponse_\S+)/.exec(head)?.[1];
    if (inner !== undefined) return read(content, inner);
    const id = /Content-ID: (\S+)/.exec(head)?.[1];
    const [, status = '', body = ''] = /^HTTP\/1\.1 (\d+) [\s\S]*?\r\n\r\n([\s\S]*)$/.exec(content) ?? [];
    return [id, Number(status), body === '' ? null : body.startsWith('{') ? JSON.parse(body) : body];
  });
}

describe('multipart', () => {
  const lines = [
    'this is no part',
    '--b',
    'Content-Type: multipart/mixed; boundary="b 2"',
    '',
    '--b 2',
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    'Content-ID: 1',
    '',
    'POST companies HTTP/1.1',
    'Host: crm.test',
    'Content-Type: application/json',
    '',
    '{"name": "Parts"}',
    '--b 2',
    'Content-Type: application/http',
    'Content-ID: 2',
    '',
    'POST /api/v1/contacts HTTP/1.1',
    'Content-Type: application/json',
    'Prefer: return=minimal',
    '',
    '{"last_name": "Part",',
    '"company@odata.bind": "$1"}',
    '',
    '--b 2--',
    '--b',
    'Content-Type: application/http',
    '',
    'GET http://crm.test/api/v1/companies?$filter=name%20eq%20%27Parts%27&$expand=contacts($select=last_name) HTTP/1.1',
    'Accept: application/json;odata.metadata=none',
    '',
    '',
    '--b',
    'Content-Type: application/http',
    '',
    'GET companies/$count HTTP/1.1',
    '',
    '--b--',
    '',
  ];

  const post = (text: string, headers: Record<string, string> = {}): Promise<Answer> =>
    crm.call(crm.admin, 'POST', '/$batch', text, { 'content-type': 'multipart/mixed; boundary=b', ...headers });

  test.each([['\r\n'], ['\n']])('holds requests and change sets, with line ends %j', async (end) => {
    await crm.call(crm.admin, 'GET', '/companies').then(async ({ json }) => {
      for (const { id, name } of json.value)
        if (name === 'Parts') await crm.call(crm.admin, 'DELETE', `/companies(${id})`);
    });
    const answer = await post(lines.join(end), { accept: 'application/json' });
    expect(answer.status).toBe(200);
    const [set, list, number] = read(answer.text ?? '', answer.headers['content-type'] ?? '') as [
      unknown[][],
      unknown[],
      unknown[],
    ];
    expect(set).toMatchObject([
      ['1', 201, { name: 'Parts' }],
      ['2', 204, null],
    ]);
    expect(list).toMatchObject([undefined, 200, { value: [{ name: 'Parts', contacts: [{ last_name: 'Part' }] }] }]);
    expect(number).toEqual([undefined, 200, String(await count('companies'))]);
    expect(answer.headers['content-type']).toMatch(/^multipart\/mixed; boundary=batchresponse_/);
  });

  test('a change set that fails is one answer, and leaves nothing behind', async () => {
    const before = await count('companies');
    const failing = lines.join('\r\n').replace('"last_name": "Part",', '');
    const { text, headers } = await post(failing, { prefer: 'odata.continue-on-error=true' });
    const parts = read(text ?? '', headers['content-type'] ?? '');
    expect(parts).toMatchObject([
      ['2', 400, { error: { code: 'validation_failed' } }],
      [undefined, 200, {}],
      [undefined, 200, String(before)],
    ]);
  });

  test.each([
    ['', 'bad_request'],
    ['--b\r\nContent-Type: application/http\r\n\r\nGET deals HTTP/1.1\r\n\r\n', 'bad_request'],
    ['--b\r\nContent-Type: application/json\r\n\r\n{}\r\n--b--', 'bad_request'],
    ['--b\r\nno header\r\n\r\nGET deals HTTP/1.1\r\n--b--', 'bad_request'],
    ['--b\r\nContent-Type: application/http\r\n\r\ndeals\r\n--b--', 'bad_request'],
    ['--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: base64\r\n\r\nR0VU\r\n--b--', 'bad_request'],
    ['--b\r\nContent-Type: multipart/mixed\r\n\r\n--c--\r\n--b--', 'bad_request'],
    ['--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n--c--\r\n--b--', 'bad_request'],
  ])('refuses %j', async (text, code) => {
    expect((await post(text)).json.code).toBe(code);
  });

  test.each([
    ['a long run of blanks in a header', `Content-Type: application/http\r\nX: ${' '.repeat(300_000)}x`],
    ['a long run of blanks in a type', `Content-Type: application/http${' '.repeat(300_000)}x`],
  ])('takes no time for %s', async (_, head) => {
    const began = performance.now();
    const { text, headers } = await post(`--b\r\n${head}\r\n\r\nGET companies/$count\r\n--b--`);
    expect(read(text ?? '', headers['content-type'] ?? '')).toEqual([
      [undefined, 200, String(await count('companies'))],
    ]);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test('holds 1,000 requests, and what has more of them is not taken apart', async () => {
    const part = '--b\r\nContent-Type: application/http\r\n\r\nGET companies/$count\r\n';
    const most = await post(`${part.repeat(1_000)}--b--`);
    expect(read(most.text ?? '', most.headers['content-type'] ?? '')).toHaveLength(1_000);
    for (const text of [part.repeat(1_001), '--b\n'.repeat(1_001)]) {
      expect((await post(`${text}--b--`)).json.code).toBe('limit_exceeded');
      const set = `--c\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${text}--b--\r\n--c--`;
      expect((await post(set, { 'content-type': 'multipart/mixed; boundary=c' })).json.code).toBe('limit_exceeded');
    }
  });

  test('needs a boundary, and another type is refused', async () => {
    const code = async (type: string): Promise<string> => (await post('--b--', { 'content-type': type })).json.code;
    expect(await code('multipart/mixed')).toBe('bad_request');
    expect(await code(`multipart/mixed; boundary=${'x'.repeat(71)}`)).toBe('bad_request');
    expect(await code('text/plain')).toBe('unsupported_media_type');
    expect((await post('--b--')).status).toBe(200);
  });
});
