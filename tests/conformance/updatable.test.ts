// OData 4.01 Part 1: Protocol, 13.1.1 items 10 and 18 to 33 (an updatable service), and 13.2.1 items 18 to 27 (an updatable 4.01
// service).
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Client, createSample, failure, type Sample, startClient } from './kit.ts';

let client: Client;
let sample: Sample;
/** A company of each test's own. */
let id: string;
let path: string;
beforeAll(async () => {
  client = await startClient();
  sample = await createSample(client);
});
afterAll(() => client.stop());
beforeEach(async () => {
  ({ id } = await client.create('companies', { name: 'Own', headcount: 5 }));
  path = `/companies(${id})`;
});

describe('13.1.1 OData 4.0 Minimal: update semantics', () => {
  test('(10) 11.4.3 PATCH changes what it names and nothing else', async () => {
    const before = (await client.get(path)).json;
    expect((await client.send('PATCH', path, { body: { headcount: 6 } })).status).toBe(204);
    const after = (await client.get(path)).json;
    const changed = Object.keys(after).filter((name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]));
    expect(changed.sort()).toEqual(['@odata.etag', 'headcount', 'modified_on', 'version']);
  });

  test('(10) 11.4.3 PUT sets what it does not name to its default, or to null', async () => {
    const { name, headcount } = (await client.send('PUT', path, { body: { name: 'Put' }, headers: PREFER })).json;
    expect({ name, headcount }).toEqual({ name: 'Put', headcount: null });
  });

  test('(10) 11.4.3 key, computed and other read-only properties of a body MUST be ignored by an update', async () => {
    const record = (await client.get(path)).json;
    // A client that sends back the whole record that it has read, changed in one property.
    const body = {
      ...record,
      id: sample.acme.id,
      version: 77,
      open_deals: 9,
      created_on: '2001-01-01T00:00:00Z',
      headcount: 7,
    };
    for (const method of ['PATCH', 'PUT']) {
      const answer = await client.send(method, path, { body, headers: PREFER });
      expect(answer.status, answer.text).toBe(200);
      expect(answer.json).toMatchObject({ id, headcount: 7, open_deals: 0, created_on: record.created_on });
      expect(answer.json.version).toBeLessThan(10);
    }
  });

  test('(10) 11.4.2 computed properties of a body MUST be ignored by a create', async () => {
    const body = { name: 'Computed', version: 77, open_deals: 9, revenue_base: 5 };
    const created = await client.create('companies', body);
    expect(created).toMatchObject({ name: 'Computed', version: 1, open_deals: 0 });
    expect(created.revenue_base).toBeNull();
  });

  test('8.2.8.9 (RFC 7240) Prefer: handling=strict refuses them instead, each by its name', async () => {
    const headers = { prefer: 'handling=strict' };
    const answer = await client.send('PATCH', path, { body: { headcount: 7, version: 77, created_on: 'x' }, headers });
    expect(failure(answer)).toEqual([400, 'validation_failed']);
    expect(answer.json.error.details).toMatchObject([
      { code: 'read_only', target: 'version' },
      { code: 'read_only', target: 'created_on' },
    ]);
    expect((await client.get(path)).json.headcount).toBe(5);
  });

  test('(10) 11.4 a request that fails changes nothing, and says of every property what is wrong', async () => {
    const answer = await client.send('PATCH', path, { body: { headcount: 'many', name: null, industry: 'none' } });
    expect(answer.status).toBe(400);
    expect(answer.json.error.details.map(({ target }: { target: string }) => target).sort()).toEqual([
      'headcount',
      'industry',
      'name',
    ]);
    expect((await client.get(path)).json).toMatchObject({ name: 'Own', headcount: 5, version: 1 });
  });

  test('(10) 11.4 what the service has no property for fails the request', async () => {
    expect((await client.send('PATCH', path, { body: { nothing: 1 } })).status).toBe(400);
  });
});

const PREFER = { prefer: 'return=representation' };

