// Two service processes serve reads and writes while the metadata changes fifty times under them: nobody gets an answer
// other than the one due, and after each publish catalogue, Model and both nodes agree.
import type { Model } from '@kartoteka/metadata';
import { compareCatalogue, type Database, loadModel, publish, readStored } from '@kartoteka/platform';
import {
  createTestDatabase,
  randomAdditiveChange,
  seededRandom,
  type TestDatabase,
} from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, makeUser, signIn } from '../packages/service/src/testing/test-service.ts';
import { quietLog } from './crm-kit.ts';
import { LoadClient } from './publish-under-load/load.ts';
import { type Node, probeRecords, probesOf, untilServed } from './publish-under-load/served-change.ts';
import { type ServiceProcess, startServiceProcess } from './service-process.ts';

const PUBLISHES = 50;
const SEED = Number(process.env.KARTOTEKA_TEST_SEED ?? 20260308);
/** Within which both nodes serve a published Model, but for a few times when a busy machine lets a process wait. */
const SERVED_WITHIN_MS = 1000;
const LATE_AT_MOST = 3;
/** Between two requests of a client: six clients are a bounded load, not a benchmark. */
const GAP_MS = 5;
const PASSWORD = 'a password for sales people';

let database: TestDatabase;
const services: ServiceProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase({ template: 'crm' });
  // One after the other: the first sets the administrator's password.
  for (const _ of [1, 2]) services.push(await startServiceProcess(database.url));
});

afterAll(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await database?.drop();
});

test('fifty publishes of random additive changes under load disturb no request', async () => {
  const random = seededRandom(SEED);
  const nodes = await Promise.all(services.map((service) => signedIn(service, ADMIN.email, ADMIN.password)));
  const records = await probeRecords(nodes[0] as Node);
  const clients = await loadClients(nodes, random);
  for (const client of clients) client.start(GAP_MS);

  const served: number[] = [];
  let model = await loadModel(database.database);
  for (let number = 1; number <= PUBLISHES; number += 1) {
    const { next, description } = await publishRandomChange(database.database, random);
    const probes = probesOf(model, next, nodes, records);
    served.push(await untilServed(probes, `publish ${number} (${description}, seed ${SEED})`));
    expect(await compareCatalogue(database.database, next), description).toEqual([]);
    model = next;
    expect(findingsOf(clients), `publish ${number} (${description}, seed ${SEED})`).toEqual([]);
  }
  await Promise.all(clients.map((client) => client.stop()));

  expect(findingsOf(clients), `seed ${SEED}`).toEqual([]);
  expect(served.filter((ms) => ms > SERVED_WITHIN_MS).length).toBeLessThanOrEqual(LATE_AT_MOST);
  expect(services.map((service) => service.log())).toEqual(['', '']);
  const statuses = new Map<number, number>();
  for (const client of clients) {
    for (const [status, times] of client.statuses) statuses.set(status, (statuses.get(status) ?? 0) + times);
  }
  expect([...statuses.keys()].sort()).toEqual([200, 201, 204, 404, 412]);
  const requests = [...statuses.values()].reduce((sum, times) => sum + times, 0);
  expect(requests).toBeGreaterThan(PUBLISHES * clients.length);
  console.info(
    `${requests} requests during ${PUBLISHES} publishes; a node was behind for ${Math.max(...served)} ms at most`,
  );
}, 300_000);

async function signedIn(service: ServiceProcess, email: string, password: string): Promise<Node> {
  const { access_token: token } = await signIn(service.address, email, password);
  return { address: service.address, token };
}

/** The administrator and two sales representatives, each at both nodes. */
async function loadClients(admins: readonly Node[], random: () => number): Promise<LoadClient[]> {
  const clients = admins.map((node, at) => new LoadClient(`admin ${at}`, node.address, node.token, own(random)));
  for (const name of ['rita', 'ravi']) {
    const email = `${name}@example.com`;
    await makeUser((services[0] as ServiceProcess).address, email, PASSWORD, 'sales_representative');
    for (const [at, service] of services.entries()) {
      const { address, token } = await signedIn(service, email, PASSWORD);
      clients.push(new LoadClient(`${name} ${at}`, address, token, own(random)));
    }
  }
  return clients;
}

/** Each client draws from a sequence of its own, so that their order in time changes nothing. */
function own(random: () => number): () => number {
  return seededRandom(Math.floor(random() * 2 ** 32));
}

async function publishRandomChange(
  executor: Database,
  random: () => number,
): Promise<{ next: Model; description: string }> {
  const stored = await readStored(executor);
  const { description, changes } = randomAdditiveChange(stored.documents, random);
  const input = { changes, expectedRevision: stored.revision, author: null, comment: description, log: quietLog };
  const result = await publish(executor, input);
  expect(result.outcome, description).toBe('published');
  expect(result.pending, description).toEqual([]);
  const next = await loadModel(executor);
  expect(next.revision).toBe(stored.revision + 1);
  return { next, description };
}

function findingsOf(clients: readonly LoadClient[]): string[] {
  return clients.flatMap((client) => client.findings);
}
