// The package as partners get it: its tarball, installed in an empty project, generates types and runs on the oldest and the newest Node, on
// Deno and Bun, and in a browser out of a Vite build, against the service as a process.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { publish } from '@kartoteka/platform';
import { createTestDatabase, type TestDatabase } from '@kartoteka/platform/test-kit';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, signIn } from '../../packages/service/src/testing/test-service.ts';
import { quietLog } from '../../tests/crm-kit.ts';
import { tourOf } from '../../tests/sdk-tour-kit.ts';
import { type ServiceProcess, startServiceProcess } from '../../tests/service-process.ts';

const ROOT = join(import.meta.dirname, '../..');
const PACKAGE = join(ROOT, 'packages/sdk');
const BIN = join(ROOT, 'node_modules/.bin');
const TSC = join(import.meta.dirname, '../node_modules/.bin/tsc');
const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
/** In CI the browser is installed before (.ci/chromium), so a missing one is a failure there. */
const noBrowser = BROWSER === undefined && process.env.CI === undefined;
const exec = promisify(execFile);

const FIELD = { x_region: { type: 'text', label: { en: 'Region' }, max_length: 40 } };

let database: TestDatabase;
let service: ServiceProcess;
let folder: string;
let env: Record<string, string>;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program in the project, with a Node of this version; the output and how it ended. */
async function run(program: string, args: readonly string[], more: Record<string, string> = {}): Promise<Ended> {
  const options = { cwd: folder, env: { ...env, ...more } };
  return exec(program, [...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ ...error, code: error.code }),
  );
}

/** Versions of Node by their majors: the product's own, and the oldest that the package promises where the machine has it. */
async function nodes(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const program of [process.execPath, '/usr/bin/node', '/usr/local/bin/node']) {
    if (!existsSync(program)) continue;
    const { stdout } = await exec(program, ['--version']);
    const [, major = ''] = /^v(\d+)/.exec(stdout) ?? [];
    if (!found.has(major)) found.set(major, program);
  }
  return found;
}

interface Runtime {
  readonly program: string;
  /** Arguments before the file of a program, and before the command, which reads and writes files. */
  readonly args: readonly string[];
  readonly command: readonly string[];
}

/** Deno and Bun, whose programs come as optional packages for each platform; no script of theirs is run. */
function otherRuntimes(): ReadonlyMap<string, Runtime> {
  const modules = join(import.meta.dirname, '../node_modules');
  const programOf = (scope: string, path: string): string => {
    const found = readdirSync(join(modules, scope)).map((name) => join(modules, scope, name, path));
    const program = found.find(existsSync);
    if (program === undefined) throw new Error(`${scope} has no program for this machine`);
    return program;
  };
  const deno = ['run', '--cached-only', '--no-prompt', '--allow-net', '--allow-env'];
  const bun = ['run', '--no-install'];
  const files = ['--allow-read', '--allow-write', '--allow-sys'];
  return new Map([
    ['deno', { program: programOf('@deno', 'deno'), args: deno, command: [...deno, ...files] }],
    ['bun', { program: programOf('@oven', 'bin/bun'), args: bun, command: bun }],
  ]);
}

async function packed(): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), 'kartoteka-pack-'));
  const path = `${BIN}:${process.env.PATH}`;
  await exec('npm', ['pack', '--pack-destination', out], { cwd: PACKAGE, env: { ...process.env, PATH: path } });
  const [tarball = ''] = readdirSync(out);
  return join(out, tarball);
}

