// Nodes of two versions of the product on one database: the older one never takes the documents of the newer one back, and where it
// does not understand them it goes on with those that it has, and says so.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN, callApi, signIn, startTestService, type TestService } from './testing/test-service.ts';

let node: TestService;
let token: string;

beforeAll(async () => {
  node = await startTestService();
  token = (await signIn(node.address, ADMIN.email, ADMIN.password)).access_token;
});
afterAll(() => node.stop());

const run = (sql: string, parameters: string[] = []) => node.database.database.run(sql, parameters);

async function readiness(address: string): Promise<unknown> {
  const response = await fetch(`${address}/readyz`);
  return [response.status, await response.json()];
}

/** As a node of a newer version would: the document replaced, the revision counted up and told. */
async function publishAsNewer(name: string, body: string): Promise<number> {
  const [row] = await run(
    `with d as (update kartoteka.document set body = $2::json where kind = 'entity' and name = $1::text)
     update kartoteka.state set revision = revision + 1, base_version = '99.0.0' returning revision::text as revision`,
    [name, body],
  );
  await run(`select pg_notify('kartoteka', '{}')`);
  return Number(row?.revision);
}

const bodyOf = async (name: string): Promise<string> => {
  const [row] = await run(
    `select body::text as body from kartoteka.document where kind = 'entity' and name = $1::text`,
    [name],
  );
  return String(row?.body);
};

it('a node that is started with an older base leaves that of a newer version as it is', async () => {
  const newer = (await bodyOf('company')).replace('"Companies"', '"Firms of tomorrow"');
  const revision = await publishAsNewer('company', newer);
  const other = await node.another();
  expect(await bodyOf('company')).toBe(newer);
  const [state] = await run('select revision::text as revision, base_version from kartoteka.state');
  expect(state).toEqual({ revision: String(revision), base_version: '99.0.0' });
  const metadata = await callApi(other.address, token, 'GET', '/api/v1/$metadata');
  expect(await metadata.text()).toContain('Firms of tomorrow');
  await other.stop();
});

it('a node that cannot build a newer model serves the one before, says so, and recovers with the next that it can', async () => {
  const before = await bodyOf('company');
  const [state] = await run('select revision::text as revision from kartoteka.state');
  const unknown = JSON.stringify({ ...(JSON.parse(before) as object), hologram: { depth: 3 } });
  const revision = await publishAsNewer('company', unknown);
  const warning = `revision ${revision} of the metadata needs a newer version of the product; revision ${state?.revision} is served`;
  await expect.poll(() => readiness(node.address)).toEqual([200, { status: 'ready', warning }]);
  expect((await callApi(node.address, token, 'GET', '/api/v1/companies')).status).toBe(200);
  expect((await callApi(node.address, token, 'POST', '/api/v1/companies', { name: 'Still served' })).status).toBe(201);
  expect(node.lines.filter((line) => line.includes('cannot build the model'))).toHaveLength(1);
  await publishAsNewer('company', before);
  await expect.poll(() => readiness(node.address)).toEqual([200, { status: 'ready' }]);
});
