// Repeatable requests (OASIS Repeatable Requests 1.0): carried out once, answered every time as the first time.
import { crmExtension } from '@kartoteka/crm';
import { createPlatform, type Hook, type Platform, type Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Crm, callPlatform, principalOf, quietLog, startCrm } from './crm-kit.ts';
import { repeatable, told, traces } from './repeatable-kit.ts';

/** Fails a write of a company as often as it is told to. */
const failing = { times: 0 };
const failures: Hook = {
  entity: 'company',
  operations: ['create'],
  before: () => {
    if (failing.times === 0) return;
    failing.times -= 1;
    throw new Error('on purpose');
  },
  needsTransaction: () => false,
};

let crm: Crm;
let rita: Principal;
let otto: Principal;
beforeAll(async () => {
  crm = await startCrm({ hooks: [failures] });
  rita = await crm.user('Rita', ['sales_representative']);
  otto = await crm.user('Otto', ['sales_representative']);
});
afterAll(() => crm.close());

const count = async (set: string, filter: string): Promise<number> => {
  const path = `/${set}/$count?$filter=${encodeURIComponent(filter)}`;
  return Number((await crm.call(crm.admin, 'GET', path)).text);
};

/** Rows of the table for a request. */
async function remembered(headers: Record<string, string>): Promise<number> {
  const text = 'select count(*)::text as n from kartoteka.repeated_request where request_id = $1::text';
  const [row] = await crm.platform.database.run(text, [headers['repeatability-request-id'] ?? '']);
  return Number(row?.n);
}

describe('a create', () => {
  test('is done once, and answered again in the same words', async () => {
    const headers = repeatable();
    const first = await crm.call(rita, 'POST', '/companies', { name: 'Once' }, headers);
    expect(first.status).toBe(201);
    expect(first.headers).toMatchObject({ 'repeatability-result': 'accepted', etag: 'W/"1"' });
    await crm.call(rita, 'PATCH', `/companies(${first.json.id})`, { name: 'Once, changed since' });
    const again = await crm.call(rita, 'POST', '/companies', { name: 'Once' }, headers);
    expect(told(again)).toEqual(told(first));
    expect(await count('companies', "startswith(name,'Once')")).toBe(1);
  });

  test('with return=minimal is answered again with its location', async () => {
    const headers = { ...repeatable(), prefer: 'return=minimal' };
    const first = await crm.call(rita, 'POST', '/companies', { name: 'Minimal' }, headers);
    expect(first).toMatchObject({ status: 204, text: null });
    const again = await crm.call(rita, 'POST', '/companies', { name: 'Minimal' }, headers);
    expect(told(again)).toEqual(told(first));
    expect(again.headers.location).toContain('/companies(');
  });

  test('sent fifty times at once by two nodes makes one record, and fifty equal answers', async () => {
    const second = await secondNode();
    try {
      const headers = repeatable();
      const sent = Array.from({ length: 50 }, (_, n) => {
        const [node, principal] = n % 2 === 0 ? [crm.platform, rita] : [second.node, second.rita];
        return callPlatform(node, principal, 'POST', '/companies', { name: 'Fifty' }, headers);
      });
      const answers = await Promise.all(sent);
      expect(new Set(answers.map((answer) => JSON.stringify(told(answer)))).size).toBe(1);
      expect(answers[0]?.status).toBe(201);
      expect(await count('companies', "name eq 'Fifty'")).toBe(1);
    } finally {
      await second.node.close();
    }
  });

  test('costs three round trips, and without the header what it cost before', async () => {
    const { counters } = crm.platform.database;
    const cost = async (headers: () => Record<string, string>): Promise<number> => {
      const costs: number[] = [];
      for (let n = 0; n < 4; n += 1) {
        const before = counters.roundTrips;
        // No rule looks for duplicates of deals.
        await crm.call(rita, 'POST', '/deals', { name: 'Cost' }, headers());
        costs.push(counters.roundTrips - before);
      }
      return Math.min(...costs);
    };
    expect(await cost(() => ({}))).toBe(1);
    expect(await cost(() => repeatable())).toBe(3);
  });
});

async function secondNode(): Promise<{ node: Platform; rita: Principal }> {
  const node = await createPlatform({
    databaseUrl: crm.url,
    documents: null,
    extensions: [crmExtension],
    log: quietLog,
  });
  return { node, rita: await principalOf(node, rita.id) };
}

