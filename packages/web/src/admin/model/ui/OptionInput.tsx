// One option of a field, edited by what its schema says it is: a table of editors. No option and no type is named here but by the table of
// logic/options.ts.
import { Fieldset, Input, Stack, Text } from '@mantine/core';
import type { OptionEditor, OptionField } from '../logic/options.ts';
import { isObject } from '../logic/paths.ts';
import { patched } from '../logic/values.ts';
import { DefaultInput } from './DefaultInput.tsx';
import { ListConditionEditor, MappedEditor } from './document-editors.tsx';
import { MapRow, NewKey } from './MapParts.tsx';
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
            around={{ ...around, field: members }}
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

/** An object whose keys are free: each key with the editor of what it holds, and the way to another. */
const MapEditor: plain.Editor = ({ option, value, onChange, error, around }) => {
  const { label, description } = useOptionTexts(option);
  const held = isObject(value) ? value : {};
  const { each } = option;
  if (each === null) return null;
  const set = (key: string, next: unknown): void => {
    const all = patched(held, [{ way: [key], value: next }]);
    onChange(Object.keys(all).length === 0 ? undefined : all);
  };
  return (
    <Fieldset legend={label}>
      <Stack gap="sm">
        {description === undefined ? null : (
          <Text size="xs" c="dimmed">
            {description}
          </Text>
        )}
        {error === undefined ? null : <Input.Error>{error}</Input.Error>}
        {Object.entries(held).map(([key, inner]) => (
          <MapRow key={key} name={key} onRemove={() => set(key, undefined)}>
            <OptionInput
              option={{ ...each, name: key }}
              value={inner}
              around={around}
              error={undefined}
              onChange={(next) => set(key, next ?? emptyOf(each))}
            />
          </MapRow>
        ))}
        <NewKey
          label={label}
          taken={Object.keys(held)}
          offered={[...(around.entities.get(around.entity)?.properties.keys() ?? [])]}
          onAdd={(key) => set(key, emptyOf(each))}
        />
      </Stack>
    </Fieldset>
  );
};

/** What a key holds until something is said: it must stay to be seen. */
const emptyOf = (each: OptionField): unknown => (each.editor === 'object' || each.editor === 'map' ? {} : '');

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
  map: MapEditor,
  mapped: MappedEditor,
  list_condition: ListConditionEditor,
  value: DefaultInput,
};

/** The editor of an option. */
export function OptionInput(props: OptionInputProps) {
  const Editor = EDITORS[props.option.editor];
  return <Editor {...props} />;
}