beforeAll(async () => {
  database = await createTestDatabase({ template: 'crm' });
  const changes = [{ kind: 'entity', name: 'deal', body: { extends: 'deal', fields: FIELD } }] as const;
  await publish(database.database, { changes, author: null, comment: 'Region', log: quietLog });
  service = await startServiceProcess(database.url);
  const { access_token: token } = await signIn(service.address, ADMIN.email, ADMIN.password);
  env = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    DENO_NO_UPDATE_CHECK: '1',
    NO_COLOR: '1',
    KARTOTEKA_TOKEN: token,
    URL_OF_CRM: service.address,
  };
  folder = mkdtempSync(join(tmpdir(), 'kartoteka-project-'));
  env.DENO_DIR = join(folder, '.deno');
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'solution', private: true, type: 'module' }));
  const tarball = await packed();
  await exec('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', tarball], { cwd: folder });
  rmSync(join(tarball, '..'), { recursive: true });
  for (const name of ['partner.ts', 'program.ts', 'page.ts'])
    cpSync(join(import.meta.dirname, `${name}.txt`), join(folder, name));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(COMPILER));
}, 300_000);
afterAll(async () => {
  await service?.stop();
  await database?.drop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** As partners have it: everything strict, and nothing skipped in what is installed of this package. */
const COMPILER = {
  compilerOptions: {
    ...{ target: 'es2022', module: 'nodenext', strict: true, types: [], lib: ['es2022', 'dom', 'dom.asynciterable'] },
    ...{
      outDir: 'built',
      rewriteRelativeImportExtensions: true,
      rootDir: '.',
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
      verbatimModuleSyntax: true,
    },
  },
  files: ['crm.ts', 'partner.ts', 'program.ts'],
};

/** The tour is written for a CRM without customisations, as partners see it first. */
const TOUR = {
  compilerOptions: { ...COMPILER.compilerOptions, rootDir: 'tour', outDir: 'tour/built' },
  files: ['tour/tour.ts', 'tour/program.ts'],
};

/** Each tour begins with a database of its own: it would find there what another has left. */
async function withFreshService<T>(work: (address: string) => Promise<T>): Promise<T> {
  const fresh = await createTestDatabase({ template: 'crm' });
  const running = await startServiceProcess(fresh.url);
  try {
    return await work(running.address);
  } finally {
    await running.stop();
    await fresh.drop();
  }
}

/** Types and programs of the tour. */
async function prepareTour(): Promise<void> {
  mkdirSync(join(folder, 'tour'), { recursive: true });
  writeFileSync(join(folder, 'tour/tour.ts'), tourOf().program);
  for (const name of ['tour-program.ts', 'tour-page.ts'])
    cpSync(join(import.meta.dirname, `${name}.txt`), join(folder, 'tour', name.slice('tour-'.length)));
  writeFileSync(join(folder, 'tsconfig.tour.json'), JSON.stringify(TOUR));
  await withFreshService(async (address) => {
    const { access_token: token } = await signIn(address, ADMIN.email, ADMIN.password);
    const args = [CLI, 'generate', '--url', address, '--out', 'tour/crm.ts'];
    expect(await run(process.execPath, args, { KARTOTEKA_TOKEN: token })).toMatchObject({ code: 0 });
  });
}

const CLI = 'node_modules/@kartoteka/sdk/dist/cli.js';

const generate = (program: string, ...more: readonly string[]): Promise<Ended> =>
  run(program, [CLI, 'generate', '--url', service.address, '--out', 'crm.ts', ...more]);

test('the tarball holds what is built and nothing else, and no more than one dependency', () => {
  const installed = join(folder, 'node_modules/@kartoteka/sdk');
  expect(readdirSync(installed).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
  expect(readFileSync(join(installed, 'LICENSE'))).toEqual(readFileSync(join(ROOT, 'LICENSE')));
  const files = readdirSync(join(installed, 'dist'), { recursive: true }).map(String);
  expect(files.filter((file) => extname(file) !== '' && !/\.(js|d\.ts)$/.test(file))).toEqual([]);
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, object>;
  expect(Object.keys(manifest.dependencies ?? {})).toEqual(['json-schema-to-typescript']);
  // What runs in programs imports its own files alone.
  const seen = new Set<string>();
  const follow = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import) '([^']+)'/g)) {
      expect(from, file).toMatch(/^\.\//);
      follow(join(file, '..', from));
    }
  };
  follow(join(installed, 'dist/index.js'));
  expect(seen.size).toBeGreaterThan(1);
});

