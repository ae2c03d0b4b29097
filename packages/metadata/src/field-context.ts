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
export function fieldContext(field: string, context: FieldSurroundings): FieldContext {
  return {
    field,
    organization: context.organization,
    choice(name) {
      const choice = context.choices.get(name);
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
