// Hands all records that one user owns over to another user or team, of every entity, in one transaction: each thousand is the
// update of the owner that `assign` is, so that rights, checks, hooks, change log and what follows are one. Ids pass through here a
// thousand at a time; nothing else does.
import { setImmediate } from 'node:timers/promises';
import { type EntityType, isStored, ownerRelations } from '@kartoteka/metadata';
import { attempt, savepoints } from '../bulk/attempt.ts';
import type { Outcome } from '../bulk/types.ts';
import { LARGEST_WAVE } from '../bulk/waves.ts';
import { PlatformError } from '../errors.ts';
import { mayUse } from '../plan/secured.ts';
import { ownerProperty } from '../plan/write.ts';
import { authorizeKey } from '../plan/write-authorize.ts';
import type { Principal } from '../security/types.ts';
import { ownedStatement, titlesStatement } from '../sql/hand-over.ts';
import type { Executor } from '../storage/types.ts';
import { arrayLiteral, Cascade, RecordSet } from './cascade.ts';
import type { WriteEnvironment } from './request.ts';
import { type SetResult, writeSet } from './write-set.ts';

/** Records that are named, of those that move and of those that are refused; with the last of these the work ends. */
export const MOST_NAMED = 100;

export interface HandOver {
  /** Ids of a user, and of the user or team that takes over. */
  readonly from: string;
  readonly to: string;
  readonly principal: Principal;
  /** Name of the client program for the change log. */
  readonly client: string | null;
}

export interface NamedRecord {
  readonly entity: EntityType;
  readonly id: string;
}

export interface HandedOver {
  /** Records that changed their owner, by entity; without those that belong to a parent, which follow it. */
  readonly counts: ReadonlyMap<EntityType, number>;
  /** The first of them, with what they are called where the principal may know it. */
  readonly records: readonly (NamedRecord & { readonly title: string | null })[];
  readonly refused: readonly (NamedRecord & { readonly error: PlatformError })[];
  /** False: so many were refused that the rest was not tried. */
  readonly complete: boolean;
}

/**
 * Runs inside `tx`, whose effects must not last where something was refused. Records that the principal may not read are not
 * there: they stay as they are and are neither counted nor told of.
 */
export async function handRecordsOver(
  environment: WriteEnvironment,
  tx: Executor,
  handOver: HandOver,
): Promise<HandedOver> {
  const run = new Run(environment, tx, handOver);
  for (const entity of environment.model.entities.values()) {
    if (entity.ownership !== 'user' || !handOver.principal.access(entity.name, 'read').granted) continue;
    if (!(await run.all(entity))) break;
  }
  return run.result();
}

const NOTHING = new RecordSet();
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

interface Item {
  readonly id: string;
}

/** One hand-over under way. */
class Run {
  readonly #environment: WriteEnvironment;
  readonly #tx: Executor;
  readonly #handOver: HandOver;
  readonly #cascade: Cascade;
  readonly #counts = new Map<EntityType, number>();
  readonly #records: NamedRecord[] = [];
  readonly #refused: (NamedRecord & { readonly error: PlatformError })[] = [];

  constructor(environment: WriteEnvironment, tx: Executor, handOver: HandOver) {
    this.#environment = environment;
    this.#tx = tx;
    this.#handOver = handOver;
    this.#cascade = new Cascade(environment, handOver.principal, tx);
  }

