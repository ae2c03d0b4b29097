// Checks over all entities together: names that collide in PostgreSQL or in addresses, and requirements that go in circles.
import { pointerTo } from './json-pointer.ts';
import type { Report } from './link.ts';
import type { EntityDraft } from './link-entity.ts';
import type { EntityType, Model } from './model.ts';
import { reservedSet } from './reserved-names.ts';
import type { Steps } from './steps.ts';
import { indexesOf, sequencesOf } from './storage-shape.ts';
import { junctionNames } from './table-shapes.ts';

/** Tables and sets must differ in more than case, whatever the layers. */
export function checkEntityNames(drafts: ReadonlyMap<string, EntityDraft>, report: Report): void {
  const [tables, sets] = [new Map<string, string>(), new Map<string, string>()];
  for (const { document, table } of drafts.values()) {
    const sameTable = tables.get(table.toLowerCase());
    if (sameTable !== undefined) {
      const reason = `${document.name} and ${sameTable} have the same table, or names that differ only in case`;
      report('entity', document.name, '/name', 'duplicate_name', reason);
    }
    const reserved = reservedSet(document.set);
    if (reserved !== undefined) report('entity', document.name, '/set', 'reserved_name', reserved);
    const sameSet = sets.get(document.set.toLowerCase());
    if (sameSet !== undefined) {
      const reason = `The set ${document.set} is also that of ${sameSet}, or differs from it only in case`;
      report('entity', document.name, '/set', 'duplicate_name', reason);
    }
    tables.set(table.toLowerCase(), document.name);
    sets.set(document.set.toLowerCase(), document.name);
  }
}

/** Tables and indexes of a schema share their names; those derived from two documents may meet. */
export function* checkPhysicalNames(model: Model, report: Report): Steps<void> {
  const owners = new Map<string, string>([...model.entities.values()].map((entity) => [entity.table, entity.name]));
  for (const entity of model.entities.values()) {
    yield;
    for (const name of physicalNames(entity)) {
      const other = owners.get(name);
      if (other !== undefined) {
        const reason = `${name} would be the name of two tables, indexes or sequences, of ${entity.name} and ${other}`;
        report(
          'entity',
          entity.name,
          '/name',
          'duplicate_name',
          reason,
          'Rename an index, a key, a field or an entity',
        );
      }
      owners.set(name, entity.name);
    }
  }
}

const known = new WeakMap<EntityType, readonly string[]>();

/** Names that the entity takes beside its table's; found once, because revisions share entities. */
function physicalNames(entity: EntityType): readonly string[] {
  const found = known.get(entity) ?? [
    ...indexesOf(entity).map((index) => index.name),
    ...sequencesOf(entity),
    ...junctionNames(entity),
  ];
  known.set(entity, found);
  return found;
}

/** Records of entities that require each other could never be created; of several targets one that can be is enough. */
export function checkRequiredCycles(drafts: ReadonlyMap<string, EntityDraft>, report: Report): void {
  const impossible = neverCreatable(drafts);
  const done = new Set<string>();
  const visit = (draft: EntityDraft, path: readonly string[]): void => {
    if (done.has(draft.name)) return;
    for (const field of requiredFields(draft)) {
      for (const { target } of field.relations) {
        const start = [...path, draft.name].indexOf(target);
        const next = impossible.get(target);
        if (start >= 0) {
          const circle = [...path.slice(start), draft.name, target].join(' -> ');
          const reason = `Records that require each other can never be created: ${circle}`;
          const pointer = pointerTo('fields', field.name, 'required');
          report('entity', draft.name, pointer, 'circular_requirement', reason, 'Make one of the lookups optional');
        } else if (next !== undefined) visit(next, [...path, draft.name]);
      }
    }
    done.add(draft.name);
  };
  for (const draft of impossible.values()) visit(draft, []);
}

/** Entities whose records need a record of one another first, or of an entity that does. */
function neverCreatable(drafts: ReadonlyMap<string, EntityDraft>): ReadonlyMap<string, EntityDraft> {
  const left = new Map(drafts);
  const isPossible = (draft: EntityDraft): boolean =>
    requiredFields(draft).every(({ relations }) => relations.some(({ target }) => !left.has(target)));
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const draft of left.values()) if (isPossible(draft)) left.delete(draft.name);
  }
  return left;
}

const requiredFields = (draft: EntityDraft): EntityDraft['fields'] =>
  draft.fields.filter(({ document, relations }) => document.required === true && relations.length > 0);
