// The program as a newcomer runs it: a process of its own on a fresh folder, signals, exit codes, nothing left behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { demoStory } from './demo/story.ts';
import { callApi, signIn } from './testing/test-service.ts';

const CLI = fileURLToPath(new URL('./cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kartoteka-cli-'));
const children: ChildProcess[] = [];

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** Exit code, or the signal that ended it. */
  readonly end: Promise<number | NodeJS.Signals | null>;
}

function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Run {
  const env = { PATH: process.env.PATH ?? '', PORT: '0', KARTOTEKA_DATA: folder, ...environment };
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const texts = { out: '', err: '' };
  child.stdout.on('data', (bytes: Buffer) => {
    texts.out += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    texts.err += bytes.toString();
  });
  const end = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  return { child, out: () => texts.out, err: () => texts.err, end };
}

async function started(service: Run): Promise<string> {
  await Promise.race([expect.poll(service.out, { timeout: 100_000 }).toContain('Ctrl+C'), service.end]);
  const address = /runs at (\S+)/.exec(service.out())?.[1];
  if (address === undefined) throw new Error(`the service did not start: ${service.err()}`);
  return address;
}

function serverProcess(): number {
  return Number(readFileSync(join(folder, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function count(address: string, token: string, set: string): Promise<number> {
  return Number(await (await callApi(address, token, 'GET', `/api/v1/${set}/$count`)).text());
}

describe('the program', { timeout: 150_000 }, () => {
  it('starts on a fresh folder with demo data, serves, and stops without leaving a process', async () => {
    const service = run(['start', '--demo'], { LOG_LEVEL: 'warn' });
    const address = await started(service);
    const password = /admin@example\.com\s+(\S{20})\s/.exec(service.out())?.[1] ?? '';
    const admin = (await signIn(address, 'admin@example.com', password)).access_token;
    const { sets } = demoStory({ today: new Date().toISOString().slice(0, 10), language: 'en' });
    for (const [set, records] of sets)
      if (set !== 'events' && set !== 'leads')
        expect([set, await count(address, admin, set)]).toEqual([set, records.length]);
    const overdue =
      "/api/v1/activities?$filter=owner_id eq me() and status eq 'planned' and due_on lt now()&$select=id";
    const mine = (await (await callApi(address, admin, 'GET', overdue.replaceAll(' ', '%20'))).json()) as { value: [] };
    expect(mine.value.length).toBeGreaterThan(0);
    const representative = (await signIn(address, 'ravi@demo.example', 'kartoteka-demo')).access_token;
    const own = await count(address, representative, 'deals');
    expect(own).toBeGreaterThan(0);
    expect(own).toBeLessThan(await count(address, admin, 'deals'));
    const postgres = serverProcess();
    service.child.kill('SIGTERM');
    expect(await service.end).toBe(0);
    expect(isRunning(postgres)).toBe(false);
    expect(service.err()).toBe('');
  });

  it('started again has the same data and shows no password', async () => {
    const service = run(['start', '--demo'], { LOG_LEVEL: 'warn' });
    const address = await started(service);
    expect(service.out()).toMatch(/admin@example\.com\s+\(set before\)/);
    const manager = (await signIn(address, 'nora@demo.example', 'kartoteka-demo')).access_token;
    const call = /curl -s -H .* '(http[^']+)'/.exec(service.out())?.[1] ?? '';
    const deals = await fetch(call, { headers: { authorization: `Bearer ${manager}` } });
    expect(((await deals.json()) as { value: unknown[] }).value).toHaveLength(3);

    const check = run(['check']);
    expect(await check.end).toBe(0);
    expect(check.out()).toContain('documents and tables agree');
    const purge = run(['purge', '--dry-run']);
    expect(await purge.end).toBe(0);
    expect(purge.out()).toBe(
      'Would remove 0 records of the recycle bin, 0 rows of the change log, 0 security events and 0 answers to repeatable requests\n',
    );
    const publish = run(['publish']);
    expect(await publish.end).toBe(0);
    expect(publish.out()).toContain('Nothing changed');
    const second = run(['start']);
    expect(await second.end).toBe(1);
    expect(second.err()).toContain('is in use by process');

    service.child.kill('SIGINT');
    expect(await service.end).toBe(0);
  });

  it('names what is wrong with options and settings and ends with 2', async () => {
    const option = run(['start', '--port', '80']);
    expect(await option.end).toBe(2);
    expect(option.err()).toBe('kartoteka: there is no option --port\nkartoteka --help lists commands and options\n');
    const settings = run(['start'], { PORT: 'http', KARTOTEKA_DATABASE: 'x', LOG_LEVEL: 'all' });
    expect(await settings.end).toBe(2);
    expect(settings.err()).toContain('PORT: "http" is not a whole number');
    expect(settings.err()).toContain('KARTOTEKA_DATABASE: there is no such setting; did you mean KARTOTEKA_DATA?');
    expect(settings.err()).toContain('LOG_LEVEL: "all"');
  });

  it('names a database that cannot be reached, without its password, and ends with 1', async () => {
    const start = run(['start'], { DATABASE_URL: 'postgres://user:hunter2@127.0.0.1:1/crm' });
    expect(await start.end).toBe(1);
    expect(start.err()).toContain('127.0.0.1:1');
    expect(start.err()).not.toContain('hunter2');
    expect(start.err()).not.toContain('    at ');
  });
});
