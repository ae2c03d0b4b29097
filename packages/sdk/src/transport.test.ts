// What the client does when the service is busy, away or slow to tell: with a fetch that answers as each test says, and a clock of its own.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { schema } from '../type-tests/sample.ts';
import {
  AuthenticationError,
  type ClientOptions,
  ConflictError,
  ConnectionError,
  CrmError,
  createClient,
  DeltaExpiredError,
  decimal,
  RateLimitError,
  SchemaMovedError,
  UnavailableError,
} from './index.ts';

interface Sent {
  readonly at: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

type Reply = (request: Sent, init: RequestInit) => Response | Promise<Response>;

const ID = '0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6d';
const RECORD = { id: ID, name: 'Pens', '@odata.etag': 'W/"1"' };

const ok = (body: unknown, init: ResponseInit = {}): Response => Response.json(body, init);
const error = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  Response.json({ error: { code, message: code } }, { status, headers });
const lost = (): Promise<Response> => Promise.reject(new TypeError('fetch failed'));
const never: Reply = (_, { signal }) =>
  new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

/** A client whose requests are answered one after the other; the last reply goes for all that follow. */
function clientWith(replies: readonly Reply[], options: Partial<ClientOptions> = {}) {
  const sent: Sent[] = [];
  const client = createClient({
    url: 'https://crm.test/prefix/',
    auth: { apiKey: 'ktk_1' },
    ...options,
    schema: { ...schema, version: 'v7' },
    fetch: async (url, init) => {
      const headers = init.headers as Record<string, string>;
      const request = {
        at: Date.now(),
        method: String(init.method),
        url,
        headers,
        body: init.body as string | undefined,
      };
      sent.push(request);
      const reply = replies[Math.min(sent.length, replies.length) - 1] as Reply;
      return reply(request, init);
    },
  });
  return { client, sent };
}

/** Milliseconds between requests. */
const waits = (sent: readonly Sent[]): number[] => sent.slice(1).map(({ at }, n) => at - (sent[n]?.at ?? 0));
const settled = <T>(work: Promise<T>): Promise<unknown> => work.catch((thrown: unknown) => thrown);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('trying again', () => {
  test('waits longer each time, by chance, up to the longest wait, and gives up after so many attempts', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const retry = { attempts: 6, firstWait: 100, longestWait: 500, patience: 60_000 };
    const { client, sent } = clientWith([() => error(503, 'overloaded')], { retry });
    const result = settled(client.deals.get(ID));
    await vi.runAllTimersAsync();
    const thrown = await result;
    expect(thrown).toBeInstanceOf(UnavailableError);
    expect(waits(sent)).toEqual([100, 200, 400, 500, 500]);
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const half = clientWith([() => error(503, 'overloaded'), () => ok(RECORD)], { retry });
    const read = half.client.deals.get(ID);
    await vi.runAllTimersAsync();
    expect((await read).name).toBe('Pens');
    expect(waits(half.sent)).toEqual([50]);
  });

  test.each([
    ['seconds', { 'retry-after': '7' }, 7000],
    ['a date', { 'retry-after': 'Sun, 06 Nov 1994 08:49:57 GMT', date: 'Sun, 06 Nov 1994 08:49:37 GMT' }, 20_000],
  ])('waits at least as long as Retry-After says in %s', async (_, headers, wait) => {
    const { client, sent } = clientWith([() => error(429, 'too_many_attempts', headers), () => ok(RECORD)]);
    const read = client.deals.get(ID);
    await vi.runAllTimersAsync();
    await read;
    expect(waits(sent)[0]).toBeGreaterThanOrEqual(wait);
    expect(waits(sent)[0]).toBeLessThanOrEqual(wait + 250);
  });

  test('has its own idea where nothing is said, and takes no number that makes no sense', async () => {
    const { client, sent } = clientWith([() => error(503, 'overloaded')], {
      retry: { attempts: 3, firstWait: undefined },
    });
    const result = settled(client.deals.get(ID));
    await vi.runAllTimersAsync();
    expect(await result).toBeInstanceOf(UnavailableError);
    expect(sent).toHaveLength(3);
    for (const retry of [{ attempts: 0 }, { patience: Number.NaN }, { firstWait: -1 }])
      expect(() => clientWith([], { retry }), JSON.stringify(retry)).toThrow(RangeError);
    const once = clientWith([lost], { retry: { attempts: 1, firstWait: 0 } });
    expect(await settled(once.client.deals.get(ID))).toBeInstanceOf(ConnectionError);
    expect(once.sent).toHaveLength(1);
  });

  test('does not begin to wait for longer than it has patience, and tells how long it would take', async () => {
    const { client, sent } = clientWith([() => error(429, 'too_many_attempts', { 'retry-after': '900' })]);
    const thrown = (await settled(client.deals.get(ID))) as RateLimitError;
    expect(thrown).toBeInstanceOf(RateLimitError);
    expect(thrown.retryAfter).toBe(900_000);
    expect(sent).toHaveLength(1);
  });

  test('repeats a write word for word under the same Repeatability headers', async () => {
    const answers = [
      lost,
      () => error(503, 'unavailable'),
      () => error(409, 'conflict'),
      () => ok(RECORD, { status: 201 }),
    ];
    const { client, sent } = clientWith(answers);
    const made = client.deals.create({ name: 'Pens', amount: decimal('0.10') });
    await vi.runAllTimersAsync();
    expect((await made).id).toBe(ID);
    expect(sent).toHaveLength(4);
    expect(new Set(sent.map(({ headers }) => headers['repeatability-request-id'])).size).toBe(1);
    expect(new Set(sent.map(({ headers }) => headers['repeatability-first-sent'])).size).toBe(1);
    expect(new Set(sent.map(({ body }) => body))).toEqual(new Set(['{"name":"Pens","amount":"0.10"}']));
    const other = clientWith([() => ok(RECORD, { status: 201 })]);
    await other.client.deals.create({ name: 'Pens' });
    expect(other.sent[0]?.headers['repeatability-request-id']).not.toBe(sent[0]?.headers['repeatability-request-id']);
  });

  test('sends a write without Repeatability headers once, and says that it may have been done', async () => {
    for (const options of [{}, { repeatable: false }]) {
      const { client, sent } = clientWith([lost], { repeatable: false });
      const thrown = (await settled(client.deals.create({ name: 'Pens' }, options))) as ConnectionError;
      expect(thrown).toBeInstanceOf(ConnectionError);
      expect(thrown.maybeDone).toBe(true);
      expect(sent).toHaveLength(1);
      expect(sent[0]?.headers).not.toHaveProperty('repeatability-request-id');
    }
    const busy = clientWith([() => error(503, 'unavailable')], { repeatable: false });
    expect(await settled(busy.client.deals.delete(ID))).toBeInstanceOf(UnavailableError);
    expect(busy.sent).toHaveLength(1);
  });

  test('reads again when an answer is cut off, and does not repeat what the service has refused for good', async () => {
    const cut = clientWith([() => new Response('{"value": [{"id"'), () => ok({ value: [RECORD] })]);
    const rows = cut.client.deals.query().toArray(10);
    await vi.runAllTimersAsync();
    expect(await rows).toEqual([RECORD]);
    for (const [status, code] of [
      [400, 'validation_failed'],
      [409, 'duplicate_key'],
      [500, 'internal'],
      [501, 'not_supported'],
      [429, 'too_many_repeatable_requests'],
    ] as const) {
      const { client, sent } = clientWith([() => error(status, code)]);
      expect(((await settled(client.deals.create({ name: 'x' }))) as CrmError).code).toBe(code);
      expect(sent, code).toHaveLength(1);
    }
    const read = clientWith([() => error(409, 'conflict')]);
    expect(await settled(read.client.deals.get(ID))).toBeInstanceOf(ConflictError);
    expect(read.sent).toHaveLength(1);
  });

  test('an attempt that takes too long is another failed one', async () => {
    const { client, sent } = clientWith([never, () => ok(RECORD)], { timeout: 5000 });
    const read = client.deals.get(ID);
    await vi.runAllTimersAsync();
    expect((await read).id).toBe(ID);
    expect(sent).toHaveLength(2);
    expect(waits(sent)[0]).toBeGreaterThanOrEqual(5000);
  });

  test('sets its clock by the service where that refuses its time', async () => {
    const ahead = new Date(Date.now() - 3_600_000).toUTCString();
    const refusal = error(400, 'invalid_repeatability', { date: ahead });
    const { client, sent } = clientWith([() => refusal, () => ok(RECORD, { status: 201 })]);
    await client.deals.create({ name: 'Pens' });
    expect(sent[1]?.headers['repeatability-first-sent']).toBe(ahead);
    expect(sent[1]?.headers['repeatability-request-id']).not.toBe(sent[0]?.headers['repeatability-request-id']);
    const same = clientWith([() => error(400, 'invalid_repeatability', { date: new Date().toUTCString() })]);
    expect(((await settled(same.client.deals.create({ name: 'x' }))) as CrmError).code).toBe('invalid_repeatability');
    expect(same.sent).toHaveLength(1);
  });
});

