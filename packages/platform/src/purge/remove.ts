// Removes whole deletes in one transaction: locks their records, leaves out every delete of which something is still referred
// to, and takes the rest out, children before parents. It must not remove a record that anything kept refers to.
import type { EntityType, Model } from '@kartoteka/metadata';
import { lockExpired, removeExpired, stillReferred, unlinkExpired } from '../sql/purge.ts';
import type { Executor, Row } from '../storage/types.ts';
import { arrayLiteral, type Leading, relationsFrom } from '../write/cascade.ts';

/** Ids of an entity's records by their delete. */
type Records = Map<EntityType, Map<string, readonly string[]>>;

/**
 * `deletes` have `delete_id` and `deleted_on`, oldest first; `entities` are those whose records may go. Returns how many went,
 * by entity. A delete that took a record of another entity along stays.
 */
export async function removeDeletes(
  tx: Executor,
  model: Model,
  entities: readonly EntityType[],
  deletes: readonly Row[],
): Promise<ReadonlyMap<string, number>> {
  const records = await lockRecords(tx, [...model.entities.values()], deletes);
  const kept = [...records.keys()].filter((entity) => !entities.includes(entity));
  drop(records, new Set(kept.flatMap((entity) => [...(records.get(entity)?.keys() ?? [])])));
  while (records.size > 0) {
    const needed = await neededDeletes(tx, model, records);
    if (needed.size === 0) break;
    drop(records, needed);
  }
  return removeInOrder(tx, model, records);
}

async function lockRecords(tx: Executor, entities: readonly EntityType[], deletes: readonly Row[]): Promise<Records> {
  const ids = arrayLiteral(deletes.map((row) => String(row.delete_id)));
  const [first, last] = [String(deletes[0]?.deleted_on), String(deletes.at(-1)?.deleted_on)];
  const records: Records = new Map();
  for (const entity of entities) {
    const rows = await tx.run(lockExpired(entity), [ids, first, last]);
    if (rows.length === 0) continue;
    const byDelete = Map.groupBy(rows, (row) => String(row.delete_id));
    records.set(entity, new Map([...byDelete].map(([id, group]) => [id, group.map((row) => String(row.id))])));
  }
  return records;
}

/** Deletes of which a record is referred to by one that stays. */
async function neededDeletes(tx: Executor, model: Model, records: Records): Promise<ReadonlySet<string>> {
  const needed = new Set<string>();
  for (const child of model.entities.values()) {
    for (const { parent, reference } of relationsFrom(model, child)) {
      if (!records.has(parent)) continue;
      const parameters = [idsOf(records, parent), idsOf(records, child)];
      for (const row of await tx.run(stillReferred(child, reference, parent), parameters))
        needed.add(String(row.delete_id));
    }
  }
  return needed;
}

function drop(records: Records, deletes: ReadonlySet<string>): void {
  for (const [entity, byDelete] of records) {
    for (const id of deletes) byDelete.delete(id);
    if (byDelete.size === 0) records.delete(entity);
  }
}

function idsOf(records: Records, entity: EntityType): string {
  return arrayLiteral([...(records.get(entity)?.values() ?? [])].flat());
}

/** Where records of two entities refer to each other, a lookup that may be empty is cleared before what it names goes. */
async function removeInOrder(tx: Executor, model: Model, records: Records): Promise<ReadonlyMap<string, number>> {
  const removed = new Map<string, number>();
  const left = new Set(records.keys());
  while (left.size > 0) {
    const next = nextToRemove(model, left);
    for (const { child, reference } of referrers(model, next, left))
      await tx.run(unlinkExpired(child, reference), [idsOf(records, child)]);
    removed.set(next.name, (await tx.run(removeExpired(next), [idsOf(records, next)])).length);
    left.delete(next);
  }
  return removed;
}

/** An entity that no other one left refers to; in a circle, one that none has to refer to. */
function nextToRemove(model: Model, left: ReadonlySet<EntityType>): EntityType {
  const entities = [...left];
  const free = entities.find((entity) => referrers(model, entity, left).length === 0);
  const next = free ?? entities.find((entity) => !referrers(model, entity, left).some(isRequired));
  if (next === undefined) throw new Error('records require each other in a circle');
  return next;
}

/** Foreign keys from other entities left. (One statement takes records of one entity, whoever of them refers to whom.) */
function referrers(model: Model, parent: EntityType, left: ReadonlySet<EntityType>): readonly Leading[] {
  return [...left].flatMap((child) =>
    relationsFrom(model, child).filter(
      (relation) => relation.parent === parent && child !== parent && relation.reference.discriminator === undefined,
    ),
  );
}

function isRequired({ child, reference }: Leading): boolean {
  return child.properties.get(reference.property)?.nullable === false;
}
