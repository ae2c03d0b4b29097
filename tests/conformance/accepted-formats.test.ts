// OData 4.01 Part 1, 8.2.1: what cannot be answered in a form that Accept takes is refused, before anything is done. Operations
// beside records, whose answers are structures of their own.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createSample, failure, type Sample, startClient } from './kit.ts';

let client: Client;
let sample: Sample;
beforeAll(async () => {
  client = await startClient();
  sample = await createSample(client);
});
afterAll(() => client.stop());

test('an explanation has its context unless no metadata is asked for', async () => {
  for (const path of [`/deals(${sample.roof.id})/explain_access`, '/deals/explain_access']) {
    const minimal = await client.get(path, { accept: 'application/json' });
    expect(minimal.headers.get('content-type')).toContain('odata.metadata=minimal');
    expect(minimal.json['@odata.context']).toBe(`${client.root}/$metadata#kartoteka.explanation`);
    const none = await client.get(path, { accept: 'application/json;odata.metadata=none' });
    expect(none.headers.get('content-type')).toContain('odata.metadata=none');
    const { '@odata.context': _context, ...rest } = minimal.json;
    expect(none.json).toEqual(rest);
    expect(failure(await client.get(path, { accept: 'text/csv' }))).toEqual([406, 'not_acceptable']);
    expect(failure(await client.get(path, { accept: 'application/json;odata.metadata=full' }))).toEqual([
      501,
      'not_supported',
    ]);
  }
});

test('operations on many records do nothing where their answer is not accepted', async () => {
  const user = (await client.get('/who_am_i')).json.user_id;
  const version = async (): Promise<number> => (await client.get(`/deals(${sample.roof.id})`)).json.version;
  const before = await version();
  for (const [path, body] of [
    ['/deals/bulk', { mode: 'update', records: [{ id: sample.roof.id, name: 'Changed' }] }],
    ['/deals/assign', { ids: [sample.roof.id], owner_id: user }],
    [`/users(${user})/hand_over`, { owner_id: user }],
  ] as const) {
    const answer = await client.send('POST', path, { body, headers: { accept: 'application/xml' } });
    expect(failure(answer), path).toEqual([406, 'not_acceptable']);
  }
  expect(await version()).toBe(before);
});
