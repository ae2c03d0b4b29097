// The process of a field with its names resolved: which values may follow which, and which properties a value needs when it is
// entered. Works on drafts whose fields have their properties.
import { processOf } from './choice-process.ts';
import { pointerTo } from './json-pointer.ts';
import { isBrokenName } from './link-condition.ts';
import type { EntityDraft, FieldDraft, ReportHere } from './link-entity.ts';
import type { Process } from './model.ts';
import { isStored } from './stored-properties.ts';

/** The field's process; undefined where its document says none. Reports fields that cannot be required. */
export function linkProcess(draft: EntityDraft, field: FieldDraft, report: ReportHere): Process | undefined {
  if (field.document.process === undefined) return undefined;
  const next = new Map<string, readonly string[]>();
  const requires = new Map<string, readonly string[]>();
  for (const [value, step] of Object.entries(processOf(field.document))) {
    if (step.next !== undefined) next.set(value, step.next);
    if (step.stale_after !== undefined && draft.properties.get(field.properties[0] ?? '')?.audit === false)
      report(
        pointerTo('fields', field.name, 'process', value, 'stale_after'),
        'invalid_process',
        'Its changes are not kept (audit), so that nothing tells since when a record has the value',
      );
    const properties = (step.requires ?? []).flatMap((name, index) => {
      const found = requirable(draft, field, name);
      if (found === null || found.property !== undefined) return found === null ? [] : [found.property];
      report(
        pointerTo('fields', field.name, 'process', value, 'requires', String(index)),
        'invalid_process',
        found.reason,
      );
      return [];
    });
    if (properties.length > 0) requires.set(value, properties);
  }
  return { next, requires };
}

type Found = { readonly property: string; readonly reason?: never } | { readonly property?: never; reason: string };

/** What is refused tells whether the field is empty, so that it cannot be a secret. null: the field is broken itself. */
function requirable(draft: EntityDraft, process: FieldDraft, name: string): Found | null {
  if (isBrokenName(draft, name)) return null;
  const field = draft.fields.find((each) => each.name === name);
  const property = draft.properties.get(field?.properties[0] ?? '');
  if (field === undefined) return { reason: `There is no field ${name}` };
  if (field === process) return { reason: 'The field itself is what is entered' };
  if (property === undefined || !isStored(property)) return { reason: `${name} has no value that is stored` };
  if (property.numbering !== undefined) return { reason: `${name} is numbered when the record is stored` };
  if (property.secured) return { reason: `${name} is secured, and what is refused would tell whether it is empty` };
  return { property: property.name };
}
