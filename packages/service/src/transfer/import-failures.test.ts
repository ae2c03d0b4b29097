// Imports while things go wrong: a busy service, lost answers, expired tokens, a service that goes away, a killed importer.
// Nothing may be stored twice, and no row may be neither stored nor in the error file.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, startTestService, type TestService } from '../testing/test-service.ts';
import { type FlakyProxy, flakyProxy } from './testing/flaky-proxy.ts';
import { type TransferKit, transferKit } from './testing/transfer-kit.ts';

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url));
const KEYED = { key: 'external_id', columns: { id: 'external_id', name: 'name' } };
const UNKEYED = { columns: { id: 'legal_name', name: 'name' } };

let running: TestService;
let proxy: FlakyProxy;
let kit: TransferKit;

beforeAll(async () => {
  running = await startTestService({ KARTOTEKA_BULK_BODY_LIMIT: '20000' });
  proxy = await flakyProxy(running.address);
  kit = transferKit(() => running.address);
});

afterEach(() => {
  proxy.fault = () => null;
});

afterAll(async () => {
  await proxy?.down();
  kit?.remove();
  await running?.stop();
});

function rowsOf(prefix: string, count: number): string {
  return ['id,name', ...Array.from({ length: count }, (_, index) => `${prefix}${index},Name ${index}`)].join('\n');
}

const through = {
  get url() {
    return proxy.address;
  },
};
const stored = async (prefix: string, property = 'external_id'): Promise<number> =>
  (await kit.all(`companies?$filter=startswith(${property},'${prefix}')&$select=id`)).length;
const isBulk = (request: string): boolean => request.startsWith('POST /api/v1/companies/bulk');

/** Bulk requests with records (the first asks whether the service would take any), faulty every so many. */
function everyBulk(nth: number, fault: 'busy' | 'broken' | 'lost answer'): void {
  let seen = 0;
  proxy.fault = (request) => {
    if (!isBulk(request)) return null;
    seen += 1;
    return seen > 1 && seen % nth === 0 ? fault : null;
  };
}

