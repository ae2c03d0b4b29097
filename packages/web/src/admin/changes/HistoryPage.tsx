// Publishes, newest first: when, who, what for, how much.
import { Button, Group, Table } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router';
import { useApi } from '../../data/api.ts';
import { EmptyState, ErrorState, ListSkeleton, Page, useFormat } from '../../ui/index.ts';
import type { Revision } from './api-types.ts';
import { ChangesTabs } from './ChangesTabs.tsx';
import classes from './lists.module.css';
import { METADATA } from './metadata-api.ts';
import { PersonName } from './PersonName.tsx';

interface RevisionPageData {
  readonly value: readonly Revision[];
  readonly '@odata.nextLink'?: string;
}

const FIRST = 'metadata/revisions?$top=50';

export function HistoryPage() {
  const translate = useTranslate();
  const api = useApi();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: [METADATA, 'revisions'],
    initialPageParam: FIRST,
    queryFn: ({ pageParam, signal }) => api.get<RevisionPageData>(pageParam, { signal }),
    getNextPageParam: ({ '@odata.nextLink': link }) => (link === undefined ? undefined : api.pathOf(link)),
  });
  const revisions = data?.pages.flatMap(({ value }) => value);
  return (
    <Page
      title={translate('changes.history.title')}
      subtitle={translate('changes.history.subtitle')}
      tabs={<ChangesTabs value="history" />}
    >
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {error === null && revisions === undefined && <ListSkeleton rows={8} columns={5} />}
      {revisions?.length === 0 && <EmptyState title={translate('changes.history.empty')} />}
      {revisions !== undefined && revisions.length > 0 && <RevisionTable revisions={revisions} />}
      {hasNextPage && (
        <Group justify="center" mt="md">
          <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {translate('changes.history.more')}
          </Button>
        </Group>
      )}
    </Page>
  );
}

function RevisionTable({ revisions }: { readonly revisions: readonly Revision[] }) {
  const translate = useTranslate();
  const { dateTime, number } = useFormat();
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table className={classes.table} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {['number', 'comment', 'author', 'when', 'changes'].map((column) => (
              <Table.Th key={column}>{translate(`changes.history.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {revisions.map(({ number: revision, comment, author_id, created_on, change_count }) => (
            <Table.Tr key={revision}>
              <Table.Td>
                <Link className={classes.link} to={`/admin/history/${revision}`}>
                  {translate('changes.history.revision', { revision })}
                </Link>
              </Table.Td>
              <Table.Td className={classes.wide}>{comment}</Table.Td>
              <Table.Td>
                <PersonName id={author_id} />
              </Table.Td>
              <Table.Td>{dateTime(created_on)}</Table.Td>
              <Table.Td>{change_count === null ? '' : number(change_count)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
