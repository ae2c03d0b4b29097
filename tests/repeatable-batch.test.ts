// Repeatable requests in batches, and repeatable batches: what is remembered with what, and what is not.
import type { EngineResponse, Hook } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';
import { repeatable, traces } from './repeatable-kit.ts';

/** Ends the database's connection under a write, as often as it is told to. */
const cutting = { times: 0 };
const cuts: Hook = {
  entity: 'campaign',
  operations: ['create'],
  before: async ({ tx }) => {
    if (cutting.times === 0) return;
    cutting.times -= 1;
    await tx.run('select pg_terminate_backend(pg_backend_pid())');
  },
};

let crm: Crm;
beforeAll(async () => {
  crm = await startCrm({ hooks: [cuts] });
});
afterAll(() => crm.close());

interface Part {
  readonly url: string;
  readonly [member: string]: unknown;
}

interface Response {
  readonly id: string;
  readonly status: number;
  readonly headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: bodies are JSON of any shape
  readonly body?: any;
}

const GO_ON = { prefer: 'odata.continue-on-error' };

async function batch(parts: readonly Part[], headers: Record<string, string> = {}): Promise<EngineResponse> {
  const requests = parts.map((part, at) => ({ id: String(at + 1), method: 'POST', ...part }));
  const request = {
    ...{ method: 'POST', path: '/$batch', query: '', body: JSON.stringify({ requests }), client: 'test' },
    ...{ headers: { 'content-type': 'application/json', ...headers }, baseUrl: 'http://crm.test/api/v1' },
  };
  return crm.platform.handle(request, crm.admin);
}

async function responses(parts: readonly Part[], headers: Record<string, string> = {}): Promise<Response[]> {
  return JSON.parse((await batch(parts, headers)).body ?? '').responses;
}

const statuses = (all: readonly Response[]): number[] => all.map(({ status }) => status);
const count = async (name: string): Promise<number> => {
  const path = `/companies/$count?$filter=${encodeURIComponent(`startswith(name,'${name}')`)}`;
  return Number((await crm.call(crm.admin, 'GET', path)).text);
};
const withoutTimes = (all: readonly Response[]) =>
  all.map(({ headers: { 'server-timing': _timing, ...headers }, ...others }) => ({ ...others, headers }));

describe('requests in a batch', () => {
  test('are repeatable each for itself: those that are known are answered, the others carried out', async () => {
    const known = repeatable();
    const parts = [
      { url: 'companies', body: { name: 'Part 1' }, headers: known },
      { url: '$1/contacts', body: { last_name: 'Below' }, headers: repeatable() },
      { url: 'companies', body: { name: 'Part 2' } },
      { url: 'companies', body: { nonsense: 1 }, headers: repeatable() },
    ];
    const first = await responses(parts, GO_ON);
    expect(statuses(first)).toEqual([201, 201, 201, 400]);
    expect(first.map(({ headers }) => headers['repeatability-result'])).toEqual([
      ...['accepted', 'accepted', undefined, 'accepted'],
    ]);
    const again = await responses(parts, GO_ON);
    const pick = (all: readonly Response[]) => withoutTimes(all).filter(({ id }) => id !== '3');
    expect(pick(again)).toEqual(pick(first));
    expect([await count('Part 1'), await count('Part 2')]).toEqual([1, 2]);
    // The same id alone is the same request.
    const { json } = await crm.call(crm.admin, 'POST', '/companies', { name: 'Part 1' }, known);
    expect(json.id).toBe(first[0]?.body.id);
  });

  test('with the same id are one', async () => {
    const headers = repeatable();
    const all = await responses([1, 2, 3].map(() => ({ url: 'companies', body: { name: 'Thrice' }, headers })));
    expect(new Set(all.map(({ body }) => body.id)).size).toBe(1);
    expect(await count('Thrice')).toBe(1);
  });

  test('of a group are remembered when the group is done', async () => {
    const [one, two] = [repeatable(), repeatable()];
    const parts = (second: object) => [
      { url: 'companies', body: { name: 'Group 1' }, headers: one, atomicityGroup: 'g' },
      { url: 'companies', body: second, headers: two, atomicityGroup: 'g' },
    ];
    // The second is refused: neither is remembered, so both ids are free for what comes.
    expect(statuses(await responses(parts({ nonsense: 1 })))).toEqual([424, 400]);
    expect(await count('Group')).toBe(0);
    const first = await responses(parts({ name: 'Group 2' }));
    expect(statuses(first)).toEqual([201, 201]);
    expect(withoutTimes(await responses(parts({ name: 'Group 2' })))).toEqual(withoutTimes(first));
    expect(await count('Group')).toBe(2);
    // In a group again with something new: what is known is not done again, what is new is.
    const mixed = await responses([
      ...parts({ name: 'Group 2' }),
      { url: 'companies', body: { name: 'Group 3' }, headers: repeatable(), atomicityGroup: 'g' },
    ]);
    expect(statuses(mixed)).toEqual([201, 201, 201]);
    expect(await count('Group')).toBe(3);
  });

  test('of groups that wait for each other are all done, each once', async () => {
    const [one, two] = [repeatable(), repeatable()];
    const part = (name: string, headers: object) => ({
      ...{ url: 'companies', body: { name: `Cross ${name}` }, headers, atomicityGroup: 'g' },
    });
    const all = await Promise.all(
      Array.from({ length: 6 }, (_, n) => {
        const parts = [part('1', one), part('2', two)];
        return responses(n % 2 === 0 ? parts : parts.toReversed());
      }),
    );
    expect(
      new Set(all.flatMap((each) => each.map(({ status, body }) => `${status} ${body.name} ${body.id}`))).size,
    ).toBe(2);
    expect(await count('Cross')).toBe(2);
  });
});

