// Command-line options of the bench, checked before anything is started.
import { parseArgs } from 'node:util';
import { OPERATIONS, type OperationName, type Target } from './operations.ts';

/** What is measured: the two servers, and PostgreSQL alone with the baseline's statements. */
export type Subject = Target | 'pgbench';

export interface BenchOptions {
  /** Seconds that count, per round. */
  readonly seconds: number;
  readonly rounds: number;
  readonly operations: readonly OperationName[];
  /** Measure what rights add to a list. */
  readonly security: boolean;
  /** Measure what it costs to parse filters. */
  readonly parse: boolean;
  /** Measure a large model. */
  readonly model: boolean;
  /** Measure publishes to a large table. */
  readonly publish: boolean;
  /** Measure figures of the past and of stages. */
  readonly figures: boolean;
  /** Measure what hangs on creates by default. */
  readonly hooks: boolean;
  readonly subjects: ReadonlySet<Subject>;
  /** Exit with 1 when a ratio is below its bound. */
  readonly assert: boolean;
  /** Write CPU profiles of the servers to bench/out/profiles. Costs a little speed. */
  readonly profile: boolean;
}

/** The operations; `security`: a list by readers of different depths (security.ts); `parse`: filters that grow (parse.ts). */
const COMPARED = [...OPERATIONS, 'security', 'parse'] as const;
/**
 * Sets that are measured only where they are asked for: a large model (model.ts), publishes to a large table (publish.ts), figures of the
 * past and of stages (figures.ts), creates with and without what
 * hangs on them by default (hooks.ts).
 */
const SETS = [...COMPARED, 'model', 'publish', 'figures', 'hooks'] as const;

export const USAGE = `npm run bench -- [options]
  --seconds N        seconds per round (60)
  --rounds N         rounds per operation and server, interleaved (3)
  --operations A,B   of ${SETS.join(',')} (all but the last four)
  --server A,B       of service,baseline,pgbench (all)
  --quick            5 seconds, 2 rounds
  --assert           exit with 1 when the service is slower, or rights cost more, than the bounds of docs/performance.md
  --profile          write CPU profiles of the servers to bench/out/profiles`;

/** Access tokens are valid for ten minutes, and a round must end before. */
const LONGEST_ROUND = 500;
const SUBJECTS: readonly Subject[] = ['baseline', 'service', 'pgbench'];

/** Reads the options; throws an Error with a sentence for the user when one is wrong. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      operations: { type: 'string' },
      server: { type: 'string' },
      quick: { type: 'boolean', default: false },
      assert: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  });
  const sets = values.operations === undefined ? COMPARED : namesOption('operations', values.operations, SETS);
  const isAsked = (set: (typeof SETS)[number]): boolean => sets.some((name) => name === set);
  return {
    seconds: numberOption('seconds', values.seconds, values.quick ? 5 : 60, LONGEST_ROUND),
    rounds: numberOption('rounds', values.rounds, values.quick ? 2 : 3, 100),
    operations: OPERATIONS.filter(isAsked),
    security: isAsked('security'),
    parse: isAsked('parse'),
    model: isAsked('model'),
    publish: isAsked('publish'),
    figures: isAsked('figures'),
    hooks: isAsked('hooks'),
    subjects: new Set(namesOption('server', values.server, SUBJECTS)),
    assert: values.assert,
    profile: values.profile,
  };
}

function numberOption(name: string, text: string | undefined, otherwise: number, largest: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > largest) {
    throw new Error(`--${name} must be a whole number from 1 to ${largest}, not ${text}`);
  }
  return value;
}

function namesOption<T extends string>(name: string, text: string | undefined, known: readonly T[]): readonly T[] {
  if (text === undefined) return known;
  const asked = text.split(',');
  for (const one of asked) {
    if (!known.includes(one as T)) throw new Error(`--${name}: ${one} is none of ${known.join(', ')}`);
  }
  return known.filter((one) => asked.includes(one));
}
