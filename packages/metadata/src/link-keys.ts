// Keys and indexes of one entity: their members exist, and their values fit into an index entry.
import { pointerTo } from './json-pointer.ts';
import { isBrokenName } from './link-condition.ts';
import type { EntityDraft, ReportHere } from './link-entity.ts';
import type { Index, Key, Property } from './model.ts';
import { isStored } from './stored-properties.ts';

/** A B-tree entry of PostgreSQL holds 2,704 bytes; this leaves room for owner, id and headers. */
const MOST_INDEX_BYTES = 2600;
const BYTES_PER_CHARACTER = 4;

/** Keys of the document, and one per unique field, or field of numbers, under the field's name. */
export function linkKeys(draft: EntityDraft, report: ReportHere): ReadonlyMap<string, Key> {
  const keys = new Map<string, Key>();
  for (const [name, properties] of Object.entries(draft.document.keys ?? {})) {
    checkMembers(draft, pointerTo('keys', name), properties, report);
    checkWidth(draft, pointerTo('keys', name), properties, report);
    keys.set(name, { name, properties });
  }
  for (const field of draft.fields.filter(
    (each) => each.document.unique === true || each.specs[0]?.numbering !== undefined,
  )) {
    const main = field.properties.slice(0, 1);
    if (keys.has(field.name)) {
      const hint = 'Take out one of them';
      const reason = `The key ${field.name} is declared, and the field is unique`;
      report(pointerTo('fields', field.name, 'unique'), 'duplicate_name', reason, hint);
    }
    checkSortable(draft, pointerTo('fields', field.name, 'unique'), main[0] ?? '', report);
    checkWidth(draft, pointerTo('fields', field.name, 'unique'), main, report);
    keys.set(field.name, { name: field.name, properties: main });
  }
  return keys;
}

/** Indexes of the document, each over properties that fit into one. */
export function linkIndexes(draft: EntityDraft, report: ReportHere): ReadonlyMap<string, Index> {
  const declared = Object.entries(draft.document.indexes ?? {});
  for (const [name, properties] of declared) {
    checkMembers(draft, pointerTo('indexes', name), properties, report);
    checkWidth(draft, pointerTo('indexes', name), properties, report);
  }
  return new Map(declared.map(([name, properties]) => [name, { name, properties }]));
}

function checkMembers(draft: EntityDraft, pointer: string, properties: readonly string[], report: ReportHere): void {
  for (const [position, name] of properties.entries()) {
    checkSortable(draft, `${pointer}/${position}`, name, report);
    if (draft.properties.has(name) || isBrokenName(draft, name)) continue;
    const owned = draft.fields.find((field) => field.name === name)?.properties;
    const hint = owned === undefined ? undefined : `The field ${name} has the properties ${owned.join(', ')}`;
    report(`${pointer}/${position}`, 'unknown_property', `There is no property ${name}`, hint);
  }
}

const isSortable = ({ sortable }: Property): boolean => sortable !== false;

/** Keys and indexes are B-trees: they keep values in order. */
function checkSortable(draft: EntityDraft, pointer: string, name: string, report: ReportHere): void {
  const property = draft.properties.get(name);
  if (property === undefined) return;
  if (!isStored(property)) {
    const reason = `${name} is computed when it is asked for: there is no column that a key or index could hold`;
    report(pointer, 'no_column', reason);
    return;
  }
  if (isSortable(property)) return;
  report(pointer, 'not_sortable', `The values of ${name} have no order, which keys and indexes need`);
}

/** A longer value would be refused by PostgreSQL when it is stored, long after the index was made. */
function checkWidth(draft: EntityDraft, pointer: string, properties: readonly string[], report: ReportHere): void {
  const sortable = properties.flatMap((name) => draft.properties.get(name) ?? []).filter(isSortable);
  const lengths = sortable.map(({ maxLength = 0 }) => maxLength);
  const bytes = lengths.reduce((sum, length) => sum + length * BYTES_PER_CHARACTER, 0);
  if (bytes <= MOST_INDEX_BYTES) return;
  const most = MOST_INDEX_BYTES / BYTES_PER_CHARACTER;
  const reason = `The texts of ${properties.join(', ')} can be longer than an index entry (${most} characters together)`;
  report(pointer, 'index_too_wide', reason, 'Lower max_length, or leave the longest one out');
}
