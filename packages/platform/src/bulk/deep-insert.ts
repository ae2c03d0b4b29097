// A record with the new records that came in its body, in one transaction: all of them or none. Each is written, and judged, as a
// create of its own by the statements of a request for many records: those of one entity that need not wait for each other at once.
import type { EntityType } from '@kartoteka/metadata';
import { errorDetail, PlatformError } from '../errors.ts';
import type { Principal } from '../security/types.ts';
import type { Executor } from '../storage/types.ts';
import { Cascade } from '../write/cascade.ts';
import { withRetries } from '../write/database-errors.ts';
import { printRecord } from '../write/link.ts';
import type { Representation, WriteEnvironment, WriteResult } from '../write/request.ts';
import { columnValues } from '../write/values.ts';
import { attempt, type Isolate, savepoints } from './attempt.ts';
import { writeChunk } from './chunk.ts';
import { type DeepNode, leadingTo } from './deep-nodes.ts';
import { largestWave } from './execute.ts';
import type { BulkMode } from './request.ts';
import type { BulkEnvironment, BulkItem, Outcome } from './types.ts';
import { waves } from './waves.ts';

export interface DeepInsert {
  readonly principal: Principal;
  readonly client: string | null;
  /** The outermost first. */
  readonly nodes: readonly DeepNode[];
  readonly representation: Representation | null;
}

/** The outermost record's result, or, where anything was refused, the outcome of every node. */
export type DeepResult = { readonly result: WriteResult } | { readonly refused: readonly (Outcome | undefined)[] };

/** Throws what concerns no record in particular. */
export async function insertDeep(environment: WriteEnvironment, insert: DeepInsert): Promise<DeepResult> {
  const [root] = insert.nodes;
  if (root === undefined) throw new Error('a deep insert without a record');
  const { database, model } = environment;
  const run = (careful: boolean): Promise<DeepResult> =>
    withRetries(model, root.entity, async () => {
      const undone = new Undone();
      try {
        return await database.transaction((tx) => new Insertion(environment, insert, tx, careful).run(undone));
      } catch (error) {
        if (error === undone) return { refused: undone.outcomes };
        throw error;
      }
    });
  try {
    return await run(false);
  } catch (error) {
    // Whose fault it was is found out behind savepoints, for which nobody pays whose records are good. A group is undone already.
    if (!(error instanceof PlatformError) || database.allOrNone || NOBODYS_FAULT.has(error.code)) throw error;
    return run(true);
  }
}

const NOBODYS_FAULT: ReadonlySet<string> = new Set(['overloaded', 'not_ready', 'internal']);

/** Ends a transaction whose effects must not last. */
class Undone extends Error {
  outcomes: readonly (Outcome | undefined)[] = [];
}

class Insertion {
  readonly #environment: WriteEnvironment;
  readonly #insert: DeepInsert;
  readonly #tx: Executor;
  readonly #careful: boolean;
  readonly #outcomes: (Outcome | undefined)[] = [];

  constructor(environment: WriteEnvironment, insert: DeepInsert, tx: Executor, careful: boolean) {
    this.#environment = environment;
    this.#insert = insert;
    this.#tx = tx;
    this.#careful = careful;
  }

