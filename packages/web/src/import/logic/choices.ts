// The values of a field's choice by what people call them, in every language. Pure.
import type { ClientField, ClientModel } from '@kartoteka/metadata';

/** Label -> value; a label that stands for two values is left out, and so is nothing else. */
export function valuesByLabel(field: ClientField, model: ClientModel): Readonly<Record<string, string>> {
  const { choice, values } = field.options;
  const shared = typeof choice === 'string' ? model.choices[choice]?.values : undefined;
  const all = (shared ?? values ?? {}) as Readonly<
    Record<string, { readonly label?: Readonly<Record<string, string>> }>
  >;
  const labels = new Map<string, string | null>();
  for (const [value, { label = {} }] of Object.entries(all)) {
    for (const text of new Set(Object.values(label))) {
      labels.set(text, labels.has(text) && labels.get(text) !== value ? null : value);
    }
  }
  // The name of a value means that value, whatever is called so.
  return Object.fromEntries(
    [...labels].filter((entry): entry is [string, string] => entry[1] !== null && !(entry[0] in all)),
  );
}
