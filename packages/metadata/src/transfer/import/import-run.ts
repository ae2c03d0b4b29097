// One import: rows of the file become records, lookups are found, batches are sent, and every row ends as stored or in the
// error file. It prints nothing; progress is told to whoever listens.
import { splitRecord } from '../csv/cells.ts';
import type { CsvContent } from '../csv/csv-layout.ts';
import { type CsvRecord, LONGEST_RECORD, type RecordProblem, readRecords } from '../csv/csv-records.ts';
import { shown } from '../map/convert.ts';
import { type MappedRow, RowMapper, type WantedLookup } from '../map/row-mapper.ts';
import { type ApiError, findingsOf, type ServiceClient } from '../rest/answers.ts';
import { AMBIGUOUS, type Found, Lookups } from '../rest/lookups.ts';
import { TransferError } from '../transfer-error.ts';
import { BulkSender, type BulkTarget, LARGEST_BODY, type SendResult } from './bulk-sender.ts';
import { InOrder, type Keyed } from './in-order.ts';
import { Outcome } from './outcome.ts';
import { Postponed } from './postponed.ts';

/** Where rows that are not stored are kept with their reasons. */
export interface FailedRows {
  add(record: CsvRecord, reason: string): Promise<void>;
}

export interface ImportJob extends BulkTarget {
  readonly client: ServiceClient;
  readonly file: CsvContent;
  readonly errors: FailedRows;
  /** Rows in one request. */
  readonly batch: number;
  /** Requests at the same time. */
  readonly parallel: number;
  /** Called after every batch with the bytes of the file that are done with. */
  readonly onProgress: (outcome: Outcome, bytes: number) => void;
}

interface ImportRow extends MappedRow, Keyed {
  readonly record: CsvRecord;
}

/** A row whose lookups are known: the JSON text of its record. */
interface ReadyRow {
  readonly record: CsvRecord;
  readonly json: string;
}

type Stored = Extract<SendResult, { readonly kind: keyof Omit<Outcome['counts'], 'failed'> }>;

const PROBLEMS: Readonly<Record<RecordProblem, string>> = {
  'too long': `the row is longer than ${LONGEST_RECORD} bytes`,
  'unclosed quote': 'a quotation mark is opened and not closed',
  'text after quote':
    'there is text after a closing quotation mark (a quotation mark within quoted text is written twice)',
};

export class ImportRun {
  readonly outcome = new Outcome();
  readonly #job: ImportJob;
  readonly #mapper: RowMapper;
  readonly #lookups: Lookups;
  readonly #sender: BulkSender;
  readonly #postponed = new Postponed();
  /** Texts by which rows of this file will be found, in a trial where nothing is stored. */
  readonly #promised = new Set<string>();
  /** Whether a missing record of the own set may still come. */
  #mayCome = true;
  /** Properties by which rows refer to others of the same set. */
  readonly #ownLookups: ReadonlySet<string>;
  /** Bytes of rows that are stored or in the error file. */
  #bytes = 0;
  /** Why nothing is sent any more. */
  #stopped: TransferError | null = null;
  /** What went wrong in the command itself. */
  #crash: unknown = null;

  constructor(job: ImportJob) {
    this.#job = job;
    this.#mapper = new RowMapper(job.map, job.file.header);
    this.#lookups = new Lookups(job.client);
    this.#sender = new BulkSender(job.client, job);
    const lookups = job.map.targets.flatMap(({ lookup }) => lookup ?? []);
    this.#ownLookups = new Set(lookups.filter((lookup) => lookup.in === job.set).map(({ by }) => by));
  }

  /** Runs to the end. Null, or why it ended early; then the rows that were not tried are in the error file, too. */
  async run(): Promise<TransferError | null> {
    await this.#sender.check();
    await this.#pass(this.#rows());
    for (let before = Number.POSITIVE_INFINITY; this.#postponed.size > 0; ) {
      // As long as every pass stores some, the others may find what they refer to in the next one.
      this.#mayCome = this.#postponed.size < before;
      before = this.#postponed.size;
      await this.#pass(this.#postponed.take(this.#job.file));
    }
    return this.#stopped;
  }