  async run(undone: Undone): Promise<DeepResult> {
    const { nodes, representation, principal, client } = this.#insert;
    for (const level of levelsOf(nodes)) {
      for (const [entity, members] of Map.groupBy(level, (node) => node.entity)) await this.#create(entity, members);
    }
    for (const node of nodes) if (this.#isWritten(node)) await this.#adopt(node);
    if (this.#outcomes.some((outcome) => outcome === undefined || outcome instanceof PlatformError)) {
      undone.outcomes = this.#outcomes;
      throw undone;
    }
    const [root] = nodes;
    if (root === undefined) throw new Error('a deep insert without a record');
    const { entity, id } = root;
    const linking = { cascade: new Cascade(this.#environment, principal, this.#tx), entity, id, client };
    const body = representation === null ? null : await printRecord(linking, representation);
    return { result: { id, version: '1', changed: true, body } };
  }

  #isWritten({ index }: DeepNode): boolean {
    const outcome = this.#outcomes[index];
    return outcome !== undefined && !(outcome instanceof PlatformError);
  }

  async #create(entity: EntityType, nodes: readonly DeepNode[]): Promise<void> {
    const bulk = this.#bulk(entity, 'create');
    const ready = nodes.filter((node) => node.after.every((other) => this.#isWritten(other)));
    for (const node of nodes) if (!ready.includes(node)) this.#judge(node);
    const items = ready.map(({ index, values, links }): BulkItem => ({ index, length: 0, values, links, key: [] }));
    for (const wave of waves(bulk, items, largestWave(bulk))) {
      await this.#write(bulk, wave, (item, outcome) => {
        this.#outcomes[item.index] = outcome;
      });
    }
  }

  /** A record that cannot be written, because another one was refused: what its values alone are refused for is told all the same. */
  #judge({ entity, values, index }: DeepNode): void {
    const { principal } = this.#insert;
    // Hooks may give what is missing, and are not asked for a record that is not going to be.
    if (this.#environment.hooks.for(entity.name, 'create').some((hook) => hook.before !== undefined)) return;
    try {
      columnValues({ entity, operation: 'create', principal, values, sent: values });
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      this.#outcomes[index] = error;
    }
  }

  /** Records that are there are led to the new one: changes of theirs, with the rights of such. */
  async #adopt(node: DeepNode): Promise<void> {
    for (const { navigation, ids, placeOf } of node.adopted) {
      const entity = this.#environment.model.entities.get(navigation.target);
      if (entity === undefined) throw new Error(`the Model has no entity ${navigation.target}`);
      const bulk = this.#bulk(entity, 'update');
      const values = leadingTo(navigation, node.id);
      const items = [...new Set(ids)].map(
        (id): BulkItem => ({
          index: ids.indexOf(id),
          length: 0,
          values: { ...values, id },
          links: [],
          key: [id],
        }),
      );
      for (const wave of waves(bulk, items, largestWave(bulk))) {
        await this.#write(bulk, wave, (item, outcome) => {
          if (outcome instanceof PlatformError) this.#refuse(node, adoptionError(outcome, placeOf(item.index)));
        });
      }
    }
  }

  #refuse(node: DeepNode, error: PlatformError): void {
    const before = this.#outcomes[node.index];
    this.#outcomes[node.index] =
      before instanceof PlatformError
        ? before.with({ target: before.target, details: [...before.details, ...detailsOf(error)] })
        : error;
  }

  #bulk(entity: EntityType, mode: BulkMode): BulkEnvironment {
    const { principal, client } = this.#insert;
    const key = mode === 'create' ? [] : [...entity.properties.values()].filter(({ name }) => name === 'id');
    return { ...this.#environment, entity, mode, key, principal, client };
  }

  async #write(
    bulk: BulkEnvironment,
    items: readonly BulkItem[],
    settle: (item: BulkItem, outcome: Outcome) => void,
  ): Promise<void> {
    const write = (tx: Executor, some: readonly BulkItem[]) => writeChunk(bulk, tx, some);
    const settleAll = (some: readonly BulkItem[], outcomes: readonly Outcome[]): void => {
      for (const [at, item] of some.entries()) settle(item, outcomes[at] ?? new PlatformError('internal'));
    };
    if (!this.#careful) {
      settleAll(items, await write(this.#tx, items));
      return;
    }
    const isolate: Isolate = savepoints(bulk.model, bulk.entity, this.#tx);
    await attempt(write, isolate, items, settleAll);
  }
}

/** Nodes by how many others have to be there before, one after the other. */
function levelsOf(nodes: readonly DeepNode[]): readonly (readonly DeepNode[])[] {
  const known = new Map<DeepNode, number>();
  const levelOf = (node: DeepNode): number => {
    const found = known.get(node);
    if (found !== undefined) return found;
    const level = node.after.reduce((most, other) => Math.max(most, levelOf(other) + 1), 0);
    known.set(node, level);
    return level;
  };
  const levels: DeepNode[][] = [];
  for (const node of nodes) {
    const level = levelOf(node);
    levels[level] ??= [];
    levels[level].push(node);
  }
  return levels;
}

/** A record that cannot be found is a bad value of the body, as in a reference. */
function adoptionError(error: PlatformError, place: string): PlatformError {
  if (error.code === 'not_found') {
    const details = [errorDetail('target_not_found', { name: place }, place)];
    return new PlatformError('validation_failed', {}, { details });
  }
  const details = error.details.map((detail) => ({ ...detail, target: `${place}/${detail.target ?? ''}` }));
  return error.with({ target: place, details });
}

function detailsOf({ code, message, target, details }: PlatformError): PlatformError['details'] {
  return details.length > 0 ? details : [{ code, message, ...(target === undefined ? {} : { target }) }];
}