describe('in an empty project', () => {
  test('the command generates the same file on each Node, a strict program compiles with it, and runs', async () => {
    const programs = await nodes();
    expect([...programs.keys()]).toContain('24');
    if (!programs.has('20')) console.warn('There is no Node 20: the package is tried on others only');
    const texts = new Set<string>();
    for (const [major, program] of programs) {
      rmSync(join(folder, 'crm.ts'), { force: true });
      expect(await generate(program), major).toMatchObject({ code: 0, stderr: '' });
      texts.add(readFileSync(join(folder, 'crm.ts'), 'utf8'));
      expect(await generate(program, '--check'), major).toMatchObject({ code: 0 });
    }
    expect(texts.size).toBe(1);
    expect(await run(TSC, ['-p', '.'])).toMatchObject({ code: 0, stdout: '' });
    for (const [major, program] of programs) {
      const { code, stdout, stderr } = await run(program, ['built/program.js']);
      expect([code, stderr], `${major}: ${stdout}`).toEqual([0, '']);
      expect(JSON.parse(stdout)).toEqual(DONE);
    }
  }, 300_000);

  test('the command generates the same file on Deno and Bun', { timeout: 120_000 }, async () => {
    await generate(process.execPath);
    const text = readFileSync(join(folder, 'crm.ts'), 'utf8');
    for (const [name, { program, command }] of otherRuntimes()) {
      rmSync(join(folder, 'crm.ts'));
      const more = [CLI, 'generate', '--url', service.address, '--out', 'crm.ts'];
      expect(await run(program, [...command, ...more]), name).toMatchObject({ code: 0, stderr: '' });
      expect(readFileSync(join(folder, 'crm.ts'), 'utf8'), name).toBe(text);
    }
  });

  test('npx finds the command, which ends with 2 without credentials and 3 without a service', async () => {
    const args = ['kartoteka-sdk', 'generate', '--out', 'crm.ts', '--url'];
    expect(await run('npx', [...args, service.address], { KARTOTEKA_TOKEN: '' })).toMatchObject({ code: 2 });
    const nowhere = await run('npx', [...args, 'http://127.0.0.1:9']);
    expect([nowhere.code, nowhere.stderr]).toEqual([3, expect.stringContaining('cannot be reached')]);
  }, 120_000);
});

describe('the tour of docs/sdk.md', () => {
  beforeAll(prepareTour, 120_000);

  test('compiles, and does what it says on each Node', { timeout: 300_000 }, async () => {
    expect(await run(TSC, ['-p', 'tsconfig.tour.json'])).toMatchObject({ code: 0, stdout: '' });
    const sign = { USERNAME_OF_CRM: ADMIN.email, PASSWORD_OF_CRM: ADMIN.password };
    for (const [major, program] of await nodes()) {
      const { stdout, stderr } = await withFreshService((address) =>
        run(program, ['tour/built/program.js'], { ...sign, URL_OF_CRM: address }),
      );
      expect(stderr, major).toBe('');
      expect(stdout.trimEnd().split('\n'), major).toEqual(tourOf().prints);
    }
  });

  test('does so on Deno and Bun, as JavaScript and as TypeScript', { timeout: 300_000 }, async () => {
    expect(await run(TSC, ['-p', 'tsconfig.tour.json'])).toMatchObject({ code: 0, stdout: '' });
    const sign = { USERNAME_OF_CRM: ADMIN.email, PASSWORD_OF_CRM: ADMIN.password };
    for (const [name, { program, args }] of otherRuntimes()) {
      for (const file of ['tour/built/program.js', 'tour/program.ts']) {
        const { stdout, stderr } = await withFreshService((address) =>
          run(program, [...args, file], { ...sign, URL_OF_CRM: address }),
        );
        expect(stderr, `${name} ${file}`).toBe('');
        // Each shows the texts of a list in quotes of its own.
        const lines = stdout.trimEnd().replaceAll('"', "'").split('\n');
        expect(lines, `${name} ${file}`).toEqual(tourOf().prints);
      }
    }
  });

  test.skipIf(noBrowser)('does so in a browser', { timeout: 300_000 }, async () => {
    const query = `user=${ADMIN.email}&password=${encodeURIComponent(ADMIN.password)}`;
    const shown = await withFreshService((address) => shownBy('tour', address, query));
    // The build shortens the names of classes.
    const isClass = (line: string): boolean => /^[A-Z]\w+Error$/.test(line);
    const { prints } = tourOf();
    expect(shown).toHaveLength(prints.length);
    expect(shown.filter((_, at) => !isClass(prints[at] ?? ''))).toEqual(prints.filter((line) => !isClass(line)));
  });
});

