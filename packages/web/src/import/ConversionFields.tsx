// How the texts of one column are read: by which property a lookup finds its record, the form of dates and numbers. A field without
// anything to say has no fields here.
import { Autocomplete, Group, Select, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import type { ReactNode } from 'react';
import { useModel, useText } from '../data/model.tsx';
import type { ColumnChoice } from './logic/build-map.ts';
import { DATE_FORMS, NUMBER_FORMS, type NumberFormName, numberFormName, TIME_FORMS } from './logic/conversions.ts';
import type { Target } from './logic/targets.ts';

export interface ConversionFieldsProps {
  readonly target: Target;
  readonly column: ColumnChoice;
  readonly onChange: (part: Partial<ColumnChoice>) => void;
}

const FIELDS: Readonly<Record<string, (props: ConversionFieldsProps) => ReactNode>> = {
  date: (props) => <FormField {...props} forms={DATE_FORMS} />,
  datetime: (props) => <FormField {...props} forms={TIME_FORMS} />,
  integer: NumberField,
  decimal: NumberField,
  money: NumberField,
  select: () => <Hint name="choice" />,
  multi_select: () => <Hint name="choices" />,
  switch: () => <Hint name="boolean" />,
};

export function ConversionFields(props: ConversionFieldsProps) {
  const { target, column } = props;
  if (target.lookups.length > 0 && column.lookup !== null) return <LookupFields {...props} lookup={column.lookup} />;
  return FIELDS[target.widget]?.(props) ?? null;
}

function Hint({ name }: { readonly name: string }) {
  const translate = useTranslate();
  return (
    <Text size="xs" c="dimmed">
      {translate(`import.hint.${name}`)}
    </Text>
  );
}

type LookupFieldsProps = ConversionFieldsProps & { readonly lookup: NonNullable<ColumnChoice['lookup']> };

function LookupFields({ target, lookup, onChange }: LookupFieldsProps) {
  const translate = useTranslate();
  const text = useText();
  const model = useModel();
  const choice = target.lookups.find(({ set }) => set === lookup.set);
  const entity = choice === undefined ? undefined : model.entities[choice.entity];
  const labelOf = (property: string): string => {
    const field = Object.values(entity?.fields ?? {}).find(({ properties }) => properties.includes(property));
    return field === undefined ? property : `${text(field.label)} (${property})`;
  };
  return (
    <Group gap="xs" wrap="nowrap">
      {target.lookups.length > 1 && (
        <Select
          aria-label={translate('import.mapping.lookup_in')}
          data={target.lookups.map(({ set, entity: name }) => ({
            value: set,
            label: text(model.entities[name]?.plural_label),
          }))}
          value={lookup.set}
          allowDeselect={false}
          onChange={(set) => {
            const next = target.lookups.find((each) => each.set === set);
            if (next?.by[0] !== undefined) onChange({ lookup: { set: next.set, by: next.by[0] } });
          }}
        />
      )}
      <Select
        aria-label={translate('import.mapping.lookup_by')}
        data={(choice?.by ?? []).map((property) => ({ value: property, label: labelOf(property) }))}
        value={lookup.by}
        allowDeselect={false}
        onChange={(by) => by !== null && onChange({ lookup: { ...lookup, by } })}
      />
    </Group>
  );
}

function FormField({ column, onChange, forms }: ConversionFieldsProps & { readonly forms: readonly string[] }) {
  const translate = useTranslate();
  const { date } = column.conversion;
  const model = useModel();
  const timed = forms === TIME_FORMS;
  const change = (form: string): void => {
    const zone = timed ? { zone: String(model.organization.time_zone ?? 'UTC') } : {};
    onChange({ conversion: form.trim() === '' ? {} : { date: form, ...zone } });
  };
  return (
    <Autocomplete
      aria-label={translate('import.mapping.form')}
      placeholder={translate('import.mapping.form_iso')}
      data={[...forms]}
      value={typeof date === 'string' ? date : ''}
      onChange={change}
    />
  );
}

function NumberField({ column, onChange }: ConversionFieldsProps) {
  const translate = useTranslate();
  return (
    <Select
      aria-label={translate('import.mapping.number')}
      data={Object.keys(NUMBER_FORMS)}
      value={numberFormName(column.conversion)}
      allowDeselect={false}
      onChange={(name) => onChange({ conversion: { number: NUMBER_FORMS[(name ?? '1234.56') as NumberFormName] } })}
    />
  );
}