describe('an import', () => {
  it('waits for a busy service and stores every row once', async () => {
    everyBulk(2, 'busy');
    kit.write('a.csv', rowsOf('A', 300));
    const { code, out } = await kit.import('companies', 'a.csv', UNKEYED, { ...through, batch: 20 });
    expect([code, out]).toEqual([0, expect.stringContaining('300 created')]);
    expect(await stored('A', 'legal_name')).toBe(300);
  });

  it('with a key sends again what was not answered: nothing is stored twice', async () => {
    everyBulk(3, 'lost answer');
    kit.write('b.csv', rowsOf('B', 300));
    const { code, out } = await kit.import('companies', 'b.csv', KEYED, { ...through, batch: 20 });
    expect([code, out]).toEqual([0, expect.stringContaining(' 0 failed')]);
    expect(await stored('B')).toBe(300);
  });

  it('without a key sends again what was not answered, too: new records have their ids from the import', async () => {
    everyBulk(4, 'lost answer');
    kit.write('c.csv', rowsOf('C', 200));
    const { code, out } = await kit.import('companies', 'c.csv', UNKEYED, { ...through, batch: 20, parallel: 1 });
    expect([code, out]).toEqual([0, expect.stringContaining('200 created, 0 updated, 0 unchanged, 0 failed')]);
    expect(kit.read('c.csv.errors.csv')).toBeNull();
    expect(await stored('C', 'legal_name')).toBe(200);
  });

  it('without a key and with ids of the file sends again what was not answered, as a repetition that the service knows', async () => {
    everyBulk(2, 'lost answer');
    const ids = Array.from({ length: 60 }, () => randomUUID());
    kit.write('i.csv', ['id,name', ...ids.map((id, n) => `${id},Named ${n}`)].join('\n'));
    const map = { columns: { id: 'id', name: 'name' } };
    const { code, out } = await kit.import('companies', 'i.csv', map, { ...through, batch: 20, parallel: 1 });
    expect([code, out]).toEqual([0, expect.stringContaining('60 created, 0 updated, 0 unchanged, 0 failed')]);
  });

  it('finds the one record that the service fails at', async () => {
    let halves = 0;
    proxy.fault = (request) => {
      if (!isBulk(request)) return null;
      halves += 1;
      return halves === 2 || halves === 3 ? 'broken' : null;
    };
    kit.write('d.csv', rowsOf('D', 3));
    const { code, out } = await kit.import('companies', 'd.csv', KEYED, { ...through, batch: 3, parallel: 1 });
    expect([code, out]).toEqual([0, expect.stringContaining('3 created')]);
    proxy.fault = (request) => (isBulk(request) && proxy.seen.filter(isBulk).length > seen ? 'broken' : null);
    const seen = proxy.seen.filter(isBulk).length + 1;
    kit.write('e.csv', rowsOf('E', 3));
    const all = await kit.import('companies', 'e.csv', KEYED, { ...through, batch: 3, parallel: 1 });
    expect([all.code, all.out]).toEqual([1, expect.stringContaining('0 created, 0 updated, 0 unchanged, 3 failed')]);
    expect(kit.read('e.csv.errors.csv')).toContain('E2,Name 2,"on purpose"');
  });

  it('cuts batches that are too large for the service, and refuses the row that is by itself', async () => {
    const long = (id: string, length: number): string => `${id},${id},${'x'.repeat(length)}`;
    kit.write(
      'f.csv',
      ['id,name,text', long('F1', 9000), long('F2', 9000), long('F3', 30_000), long('F4', 9000)].join('\n'),
    );
    const map = { key: 'external_id', columns: { ...KEYED.columns, text: 'description' } };
    const { code, out } = await kit.import('companies', 'f.csv', map);
    expect([code, out]).toEqual([1, expect.stringContaining('3 created, 0 updated, 0 unchanged, 1 failed')]);
    expect(kit.read('f.csv.errors.csv')).toContain(
      '"The row is larger than the service takes: The body is larger than 20000 bytes"',
    );
  });

  it('gets a new token when the old one is refused', async () => {
    let refused = 0;
    proxy.fault = (request) => {
      if (!isBulk(request) || refused >= 3) return null;
      refused += 1;
      return 'expired';
    };
    const before = proxy.seen.filter((request) => request === 'POST /auth/token').length;
    kit.write('g.csv', rowsOf('G', 100));
    const { code } = await kit.import('companies', 'g.csv', KEYED, { ...through, batch: 10, parallel: 1 });
    expect(code).toBe(2);
    refused = 2;
    expect((await kit.import('companies', 'g.csv', KEYED, { ...through, batch: 10, parallel: 1 })).code).toBe(0);
    const after = proxy.seen.filter((request) => request === 'POST /auth/token').length;
    expect(after - before).toBeGreaterThanOrEqual(4);
  });

  it('waits for a new token, too, while the service is away', async () => {
    kit.write('k.csv', rowsOf('K', 60));
    let state: 'before' | 'expired' | 'away' = 'before';
    let refused = 0;
    proxy.fault = (request) => {
      if (isBulk(request) && state === 'before') state = 'expired';
      else if (isBulk(request) && state === 'expired') {
        state = 'away';
        return 'expired';
      }
      if (request !== 'POST /auth/token' || state !== 'away' || refused >= 3) return null;
      refused += 1;
      return refused === 2 ? 'lost answer' : 'busy';
    };
    expect((await kit.import('companies', 'k.csv', KEYED, { ...through, batch: 20 })).code).toBe(0);
    expect([refused, await stored('K')]).toEqual([3, 60]);
  });

  it('outlives a restart of the service', async () => {
    kit.write('h.csv', rowsOf('H', 600));
    let bulks = 0;
    proxy.fault = (request) => {
      if (isBulk(request)) bulks += 1;
      if (isBulk(request) && bulks === 8) void proxy.down().then(() => setTimeout(() => void proxy.up(), 300));
      return null;
    };
    const { code } = await kit.import('companies', 'h.csv', KEYED, { ...through, batch: 20 });
    expect(code).toBe(0);
    expect(await stored('H')).toBe(600);
  });

  it('that a service leaves for good has every row stored or in the error file, which goes on from there', async () => {
    kit.write('i.csv', rowsOf('I', 500));
    let bulks = 0;
    proxy.fault = (request) => {
      if (isBulk(request)) bulks += 1;
      if (isBulk(request) && bulks === 8) void proxy.down();
      return null;
    };
    const retry = { patience: 300, firstWait: 20, longestWait: 50 };
    const { code, out, err } = await kit.import('companies', 'i.csv', KEYED, { ...through, batch: 20, retry });
    await proxy.up();
    proxy.fault = () => null;
    expect(code).toBe(2);
    expect(err).toContain('The import did not run to its end');
    const failed = (kit.read('i.csv.errors.csv') ?? '').trimEnd().split('\n').slice(1);
    expect(failed.every((line) => line.includes('"not imported: '))).toBe(true);
    const created = Number(/(\d+) created/.exec(out)?.[1]);
    expect(created + failed.length).toBe(500);
    expect(created).toBeGreaterThan(0);
    const rest = await kit.import('companies', 'i.csv.errors.csv', KEYED, through);
    expect(rest.code).toBe(0);
    expect(await stored('I')).toBe(500);
  });

  it('killed in the middle and run again has every row once', async () => {
    const count = 6000;
    const file = kit.write('j.csv', rowsOf('J', count));
    const map = kit.write('j.map.json', KEYED);
    const args = ['import', 'companies', file, '--map', map, '--url', running.address, '--user', ADMIN.email];
    const env = { PATH: process.env.PATH ?? '', KARTOTEKA_PASSWORD: ADMIN.password };
    const start = () =>
      spawn(process.execPath, [CLI, ...args, '--batch', '50'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const killed = start();
    const ended = once(killed, 'close');
    while ((await stored('J')) < 200) await new Promise((resolve) => setTimeout(resolve, 20));
    killed.kill('SIGKILL');
    await ended;
    const before = await stored('J');
    expect(before).toBeLessThan(count);
    const again = start();
    let out = '';
    again.stdout.on('data', (bytes: Buffer) => {
      out += bytes.toString();
    });
    const [code] = await once(again, 'close');
    expect(code).toBe(0);
    expect(out).toContain(' 0 updated');
    expect(out).toContain(' 0 failed');
    expect(await stored('J')).toBe(count);
    expect(kit.read(join('j.csv.errors.csv'))).toBeNull();
  }, 120_000);
});
