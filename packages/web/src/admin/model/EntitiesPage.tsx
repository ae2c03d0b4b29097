// All entities: shipped, of packages, custom, and those that the draft adds; found by name or label.
import { Button, Group, SegmentedControl, Table, Text, TextInput } from '@mantine/core';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useMemo, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { useModel, useText } from '../../data/model.tsx';
import { EmptyState, ErrorState, ListSkeleton, Page } from '../../ui/index.ts';
import { useEditedModel, useListed, useNamesOf } from './data/documents.ts';
import { keyOf, useDraft } from './data/draft.tsx';
import type { DraftChange } from './logic/layered.ts';
import { Areas } from './ui/Areas.tsx';
import { DraftBar } from './ui/DraftBar.tsx';
import { Mark } from './ui/Mark.tsx';
import { NewEntity } from './ui/NewEntity.tsx';
import { DraftBadge, LayerBadge } from './ui/Origin.tsx';

const KINDS = ['all', 'base', 'package', 'custom'] as const;

/** The layer that an entity belongs to: the lowest that has it. */
const ownerOf = (layers: readonly string[]): string => layers[0] ?? 'custom';
const kindOf = (layer: string): string => (layer.startsWith('package:') ? 'package' : layer);

export function EntitiesPage() {
  const t = useTranslate();
  const listed = useListed();
  const [creating, setCreating] = useState(false);
  return (
    <Page
      title={t('model.title')}
      subtitle={t('model.subtitle')}
      tabs={<Areas area="entities" />}
      actions={
        <>
          <DraftBar />
          <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
            {t('model.entity.new')}
          </Button>
        </>
      }
    >
      {listed.error !== null ? (
        <ErrorState error={listed.error} onRetry={() => void listed.refetch()} />
      ) : listed.data === undefined ? (
        <ListSkeleton />
      ) : (
        <Entities />
      )}
      <NewEntity opened={creating} onClose={() => setCreating(false)} />
    </Page>
  );
}

function useRows() {
  const say = useText();
  const client = useModel();
  const names = useNamesOf('entity');
  const { detail, bodies } = useDraft();
  const { model } = useEditedModel();
  return useMemo(() => {
    const drafted = new Map((detail?.documents ?? []).map((each) => [keyOf(each), each]));
    return names
      .map(({ kind, name, listed }) => {
        const layers = listed?.layers ?? [];
        const draft = drafted.get(keyOf({ kind, name }));
        const body = bodies?.get(keyOf({ kind, name }));
        const change: DraftChange | undefined =
          draft === undefined
            ? undefined
            : listed === undefined
              ? 'added'
              : draft.removed && ownerOf(layers) === 'custom'
                ? 'removed'
                : 'changed';
        return {
          name,
          label: say((body?.label as Record<string, string> | undefined) ?? client.entities[name]?.label) || name,
          owner: ownerOf(layers),
          customised: layers.length > 1 && layers.includes('custom'),
          fields: Object.keys(model.entities.get(name)?.fields ?? {}).length,
          ownership: model.entities.get(name)?.ownership,
          change,
        };
      })
      .sort((a, b) => a.label.localeCompare(b.label));
  }, [names, detail, bodies, model, client, say]);
}

function Entities() {
  const t = useTranslate();
  const rows = useRows();
  const [search, setSearch] = useSearchParams();
  const text = search.get('q') ?? '';
  const kind = search.get('kind') ?? 'all';
  const set = (name: string, value: string): void =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === '' || value === 'all') next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  const lower = text.toLowerCase();
  const shown = rows.filter(
    (row) =>
      (kind === 'all' || kindOf(row.owner) === kind) &&
      (row.name.toLowerCase().includes(lower) || row.label.toLowerCase().includes(lower)),
  );
  return (
    <>
      <Group mb="sm" gap="sm">
        <TextInput
          leftSection={<IconSearch size={16} />}
          placeholder={t('model.entity.search')}
          aria-label={t('model.entity.search')}
          value={text}
          onChange={(event) => set('q', event.currentTarget.value)}
          w={260}
        />
        <SegmentedControl
          aria-label={t('model.layer.filter')}
          data={KINDS.map((value) => ({ value, label: t(`model.layer.${value}`) }))}
          value={kind}
          onChange={(value) => set('kind', value)}
        />
      </Group>
      {shown.length === 0 ? (
        <EmptyState title={t('model.entity.none')} text={t('model.entity.none_text')} />
      ) : (
        <Table.ScrollContainer minWidth={560}>
          <Table highlightOnHover fz={13}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('model.entity.label')}</Table.Th>
                <Table.Th>{t('model.entity.name')}</Table.Th>
                <Table.Th>{t('model.entity.origin')}</Table.Th>
                <Table.Th>{t('model.entity.ownership')}</Table.Th>
                <Table.Th ta="right">{t('model.entity.fields')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((row) => (
                <Table.Tr key={row.name}>
                  <Table.Td>
                    <Text component={Link} to={`/admin/model/${row.name}`} size="sm" fw={500} c="var(--k-accent-text)">
                      {row.label}
                    </Text>
                  </Table.Td>
                  <Table.Td ff="monospace">{row.name}</Table.Td>
                  <Table.Td>
                    <Group gap={4}>
                      <LayerBadge layer={row.owner} />
                      {row.customised ? <Mark tone="own">{t('model.layer.customised')}</Mark> : null}
                      <DraftBadge change={row.change} />
                    </Group>
                  </Table.Td>
                  <Table.Td>{row.ownership === undefined ? '' : t(`model.ownership.${row.ownership}`)}</Table.Td>
                  <Table.Td ta="right">{row.fields}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </>
  );
}