  /** Sends nothing more: what has not been tried goes to the error file. */
  stop(reason: string): void {
    this.#stopped ??= new TransferError(reason);
  }

  async *#rows(): AsyncGenerator<CsvRecord> {
    const { source, delimiter, quote, start } = this.#job.file;
    for await (const records of readRecords(source, { delimiter, quote, from: start })) {
      yield* records;
    }
  }

  async #pass(records: AsyncIterable<CsvRecord>): Promise<void> {
    const order = new InOrder<ImportRow>({
      batchRows: this.#job.batch,
      batchBytes: LARGEST_BODY,
      parallel: this.#job.parallel,
      run: (batch) => this.#runBatch(batch),
    });
    try {
      for await (const record of records) await this.#offer(order, record);
    } finally {
      await order.end();
    }
    if (this.#crash !== null) throw this.#crash;
  }

  async #offer(order: InOrder<ImportRow>, record: CsvRecord): Promise<void> {
    if (this.#crash !== null) throw this.#crash;
    if (this.#stopped !== null) return this.#notTried(record, this.#stopped);
    const row = this.#rowOf(record);
    if (typeof row === 'string') return this.#fail(record, row);
    // Names of properties and brackets come on top of the text, the rest is what the row has.
    const size = record.length + 20 * (Object.keys(row.values).length + row.wanted.length);
    await order.add({ ...row, record, size });
  }

  /** The record of a row, or why it is none. */
  #rowOf(record: CsvRecord): (MappedRow & { record: CsvRecord }) | string {
    const { encoding, delimiter, quote, header } = this.#job.file;
    if (record.problem !== null || record.bytes === null) return PROBLEMS[record.problem ?? 'too long'];
    const text = encoding.decode(record.bytes);
    if (text === null) return `there are bytes that are no text in ${encoding.name}`;
    const cells = splitRecord(text, delimiter, quote);
    if (cells.length !== header.length) return `the row has ${cells.length} columns, the header has ${header.length}`;
    const mapped = this.#mapper.map(cells);
    return typeof mapped === 'string' ? mapped : { ...mapped, record };
  }

  /** Never rejects: what goes wrong here ends the import at the next row. */
  async #runBatch(batch: readonly ImportRow[]): Promise<void> {
    try {
      const found = await this.#findAll(batch);
      if (found instanceof TransferError) {
        for (const { record } of batch) await this.#notTried(record, found);
      } else {
        const ready = await this.#resolve(batch, found);
        if (ready.length > 0) await this.#send(ready);
      }
    } catch (error) {
      this.#crash ??= error;
    }
    this.#job.onProgress(this.outcome, this.#bytes);
  }

  async #send(ready: readonly ReadyRow[]): Promise<void> {
    const results = await this.#sender.send(ready.map(({ json }) => json));
    for (const [index, { record }] of ready.entries()) {
      const result = results[index] as SendResult;
      if (result.kind === 'failed') {
        await this.#fail(record, rowReason(result.error, this.#mapper), findingsOf(result.error).link);
      }
      if (result.kind === 'stopped') await this.#notTried(record, result.error);
      else if (result.kind !== 'failed') this.#stored(record, result);
    }
  }

  /** Puts ids in; rows whose lookups lead nowhere fail or wait. */
  async #resolve(batch: readonly ImportRow[], found: FoundTables): Promise<readonly ReadyRow[]> {
    const ready: ReadyRow[] = [];
    for (const row of batch) {
      const { record } = row;
      if (this.#job.dryRun) this.#promise(row);
      const values = this.#postponed.has(row.key) ? 'later' : this.#resolved(row, found);
      if (values === 'later') await this.#postpone(row);
      else if (Array.isArray(values)) await this.#fail(record, values.join('; '));
      else ready.push({ record, json: JSON.stringify(values) });
    }
    return ready;
  }

  /** The record's values; or that it must wait; or why it cannot be. */
  #resolved({ values, wanted }: ImportRow, found: FoundTables): Readonly<Record<string, unknown>> | string[] | 'later' {
    const resolved = { ...values };
    const problems: string[] = [];
    let later = false;
    for (const want of wanted) {
      const id = found.get(tableOf(want))?.get(want.text);
      if (typeof id === 'string') resolved[want.to] = id;
      else if (id === AMBIGUOUS) problems.push(`${want.label}: several ${namedBy(want)}`);
      else if (this.#mayCome && want.lookup.in === this.#job.set) later = true;
      else if (this.#promised.has(promiseOf(want.lookup.by, want.text))) continue;
      else if (want.lookup.missing === 'null') resolved[want.to] = null;
      else problems.push(`${want.label}: there are no ${namedBy(want)}`);
    }
    if (problems.length > 0) return problems;
    return later ? 'later' : resolved;
  }

  /** Ids by text for every lookup of the batch, or why the service cannot be asked. */
  async #findAll(batch: readonly ImportRow[]): Promise<FoundTables | TransferError> {
    if (this.#stopped !== null) return this.#stopped;
    const tables = new Map<string, { readonly want: WantedLookup; readonly texts: Set<string> }>();
    for (const want of batch.flatMap(({ wanted }) => wanted)) {
      const table = tables.get(tableOf(want)) ?? { want, texts: new Set<string>() };
      tables.set(tableOf(want), table);
      table.texts.add(want.text);
    }
    const found = new Map<string, ReadonlyMap<string, Found>>();
    try {
      for (const [table, { want, texts }] of tables) found.set(table, await this.#lookups.find(want.lookup, texts));
    } catch (error) {
      if (error instanceof TransferError) return error;
      throw error;
    }
    return found;
  }

  async #postpone({ record, key }: ImportRow): Promise<void> {
    if (this.#postponed.add(record, key)) return;
    await this.#fail(record, 'too many rows come before the rows they refer to: sort the file');
  }

  /** Remembers by what other rows of the file would find this one once it is stored. */
  #promise({ values }: ImportRow): void {
    for (const by of this.#ownLookups) {
      if (typeof values[by] === 'string') this.#promised.add(promiseOf(by, values[by]));
    }
  }

  async #notTried(record: CsvRecord, reason: TransferError): Promise<void> {
    this.#stopped ??= reason;
    await this.#fail(record, `not imported: ${reason.message}`);
  }

  #stored({ length }: CsvRecord, { kind, duplicates = [] }: Stored): void {
    this.outcome.counts[kind] += 1;
    if (duplicates.length > 0) this.outcome.warned(duplicates);
    this.#bytes += length + this.#job.file.lineEnd.length;
  }

  /** `link` explains the row's reason; reasons are counted without it, because it differs from row to row. */
  async #fail(record: CsvRecord, reason: string, link: string | null = null): Promise<void> {
    this.outcome.failed(reason);
    this.#bytes += record.length + this.#job.file.lineEnd.length;
    await this.#job.errors.add(record, link === null ? reason : `${reason} (why: ${link})`);
  }
}

type FoundTables = ReadonlyMap<string, ReadonlyMap<string, Found>>;

const tableOf = ({ lookup }: WantedLookup): string => `${lookup.in} ${lookup.by}`;
const promiseOf = (by: string, text: string): string => `${by} ${text}`;
const namedBy = ({ lookup, text }: WantedLookup): string => `${lookup.in} with ${lookup.by} ${shown(text)}`;

/** What the service says about a record, with the columns that its properties come from. */
function rowReason(error: ApiError, mapper: RowMapper): string {
  const { findings } = findingsOf(error);
  if (findings.length === 0) return labelled(error, mapper);
  return findings.map((detail) => labelled(detail, mapper)).join('; ');
}

function labelled({ message, target }: { message: string; target?: string }, mapper: RowMapper): string {
  if (target === undefined) return message;
  const rest = message.startsWith(`${target} `) || message.startsWith(`${target}: `);
  return `${mapper.labelOf(target)}: ${rest ? message.slice(target.length).replace(/^:?\s+/, '') : message}`;
}
