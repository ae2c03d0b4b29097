// The benchmark still runs: its data fit the tables, both servers give the same answers, its readers see what they should.
// It measures nothing.
import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import './crm-kit.ts';
import type { RunningServer } from '../bench/servers.ts';

// Read when the bench's modules are loaded.
process.env.BENCH_SCALE = 'tiny';
const { compareAnswers } = await import('../bench/compare.ts');
const { COUNTS, seededRandom } = await import('../bench/dataset.ts');
const { HOOK_OPERATIONS, nextHookRequest } = await import('../bench/hook-operations.ts');
const { publishCopies } = await import('../bench/hooks.ts');
const { RESTORE, SEED } = await import('../bench/seed.ts');
const { SEED_READERS } = await import('../bench/seed-readers.ts');
const { checkReaders, ratiosOf, reportSecurity } = await import('../bench/security.ts');
const { startServer } = await import('../bench/servers.ts');
const { signTokens } = await import('../bench/tokens.ts');

const secret = randomBytes(48).toString('base64url');
let database: TestDatabase;
const servers: RunningServer[] = [];

beforeAll(async () => {
  database = await createTestDatabase({ template: 'crm' });
  for (const statement of SEED) await database.database.run(statement);
  await database.database.run('analyze');
  const environment = { DATABASE_URL: database.url, KARTOTEKA_JWT_SECRET: secret };
  servers.push(...(await Promise.all([startServer('baseline', environment), startServer('service', environment)])));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await database?.drop();
});

function serverAt(place: number): RunningServer {
  const server = servers[place];
  if (server === undefined) throw new Error('a server does not run');
  return server;
}

test('baseline and service give the same answers to every operation', async () => {
  const tokens = signTokens(secret);
  expect(tokens).toHaveLength(COUNTS.owners);
  await compareAnswers({ baseline: serverAt(0), service: serverAt(1) }, tokens);
  const written = 'select count(*) as n from kartoteka.change_log';
  expect(Number((await database.database.run(written))[0]?.n)).toBeGreaterThan(0);
});

test('what measured writes changed is put back', async () => {
  for (const statement of RESTORE) await database.database.run(statement);
  const left = await database.database.run(
    `select count(*) as deals, count(*) filter (where version <> 1) as changed from data.deal`,
  );
  expect(left).toEqual([{ deals: String(COUNTS.deals), changed: '0' }]);
});

test('readers of every depth see what the set security measures, once the service has heard of them', async () => {
  for (const statement of SEED_READERS) await database.database.run(statement);
  await expect.poll(() => checkReaders(serverAt(1), secret).then(String, String), { timeout: 5_000 }).toBe('undefined');
});

test('what the set hooks creates is created, with all that hangs on it and without', async () => {
  await publishCopies(database.database);
  const tokens = signTokens(secret);
  const random = seededRandom(3);
  const ask = async (operation: (typeof HOOK_OPERATIONS)[number]): Promise<string> => {
    const { method, path, body, user, status } = nextHookRequest(operation, tokens.length, random);
    const headers = { authorization: `Bearer ${tokens[user - 1]}`, 'content-type': 'application/json' };
    const answer = await fetch(`http://127.0.0.1:${serverAt(1).port}${path}`, { method, headers, body });
    const text = await answer.text();
    return answer.status === status && !text.includes('"error"') ? '' : text;
  };
  // The service hears of the copies.
  await expect.poll(() => ask('contact_plain'), { timeout: 10_000 }).toBe('');
  for (const operation of HOOK_OPERATIONS) expect(await ask(operation), operation).toBe('');
});

test('ratios are medians of turns that followed each other, and beyond its bound a depth is named', () => {
  const round = (requestsPerSecond: number) => ({
    ...({ target: 'service', operation: 'list', p50: 1, p99: 1, loadCpu: 1, residentBytes: null } as const),
    ...{ speedDrift: 1, cpuDrift: null, serverCpu: 100, postgresCpu: null, requestsPerSecond },
  });
  const at = (...speeds: number[]) => speeds.map(round);
  const ratios = ratiosOf({
    unrestricted: at(100, 200, 300),
    user: at(100, 100, 100),
    unit: at(90, 100, 290),
    organization: at(100, 200, 300),
    shares: at(40, 90, 140),
  });
  expect(ratios.user).toEqual({ time: 2, cpu: null });
  expect(ratios.organization?.time).toBe(1);
  expect(reportSecurity(ratios)).toEqual([
    'security user: 2.00 times, above 1.5',
    'security shares: 2.22 times, above 2',
  ]);
});