describe('an id', () => {
  test('is of one principal, and of one client of his', async () => {
    const headers = repeatable();
    const names: string[] = [];
    for (const [principal, more] of [
      [rita, {}],
      [otto, {}],
      [rita, { 'repeatability-client-id': 'one' }],
      [rita, { 'repeatability-client-id': 'two' }],
    ] as const) {
      const name = `Owned ${names.push('')}`;
      const { status, json } = await crm.call(principal, 'POST', '/companies', { name }, { ...headers, ...more });
      expect([status, json.name]).toEqual([201, name]);
    }
    expect(await count('companies', "startswith(name,'Owned')")).toBe(4);
  });

  test('of who acts as a user is another one than the same id of the user', async () => {
    const headers = repeatable();
    await crm.call(rita, 'POST', '/companies', { name: 'As herself' }, headers);
    const acting = await crm.platform.actAs(crm.admin, rita.id);
    const { status, json } = await crm.call(acting, 'POST', '/companies', { name: 'As Rita' }, headers);
    expect([status, json.name]).toEqual([201, 'As Rita']);
  });

  test('belongs to the request that was sent with it: another one is refused and does nothing', async () => {
    const headers = repeatable();
    const { json } = await crm.call(rita, 'POST', '/companies', { name: 'Mine' }, headers);
    const before = await traces(crm);
    const earlier = repeatable(headers['repeatability-request-id'], 60_000);
    for (const [method, path, body, more] of [
      ['POST', '/companies', { name: 'Other' }, headers],
      ['POST', '/contacts', { name: 'Mine' }, headers],
      ['POST', '/companies?$select=name', { name: 'Mine' }, headers],
      ['PATCH', `/companies(${json.id})`, { name: 'Mine' }, headers],
      ['POST', '/companies', { name: 'Mine' }, { ...headers, 'if-none-match': '*' }],
      ['POST', '/companies', { name: 'Mine' }, earlier],
    ] as const) {
      const answer = await crm.call(rita, method, path, body, more);
      expect([answer.status, answer.json.code, answer.headers]).toEqual([
        ...[400, 'repeated_request_differs', { 'repeatability-result': 'rejected' }],
      ]);
    }
    expect(await traces(crm)).toEqual(before);
  });

  test('is refused for two requests at the same time that differ', async () => {
    const headers = repeatable();
    const answers = await Promise.all(
      ['A', 'B', 'C'].map((name) => crm.call(rita, 'POST', '/companies', { name: `Differs ${name}` }, headers)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400, 400]);
    expect(await count('companies', "startswith(name,'Differs')")).toBe(1);
  });
});

describe('a refusal', () => {
  test.each([
    ['what is not valid', 'POST', '/companies', { nonsense: 1 }, 400],
    ['a missing record', 'DELETE', '/companies(01900000-0000-7000-8000-00000000dead)', undefined, 404],
    ['a set that there is not', 'POST', '/nothings', {}, 404],
    ['a method that is not allowed', 'DELETE', '/companies', undefined, 405],
    ['what is not isolated', 'POST', '/companies', { name: 'x' }, 412, { isolation: 'snapshot' }],
    ['what is not supported', 'POST', '/companies', { name: 'x' }, 501, { 'if-match': '*' }],
  ])('is remembered like an answer: %s', async (_what, method, path, body, status, more?: Record<string, string>) => {
    const headers = { ...repeatable(), ...more };
    const first = await crm.call(rita, method, path, body, headers);
    const allow = status === 405 ? { allow: 'GET, HEAD, POST, OPTIONS' } : {};
    expect([first.status, first.headers]).toEqual([status, { 'repeatability-result': 'accepted', ...allow }]);
    expect(told(await crm.call(rita, method, path, body, headers))).toEqual(told(first));
    expect(await remembered(headers)).toBe(1);
  });

  test('stays the answer when the same request would be carried out by now', async () => {
    const headers = repeatable();
    const taken = await crm.create('companies', { name: 'Holder', external_id: 'R-1' });
    const send = () => crm.call(rita, 'POST', '/companies', { name: 'Late', external_id: 'R-1' }, headers);
    const first = await send();
    expect([first.status, first.json.code]).toEqual([409, 'duplicate_key']);
    await crm.call(crm.admin, 'DELETE', `/companies(${taken.id})`);
    expect(told(await send())).toEqual(told(first));
    expect(await count('companies', "name eq 'Late'")).toBe(0);
  });

  test('of a missing right leads to its explanation, as ever', async () => {
    const { json } = await crm.call(rita, 'POST', '/role_assignments', { role: 'x', user_id: rita.id }, repeatable());
    expect(json.details.map(({ code }: { code: string }) => code)).toContain('explain_access');
  });

  test("that is nobody's fault is not remembered: the repetition is carried out", async () => {
    const headers = repeatable();
    failing.times = 1;
    await expect(crm.call(rita, 'POST', '/companies', { name: 'Second try' }, headers)).rejects.toThrow('on purpose');
    expect(await remembered(headers)).toBe(0);
    const { status } = await crm.call(rita, 'POST', '/companies', { name: 'Second try' }, headers);
    expect(status).toBe(201);
    expect(await count('companies', "name eq 'Second try'")).toBe(1);
  });

  test("that is nobody's fault lets one of those who wait have the next try", async () => {
    const headers = repeatable();
    failing.times = 2;
    const sent = Array.from({ length: 10 }, () =>
      crm.call(rita, 'POST', '/companies', { name: 'Third try' }, headers).then(
        ({ status }) => status,
        () => 'failed',
      ),
    );
    const outcomes = await Promise.all(sent);
    expect(outcomes.filter((outcome) => outcome === 'failed')).toHaveLength(2);
    expect(outcomes.filter((outcome) => outcome === 201)).toHaveLength(8);
    expect(await count('companies', "name eq 'Third try'")).toBe(1);
  });
});
