// npm run bench: the service against a hand-written baseline on the same database, in interleaved rounds.
// It puts the parts together; what is measured and how is in docs/performance.md.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compareAnswers } from './compare.ts';
import { type BenchDatabase, startDatabase } from './database.ts';
import { measureFigures } from './figures.ts';
import { measureHooks } from './hooks.ts';
import { measureModel } from './model.ts';
import { type OperationName, RECORDS, type Target, WRITES } from './operations.ts';
import { type BenchOptions, readOptions, USAGE } from './options.ts';
import { measureParsing } from './parse.ts';
import { findPgbench, runPgbench } from './pgbench.ts';
import { measurePublish } from './publish.ts';
import { type Measurements, printReport, verdict, writeReport } from './report.ts';
import { type Round, runRound } from './rounds.ts';
import { measureSecurity, reportSecurity, type SecurityRatios } from './security.ts';
import { type RunningServer, startServer } from './servers.ts';
import { signTokens } from './tokens.ts';

const PROFILE = ['--cpu-prof', `--cpu-prof-dir=${fileURLToPath(new URL('./out/profiles', import.meta.url))}`];

/** Everything one run works with. */
interface Bench {
  readonly options: BenchOptions;
  readonly database: BenchDatabase;
  readonly secret: string;
  readonly servers: readonly RunningServer[];
  /** Program; null: not asked for, or not there. */
  readonly pgbench: string | null;
}

/** The service's own first start makes the tables; then they are filled behind its back, so it is started anew. */
async function fillDatabase(database: BenchDatabase, environment: Record<string, string>): Promise<void> {
  const service = await startServer('service', environment);
  await service.stop();
  await database.seed();
  await database.prepare(false);
}

async function measureAll(bench: Bench): Promise<Measurements> {
  const rounds: Round[] = [];
  const pgbench: Record<string, number> = {};
  for (const operation of bench.options.operations) {
    rounds.push(...(await measureOperation(bench, operation)));
    if (bench.pgbench === null) continue;
    await bench.database.prepare(WRITES.has(operation));
    const found = await runPgbench(bench.pgbench, bench.database.url, operation, bench.options.seconds);
    if (found === null) continue;
    pgbench[operation] = found;
    console.log(`${operation} pgbench: ${Math.round(found)}/s`);
  }
  const security = await measureRights(bench);
  return { rounds, pgbench, security };
}

async function measureRights({ options, database, secret, servers }: Bench): Promise<SecurityRatios | null> {
  const service = servers.find(({ target }) => target === 'service');
  return options.security && service !== undefined ? measureSecurity({ options, database, secret, service }) : null;
}

async function measureOperation(bench: Bench, operation: OperationName): Promise<Round[]> {
  const { options, database, secret } = bench;
  const rounds: Round[] = [];
  for (let number = 1; number <= options.rounds; number += 1) {
    for (const server of bench.servers) {
      await database.prepare(true);
      const round = await runRound(server, {
        operation,
        seconds: options.seconds,
        seed: number,
        tokens: signTokens(secret),
        postmaster: database.postmaster,
      });
      rounds.push(round);
      const records = RECORDS[operation];
      const speed = Math.round(round.requestsPerSecond * (records ?? 1));
      const unit = records === undefined ? '/s' : ' records/s';
      console.log(`${operation} ${number}/${options.rounds} ${server.target}: ${speed}${unit}`);
    }
  }
  return rounds;
}

async function startServers(options: BenchOptions, environment: Record<string, string>): Promise<RunningServer[]> {
  const servers: RunningServer[] = [];
  try {
    for (const target of ['baseline', 'service'] as const) {
      if (options.subjects.has(target))
        servers.push(await startServer(target, environment, options.profile ? PROFILE : []));
    }
    return servers;
  } catch (error) {
    for (const server of servers) await server.stop();
    throw error;
  }
}

async function run(options: BenchOptions, database: BenchDatabase): Promise<void> {
  const secret = randomBytes(48).toString('base64url');
  const environment = { DATABASE_URL: database.url, KARTOTEKA_JWT_SECRET: secret };
  console.log('making the data');
  await fillDatabase(database, environment);
  const servers = await startServers(options, environment);
  try {
    const [baseline, service] = (['baseline', 'service'] satisfies Target[]).map((target) =>
      servers.find((server) => server.target === target),
    );
    if (baseline && service) await compareAnswers({ baseline, service }, signTokens(secret));
    const pgbench = options.subjects.has('pgbench') ? findPgbench() : null;
    if (options.subjects.has('pgbench') && pgbench === null) console.log('pgbench not found: skipped');
    const measurements = await measureAll({ options, database, secret, servers, pgbench });
    printReport(options, measurements);
    writeReport(options, measurements);
    const { security } = measurements;
    if (options.hooks && service !== undefined) await measureHooks({ options, database, secret, service });
    const shortfalls = [...verdict(measurements), ...(security === null ? [] : reportSecurity(security))];
    for (const shortfall of shortfalls) console.log(shortfall);
    if (options.assert && shortfalls.length > 0) process.exitCode = 1;
  } finally {
    for (const server of servers) await server.stop();
  }
}

async function main(): Promise<void> {
  let options: BenchOptions;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  if (options.parse) measureParsing();
  mkdirSync(new URL('./out/', import.meta.url), { recursive: true });
  if (options.model) await measureModel();
  if (options.publish) await measurePublish();
  if (options.figures) await measureFigures();
  if (options.operations.length === 0 && !options.security && !options.hooks) return;
  const database = await startDatabase();
  try {
    await run(options, database);
  } finally {
    await database.remove();
  }
}

await main();
