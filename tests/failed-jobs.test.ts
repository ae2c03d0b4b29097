// Jobs that failed for good, as administrators see them over REST: in pages, for who has the capability, and run again.
import { enqueueMany, type JobDefinition, type Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';
import { exported } from './export-kit.ts';

const SECRET = 'the token of the third letter';
const ran: unknown[] = [];
let fails = true;
const job = (name: string, more: Partial<JobDefinition> = {}): JobDefinition => ({
  ...{ name, retry: { limit: 1, delay: 0, backoff: false } },
  run: async (_, { data }) => {
    if (fails) throw new Error(`${name} did not work`);
    ran.push(data);
  },
  ...more,
});

let crm: Crm;
let seller: Principal;

beforeAll(async () => {
  crm = await startCrm({
    jobs: [
      job('letters'),
      job('parcels', { key: 'unique' }),
      job('many', { retry: { limit: 0, delay: 0, backoff: false } }),
    ],
  });
  seller = await crm.user('Seller', ['sales_manager']);
  const { database, jobs } = crm.platform;
  await enqueueMany(
    database,
    'letters',
    [1, 2, 3, 4, 5].map((n) => ({ data: { n, text: n === 3 ? SECRET : '' } })),
  );
  await enqueueMany(database, 'parcels', [{ data: { key: 'a' }, singletonKey: 'a' }]);
  await jobs.runDue({ names: ['letters', 'parcels'] });
});
afterAll(() => crm?.close());

interface Failed {
  id: string;
  job: string;
  data: { n?: number };
}

const failed = async (query = ''): Promise<Failed[]> =>
  (await crm.call(crm.admin, 'GET', `/failed_jobs${query}`)).json.value;
const replay = (ids: unknown, principal = crm.admin) => crm.call(principal, 'POST', '/replay_failed_jobs', { ids });
const events = () =>
  crm.platform.database.run(
    `select actor_id::text as actor, details::text as details from kartoteka.security_log where kind = 'jobs_replayed' order by id`,
  );

test('they are told with their reasons, the latest first, and those of one kind alone', async () => {
  const all = await failed();
  expect(all).toHaveLength(6);
  const letters = await failed('?job=letters');
  expect(letters.map(({ data }) => data.n).sort()).toEqual([1, 2, 3, 4, 5]);
  expect(letters[0]).toMatchObject({ job: 'letters', reason: 'letters did not work', attempts: 2 });
  expect(all.filter(({ job }) => job === 'letters')).toEqual(letters);
  expect(await failed('?job=nothing')).toEqual([]);
});

test('pages lead from one to the next, also where the last one of a page was replayed meanwhile', async () => {
  const { database, jobs } = crm.platform;
  await enqueueMany(
    database,
    'many',
    Array.from({ length: 120 }, (_, n) => ({ data: { n } })),
  );
  await jobs.runDue({ names: ['many'] });
  const all = await failed('?job=many&$top=500');
  expect(all).toHaveLength(120);
  const first = (await crm.call(crm.admin, 'GET', '/failed_jobs?job=many')).json;
  expect(first.value).toEqual(all.slice(0, 100));
  expect((await replay([all[99]?.id])).json).toMatchObject({ count: 1 });
  const next = new URL(first['@odata.nextLink']);
  expect(await failed(next.search)).toEqual(all.slice(100));
  expect((await crm.call(crm.admin, 'GET', '/failed_jobs?job=many&$top=100')).json['@odata.nextLink']).toBeUndefined();
  const moved = next.search.replace('job=many', 'job=letters');
  expect((await crm.call(crm.admin, 'GET', `/failed_jobs${moved}`)).json.code).toBe('invalid_skiptoken');
  expect(await events()).toHaveLength(1);
});

test('they and their data are shown to nobody without the capability, who replays none either', async () => {
  expect(seller.capabilities.has('export')).toBe(true);
  const [letter] = await failed();
  const refusal = { status: 403, json: { code: 'missing_capability' } };
  for (const answer of [
    await crm.call(seller, 'GET', '/failed_jobs'),
    await crm.call(seller, 'GET', '/failed_jobs?$format=csv'),
    await replay([letter?.id], seller),
  ]) {
    expect(answer).toMatchObject(refusal);
    expect(answer.text).not.toContain(SECRET);
  }
  expect((await failed('?job=letters')).length).toBe(5);
  const paths = async (principal: Principal) =>
    Object.keys((await crm.call(principal, 'GET', '/openapi.json')).json.paths);
  expect((await paths(seller)).filter((path) => path.includes('failed_jobs'))).toEqual([]);
  expect((await paths(crm.admin)).filter((path) => path.includes('failed_jobs'))).toHaveLength(2);
});

test('bad arguments are told', async () => {
  const codeOf = async (path: string) => (await crm.call(crm.admin, 'GET', path)).json.code;
  expect(await codeOf('/failed_jobs?$skiptoken=x')).toBe('invalid_skiptoken');
  expect(await codeOf('/failed_jobs?$top=-1')).toBe('invalid_option');
  expect(await codeOf('/failed_jobs?other=1')).toBeDefined();
  expect(await failed('?$top=0')).toEqual([]);
  expect((await replay(['x'])).json.code).toBe('invalid_arguments');
  expect((await replay(Array.from({ length: 501 }, () => crypto.randomUUID()))).json.code).toBe('invalid_arguments');
  expect((await replay([])).json).toMatchObject({ count: 0 });
  expect(await events()).toHaveLength(1);
});

test('replayed ones are run again and recorded without their data; those that are gone do not count', async () => {
  const [one, two] = await failed('?job=letters');
  const ids = [one?.id, two?.id, one?.id, crypto.randomUUID()];
  expect((await replay(ids)).json).toMatchObject({ count: 2 });
  expect((await replay(ids)).json).toMatchObject({ count: 0 });
  expect(await failed('?job=letters')).toHaveLength(3);
  const [, event, ...others] = await events();
  expect(others).toEqual([]);
  expect(JSON.parse(String(event?.details))).toEqual({ ids: [...new Set(ids)], count: 2 });
  expect(event?.actor).toBe(crm.admin.id);
  fails = false;
  expect(await crm.platform.jobs.runDue({ names: ['letters'] })).toBe(2);
  expect(ran).toEqual(expect.arrayContaining([one?.data, two?.data]));
});

test('a replay is undone with the rest of its transaction', async () => {
  const [letter] = await failed('?job=letters');
  const before = (await events()).length;
  const requests = [
    { id: '1', atomicityGroup: 'g', method: 'POST', url: 'replay_failed_jobs', body: { ids: [letter?.id] } },
    { id: '2', atomicityGroup: 'g', method: 'POST', url: 'companies', body: { nothing: 1 } },
  ];
  const { json } = await crm.call(crm.admin, 'POST', '/$batch', { requests });
  expect(json.responses.map(({ status }: { status: number }) => status)).toContain(400);
  expect((await failed('?job=letters')).map(({ id }) => id)).toContain(letter?.id);
  expect(await events()).toHaveLength(before);
});

test('one beside which a job of the same key waits is not run twice', async () => {
  const [parcel] = await failed('?job=parcels');
  await enqueueMany(crm.platform.database, 'parcels', [{ data: { key: 'a' }, singletonKey: 'a' }]);
  expect((await replay([parcel?.id])).json).toMatchObject({ count: 0 });
  expect(await crm.platform.jobs.runDue({ names: ['parcels'] })).toBe(1);
});

test('are a file for who may export', async () => {
  const lines = (await exported(crm, '/failed_jobs?job=letters', { accept: 'text/csv' })).bytes
    .toString()
    .split('\r\n');
  expect(lines[0]).toBe('id,job,data,reason,attempts,added,failed');
  expect(lines).toHaveLength(1 + 3 + 1);
});
