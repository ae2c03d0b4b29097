// Packages are installed, upgraded and uninstalled at two service processes at the same time while others work: nobody gets another answer
// than the one due, both nodes come to the same registry and Model, and what was stored in a package's entities is there when it comes back.
import { setTimeout as pause } from 'node:timers/promises';
import { compareCatalogue, loadModel } from '@kartoteka/platform';
import { createTestDatabase, seededRandom, type TestDatabase } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPackage } from '../packages/service/src/metadata-files/package-files.ts';
import { ADMIN, signIn } from '../packages/service/src/testing/test-service.ts';
import './crm-kit.ts';
import { LoadClient } from './publish-under-load/load.ts';
import { type ServiceProcess, send, startServiceProcess } from './service-process.ts';

const ROUNDS = 2;
const SEED = Number(process.env.KARTOTEKA_TEST_SEED ?? 20261122);
/** Publishes that come between a plan and what it is planned for. */
const MOST_ATTEMPTS = 20;
const EXAMPLE = new URL('../docs/examples/training/', import.meta.url).pathname;

interface Node {
  readonly address: string;
  readonly token: string;
}

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

/** The other node has published meanwhile, and this one may have to hear of that first. */
function isBehind({ status, json }: Awaited<ReturnType<typeof send>>): boolean {
  const { code } = (json.error ?? {}) as { code?: string };
  return status === 409 && (code === 'plan_moved' || code === 'revision_conflict');
}

/** Plans and carries out, again where the other node has come between. */
async function carryOut({ address, token }: Node, path: string, body: object): Promise<void> {
  const planPath = path === '' ? 'metadata/packages/plan' : `metadata/packages/${path}/plan`;
  for (let attempt = 1; ; attempt += 1) {
    const planned = await send(address, token, 'POST', planPath, path === '' ? body : {});
    if (isBehind(planned) && attempt < MOST_ATTEMPTS) {
      await pause(50);
      continue;
    }
    if (planned.status !== 200) throw new Error(`${planPath}: ${planned.status} ${planned.text}`);
    const { fingerprint } = planned.json.plan as { fingerprint: string };
    const asked = { ...body, fingerprint, ...(path === '' ? { allow_destructive: true } : { data: 'keep' }) };
    const done = await send(address, token, 'POST', `metadata/packages${path === '' ? '' : `/${path}`}`, asked);
    if (done.status === 200) return;
    if (!isBehind(done) || attempt === MOST_ATTEMPTS) throw new Error(`${path}: ${done.status} ${done.text}`);
    await pause(50);
  }
}

const rank = (version: string) => ({
  manifest: { name: 'rank', publisher: 'Acme', prefix: 'rank_', version },
  documents: [
    {
      kind: 'entity',
      name: 'company',
      body: {
        extends: 'company',
        fields: { rank_level: { type: 'integer', label: { en: `Level of ${version}` } } },
        indexes: { rank_level: ['rank_level'] },
      },
    },
  ],
});

test('packages come and go at two nodes under load, and disturb nobody', { timeout: 300_000 }, async () => {
  const random = seededRandom(SEED);
  const nodes: Node[] = [];
  for (const { address } of services) {
    const { access_token: token } = await signIn(address, ADMIN.email, ADMIN.password);
    nodes.push({ address, token });
  }
  const versions = [await readPackage(`${EXAMPLE}v1`), await readPackage(`${EXAMPLE}v2`)];
  const clients = nodes.map(
    (node, at) => new LoadClient(`node ${at}`, node.address, node.token, seededRandom(Math.floor(random() * 2 ** 32))),
  );
  for (const client of clients) client.start(5);
  const get = async ({ address, token }: Node, path: string) => send(address, token, 'GET', path);
  const settled = async (what: string): Promise<void> => {
    const pending = async () => (await get(nodes[0] as Node, 'metadata/steps?done=false')).json.value;
    await expect.poll(pending, { timeout: 60_000, message: what }).toEqual([]);
    const model = await loadModel(database.database);
    expect(await compareCatalogue(database.database, model), what).toEqual([]);
    for (const node of nodes) {
      const served = async () => (await get(node, 'metadata')).json.revision;
      await expect.poll(served, { timeout: 10_000, message: what }).toBe(model.revision);
    }
    const [one, other] = await Promise.all(nodes.map(async (node) => (await get(node, 'metadata/packages')).text));
    expect(one, what).toBe(other);
    const [first, second] = await Promise.all(nodes.map(async (node) => (await get(node, '$metadata')).text));
    expect(first?.replaceAll(/127\.0\.0\.1:\d+/g, ''), what).toBe(second?.replaceAll(/127\.0\.0\.1:\d+/g, ''));
    expect(
      clients.flatMap(({ findings }) => findings),
      what,
    ).toEqual([]);
  };
  const titles = async (node: Node) =>
    ((await get(node, 'training_courses?$select=title,number&$orderby=number')).json.value as { title: string }[]).map(
      ({ title }) => title,
    );

  const stored: string[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const [one, other] = (round % 2 === 1 ? nodes : nodes.toReversed()) as [Node, Node];
    await Promise.all([carryOut(one, '', versions[0] as object), carryOut(other, '', rank(`${round}.0.0`))]);
    await settled(`round ${round}, installed`);
    expect(await titles(other)).toEqual(stored);
    stored.push(`Course ${round}`);
    const made = await send(other.address, other.token, 'POST', 'training_courses', { title: stored.at(-1) });
    expect([made.status, made.text], `round ${round}`).toEqual([201, expect.any(String)]);
    await Promise.all([carryOut(other, '', versions[1] as object), carryOut(one, '', rank(`${round}.1.0`))]);
    await settled(`round ${round}, upgraded`);
    for (const node of nodes) expect(await titles(node)).toEqual(stored);
    await Promise.all([carryOut(one, 'training/uninstall', {}), carryOut(other, 'rank/uninstall', {})]);
    await settled(`round ${round}, uninstalled`);
    for (const node of nodes) expect((await get(node, 'training_courses')).status).toBe(404);
  }
  await Promise.all(clients.map((client) => client.stop()));
  expect(clients.flatMap(({ findings }) => findings)).toEqual([]);
  expect(services.map((service) => service.log())).toEqual(['', '']);
  const statuses = new Set(clients.flatMap((client) => [...client.statuses.keys()]));
  expect([...statuses].filter((status) => status >= 500)).toEqual([]);
  expect(
    clients.reduce((sum, client) => sum + [...client.statuses.values()].reduce((a, b) => a + b, 0), 0),
  ).toBeGreaterThan(100 * ROUNDS);
});
