// PostgreSQL alone: pgbench with the baseline's own statements, the ceiling both servers work under.
// Skipped, with a word, where pgbench is not installed; the embedded PostgreSQL does not bring it.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SQL } from './baseline.ts';
import { COMPANIES_PER_OWNER, COUNTS, DEALS_PER_OWNER, ID_PREFIX, OPEN_STAGES, STAGES } from './dataset.ts';
import type { OperationName } from './operations.ts';

const run = promisify(execFile);
const CLIENTS = 32;

const id = (kind: keyof typeof ID_PREFIX, variable: string): string =>
  `('${ID_PREFIX[kind]}' || lpad(:${variable}::text, 12, '0'))::uuid`;
const USER = id('user', 'owner');
const STAGE = `(array['${STAGES.join("','")}'])[:stage::int]`;

/** Per operation that is one statement of one record: the statement, and what stands for its parameters. pgbench can bind numbers only, so ids are made of them. */
const SCRIPTS: Readonly<Partial<Record<OperationName, readonly [string, readonly string[]]>>> = {
  read: [SQL.read, [USER, id('deal', 'deal')]],
  list: [SQL.list, [USER, STAGE]],
  list_expand_count: [SQL.listExpanded, [USER, STAGE]],
  create: [
    SQL.create,
    [
      USER,
      'uuidv7()',
      `('Bench deal ' || :stage::text)`,
      id('company', 'company'),
      STAGE,
      ':amount::numeric',
      ':probability::bigint',
      `(date '2026-01-01' + :probability::int)`,
      `'EUR'`,
    ],
  ],
  update: [SQL.update, [USER, id('deal', 'open_deal'), ':probability::bigint', 'null::bigint']],
};

/** How often an owner's deals go through all stages. */
const WHOLE_TURNS = Math.floor(DEALS_PER_OWNER / STAGES.length);

const DRAWS = `\\set owner random(1, ${COUNTS.owners})
\\set deal random(0, ${DEALS_PER_OWNER - 1}) * ${COUNTS.owners} + :owner
\\set company random(0, ${COMPANIES_PER_OWNER - 1}) * ${COUNTS.owners} + :owner
\\set open_deal (random(0, ${WHOLE_TURNS - 1}) * ${STAGES.length} + random(0, ${OPEN_STAGES - 1})) * ${COUNTS.owners} + :owner
\\set stage random(1, ${STAGES.length})
\\set amount random(1, 1000000)
\\set probability random(0, 100)
`;

/** The pgbench of this machine, or null. */
export function findPgbench(): string | null {
  const folders = (process.env.PATH ?? '').split(':');
  if (existsSync('/usr/lib/postgresql')) {
    for (const version of readdirSync('/usr/lib/postgresql')) folders.push(`/usr/lib/postgresql/${version}/bin`);
  }
  return folders.map((folder) => join(folder, 'pgbench')).find((file) => existsSync(file)) ?? null;
}

/** Statements per second of an operation with 32 clients and server-side prepared statements; null where it has no script. */
export async function runPgbench(
  program: string,
  url: string,
  operation: OperationName,
  seconds: number,
): Promise<number | null> {
  const [statement, values] = SCRIPTS[operation] ?? [null, []];
  if (statement === null) return null;
  const text = statement.replaceAll(/\$(\d+)/g, (_, number: string) => values[Number(number) - 1] ?? 'null');
  const folder = await mkdtemp(join(tmpdir(), 'kartoteka-bench-'));
  try {
    const script = join(folder, `${operation}.sql`);
    await writeFile(script, `${DRAWS}${text.replaceAll(/\s+/g, ' ')};\n`);
    const args = ['-n', '-M', 'prepared', '-c', String(CLIENTS), '-j', '1', '-T', String(seconds), '-f', script, url];
    const { stdout } = await run(program, args, { timeout: (seconds + 60) * 1_000 });
    const found = /tps = ([\d.]+)/.exec(stdout);
    if (found?.[1] === undefined) throw new Error(`pgbench said:\n${stdout}`);
    return Number(found[1]);
  } finally {
    await rm(folder, { recursive: true });
  }
}
