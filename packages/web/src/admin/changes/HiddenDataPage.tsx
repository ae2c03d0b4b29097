// What removed fields and entities have left: hidden values that nobody reaches. They are brought back through a change set, or dropped for
// good by a plan, after it is said what is lost and the word was typed.
import { Button, Checkbox, Table, VisuallyHidden } from '@mantine/core';
import { IconEyeOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useApi } from '../../data/api.ts';
import { EmptyState, ErrorState, ListSkeleton, Page, useFormat } from '../../ui/index.ts';
import type { HiddenItem, PurgePlan } from './api-types.ts';
import { ChangesTabs } from './ChangesTabs.tsx';
import { useRecords } from './formats.ts';
import classes from './lists.module.css';
import { METADATA, ONCE } from './metadata-api.ts';
import { PurgeDialog } from './PurgeDialog.tsx';
import { RestoreButton } from './RestoreButton.tsx';

export function HiddenDataPage() {
  const translate = useTranslate();
  const api = useApi();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [isPurging, setPurging] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: [METADATA, 'hidden'],
    queryFn: ({ signal }) => api.send<PurgePlan>('POST', 'metadata/purge/plan', {}, { signal, ...ONCE }),
  });
  const items = data?.items.filter(({ item }) => chosen.has(item)).map(({ item }) => item) ?? [];
  const purge = (
    <Button color="red" disabled={items.length === 0} onClick={() => setPurging(true)}>
      {translate('changes.hidden.purge', { smart_count: Math.max(1, items.length) })}
    </Button>
  );
  return (
    <Page
      title={translate('changes.hidden.title')}
      subtitle={translate('changes.hidden.subtitle')}
      actions={data !== undefined && data.items.length > 0 ? purge : undefined}
      tabs={<ChangesTabs value="hidden" />}
    >
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <ListSkeleton rows={4} columns={5} />}
      {data?.items.length === 0 && (
        <EmptyState
          icon={<IconEyeOff size={22} />}
          title={translate('changes.hidden.empty')}
          text={translate('changes.hidden.empty_text')}
        />
      )}
      {data !== undefined && data.items.length > 0 && (
        <ItemTable items={data.items} chosen={chosen} onChoose={setChosen} />
      )}
      {isPurging && <PurgeDialog items={items} onClose={() => setPurging(false)} />}
    </Page>
  );
}

interface ItemTableProps {
  readonly items: readonly HiddenItem[];
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
}

function ItemTable({ items, chosen, onChoose }: ItemTableProps) {
  const translate = useTranslate();
  const toggle = (item: string, yes: boolean): void => {
    const next = new Set(chosen);
    if (yes) next.add(item);
    else next.delete(item);
    onChoose(next);
  };
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>
              <VisuallyHidden>{translate('changes.hidden.choose')}</VisuallyHidden>
            </Table.Th>
            {['what', 'records', 'size', 'since', 'action'].map((column) => (
              <Table.Th key={column}>{translate(`changes.hidden.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item) => (
            <ItemRow
              key={item.item}
              item={item}
              isChosen={chosen.has(item.item)}
              onToggle={(yes) => toggle(item.item, yes)}
            />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface ItemRowProps {
  readonly item: HiddenItem;
  readonly isChosen: boolean;
  readonly onToggle: (yes: boolean) => void;
}

function ItemRow({ item, isChosen, onToggle }: ItemRowProps) {
  const records = useRecords();
  const { dateTime, bytes } = useFormat();
  const name = item.property === null ? item.entity : `${item.entity}.${item.property}`;
  return (
    <Table.Tr>
      <Table.Td>
        <Checkbox
          aria-label={name}
          checked={isChosen}
          onChange={({ currentTarget }) => onToggle(currentTarget.checked)}
        />
      </Table.Td>
      <Table.Td className={classes.wide}>
        <b>{name}</b>
        <div className={classes.of}>{item.item}</div>
      </Table.Td>
      <Table.Td>{records(item)}</Table.Td>
      <Table.Td>{item.bytes === null ? '' : bytes(Number(item.bytes))}</Table.Td>
      <Table.Td>{item.hidden_on === null ? '' : dateTime(item.hidden_on)}</Table.Td>
      <Table.Td>
        <RestoreButton item={item} />
      </Table.Td>
    </Table.Tr>
  );
}
