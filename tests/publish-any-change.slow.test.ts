// Two service processes serve reads and writes while the metadata changes two hundred times under them, removals of everything
// included: nothing fails but what names a removed thing, and after each publish catalogue, Model and both nodes agree.
import type { Model } from '@kartoteka/metadata';
import {
  compareCatalogue,
  loadModel,
  nextDocuments,
  PlatformError,
  planPublish,
  publish,
  readStored,
} from '@kartoteka/platform';
import {
  createTestDatabase,
  type RandomChange,
  randomAnyChange,
  seededRandom,
  type TestDatabase,
} from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, makeUser, signIn } from '../packages/service/src/testing/test-service.ts';
import { quietLog } from './crm-kit.ts';
import { ChangingClient, ServedModels } from './publish-under-load/changing-load.ts';
import { LoadClient } from './publish-under-load/load.ts';
import { type Node, probeRecords, probesOf, untilServed } from './publish-under-load/served-change.ts';
import { type ServiceProcess, send, startServiceProcess } from './service-process.ts';

const PUBLISHES = 200;
const SEED = Number(process.env.KARTOTEKA_TEST_SEED ?? 20261122);
/** Within which both nodes serve a published Model, but for a few times when a busy machine lets a process wait. */
const SERVED_WITHIN_MS = 1000;
const LATE_AT_MOST = 10;
const GAP_MS = 5;
/** Whole documents of both nodes are compared this often. */
const COMPARE_EVERY = 20;
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

test('two hundred publishes of random changes under load fail nothing but what names a removed thing', async () => {
  const random = seededRandom(SEED);
  const nodes = await Promise.all(services.map((service) => signedIn(service, ADMIN.email, ADMIN.password)));
  const records = await probeRecords(nodes[0] as Node);
  let model = await loadModel(database.database);
  const models = new ServedModels(model);
  const clients = await loadClients(nodes, models, random);
  for (const client of clients) client.start(GAP_MS);

  const served: number[] = [];
  let refused = 0;
  for (let number = 1; number <= PUBLISHES; ) {
    const change = await nextChange(models, random);
    const when = `publish ${number} (${change.description}, seed ${SEED})`;
    const published = await publishChange(change, (next) => untilServed(probesOf(model, next, nodes, records), when));
    if (published === null) models.coming(model);
    models.arrived();
    if (published === null) {
      refused += 1;
      continue;
    }
    const { next, behind } = published;
    served.push(behind);
    expect(await compareCatalogue(database.database, next), when).toEqual([]);
    if (number % COMPARE_EVERY === 0) await compareNodes(nodes, when);
    expect(
      clients.flatMap(({ findings }) => findings),
      when,
    ).toEqual([]);
    model = next;
    number += 1;
  }
  await Promise.all(clients.map((client) => client.stop()));

  expect(
    clients.flatMap(({ findings }) => findings),
    `seed ${SEED}`,
  ).toEqual([]);
  expect(services.map((service) => service.log())).toEqual(['', '']);
  expect(served.filter((ms) => ms > SERVED_WITHIN_MS).length).toBeLessThanOrEqual(LATE_AT_MOST);
  const statuses = clients.map((client) => Object.fromEntries(client.statuses));
  console.info(`${refused} changes refused; behind for ${Math.max(...served)} ms at most; ${JSON.stringify(statuses)}`);
});

interface Change extends RandomChange {
  readonly to: Model;
  readonly revision: number;
}

/** A change that can be published, told to the clients before it is. */
async function nextChange(models: ServedModels, random: () => number): Promise<Change> {
  const stored = await readStored(database.database);
  for (;;) {
    const change = randomAnyChange(stored.documents, random);
    const documents = nextDocuments(stored.documents, { changes: change.changes });
    if (documents === null) throw new Error(`${change.description} changes nothing`);
    try {
      const to = planPublish(stored, documents).model;
      models.coming(to);
      return { ...change, to, revision: stored.revision };
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code !== 'not_supported') throw error;
    }
  }
}

/** Null where stored records do not fit the change; `served` is asked from the moment of the commit on. */
async function publishChange(
  { changes, description, revision, to }: Change,
  served: (next: Model) => Promise<number>,
): Promise<{ next: Model; behind: number } | null> {
  let behind: Promise<number> | undefined;
  const onInfo = (_fields: object, message: string): void => {
    if (message === 'published') behind = served(to);
  };
  const input = { changes, expectedRevision: revision, author: null, log: { ...quietLog, info: onInfo } };
  try {
    const result = await publish(database.database, { ...input, comment: description, allowDestructive: true });
    expect([result.outcome, result.pending], description).toEqual(['published', []]);
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'conflict') throw error;
    return null;
  }
  return { next: await loadModel(database.database), behind: (await behind) ?? 0 };
}

async function signedIn(service: ServiceProcess, email: string, password: string): Promise<Node> {
  const { access_token: token } = await signIn(service.address, email, password);
  return { address: service.address, token };
}

/** At each node the administrator and a sales representative with records of their own, and one who names what changes. */
async function loadClients(
  admins: readonly Node[],
  models: ServedModels,
  random: () => number,
): Promise<(LoadClient | ChangingClient)[]> {
  const own = (): (() => number) => seededRandom(Math.floor(random() * 2 ** 32));
  const [first] = services as [ServiceProcess];
  await makeUser(first.address, 'rita@example.com', PASSWORD, 'sales_representative');
  const clients: (LoadClient | ChangingClient)[] = [];
  for (const [at, node] of admins.entries()) {
    clients.push(new LoadClient(`admin ${at}`, node.address, node.token, own()));
    const rita = await signedIn(services[at] as ServiceProcess, 'rita@example.com', PASSWORD);
    clients.push(new LoadClient(`rita ${at}`, rita.address, rita.token, own()));
    for (const _ of [1, 2]) clients.push(new ChangingClient(node, models, await probeRecords(node), own()));
  }
  return clients;
}

/** Times that nodes are asked again whose answers differ: somebody may write between one's answer and the other's. */
const ASKED_AGAIN = 20;

/** What both nodes say of themselves is the same but for their addresses. */
async function compareNodes(nodes: readonly Node[], when: string): Promise<void> {
  const answers = (path: string) =>
    Promise.all(
      nodes.map(async ({ address, token }) => {
        const { status, text } = await send(address, token, 'GET', path);
        return `${status} ${text.replaceAll(address, '')}`;
      }),
    );
  for (const path of ['', '$metadata', 'openapi.json', 'companies?$top=3&$orderby=id', 'contacts?$top=3&$orderby=id']) {
    let texts = await answers(path);
    for (let again = 0; again < ASKED_AGAIN && new Set(texts).size > 1; again += 1) texts = await answers(path);
    const [first, ...others] = texts;
    for (const other of others) expect(other, `${when}: ${path}`).toBe(first);
  }
}