describe('13.1.1 OData 4.0 Minimal: updatable', () => {
  test('(18) MUST include edit links for what can be changed: by convention, and in full metadata', async () => {
    const { json } = await client.get(path, { accept: 'application/json;odata.metadata=full' });
    const link = new URL(json['@odata.editLink'], json['@odata.context']).href;
    expect(link).toBe(`${client.root}${path}`);
    expect((await client.send('PATCH', link, { body: { headcount: 1 } })).status).toBe(204);
  });

  test('(19) MUST support POST of new entities to insertable entity sets', async () => {
    const { status, headers, json } = await client.send('POST', '/companies', { body: { name: 'New' } });
    expect(status).toBe(201);
    expect(json).toMatchObject({ '@odata.context': `${client.root}/$metadata#companies/$entity`, name: 'New' });
    expect(headers.get('etag')).toBe(json['@odata.etag']);
  });

  test('(19) 8.2.8.7 return=minimal answers 204, return=representation the record, each applied as asked', async () => {
    const minimal = await client.send('POST', '/companies', {
      body: { name: 'M' },
      headers: { prefer: 'return=minimal' },
    });
    expect([minimal.status, minimal.text, minimal.headers.get('preference-applied')]).toEqual([
      204,
      '',
      'return=minimal',
    ]);
    const shown = await client.send('PATCH', path, { body: { headcount: 6 }, headers: PREFER });
    expect([shown.status, shown.json.headcount]).toEqual([200, 6]);
    expect(shown.headers.get('preference-applied')).toBe('return=representation');
  });

  test('(20) MUST support POST of new related entities to updatable navigation properties', async () => {
    const { status, json } = await client.send('POST', `${path}/contacts`, { body: { last_name: 'Related' } });
    expect([status, json.company_id]).toEqual([201, id]);
  });

  test('(21) MUST support POST to $ref to add an existing entity to an updatable related collection', async () => {
    const contact = await client.create('contacts', { last_name: 'Added' });
    for (const url of [
      `contacts(${contact.id})`,
      `/api/v1/contacts(${contact.id})`,
      `${client.root}/contacts(${contact.id})`,
    ]) {
      const answer = await client.send('POST', `${path}/contacts/$ref`, { body: { '@odata.id': url } });
      expect([answer.status, answer.text]).toEqual([204, '']);
    }
    expect((await client.get(`${path}/contacts?$select=last_name`)).json.value).toMatchObject([{ last_name: 'Added' }]);
  });

  test('(22) MUST support PUT to $ref to set an existing single updatable related entity', async () => {
    const reference = { '@odata.id': `companies(${sample.acme.id})` };
    expect((await client.send('PUT', `${path}/parent_company/$ref`, { body: reference })).status).toBe(204);
    expect((await client.get(`${path}/parent_company/$ref`)).json['@odata.id']).toBe(
      `${client.root}/companies(${sample.acme.id})`,
    );
  });

  test('(23) MUST support PATCH to all edit URLs for updatable resources', async () => {
    const { Container: sets } = (await client.get('/$metadata?$format=json')).json.kartoteka;
    for (const set of ['companies', 'contacts', 'deals']) {
      const [record] = (await client.get(`/${set}?$top=1&$select=id`)).json.value;
      expect(sets[set]['@Capabilities.UpdateRestrictions'].Updatable).toBe(true);
      for (const url of [`/${set}(${record.id})`, `/${set}/${record.id}`, `/${set}(id=${record.id})`])
        expect((await client.send('PATCH', url, { body: { description: 'x' } })).status, url).toBe(204);
    }
  });

  test('(24) MUST support DELETE to all edit URLs for deletable resources', async () => {
    const answer = await client.send('DELETE', path);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect((await client.get(path)).status).toBe(404);
    expect((await client.send('DELETE', path)).status).toBe(404);
  });

  test('(25) MUST support DELETE to $ref to remove a reference', async () => {
    const contact = await client.create('contacts', { last_name: 'Removed', company_id: id });
    expect((await client.send('DELETE', `/contacts(${contact.id})/company/$ref`)).status).toBe(204);
    expect((await client.get(`/contacts(${contact.id})/company`)).status).toBe(204);
    await client.send('PATCH', `/contacts(${contact.id})`, { body: { company_id: id } });
    const member = encodeURIComponent(`${client.root}/contacts(${contact.id})`);
    expect((await client.send('DELETE', `${path}/contacts/$ref?$id=${member}`)).status).toBe(204);
    expect((await client.get(`${path}/contacts/$count`)).text).toBe('0');
    // The record itself is still there.
    expect((await client.get(`/contacts(${contact.id})`)).json.company_id).toBeNull();
    expect((await client.send('DELETE', `${path}/contacts/$ref?$id=${member}`)).status).toBe(404);
  });

  test('(26) MUST support If-Match in update and delete of what has an ETag', async () => {
    const { etag } = { etag: (await client.get(path)).headers.get('etag') ?? '' };
    expect(etag).toMatch(/^W\/"/);
    const patch = (tag: string) => client.send('PATCH', path, { body: { headcount: 9 }, headers: { 'if-match': tag } });
    expect((await patch(etag)).status).toBe(204);
    expect(failure(await patch(etag))).toEqual([412, 'precondition_failed']);
    expect((await client.send('DELETE', path, { headers: { 'if-match': etag } })).status).toBe(412);
    expect((await patch('*')).status).toBe(204);
    const next = (await client.get(path)).headers.get('etag') ?? '';
    expect((await client.send('DELETE', path, { headers: { 'if-match': next } })).status).toBe(204);
    expect((await client.send('PATCH', path, { body: { name: 'Gone' }, headers: { 'if-match': '*' } })).status).toBe(
      404,
    );
  });

  test('(27) MUST return a Location header with the URL of a created resource', async () => {
    const { headers, json } = await client.send('POST', '/companies', { body: { name: 'Located' } });
    expect(headers.get('location')).toBe(`${client.root}/companies(${json.id})`);
    expect((await client.get(headers.get('location') ?? '')).json.name).toBe('Located');
  });

  test('(28) MUST include OData-EntityId in a response of 204 to a create or upsert', async () => {
    const created = await client.send('POST', '/companies', {
      body: { name: 'E' },
      headers: { prefer: 'return=minimal' },
    });
    expect(created.headers.get('odata-entityid')).toBe(created.headers.get('location'));
    const own = '01890000-0000-7000-8000-000000000028';
    const upserted = await client.send('PATCH', `/companies(${own})`, {
      body: { name: 'Upserted' },
      headers: { prefer: 'return=minimal' },
    });
    expect([upserted.status, upserted.headers.get('odata-entityid')]).toEqual([
      204,
      `${client.root}/companies(${own})`,
    ]);
  });

  test('(29) MUST support upserts: PATCH and PUT to a key that is not there create, If-Match prevents it', async () => {
    const own = (n: number): string => `/companies(01890000-0000-7000-8000-00000000029${n})`;
    const patched = await client.send('PATCH', own(1), { body: { name: 'Patched' } });
    expect([patched.status, patched.json.name, patched.headers.get('location')]).toEqual([
      201,
      'Patched',
      client.root + own(1),
    ]);
    expect((await client.send('PUT', own(2), { body: { name: 'Put' } })).status).toBe(201);
    for (const method of ['PATCH', 'PUT'])
      expect((await client.send(method, own(3), { body: { name: 'No' }, headers: { 'if-match': '*' } })).status).toBe(
        404,
      );
    const again = await client.send('PATCH', own(1), { body: { name: 'Again' }, headers: { 'if-none-match': '*' } });
    expect(failure(again)).toEqual([412, 'record_exists']);
    expect((await client.get(own(1))).json.name).toBe('Patched');
  });

  test('(30) SHOULD support PUT and PATCH to an individual primitive property', async () => {
    const put = await client.send('PUT', `${path}/headcount`, { body: { value: 11 } });
    expect(put.status).toBe(204);
    expect(put.headers.get('etag')).toBe('W/"2"');
    expect((await client.get(`${path}/headcount`)).json.value).toBe(11);
    const stale = { body: { value: 12 }, headers: { 'if-match': 'W/"1"' } };
    expect((await client.send('PUT', `${path}/headcount`, stale)).status).toBe(412);
    const wrong = await client.send('PUT', `${path}/headcount`, { body: { value: 'many' } });
    expect(failure(wrong)).toEqual([400, 'validation_failed']);
    for (const body of [{ values: 1 }, {}, { value: 1, other: 2 }])
      expect((await client.send('PUT', `${path}/headcount`, { body })).status, JSON.stringify(body)).toBe(400);
    expect((await client.get(`${path}/headcount`)).json.value).toBe(11);
  });

  test('(31) SHOULD support DELETE to set an individual property to null', async () => {
    expect((await client.send('DELETE', `${path}/headcount`)).status).toBe(204);
    expect((await client.get(`${path}/headcount`)).status).toBe(204);
    expect((await client.send('DELETE', `${path}/name`)).status).toBe(400);
    expect((await client.get(`${path}/name`)).json.value).toBe('Own');
  });

  test('(32) SHOULD support deep inserts', async () => {
    const body = { name: 'Deep', contacts: [{ last_name: 'One' }, { last_name: 'Two' }] };
    const { status, json } = await client.send('POST', '/companies?$expand=contacts($select=last_name)', { body });
    expect(status).toBe(201);
    expect(json.contacts.map(({ last_name }: { last_name: string }) => last_name).sort()).toEqual(['One', 'Two']);
    const failing = { name: 'Shallow', contacts: [{ last_name: 'One' }, {}] };
    expect((await client.send('POST', '/companies', { body: failing })).status).toBe(400);
    expect((await client.get("/companies/$count?$filter=name eq 'Shallow'")).text).toBe('0');
  });

  test('(33) MAY support set-based updates or deletes: they answer 405, and name what is allowed', async () => {
    for (const [method, url] of [
      ['DELETE', '/companies'],
      ['PUT', '/companies'],
      ['PATCH', '/companies'],
    ] as const) {
      const answer = await client.send(method, url, method === 'DELETE' ? {} : { body: {} });
      expect(failure(answer), method).toEqual([405, 'method_not_allowed']);
      expect(answer.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS');
    }
  });
});

describe('13.2.1 OData 4.01 Minimal: updatable', () => {
  test('(19) MUST support DELETE to the reference of a collection member, identified by key', async () => {
    const contact = await client.create('contacts', { last_name: 'Keyed', company_id: id });
    expect((await client.send('DELETE', `${path}/contacts(${contact.id})/$ref`)).status).toBe(204);
    expect((await client.get(`${path}/contacts/$count`)).text).toBe('0');
  });

  test('(20), (21) nested content in an update SHOULD be supported: it answers 501 and changes nothing', async () => {
    for (const method of ['PATCH', 'PUT']) {
      const answer = await client.send(method, path, { body: { name: 'Nested', contacts: [{ last_name: 'X' }] } });
      expect(failure(answer), method).toEqual([501, 'not_supported']);
    }
    expect((await client.get(path)).json.name).toBe('Own');
  });

  test('(22) PUT of $ref of a collection SHOULD be supported: it answers 501', async () => {
    const answer = await client.send('PUT', `${path}/contacts/$ref`, { body: { value: [] } });
    expect(failure(answer)).toEqual([501, 'not_supported']);
  });

  test('(27) MAY support $select and $expand on data modification requests', async () => {
    const url = `${path}?$select=name&$expand=contacts($select=last_name)`;
    const { json } = await client.send('PATCH', url, { body: { headcount: 1 }, headers: PREFER });
    expect(json).toMatchObject({ name: 'Own', contacts: [] });
    expect(json).not.toHaveProperty('headcount');
  });
});
