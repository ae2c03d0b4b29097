// Values of a choice, shared or a field's own: order, labels, colour, whether they may still be chosen. A value of a lower layer, or one that
// records may hold, is deactivated and not removed. It hands every change on as changes of the values' object.
import { ActionIcon, Button, ColorInput, Group, Select, Stack, Switch, Text, TextInput, Tooltip } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useUnsaved } from '../data/unsaved.tsx';
import { type Change, changesBetween } from '../logic/edit.ts';
import type { Origin } from '../logic/layered.ts';
import { nameFor, nameProblem } from '../logic/new-name.ts';
import { inOrder, lastOrder, moved } from '../logic/placed.ts';
import { Ordered } from './Ordered.tsx';
import { OriginBadges } from './Origin.tsx';
import { type Texts, TextsInput, TextsOnLeave } from './Texts.tsx';

export interface ChoiceValue {
  readonly label: Texts;
  readonly order: number;
  readonly color?: string;
  readonly active?: boolean;
  readonly category?: string;
}

/** Colours that differ from each other in both themes. */
const SWATCHES = [
  '#8ecae6',
  '#219ebc',
  '#2a9d8f',
  '#90be6d',
  '#ffb703',
  '#fb8500',
  '#e63946',
  '#b5838d',
  '#7b2cbf',
  '#adb5bd',
];
const COLOR = /^#[0-9a-fA-F]{6}$/;
const CATEGORIES = ['open', 'won', 'lost'];

export function ChoiceValues(props: {
  readonly values: Readonly<Record<string, ChoiceValue>>;
  /** Where a value comes from; absent: it is a new field's, all of it is new. */
  readonly originOf?: (value: string) => Origin;
  /** Changes below `values`: the first name of each way is that of a value. */
  readonly onChange: (changes: readonly Change[]) => void;
  readonly prefixed: boolean;
}) {
  const t = useTranslate();
  const items = inOrder(
    Object.entries(props.values).map(([key, value]) => ({
      key,
      label: textOf(value.label) || key,
      order: value.order,
      value,
    })),
  );
  return (
    <Stack gap="sm">
      {items.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('model.choice.empty')}
        </Text>
      ) : (
        <Ordered
          items={items}
          label={t('model.choice.values')}
          onMove={(from, to) =>
            props.onChange([...moved(items, from, to)].map(([key, order]) => ({ way: [key, 'order'], value: order })))
          }
        >
          {({ key, value }) => (
            <ValueRow name={key} value={value} origin={props.originOf?.(key)} onChange={props.onChange} />
          )}
        </Ordered>
      )}
      <NewValue
        taken={Object.keys(props.values)}
        prefixed={props.prefixed}
        onAdd={(name, label) => props.onChange([{ way: [name], value: { label, order: lastOrder(items) } }])}
      />
    </Stack>
  );
}

const textOf = (texts: Texts | undefined): string => Object.values(texts ?? {})[0] ?? '';

function ValueRow(props: {
  readonly name: string;
  readonly value: ChoiceValue;
  readonly origin: Origin | undefined;
  readonly onChange: (changes: readonly Change[]) => void;
}) {
  const t = useTranslate();
  const { name, value, origin } = props;
  const set = (member: string, to: unknown): void => props.onChange([{ way: [name, member], value: to }]);
  const removable = origin === undefined || origin.draft === 'added';
  return (
    <Stack gap={6}>
      <Group gap="xs" justify="space-between" wrap="wrap">
        <Group gap="xs">
          <Text size="sm" ff="monospace">
            {name}
          </Text>
          {origin === undefined ? null : (
            <OriginBadges origin={origin} onReset={() => props.onChange([{ way: [name], value: undefined }])} />
          )}
        </Group>
        <Group gap="sm" wrap="wrap">
          <Color name={name} value={value.color ?? ''} onChange={(color) => set('color', color)} />
          <Select
            size="xs"
            w={110}
            clearable
            placeholder={t('model.choice.category')}
            aria-label={t('model.choice.category_of', { name })}
            data={CATEGORIES.map((category) => ({ value: category, label: t(`model.choice.${category}`) }))}
            value={value.category ?? null}
            onChange={(category) => set('category', category ?? undefined)}
          />
          <Switch
            size="sm"
            label={t('model.choice.active')}
            checked={value.active !== false}
            // True is said, too, where a lower layer says false.
            onChange={(event) => set('active', event.currentTarget.checked)}
          />
          {removable ? (
            <Tooltip label={t('model.remove')}>
              <ActionIcon
                variant="subtle"
                color="red"
                aria-label={t('model.choice.remove', { name })}
                onClick={() => props.onChange([{ way: [name], value: undefined }])}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Tooltip>
          ) : null}
        </Group>
      </Group>
      <TextsOnLeave
        label={t('model.label')}
        value={value.label}
        onChange={(label) => props.onChange(changesBetween([name, 'label'], value.label, label))}
      />
    </Stack>
  );
}

/** A colour is handed on when it is chosen from the picker, or the field is left with one, or with nothing. */
function Color(props: {
  readonly name: string;
  readonly value: string;
  readonly onChange: (color: string | undefined) => void;
}) {
  const t = useTranslate();
  const [typed, setTyped] = useState<string | null>(null);
  const settle = (color: string): void => {
    setTyped(null);
    if (color !== props.value && (color === '' || COLOR.test(color))) props.onChange(color === '' ? undefined : color);
  };
  return (
    <ColorInput
      size="xs"
      w={120}
      aria-label={t('model.choice.color', { name: props.name })}
      value={typed ?? props.value}
      swatches={SWATCHES}
      format="hex"
      onChange={setTyped}
      onChangeEnd={settle}
      onBlur={() => settle(typed ?? props.value)}
    />
  );
}

function NewValue(props: {
  readonly taken: readonly string[];
  readonly prefixed: boolean;
  readonly onAdd: (name: string, label: Texts) => void;
}) {
  const t = useTranslate();
  const [label, setLabel] = useState<Texts | undefined>();
  const [own, setOwn] = useState<string | null>(null);
  useUnsaved(label !== undefined);
  const prefix = props.prefixed ? 'x_' : '';
  const name = own ?? nameFor(textOf(label), props.taken, prefix);
  const problem = label === undefined ? undefined : nameProblem(name, props.taken, props.prefixed ? undefined : ['']);
  const add = (): void => {
    if (label === undefined || problem !== undefined) return;
    props.onAdd(name, label);
    setLabel(undefined);
    setOwn(null);
  };
  return (
    <Stack gap="xs">
      <TextsInput label={t('model.choice.new_label')} value={label} onChange={setLabel} />
      <Group align="flex-end" gap="sm">
        <TextInput
          label={t('model.choice.new_name')}
          value={name}
          error={problem === undefined ? undefined : t(`model.name.${problem}`)}
          onChange={(event) => setOwn(event.currentTarget.value)}
        />
        <Button
          variant="default"
          leftSection={<IconPlus size={16} />}
          disabled={label === undefined || problem !== undefined}
          onClick={add}
        >
          {t('model.choice.add')}
        </Button>
      </Group>
    </Stack>
  );
}
