// One or several values of a closed set. What may be chosen follows from the parent, where the choice has one; a value that no
// longer fits stays visible until somebody chooses another.
import { MultiSelect, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useWatch } from 'react-hook-form';
import { useApi } from '../data/api.ts';
import { useModel, useText } from '../data/model.tsx';
import { allowedBeside, type ChoiceOption, choiceOptions, parentPath } from './choices.ts';
import { EmptyValue } from './EmptyValue.tsx';
import classes from './fields.module.css';
import { lookupOf } from './lookups.ts';
import { type DisplayProps, type FieldControl, type InputProps, mainProperty } from './types.ts';
import { inputProps, useValue } from './use-input.ts';

/** A value with its colour and label. */
export function ChoiceMark({ option }: { readonly option: Pick<ChoiceOption, 'value' | 'label' | 'color'> }) {
  const text = useText();
  return (
    <span className={classes.choice}>
      {option.color === undefined ? null : (
        <span className={classes.dot} style={{ background: option.color }} aria-hidden="true" />
      )}
      <span className={classes.text}>{text(option.label) || option.value}</span>
    </span>
  );
}

function useOptions(field: DisplayProps['field']): readonly ChoiceOption[] {
  const model = useModel();
  return choiceOptions(model, field);
}

const unknown = (value: string): ChoiceOption => ({ value, label: { en: value }, active: false });

function ChoiceDisplay({ field, record }: DisplayProps) {
  const options = useOptions(field);
  const value = record[mainProperty(field)];
  const values = Array.isArray(value)
    ? value.map(String)
    : value === null || value === undefined
      ? []
      : [String(value)];
  if (values.length === 0) return <EmptyValue />;
  return (
    <span className={classes.choices}>
      {values.map((each) => (
        <ChoiceMark key={each} option={options.find((option) => option.value === each) ?? unknown(each)} />
      ))}
    </span>
  );
}

/** The parent's value: undefined where the field depends on nothing, null where the parent has none or is hidden. */
function useParentValue({ entity, field }: InputProps): unknown {
  const api = useApi();
  const model = useModel();
  const path = parentPath(field);
  const lookup = path?.lookup == null ? undefined : lookupOf(model, entity, entity.fields[path.lookup]);
  const watched = useWatch({
    name: path === undefined ? '' : (lookup?.idProperty ?? path.property),
    disabled: path === undefined,
  });
  const target = lookup?.targets[0];
  const related = useQuery({
    queryKey: ['records', target?.set, watched, 'parent', path?.property],
    queryFn: () => api.get<Record<string, unknown>>(`${target?.set}(${watched})?$select=${path?.property}`),
    enabled: target !== undefined && typeof watched === 'string',
    retry: false,
  });
  if (path === undefined) return undefined;
  return (lookup === undefined ? watched : related.data?.[path.property]) ?? null;
}

/** What may be chosen now, and what is chosen though it may not be. */
function useChoices(props: InputProps, chosen: readonly string[]) {
  const text = useText();
  const options = useOptions(props.field);
  const allowed = allowedBeside(options, useParentValue(props));
  const strangers = chosen
    .filter((value) => !allowed.some((option) => option.value === value))
    .map((value) => options.find((option) => option.value === value) ?? unknown(value));
  const all = [...strangers, ...allowed];
  return {
    byValue: new Map(all.map((option) => [option.value, option])),
    data: all.map((option) => ({ value: option.value, label: text(option.label) || option.value })),
  };
}

function ChoiceInput(props: InputProps) {
  const translate = useTranslate();
  const value = useValue<string>(mainProperty(props.field));
  const { byValue, data } = useChoices(props, typeof value.value === 'string' ? [value.value] : []);
  const color = byValue.get(String(value.value))?.color;
  return (
    <Select
      {...inputProps(props, value)}
      data={data}
      value={value.value ?? null}
      onChange={(next) => value.set(next)}
      searchable={data.length > 8}
      clearable={props.required !== true}
      clearButtonProps={{ 'aria-label': translate('record.field.clear', { field: props.label }) }}
      nothingFoundMessage={translate('record.field.nothing_found')}
      leftSection={
        color === undefined ? undefined : (
          <span className={classes.dot} style={{ background: color }} aria-hidden="true" />
        )
      }
      renderOption={({ option }) => <ChoiceMark option={byValue.get(option.value) ?? unknown(option.value)} />}
    />
  );
}

function ChoicesInput(props: InputProps) {
  const translate = useTranslate();
  const value = useValue<readonly string[]>(mainProperty(props.field));
  const chosen = Array.isArray(value.value) ? value.value : [];
  const { byValue, data } = useChoices(props, chosen);
  return (
    <MultiSelect
      {...inputProps(props, value)}
      data={data}
      value={[...chosen]}
      onChange={(next) => value.set(next)}
      searchable
      clearable
      hidePickedOptions
      clearButtonProps={{ 'aria-label': translate('record.field.clear', { field: props.label }) }}
      nothingFoundMessage={translate('record.field.nothing_found')}
      renderOption={({ option }) => <ChoiceMark option={byValue.get(option.value) ?? unknown(option.value)} />}
    />
  );
}

export const CHOICE: FieldControl = { Display: ChoiceDisplay, Input: ChoiceInput };
export const CHOICES: FieldControl = { Display: ChoiceDisplay, Input: ChoicesInput };
