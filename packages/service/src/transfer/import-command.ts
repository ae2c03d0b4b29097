// `kartoteka import <set> <file> --map <map>`: checks file, map and service, runs the import, says what came of it.
import {
  checkColumns,
  columnsOf,
  type ImportJob,
  ImportRun,
  type Outcome,
  TransferError,
} from '@kartoteka/metadata/transfer';
import type { ImportWords } from './command-words.ts';
import { openCsv } from './csv/csv-file.ts';
import { ErrorFile } from './import/error-file.ts';
import { type LoginSettings, readLogin } from './login.ts';
import { readMapFile } from './map/map-file.ts';
import { checkMap } from './preflight.ts';
import { Progress, type ProgressOutput } from './progress.ts';
import { ApiClient } from './rest/client.ts';
import type { RetryPolicy } from './rest/retry.ts';

export interface ServiceOptions extends LoginSettings {
  readonly url: string;
  /** Tests wait less. */
  readonly retry?: RetryPolicy;
}

/** Without `errors` bad rows go to `<file>.errors.csv`. */
export interface ImportOptions extends ServiceOptions, Omit<ImportWords, 'name' | 'url' | 'user'> {
  /** Ends the import early, with every row stored or in the error file. */
  readonly signal?: AbortSignal;
}

/** Where a command says what it does; `process` has both. */
export interface CommandOutput {
  readonly stdout: ProgressOutput;
  readonly stderr: ProgressOutput;
}

/** Runs the import. 0: every row is stored; 1: some are in the error file; 2: it could not run or not to the end. */
export async function importCommand(options: ImportOptions, output: CommandOutput): Promise<number> {
  const map = await readMapFile(options.map);
  const file = await openCsv(options.file, {
    delimiter: options.delimiter ?? map.map.delimiter ?? null,
    quote: map.map.quote ?? '"',
    encoding: options.encoding ?? map.map.encoding ?? null,
    columns: columnsOf(map),
  });
  try {
    const errorColumn = columnsOf(map).includes('error') ? 'import_error' : 'error';
    reportIgnored(checkColumns(map, file, errorColumn), options.strict, output);
    const client = await ApiClient.connect({ url: options.url, login: await readLogin(options), retry: options.retry });
    await checkMap(client, options.set, map);
    const errors = await ErrorFile.create(options.errors ?? `${options.file}.errors.csv`, file, errorColumn);
    return await runToEnd(options, { ...options, client, map, file, errors }, output);
  } finally {
    await file.close();
  }
}

async function runToEnd(
  { signal, dryRun }: ImportOptions,
  job: Omit<ImportJob, 'onProgress'> & { readonly errors: ErrorFile },
  output: CommandOutput,
): Promise<number> {
  const progress = new Progress(output.stderr);
  const onProgress = ({ rows, counts: { failed } }: Outcome, bytes: number): void =>
    progress.update({ rows, failed, bytes, total: job.file.size });
  const run = new ImportRun({ ...job, onProgress });
  signal?.addEventListener('abort', () => run.stop('the import was interrupted'), { once: true });
  const started = performance.now();
  const stopped = await run.run().catch(async (error: unknown) => {
    progress.end();
    // An import that has not begun leaves no error file; of one that has, all that is known is written.
    await (run.outcome.rows === 0 ? job.errors.discard() : job.errors.close()).catch(() => {});
    throw error;
  });
  progress.end();
  const seconds = (performance.now() - started) / 1000;
  const kept = await job.errors.close();
  output.stdout.write(summary(run.outcome, dryRun, seconds, kept ? job.errors.path : null));
  if (stopped !== null) throw new TransferError(`The import did not run to its end: ${stopped.message}`);
  return run.outcome.counts.failed === 0 ? 0 : 1;
}

function reportIgnored(columns: readonly string[], strict: boolean, { stderr }: CommandOutput): void {
  if (columns.length === 0) return;
  const names = columns.map((name) => (name === '' ? '(without a name)' : name)).join(', ');
  if (strict) throw new TransferError(`The map says nothing of these columns (--strict): ${names}`);
  stderr.write(`Ignored columns: ${names}\n`);
}

const MOST_REASONS = 5;

function summary(outcome: Outcome, dryRun: boolean, seconds: number, errorFile: string | null): string {
  const { created, updated, unchanged, failed } = outcome.counts;
  const rate = Math.round(outcome.rows / Math.max(seconds, 0.001));
  const counts = `${created} created, ${updated} updated, ${unchanged} unchanged, ${failed} failed`;
  const reasons = outcome.topReasons(MOST_REASONS).map(([reason, count]) => `  ${count} x ${reason}`);
  const lines = [
    `${dryRun ? 'Dry run, nothing is stored: ' : ''}${outcome.rows} rows in ${seconds.toFixed(1)} s (${rate}/s): ${counts}`,
    ...reasons,
    ...duplicateLines(outcome),
    ...(errorFile === null ? [] : [`Rows that failed are in ${errorFile}; correct them and import that file`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Rows that are stored, and taken for other records. */
function duplicateLines({ duplicates: { rows, rules, records } }: Outcome): readonly string[] {
  if (rows === 0) return [];
  const examples = records.filter(({ id }) => id !== null).slice(0, MOST_REASONS);
  return [
    `Possible duplicates: ${rows} of the rows are taken for other records`,
    ...rules.map(([rule, count]) => `  ${count} x ${rule}`),
    ...examples.map(
      ({ rule, set, id, title }) => `  for instance ${set}(${id})${title === null ? '' : ` ${title}`} by ${rule}`,
    ),
  ];
}
