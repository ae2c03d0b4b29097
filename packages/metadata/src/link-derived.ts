// Properties that the engine writes from properties of other fields: those are there, hold texts and are no secret that would
// be told. Works on one draft.
import { pointerTo } from './json-pointer.ts';
import { isBrokenName } from './link-condition.ts';
import type { EntityDraft, ReportHere } from './link-entity.ts';
import type { Property } from './model.ts';

/** Reports sources that cannot be joined, all at once. */
export function checkDerived(draft: EntityDraft, report: ReportHere): void {
  for (const property of draft.properties.values()) {
    for (const name of property.derived?.from ?? []) {
      const source = draft.properties.get(name);
      if (source?.field === property.field || isBrokenName(draft, name)) continue;
      const reason = source === undefined ? `There is no property ${name}` : unfit(source, property);
      if (reason !== undefined) report(pointerTo('fields', property.field ?? ''), 'invalid_source', reason);
    }
  }
}

function unfit(source: Property, property: Property): string | undefined {
  if (source.type !== 'Edm.String') return `${source.name} is no text`;
  if (source.derived !== undefined || source.computed !== undefined) return `${source.name} is made from others itself`;
  if (source.numbering !== undefined) return `${source.name} has no value before the record is stored`;
  if (source.secured && !property.secured)
    return `${source.name} is secured, and ${property.name} would tell its value`;
  return undefined;
}
