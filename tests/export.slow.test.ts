// A long list as a workbook: every record once, in memory that does not grow with it.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createInflateRaw } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

const ROWS = 200_000;
const PART = 20_000;
let crm: Crm;

beforeAll(async () => {
  crm = await startCrm();
  await crm.create('companies', { name: 'Row 0' });
  // What finds words in texts takes most of the time to fill, and the export does not ask it.
  const indexes = await crm.platform.database.run(
    `select indexname as name from pg_indexes where schemaname = 'data' and tablename = 'company' and indexdef like '% gin %'`,
  );
  for (const { name } of indexes) await crm.platform.database.run(`drop index data."${name}"`);
  // A statement has thirty seconds.
  for (let from = 1; from < ROWS; from += PART) {
    await crm.platform.database.run(
      `insert into data.company select r.* from data.company c, generate_series($1::int, $2::int) n,
       lateral jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'name', 'Row ' || n, 'revenue', n + 0.25, 'external_id', null)) r
       where c.name = 'Row 0'`,
      [String(from), String(Math.min(from + PART, ROWS) - 1)],
    );
  }
  await crm.platform.database.run('analyze data.company');
});
afterAll(() => crm?.close());

/** Bytes that are alive in this process. */
function liveBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

it('200,000 records are a workbook in bounded memory', async () => {
  const sheet = new SheetReader();
  const common = { headers: {}, body: null, baseUrl: 'http://crm.test', client: null };
  const query = '$select=id,name,revenue,created_on,modified_on,owner_id&$format=xlsx';
  const before = liveBytes();
  const { stream } = await crm.platform.handle({ method: 'GET', path: '/companies', query, ...common }, crm.admin);
  if (stream === undefined) throw new Error('the answer is no stream');
  let [bytes, most, pieces] = [0, 0, 0];
  for (let piece = await stream.next(); piece.done !== true; piece = await stream.next()) {
    const part = Buffer.from(piece.value);
    bytes += part.length;
    await sheet.take(part);
    pieces += 1;
    if (pieces % 20 === 0) most = Math.max(most, liveBytes() - before);
  }
  await sheet.end();
  expect(sheet.rows).toBe(ROWS + 1);
  // Sum of n + 0.25 for all but the first, which has none.
  expect(sheet.sum).toBe((ROWS * (ROWS - 1)) / 2 + (ROWS - 1) / 4);
  expect(sheet.characters).toBeGreaterThan(60_000_000);
  expect(bytes).toBeGreaterThan(5_000_000);
  expect(most).toBeLessThan(32_000_000);
});

/** Reads the first sheet of an archive as it comes: local files one after the other, the sheet behind its name. */
class SheetReader {
  rows = 0;
  sum = 0;
  characters = 0;
  #head: Buffer | null = Buffer.alloc(0);
  #rest = '';
  readonly #inflate = createInflateRaw();

  constructor() {
    this.#inflate.on('data', (bytes: Buffer) => this.#read(bytes.toString('latin1')));
  }

  async take(part: Buffer): Promise<void> {
    if (this.#head === null) return this.#write(part);
    this.#head = Buffer.concat([this.#head, part]);
    const name = this.#head.indexOf('xl/worksheets/sheet1.xml');
    if (name < 0) return;
    const content = this.#head.subarray(name + 'xl/worksheets/sheet1.xml'.length);
    this.#head = null;
    await this.#write(content);
  }

  /** The stream of the sheet ends by itself; what follows in the archive is not its business. */
  async end(): Promise<void> {
    if (this.#inflate.writableEnded) return;
    this.#inflate.end();
  }

  #write(part: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#inflate.write(part, (error) => (error ? reject(error) : resolve()));
    });
  }

  #read(text: string): void {
    this.characters += text.length;
    const parts = (this.#rest + text).split('</row>');
    this.#rest = parts.pop() ?? '';
    this.rows += parts.length;
    for (const row of parts) {
      const revenue = /<c r="C\d+"><v>([\d.]+)<\/v>/.exec(row)?.[1];
      if (revenue !== undefined) this.sum += Number(revenue);
    }
  }
}
