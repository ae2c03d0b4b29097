// Operations on two records: setting and clearing lookups and links, with the cell's record on either side. The record on the other
// side is one on which the actor holds everything.
import type { EntityType, Privilege } from '@kartoteka/metadata';
import { DONE, expectedOf, HIDDEN, NO_TARGET, observed, UPDATE_ONLY } from './cells.ts';
import { POINTER } from './documents.ts';
import { entityNamed, type Lookup, lookupsOf, lookupValue, type Payload } from './generator.ts';
import type { Cell, Operation } from './operations.ts';
import type { Stage } from './stage.ts';
import type { World } from './world.ts';

/** Each lookup of the entity that may be set later, over each of its targets; the lookup set, then cleared. */
export function ownLookups({ world, entity }: Stage): readonly Operation[] {
  return settable(world, entity.name).flatMap((lookup) =>
    lookup.targets.map((target) => ownLookup(world, lookup, target)),
  );
}

function settable(world: World, name: string): readonly Lookup[] {
  const entity = entityNamed(world.model, name);
  return lookupsOf(entity).filter(({ id, field }) => {
    const property = entity.properties.get(id);
    return property?.readOnly === false && !property.readOnlyAfterCreate && !field.required;
  });
}

/** Of a record that names one of its own entity, the grade counts for both: it is sent to the one in the actor's nearest place. */
function ownLookup(world: World, lookup: Lookup, target: string): Operation {
  const isSelf = ({ stage }: Cell): boolean => target === stage.entity.name;
  return {
    name: `set and clear ${lookup.field.name} (${target})`,
    applies: (cell) => !isSelf(cell) || cell.nearest.id !== cell.id,
    expected: (cell) => {
      const { grade, place, nearest } = cell;
      if (isSelf(cell) && grade.privilege === 'append_to')
        return twice(expectedOf(grade, nearest.place, ['append_to']));
      return twice(expectedOf(grade, place, ['read', 'write', 'append']));
    },
    run: async (cell) => {
      const { act, admin, path, nearest } = cell;
      const id = isSelf(cell) ? nearest.id : ((await world.make(entityNamed(world.model, target), [{}]))[0] ?? '');
      const [to, nowhere] = [lookupValue(lookup, target, id), lookupValue(lookup, target, null)];
      const set = observed(await act('PATCH', path, to, UPDATE_ONLY));
      if (set !== DONE) await admin('PATCH', path, to);
      const cleared = observed(await act('PATCH', path, nowhere, UPDATE_ONLY));
      if (cleared !== DONE) await admin('PATCH', path, nowhere);
      return `${set}, ${cleared}`;
    },
  };
}

/** A record moves to another one that it cannot be without: a child to another parent, whose owner it then has. */
export function ownMoves({ world, entity }: Stage): readonly Operation[] {
  return lookupsOf(entity)
    .filter(({ id, field }) => {
      const property = entity.properties.get(id);
      return field.required && property?.readOnly === false && !property.readOnlyAfterCreate;
    })
    .flatMap((lookup) => {
      const target = lookup.targets.find((name) => name !== entity.name);
      return target === undefined ? [] : [ownMove(world, entity, lookup, target)];
    });
}

function ownMove(world: World, entity: EntityType, lookup: Lookup, target: string): Operation {
  const former = new Map<string, Promise<Payload>>();
  const formerOf = async ({ admin, path }: Cell): Promise<Payload> => {
    const names = [lookup.id, ...(lookup.type === null ? [] : [lookup.type])];
    const { json } = await admin('GET', `${path}?$select=${names}`);
    return Object.fromEntries(names.map((name) => [name, json[name]]));
  };
  let other: Promise<readonly string[]> | undefined;
  return {
    name: `move to another ${lookup.field.name} of ${entity.name}`,
    expected: ({ grade, place }) => expectedOf(grade, place, ['read', 'write', 'append']),
    run: async (cell) => {
      const { act, admin, path } = cell;
      other ??= world.make(entityNamed(world.model, target), [{}]);
      const before = former.get(path) ?? formerOf(cell);
      former.set(path, before);
      const [stored, [elsewhere = '']] = [await before, await other];
      const outcome = observed(await act('PATCH', path, lookupValue(lookup, target, elsewhere), UPDATE_ONLY));
      if (outcome === DONE) await admin('PATCH', path, stored);
      return outcome;
    },
  };
}

