// Editors of options that name something of the Model: entities, choices, properties, conditions.
import { Fieldset, Input, MultiSelect, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { isObject } from '../logic/paths.ts';
import { patched } from '../logic/values.ts';
import { type ChoiceValue, ChoiceValues } from './ChoiceValues.tsx';
import { ExpressionInput } from './ExpressionInput.tsx';
import { type Editor, list, text } from './option-editors.tsx';
import type { OptionSurroundings } from './option-surroundings.ts';
import { useOptionTexts } from './option-texts.ts';

/** Codes for which the organization has a rate. */
export const CodesEditor: Editor = ({ option, value, onChange, error, around }) => (
  <MultiSelect
    {...useOptionTexts(option)}
    error={error}
    searchable
    data={[...new Set([...around.model.organization.rates.keys(), ...list(value)])]}
    value={list(value)}
    onChange={(chosen) => onChange(chosen.length === 0 ? undefined : chosen)}
  />
);

export const ConditionEditor: Editor = ({ option, value, onChange, error, around }) => (
  <ExpressionInput
    {...useOptionTexts(option)}
    value={text(value)}
    entities={around.entities}
    error={error}
    rules={{ entity: around.entity, place: 'record', expects: 'boolean', secret: 'refused' }}
    onChange={(typed) => onChange(typed === '' ? undefined : typed)}
  />
);

export const FormulaEditor: Editor = ({ option, value, onChange, error, around }) => (
  <ExpressionInput
    {...useOptionTexts(option)}
    required={option.required}
    value={text(value)}
    entities={around.entities}
    error={error}
    rules={{ entity: around.entity, place: 'record' }}
    onChange={(typed) => onChange(typed === '' ? undefined : typed)}
  />
);

/** The entity whose records a collection of this one holds. */
const relatedEntity = ({ entities, entity, field }: OptionSurroundings): string =>
  entities.get(entity)?.navigations.get(text(field.relation))?.target ?? '';

export const RelatedConditionEditor: Editor = ({ option, value, onChange, error, around }) => (
  <ExpressionInput
    {...useOptionTexts(option)}
    value={text(value)}
    entities={around.entities}
    error={error}
    rules={{ entity: relatedEntity(around), place: 'record', expects: 'boolean' }}
    onChange={(typed) => onChange(typed === '' ? undefined : typed)}
  />
);

const entityOptions = ({ model, labelOf }: OptionSurroundings): { value: string; label: string }[] =>
  [...model.entities.keys()]
    .map((value) => ({ value, label: `${labelOf(value)} (${value})` }))
    .sort((a, b) => a.label.localeCompare(b.label));

export const EntityEditor: Editor = ({ option, value, onChange, error, around }) => (
  <Select
    {...useOptionTexts(option)}
    required={option.required}
    error={error}
    searchable
    clearable={!option.required}
    data={entityOptions(around)}
    value={typeof value === 'string' ? value : null}
    onChange={(chosen) => onChange(chosen ?? undefined)}
  />
);

export const EntitiesEditor: Editor = ({ option, value, onChange, error, around }) => (
  <MultiSelect
    {...useOptionTexts(option)}
    required={option.required}
    error={error}
    searchable
    data={entityOptions(around)}
    value={list(value)}
    onChange={(chosen) => onChange(chosen.length === 0 ? undefined : chosen)}
  />
);

export const ChoiceEditor: Editor = ({ option, value, onChange, error, around }) => (
  <Select
    {...useOptionTexts(option)}
    error={error}
    searchable
    clearable
    data={[...around.model.choices.keys()].sort()}
    value={typeof value === 'string' ? value : null}
    onChange={(chosen) => onChange(chosen ?? undefined)}
  />
);

/** Values of the field's own; with a shared choice there are none. */
export const ChoiceValuesEditor: Editor = ({ option, value, onChange, error, around }) => {
  const { label, description } = useOptionTexts(option);
  if (around.field.choice !== undefined) return null;
  const values = (isObject(value) ? value : {}) as Readonly<Record<string, ChoiceValue>>;
  return (
    <Fieldset legend={label}>
      <Stack gap="xs">
        {error === undefined ? null : <Input.Error>{error}</Input.Error>}
        <Text size="xs" c="dimmed">
          {description}
        </Text>
        <ChoiceValues
          values={values}
          prefixed={false}
          onChange={(changes) => {
            const next = patched(values, changes);
            onChange(Object.keys(next).length === 0 ? undefined : next);
          }}
        />
      </Stack>
    </Fieldset>
  );
};

const propertyNames = ({ entities, entity }: OptionSurroundings): string[] => [
  ...(entities.get(entity)?.properties.keys() ?? []),
];

export const PropertyEditor: Editor = ({ option, value, onChange, error, around }) => (
  <TextInput
    {...useOptionTexts(option)}
    error={error}
    value={text(value)}
    list={`properties-${option.name}`}
    onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
    rightSection={
      <datalist id={`properties-${option.name}`}>
        {propertyNames(around).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    }
  />
);

export const PropertiesEditor: Editor = ({ option, value, onChange, error, around }) => (
  <TagsInput
    {...useOptionTexts(option)}
    error={error}
    data={propertyNames(around)}
    value={list(value)}
    onChange={(chosen) => onChange(chosen.length === 0 ? undefined : chosen)}
  />
);

export const CollectionEditor: Editor = ({ option, value, onChange, error, around }) => (
  <Select
    {...useOptionTexts(option)}
    required={option.required}
    error={error}
    searchable
    data={[...(around.entities.get(around.entity)?.navigations.values() ?? [])]
      .filter(({ collection }) => collection)
      .map(({ name }) => name)}
    value={typeof value === 'string' ? value : null}
    onChange={(chosen) => onChange(chosen ?? undefined)}
  />
);
