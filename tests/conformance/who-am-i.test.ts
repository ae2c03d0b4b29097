// GET /who_am_i: what every client may ask about itself, in each form in which a function can be called.
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, failure, startClient } from './kit.ts';

let client: Client;
let admin: { readonly id: string; readonly owning_business_unit_id: string };
beforeAll(async () => {
  client = await startClient();
  [admin] = (await client.get("/users?$filter=email eq 'admin@example.com'")).json.value;
});
afterAll(() => client.stop());

test('tells the user, his unit, teams and capabilities, however it is called', async () => {
  const team = await client.create('teams', { name: 'Sales', owning_business_unit_id: admin.owning_business_unit_id });
  await client.create('team_members', { team_id: team.id, user_id: admin.id });
  // Rights are followed within a second.
  await expect.poll(async () => (await client.get('/who_am_i')).json.team_ids, { timeout: 10_000 }).toEqual([team.id]);
  for (const path of ['/who_am_i', '/who_am_i()', '/who_am_i?$format=json']) {
    const { status, json } = await client.get(path);
    expect(status, path).toBe(200);
    expect(json, path).toEqual({
      '@odata.context': `${client.root}/$metadata#kartoteka.caller`,
      user_id: admin.id,
      caller_id: null,
      business_unit_id: admin.owning_business_unit_id,
      team_ids: [team.id],
      capabilities: expect.arrayContaining(['export', 'publish_metadata']),
      language: 'en',
      time_zone: expect.any(String),
    });
  }
  const { headers, json } = await client.get('/who_am_i', { 'OData-MaxVersion': '4.01', 'Accept-Language': 'ru' });
  expect([headers.get('odata-version'), json.language]).toEqual(['4.01', 'ru']);
  const bare = await client.get('/who_am_i', { accept: 'application/json;odata.metadata=none' });
  expect(Object.keys(bare.json)[0]).toBe('user_id');
});

test('takes no option, no path below it and no other method', async () => {
  expect(failure(await client.get('/who_am_i?$select=user_id'))).toEqual([400, 'invalid_option']);
  expect(failure(await client.get('/who_am_i(user_id=1)'))).toEqual([400, 'invalid_key']);
  expect(failure(await client.get('/who_am_i/user_id'))).toEqual([404, 'unknown_resource']);
  const posted = await client.send('POST', '/who_am_i', { body: {} });
  expect([failure(posted), posted.headers.get('allow')]).toEqual([[405, 'method_not_allowed'], 'GET, HEAD, OPTIONS']);
  expect(failure(await client.get('/who_am_i', { accept: 'application/atom+xml' }))).toEqual([406, 'not_acceptable']);
});

test('is a function import of $metadata, and answers in a batch', async () => {
  const { kartoteka } = (await client.get('/$metadata?$format=json')).json;
  expect(kartoteka.Container.who_am_i).toEqual({ $Function: 'kartoteka.who_am_i' });
  expect(kartoteka.who_am_i[0].$ReturnType).toEqual({ $Type: 'kartoteka.caller' });
  const body = { requests: [{ id: '1', method: 'GET', url: 'who_am_i' }] };
  const { json } = await client.send('POST', '/$batch', { body });
  expect(json.responses[0].body.user_id).toBe(admin.id);
});

test('needs authentication, and asks programs for Bearer and for Basic, browsers for Bearer alone', async () => {
  const challenges = (headers: Record<string, string>) => challengesOf(`${client.root}/who_am_i`, headers);
  const basic = 'Basic realm="kartoteka", charset="UTF-8"';
  expect(await challenges({})).toEqual(['Bearer realm="kartoteka"', basic]);
  expect(await challenges({ authorization: 'Basic eA==' })).toEqual([
    'Bearer realm="kartoteka", error="invalid_token"',
    basic,
  ]);
  expect(await challenges({ 'sec-fetch-mode': 'cors' })).toEqual(['Bearer realm="kartoteka"']);
});

test('names who acts as the user', async () => {
  const user = await client.create('users', {
    full_name: 'Anna',
    email: 'anna@example.com',
    owning_business_unit_id: admin.owning_business_unit_id,
  });
  const { json } = await client.get('/who_am_i', { 'Act-As': user.id });
  expect([json.user_id, json.caller_id, json.capabilities]).toEqual([user.id, admin.id, []]);
});

/** The header as it was sent, one text a line: fetch joins them, and says that it is a browser. */
function challengesOf(url: string, headers: Record<string, string>): Promise<readonly string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
  httpRequest(url, { headers }, (response) => {
    response.resume();
    resolve(response.headersDistinct['www-authenticate'] ?? []);
  })
    .on('error', reject)
    .end();
  return promise;
}
