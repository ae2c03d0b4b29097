// OData 4.01 Part 1: Protocol, 13.1.1 "OData 4.0 Minimal Conformance Level", items 1 to 15. Items 16 and 17 are about asynchronous
// requests, which the service does not have.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, createSample, failure, type Sample, startClient } from './kit.ts';

let client: Client;
let sample: Sample;
beforeAll(async () => {
  client = await startClient();
  sample = await createSample(client);
});
afterAll(() => client.stop());

describe('13.1.1 OData 4.0 Minimal', () => {
  test('(1) MUST publish a service document at the service root', async () => {
    for (const path of ['', '/']) {
      const { status, json } = await client.get(`${client.root}${path}`);
      expect(status).toBe(200);
      expect(json['@odata.context']).toBe(`${client.root}/$metadata`);
      expect(json.value).toContainEqual({ name: 'companies', kind: 'EntitySet', url: 'companies' });
      for (const { url } of json.value) {
        const resolved = new URL(url, json['@odata.context']).href;
        expect((await client.get(`${resolved}?$top=0`)).status, resolved).toBe(200);
      }
    }
  });

  test('(2) MUST return data according to the JSON format', async () => {
    const list = await client.get('/companies?$select=name&$orderby=name&$count=true');
    expect(list.headers.get('content-type')).toMatch(/^application\/json;odata\.metadata=minimal/);
    expect(list.json).toEqual({
      '@odata.context': `${client.root}/$metadata#companies(name)`,
      '@odata.count': 2,
      value: [
        { '@odata.etag': 'W/"1"', name: 'Acme' },
        { '@odata.etag': 'W/"1"', name: 'Bolt' },
      ],
    });
    // Control information that says what the rest is comes first (OData JSON 4.01, 4.5).
    expect(Object.keys(list.json)[0]).toBe('@odata.context');
    const { json } = await client.get(`/deals(${sample.roof.id})?$expand=company($select=name)`);
    expect(json['@odata.context']).toBe(`${client.root}/$metadata#deals(company(name))/$entity`);
    expect(json).toMatchObject({
      amount: 900.5,
      close_date: '2027-01-31',
      description: null,
      company: { name: 'Acme' },
    });
    expect(json.created_on).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
  });

  test('(3) MUST use server-driven paging when returning partial results, and nothing else', async () => {
    const seen: string[] = [];
    let url: string | undefined = '/companies?$select=id&$orderby=name';
    let pages = 0;
    while (url !== undefined) {
      const { status, json } = await client.get(url, { prefer: 'odata.maxpagesize=1' });
      expect(status).toBe(200);
      expect(json.value.length).toBeLessThanOrEqual(1);
      seen.push(...json.value.map(({ id }: { id: string }) => id));
      url = json['@odata.nextLink'];
      pages += 1;
    }
    expect(seen).toEqual([sample.acme.id, sample.bolt.id]);
    expect(pages).toBe(2);
    const whole = await client.get('/companies?$top=2');
    expect(whole.json).not.toHaveProperty(['@odata.nextLink']);
  });

  test('(4) MUST return the appropriate OData-Version header', async () => {
    const { id } = sample.acme;
    const batch = { requests: [{ id: '1', method: 'GET', url: 'companies' }] };
    const requests: [string, string, unknown?][] = [
      ['GET', ''],
      ['GET', '/$metadata'],
      ['GET', '/companies'],
      ['GET', '/companies/$count'],
      ['GET', `/companies(${id})`],
      ['GET', `/companies(${id})/name`],
      ['GET', `/companies(${id})/name/$value`],
      ['GET', `/companies(${id})/description`],
      ['PATCH', `/companies(${id})`, {}],
      ['POST', '/companies', {}],
      ['POST', '/$batch', batch],
      ['GET', '/nothing'],
      ['PUT', '/companies'],
    ];
    for (const [asked, version] of [
      [undefined, '4.0'],
      ['4.0', '4.0'],
      ['4.01', '4.01'],
      ['9.9', '4.01'],
    ] as const) {
      const headers: Record<string, string> = asked === undefined ? {} : { 'OData-MaxVersion': asked };
      for (const [method, path, body] of requests) {
        const target = path === '' ? client.root : path;
        const answer = await client.send(method, target, body === undefined ? { headers } : { headers, body });
        expect(answer.headers.get('odata-version'), `${method} ${path} ${asked}`).toBe(version);
      }
    }
  });

  test('(4) errors of requests in a batch have it, too, each that of its own request', async () => {
    const missing = `companies(${crypto.randomUUID()})`;
    const requests = [
      { id: '1', method: 'GET', url: missing },
      { id: '2', method: 'GET', url: missing, headers: { 'OData-MaxVersion': '4.01' } },
      { id: '3', method: 'GET', url: 'companies?$top=0', headers: { 'OData-MaxVersion': '4.01' } },
      { id: '4', atomicityGroup: 'g', method: 'DELETE', url: missing },
      { id: '5', method: 'GET', url: 'companies', dependsOn: ['4'] },
    ];
    const prefer = 'continue-on-error';
    for (const [asked, version] of [
      ['4.0', '4.0'],
      ['4.01', '4.01'],
    ] as const) {
      const headers = { prefer, 'OData-MaxVersion': asked };
      const { json } = await client.send('POST', '/$batch', { body: { requests }, headers });
      expect(
        json.responses.map(({ status, headers: own }: { status: number; headers: Record<string, string> }) => [
          status,
          own['odata-version'],
        ]),
      ).toEqual([
        [404, version],
        [404, '4.01'],
        [200, '4.01'],
        [404, version],
        [424, version],
      ]);
      const part = `--b\r\nContent-Type: application/http\r\n\r\nGET ${missing} HTTP/1.1\r\n\r\n\r\n--b--`;
      const multipart = { ...headers, 'Content-Type': 'multipart/mixed; boundary=b' };
      const { text } = await client.send('POST', '/$batch', { body: part, headers: multipart });
      expect(text).toMatch(new RegExp(`HTTP/1.1 404 [^]*\r\nodata-version: ${version}\r\n`));
    }
  });

  test('(5.1) MUST conform to the semantics of Accept, or fail the request', async () => {
    const status = async (accept: string): Promise<number> => (await client.get('/companies', { accept })).status;
    for (const accept of [
      'application/json',
      '*/*',
      'application/*;q=0.1',
      'application/json;odata.metadata=minimal;odata.streaming=true',
      'application/json;metadata=minimal',
      'text/html, application/xhtml+xml, */*;q=0.8',
      'application/xml;q=0.9,application/json;q=0.5',
    ])
      expect(await status(accept), accept).toBe(200);
    for (const accept of ['application/atom+xml', 'application/json;q=0', 'application/json;odata.metadata=most'])
      expect(await status(accept), accept).toBe(406);
    const none = await client.get('/companies?$top=1', { accept: 'application/json;odata.metadata=none' });
    expect(none.headers.get('content-type')).toContain('odata.metadata=none');
    expect(Object.keys(none.json)).toEqual(['value']);
    const strings = await client.get(`/deals(${sample.roof.id})?$select=amount`, {
      accept: 'application/json;IEEE754Compatible=true',
    });
    expect(strings.json.amount).toBe('900.5000');
    // $format goes before Accept (11.2.12).
    const format = await client.get('/companies?$format=application/json;odata.metadata=none', {
      accept: 'text/plain',
    });
    expect([format.status, '@odata.context' in format.json]).toEqual([200, false]);
  });

  test('(5.2) MUST conform to the semantics of OData-MaxVersion, or fail the request', async () => {
    for (const version of ['3.0', '1', 'new']) {
      const answer = await client.get('/companies', { 'OData-MaxVersion': version });
      expect(answer.status, version).toBeGreaterThanOrEqual(400);
      expect(answer.status, version).not.toBe(500);
    }
    const body = { name: 'Versioned' };
    expect((await client.send('POST', '/companies', { body, headers: { 'OData-Version': '3.0' } })).status).toBe(400);
    expect((await client.get("/companies/$count?$filter=name eq 'Versioned'")).text).toBe('0');
  });

  test('(6) MUST follow the guidelines for extensibility: what is unknown in headers and payloads does no harm', async () => {
    const headers = {
      'x-unknown': 'x',
      prefer: 'respond-async, unknown-preference=1; odata.unknown',
      maxdataserviceversion: '3',
    };
    expect((await client.get('/companies', headers)).status).toBe(200);
    // Control information that a client sends along is no data (6.2, and OData JSON 4.01, 4.5).
    const { '@odata.context': context, ...sent } = (await client.get(`/companies(${sample.acme.id})`)).json;
    expect(context).toBeDefined();
    const annotated = await client.send('PATCH', `/companies(${sample.acme.id})`, {
      body: {
        '@odata.context': context,
        '@odata.etag': sent['@odata.etag'],
        '@odata.type': '#kartoteka.company',
        name: 'Acme',
      },
    });
    expect(annotated.status).toBe(204);
    // Options with a $ are OData's alone, and an option that is not understood fails the request (6.1).
    expect(failure(await client.get('/companies?$unknown=1'))).toEqual([400, 'unknown_option']);
    expect(failure(await client.get('/companies?unknown=1'))).toEqual([400, 'unknown_option']);
  });

  test('(7) MUST parse every supported option by the ABNF, and follow the specification or fail the request', async () => {
    for (const [query, code] of [
      ['$filter=name eq', 'invalid_expression'],
      ['$filter=nothing eq 1', 'invalid_expression'],
      ['$filter=name gt 5', 'invalid_expression'],
      ['$orderby=name sideways', 'invalid_expression'],
      ['$select=nothing', 'unknown_property'],
      ['$expand=nothing', 'unknown_property'],
      ['$top=-1', 'invalid_option'],
      ['$skip=x', 'invalid_option'],
      ['$count=perhaps', 'invalid_option'],
      ['$top=1&$top=2', 'duplicate_option'],
      ['$top=1&TOP=2', 'duplicate_option'],
    ] as const) {
      const answer = await client.get(`/companies?${query}`);
      expect(failure(answer), query).toEqual([400, code]);
      expect(answer.json.error.message, query).not.toBe('');
    }
    // What is known and not built answers 501 (9.3.1).
    for (const path of ['/$crossjoin(companies,deals)', '/$all', '/companies?$index=0'])
      expect(failure(await client.get(path)), path).toEqual([501, 'not_supported']);
  });

  test('(8) MUST expose only data types of CSDL', async () => {
    const { text } = await client.get('/$metadata');
    const types = new Set([...text.matchAll(/ Type="(?:Collection\()?([\w.]+)\)?"/g)].map(([, type]) => type));
    const declared = new Set(
      [...text.matchAll(/<(?:EntityType|ComplexType|EnumType|TypeDefinition) Name="(\w+)"/g)].map(([, name]) => name),
    );
    const primitive =
      /^Edm\.(Boolean|Date|DateTimeOffset|Decimal|Double|Duration|Guid|Int16|Int32|Int64|String|TimeOfDay|Untyped|PrimitiveType)$/;
    expect(types.size).toBeGreaterThan(10);
    for (const type of types)
      expect(primitive.test(type ?? '') || declared.has((type ?? '').replace('kartoteka.', '')), type).toBe(true);
  });

  test('(9) MUST NOT require clients to understand annotations, custom headers or custom content', async () => {
    const plain = await client.send('POST', '/companies', { body: { name: 'Plain' } });
    expect(plain.status).toBe(201);
    const bare = await client.get(`/companies(${plain.json.id})`, { accept: 'application/json;odata.metadata=none' });
    const {
      '@odata.etag': _,
      '@odata.context': __,
      ...record
    } = (await client.get(`/companies(${plain.json.id})`)).json;
    expect(bare.json).toEqual(record);
  });

  test('(12) SHOULD support $expand', async () => {
    const { json } = await client.get(
      `/companies(${sample.acme.id})?$expand=deals($select=name;$orderby=name)&$select=name`,
    );
    expect(json.deals.map(({ name }: { name: string }) => name)).toEqual(['Pens', 'Roof']);
  });

  test('(13) SHOULD publish metadata as XML, and MAY as JSON', async () => {
    const xml = await client.get('/$metadata');
    expect(xml.headers.get('content-type')).toMatch(/^application\/xml/);
    expect(xml.text).toContain('<EntitySet Name="companies" EntityType="kartoteka.company"');
    const json = await client.get('/$metadata', { accept: 'application/json' });
    expect(json.json.kartoteka.company.$Kind).toBe('EntityType');
  });

  test('(14) MUST support prefixed variants of headers and preference values', async () => {
    const { headers, json } = await client.get('/companies', { prefer: 'odata.maxpagesize=1' });
    expect(json.value).toHaveLength(1);
    expect(headers.get('preference-applied')).toContain('maxpagesize=1');
    const batch = {
      requests: [
        { id: '1', method: 'GET', url: 'nothing' },
        { id: '2', method: 'GET', url: 'companies' },
      ],
    };
    const going = await client.send('POST', '/$batch', { body: batch, headers: { prefer: 'odata.continue-on-error' } });
    expect(going.json.responses.map(({ status }: { status: number }) => status)).toEqual([404, 200]);
  });

  test('(15) MUST support duration literals with the type prefix', async () => {
    const path = "/events?$filter=duration eq duration'PT15M'";
    expect((await client.get(path)).status).toBe(200);
  });
});
