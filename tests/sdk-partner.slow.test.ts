// The partner's solution in docs/examples/partner-sync, as processes against a running service: requests and answers are lost, it is
// killed on the way, others write meanwhile, and the model is published anew under it.
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { publish } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decimal } from '../packages/sdk/src/index.ts';
import {
  ADMIN,
  callApi,
  signIn,
  startTestService,
  type TestService,
} from '../packages/service/src/testing/test-service.ts';
import { quietLog } from './crm-kit.ts';
import { type Fault, type FaultProxy, startFaultProxy } from './sdk-fault-proxy.ts';
import { kartotekaSdk, PartnerProject } from './sdk-generate-kit.ts';
import { clientFor } from './sdk-kit.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SAMPLE = `${ROOT}docs/examples/partner-sync/`;
const COMPANIES = 230;
const DEALS = 340;

let service: TestService;
let proxy: FaultProxy;
let project: PartnerProject;
let crm: ReturnType<typeof clientFor>;
let key: string;
let token: string;
const ids: string[] = [];

beforeAll(async () => {
  service = await startTestService();
  proxy = await startFaultProxy(service.address);
  crm = clientFor(service);
  ({ access_token: token } = await signIn(service.address, ADMIN.email, ADMIN.password));
  const made = await callApi(service.address, token, 'POST', '/auth/keys', { name: 'partner' });
  key = ((await made.json()) as { key: string }).key;
  project = new PartnerProject();
  const companies = Array.from({ length: COMPANIES }, (_, n) => ({ name: `Company ${n}` }));
  for await (const { error } of crm.companies.bulk(companies)) if (error !== undefined) throw error;
  const deals = Array.from({ length: DEALS }, (_, n) => ({ name: `Deal ${n}`, amount: decimal(`${n}.25`) }));
  for await (const { id, error } of crm.deals.bulk(deals)) {
    if (error !== undefined) throw error;
    ids.push(String(id));
  }
});

afterAll(async () => {
  project?.remove();
  await proxy?.stop();
  await service?.stop();
});

async function generateTypes(): Promise<void> {
  const args = ['generate', '--url', service.address, '--out', project.path('crm.ts')];
  expect(await kartotekaSdk(args, fetch, { KARTOTEKA_TOKEN: token })).toMatchObject({ code: 0 });
}

/** The sample beside its types: once as it stands, to be compiled, and once with the client's sources, to be run. */
function install(): void {
  mkdirSync(project.path('run'), { recursive: true });
  const sdk = pathToFileURL(`${ROOT}packages/sdk/src/index.ts`).href;
  for (const name of readdirSync(SAMPLE).filter((each) => each.endsWith('.ts'))) {
    const text = readFileSync(`${SAMPLE}${name}`, 'utf8');
    project.write(name, text);
    project.write(`run/${name}`, text.replace(`'@kartoteka/sdk'`, `'${sdk}'`));
  }
  project.write('run/crm.ts', readFileSync(project.path('crm.ts'), 'utf8'));
}

function start(...args: readonly string[]): {
  process: ChildProcess;
  ended: Promise<{ code: number | null; out: string; error: string }>;
} {
  const child = spawn(process.execPath, [project.path('run/main.ts'), project.path('copy.jsonl'), ...args], {
    env: { KARTOTEKA_URL: proxy.address, KARTOTEKA_API_KEY: key },
  });
  const texts = { out: '', error: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.error += text;
  });
  return {
    process: child,
    ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, ...texts }))),
  };
}

const run = (...args: readonly string[]) => start(...args).ended;

/** Every third request or so goes wrong, each time in another way. */
function faulty(): void {
  const ways: readonly Fault[] = [
    'lost',
    'none',
    'none',
    'busy',
    'none',
    'unanswered',
    'none',
    'none',
    'cut',
    'limited',
    'none',
    'none',
  ];
  let n = 0;
  proxy.choose = () => ways[n++ % ways.length] ?? 'none';
}