describe('aborting', () => {
  const reason = new Error('enough');

  test('ends a request, the wait for another try, and the wait for a token', async () => {
    const cases: [string, readonly Reply[], Partial<ClientOptions>][] = [
      ['request', [never], {}],
      ['wait', [() => error(503, 'overloaded', { 'retry-after': '60' })], {}],
      ['token', [never], { auth: { username: 'a@example.com', password: 'x' } }],
    ];
    for (const [name, replies, options] of cases) {
      const { client, sent } = clientWith(replies, options);
      const stop = new AbortController();
      const result = settled(client.deals.create({ name: 'x' }, { signal: stop.signal }));
      await vi.advanceTimersByTimeAsync(1000);
      expect(sent, name).toHaveLength(1);
      stop.abort(reason);
      expect(await result, name).toBe(reason);
      await vi.advanceTimersByTimeAsync(120_000);
      if (name !== 'token') expect(sent, name).toHaveLength(1);
    }
  });

  test('before anything is sent sends nothing', async () => {
    const { client, sent } = clientWith([() => ok(RECORD)]);
    expect(await settled(client.deals.get(ID, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(sent).toHaveLength(0);
  });

  test('ends a list between its records and a bulk load that waits for its source', async () => {
    const { client } = clientWith([() => ok({ value: [RECORD, RECORD] })]);
    const stop = new AbortController();
    const seen: unknown[] = [];
    const walk = async (): Promise<void> => {
      for await (const row of client.deals.query({ signal: stop.signal })) {
        seen.push(row);
        stop.abort(reason);
      }
    };
    expect(await settled(walk())).toBe(reason);
    expect(seen).toHaveLength(1);
    let closed = false;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<{ last_name: string }>>(() => {}),
        return: async () => {
          closed = true;
          return { done: true as const, value: undefined };
        },
      }),
    };
    const late = new AbortController();
    const load = settled(client.contacts.bulk(source, { signal: late.signal }).next());
    await vi.advanceTimersByTimeAsync(10);
    late.abort(reason);
    expect(await load).toBe(reason);
    expect(closed).toBe(false);
  });
});