test.skipIf(noBrowser)('in a browser, out of a Vite build', { timeout: 300_000 }, async () => {
  await generate(process.execPath);
  const [shown = ''] = await shownBy('.', service.address, `token=${env.KARTOTEKA_TOKEN}`);
  expect(JSON.parse(shown)).toEqual(DONE);
});

/** Builds `page.ts` of a folder of the project with Vite and opens it; the lines that it shows in the end. */
async function shownBy(part: string, address: string, query: string): Promise<readonly string[]> {
  const root = join(folder, part);
  writeFileSync(join(root, 'index.html'), '<!doctype html><script type="module" src="./page.ts"></script>');
  await build({ root, logLevel: 'error', base: './', build: { outDir: 'site', emptyOutDir: true } });
  expect(readdirSync(join(root, 'site/assets'))).toHaveLength(1);
  const origin = await serve(join(root, 'site'), address);
  const browser = await chromium.launch({ executablePath: BROWSER ?? 'chromium', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    const { port } = origin.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/?${query}`);
    await page.waitForSelector('#done', { timeout: 60_000 });
    return ((await page.locator('#done').textContent()) ?? '').split('\n');
  } finally {
    await browser.close();
    origin.close();
  }
}

test('a field that is removed is named by --check, and by the compiler where the solution uses it', async () => {
  await generate(process.execPath);
  expect(await run(TSC, ['-p', '.'])).toMatchObject({ code: 0 });
  const changes = [{ kind: 'entity', name: 'deal', body: null }] as const;
  await publish(database.database, { changes, author: null, comment: 'Gone', allowDestructive: true, log: quietLog });
  await expect
    .poll(async () => (await generate(process.execPath, '--check')).stdout, { timeout: 20_000, interval: 500 })
    .toContain('deals/x_region is gone');
  expect(await generate(process.execPath, '--check')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('breaking (1)'),
  });
  const moved = await run(process.execPath, ['built/program.js']);
  expect([moved.code, moved.stdout]).toEqual([0, expect.stringContaining('"moved":["deals/x_region"]')]);
  expect(await generate(process.execPath)).toMatchObject({ code: 0 });
  const { code, stdout } = await run(TSC, ['-p', '.']);
  expect([code === 0, stdout]).toEqual([false, expect.stringMatching(/^partner\.ts.*x_region/m)]);
}, 300_000);

/** What the program tells that it has done. */
const DONE = { company: 'Acme', region: 'north', amount: '900.5000', names: ['Roof'], changed: true, deleted: true };

/** Page and API from one origin, as behind a proxy. */
async function serve(site: string, address: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://page');
    if (/^\/(?:api|auth)\//.test(pathname)) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk as Uint8Array);
      const headers = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => !UNSENT.has(name)),
      ) as Record<string, string>;
      const method = request.method ?? 'GET';
      const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
      const answer = await fetch(`${address}${pathname}${search}`, { method, headers, ...body });
      const told = Object.fromEntries([...answer.headers].filter(([name]) => !UNSENT.has(name)));
      response.writeHead(answer.status, told).end(Buffer.from(await answer.arrayBuffer()));
      return;
    }
    const file = join(site, pathname === '/' ? 'index.html' : pathname);
    if (!existsSync(file)) return void response.writeHead(404).end();
    const type = extname(file) === '.html' ? 'text/html' : 'text/javascript';
    response.writeHead(200, { 'content-type': type }).end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Headers of a connection. */
const UNSENT: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'content-encoding',
  'keep-alive',
]);
