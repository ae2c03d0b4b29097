// The records of one entity on which its cells are played: one at every place, those of the actors' own one per actor, and for each
// of them a record of the pointer entity that leads to it.
import { type EntityType, parentNavigations } from '@kartoteka/metadata';
import { type Grade, gradesOf, POINTER, privilegesOf, roleOf } from './documents.ts';
import { entityNamed, givable, type Lookup, lookupsOf, lookupValue, type Payload, sampleOf } from './generator.ts';
import { PLACES, type Place } from './places.ts';
import { readsNothing, type World } from './world.ts';

export interface Placed {
  readonly place: Place;
  readonly id: string;
  /** The pointer that leads to it, and one that leads nowhere. */
  readonly pointer: string;
  readonly loose: string;
}

export interface Stage {
  readonly world: World;
  readonly entity: EntityType;
  /** The records that the cells of a grade are about, one per place. */
  placed(grade: Grade): readonly Placed[];
  /** Whether a new record names others. */
  readonly linked: boolean;
  /** Name of a property that an update may change, with a new value for it; nothing where there is none. */
  change(): Payload;
  /** Payload that makes a record at the place, for `actor`. */
  payloadAt(place: Place, actor: string): Promise<Payload>;
}

export async function setStage(world: World, entity: EntityType): Promise<Stage> {
  const common = PLACES[entity.ownership].filter((place) => place !== 'mine');
  const owners = gradesOf(entity).filter((grade) => !readsNothing(grade));
  const own = PLACES[entity.ownership].includes('mine') ? owners : [];
  const wanted = [
    ...common.map((place) => ({ place, actor: '' })),
    ...own.map((grade) => ({ place: 'mine' as const, actor: world.actor(grade) })),
  ];
  const ids = await world.make(entity, await payloads(world, entity, wanted));
  const pointer = entityNamed(world.model, POINTER);
  const pointers = await world.make(
    pointer,
    ids.map((id) => ({ [`to_${entity.name}_id`]: id })),
  );
  const loose = await world.make(
    pointer,
    ids.map(() => ({})),
  );
  const placed = wanted.map(
    ({ place }, index): Placed => ({
      place,
      id: ids[index] ?? '',
      pointer: pointers[index] ?? '',
      loose: loose[index] ?? '',
    }),
  );
  await shareRecords(world, entity, placed);
  const mine = new Map(own.map((grade, index) => [roleOf(grade), placed[common.length + index] as Placed]));
  const changed = await changeable(world, entity, placed[0]?.id ?? '');
  const [sample = {}] = await world.complete(entity, [{}]);
  return {
    world,
    entity,
    linked: lookupsOf(entity).some(({ id }) => sample[id] !== undefined && sample[id] !== null),
    placed: (grade) => {
      const first = mine.get(roleOf(grade));
      return [...(first === undefined ? [] : [first]), ...placed.slice(0, common.length)];
    },
    change: () => {
      const property = entity.properties.get(changed ?? '');
      return property === undefined ? {} : { [property.name]: sampleOf(entity, property) };
    },
    payloadAt: async (place, actor) => {
      const [payload = {}] = await payloads(world, entity, [{ place, actor }]);
      return (await world.complete(entity, [payload]))[0] ?? {};
    },
  };
}

interface Wanted {
  readonly place: Place;
  readonly actor: string;
}

/** What puts records at the places: an owner, a unit, or a parent that is there. */
async function payloads(world: World, entity: EntityType, wanted: readonly Wanted[]): Promise<readonly Payload[]> {
  const { ownership } = entity;
  if (ownership === 'organization') return wanted.map(() => ({}));
  if (ownership !== 'parent') {
    const property = ownership === 'user' ? 'owner_id' : 'owning_business_unit_id';
    const owners = world.owners[ownership === 'user' ? 'user' : 'unit'];
    return wanted.map(({ place, actor }) => ({ [property]: place === 'mine' ? actor : owners[place] }));
  }
  const lookup = lookupsOf(entity).find(({ field }) => field.name === entity.parent) as Lookup;
  const parent = entityNamed(world.model, parentNavigations(entity)[0]?.target ?? '');
  const parents = await world.make(parent, await payloads(world, parent, wanted));
  for (const [index, { place }] of wanted.entries())
    if (place === 'parent_shared') await share(world, parent, parents[index] ?? '');
  return parents.map((id) => lookupValue(lookup, parent.name, id));
}

async function shareRecords(world: World, entity: EntityType, placed: readonly Placed[]): Promise<void> {
  for (const { place, id } of placed) if (place === 'shared') await share(world, entity, id);
}

/** With every right that there is on such records. */
async function share(world: World, entity: EntityType, id: string): Promise<void> {
  const rights = privilegesOf(entity).filter((privilege) => privilege !== 'create');
  await world.asAdmin('POST', `/${entity.set}(${id})/share`, { principal_id: world.myTeam, rights });
}

/** The first property that the administrator can change by itself. */
async function changeable(world: World, entity: EntityType, id: string): Promise<string | null> {
  const plain = givable(entity, 'update').filter(({ secured }) => !secured);
  const texts = plain.filter(({ type, values }) => type === 'Edm.String' && values === undefined);
  for (const property of [...texts, ...plain]) {
    const body = { [property.name]: sampleOf(entity, property) };
    const { status } = await world.http.send(world.admin, 'PATCH', `/${entity.set}(${id})`, body);
    if (status === 204) return property.name;
  }
  return null;
}