describe('tokens', () => {
  const token = (n: number, expires = 600) =>
    ok({ access_token: `t${n}`, refresh_token: `r${n}`, expires_in: expires });
  const form = ({ body }: Sent): Record<string, string> => Object.fromEntries(new URLSearchParams(body));

  function signedIn(
    auth: ClientOptions['auth'],
    grant: (n: number, sent: Sent) => Response,
    expected = (n: number) => `Bearer t${n}`,
  ) {
    const grants: Sent[] = [];
    const { client, sent } = clientWith(
      [
        async (request) => {
          if (!request.url.endsWith('/auth/token')) {
            return request.headers.authorization === expected(grants.length)
              ? ok(RECORD)
              : error(401, 'unauthenticated');
          }
          grants.push(request);
          await new Promise((resolve) => setTimeout(resolve, 50));
          return grant(grants.length, request);
        },
      ],
      { auth },
    );
    return { client, sent, grants };
  }

  test('are asked for once, however many requests wait for one, and renewed before they end', async () => {
    const { client, grants } = signedIn({ username: 'a@example.com', password: 'p w' }, (n) => token(n));
    const many = Promise.all(Array.from({ length: 20 }, () => client.deals.get(ID)));
    await vi.runAllTimersAsync();
    await many;
    expect(grants.map(form)).toEqual([{ grant_type: 'password', username: 'a@example.com', password: 'p w' }]);
    await vi.advanceTimersByTimeAsync(571_000);
    const again = Promise.all([client.deals.get(ID), client.deals.get(ID)]);
    await vi.runAllTimersAsync();
    await again;
    expect(grants.slice(1).map(form)).toEqual([{ grant_type: 'refresh_token', refresh_token: 'r1' }]);
  });

  test('that are refused are renewed once for all who hold them, and a session that ended begins anew', async () => {
    const answers = [
      token(1),
      Response.json({ error: 'invalid_grant', error_description: 'no' }, { status: 400 }),
      token(3),
    ];
    // The token of the third grant alone is good.
    const { client, grants, sent } = signedIn(
      { username: 'a@example.com', password: 'p' },
      (n) => answers[n - 1] as Response,
      (n) => (n === 3 ? 'Bearer t3' : ''),
    );
    const many = Promise.all([client.deals.get(ID), client.deals.get(ID), client.deals.get(ID)]);
    await vi.runAllTimersAsync();
    await many;
    expect(grants.map((each) => form(each).grant_type)).toEqual(['password', 'refresh_token', 'password']);
    expect(sent.filter(({ url }) => !url.endsWith('/token'))).toHaveLength(6);
  });

  test('of a session that was begun elsewhere are handed over at each use, and its end is told', async () => {
    const kept: string[] = [];
    const auth = { refreshToken: 'r0', onRefreshToken: (text: string) => void kept.push(text) };
    const { client } = signedIn(auth, (n) =>
      n === 1 ? token(1) : Response.json({ error: 'invalid_grant', error_description: 'ended' }, { status: 400 }),
    );
    const read = client.deals.get(ID);
    await vi.runAllTimersAsync();
    await read;
    expect(kept).toEqual(['r1']);
    await vi.advanceTimersByTimeAsync(600_000);
    const ended = settled(client.deals.get(ID));
    await vi.runAllTimersAsync();
    expect(await ended).toMatchObject({ code: 'invalid_grant', message: 'ended' });
    expect(await ended).toBeInstanceOf(AuthenticationError);
  });

  test('of a program come from its key, and a key is sent as it is and not asked for again', async () => {
    const program = signedIn({ clientId: 'k', clientSecret: 's' }, (n) =>
      ok({ access_token: `t${n}`, expires_in: 600 }),
    );
    const read = program.client.deals.get(ID);
    await vi.runAllTimersAsync();
    await read;
    expect(program.grants.map(form)).toEqual([
      { grant_type: 'client_credentials', client_id: 'k', client_secret: 's' },
    ]);
    const key = clientWith([() => error(401, 'unauthenticated')]);
    expect(await settled(key.client.deals.get(ID))).toBeInstanceOf(AuthenticationError);
    expect(key.sent.map(({ headers }) => headers.authorization)).toEqual(['Bearer ktk_1']);
  });

  test('are waited for while the service is busy, and no longer than there is patience', async () => {
    const busy = () =>
      Response.json(
        { error: 'too_many_attempts', error_description: 'later' },
        { status: 429, headers: { 'retry-after': '2' } },
      );
    const { client, grants } = signedIn({ username: 'a@example.com', password: 'p' }, (n) =>
      n === 1 ? busy() : token(n),
    );
    const read = client.deals.get(ID);
    await vi.runAllTimersAsync();
    await read;
    expect(grants).toHaveLength(2);
    expect(waits(grants)[0]).toBeGreaterThanOrEqual(2000);
  });
});

