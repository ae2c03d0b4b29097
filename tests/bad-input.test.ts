// Bad input of every kind, sent to a running service over HTTP: each answer is the error object with a code of the table,
// nothing of the inside is told, nothing is stored, and the service goes on.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  arbitraryBody,
  arbitraryByteQuery,
  arbitraryFilter,
  arbitraryPath,
  arbitraryQuery,
  arbitraryRawQuery,
} from './bad-input/arbitrary-queries.ts';
import { type BadInputService, type Call, expectRefusal, startBadInputService } from './bad-input/bad-input-service.ts';
import { BODIES } from './bad-input/bodies.ts';
import { answersOf, rawCases } from './bad-input/raw-requests.ts';
import { REQUESTS } from './bad-input/requests.ts';

/** fast-check prints the seed of a failure; KARTOTEKA_TEST_SEED and KARTOTEKA_TEST_RUNS repeat or widen a run. */
const SEED = Number(process.env.KARTOTEKA_TEST_SEED ?? 20260308);
const RUNS = Number(process.env.KARTOTEKA_TEST_RUNS ?? 1000);

let service: BadInputService;
let before: Readonly<Record<string, string>>;

beforeAll(async () => {
  service = await startBadInputService();
  // The first that is said of a delta link makes the secret that they are signed with.
  await service.call({ path: '/companies?$deltatoken=none' });
  before = await service.rowCounts();
});

afterAll(() => service?.stop());

/** Nothing is stored by what was refused, the service answers, and nothing of it was an internal error. */
async function expectUnharmed(): Promise<void> {
  expect(await service.rowCounts()).toEqual(before);
  const reply = await service.call({ path: '/x_samples/$count' });
  expect([reply.status, reply.text]).toEqual([200, before['data.x_sample']]);
  expect(service.process.log()).toBe('');
}

describe('bodies', () => {
  test.each(['POST', 'PATCH'])('of %s are refused with code and target', async (method) => {
    const path = method === 'POST' ? '/x_samples' : `/x_samples(${service.sampleId})`;
    const failures: string[] = [];
    for (const each of BODIES) {
      if (method === 'PATCH' && each.name === 'no required property') continue;
      const { body, headers } = each;
      const reply = await service.call({ method, path, body, ...(headers === undefined ? {} : { headers }) });
      try {
        const error = expectRefusal(reply, each.name);
        expect([reply.status, error.code], `${each.name}: ${reply.text}`).toEqual([each.status ?? 400, each.code]);
        if (each.details !== undefined) expect(targets(error.details), each.name).toMatchObject(each.details);
      } catch (error) {
        failures.push(`${(error as Error).message.split('\n')[0]} ${reply.text.slice(0, 300)}`);
      }
    }
    expect(failures).toEqual([]);
    await expectUnharmed();
  });
});

describe('requests', () => {
  test.each(Object.keys(REQUESTS))('%s are refused with their code', async (group) => {
    const failures: string[] = [];
    for (const each of REQUESTS[group] ?? []) {
      const path = each.path.replace('{company}', service.companyId).replace('{sample}', service.sampleId);
      const reply = await service.call({ ...each, path });
      const what = `${each.method ?? 'GET'} ${each.path.slice(0, 150)} ${JSON.stringify(each.headers ?? {}).slice(0, 100)}`;
      try {
        const error = expectRefusal(reply, what);
        expect([reply.status, error.code], what).toEqual([each.status, each.code]);
        if (each.target !== undefined) expect(error.target, what).toBe(each.target);
      } catch (error) {
        failures.push(`${what} ${(error as Error).message.split('\n')[0]} ${reply.status} ${reply.text.slice(0, 200)}`);
      }
    }
    expect(failures).toEqual([]);
    await expectUnharmed();
  });
});