const twice = (outcome: string): string => `${outcome}, ${outcome}`;

/** Each lookup of other entities that leads here: a record is sent to the cell's one, and sent away. */
export function foreignLookups({ world, entity }: Stage, only: (holder: string) => boolean): readonly Operation[] {
  return [...world.model.entities.keys()].filter(only).flatMap((holder) =>
    settable(world, holder)
      .filter(({ targets }) => holder !== entity.name && targets.includes(entity.name))
      .map((lookup) => foreignLookup(world, holder, lookup)),
  );
}

function foreignLookup(world: World, holder: string, lookup: Lookup): Operation {
  const { set } = entityNamed(world.model, holder);
  return {
    name: `set and clear ${holder}.${lookup.field.name}`,
    expected: ({ grade, place }) => {
      const outcome = expectedOf(grade, place, ['read', 'append_to'], NO_TARGET);
      return `${outcome}, ${left({ grade, place }, outcome)}`;
    },
    run: async ({ act, admin, id, stage, loose }) => {
      const [fresh = ''] = holder === POINTER ? [loose] : await world.make(entityNamed(world.model, holder), [{}]);
      const path = `/${set}(${fresh})`;
      const [to, nowhere] = [lookupValue(lookup, stage.entity.name, id), lookupValue(lookup, stage.entity.name, null)];
      const put = observed(await act('PATCH', path, to, UPDATE_ONLY));
      if (put !== DONE) await admin('PATCH', path, to);
      const taken = observed(await act('PATCH', path, nowhere, UPDATE_ONLY));
      if (taken !== DONE) await admin('PATCH', path, nowhere);
      return `${put}, ${taken}`;
    },
  };
}

/** The record that a lookup leaves is named in the record one may read: it is refused, not missing. */
function left({ grade }: Pick<Cell, 'grade' | 'place'>, put: string): string {
  if (put !== NO_TARGET) return put;
  const code = grade.depth === 'none' ? 'missing_privilege' : 'missing_privilege_on_record';
  return `403 ${code}: read on ${grade.entity.name}`;
}

const LINKING: readonly Privilege[] = ['read', 'append', 'append_to'];

/** Links made and taken away, asked of the cell's record and of the one on the other side. */
export function links({ world, entity }: Stage): readonly Operation[] {
  const pointers = entityNamed(world.model, POINTER).set;
  const near: Operation = {
    name: 'link and unlink',
    expected: ({ grade, place }) => twice(expectedOf(grade, place, LINKING)),
    run: ({ act, admin, path, loose }) => linked(act, admin, `${path}/linked_pointers`, `${pointers}(${loose})`),
  };
  const far: Operation = {
    name: 'link and unlink from the other side',
    expected: ({ grade, place }) =>
      [NO_TARGET, HIDDEN].map((hidden) => unseen(expectedOf(grade, place, LINKING, NO_TARGET), hidden)).join(', '),
    run: ({ act, admin, id, loose }) =>
      linked(act, admin, `/${pointers}(${loose})/many_${entity.name}`, `${entity.set}(${id})`),
  };
  return [near, far];
}

const unseen = (outcome: string, hidden: string): string => (outcome === NO_TARGET ? hidden : outcome);

async function linked(act: Cell['act'], admin: Cell['admin'], collection: string, other: string): Promise<string> {
  const made = observed(await act('POST', `${collection}/$ref`, { '@odata.id': other }));
  if (made !== DONE) await admin('POST', `${collection}/$ref`, { '@odata.id': other });
  const key = `${collection}/$ref?$id=${other}`;
  const taken = observed(await act('DELETE', key));
  if (taken !== DONE) await admin('DELETE', key);
  return `${made}, ${taken}`;
}
