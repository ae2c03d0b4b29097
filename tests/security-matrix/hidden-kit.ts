// What tells a hidden record from a missing one, if anything does: the time of an answer, and the statements behind it.
import type { Database, Executor, Parameters, Row } from '../../packages/platform/src/storage/types.ts';

export interface Statement {
  readonly text: string;
  readonly parameters: Parameters;
}

/** What every node asks from time to time by itself: whether the Model, rights or sessions have changed. */
const POLLS = /^select (revision|id)::text as (revision|id)\b/;

/** Writes down the statements that a piece of work runs, those of its transactions among them. */
export async function statementsOf(database: Database, work: () => Promise<unknown>): Promise<readonly Statement[]> {
  const seen: Statement[] = [];
  const { run, transaction } = database;
  const spied =
    (executor: Executor['run']): Executor['run'] =>
    (text, parameters = [], options = {}) => {
      if (!POLLS.test(text)) seen.push({ text, parameters });
      return executor(text, parameters, options);
    };
  database.run = spied(run.bind(database));
  database.transaction = (inner) =>
    transaction.call(database, (tx) => {
      seen.push({ text: 'begin', parameters: [] });
      return inner({ run: spied(tx.run.bind(tx)) });
    }) as ReturnType<typeof inner>;
  try {
    await work();
  } finally {
    Object.assign(database, { run, transaction });
  }
  return seen;
}

export interface Explained {
  /** Kinds of nodes, from the top. */
  readonly shape: string;
  /** Pages touched. */
  readonly buffers: number;
}

/** Runs a statement for its plan, the one for any values as the service's prepared statements have it, and undoes it. */
export async function explained(database: Database, { text, parameters }: Statement): Promise<Explained> {
  const undone = new Error('undone');
  let rows: readonly Row[] = [];
  await database
    .transaction(async (tx) => {
      const values = parameters.map((value) => (value === null ? 'null' : `'${value.replaceAll("'", "''")}'`));
      await tx.run('set local plan_cache_mode = force_generic_plan');
      await tx.run(`prepare asked as ${text}`);
      const call = `execute asked${values.length === 0 ? '' : `(${values.join(', ')})`}`;
      rows = await tx.run(`explain (analyze, buffers, timing off, format json) ${call}`);
      await tx.run('deallocate asked');
      throw undone;
    })
    .catch((error: unknown) => {
      if (error !== undone) throw error;
    });
  const [value] = Object.values(rows[0] ?? {});
  const [{ Plan: plan }] = typeof value === 'string' ? JSON.parse(value) : value;
  return { shape: shapeOf(plan), buffers: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'] };
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly Plans?: readonly PlanNode[];
}

function shapeOf(node: PlanNode): string {
  return `${node['Node Type']}(${(node.Plans ?? []).map(shapeOf).join(' ')})`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Milliseconds by which the one kind takes longer, and what may be noise. */
export interface Comparison {
  readonly difference: number;
  readonly noise: number;
}

/** A difference as small as this is of no use to anybody over a network, and less than a statement takes. */
const FLOOR_MS = 0.04;

/**
 * Of pairs that were measured one after the other: the median of their differences, and five standard errors of that median, which
 * the spread of the differences themselves gives (1.4826 MAD; the error of a median is 1.2533 sigma / sqrt n).
 */
export function compare(pairs: readonly (readonly [number, number])[]): Comparison {
  const differences = pairs.map(([one, other]) => one - other);
  const difference = median(differences);
  const deviation = 1.4826 * median(differences.map((each) => Math.abs(each - difference)));
  return { difference, noise: FLOOR_MS + (5 * 1.2533 * deviation) / Math.sqrt(pairs.length) };
}

export const differs = ({ difference, noise }: Comparison): boolean => Math.abs(difference) > noise;
