// What the timeline of a record is made of: its changes, and the records of other entities that say they are entries in it.
import { CHANGE_ENTRY, type EntityType, type Model, type Navigation } from '@kartoteka/metadata';
import { errorDetail, PlatformError } from '../errors.ts';
import type { ChangesPlan } from './changes.ts';

/** Records of an entity that are entries in the timeline of another. */
export interface TimelineEntries {
  readonly of: EntityType;
  /** Over which they name the record whose timeline it is. */
  readonly navigation: Navigation;
  /** Timestamps, of which the first that is not null counts. */
  readonly at: readonly string[];
}

export interface TimelinePlan {
  readonly kind: 'timeline';
  /** Whose records' timeline; the id is a value of the request. */
  readonly entity: EntityType;
  /** Null: changes are not asked for. */
  readonly changes: ChangesPlan | null;
  readonly entries: readonly TimelineEntries[];
  /** The page begins after another entry. */
  readonly continues: boolean;
}

const known = new WeakMap<Model, Map<string, readonly TimelineEntries[]>>();

/** All that can be entries in the timeline of the entity's records, in the order of the entities' names. */
function timelineEntries(model: Model, entity: EntityType): readonly TimelineEntries[] {
  const kept = known.get(model) ?? new Map<string, readonly TimelineEntries[]>();
  known.set(model, kept);
  let entries = kept.get(entity.name);
  if (entries === undefined) {
    entries = [...model.entities.values()]
      .flatMap((of) => entriesOf(of, entity) ?? [])
      .sort((a, b) => (a.of.name < b.of.name ? -1 : 1));
    kept.set(entity.name, entries);
  }
  return entries;
}

function entriesOf(of: EntityType, entity: EntityType): TimelineEntries | undefined {
  if (of.timeline === undefined) return undefined;
  const { property, at } = of.timeline;
  const navigation = [...of.navigations.values()].find(
    (each) => !each.collection && each.property === property && each.target === entity.name,
  );
  return navigation === undefined ? undefined : { of, navigation, at };
}

/** `kinds`: those that are wanted, null for all. Throws invalid_arguments for one that the entity's timelines do not have. */
export function planTimeline(
  model: Model,
  entity: EntityType,
  kinds: readonly string[] | null,
  continues: boolean,
): TimelinePlan {
  const entries = timelineEntries(model, entity);
  const all = [CHANGE_ENTRY, ...entries.map(({ of }) => of.name)];
  const unknown = (kinds ?? []).flatMap((kind, index) => (all.includes(kind) ? [] : [`kinds/${index}`]));
  if (unknown.length > 0 || kinds?.length === 0) {
    const reason = `one of ${all.join(', ')} is needed`;
    const places = unknown.length > 0 ? unknown : ['kinds'];
    const details = places.map((name) => errorDetail('invalid_value', { name, reason }, name));
    throw new PlatformError('invalid_arguments', { name: 'timeline' }, { details });
  }
  const isWanted = (kind: string): boolean => kinds === null || kinds.includes(kind);
  const changes = { kind: 'changes', entity, single: true, tests: [], touching: [], continues } as const;
  return {
    kind: 'timeline',
    entity,
    changes: isWanted(CHANGE_ENTRY) ? changes : null,
    entries: entries.filter(({ of }) => isWanted(of.name)),
    continues,
  };
}
