// Moves references between records by the engine's own updates, many at once, so that rules, hooks and the change log see them. Records
// are moved whoever may read them, as a delete clears lookups of every record.
import type { EntityType, Model } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { Engine } from '../extensions/types.ts';
import { arrayLiteral } from '../security/directory.ts';
import { columnOf } from '../sql/scope.ts';
import { tableOf } from '../sql/statement.ts';
import type { Executor } from '../storage/types.ts';
import { MOST_MOVED, type MovedReference } from './types.ts';

/** Records of one update. */
const AT_ONCE = 1_000;

/** Live records that refer to one of `ids`. Throws limit_exceeded. */
export async function referencesTo(
  model: Model,
  executor: Executor,
  { referencedBy }: EntityType,
  ids: readonly string[],
): Promise<readonly Omit<MovedReference, 'to'>[]> {
  const found: Omit<MovedReference, 'to'>[] = [];
  for (const { entity: name, property, discriminator } of referencedBy) {
    const entity = model.entities.get(name);
    if (entity === undefined) continue;
    const column = columnOf('t', entity, property);
    const kind = discriminator === undefined ? '' : ` and ${columnOf('t', entity, discriminator.property)} = $2::text`;
    const rows = await executor.run(
      `select t.id::text as id, ${column}::text as ref from ${tableOf(entity)} t where ${column} = any($1::uuid[])${kind} and t.deleted_on is null order by t.id limit ${MOST_MOVED + 1} for update`,
      [arrayLiteral(ids), ...(discriminator === undefined ? [] : [discriminator.value])],
    );
    for (const row of rows) found.push({ entity: name, id: String(row.id), property, from: String(row.ref) });
    if (found.length > MOST_MOVED)
      throw new PlatformError('limit_exceeded', { limit: 'records moved by a merge', value: String(MOST_MOVED) });
  }
  return found;
}

export interface Refused {
  readonly reference: MovedReference;
  readonly code: string;
  readonly message: string;
}

/** Writes `to`, a record of `target`, of each; those that are refused are told, the others are written. */
export async function moveReferences(
  { model, system }: { readonly model: Model; readonly system: Engine },
  target: EntityType,
  references: readonly MovedReference[],
): Promise<readonly Refused[]> {
  const refused: Refused[] = [];
  for (const [key, group] of Map.groupBy(references, ({ entity, property }) => `${entity} ${property}`)) {
    const [name = '', property = ''] = key.split(' ');
    const entity = model.entities.get(name);
    if (entity === undefined) continue;
    for (let start = 0; start < group.length; start += AT_ONCE) {
      const part = group.slice(start, start + AT_ONCE);
      const records = part.map(({ id, to }) => ({
        id,
        [property]: to,
        ...typeOf(entity, property, to === null ? null : target.name),
      }));
      const { results } = await system.post(`/${entity.set}/bulk`, { mode: 'update', key: 'id', records });
      for (const [at, reference] of part.entries()) {
        const { error } = results[at] ?? {};
        if (error === undefined) continue;
        const [detail = error] = error.details ?? [];
        refused.push({ reference, code: String(detail.code), message: String(detail.message) });
      }
    }
  }
  return refused;
}

/** A lookup of several targets is written together with what it leads to. */
function typeOf(entity: EntityType, property: string, name: string | null): Readonly<Record<string, string | null>> {
  const lookup = [...entity.navigations.values()].find((each) => each.property === property && !each.collection);
  return lookup?.discriminator === undefined ? {} : { [lookup.discriminator.property]: name };
}
