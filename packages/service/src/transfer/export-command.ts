// `kartoteka export <set> <file>`: reads every record of a set as a stream and writes it to a file, as its map says.
import { type CompiledMap, ENCODINGS, Lookups, query, TransferError } from '@kartoteka/metadata/transfer';
import type { ExportWords } from './command-words.ts';
import { readCsvStream } from './csv/csv-stream.ts';
import { type ExportColumns, mappedColumns, plainColumns } from './export/export-columns.ts';
import { ExportWriter } from './export/export-writer.ts';
import type { CommandOutput, ServiceOptions } from './import-command.ts';
import { readLogin } from './login.ts';
import { readMapFile } from './map/map-file.ts';
import { checkMap, readSets, setProblem } from './preflight.ts';
import { Progress } from './progress.ts';
import { ApiClient } from './rest/client.ts';
import { connectionFailure } from './rest/retry.ts';

export interface ExportOptions extends ServiceOptions, Omit<ExportWords, 'name' | 'url' | 'user'> {}

/** Runs the export: 0. Throws TransferError when it could not run or not to the end; then there is no file. */
export async function exportCommand(options: ExportOptions, output: CommandOutput): Promise<number> {
  const map = options.map === null ? null : await readMapFile(options.map);
  const client = await ApiClient.connect({ url: options.url, login: await readLogin(options), retry: options.retry });
  await check(client, options.set, map);
  const columns = map === null ? plainColumns(selected(options)) : mappedColumns(map, new Lookups(client));
  const encoding = ENCODINGS[options.encoding ?? map?.map.encoding ?? 'utf-8'];
  const delimiter = options.delimiter ?? map?.map.delimiter ?? ',';
  const stream = await client.stream(pathOf(options, columns), 'text/csv');
  const writer = await ExportWriter.create(options.file, encoding, delimiter);
  const progress = new Progress(output.stderr);
  const started = performance.now();
  let rows = 0;
  try {
    rows = await copy(stream, columns, writer, (done) =>
      progress.update({ rows: done, failed: 0, bytes: 0, total: 0 }),
    );
    await writer.finish();
  } catch (error) {
    await writer.discard();
    throw error instanceof TransferError ? error : brokenOff(error);
  } finally {
    progress.end();
  }
  const seconds = (performance.now() - started) / 1000;
  output.stdout.write(`${rows} records of ${options.set} in ${options.file} (${seconds.toFixed(1)} s)\n`);
  return 0;
}

function selected({ select }: ExportOptions): readonly string[] | null {
  return select === null ? null : select.split(',').map((name) => name.trim());
}

async function check(client: ApiClient, set: string, map: CompiledMap | null): Promise<void> {
  if (map !== null) return checkMap(client, set, map);
  const problem = setProblem(await readSets(client), set);
  if (problem !== null) throw new TransferError(problem);
}

function pathOf({ set, filter, orderby }: ExportOptions, { select }: ExportColumns): string {
  return query(set, {
    ...(select === null ? {} : { select: select.join(',') }),
    ...(filter === null ? {} : { filter }),
    ...(orderby === null ? {} : { orderby }),
  });
}

/** Rows written, the header not counted. */
async function copy(
  stream: ReadableStream<Uint8Array>,
  columns: ExportColumns,
  writer: ExportWriter,
  onRows: (rows: number) => void,
): Promise<number> {
  let properties: readonly string[] | null = null;
  let count = 0;
  for await (const batch of readCsvStream(stream)) {
    let rows = batch;
    if (properties === null) {
      [properties = [], ...rows] = batch;
      await writer.write([columns.header(properties)]);
    }
    await writer.write(await columns.rows(properties, rows));
    count += rows.length;
    onRows(count);
  }
  if (properties === null) throw new TransferError('The service answered without a header');
  return count;
}

function brokenOff(error: unknown): TransferError {
  return new TransferError(`The export broke off, there is no file: ${connectionFailure(error)}`);
}
