// Sends records to `/<set>/bulk` and says of each what became of it. What the service cannot take in one piece is sent in
// halves, down to the one record that it cannot take at all.
import type { CompiledMap } from '../map/compile-map.ts';
import { type ApiAnswer, type ApiError, errorText, refusal, type ServiceClient } from '../rest/answers.ts';
import { TransferError } from '../transfer-error.ts';

/** Bytes of a request: what goes through most proxies, and less than the service takes. */
export const LARGEST_BODY = 1_000_000;

/** A record that a duplicate rule takes a stored one for, as the service tells it. */
export interface Duplicate {
  readonly rule: string;
  readonly set: string;
  readonly id: string | null;
  readonly title: string | null;
}

export type SendResult =
  | { readonly kind: 'created' | 'updated' | 'unchanged'; readonly duplicates?: readonly Duplicate[] }
  | { readonly kind: 'failed'; readonly error: ApiError }
  /** Not stored, and nothing more can be sent. */
  | { readonly kind: 'stopped'; readonly error: TransferError };

interface BulkResult {
  readonly status: number;
  readonly changed?: boolean;
  readonly duplicates?: readonly Duplicate[];
  readonly error?: ApiError;
}

export interface BulkTarget {
  readonly set: string;
  readonly map: CompiledMap;
  readonly dryRun: boolean;
}

/** Statuses that one record of many may be the cause of. */
const DIVISIBLE: ReadonlySet<number> = new Set([413, 500]);

export class BulkSender {
  readonly #client: ServiceClient;
  readonly #path: string;
  readonly #head: string;
  /** What a request does is done already when it is sent again; the service knows the others again by their ids. */
  readonly #repeatable: boolean;
  /** New records without a key get their ids here: one that exists already was stored by an earlier try of the same request. */
  readonly #givesIds: boolean;

  constructor(client: ServiceClient, { set, map, dryRun }: BulkTarget) {
    this.#client = client;
    this.#path = `${set}/bulk`;
    const named = map.targets.some(({ to }) => to === 'id') || Object.hasOwn(map.constants, 'id');
    this.#givesIds = map.key === null && map.mode === 'create' && !named;
    this.#repeatable = dryRun || map.key !== null || this.#givesIds;
    const envelope = { mode: map.mode, ...(map.key === null ? {} : { key: map.key.name }), dry_run: dryRun };
    this.#head = `${JSON.stringify(envelope).slice(0, -1)},"records":[`;
  }

  /** Asks the service whether it would take records at all. Throws TransferError with its reason. */
  async check(): Promise<void> {
    const answer = await this.#client.post(this.#path, `${this.#head}]}`, true);
    if (answer.error !== null) throw refusal(answer);
  }

  /** The result of each record (JSON texts), in their order. */
  send(records: readonly string[]): Promise<readonly SendResult[]> {
    return this.#send(this.#givesIds ? records.map(withId) : records);
  }

  async #send(records: readonly string[]): Promise<readonly SendResult[]> {
    const size = records.reduce((sum, record) => sum + byteLength(record) + 1, 0);
    if (size > LARGEST_BODY && records.length > 1) return this.#halves(records);
    const answer = await this.#post(records);
    if (answer instanceof TransferError) return records.map(() => ({ kind: 'stopped', error: answer }));
    if (answer.error === null) return resultsOf(answer, records.length, this.#givesIds);
    if (!DIVISIBLE.has(answer.status)) return records.map(() => ({ kind: 'stopped', error: refusal(answer) }));
    if (records.length > 1) return this.#halves(records);
    const error = answer.error;
    return records.map(() => ({ kind: 'failed', error: answer.status === 413 ? tooLarge(error) : error }));
  }

  async #post(records: readonly string[]): Promise<ApiAnswer | TransferError> {
    try {
      return await this.#client.post(this.#path, `${this.#head}${records.join(',')}]}`, this.#repeatable);
    } catch (error) {
      if (error instanceof TransferError) return error;
      throw error;
    }
  }

  async #halves(records: readonly string[]): Promise<readonly SendResult[]> {
    const middle = Math.ceil(records.length / 2);
    const [first, second] = [records.slice(0, middle), records.slice(middle)];
    const results = await this.#send(first);
    const stop = results.find((result) => result.kind === 'stopped');
    return [...results, ...(stop === undefined ? await this.#send(second) : second.map(() => stop))];
  }
}

/** `{"name":...}` with a new id. */
function withId(record: string): string {
  return `{"id":"${timeOrderedId()}"${record === '{}' ? '' : ','}${record.slice(1)}`;
}

/** A UUID of version 7 (RFC 9562): later ones sort behind earlier ones, which keeps new rows together in an index. */
function timeOrderedId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  new DataView(bytes.buffer).setUint32(0, Math.floor(Date.now() / 65_536));
  new DataView(bytes.buffer).setUint16(4, Date.now() % 65_536);
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Bytes of a text in UTF-8, without encoding it. */
function byteLength(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    // A pair of surrogates is two units and four bytes.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}

function resultsOf({ json }: ApiAnswer, expected: number, givesIds: boolean): readonly SendResult[] {
  const results = (json as { results?: readonly BulkResult[] } | null)?.results;
  if (results?.length !== expected)
    throw new Error(`The service answered ${results?.length} results for ${expected} records`);
  return results.map(({ status, changed, duplicates, error }) => {
    if (givesIds && error?.code === 'duplicate_key' && error.target === 'id') return { kind: 'created' };
    if (status >= 400) return { kind: 'failed', error: error ?? { code: String(status), message: `status ${status}` } };
    return { kind: status === 201 ? 'created' : changed === false ? 'unchanged' : 'updated', duplicates };
  });
}

function tooLarge(error: ApiError): ApiError {
  return { ...error, message: `The row is larger than the service takes: ${errorText(error)}` };
}
