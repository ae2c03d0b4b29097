// The values of a choice field in the order of its documents, and which of them may stand beside a value of the parent.
import type { ClientField, ClientModel, Text } from '@kartoteka/metadata';

export interface ChoiceOption {
  readonly value: string;
  readonly label: Text;
  readonly color?: string;
  readonly active: boolean;
  readonly parents?: readonly string[];
}

interface ValueDocument {
  readonly label: Text;
  readonly order?: number;
  readonly color?: string;
  readonly active?: boolean;
  readonly parents?: readonly string[];
}

/** All values of a choice field, those that are no longer active as well. */
export function choiceOptions(model: Pick<ClientModel, 'choices'>, field: ClientField): readonly ChoiceOption[] {
  const { choice, values } = field.options as { choice?: string; values?: Readonly<Record<string, ValueDocument>> };
  const shared = choice === undefined ? undefined : model.choices[choice];
  const documents = (shared?.values ?? values ?? {}) as Readonly<Record<string, ValueDocument>>;
  return Object.entries(documents)
    .map(([value, document]) => ({ ...document, value, active: document.active !== false }))
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
}

/** Where the parent's value of a dependent choice is: a property of the record, or of the record that a lookup names. */
export function parentPath(field: ClientField): { lookup: string | null; property: string } | undefined {
  const { parent } = field.options as { parent?: string };
  if (parent === undefined) return undefined;
  const [first = '', second] = parent.split('/');
  return second === undefined ? { lookup: null, property: first } : { lookup: first, property: second };
}

/** Values that may be chosen beside a value of the parent (null: it has none; undefined: the field depends on nothing). */
export function allowedBeside(options: readonly ChoiceOption[], parent: unknown): readonly ChoiceOption[] {
  const active = options.filter((option) => option.active);
  if (parent === undefined) return active;
  return active.filter(({ parents }) => parents === undefined || parents.includes(String(parent)));
}