describe('what is sent', () => {
  test('names the version of the schema once, and exact numbers as text', async () => {
    const next = `https://elsewhere.test/api/v1/deals?$skiptoken=x&%24schemaversion=old`;
    const { client, sent } = clientWith([
      () => ok({ value: [RECORD], '@odata.nextLink': next }),
      () => ok({ value: [] }),
    ]);
    await client.deals.query({ filter: (f) => f.name.eq("a&b=c#d'e+f%") }).toArray(5);
    expect(sent.map(({ url }) => url)).toEqual([
      `https://crm.test/prefix/api/v1/deals?$filter=${encodeURIComponent("name eq 'a&b=c#d''e+f%'")}&$schemaversion=v7`,
      // The token goes to the client's own address, whatever a link names.
      'https://crm.test/prefix/api/v1/deals?$skiptoken=x&$schemaversion=v7',
    ]);
    expect(sent[0]?.headers.accept).toBe('application/json;IEEE754Compatible=true');
  });

  test('goes to the address of the service, with or without the root of its API', async () => {
    for (const url of [
      'https://crm.test',
      'https://crm.test/',
      'https://crm.test/api/v1',
      'https://crm.test/api/v1/',
    ]) {
      const { client, sent } = clientWith([() => ok(RECORD)], { url });
      await client.deals.get(ID);
      expect(sent[0]?.url).toBe(`https://crm.test/api/v1/deals(${ID})?$schemaversion=v7`);
    }
    for (const url of ['crm.test', 'ftp://crm.test']) expect(() => clientWith([], { url })).toThrow(TypeError);
  });

  test('is what was written by hand, whatever stands in its texts', async () => {
    const { client, sent } = clientWith([() => ok({ value: [] })]);
    const asked = async (query: string): Promise<Record<string, string>> => {
      await client.deals.odata(query).toArray(1);
      return Object.fromEntries(new URL(String(sent.at(-1)?.url)).searchParams);
    };
    const filter = "name eq 'A&B + C#D ?= 100% O''Neill & Söhne' and contains(name,'&')";
    const search = `O'Neill "a & b"`;
    const parts = { $filter: filter, $search: search, $expand: "contacts($filter=last_name eq 'a&b=c')", $top: '5' };
    const query = Object.entries(parts).map(([name, value]) => `${name}=${value}`);
    expect(await asked(query.join('&'))).toEqual({ ...parts, $schemaversion: 'v7' });
    expect(await asked(query.toReversed().join('&'))).toEqual({ ...parts, $schemaversion: 'v7' });
    expect(await asked('')).toEqual({ $schemaversion: 'v7' });
  });

  test('holds no value that could end its literal', async () => {
    const { client, sent } = clientWith([() => ok({ value: [] })]);
    const refused: (() => unknown)[] = [
      () => client.deals.query({ filter: (f) => f.owner_id.eq("' or 1 eq 1") }),
      () => client.deals.query({ filter: (f) => f.close_date.gt('2027-01-01 or true') }),
      () => client.deals.query({ filter: (f) => f.created_on.gt('now()') }),
      () => client.deals.query({ filter: (f) => f.stay.gt("PT1H' or true") }),
      () => client.deals.query({ filter: (f) => f.amount.gt('1 or true' as never) }),
      () => client.deals.query({ filter: (f) => f.amount.gt(0.1) }),
      () => client.deals.query({ filter: (f) => f.active.eq('true or true' as never) }),
      () => client.deals.query({ expand: { contacts: { search: 'a);$top=1' } } }),
      () => client.deals.query({ top: -1 }),
      () => client.deals.query({ filter: (f) => (f as never as { none: { eq(n: number): never } }).none.eq(1) }),
      () => client.deals.get("x')/company('"),
      () => client.companies.get({ external_id: 'a', name: 'b' } as never),
    ];
    for (const [at, make] of refused.entries()) expect(make, `case ${at}`).toThrow(/./);
    expect(sent).toHaveLength(0);
  });
});