describe('a repeatable batch', () => {
  test('is one request: refused parts, groups and reads are answered as the first time', async () => {
    const headers = { ...repeatable(), ...GO_ON };
    const parts = [
      { url: 'companies', body: { name: 'Whole 1', external_id: 'W-1' } },
      { url: 'companies', body: { name: 'Whole 2', external_id: 'W-1' } },
      { url: 'companies', body: { name: 'Whole 3' }, atomicityGroup: 'g' },
      { url: 'companies', body: { name: 'Whole 4', external_id: 'W-1' }, atomicityGroup: 'g' },
      { url: 'companies', body: { name: 'Whole 5' }, atomicityGroup: 'h' },
      { url: 'companies/bulk', body: { records: [{ name: 'Whole 6' }, { name: 'Whole 7', external_id: 'W-1' }] } },
      { method: 'GET', url: "companies/$count?$filter=startswith(name,'Whole')" },
    ];
    const first = await batch(parts, headers);
    expect(first.headers).toMatchObject({ 'repeatability-result': 'accepted' });
    const all = JSON.parse(first.body ?? '').responses as Response[];
    expect(statuses(all)).toEqual([201, 409, 424, 409, 201, 200, 200]);
    expect(all[6]?.body).toBe('3');
    expect(await count('Whole')).toBe(3);
    const before = await traces(crm);
    expect((await batch(parts, headers)).body).toBe(first.body);
    expect(await traces(crm)).toEqual(before);
    await expect(batch(parts.slice(1), headers)).rejects.toMatchObject({ code: 'repeated_request_differs' });
  });

  test('in multipart form is answered with the same boundary', async () => {
    const part = 'Content-Type: application/http\r\n\r\nPOST companies HTTP/1.1\r\n\r\n{"name":"Mail"}';
    const headers = { ...repeatable(), 'content-type': 'multipart/mixed;boundary=x' };
    const send = () => crm.call(crm.admin, 'POST', '/$batch', `--x\r\n${part}\r\n--x--\r\n`, headers);
    const first = await send();
    expect(first.text).toContain('HTTP/1.1 201 Created');
    expect((await send()).text).toBe(first.text);
    expect(await count('Mail')).toBe(1);
  });

  test('that is not valid is remembered as refused', async () => {
    const headers = repeatable();
    const send = () => crm.call(crm.admin, 'POST', '/$batch', { requests: 1 }, headers);
    expect(await send()).toMatchObject({ status: 400, json: { code: 'invalid_batch' } });
    expect(await send()).toMatchObject({ status: 400, headers: { 'repeatability-result': 'accepted' } });
  });

  test('sent by two at the same time in which writes meet is done once', async () => {
    const a = (await crm.create('companies', { name: 'Meet A' })).id;
    const b = (await crm.create('companies', { name: 'Meet B' })).id;
    const change = (id: string, name: string) => ({ method: 'PATCH', url: `companies(${id})`, body: { name } });
    const ways = [
      [change(a, 'Meet 1'), change(b, 'Meet 1')],
      [change(b, 'Meet 2'), change(a, 'Meet 2')],
    ];
    const all = await Promise.all(
      Array.from({ length: 4 }, (_, n) => responses(ways[n % 2] ?? [], repeatable()).then(statuses)),
    );
    expect(all).toEqual(all.map(() => [204, 204]));
  });
});

describe('a database that is lost on the way', () => {
  const campaign = (name: string) => ({ url: 'campaigns', body: { name } });

  test('is a 503 to try again, of a request and of a part of a batch', async () => {
    cutting.times = 1;
    const single = await crm.call(crm.admin, 'POST', '/campaigns', { name: 'Lost' });
    expect([single.status, single.json.code]).toEqual([503, 'unavailable']);
    cutting.times = 1;
    const answer = await batch([campaign('Lost'), campaign('Kept')], GO_ON);
    const all = JSON.parse(answer.body ?? '').responses as Response[];
    expect(statuses(all)).toEqual([503, 201]);
    expect(all[0]).toMatchObject({ headers: { 'retry-after': '1' }, body: { error: { code: 'unavailable' } } });
    expect(answer.failure).toMatchObject({ code: 'unavailable' });
    cutting.times = 1;
    const group = await responses([
      { ...campaign('Lost'), atomicityGroup: 'g' },
      { ...campaign('x'), atomicityGroup: 'g' },
    ]);
    expect(statuses(group)).toEqual([503, 424]);
  });

  test('leaves nothing of a repeatable request or batch, and its repetition is carried out', async () => {
    const headers = repeatable();
    cutting.times = 1;
    const send = () => crm.call(crm.admin, 'POST', '/campaigns', { name: 'Again' }, headers);
    expect((await send()).status).toBe(503);
    expect((await send()).status).toBe(201);
    const own = { ...repeatable(), ...GO_ON };
    const parts = [{ url: 'companies', body: { name: 'Undone' } }, campaign('Again')];
    cutting.times = 1;
    await expect(batch(parts, own)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await count('Undone')).toBe(0);
    expect(statuses(await responses(parts, own))).toEqual([201, 201]);
    expect(await count('Undone')).toBe(1);
  });

  test('is a 503 in the results of a bulk request, and of a repeatable one the answer', async () => {
    const records = Array.from({ length: 1_500 }, (_, n) => ({ name: `Bulk ${n}` }));
    const headers = repeatable();
    cutting.times = 1;
    const send = () => crm.call(crm.admin, 'POST', '/campaigns/bulk', { records }, headers);
    expect((await send()).json.code).toBe('unavailable');
    const { status, json } = await send();
    expect([status, json.results.length, json.results[1_499].status]).toEqual([200, 1_500, 201]);
  });
});
