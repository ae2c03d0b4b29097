// What refers to a lead goes along with it: activities and events to what is worked on now, memberships and participations to the person.
// It is moved whoever may read it, by the engine's own updates, a thousand at a time.
import { type EntityType, isStored } from '@kartoteka/metadata';
import { type MovedReference, moveReferences, PlatformError } from '@kartoteka/platform';
import { type Carried, type Context, MOST_CARRIED, type Target } from './conversion-types.ts';

/** Records that stay with the lead although they refer to it. */
interface Stays {
  readonly property: string;
  readonly values: readonly string[];
}

/** What happened to the lead by itself is its own history. */
const AUTOMATIC = ['assignment', 'stage', 'conversion'];

/** Lookups that go along, and with which of the new records: the first of them that there is. */
const GOES_WITH: readonly (readonly [entity: string, lookup: string, targets: readonly Target[], but?: Stays])[] = [
  ['activity', 'regarding', ['deal', 'contact', 'company']],
  ['event', 'regarding', ['deal', 'contact', 'company'], { property: 'kind', values: AUTOMATIC }],
  ['campaign_member', 'member', ['contact']],
  ['activity_participant', 'participant', ['contact']],
];

export interface Left {
  readonly entity: string;
  readonly id: string;
  readonly reason: string;
}

/** Moves the references; those that are refused, because the other has one of the kind already, stay and are told. Throws limit_exceeded. */
export async function carryOver(
  context: Context,
  made: Readonly<Partial<Record<Target, { readonly id: string }>>>,
): Promise<{ readonly carried: readonly Carried[]; readonly left: readonly Left[] }> {
  const { model, id } = context;
  const carried: Carried[] = [];
  const left: Left[] = [];
  let total = 0;
  for (const [name, lookup, targets, but] of GOES_WITH) {
    const target = targets.find((each) => made[each] !== undefined);
    const entity = model.entities.get(name);
    const property = `${lookup}_id`;
    const to = target === undefined ? undefined : made[target]?.id;
    if (entity === undefined || target === undefined || to === undefined || !leadsTo(entity, property, target))
      continue;
    const ids = await referring(context, entity, property, but);
    total += ids.length;
    if (total > MOST_CARRIED)
      throw new PlatformError('limit_exceeded', { limit: 'records carried along', value: String(MOST_CARRIED) });
    const refused = await move(
      context,
      target,
      ids.map((each) => ({ entity: name, id: each, property, from: id, to })),
    );
    const stays = new Set(refused.map((each) => each.id));
    left.push(...refused);
    carried.push({ entity: name, property, to: [target, to], ids: ids.filter((each) => !stays.has(each)) });
  }
  return { carried: carried.filter(({ ids }) => ids.length > 0), left };
}

function leadsTo({ navigations, properties }: EntityType, property: string, target: string): boolean {
  const found = properties.get(property);
  if (found === undefined || !isStored(found)) return false;
  return [...navigations.values()].some((each) => each.property === property && each.target === target);
}

/** Live records whose lookup names the lead, locked. */
async function referring(
  { database, id }: Context,
  entity: EntityType,
  property: string,
  but: Stays | undefined,
): Promise<readonly string[]> {
  const stays = but === undefined ? '' : ` and t."${columnOf(entity, but.property)}" <> all($2::text[])`;
  const rows = await database.run(
    `select t.id::text as id from data."${entity.table}" t where t."${columnOf(entity, property)}" = $1::uuid${stays} and t.deleted_on is null order by t.id limit ${MOST_CARRIED + 1} for update`,
    but === undefined ? [id] : [id, `{${but.values.join(',')}}`],
  );
  return rows.map((row) => String(row.id));
}

export function columnOf(entity: EntityType, property: string): string {
  const column = entity.properties.get(property)?.column;
  if (column === undefined) throw new Error(`${entity.name} has no column for ${property}`);
  return column;
}

/** Writes them as the service's own; answers those that were refused. */
export async function move(
  { model, system }: Context,
  target: string,
  references: readonly MovedReference[],
): Promise<readonly Left[]> {
  const entity = model.entities.get(target);
  if (entity === undefined || references.length === 0) return [];
  const refused = await moveReferences({ model, system }, entity, references);
  return refused.map(({ reference, message }) => ({ entity: reference.entity, id: reference.id, reason: message }));
}
