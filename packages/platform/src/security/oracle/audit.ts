// What the history of records says to who may read them now: every property that differs between two worlds, but for secured ones
// that he may not read; of links the records that he may read.
import { ownership, permits } from './access.ts';
import type { Value } from './conditions.ts';
import { recordsOf, visible } from './records.ts';
import { RECORDS, SCHEMA, schemaOf } from './schema.ts';
import type { Asker, Stored, World } from './world.ts';

/** `<id> <property>` with the values before and after. */
export type Changes = Readonly<Record<string, readonly [before: unknown, after: unknown]>>;

/** Entities of which records differ. */
export function changedEntities(before: World, after: World): readonly string[] {
  return RECORDS.filter((entity) =>
    recordsOf(after, entity).some((record) => changesOf(before, after, record).length > 0),
  );
}

/** The changes of all records of an entity that `me` may read in the world as it is after them. */
export function visibleChanges(before: World, after: World, me: Asker, entity: string): Changes {
  const secured = permits(after, me, entity, 'read');
  const found = recordsOf(after, entity)
    .filter(({ id }) => visible(after, me, entity, id) !== null)
    .flatMap((record) =>
      [
        ...changesOf(before, after, record).filter(([name]) => secured || name !== 'secret'),
        ...linkChanges(before, after, me, record),
      ].map(([name, was, is]) => [`${record.id} ${name}`, [was, is]] as const),
    );
  return Object.fromEntries(found);
}

type Change = readonly [name: string, before: unknown, after: unknown];

function changesOf(before: World, after: World, record: Stored): readonly Change[] {
  const was = recordsOf(before, record.entity).find(({ id }) => id === record.id);
  if (record.deleted !== null) return [];
  const [old, fresh] = [
    was === undefined || was.deleted !== null ? {} : valuesOf(before, was),
    valuesOf(after, record),
  ];
  return Object.entries(fresh).flatMap(([name, value]) => {
    const former = old[name] ?? null;
    return former === value ? [] : [[name, former, value] as const];
  });
}

function valuesOf(world: World, record: Stored): Record<string, Value> {
  const { secured, ownership: kind, lookups } = schemaOf(record.entity);
  const { owner, unit } = ownership(world, record);
  const named = Object.entries(lookups).flatMap(([field, { targets }]) => {
    const target = record.lookups[field] ?? null;
    const id = [`${field}_id`, target?.id ?? null] as const;
    return targets.length === 1 ? [id] : [id, [`${field}_type`, target?.entity ?? null] as const];
  });
  return {
    ...{ name: record.name, stage: record.stage, amount: record.amount },
    ...(secured ? { secret: record.secret } : {}),
    ...(kind === 'user' || kind === 'parent' ? { owner_id: owner } : {}),
    ...(kind === 'organization' ? {} : { owning_business_unit_id: unit }),
    ...Object.fromEntries(named),
  };
}

/** A link is told of where it was made; either end may be that, so both are looked for. */
function linkChanges(before: World, after: World, me: Asker, record: Stored): readonly Change[] {
  return Object.entries(SCHEMA).flatMap(([entity, { many }]) =>
    Object.entries(many).flatMap(([field, { target, inverse }]) => {
      const ends = (world: World, forward: boolean): readonly string[] =>
        world.links
          .filter((link) => link.entity === entity && link.field === field)
          .filter((link) => (forward ? link.own : link.other) === record.id)
          .map((link) => (forward ? link.other : link.own));
      const change = (forward: boolean, name: string, other: string): readonly Change[] => {
        const [was, is] = [ends(before, forward), ends(after, forward)];
        const seen = (ids: readonly string[]): readonly string[] | null => {
          const shown = ids.filter((id) => visible(after, me, other, id) !== null).sort();
          return shown.length === 0 ? null : shown;
        };
        const [gone, made] = [seen(was.filter((id) => !is.includes(id))), seen(is.filter((id) => !was.includes(id)))];
        return gone === null && made === null ? [] : [[name, gone, made]];
      };
      const own = record.entity === entity ? change(true, field, target) : [];
      return [...own, ...(record.entity === target ? change(false, inverse, entity) : [])];
    }),
  );
}