describe('JSON fields', () => {
  test('keep numbers that JavaScript cannot hold, to and fro', async () => {
    const text = '{"id":"x","@odata.etag":"W/\\"1\\"","details":{"n":12345678901234567890}}';
    const { client, sent } = clientWith([() => new Response(text, { status: 200 })]);
    const { details } = await client.deals.get(ID);
    await client.deals.create({ name: 'x', details } as never);
    expect(sent[1]?.body).toBe('{"name":"x","details":{"n":12345678901234567890}}');
  });
});

describe('errors', () => {
  test('are of a class for what a program does about them, also those of the model and of proxies', async () => {
    const thrown = async (reply: Reply): Promise<unknown> => settled(clientWith([reply]).client.deals.get(ID));
    expect(await thrown(() => error(410, 'schema_moved'))).toBeInstanceOf(SchemaMovedError);
    expect(await thrown(() => error(404, 'unknown_schema_version'))).toBeInstanceOf(SchemaMovedError);
    expect(await thrown(() => error(410, 'delta_expired'))).toBeInstanceOf(DeltaExpiredError);
    expect(await thrown(() => new Response('<html>', { status: 403 }))).toMatchObject({
      code: 'unexpected_answer',
      status: 403,
    });
    const page = settled(
      clientWith([() => ok({ hello: 1 })])
        .client.deals.query()
        .first(),
    );
    expect(await page).toMatchObject({ code: 'unexpected_answer' });
    expect(await page).toBeInstanceOf(CrmError);
  });
});
