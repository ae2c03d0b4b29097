// npm run bench: the service against a hand-written baseline on the same database, in interleaved rounds.
// It puts the parts together; what is measured and how is in docs/performance.md.
import { randomBytes } from 'node:crypto';
import { BenchDatabase } from './database.ts';
import { WRITES } from './operations.ts';
import { type BenchOptions, readOptions, USAGE } from './options.ts';
import { findPgbench, runPgbench } from './pgbench.ts';
import { type Measurements, printReport, verdict, writeReport } from './report.ts';
import { type Round, runRound } from './rounds.ts';
import { POOL_SIZE, type RunningServer, startServer } from './servers.ts';
import { signTokens } from './tokens.ts';

async function measure(options: BenchOptions, database: BenchDatabase, secret: string): Promise<Measurements> {
  const environment = { DATABASE_URL: database.url, KARTOTEKA_JWT_SECRET: secret, BASELINE_POOL: String(POOL_SIZE) };
  const servers: RunningServer[] = [];
  const pgbench = options.subjects.has('pgbench') ? findPgbench() : null;
  if (options.subjects.has('pgbench') && pgbench === null) console.log('pgbench not found: skipped');
  const rounds: Round[] = [];
  const ceilings: Record<string, number> = {};
  try {
    for (const target of ['baseline', 'service'] as const) {
      if (options.subjects.has(target)) servers.push(await startServer(target, environment));
    }
    for (const operation of options.operations) {
      for (let number = 1; number <= options.rounds; number += 1) {
        for (const server of servers) {
          await database.prepare(WRITES.has(operation));
          const round = await runRound(server, {
            operation,
            seconds: options.seconds,
            seed: number,
            tokens: signTokens(secret),
            postmaster: database.postmaster,
          });
          rounds.push(round);
          console.log(
            `${operation} ${number}/${options.rounds} ${server.target}: ${Math.round(round.requestsPerSecond)}/s`,
          );
        }
      }
      if (pgbench !== null) {
        await database.prepare(WRITES.has(operation));
        ceilings[operation] = await runPgbench(pgbench, database.url, operation, options.seconds);
      }
      await database.prepare(WRITES.has(operation));
    }
  } finally {
    for (const server of servers) await server.stop();
  }
  return { rounds, pgbench: ceilings };
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
  const database = await BenchDatabase.open(process.env.DATABASE_URL ?? '');
  try {
    await database.seed();
    const measurements = await measure(options, database, randomBytes(48).toString('base64url'));
    printReport(options, measurements);
    writeReport(options, measurements);
    const shortfalls = verdict(measurements);
    for (const shortfall of shortfalls) console.log(shortfall);
    if (options.assert && shortfalls.length > 0) process.exitCode = 1;
  } finally {
    await database.close();
  }
}

await main();