/** What the file says, read by a program of its own. */
function copied(): Record<'companies' | 'deals', Map<string, Record<string, unknown>>> {
  const sets = { companies: new Map(), deals: new Map() };
  let coming = { companies: new Map(), deals: new Map() };
  for (const text of readFileSync(project.path('copy.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))) {
    const line = JSON.parse(text);
    const set = line.set as 'companies' | 'deals';
    if (line.forgotten === true) coming = { ...coming, [set]: new Map() };
    else {
      const records = line.initial ? coming[set] : sets[set];
      for (const record of line.changed) records.set(record.id, record);
      for (const { id } of line.removed) records.delete(id);
      if (line.complete) {
        sets[set] = records;
        if (line.initial) coming[set] = new Map();
      }
    }
  }
  return sets;
}

async function expectCopyOfAll(): Promise<void> {
  const { companies, deals } = copied();
  const all = await crm.deals.query({ select: ['id', 'name', 'amount', 'version'], pageSize: 1000 }).toArray(10_000);
  expect(deals.size).toBe(all.length);
  for (const { '@odata.etag': etag, id, name, amount } of all) {
    expect(deals.get(id)).toMatchObject({ '@odata.etag': etag, name, amount });
  }
  expect(companies.size).toBe(Number(await crm.companies.count()));
}

test('it compiles against the types of the service', async () => {
  await generateTypes();
  install();
  const config = JSON.parse(readFileSync(project.path('tsconfig.json'), 'utf8'));
  Object.assign(config.compilerOptions, {
    types: ['node'],
    typeRoots: [`${ROOT}node_modules/@types`],
    skipLibCheck: true,
  });
  project.write('tsconfig.json', JSON.stringify(config));
  expect(Object.fromEntries(await project.errors())).toEqual({});
});

test('the copy is right in spite of lost requests, answers and processes, and of what others write meanwhile', async () => {
  faulty();
  const choose = proxy.choose;
  for (const requests of [4, 3]) {
    let left = requests;
    const first = start('sync');
    proxy.choose = (request) => {
      left -= 1;
      if (left === 0) first.process.kill('SIGKILL');
      return choose(request);
    };
    expect((await first.ended).code).toBeNull();
  }
  // As after a crash in the middle of a line.
  appendFileSync(project.path('copy.jsonl'), '{"set":"deals","initial":true,"complete":tr');
  proxy.choose = choose;
  await Promise.all(ids.slice(0, 20).map((id) => crm.deals.update(id, { name: 'Changed' })));
  await Promise.all(ids.slice(20, 30).map((id) => crm.deals.delete(id)));
  expect(await run('sync')).toMatchObject({ code: 0, error: '', out: `${COMPANIES} companies, ${DEALS - 10} deals\n` });
  await expectCopyOfAll();
  await Promise.all(ids.slice(30, 40).map((id) => crm.deals.update(id, { name: 'Later' })));
  await crm.deals.create({ name: 'New' });
  expect(await run('sync')).toMatchObject({ code: 0, error: '', out: `${COMPANIES} companies, ${DEALS - 9} deals\n` });
  await expectCopyOfAll();
  for (const fault of ['lost', 'unanswered', 'cut', 'busy', 'limited'] as const)
    expect(proxy.counts[fault]).toBeGreaterThan(0);
});

test('a change goes back once, however often it was sent, and not over what another has changed', async () => {
  const id = String(ids[50]);
  const before = Number((await crm.deals.get(id, { select: ['version'] })).version);
  let lost = 0;
  proxy.choose = ({ method }) => (method === 'PATCH' && lost++ < 2 ? 'unanswered' : 'none');
  expect(await run('note', id, 'Call back')).toMatchObject({ code: 0, error: '' });
  expect(lost).toBe(3);
  expect(Number((await crm.deals.get(id, { select: ['version'] })).version)).toBe(before + 1);
  expect(copied().deals.get(id)?.next_step).toBe('Call back');
  // Somebody is faster, between the copy and the change.
  let raced = false;
  const patches: string[] = [];
  proxy.choose = async ({ method, headers }) => {
    if (method !== 'PATCH') return 'none';
    patches.push(String(headers['if-match']));
    if (raced) return 'none';
    raced = true;
    await crm.deals.update(id, { name: 'Faster' });
    return 'lost';
  };
  expect(await run('note', id, 'Call again')).toMatchObject({ code: 0, error: '' });
  const after = await crm.deals.get(id, { select: ['name', 'version'] });
  expect(after).toMatchObject({ name: 'Faster', version: String(before + 3) });
  expect(new Set(patches).size).toBe(2);
  expect(copied().deals.get(id)).toMatchObject({ name: 'Faster', next_step: 'Call again' });
});

async function publishDeal(body: object): Promise<void> {
  const { database } = service.service.platform;
  const changes = [{ kind: 'entity' as const, name: 'deal', body: { extends: 'deal', ...body } }];
  const { revision } = await publish(database, {
    changes,
    author: null,
    comment: 'By a test',
    allowDestructive: true,
    log: quietLog,
  });
  await expect.poll(() => service.service.platform.model().revision, { timeout: 10_000 }).toBe(revision);
}

test('a model that only grows is no reason to stop, one that takes away what is used ends it with what is gone', async () => {
  faulty();
  await publishDeal({ fields: { x_score: { type: 'integer', label: { en: 'Score' } } } });
  await crm.deals.update(String(ids[60]), { name: 'After a publish' });
  expect(await run('sync')).toMatchObject({ code: 0, error: '' });
  await expectCopyOfAll();
  await generateTypes();
  project.write(
    'uses.ts',
    `import type { Deal } from './crm.ts';\nexport const score = (deal: Deal) => deal.x_score;\n`,
  );
  expect(Object.fromEntries(await project.errors())).toEqual({});
  install();
  await publishDeal({ fields: {} });
  const moved = await run('sync');
  expect(moved.code).toBe(1);
  expect(moved.error).toMatch(/^SchemaMovedError: .*x_score/);
  await generateTypes();
  expect([...(await project.errors()).keys()]).toEqual(['uses.ts']);
  install();
  expect(await run('sync')).toMatchObject({ code: 0, error: '' });
  await expectCopyOfAll();
});
