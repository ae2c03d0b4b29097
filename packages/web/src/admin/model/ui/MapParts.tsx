// The parts of an object whose keys are free: a row with what it holds, and the way to another key.
import { ActionIcon, Autocomplete, Button, Group, Tooltip } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { type ReactNode, useState } from 'react';
import { useUnsaved } from '../data/unsaved.tsx';

export function MapRow(props: { readonly name: string; readonly onRemove: () => void; readonly children: ReactNode }) {
  const t = useTranslate();
  const label = t('model.field.remove', { name: props.name });
  return (
    <Group align="flex-start" gap="xs" wrap="nowrap">
      <div style={{ flex: 1, minWidth: 0 }}>{props.children}</div>
      <Tooltip label={label}>
        <ActionIcon variant="subtle" color="red" aria-label={label} onClick={props.onRemove}>
          <IconTrash size={16} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}

export function NewKey(props: {
  readonly label: string;
  readonly taken: readonly string[];
  readonly offered: readonly string[];
  readonly onAdd: (key: string) => void;
}) {
  const t = useTranslate();
  const [typed, setTyped] = useState('');
  useUnsaved(typed !== '');
  const key = typed.trim();
  const add = (): void => {
    props.onAdd(key);
    setTyped('');
  };
  return (
    <Group align="flex-end" gap="sm">
      <Autocomplete
        label={t('model.document.key', { of: props.label })}
        data={props.offered.filter((each) => !props.taken.includes(each))}
        limit={50}
        value={typed}
        onChange={setTyped}
        miw={240}
      />
      <Button
        variant="default"
        leftSection={<IconPlus size={16} />}
        disabled={key === '' || props.taken.includes(key)}
        onClick={add}
      >
        {t('model.document.add_key')}
      </Button>
    </Group>
  );
}
