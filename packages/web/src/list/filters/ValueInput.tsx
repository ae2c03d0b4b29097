// The values of a question, entered as fits their kind: a table of inputs.
import {
  Checkbox,
  CloseButton,
  Group,
  NumberInput,
  Radio,
  ScrollArea,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useLocaleState, useTranslate } from 'ra-core';
import { type ComponentType, useState } from 'react';
import { useText } from '../../data/model.tsx';
import { choiceOptions } from '../../fields/choices.ts';
import { formatDuration, parseDuration } from '../../fields/duration-text.ts';
import { RecordSelect } from '../../fields/lookup-controls.tsx';
import { momentAt, wallTime } from '../../fields/moments.ts';
import { useTimeZone } from '../../fields/use-time-zone.ts';
import type { Place } from '../columns/resolve.ts';
import type { List } from '../use-list.ts';
import { targetsOf, useChipText } from './chip-text.ts';
import type { Chip } from './filter.ts';
import type { FilterKind, Operator } from './operators.ts';

export interface ValueInputProps {
  readonly list: List;
  readonly place: Place;
  readonly chip: Chip;
  readonly operator: Operator;
  readonly onChange: (values: readonly string[]) => void;
}

interface OneProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function ValueInput(props: ValueInputProps) {
  const { chip, operator, onChange } = props;
  const translate = useTranslate();
  if (operator.arity === 'none') return null;
  if (operator.arity === 'days') {
    const value = chip.values[0] === undefined ? '' : Number(chip.values[0]);
    return (
      <NumberInput
        size="xs"
        label={translate('list.filter.days')}
        {...{ min: 1, max: 36_500, allowDecimal: false, allowNegative: false, value }}
        onChange={(next) => onChange(next === '' ? [] : [String(next)])}
        data-autofocus
      />
    );
  }
  const Many = MANY[chip.kind];
  if (Many !== undefined) return <Many {...props} />;
  const One = ONE[chip.kind] ?? TextOne;
  const labels = operator.arity === 'two' ? ['list.filter.from', 'list.filter.to'] : ['list.filter.value'];
  return (
    <Stack gap="xs">
      {labels.map((label, at) => (
        <One
          key={label}
          label={translate(label)}
          value={chip.values[at] ?? ''}
          onChange={(value) => onChange(labels.map((_, place) => (place === at ? value : (chip.values[place] ?? ''))))}
        />
      ))}
    </Stack>
  );
}

