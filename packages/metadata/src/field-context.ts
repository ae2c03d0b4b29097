// What a field type may look at besides its own document: the organization, and the values of shared choices.
import { choiceValuesOf } from './choice-values.ts';
import type { ChoiceValues, FieldContext } from './field-type.ts';
import type { Choice, Model } from './model.ts';

/** What field types may look at, for one field. */
export function fieldContext(field: string, context: Pick<Model, 'organization' | 'choices'>): FieldContext {
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
