// Which columns a list has and in which order, without a pointer too: the choice is the person's own, the view's can be had back.
import { ActionIcon, Button, CloseButton, Group, Popover, ScrollArea, Text } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconColumns3 } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { PropertyPicker } from '../filters/PropertyPicker.tsx';
import type { List } from '../use-list.ts';
import classes from './columns.module.css';
import { type Column, MOST_COLUMNS } from './columns.ts';
import { useColumnLabel } from './labels.ts';

export function ColumnMenu({ list }: { readonly list: List }) {
  const translate = useTranslate();
  const [opened, setOpened] = useState(false);
  const [adding, setAdding] = useState(false);
  const { columns } = list;
  const put = (next: readonly Column[]): void => list.setColumns(next.map(({ path, width }) => ({ path, width })));
  const toggle = (): void => {
    setAdding(false);
    setOpened((before) => !before);
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" width={300} trapFocus returnFocus>
      <Popover.Target>
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          leftSection={<IconColumns3 size={14} />}
          onClick={toggle}
        >
          {translate('list.columns.title')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={8} aria-label={translate('list.columns.title')}>
        {adding ? (
          <PropertyPicker
            list={list}
            accepts={({ path, field }) =>
              !['links', 'json'].includes(field.control.widget) && !columns.some((column) => column.path === path)
            }
            onChoose={({ path }) => {
              list.setColumns([...columns.map((column) => ({ path: column.path, width: column.width })), { path }]);
              setAdding(false);
            }}
            action={{ label: translate('list.columns.back'), onClick: () => setAdding(false) }}
          />
        ) : (
          <Chosen columns={columns} put={put} />
        )}
        {!adding && (
          <Group justify="space-between" pt={6}>
            <Button
              size="compact-sm"
              variant="subtle"
              disabled={columns.length >= MOST_COLUMNS}
              onClick={() => setAdding(true)}
            >
              {translate('list.columns.add')}
            </Button>
            <Button size="compact-sm" variant="subtle" color="gray" onClick={() => list.setColumns(undefined)}>
              {translate('list.columns.reset')}
            </Button>
          </Group>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

function Chosen({
  columns,
  put,
}: {
  readonly columns: readonly Column[];
  readonly put: (next: readonly Column[]) => void;
}) {
  const translate = useTranslate();
  const labelOf = useColumnLabel();
  const swap = (at: number, to: number): void => {
    const next = [...columns];
    const [one] = next.splice(at, 1);
    if (one !== undefined) next.splice(to, 0, one);
    put(next);
  };
  return (
    <ScrollArea.Autosize mah={320} type="auto">
      {columns.map((column, at) => {
        const label = labelOf(column);
        return (
          <div key={column.path} className={classes.item}>
            <Text size="sm" truncate className={classes.name}>
              {label}
            </Text>
            <ActionIcon
              size="sm"
              aria-label={translate('list.columns.up', { column: label })}
              disabled={at === 0}
              onClick={() => swap(at, at - 1)}
            >
              <IconChevronUp size={14} />
            </ActionIcon>
            <ActionIcon
              size="sm"
              aria-label={translate('list.columns.down', { column: label })}
              disabled={at === columns.length - 1}
              onClick={() => swap(at, at + 1)}
            >
              <IconChevronDown size={14} />
            </ActionIcon>
            <CloseButton
              size="sm"
              aria-label={translate('list.columns.remove', { column: label })}
              disabled={columns.length === 1}
              onClick={() => put(columns.filter((each) => each !== column))}
            />
          </div>
        );
      })}
    </ScrollArea.Autosize>
  );
}
