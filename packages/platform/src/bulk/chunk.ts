// Some records of a bulk request inside one transaction: where each of them is, then all updates and all creates at once. Whom
// a concurrent request overtook between the two is looked for again.
import { randomUUIDv7 } from 'node:crypto';
import { storedProperties } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { mayImport } from '../plan/write-authorize.ts';
import type { Executor } from '../storage/types.ts';
import { Cascade } from '../write/cascade.ts';
import { linkRecords } from '../write/link.ts';
import { type SetRecord, type SetResult, type Values, writeSet } from '../write/write-set.ts';
import { duplicate } from './create-absent.ts';
import { type Found, findRecords } from './find.ts';
import type { BulkEnvironment, BulkItem, Outcome } from './types.ts';

/** Times a record is looked for before it is given up as contended. */
const ROUNDS = 4;

/** The outcome of each record, in order. Throws what concerns all of them, or cannot be told to concern one. */
export async function writeChunk(
  bulk: BulkEnvironment,
  tx: Executor,
  items: readonly BulkItem[],
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let open = items.map((_, at) => at);
  for (let round = 1; open.length > 0; round += 1) {
    const again = await new Round(bulk, tx, items, outcomes).run(open);
    if (round === ROUNDS) for (const at of again) outcomes[at] = contended();
    open = round === ROUNDS ? [] : again;
  }
  return outcomes;
}

function contended(): PlatformError {
  return new PlatformError('conflict', { reason: 'Other writes on the same records got in the way; try again' });
}

interface Step extends SetRecord {
  /** Position among the items. */
  readonly at: number;
  /** A record that the principal does not see has the key. */
  readonly hidden: boolean;
}

class Round {
  readonly #bulk: BulkEnvironment;
  readonly #tx: Executor;
  readonly #items: readonly BulkItem[];
  readonly #outcomes: Outcome[];
  readonly #updates: Step[] = [];
  readonly #creates: Step[] = [];
  readonly #again: number[] = [];

  constructor(bulk: BulkEnvironment, tx: Executor, items: readonly BulkItem[], outcomes: Outcome[]) {
    this.#bulk = bulk;
    this.#tx = tx;
    this.#items = items;
    this.#outcomes = outcomes;
  }

  /** Writes the records at `open`; the positions of those that have to be looked for again. */
  async run(open: readonly number[]): Promise<number[]> {
    const found = await this.#find(open);
    for (const [position, at] of open.entries()) this.#place(at, found[position] ?? null);
    this.#sortLocks();
    const updated = await writeSet(this.#bulk, this.#tx, 'update', this.#updates);
    for (const [position, step] of this.#updates.entries()) this.#settle(step, 200, updated[position]);
    const created = await writeSet(this.#bulk, this.#tx, 'create', this.#creates);
    for (const [position, step] of this.#creates.entries()) this.#settle(step, 201, created[position]);
    await this.#link();
    return this.#again;
  }

  /** Links the records that were written, as a single write does when its record is there. */
  async #link(): Promise<void> {
    const { entity, principal, client } = this.#bulk;
    const linked = [...this.#updates, ...this.#creates].filter(({ at }) => (this.#items[at]?.links.length ?? 0) > 0);
    if (linked.length === 0) return;
    const cascade = new Cascade(this.#bulk, principal, this.#tx);
    for (const { at, id } of linked) {
      if (this.#outcomes[at] === undefined || this.#outcomes[at] instanceof PlatformError) continue;
      for (const change of this.#items[at]?.links ?? []) await linkRecords({ cascade, entity, id, client }, change);
    }
  }

  /**
   * Locks are taken in one order, whatever the order of the request, so that two requests do not wait for each other. New
   * records that the database numbers keep theirs: who waits in vain is tried again.
   */
  #sortLocks(): void {
    const { entity, mode } = this.#bulk;
    this.#updates.sort((one, other) => (one.id < other.id ? -1 : 1));
    if (mode !== 'upsert' || storedProperties(entity).some((property) => property.numbering !== undefined)) return;
    const key = ({ at }: Step): string => this.#items[at]?.key.join('\0') ?? '';
    this.#creates.sort((one, other) => (key(one) < key(other) ? -1 : 1));
  }

  async #find(open: readonly number[]): Promise<readonly Found[]> {
    const { model, principal, entity, key, mode } = this.#bulk;
    if (mode === 'create') return [];
    const keys = open.map((at) => this.#items[at]?.key ?? []);
    // A record that is changed by its id needs no looking for: the statement finds it.
    if (mode === 'update' && this.#byId()) return keys.map(([id = '']) => ({ id, hidden: false }));
    return findRecords(model, principal, this.#tx, { entity, properties: key }, keys);
  }

  #byId(): boolean {
    return this.#bulk.key[0]?.name === 'id';
  }

  #place(at: number, found: Found): void {
    const { mode } = this.#bulk;
    const values = this.#items[at]?.values ?? {};
    const hidden = found?.hidden === true;
    if (found !== null && !hidden) this.#updates.push({ at, hidden, id: found.id, sent: this.#changes(values) });
    else if (mode === 'update') this.#outcomes[at] = new PlatformError('not_found');
    // What is hidden is not there: whether its key is in the way is told only to who may create this record.
    else this.#creates.push({ at, hidden, id: newId(values), sent: values });
  }

  /**
   * What an update is sent: not what the record is found by, which it has already, and of an upsert not who created it and when,
   * which an import says of new records only.
   */
  #changes(values: Values): Values {
    const { mode, key, entity, principal } = this.#bulk;
    const names = key.map(({ name }) => name);
    const imports = mode === 'upsert' && mayImport(principal);
    const kept = (name: string): boolean =>
      !names.includes(name) && !(imports && entity.properties.get(name)?.importable === true);
    return Object.fromEntries(Object.entries(values).filter(([name]) => kept(name)));
  }

  #settle({ at, id, hidden }: Step, status: 200 | 201, result: SetResult | undefined): void {
    if (result === undefined) throw new Error('a record was left without a result');
    const { mode, key } = this.#bulk;
    if (result.kind === 'written') this.#outcomes[at] = { status, id, changed: result.changed, ...result.annotations };
    else if (result.kind === 'refused') this.#outcomes[at] = result.error;
    else if (result.kind === 'gone') {
      if (mode === 'upsert') this.#again.push(at);
      else this.#outcomes[at] = new PlatformError('not_found');
    } else {
      const isOwnKey = mode === 'upsert' && result.key?.join() === key.map(({ name }) => name).join();
      if (result.key === null || (isOwnKey && !hidden)) this.#again.push(at);
      else this.#outcomes[at] = isOwnKey && this.#byId() ? new PlatformError('not_found') : duplicate(result.key);
    }
  }
}

/** A client may choose the id of a new record; whether it is one is validated with the other values. */
function newId({ id }: Values): string {
  return typeof id === 'string' ? id.toLowerCase() : randomUUIDv7();
}
