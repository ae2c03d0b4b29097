// Parts of a view or form in their order: columns, sort keys, fields of a section, related lists. They are moved by dragging or keyboard, taken out
// (what a lower layer shows is hidden, what is custom goes) and added from what there is.
import { ActionIcon, Group, Select, Text, Tooltip } from '@mantine/core';
import { IconEyeOff, IconX } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { type ReactNode, useState } from 'react';
import { useDraft } from '../data/draft.tsx';
import { type LayeredDocument, originOf } from '../logic/layered.ts';
import { isObject, type Json, valueAt, type Way } from '../logic/paths.ts';
import { inOrder, lastOrder, moved } from '../logic/placed.ts';
import { Ordered } from './Ordered.tsx';
import { DraftBadge } from './Origin.tsx';

export interface Part {
  readonly order: number;
  readonly hidden?: boolean;
}

export function PlacedParts(props: {
  readonly document: LayeredDocument;
  readonly body: Json;
  readonly way: Way;
  readonly label: string;
  readonly addLabel: string;
  /** What can be added, with what is said of it. */
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  /** Members that a new part has beside its order. */
  readonly preset?: Json;
  /** Beside the name of a part. */
  readonly children?: (key: string, part: Json) => ReactNode;
}) {
  const t = useTranslate();
  const { edit } = useDraft();
  const { document, way } = props;
  const [search, setSearch] = useState('');
  const found = valueAt(props.body, way);
  const parts = (isObject(found) ? found : {}) as Readonly<Record<string, Part & Json>>;
  const labels = new Map(props.choices.map(({ value, label }) => [value, label]));
  const shown = inOrder(
    Object.entries(parts)
      .filter(([, part]) => part.hidden !== true)
      .map(([key, part]) => ({ key, label: labels.get(key) ?? key, order: part.order, part })),
  );
  const takeOut = (key: string): void => {
    const { below } = originOf(document, [...way, key]);
    const change =
      below === undefined ? { way: [...way, key], value: undefined } : { way: [...way, key, 'hidden'], value: true };
    void edit(document, [change]);
  };
  const add = (key: string): void => {
    setSearch('');
    const part = parts[key];
    const order = { way: [...way, key, 'order'], value: lastOrder(shown) };
    // What a layer has hidden is shown again, at the end.
    if (part !== undefined) void edit(document, [{ way: [...way, key, 'hidden'], value: false }, order]);
    else void edit(document, [{ way: [...way, key], value: { order: lastOrder(shown), ...props.preset } }]);
  };
  return (
    <>
      <Ordered
        items={shown}
        label={props.label}
        onMove={(from, to) =>
          void edit(
            document,
            [...moved(shown, from, to)].map(([key, order]) => ({ way: [...way, key, 'order'], value: order })),
          )
        }
      >
        {({ key, label, part }) => {
          const origin = originOf(document, [...way, key]);
          return (
            <Group justify="space-between" gap="xs" wrap="nowrap">
              <Group gap="xs" wrap="wrap">
                <Text size="sm">{label}</Text>
                <Text size="xs" c="dimmed" ff="monospace">
                  {key}
                </Text>
                <DraftBadge change={origin.draft} />
              </Group>
              <Group gap="xs" wrap="nowrap">
                {props.children?.(key, part)}
                <Tooltip label={t(origin.below === undefined ? 'model.part.remove' : 'model.part.hide')}>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={t('model.part.remove_named', { name: label })}
                    onClick={() => takeOut(key)}
                  >
                    {origin.below === undefined ? <IconX size={16} /> : <IconEyeOff size={16} />}
                  </ActionIcon>
                </Tooltip>
              </Group>
            </Group>
          );
        }}
      </Ordered>
      <Select
        mt="xs"
        aria-label={props.addLabel}
        placeholder={props.addLabel}
        searchable
        limit={50}
        searchValue={search}
        onSearchChange={setSearch}
        value={null}
        data={props.choices.filter(({ value }) => parts[value] === undefined || parts[value].hidden === true)}
        onChange={(key) => key !== null && add(key)}
      />
    </>
  );
}