  /** Hands over the records of an entity, page after page; false when it is not worth going on. */
  async all(entity: EntityType): Promise<boolean> {
    const oneByOne = this.#cascade.hooks(entity, 'update').some((hook) => hook.oneByOne);
    const most = oneByOne ? 1 : LARGEST_WAVE;
    const isolate = savepoints(this.#environment.model, entity, this.#tx);
    let after = FIRST_ID;
    while (!this.#isHopeless) {
      const page = await this.#page(entity, after, most);
      const last = page.at(-1);
      if (last === undefined) return true;
      // What moves with others counts when it has moved for good, not while it is tried, in halves if need be.
      let together = NOTHING;
      const write = async (tx: Executor, items: readonly Item[]): Promise<readonly Outcome[]> => {
        together = NOTHING;
        const tried = new RecordSet();
        const outcomes = await this.#write(entity, tx, items, tried);
        together = tried;
        return outcomes;
      };
      await attempt(write, isolate, page, (items, outcomes) => this.#settle(entity, items, outcomes, together));
      after = last.id;
      await setImmediate();
    }
    return false;
  }

  get #isHopeless(): boolean {
    return this.#refused.length >= MOST_NAMED;
  }

  async #page(entity: EntityType, after: string, most: number): Promise<readonly Item[]> {
    const { model, principal } = this.#cascade;
    const followed = ownerRelations(model, entity).length > 0;
    const statement = this.#cascade.kept(`owned ${entity.name}`, () =>
      ownedStatement(authorizeKey(entity, [ownerOf(entity)], model, principal), followed),
    );
    const values = { '@owner': this.#handOver.from, '@after': after, '@most': String(most) };
    const rows = await this.#cascade.run(statement, values, { prepare: false });
    return rows.map((row) => ({ id: String(row.id) }));
  }

  async #write(
    entity: EntityType,
    tx: Executor,
    items: readonly Item[],
    together: RecordSet,
  ): Promise<readonly Outcome[]> {
    const { to, principal, client } = this.#handOver;
    const sent = { [ownerOf(entity).name]: to };
    const environment = { ...this.#environment, entity, principal, client, together };
    const results = await writeSet(
      environment,
      tx,
      'update',
      items.map(({ id }) => ({ id, sent })),
    );
    return items.map(({ id }, at) => outcomeOf(id, results[at]));
  }

  #settle(entity: EntityType, items: readonly Item[], outcomes: readonly Outcome[], together: RecordSet): void {
    const moved = new Map<EntityType, Set<string>>([[entity, new Set()]]);
    for (const [at, { id }] of items.entries()) {
      const outcome = outcomes[at];
      if (!(outcome instanceof PlatformError)) {
        if (outcome?.changed === true) moved.get(entity)?.add(id);
      } else if (!this.#isHopeless) this.#refused.push({ entity, id, error: outcome });
    }
    for (const [other, ids] of together) {
      if (other.ownership === 'user') moved.set(other, ids.union(moved.get(other) ?? new Set()));
    }
    for (const [each, ids] of moved) {
      if (ids.size > 0) this.#counts.set(each, (this.#counts.get(each) ?? 0) + ids.size);
      for (const id of ids) if (this.#records.length < MOST_NAMED) this.#records.push({ entity: each, id });
    }
  }

  async result(): Promise<HandedOver> {
    const titles = new Map<string, string | null>();
    for (const [entity, records] of Map.groupBy(this.#records, (record) => record.entity)) {
      for (const [id, title] of await this.#titles(entity, records)) titles.set(`${entity.name} ${id}`, title);
    }
    const records = this.#records.map((record) => {
      const title = titles.get(`${record.entity.name} ${record.id}`) ?? null;
      return { ...record, title };
    });
    return { counts: this.#counts, records, refused: this.#refused, complete: !this.#isHopeless };
  }

  async #titles(entity: EntityType, records: readonly Item[]): Promise<readonly [string, string | null][]> {
    const title = entity.properties.get(entity.title);
    if (title === undefined || !isStored(title) || !mayUse(this.#handOver.principal, entity, title, 'read')) return [];
    const statement = this.#cascade.kept(`titles ${entity.name}`, () => titlesStatement(entity, title));
    const rows = await this.#cascade.run(statement, { '@ids': arrayLiteral(records.map(({ id }) => id)) });
    return rows.map((row) => [String(row.id), typeof row.title === 'string' ? row.title : null]);
  }
}

/** What is not there any more moved with another record before: nobody else can, its page has locked it. */
function outcomeOf(id: string, result: SetResult | undefined): Outcome {
  if (result?.kind === 'refused') return result.error;
  return { status: 200, id, changed: result?.kind === 'written' && result.changed };
}

function ownerOf(entity: EntityType) {
  const property = ownerProperty(entity);
  if (property === undefined) throw new Error(`records of ${entity.name} have no owner`);
  return property;
}
