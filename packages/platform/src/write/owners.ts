// What follows a change of owner, in its transaction: the records that belong to whom the changed one belongs, level by level, and
// those that a lookup assigns along with it.
// Every step is a statement of its own, because only a new snapshot sees records that were made while the lock was waited for.
import {
  type EntityType,
  type Model,
  type OwnerRelation,
  ownerRelations,
  parentNavigations,
} from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { ownerProperty } from '../plan/write.ts';
import { assignedStatement, copyOwnerStatement, takeOwnerStatement } from '../sql/owners.ts';
import type { Row } from '../storage/types.ts';
import { arrayLiteral, type Cascade, RecordSet } from './cascade.ts';
import { type SetResult, writeSet } from './write-set.ts';

/** A record whose owner or unit has changed, with its owners: users or teams, or where it has none its units. */
export interface MovedRecord {
  readonly id: string;
  readonly former: string | null;
  readonly owner: string | null;
}

export interface Moved {
  readonly entity: EntityType;
  readonly records: readonly MovedRecord[];
}

/** As a statement whose plan is followed answers it (sql/write.ts). */
export function movedRecord(id: string, row: Row): MovedRecord {
  const text = (value: Row[string] | undefined): string | null => (typeof value === 'string' ? value : null);
  return { id, former: text(row.former_owner), owner: text(row.new_owner) };
}

/**
 * Brings everything that follows these records up to date. Throws limit_exceeded when too much follows, what hooks throw, and
 * the first reason why a record may not be assigned with them. `client` is the name of the client program for the change log;
 * `together` holds the records that these themselves followed.
 */
export async function followOwner(
  cascade: Cascade,
  moved: Moved,
  client: string | null,
  together = new RecordSet(),
): Promise<void> {
  const { entity, records } = moved;
  const ids = records.map(({ id }) => id);
  together.add(entity, ids, DOING);
  await copies(cascade, entity, ids, together, client);
  for (const relation of ownerRelations(cascade.model, entity)) {
    if (relation.follows === 'copy') continue;
    for (const alike of byOwner(records)) await assignWith(cascade, relation, alike, together, client);
  }
}

const DOING = 'assigned';

/** One record follows or thousands: a plan that was kept from small tables would read a large one for each of them. */
const PLANNED_ANEW = { prepare: false };

/** Records that have the same owner now. */
function byOwner(records: readonly MovedRecord[]): Iterable<readonly MovedRecord[]> {
  const groups = new Map<string | null, MovedRecord[]>();
  for (const record of records) {
    const group = groups.get(record.owner) ?? [];
    group.push(record);
    groups.set(record.owner, group);
  }
  return groups.values();
}

async function copies(
  cascade: Cascade,
  entity: EntityType,
  ids: readonly string[],
  together: RecordSet,
  client: string | null,
): Promise<void> {
  for (const relation of ownerRelations(cascade.model, entity)) {
    if (relation.follows !== 'copy') continue;
    const copied = await copyOwner(cascade, relation, ids, together, client);
    if (copied.length > 0) await copies(cascade, relation.child, copied, together, client);
  }
}

async function copyOwner(
  cascade: Cascade,
  relation: OwnerRelation,
  parents: readonly string[],
  together: RecordSet,
  client: string | null,
): Promise<readonly string[]> {
  const { child, navigation } = relation;
  const images = cascade.hooks(child, 'update').some((hook) => hook.after !== undefined);
  const key = `owner ${child.name} ${navigation.name} ${images}`;
  const statement = cascade.kept(key, () => copyOwnerStatement(cascade.model, relation, images));
  const rows = await cascade.run(
    statement,
    {
      '@parents': arrayLiteral(parents),
      '@most': String(together.room + 1),
      '@client': client,
    },
    PLANNED_ANEW,
  );
  const ids = rows.map((row) => String(row.id));
  together.add(child, ids, DOING);
  await cascade.after(child, 'update', rows);
  return ids;
}

/** Records assigned by one statement. */
const LARGEST_SET = 1_000;

/** Assigns what follows records of one owner: an update of each as any other, with the same rights, checks and hooks. */
async function assignWith(
  cascade: Cascade,
  relation: OwnerRelation,
  parents: readonly MovedRecord[],
  together: RecordSet,
  client: string | null,
): Promise<void> {
  const { child, navigation } = relation;
  const owner = parents[0]?.owner ?? null;
  const found = await cascade.run(
    cascade.kept(`assigned ${child.name} ${navigation.name}`, () => assignedStatement(relation)),
    {
      '@parents': arrayLiteral(parents.map(({ id }) => id)),
      '@formers': arrayLiteral(parents.map(({ former }) => former ?? 'null')),
      '@owner': owner,
      '@most': String(together.room + 1),
    },
    PLANNED_ANEW,
  );
  const ids = found.map((row) => String(row.id));
  together.add(child, ids, DOING);
  const property = ownerProperty(child)?.name ?? '';
  const environment = { ...cascade.environment, entity: child, principal: cascade.principal, client, together };
  const size = cascade.hooks(child, 'update').some((hook) => hook.oneByOne) ? 1 : LARGEST_SET;
  for (let start = 0; start < ids.length; start += size) {
    const records = ids.slice(start, start + size).map((id) => ({ id, sent: { [property]: owner } }));
    for (const result of await writeSet(environment, cascade.tx, 'update', records)) requireWritten(child, result);
  }
}

/** What is not there for the principal may not be assigned by it either; a delete answers alike. */
function requireWritten(entity: EntityType, result: SetResult): void {
  if (result.kind === 'written') return;
  if (result.kind === 'refused') throw result.error;
  throw new PlatformError(
    'missing_privilege_on_record',
    { privilege: 'read', entity: entity.name },
    { target: entity.name },
  );
}

/**
 * Gives deleted records that are about to come back the owner and unit that their parents have now: what is in the recycle bin
 * does not follow. Their parents are locked; the restore's own line in the change log tells the result.
 */
export async function copyOwners(cascade: Cascade, returning: RecordSet): Promise<void> {
  const { model } = cascade;
  const owned = [...returning].filter(([entity]) => entity.parent !== undefined);
  owned.sort(([one], [other]) => generation(model, one) - generation(model, other));
  for (const [child, ids] of owned) {
    for (const navigation of parentNavigations(child)) {
      const key = `owner of ${child.name} ${navigation.name}`;
      const statement = cascade.kept(key, () => takeOwnerStatement(model, { child, navigation }));
      await cascade.run(statement, { '@ids': arrayLiteral(ids) }, PLANNED_ANEW);
    }
  }
}

/** How many parents stand above records of the entity at most. Parents come before their children. */
function generation(model: Model, entity: EntityType): number {
  const above = parentNavigations(entity).map(({ target }) => model.entities.get(target));
  return above.reduce((most, parent) => Math.max(most, parent === undefined ? 0 : 1 + generation(model, parent)), 0);
}