describe('the socket', () => {
  test('answers what is hardly HTTP with error objects, one after the other', async () => {
    const failures: string[] = [];
    const cases = rawCases(service.token).map(async (each) => ({
      ...each,
      answers: answersOf(await service.exchange(each.bytes)),
    }));
    for (const { name, statuses, answers } of await Promise.all(cases)) {
      try {
        expect(answers.map(({ status }) => status)).toEqual(statuses);
        for (const { status, headers, body } of answers) {
          if (status < 400) continue;
          expectRefusal({ status, headers, text: body, json: JSON.parse(body) }, name);
        }
      } catch (error) {
        failures.push(`${name}: ${(error as Error).message.split('\n')[0]} ${JSON.stringify(answers).slice(0, 300)}`);
      }
    }
    expect(failures).toEqual([]);
    await expectUnharmed();
  });

  test('answers HEAD like GET without a body, refusals included', async () => {
    const read = await service.call({ method: 'HEAD', path: `/x_samples(${service.sampleId})` });
    expect([read.status, read.text, read.headers.etag]).toEqual([200, '', 'W/"1"']);
    const refused = await service.call({ method: 'HEAD', path: '/nothing' });
    expect([refused.status, refused.text]).toEqual([404, '']);
    await expectUnharmed();
  });
});

describe('fuzzing', () => {
  test('any query gives records or a refusal', async () => {
    await fuzz(
      fc.oneof(
        { weight: 8, arbitrary: arbitraryQuery },
        { weight: 1, arbitrary: arbitraryRawQuery },
        { weight: 3, arbitrary: arbitraryByteQuery },
      ),
      (query) => ({
        path: `/x_samples?${query}`,
      }),
    );
  });

  test('any query of a count gives a number or a refusal', async () => {
    await fuzz(arbitraryFilter, (query) => ({ path: `/x_samples/$count?${query}` }));
  });

  test('any path gives an answer or a refusal', async () => {
    const query = fc.oneof({ weight: 3, arbitrary: fc.constant('') }, { weight: 1, arbitrary: arbitraryByteQuery });
    await fuzz(fc.tuple(arbitraryPath, query), ([path, asked]) => ({
      path: asked === '' ? path : `${path}?${asked}`,
    }));
  });

  test('any body without a record in it is refused', async () => {
    await fuzz(arbitraryBody, (body) => ({ method: 'POST', path: '/x_samples', body }), false);
  });

  test('a continuation token that was changed gives records or a refusal', async () => {
    const page = await service.call({
      path: '/x_samples?$orderby=moment,whole%20desc',
      headers: { prefer: 'maxpagesize=1' },
    });
    const link = new URL(String(page.json?.['@odata.nextLink']));
    const token = link.searchParams.get('$skiptoken') ?? '';
    const key: unknown[] = JSON.parse(Buffer.from(token, 'base64url').toString());
    expect(key).toHaveLength(4);
    const anyValue = fc.oneof(
      fc.constantFrom('infinity', '9999999', '1e400', '', '294277-01-01', "'", '2026-02-30'),
      fc.jsonValue(),
    );
    const forged = fc
      .tuple(fc.nat(4), anyValue)
      .map(([at, value]) => Buffer.from(JSON.stringify(key.with(Math.min(at, 3), value))).toString('base64url'));
    const cut = fc
      .tuple(fc.nat(token.length), fc.base64String({ maxLength: 8 }))
      .map(([at, text]) => token.slice(0, at) + text);
    await fuzz(fc.oneof(forged, cut), (each) => {
      link.searchParams.set('$skiptoken', each);
      return { path: `${link.pathname.slice('/api/v1'.length)}${link.search}` };
    });
  });
});

/** Sends requests built from arbitrary values; each is refused properly or, where that may be, answered with 200. */
async function fuzz<T>(arbitrary: fc.Arbitrary<T>, callOf: (drawn: T) => Call, mayBeGood = true): Promise<void> {
  const codes = new Map<string, number>();
  const property = fc.asyncProperty(arbitrary, async (drawn) => {
    const call = callOf(drawn);
    const reply = await service.call(call);
    const isGood = mayBeGood && (reply.status === 200 || reply.status === 204);
    const code = isGood ? 'good' : expectRefusal(reply, `${call.path} ${call.body ?? ''}`.slice(0, 500)).code;
    codes.set(code, (codes.get(code) ?? 0) + 1);
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: 20_000 });
  // Both outcomes came up: what is fuzzed reaches beyond the first check.
  expect(codes.has('good')).toBe(mayBeGood);
  expect(codes.size).toBeGreaterThan(1);
  await expectUnharmed();
}

function targets(details: readonly { code: string; target?: string }[] = []): Record<string, string> {
  return Object.fromEntries(details.map(({ code, target = '' }) => [target, code]));
}