function TextOne({ label, value, onChange }: OneProps) {
  return (
    <TextInput
      size="xs"
      data-autofocus
      label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function NumberOne({ label, value, onChange }: OneProps) {
  // Decimals are written with a comma in many languages.
  const set = (text: string): void => onChange(text.replaceAll(/[\s\u00a0]/g, '').replace(',', '.'));
  return (
    <TextInput
      size="xs"
      data-autofocus
      inputMode="decimal"
      label={label}
      value={value}
      onChange={(event) => set(event.currentTarget.value)}
    />
  );
}

function DateOne({ label, value, onChange }: OneProps) {
  return (
    <TextInput
      size="xs"
      data-autofocus
      type="date"
      label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** A moment in the person's time zone. */
function MomentOne({ label, value, onChange }: OneProps) {
  const zone = useTimeZone();
  const wall = value === '' ? '' : (wallTime(value, zone) ?? '').slice(0, 16).replace(' ', 'T');
  const set = (text: string): void =>
    onChange(text === '' ? '' : (momentAt(`${text.replace('T', ' ')}:00`, zone) ?? ''));
  return (
    <TextInput
      size="xs"
      data-autofocus
      type="datetime-local"
      label={label}
      value={wall}
      onChange={(event) => set(event.currentTarget.value)}
    />
  );
}

function DurationOne({ label, value, onChange }: OneProps) {
  const translate = useTranslate();
  const [locale] = useLocaleState();
  const [text, setText] = useState(value === '' ? '' : formatDuration(value, locale));
  const set = (next: string): void => {
    setText(next);
    onChange(parseDuration(next) ?? '');
  };
  return (
    <TextInput
      size="xs"
      data-autofocus
      label={label}
      placeholder={translate('list.filter.duration_example')}
      value={text}
      onChange={(event) => set(event.currentTarget.value)}
    />
  );
}

const ONE: Partial<Record<FilterKind, ComponentType<OneProps>>> = {
  number: NumberOne,
  date: DateOne,
  datetime: MomentOne,
  duration: DurationOne,
};

/** All values at once: a list that opens over the buttons would hide them. */
function Choices({ list, place, chip, operator, onChange }: ValueInputProps) {
  const translate = useTranslate();
  const text = useText();
  const options = choiceOptions(list.model, place.field);
  const isMany = operator.arity === 'many';
  const Item = isMany ? Checkbox : Radio;
  const items = (
    <ScrollArea.Autosize mah={240} type="auto">
      <Stack gap={6} p={2} pt={6}>
        {options.map(({ value, label }, at) => (
          <Item
            key={value}
            size="xs"
            value={value}
            label={text(label) || value}
            data-autofocus={at === 0 || undefined}
          />
        ))}
      </Stack>
    </ScrollArea.Autosize>
  );
  const label = translate(isMany ? 'list.filter.values' : 'list.filter.value');
  if (isMany) {
    return (
      <Checkbox.Group size="xs" label={label} value={[...chip.values]} onChange={onChange}>
        {items}
      </Checkbox.Group>
    );
  }
  return (
    <Radio.Group size="xs" label={label} value={chip.values[0] ?? ''} onChange={(value) => onChange([value])}>
      {items}
    </Radio.Group>
  );
}

/** Records by searching; each chosen one joins the list. */
function Records({ list, place, chip, operator, onChange }: ValueInputProps) {
  const translate = useTranslate();
  const text = useText();
  const targets = targetsOf(list, place);
  const [set, setSet] = useState(targets[0]?.set);
  const target = targets.find((each) => each.set === set);
  const isMany = operator.arity === 'many';
  const add = (id: string | null): void => {
    if (id === null) onChange(isMany ? chip.values : []);
    else onChange(isMany ? [...new Set([...chip.values, id])] : [id]);
  };
  return (
    <Stack gap={6}>
      {isMany &&
        chip.values.map((id) => (
          <Chosen
            key={id}
            {...{ list, place, chip, id }}
            onRemove={() => onChange(chip.values.filter((each) => each !== id))}
          />
        ))}
      {targets.length > 1 && (
        <Select
          size="xs"
          aria-label={translate('list.filter.kind')}
          data={targets.map((each) => ({ value: each.set, label: text(each.label) }))}
          value={set ?? null}
          onChange={(next) => setSet(next ?? undefined)}
          allowDeselect={false}
          comboboxProps={{ withinPortal: false }}
        />
      )}
      <RecordSelect
        key={`${set} ${chip.values.length}`}
        target={target}
        id={isMany ? null : (chip.values[0] ?? null)}
        onChange={add}
        input={{ label: translate(isMany ? 'list.filter.add_record' : 'list.filter.value') } as never}
        clearable={!isMany}
        creates={false}
      />
    </Stack>
  );
}

function Chosen({
  list,
  chip,
  id,
  onRemove,
}: Pick<ValueInputProps, 'list' | 'place' | 'chip'> & { readonly id: string; readonly onRemove: () => void }) {
  const translate = useTranslate();
  const one = useChipText(list, { ...chip, operator: 'is', values: [id] });
  const title = one.rest.replace(`${translate('list.operator.is')} `, '');
  return (
    <Group gap={4} justify="space-between" wrap="nowrap">
      <Text size="sm" truncate>
        {title}
      </Text>
      <CloseButton size="xs" aria-label={translate('list.filter.remove', { filter: title })} onClick={onRemove} />
    </Group>
  );
}

const MANY: Partial<Record<FilterKind, ComponentType<ValueInputProps>>> = {
  choice: Choices,
  choices: Choices,
  lookup: Records,
  owner: Records,
  links: Records,
};
