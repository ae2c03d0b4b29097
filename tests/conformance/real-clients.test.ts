// What clients that people have were seen to need of a service, beyond the clauses: Excel and Power Query, generated clients, UI5,
// react-admin. Clients themselves are run by the project `clients/`.
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, createSample, failure, type Sample, startClient } from './kit.ts';

let client: Client;
let sample: Sample;
beforeAll(async () => {
  client = await startClient();
  sample = await createSample(client);
});
afterAll(() => client.stop());

test('answers are 4.0 with prefixed annotations unless the client allows 4.01', async () => {
  const asked: Record<string, string>[] = [
    {},
    { 'OData-MaxVersion': '4.0' },
    { 'OData-Version': '4.0', 'OData-MaxVersion': '4.0' },
  ];
  for (const headers of asked) {
    const { headers: answered, json } = await client.get('/companies?$count=true&$expand=deals&$top=1', headers);
    expect(answered.get('odata-version')).toBe('4.0');
    const control = (value: unknown): string[] =>
      Array.isArray(value)
        ? value.flatMap(control)
        : value !== null && typeof value === 'object'
          ? Object.entries(value).flatMap(([name, each]) => [...(name.includes('@') ? [name] : []), ...control(each)])
          : [];
    expect(control(json).length).toBeGreaterThan(2);
    for (const name of control(json)) expect(name).toMatch(/@odata\./);
  }
});

test('$metadata is XML unless JSON is asked for', async () => {
  for (const accept of [undefined, '*/*', 'text/html,application/xml,*/*;q=0.1']) {
    const { headers: answered, text } = await client.get('/$metadata', accept === undefined ? {} : { accept });
    expect(answered.get('content-type')).toMatch(/^application\/xml/);
    expect(text).toMatch(/^<\?xml/);
  }
});

test('every link is absolute and leads where it says', async () => {
  for (let n = 0; n < 3; n += 1)
    await client.create('contacts', { last_name: `Member ${n}`, company_id: sample.acme.id });
  const { json } = await client.get(`/companies?$expand=contacts($top=1;$count=true)&$filter=id eq ${sample.acme.id}`, {
    prefer: 'odata.maxpagesize=1',
  });
  const page = await client.get('/contacts?$orderby=last_name', { prefer: 'odata.maxpagesize=2' });
  expect(page.json['@odata.nextLink']).toMatch(new RegExp(`^${client.root}/contacts\\?`));
  for (const link of [json['@odata.context'], page.json['@odata.nextLink']])
    expect((await client.get(link)).status, link).toBe(200);
  const wide = await client.get(`/companies(${sample.acme.id})?$expand=contacts($orderby=last_name)`);
  expect(wide.json.contacts.length).toBe(4);
});

test('links use the forwarded host only of a trusted proxy', async () => {
  const forwarded = { 'x-forwarded-host': 'crm.example.com', 'x-forwarded-proto': 'https' };
  expect((await client.get('/companies?$top=1', forwarded)).json['@odata.context']).toBe(
    `${client.root}/$metadata#companies`,
  );
  const trusting = await client.service.another({ KARTOTEKA_TRUST_PROXY: 'loopback' });
  try {
    const { json } = await client.get(`${trusting.address}/api/v1/companies?$top=1`, forwarded);
    expect(json['@odata.context']).toBe('https://crm.example.com/api/v1/$metadata#companies');
  } finally {
    await trusting.stop();
  }
});

test('$metadata, the service document and every list need authentication', async () => {
  for (const path of ['', '/', '/$metadata', '/companies', '/companies/$count']) {
    const answer = await fetch(client.root + path);
    expect([answer.status, answer.headers.get('www-authenticate')], path).toEqual([
      401,
      expect.stringContaining('Bearer'),
    ]);
  }
});

describe('answers of writes', () => {
  test('POST answers 201 with the body, PATCH 204, each the other way on request', async () => {
    const created = await client.send('POST', '/companies', { body: { name: 'A' } });
    expect([created.status, created.json.name]).toEqual([201, 'A']);
    const minimal = await client.send('POST', '/companies', {
      body: { name: 'B' },
      headers: { prefer: 'return=minimal' },
    });
    expect([minimal.status, minimal.headers.get('odata-entityid')]).toEqual([
      204,
      expect.stringContaining('/companies('),
    ]);
    const path = `/companies(${created.json.id})`;
    expect((await client.send('PATCH', path, { body: { headcount: 1 } })).status).toBe(204);
    const shown = await client.send('PATCH', path, {
      body: { headcount: 2 },
      headers: { prefer: 'return=representation' },
    });
    expect([shown.status, shown.json.headcount]).toEqual([200, 2]);
  });

  test('If-Match: * is update only, If-None-Match: * create only, and a PATCH without them an upsert', async () => {
    const path = `/companies(${crypto.randomUUID()})`;
    const patch = (headers: Record<string, string>) =>
      client.send('PATCH', path, { body: { name: 'Upsert' }, headers });
    expect((await patch({ 'if-match': '*' })).status).toBe(404);
    expect((await patch({})).status).toBe(201);
    expect((await patch({})).status).toBe(204);
    expect(failure(await patch({ 'if-none-match': '*' }))).toEqual([412, 'record_exists']);
    expect((await patch({ 'if-match': '*' })).status).toBe(204);
  });
});

