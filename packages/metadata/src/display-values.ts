// Formatted values of an entity's records: which properties have one, and how it is made. Kept per Model, because labels are
// the Model's.

import { fieldContext } from './field-context.ts';
import type { DisplayValue } from './field-type.ts';
import { FIELD_TYPES } from './field-types/registry.generated.ts';
import type { EntityType, Model } from './model.ts';

const known = new WeakMap<Model, Map<string, ReadonlyMap<string, DisplayValue>>>();

/** By property; empty for an entity whose values say all themselves. */
export function displayValues(model: Model, entity: EntityType): ReadonlyMap<string, DisplayValue> {
  const ofModel = known.get(model) ?? new Map<string, ReadonlyMap<string, DisplayValue>>();
  known.set(model, ofModel);
  let displays = ofModel.get(entity.name);
  if (displays === undefined) {
    const fields = [...entity.fields.values()].flatMap((field) =>
      Object.entries(FIELD_TYPES.get(field.type)?.display?.(field.document, fieldContext(field.name, model)) ?? {}),
    );
    displays = new Map(fields);
    ofModel.set(entity.name, displays);
  }
  return displays;
}
