// Requests of this process to its own engine: what start-up and demo data write goes the way of every other write.
import { type Platform, PlatformError, type Principal } from '@kartoteka/platform';

type Json = Readonly<Record<string, unknown>>;

/** Requests of this process to its own engine. */
export class EngineClient {
  readonly #platform: Platform;
  readonly #principal: Principal;
  readonly #name: string;

  readonly #headers: Readonly<Record<string, string>>;

  /** `name` goes into the change log as the client; `headers` are sent with every request. */
  constructor(platform: Platform, principal: Principal, name: string, headers: Readonly<Record<string, string>> = {}) {
    this.#platform = platform;
    this.#principal = principal;
    this.#name = name;
    this.#headers = headers;
  }

  /** Ids of all records of a set that have a value in `property`, by that value. */
  async idsBy(set: string, property: string): Promise<Map<string, string>> {
    const ids = new Map<string, string>();
    let query = `$select=id,${property}&$filter=${property}%20ne%20null`;
    for (;;) {
      const page = await this.#send('GET', `/${set}`, query, null);
      for (const record of page.value as Json[]) ids.set(String(record[property]), String(record.id));
      const next = page['@odata.nextLink'];
      if (typeof next !== 'string') return ids;
      query = next.slice(next.indexOf('?') + 1);
    }
  }

  /** A record, or whatever a GET of the path answers. Throws when the engine refuses it. */
  async read(path: string, query: string): Promise<Json> {
    return this.#send('GET', path, query, null);
  }

  /** An action. Throws when the engine refuses it. */
  async post(path: string, body: Json): Promise<Json> {
    return this.#send('POST', path, '', body);
  }

  /** Creates a record and gives its id. Throws when the engine refuses it. */
  async create(set: string, values: Json): Promise<string> {
    return String((await this.#send('POST', `/${set}`, '', values)).id);
  }

  /**
   * Creates records in one request and gives their ids; undefined for one whose key another record has already. Throws when
   * the engine refuses one for another reason.
   */
  async createMissing(set: string, records: readonly Json[]): Promise<readonly (string | undefined)[]> {
    if (records.length === 0) return [];
    const { results } = await this.#send('POST', `/${set}/bulk`, '', { mode: 'create', records });
    return (results as readonly { id?: string; error?: Json }[]).map(({ id, error }, index) => {
      if (error !== undefined && error.code !== 'duplicate_key')
        throw new Error(`${set}, record ${index}: ${JSON.stringify(error)}`);
      return id;
    });
  }

  /** Changes records in one request, each named by the key. Throws when the engine refuses one. */
  async updateMany(set: string, key: string, records: readonly Json[]): Promise<void> {
    const { results } = await this.#send('POST', `/${set}/bulk`, '', { mode: 'update', key, records });
    for (const [index, { error }] of (results as readonly { error?: Json }[]).entries())
      if (error !== undefined) throw new Error(`${set}, record ${index}: ${JSON.stringify(error)}`);
  }

  async #send(method: string, path: string, query: string, values: Json | null): Promise<Json> {
    const body = values === null ? null : JSON.stringify(values);
    const headers = { ...this.#headers, accept: 'application/json', 'content-type': 'application/json' };
    const request = { method, path, query, headers, body, baseUrl: 'http://localhost/api/v1', client: this.#name };
    try {
      const response = await this.#platform.handle(request, this.#principal);
      return JSON.parse(response.body ?? '{}') as Json;
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      const details = error.details.map((detail) => `${detail.target ?? ''}: ${detail.message}`).join('; ');
      throw new Error(`${method} ${path}: ${error.message} ${details}`);
    }
  }
}
