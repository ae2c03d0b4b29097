// What follows a change of owner: the records that belong to whom the changed one belongs, level by level, in its transaction.
// Every step is a statement of its own, because only a new snapshot sees records that were made while the lock was waited for.
import {
  type EntityType,
  type Model,
  type OwnerRelation,
  ownerRelations,
  parentNavigations,
} from '@kartoteka/metadata';
import { copyOwnerStatement, takeOwnerStatement } from '../sql/owners.ts';
import { arrayLiteral, type Cascade, RecordSet } from './cascade.ts';

/** Records whose owner or unit has changed. */
export interface Moved {
  readonly entity: EntityType;
  readonly ids: readonly string[];
}

/**
 * Brings everything that follows these records up to date. Throws limit_exceeded when too much follows, and what hooks throw.
 * `client` is the name of the client program for the change log.
 */
export async function followOwner(cascade: Cascade, moved: Moved, client: string | null): Promise<void> {
  const together = new RecordSet();
  together.add(moved.entity, moved.ids, DOING);
  await followers(cascade, moved, together, client);
}

const DOING = 'assigned';

async function followers(
  cascade: Cascade,
  { entity, ids }: Moved,
  together: RecordSet,
  client: string | null,
): Promise<void> {
  for (const relation of ownerRelations(cascade.model, entity)) {
    const copied = await copyOwner(cascade, relation, ids, together, client);
    if (copied.length > 0) await followers(cascade, { entity: relation.child, ids: copied }, together, client);
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
  const rows = await cascade.run(statement, {
    '@parents': arrayLiteral(parents),
    '@most': String(together.room + 1),
    '@client': client,
  });
  const ids = rows.map((row) => String(row.id));
  together.add(child, ids, DOING);
  await cascade.after(child, 'update', rows);
  return ids;
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
      await cascade.run(statement, { '@ids': arrayLiteral(ids) });
    }
  }
}

/** How many parents stand above records of the entity at most. Parents come before their children. */
function generation(model: Model, entity: EntityType): number {
  const above = parentNavigations(entity).map(({ target }) => model.entities.get(target));
  return above.reduce((most, parent) => Math.max(most, parent === undefined ? 0 : 1 + generation(model, parent)), 0);
}
