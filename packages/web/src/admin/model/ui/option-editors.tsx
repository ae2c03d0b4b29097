// Editors of options that are texts, numbers, switches, lists of given values or JSON. They look at nothing but the option.
import { JsonInput, MultiSelect, NumberInput, Select, Switch, TagsInput, TextInput } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { type ComponentType, useState } from 'react';
import type { OptionField } from '../logic/options.ts';
import type { Json } from '../logic/paths.ts';
import type { OptionInputProps } from './option-surroundings.ts';
import { useOptionTexts } from './option-texts.ts';

export type Editor = ComponentType<OptionInputProps>;
export const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value));
export const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

export const TextEditor: Editor = ({ option, value, onChange, error }) => (
  <TextInput
    {...useOptionTexts(option)}
    required={option.required}
    value={text(value)}
    error={error}
    onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
  />
);

export const NumberEditor: Editor = ({ option, value, onChange, error }) => (
  <NumberInput
    {...useOptionTexts(option)}
    {...(option.preset === undefined ? {} : { placeholder: String(option.preset) })}
    required={option.required}
    value={typeof value === 'number' ? value : ''}
    error={error}
    allowDecimal={option.schema.type === 'number'}
    onChange={(typed) => onChange(typed === '' ? undefined : Number(typed))}
  />
);

/** Text, so that no digit is lost; a number that JSON holds exactly goes out as one. */
export const ExactEditor: Editor = ({ option, value, onChange, error }) => (
  <TextInput
    {...useOptionTexts(option)}
    inputMode="decimal"
    value={text(value)}
    error={error}
    onChange={(event) => {
      const typed = event.currentTarget.value.trim();
      onChange(typed === '' ? undefined : String(Number(typed)) === typed ? Number(typed) : typed);
    }}
  />
);

export const DateEditor: Editor = ({ option, value, onChange, error }) => (
  <TextInput
    {...useOptionTexts(option)}
    type="date"
    value={text(value)}
    error={error}
    onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
  />
);

export const SwitchEditor: Editor = ({ option, value, onChange, error }) => {
  const { label, description } = useOptionTexts(option);
  return (
    <Switch
      {...{ label, description, error }}
      checked={(value ?? option.preset) === true}
      onChange={({ currentTarget: { checked } }) =>
        onChange(checked === (option.preset === true) ? undefined : checked)
      }
    />
  );
};

/** On unless switched off: as the entity says otherwise. */
export const InheritedSwitchEditor: Editor = ({ option, value, onChange, error }) => {
  const t = useTranslate();
  return (
    <Select
      {...useOptionTexts(option)}
      error={error}
      allowDeselect={false}
      data={[
        { value: '', label: t('model.option.inherited') },
        { value: 'true', label: t('model.yes') },
        { value: 'false', label: t('model.no') },
      ]}
      value={text(value)}
      onChange={(chosen) => onChange(chosen === '' || chosen === null ? undefined : chosen === 'true')}
    />
  );
};

function useEnum({ name, schema }: OptionField): { value: string; label: string }[] {
  const t = useTranslate();
  const values = (schema.enum ?? (schema.items as Json | undefined)?.enum ?? []) as readonly string[];
  return values.map((value) => ({ value, label: t(`model.option.${name}.values.${value}`, { _: value }) }));
}

export const SelectEditor: Editor = ({ option, value, onChange, error }) => (
  <Select
    {...useOptionTexts(option)}
    required={option.required}
    error={error}
    data={useEnum(option)}
    searchable={((option.schema.enum as readonly unknown[] | undefined)?.length ?? 0) > 12}
    clearable={!option.required}
    placeholder={option.preset === undefined ? undefined : String(option.preset)}
    value={typeof value === 'string' ? value : null}
    onChange={(chosen) => onChange(chosen ?? undefined)}
  />
);

export const MultiSelectEditor: Editor = ({ option, value, onChange, error }) => (
  <MultiSelect
    {...useOptionTexts(option)}
    error={error}
    data={useEnum(option)}
    value={list(value)}
    onChange={(chosen) => onChange(chosen.length === 0 ? undefined : chosen)}
  />
);

export const NamesEditor: Editor = ({ option, value, onChange, error }) => (
  <TagsInput
    {...useOptionTexts(option)}
    error={error}
    value={list(value)}
    onChange={(chosen) => onChange(chosen.length === 0 ? undefined : chosen)}
  />
);

/** JSON that is half typed is kept here, and handed on once it is JSON. */
export const JsonEditor: Editor = ({ option, value, onChange, error }) => {
  const t = useTranslate();
  const [typed, setTyped] = useState<string | undefined>();
  const shown = typed ?? (value === undefined ? '' : JSON.stringify(value, null, 2));
  return (
    <JsonInput
      {...useOptionTexts(option)}
      autosize
      minRows={2}
      validationError={t('model.invalid.json')}
      error={error}
      value={shown}
      onChange={(next) => {
        setTyped(next);
        if (next.trim() === '') return onChange(undefined);
        try {
          onChange(JSON.parse(next));
        } catch {
          // Told by validationError; what was right last stays.
        }
      }}
    />
  );
};
