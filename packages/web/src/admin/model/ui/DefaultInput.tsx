// The default of a field, edited as the schema of its values says.

import type { FieldDocument } from '@kartoteka/metadata';
import { MultiSelect, Select, TextInput } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { defaultEditor } from '../logic/default-value.ts';
import { JsonEditor } from './option-editors.tsx';
import type { OptionInputProps } from './option-surroundings.ts';
import { useOptionTexts } from './option-texts.ts';

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value));

export function DefaultInput(props: OptionInputProps) {
  const t = useTranslate();
  const texts = useOptionTexts(props.option);
  const { around, value, onChange, error } = props;
  const found = defaultEditor(around.model, 'x', around.field as FieldDocument);
  if (found === null) return null;
  if (found.editor === 'json') return <JsonEditor {...props} />;
  if (found.editor === 'select' || found.editor === 'boolean') {
    const values = found.editor === 'select' ? found.values.map((each) => ({ value: each, label: each })) : BOOLEANS(t);
    return (
      <Select
        {...texts}
        error={error}
        clearable
        data={values}
        value={value === undefined ? null : String(value)}
        onChange={(chosen) =>
          onChange(chosen === null ? undefined : found.editor === 'boolean' ? chosen === 'true' : chosen)
        }
      />
    );
  }
  if (found.editor === 'multi_select') {
    const chosen = Array.isArray(value) ? value.map(String) : [];
    return (
      <MultiSelect
        {...texts}
        error={error}
        data={[...found.values]}
        value={chosen}
        onChange={(next) => onChange(next.length === 0 ? undefined : next)}
      />
    );
  }
  const typed = (entered: string): unknown => {
    if (entered === '') return undefined;
    // A number that JSON holds exactly; what it does not, stays the text that was typed.
    return found.editor === 'number' && String(Number(entered)) === entered ? Number(entered) : entered;
  };
  return (
    <TextInput
      {...texts}
      error={error}
      inputMode={found.editor === 'number' ? 'decimal' : 'text'}
      value={text(value)}
      onChange={(event) => onChange(typed(event.currentTarget.value))}
    />
  );
}

const BOOLEANS = (t: (key: string) => string) => [
  { value: 'true', label: t('model.yes') },
  { value: 'false', label: t('model.no') },
];
