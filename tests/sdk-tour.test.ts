// The tour of docs/sdk.md: it compiles against the types of the running service, and prints what it says that it prints.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, signIn, startTestService, type TestService } from '../packages/service/src/testing/test-service.ts';
import { kartotekaSdk, PartnerProject } from './sdk-generate-kit.ts';
import { tourOf } from './sdk-tour-kit.ts';

const SDK = fileURLToPath(new URL('../packages/sdk/src/index.ts', import.meta.url));

let service: TestService;
let project: PartnerProject;

beforeAll(async () => {
  service = await startTestService();
  project = new PartnerProject();
});

afterAll(async () => {
  project?.remove();
  await service?.stop();
});

test("the program of the package's own page compiles as it stands there", async () => {
  const page = readFileSync(new URL('../packages/sdk/README.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = '']) => block);
  expect(blocks).toHaveLength(1);
  const own = new PartnerProject();
  try {
    const { access_token: token } = await signIn(service.address, ADMIN.email, ADMIN.password);
    const args = ['generate', '--url', service.address, '--out', own.path('crm.ts')];
    expect(await kartotekaSdk(args, fetch, { KARTOTEKA_TOKEN: token })).toMatchObject({ code: 0 });
    const given = 'declare const apiKey: string;\ndeclare const console: { log(...values: unknown[]): void };\n';
    own.write('page.ts', given + blocks.join('\n'));
    expect(Object.fromEntries(await own.errors())).toEqual({});
    own.write('page.ts', given + blocks.join('\n').replace("'retail'", "'retial'"));
    expect([...(await own.errors()).keys()]).toEqual(['page.ts']);
  } finally {
    own.remove();
  }
});

test('the tour compiles, and does what it says', async () => {
  const { access_token: token } = await signIn(service.address, ADMIN.email, ADMIN.password);
  const args = ['generate', '--url', service.address, '--out', project.path('crm.ts')];
  const generated = await kartotekaSdk(args, fetch, { KARTOTEKA_TOKEN: token });
  expect(generated).toMatchObject({ code: 0, error: '' });
  const { program, prints } = tourOf();
  project.write('tour.ts', program);
  expect(Object.fromEntries(await project.errors())).toEqual({});
  const start = `await tour(${[service.address, ADMIN.email, ADMIN.password].map((text) => JSON.stringify(text)).join(', ')}, console);`;
  project.write('run.ts', `${tourOf(SDK).program}\n${start}\n`);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [project.path('run.ts')], { env: {} });
  expect(stderr).toBe('');
  expect(prints.length).toBeGreaterThan(10);
  expect(stdout.trimEnd().split('\n')).toEqual(prints);
});
