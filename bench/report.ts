// Turns rounds into the table, the JSON file and the verdict. It measures nothing.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { POSTGRES_SETTINGS } from './database.ts';
import { OPERATIONS, type OperationName, RECORDS, type Target, WRITES } from './operations.ts';
import type { BenchOptions } from './options.ts';
import type { Round } from './rounds.ts';
import type { SecurityRatios } from './security.ts';

export interface Measurements {
  readonly rounds: readonly Round[];
  /** Statements per second of pgbench, by operation. */
  readonly pgbench: Readonly<Record<string, number>>;
  /** What rights add to a list; null where it was not asked for. */
  readonly security: SecurityRatios | null;
}

/** Service over baseline, at least. */
const BOUNDS = { read: 0.9, write: 0.7, bulk: 0.5 } as const;

const HEADINGS = [
  'operation',
  'server',
  'req/s',
  'records/s',
  'p50 ms',
  'p99 ms',
  'CPU us',
  'PG CPU us',
  'load CPU us',
  'RSS MB',
  'last/first third',
  'same, CPU',
  'of pgbench',
];

/** Prints one line per operation and server (medians over the rounds), then the paired ratios. */
export function printReport(options: BenchOptions, measurements: Measurements): void {
  const lines: string[][] = [];
  for (const operation of options.operations) {
    for (const target of ['baseline', 'service'] as const) {
      const rounds = roundsOf(measurements, operation, target);
      const records = RECORDS[operation] ?? null;
      if (rounds.length > 0)
        lines.push([operation, target, ...figures(rounds, records, measurements.pgbench[operation])]);
    }
    const ceiling = measurements.pgbench[operation];
    if (ceiling !== undefined) lines.push([operation, 'pgbench', String(Math.round(ceiling))]);
  }
  console.log(`\n${layOut([HEADINGS, ...lines])}`);
  for (const [operation, ratio] of Object.entries(ratios(measurements))) {
    console.log(
      `${operation}: service/baseline ${ratio.speed.toFixed(2)} in requests/s` +
        (ratio.cpu === null ? '' : `, ${ratio.cpu.toFixed(2)} in CPU per request of server and PostgreSQL together`),
    );
  }
}

/** Writes settings and figures to bench/out/<time>.json. */
export function writeReport(options: BenchOptions, measurements: Measurements): void {
  const folder = fileURLToPath(new URL('./out/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const file = `${folder}${new Date().toISOString().replaceAll(':', '-')}.json`;
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, kernel: release(), node: process.version };
  const { seconds, rounds, operations } = options;
  const settings = { seconds, rounds, operations, postgres: POSTGRES_SETTINGS };
  writeFileSync(
    file,
    `${JSON.stringify({ machine, settings, ratios: ratios(measurements), ...measurements }, null, 2)}\n`,
  );
  console.log(`written to ${file}`);
}

/** Sentences, one per operation whose ratio is below its bound. */
export function verdict(measurements: Measurements): string[] {
  return Object.entries(ratios(measurements)).flatMap(([operation, { speed }]) => {
    const bound = boundOf(operation as OperationName);
    return speed < bound ? [`${operation}: ${speed.toFixed(2)} of the baseline, below ${bound}`] : [];
  });
}

/** The baseline's one insert of many rows judges none of them and logs nothing: what it leaves out weighs most there. */
function boundOf(operation: OperationName): number {
  if (operation === 'bulk10000') return BOUNDS.bulk;
  return WRITES.has(operation) ? BOUNDS.write : BOUNDS.read;
}

interface Ratio {
  readonly speed: number;
  /** CPU of server and PostgreSQL per request. */
  readonly cpu: number | null;
}

/** Median of the ratios of paired rounds. */
function ratios(measurements: Measurements): Record<string, Ratio> {
  const found: Record<string, Ratio> = {};
  for (const operation of OPERATIONS) {
    const baseline = roundsOf(measurements, operation, 'baseline');
    const service = roundsOf(measurements, operation, 'service');
    const pairs = service.flatMap((round, index) => {
      const partner = baseline[index];
      return partner === undefined ? [] : [[round, partner] as const];
    });
    if (pairs.length === 0) continue;
    found[operation] = {
      speed: median(pairs.map(([a, b]) => a.requestsPerSecond / b.requestsPerSecond)) ?? 0,
      cpu: median(pairs.map(([a, b]) => (totalCpu(a) ?? Number.NaN) / (totalCpu(b) ?? Number.NaN))),
    };
  }
  return found;
}

const totalCpu = (round: Round): number | null =>
  round.serverCpu === null || round.postgresCpu === null ? null : round.serverCpu + round.postgresCpu;

const roundsOf = (measurements: Measurements, operation: OperationName, target: Target): readonly Round[] =>
  measurements.rounds.filter((round) => round.operation === operation && round.target === target);

function figures(rounds: readonly Round[], records: number | null, ceiling: number | undefined): string[] {
  const middle = (of: (round: Round) => number | null, digits: number): string => {
    const value = median(rounds.map((round) => of(round) ?? Number.NaN));
    return value === null ? '-' : value.toFixed(digits);
  };
  const share = (median(rounds.map((round) => round.requestsPerSecond)) ?? 0) / (ceiling ?? Number.NaN);
  return [
    middle((round) => round.requestsPerSecond, records === null ? 0 : 2),
    records === null ? '-' : middle((round) => round.requestsPerSecond * records, 0),
    middle((round) => round.p50 / 1_000, 2),
    middle((round) => round.p99 / 1_000, 2),
    middle((round) => round.serverCpu, 0),
    middle((round) => round.postgresCpu, 0),
    middle((round) => round.loadCpu, 0),
    middle((round) => (round.residentBytes === null ? null : round.residentBytes / 1_048_576), 0),
    middle((round) => round.speedDrift, 2),
    middle((round) => round.cpuDrift, 2),
    Number.isNaN(share) ? '-' : `${Math.round(share * 100)} %`,
  ];
}

/** The middle value; null when there is none, or a value is not known. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0 || values.some(Number.isNaN)) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}

function layOut(lines: readonly (readonly string[])[]): string {
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n');
}
