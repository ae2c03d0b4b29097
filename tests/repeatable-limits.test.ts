// How long, and how much, is remembered of repeatable requests; and what a redaction takes from it.
import { type Principal, purge } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LARGEST_ANSWER, MOST_REMEMBERED } from '../packages/platform/src/repeat/usage.ts';
import { type Crm, quietLog, startCrm } from './crm-kit.ts';
import { repeatable, told } from './repeatable-kit.ts';

const HOUR_MS = 3_600_000;

let crm: Crm;
let rita: Principal;
beforeAll(async () => {
  crm = await startCrm();
  rita = await crm.user('Rita', ['sales_representative']);
});
afterAll(() => crm.close());

const create = (name: string, headers: Record<string, string>, principal = rita) =>
  crm.call(principal, 'POST', '/companies', { name }, headers);
const rows = (where: string) =>
  crm.platform.database.run(`select r.request_id, r.body from kartoteka.repeated_request r where ${where}`);
const age = (headers: Record<string, string>, hours: number) =>
  crm.platform.database.run(
    `update kartoteka.repeated_request set first_sent = now() - make_interval(hours => $2::int) where request_id = $1::text`,
    [headers['repeatability-request-id'] ?? '', String(hours)],
  );

test('an answer is there for as long as its request may be repeated, and purged after', async () => {
  const [kept, gone] = [repeatable(), repeatable()];
  await create('Kept', kept);
  await create('Gone', gone);
  await age(kept, 24);
  await age(gone, 26);
  const report = await purge(crm.platform.database, crm.platform.model(), { log: quietLog });
  expect(report?.requests).toBe(1);
  expect(await rows(`request_id = '${kept['repeatability-request-id']}'`)).toHaveLength(1);
  expect(await rows(`request_id = '${gone['repeatability-request-id']}'`)).toEqual([]);
});

test('a request of nearly a day ago is answered as then, one of more than a day is refused', async () => {
  const headers = repeatable(undefined, 24 * HOUR_MS - 60_000);
  const first = await create('Yesterday', headers);
  expect(first.status).toBe(201);
  expect(told(await create('Yesterday', headers))).toEqual(told(first));
  const late = await create('Yesterday', repeatable(undefined, 24 * HOUR_MS + 2_000));
  expect([late.status, late.json.code]).toEqual([412, 'repeated_request_expired']);
});

test('one user fills his own share only: then nothing new is taken, and what is known is still answered', async () => {
  const known = repeatable();
  const greedy = await crm.user('Greedy', ['sales_representative']);
  const fill = (count: number, size: number) =>
    crm.platform.database.run(
      `insert into kartoteka.repeated_request (principal_id, caller_id, client_id, request_id, first_sent, fingerprint, size)
       select $1::uuid, $1::uuid, '', gen_random_uuid()::text, now(), '', $3::int from generate_series(1, $2::int)`,
      [greedy.id, String(count), String(size)],
    );
  await fill(MOST_REMEMBERED.requests - 2, 1);
  const first = await create('Known', known, greedy);
  expect(first.status).toBe(201);
  expect((await create('The last', repeatable(), greedy)).status).toBe(201);
  const refused = await create('Too many', repeatable(), greedy);
  expect([refused.status, refused.json.code, refused.headers]).toEqual([
    ...[429, 'too_many_repeatable_requests', { 'repeatability-result': 'rejected' }],
  ]);
  expect(told(await create('Known', known, greedy))).toEqual(told(first));
  expect((await create('Without', {}, greedy)).status).toBe(201);
  expect((await create('Of another', repeatable())).status).toBe(201);
  const large = await crm.user('Large', ['sales_representative']);
  await crm.platform.database.run(
    'update kartoteka.repeated_request set principal_id = $2::uuid, size = $3::int where principal_id = $1::uuid and size = 1',
    [greedy.id, large.id, String(Math.ceil(MOST_REMEMBERED.size / (MOST_REMEMBERED.requests - 2)))],
  );
  expect((await create('Too much', repeatable(), large)).json.code).toBe('too_many_repeatable_requests');
});

test('an answer that is too large to be remembered is refused, and nothing is stored', async () => {
  const names = Array.from({ length: 5 }, (_, n) => `p${n}${'x'.repeat(400)}`);
  const bad = Object.fromEntries(names.map((name) => [name, 1]));
  const records = [{ name: 'Large' }, ...Array.from({ length: 2_000 }, () => bad)];
  const before = await crm.call(crm.admin, 'GET', '/companies/$count');
  const plain = await crm.call(crm.admin, 'POST', '/companies/bulk', { records, dry_run: true });
  expect(plain.text?.length).toBeGreaterThan(LARGEST_ANSWER);
  const answer = await crm.call(crm.admin, 'POST', '/companies/bulk', { records }, repeatable());
  expect([answer.status, answer.json.code]).toEqual([400, 'limit_exceeded']);
  expect(answer.text).toContain(String(LARGEST_ANSWER));
  expect((await crm.call(crm.admin, 'GET', '/companies/$count')).text).toBe(before.text);
});

test('a redaction takes the bodies that name the record: the answer stays, without content', async () => {
  const [one, other] = [repeatable(), repeatable()];
  const email = 'secret.person@example.com';
  const send = (headers: Record<string, string>, body: object) =>
    crm.call(crm.admin, 'POST', '/contacts', body, headers);
  const first = await send(one, { last_name: 'Person', email });
  const untouched = await send(other, { last_name: 'Other' });
  expect(first.json.email).toBe(email);
  const path = `/contacts(${first.json.id})/redact`;
  expect((await crm.call(crm.admin, 'POST', path, { personal_data: true })).status).toBe(204);
  const left = await crm.platform.database.run(
    'select count(*)::text as n from kartoteka.repeated_request r where strpos(r::text, $1::text) > 0',
    [email],
  );
  expect(left).toEqual([{ n: '0' }]);
  const again = await send(one, { last_name: 'Person', email });
  const { 'content-type': _type, 'server-timing': _timing, ...headers } = first.headers;
  expect(told(again)).toEqual({ status: 204, headers, text: null, json: null });
  expect(told(await send(other, { last_name: 'Other' }))).toEqual(told(untouched));
});
