// What a field type may look at besides its own document: the organization, and the values of shared choices.
import { choiceValuesOf } from './choice-values.ts';
import type { ChoiceValues, FieldContext } from './field-type.ts';
import type { Choice, OrganizationSettings } from './model.ts';

/** The settings, and the shared choices by name; a Model has both. */
export interface FieldSurroundings {
  readonly organization: OrganizationSettings;
  readonly choices: Pick<ReadonlyMap<string, Choice>, 'get'>;
}

/** What field types may look at, for one field. */
export function fieldContext(field: string, { organization, choices }: FieldSurroundings): FieldContext {
  // What it is taken from is not kept: field types may keep the answer for as long as the Model lives.
  return {
    field,
    organization,
    choice(name) {
      const choice = choices.get(name);
      return choice === undefined ? undefined : valuesOf(choice);
    },
  };
}

const choiceValues = new WeakMap<Choice, ChoiceValues>();

/** A choice is asked for by many fields; its lists are made once. */
function valuesOf(choice: Choice): ChoiceValues {
  let lists = choiceValues.get(choice);
  if (lists === undefined) {
    lists = choiceValuesOf(choice.values);
    choiceValues.set(choice, lists);
  }
  return lists;
}
