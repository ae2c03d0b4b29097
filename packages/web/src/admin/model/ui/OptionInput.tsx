// One option of a field, edited by what its schema says it is: a table of editors. No option and no type is named here but by the table of
// logic/options.ts.
import { Fieldset, Stack } from '@mantine/core';
import type { OptionEditor } from '../logic/options.ts';
import { isObject } from '../logic/paths.ts';
import { patched } from '../logic/values.ts';
import { DefaultInput } from './DefaultInput.tsx';
import * as named from './model-editors.tsx';
import * as plain from './option-editors.tsx';
import type { OptionInputProps } from './option-surroundings.ts';
import { useOptionTexts } from './option-texts.ts';

const ObjectEditor: plain.Editor = ({ option, value, onChange, error, around }) => {
  const { label } = useOptionTexts(option);
  const members = isObject(value) ? value : {};
  return (
    <Fieldset legend={label}>
      <Stack gap="sm">
        {option.members.map((member) => (
          <OptionInput
            key={member.name}
            option={member}
            value={members[member.name]}
            around={around}
            error={error}
            onChange={(next) => {
              const all = patched(members, [{ way: [member.name], value: next }]);
              onChange(Object.keys(all).length === 0 ? undefined : all);
            }}
          />
        ))}
      </Stack>
    </Fieldset>
  );
};

const EDITORS: Readonly<Record<OptionEditor, plain.Editor>> = {
  text: plain.TextEditor,
  number: plain.NumberEditor,
  exact_number: plain.ExactEditor,
  date: plain.DateEditor,
  switch: plain.SwitchEditor,
  inherited_switch: plain.InheritedSwitchEditor,
  select: plain.SelectEditor,
  multi_select: plain.MultiSelectEditor,
  names: plain.NamesEditor,
  json: plain.JsonEditor,
  codes: named.CodesEditor,
  condition: named.ConditionEditor,
  related_condition: named.RelatedConditionEditor,
  expression: named.FormulaEditor,
  entity: named.EntityEditor,
  entities: named.EntitiesEditor,
  choice: named.ChoiceEditor,
  choice_values: named.ChoiceValuesEditor,
  property: named.PropertyEditor,
  properties: named.PropertiesEditor,
  collection: named.CollectionEditor,
  object: ObjectEditor,
  value: DefaultInput,
};

/** The editor of an option. */
export function OptionInput(props: OptionInputProps) {
  const Editor = EDITORS[props.option.editor];
  return <Editor {...props} />;
}
