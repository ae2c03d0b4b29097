// Whether what a document asks to be searched can be. A finding, not a silent omission: who reads the document believes it.
import type { FieldDocument } from './documents.ts';
import { pointerTo } from './json-pointer.ts';
import type { Report } from './link.ts';
import type { Property } from './model.ts';
import { isSearchable } from './search-text.ts';

/** Reports a searched field that is secured or has nothing to search; `properties` are the field's. */
export function checkSearch(
  entity: string,
  name: string,
  field: FieldDocument,
  properties: readonly Property[],
  report: Report,
): void {
  if (field.search !== true) return;
  const pointer = `${pointerTo('fields', name)}/search`;
  if (field.secured === true) {
    const reason = 'A secured field is not searched: what is found would tell its value';
    report('entity', entity, pointer, 'invalid_option', reason);
  } else if (!properties.some(isSearchable)) {
    const reason = `A field of type ${field.type} has no text that could be searched`;
    report('entity', entity, pointer, 'invalid_option', reason);
  }
}
