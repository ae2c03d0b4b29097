// Clients that keep a service busy while the metadata changes: each owns the records it makes, so it knows what every
// answer has to be, and an answer other than that is a finding.
import { setTimeout as pause } from 'node:timers/promises';
import { type Json, send } from '../service-process.ts';

interface OwnRecord {
  readonly id: string;
  version: number;
  /** Last value written to `external_id`. */
  mark: string;
}

const SETS = ['companies', 'contacts', 'deals'] as const;
type Set = (typeof SETS)[number];

const TITLES: Readonly<Record<Set, string>> = { companies: 'name', contacts: 'last_name', deals: 'name' };

/** Queries that anybody may ask; their answer is 200 whatever is published. */
const QUERIES: readonly string[] = [
  "deals?$filter=stage eq 'prospecting' and (amount gt 10 or amount eq null)&$orderby=close_date desc,name&$top=20",
  'deals?$expand=company($select=name),contact,owning_user($select=full_name)&$count=true&$top=20&$orderby=name',
  "deals?$filter=company/name ne null and startswith(name,'L')&$select=name,amount&$top=10",
  'companies?$expand=deals($top=3;$orderby=amount desc;$count=true;$expand=contact),contacts($select=last_name)&$top=10',
  "contacts?$filter=contains(tolower(last_name),'load')&$orderby=company/name,last_name&$top=20",
  'companies?$orderby=name&$select=name,revenue&$count=true&$top=30',
  'users?$expand=owning_business_unit&$top=10',
  'deals/$count?$filter=owner_id eq me()',
];

const MOST_RECORDS = 30;

export class LoadClient {
  /** Answers by status. */
  readonly statuses = new Map<number, number>();
  /** Answers that were not what they had to be; empty when all is well. */
  readonly findings: string[] = [];
  readonly #address: string;
  readonly #token: string;
  readonly #random: () => number;
  readonly #name: string;
  readonly #records: Record<Set, OwnRecord[]> = { companies: [], contacts: [], deals: [] };
  #made = 0;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(name: string, address: string, token: string, random: () => number) {
    this.#name = name;
    this.#address = address;
    this.#token = token;
    this.#random = random;
  }

  /** Sends one request after the other until `stop`, with `gapMs` between two. */
  start(gapMs: number): void {
    this.#running = this.#run(gapMs);
  }

  /** Ends the load and reads every record it owns once more: what was answered as written must be there. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    for (const set of SETS) for (const record of this.#records[set]) await this.#read(set, record);
  }

  async #run(gapMs: number): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#step();
      } catch (error) {
        this.findings.push(`${this.#name}: no answer: ${String(error)} ${String((error as Error).cause ?? '')}`);
      }
      await pause(gapMs * 2 * this.#random());
    }
  }

  async #step(): Promise<void> {
    const set = this.#pick(SETS);
    const records = this.#records[set];
    const record = records.length === 0 ? undefined : this.#pick(records);
    const dice = this.#random();
    if (dice < 0.35) await this.#expect(200, 'GET', this.#pick(QUERIES));
    else if (record === undefined || (dice < 0.6 && records.length < MOST_RECORDS)) await this.#create(set);
    else if (dice < 0.75) await this.#update(set, record);
    else if (dice < 0.8) await this.#updateStale(set, record);
    else if (dice < 0.92) await this.#read(set, record);
    else await this.#delete(set, record);
  }

  async #create(set: Set): Promise<void> {
    this.#made += 1;
    const title = `Load ${this.#name} ${this.#made}`;
    const mark = `${title} ${set} 0`;
    // Companies that others refer to are not deleted, so that every answer is known in advance.
    const company = this.#records.companies.at(-1);
    const links = set === 'companies' || company === undefined ? {} : { company_id: company.id };
    const values = { [TITLES[set]]: title, external_id: mark, ...links };
    const answer = await this.#expect(201, 'POST', set, set === 'deals' ? { ...values, amount: 12.5 } : values);
    if (answer === null) return;
    this.#records[set].push({ id: String(answer.id), version: 1, mark });
  }

  async #update(set: Set, record: OwnRecord): Promise<void> {
    const mark = `${record.mark.replace(/ \d+$/, '')} ${record.version}`;
    const headers: Record<string, string> = this.#random() < 0.5 ? { 'if-match': `W/"${record.version}"` } : {};
    const answer = await this.#expect(204, 'PATCH', `${set}(${record.id})`, { external_id: mark }, headers);
    if (answer === null) return;
    record.version += 1;
    record.mark = mark;
  }

  async #updateStale(set: Set, record: OwnRecord): Promise<void> {
    const headers = { 'if-match': `W/"${record.version + 1000}"` };
    await this.#expect(412, 'PATCH', `${set}(${record.id})`, { external_id: 'lost' }, headers);
  }

  async #read(set: Set, record: OwnRecord): Promise<void> {
    const answer = await this.#expect(200, 'GET', `${set}(${record.id})`);
    if (answer === null) return;
    if (answer.external_id !== record.mark || answer.version !== record.version) {
      this.findings.push(
        `${this.#name}: ${set}(${record.id}) holds "${answer.external_id}" in version ${answer.version}, ` +
          `not "${record.mark}" in version ${record.version}`,
      );
    }
  }

  async #delete(set: Set, record: OwnRecord): Promise<void> {
    if (set === 'companies') return this.#createAndDelete();
    const records = this.#records[set];
    const answer = await this.#expect(204, 'DELETE', `${set}(${record.id})`);
    if (answer === null) return;
    records.splice(records.indexOf(record), 1);
    await this.#expect(404, 'GET', `${set}(${record.id})`);
  }

  async #createAndDelete(): Promise<void> {
    const answer = await this.#expect(201, 'POST', 'companies', { name: `Short-lived ${this.#name}` });
    if (answer === null) return;
    await this.#expect(204, 'DELETE', `companies(${answer.id})`, undefined, { 'if-match': 'W/"1"' });
    await this.#expect(404, 'PATCH', `companies(${answer.id})`, { name: 'Gone' }, { 'if-match': '*' });
  }

  /** The answer's JSON; null, and a finding, when the status is another one. */
  async #expect(
    status: number,
    method: string,
    path: string,
    body?: Json,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Json | null> {
    const answer = await send(this.#address, this.#token, method, path, body, headers);
    this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1);
    if (answer.status === status) return answer.json;
    this.findings.push(
      `${this.#name}: ${method} ${path} answered ${answer.status}, not ${status}: ${JSON.stringify(answer.json)}`,
    );
    return null;
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }
}
