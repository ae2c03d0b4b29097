// A list of users or teams: search, rows that open one, more by a button. It knows no entity.
import { Button, Group, Table, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { type ReactNode, useState } from 'react';
import { ErrorState, ListSkeleton } from '../../ui/index.ts';
import { usePagedList } from './data/directory.ts';

export interface DirectoryTableProps<T> {
  readonly set: string;
  readonly orderby: string;
  readonly filter?: string;
  readonly label: string;
  readonly columns: readonly { readonly label: string; readonly cell: (row: T) => ReactNode }[];
  readonly nameOf: (row: T) => string;
  readonly onOpen: (row: T) => void;
  /** Shown where there is nothing at all. */
  readonly empty: ReactNode;
  /** Beside the search. */
  readonly beside?: ReactNode;
}

export function DirectoryTable<T extends { readonly id: string }>(props: DirectoryTableProps<T>) {
  const t = useTranslate();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed, 250);
  const { set, orderby, filter, columns } = props;
  const list = usePagedList<T>(set, { search, orderby, filter });
  const rows = list.data?.pages.flatMap(({ value }) => value) ?? [];
  const isEmpty = list.data !== undefined && rows.length === 0;
  return (
    <>
      <Group mb="sm" gap="sm">
        <TextInput
          aria-label={t('rights.search')}
          placeholder={t('rights.search')}
          leftSection={<IconSearch size={16} />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {props.beside}
      </Group>
      {list.error !== null && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && <ListSkeleton />}
      {isEmpty &&
        (search.trim() === '' && filter === undefined ? (
          props.empty
        ) : (
          <Text size="sm">{t('rights.pick.nothing')}</Text>
        ))}
      {rows.length > 0 && (
        <Table.ScrollContainer minWidth={560}>
          <Table highlightOnHover verticalSpacing={6} aria-label={props.label}>
            <Table.Thead>
              <Table.Tr>
                {columns.map(({ label }) => (
                  <Table.Th key={label}>{label}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => (
                <Table.Tr key={row.id}>
                  {columns.map(({ label, cell }, at) => (
                    <Table.Td key={label}>
                      {at === 0 ? (
                        <Button variant="transparent" size="compact-sm" px={0} onClick={() => props.onOpen(row)}>
                          {props.nameOf(row)}
                        </Button>
                      ) : (
                        cell(row)
                      )}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {list.hasNextPage && (
        <Button variant="default" mt="sm" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('rights.more')}
        </Button>
      )}
    </>
  );
}