test('keys come in every form that clients write', async () => {
  const { id } = sample.acme;
  for (const key of [`(${id})`, `(id=${id})`, `/${id}`, "(external_id='A-1')", `(${id.toUpperCase()})`, `('${id}')`])
    expect((await client.get(`/companies${key}`)).json?.name, key).toBe('Acme');
});

test('references in bodies come absolute, relative, from the root, and by another key', async () => {
  const { id } = sample.acme;
  for (const url of [
    `companies(${id})`,
    `/companies(${id})`,
    `/api/v1/companies(${id})`,
    `${client.root}/companies(${id})`,
    `companies/${id}`,
    "companies(external_id='A-1')",
  ]) {
    const bound = await client.create('contacts', { last_name: 'Bound', 'company@odata.bind': url });
    expect(bound.company_id, url).toBe(id);
  }
});

describe('multipart batches', () => {
  const multipart = async (urls: readonly string[], headers: Record<string, string> = {}) => {
    const parts = urls.map(
      (url) =>
        `--batch_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET ${url} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n`,
    );
    return client.send('POST', '/$batch', {
      body: `${parts.join('')}--batch_1--\r\n`,
      headers: { 'content-type': 'multipart/mixed; boundary=batch_1', ...headers },
    });
  };

  test('are answered multipart whatever Accept says, with the boundaries that clients look for', async () => {
    for (const accept of ['application/json', '*/*', 'multipart/mixed', 'application/json;odata.metadata=minimal']) {
      const { status, headers, text } = await multipart(['companies/$count'], { accept });
      expect([status, headers.get('content-type')], accept).toEqual([
        200,
        expect.stringMatching(/^multipart\/mixed; ?boundary=batchresponse_/),
      ]);
      expect(text).toMatch(/^--batchresponse_[\w-]+\r\nContent-Type: application\/http\r\n/);
    }
  });

  test('take URLs absolute, from the root and relative', async () => {
    const { pathname } = new URL(client.root);
    const { text } = await multipart([
      'companies/$count',
      `${pathname}/companies/$count`,
      `${client.root}/companies/$count`,
      '/companies/$count',
    ]);
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(4);
  });

  test('a change set refers to what it made by $1, and is answered in a part of its own', async () => {
    const body = [
      '--batch_1',
      'Content-Type: multipart/mixed; boundary=changeset_1',
      '',
      '--changeset_1',
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      'Content-ID: 1',
      '',
      'POST companies HTTP/1.1',
      'Content-Type: application/json',
      '',
      '{"name": "Set"}',
      '--changeset_1',
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      'Content-ID: 2',
      '',
      'POST $1/contacts HTTP/1.1',
      'Content-Type: application/json',
      '',
      '{"last_name": "Of the set"}',
      '--changeset_1',
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      'Content-ID: 3',
      '',
      'POST contacts HTTP/1.1',
      'Content-Type: application/json',
      '',
      '{"last_name": "Bound", "company@odata.bind": "$1"}',
      '--changeset_1--',
      '--batch_1--',
      '',
    ].join('\r\n');
    const { text } = await client.send('POST', '/$batch', {
      body,
      headers: { 'content-type': 'multipart/mixed; boundary=batch_1' },
    });
    expect(text).toMatch(/boundary=changesetresponse_/);
    expect(text.match(/HTTP\/1\.1 201 Created/g)).toHaveLength(3);
    expect((await client.get("/contacts/$count?$filter=company/name eq 'Set'")).text).toBe('2');
  });
});

test('IEEE754Compatible=true turns Int64 and Decimal into strings, in answers and in bodies', async () => {
  const type = 'application/json;IEEE754Compatible=true';
  const { headers, json } = await client.send('POST', '/deals', {
    body: { name: 'Big', amount: '123456789012345.6789' },
    headers: { 'content-type': type, accept: type },
  });
  expect(headers.get('content-type')).toContain('IEEE754Compatible=true');
  expect(json).toMatchObject({ amount: '123456789012345.6789', version: '1' });
  const count = await client.get('/deals?$count=true&$top=0', { accept: type });
  expect(count.json['@odata.count']).toBe('3');
});

test('a plus sign in a query is a space', async () => {
  const spaced = await raw(`${client.root}/companies?$filter=name+eq+'Acme'&$select=name`);
  expect(spaced.value).toMatchObject([{ name: 'Acme' }]);
});

test('functions in other casings, and compared with true, are accepted', async () => {
  for (const filter of ["Contains(name,'cm') eq true", "CONTAINS(name,'cm')", "true eq StartsWith(name,'Ac')"])
    expect((await client.get(`/companies?$filter=${filter}&$select=name`)).json.value, filter).toMatchObject([
      { name: 'Acme' },
    ]);
});

/** As it stands: fetch would encode it. */
function raw(url: string): Promise<{ value: unknown[] }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ value: unknown[] }>();
  const { hostname, port, pathname, search } = new URL(url);
  const headers = { authorization: `Bearer ${client.token}` };
  httpRequest({ hostname, port, path: pathname + search, headers }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    response.on('end', () => resolve(JSON.parse(text)));
  })
    .on('error', reject)
    .end();
  return promise;
}
