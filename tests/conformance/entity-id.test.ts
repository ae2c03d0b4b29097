// OData 4.01 Part 2, 4.16 "Resolving an Entity-Id": GET /$entity?$id=... answers as the URL of the record does.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createSample, failure, type Sample, startClient } from './kit.ts';

let client: Client;
let sample: Sample;
beforeAll(async () => {
  client = await startClient();
  sample = await createSample(client);
});
afterAll(() => client.stop());

test('a record is answered by its entity-id, however it is written, with the options of a record', async () => {
  const { id } = sample.acme;
  const plain = await client.get(`/companies(${id})`);
  for (const url of [
    `companies(${id})`,
    `/companies(${id})`,
    `/api/v1/companies(${id})`,
    `${client.root}/companies(${id})`,
    encodeURIComponent(`${client.root}/companies(${id})`),
    `companies/${id}`,
    "companies(external_id='A-1')",
  ]) {
    const answer = await client.get(`/$entity?$id=${url}`);
    expect([answer.status, answer.text], url).toEqual([200, plain.text]);
    expect(answer.headers.get('etag')).toBe(plain.headers.get('etag'));
  }
  const chosen = await client.get(
    `/$entity?id=companies(${id})&$select=name&$expand=deals($select=name;$orderby=name)`,
  );
  expect(chosen.json).toMatchObject({ name: 'Acme', deals: [{ name: 'Pens' }, { name: 'Roof' }] });
  const { headers } = await client.get(`/contacts(${sample.anna.id})`);
  const known = { 'if-none-match': headers.get('etag') ?? '' };
  expect((await client.get(`/$entity?$id=contacts(${sample.anna.id})`, known)).status).toBe(304);
});

test('the id that a create answers leads to the record, and that of no record to nothing', async () => {
  const { headers } = await client.send('POST', '/companies', {
    body: { name: 'New' },
    headers: { prefer: 'return=minimal' },
  });
  expect((await client.get(`/$entity?$id=${headers.get('odata-entityid')}`)).json.name).toBe('New');
  expect(failure(await client.get(`/$entity?$id=companies(${crypto.randomUUID()})`))).toEqual([404, 'not_found']);
});

test('what is no entity-id is refused', async () => {
  const { id } = sample.acme;
  for (const query of [
    '',
    '$id=',
    '$id=companies',
    '$id=nothing(1)',
    `$id=companies(${id})/name`,
    '$id=$metadata',
    '$id=../x',
  ])
    expect(failure(await client.get(`/$entity?${query}`)), query).toEqual([400, 'invalid_option']);
  expect(failure(await client.get(`/$entity?$id=https://other.example/companies(${id})`))[0]).toBe(400);
  expect(failure(await client.get(`/$entity?$id=companies(${id})&id=companies(${id})`))).toEqual([
    400,
    'duplicate_option',
  ]);
  expect(failure(await client.send('DELETE', `/$entity?$id=companies(${id})`))).toEqual([405, 'method_not_allowed']);
  expect((await client.get(`/companies(${id})`)).status).toBe(200);
});
