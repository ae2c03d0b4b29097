// Publishes that changed an entity, its views or its forms. The service lists publishes of the whole model; they are looked through twenty at a time,
// and further back when that is asked for.
import { Button, Group, Stack, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router';
import { type Api, useApi } from '../../../data/api.ts';
import { useModel } from '../../../data/model.tsx';
import { ErrorState, ListSkeleton, useFormat } from '../../../ui/index.ts';
import { listRevisions, type RevisionDetail, readRevision } from '../data/metadata-api.ts';
import type { TabProps } from '../EntityPage.tsx';
import { Mark } from '../ui/Mark.tsx';

type Changed = RevisionDetail['documents'][number];

/** Whether a document is the entity, or a view or form of it. */
function isOf(entity: string, { kind, name, before, after }: Changed): boolean {
  const body = after ?? before;
  if (kind === 'entity') return name === entity || body?.extends === entity;
  return body?.entity === entity;
}

interface Looked {
  readonly found: readonly RevisionDetail[];
  readonly oldest: number | null;
  readonly next: string | null;
}

async function look(api: Api, entity: string, path: string | null): Promise<Looked> {
  const { revisions, next } = await listRevisions(api, path);
  const found: RevisionDetail[] = [];
  // A few at a time: the service answers other people, too.
  for (let at = 0; at < revisions.length; at += 5) {
    const details = await Promise.all(revisions.slice(at, at + 5).map(({ number }) => readRevision(api, number)));
    found.push(...details.filter(({ documents }) => documents.some((document) => isOf(entity, document))));
  }
  return { found, oldest: revisions.at(-1)?.number ?? null, next };
}

export function HistoryTab({ document }: TabProps) {
  const t = useTranslate();
  const api = useApi();
  const format = useFormat();
  const { revision } = useModel();
  const query = useInfiniteQuery({
    queryKey: ['metadata', 'history', document.name, revision],
    queryFn: ({ pageParam }) => look(api, document.name, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  if (query.error !== null) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <ListSkeleton rows={6} columns={3} />;
  const found = query.data.pages.flatMap((page) => page.found);
  const oldest = query.data.pages.at(-1)?.oldest;
  return (
    <Stack gap="sm">
      {found.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('model.history.none')}
        </Text>
      ) : (
        <Table fz={13}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('model.history.revision')}</Table.Th>
              <Table.Th>{t('model.history.when')}</Table.Th>
              <Table.Th>{t('model.history.comment')}</Table.Th>
              <Table.Th>{t('model.history.documents')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {found.map((each) => (
              <Table.Tr key={each.number}>
                <Table.Td>
                  <Text component={Link} to={`/admin/history/${each.number}`} size="sm" c="var(--k-accent-text)">
                    {each.number}
                  </Text>
                </Table.Td>
                <Table.Td>{format.dateTime(each.created_on)}</Table.Td>
                <Table.Td>{each.comment ?? ''}</Table.Td>
                <Table.Td>
                  <Group gap={4}>
                    {each.documents
                      .filter((changed) => isOf(document.name, changed))
                      .map((changed) => (
                        <Mark key={`${changed.layer} ${changed.kind} ${changed.name}`}>
                          {t(`model.kind.${changed.kind}`, { _: changed.kind })} {changed.name}:{' '}
                          {t(`model.draft.${changed.change}`)}
                        </Mark>
                      ))}
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Group gap="sm">
        {oldest === null || oldest === undefined ? null : (
          <Text size="sm" c="dimmed">
            {t('model.history.looked', { number: oldest })}
          </Text>
        )}
        {query.hasNextPage ? (
          <Button
            size="xs"
            variant="default"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {t('model.history.further')}
          </Button>
        ) : null}
      </Group>
    </Stack>
  );
}
