// A service that dies around the commit of a repeatable request: what it did lasts together with its answer, or neither does.
import { randomUUID } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { createTestDatabase, registerTemplate, type TestDatabase } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, signIn } from '../packages/service/src/testing/test-service.ts';
import { repeatable } from './repeatable-kit.ts';
import { type ServiceProcess, send, startServiceProcess } from './service-process.ts';

/** A relay to the database that a COMMIT ends for the service: either it does not arrive, or its confirmation does not. */
interface Relay {
  readonly url: string;
  lose: 'nothing' | 'commit' | 'confirmation';
  /** Whether something was lost. */
  lost: boolean;
  close(): void;
}

const COMMIT = Buffer.from('commit\0');

async function relayTo(databaseUrl: string): Promise<Relay> {
  const url = new URL(databaseUrl);
  const target = { port: Number(url.port), host: url.hostname };
  const relay = { lose: 'nothing' as Relay['lose'], lost: false };
  const server = createServer((client) => {
    const upstream = connect(target);
    let cut: Relay['lose'] = 'nothing';
    client.on('data', (chunk) => {
      if (relay.lose !== 'nothing' && chunk.includes(COMMIT)) cut = relay.lose;
      relay.lost ||= cut !== 'nothing';
      if (cut !== 'commit') upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (cut === 'nothing') client.write(chunk);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('close', () => other.destroy());
      one.on('error', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url.port = typeof address === 'object' && address ? String(address.port) : '';
  return Object.assign(relay, { url: url.href, close: () => server.close() });
}

let database: TestDatabase;
let relay: Relay;
const running: ServiceProcess[] = [];
beforeAll(async () => {
  registerTemplate('service_process', async (url) => void (await (await startServiceProcess(url)).stop()));
  database = await createTestDatabase({ template: 'service_process' });
  relay = await relayTo(database.url);
});
afterAll(async () => {
  await Promise.all(running.map((service) => service.kill()));
  relay?.close();
  await database?.drop();
});

async function start(url: string): Promise<{ service: ServiceProcess; token: string }> {
  const service = await startServiceProcess(url);
  running.push(service);
  const { access_token: token } = await signIn(service.address, ADMIN.email, ADMIN.password);
  return { service, token };
}

const stored = async (name: string): Promise<string[]> => {
  const rows = await database.database.run('select id::text as id from data.company where name = $1::text', [name]);
  return rows.map(({ id }) => String(id));
};

test('killed behind the commit and before the answer, it has done the request: the repetition gets its answer', async () => {
  const first = await start(relay.url);
  const name = `Behind ${randomUUID()}`;
  const headers = repeatable();
  relay.lose = 'confirmation';
  const answer = send(first.service.address, first.token, 'POST', 'companies', { name }, headers);
  await expect.poll(() => stored(name), { timeout: 20_000 }).toHaveLength(1);
  await Promise.all([first.service.kill(), expect(answer).rejects.toThrow()]);
  expect(relay.lost).toBe(true);
  relay.lose = 'nothing';
  const second = await start(database.url);
  const again = await send(second.service.address, second.token, 'POST', 'companies', { name }, headers);
  expect([again.status, again.headers.get('repeatability-result')]).toEqual([201, 'accepted']);
  expect(await stored(name)).toEqual([again.json.id]);
  const third = await send(second.service.address, second.token, 'POST', 'companies', { name }, headers);
  expect(third.text).toBe(again.text);
  await second.service.stop();
});

test('killed before the commit, it has done nothing: the repetition is carried out', async () => {
  const first = await start(relay.url);
  const name = `Before ${randomUUID()}`;
  const records = Array.from({ length: 3_000 }, () => ({ name }));
  const headers = repeatable();
  relay.lost = false;
  relay.lose = 'commit';
  const answer = send(first.service.address, first.token, 'POST', 'companies/bulk', { records }, headers);
  await expect.poll(() => relay.lost, { timeout: 20_000 }).toBe(true);
  await Promise.all([first.service.kill(), expect(answer).rejects.toThrow()]);
  expect(await stored(name)).toEqual([]);
  relay.lose = 'nothing';
  const second = await start(database.url);
  const again = await send(second.service.address, second.token, 'POST', 'companies/bulk', { records }, headers);
  expect([again.status, (await stored(name)).length]).toEqual([200, 3_000]);
  await second.service.stop();
});
