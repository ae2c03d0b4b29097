// One entity with its tabs. The tab stands in the address; what each needs is given by the page: the entity's document in layers, and the change
// set that edits go to.
import { Group, Tabs, Text, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { type ComponentType, lazy, Suspense } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useApi } from '../../data/api.ts';
import { useModel, useText } from '../../data/model.tsx';
import { EmptyState, ErrorState, FormSkeleton, ListSkeleton, Page } from '../../ui/index.ts';
import { useLayered } from './data/documents.ts';
import { readCapacity } from './data/metadata-api.ts';
import { effectiveOf, type LayeredDocument } from './logic/layered.ts';
import type { Json } from './logic/paths.ts';
import { DraftBar } from './ui/DraftBar.tsx';
import { Findings } from './ui/Findings.tsx';

/** What a tab is given. */
export interface TabProps {
  readonly document: LayeredDocument;
  /** The entity as it would be with the draft. */
  readonly body: Json;
}

const TABS: Readonly<Record<string, ComponentType<TabProps>>> = {
  fields: lazy(async () => ({ default: (await import('./tabs/FieldsTab.tsx')).FieldsTab })),
  relations: lazy(async () => ({ default: (await import('./tabs/RelationsTab.tsx')).RelationsTab })),
  keys: lazy(async () => ({ default: (await import('./tabs/KeysTab.tsx')).KeysTab })),
  choices: lazy(async () => ({ default: (await import('./tabs/ChoicesTab.tsx')).ChoicesTab })),
  rules: lazy(async () => ({ default: (await import('./tabs/RulesTab.tsx')).RulesTab })),
  forms: lazy(async () => ({ default: (await import('./tabs/FormsTab.tsx')).FormsTab })),
  views: lazy(async () => ({ default: (await import('./tabs/ViewsTab.tsx')).ViewsTab })),
  settings: lazy(async () => ({ default: (await import('./tabs/SettingsTab.tsx')).SettingsTab })),
  history: lazy(async () => ({ default: (await import('./tabs/HistoryTab.tsx')).HistoryTab })),
};

export function EntityPage() {
  const t = useTranslate();
  const say = useText();
  const navigate = useNavigate();
  const { entity = '', tab = 'fields' } = useParams();
  const { ready, error, documents } = useLayered([{ kind: 'entity', name: entity }]);
  const document = documents[0];
  const body = document === undefined ? null : effectiveOf(document);
  const Tab = TABS[tab];
  const title = say((body?.label as Record<string, string> | undefined) ?? entity);
  return (
    <Page
      title={title || entity}
      subtitle={<Subtitle entity={entity} fields={Object.keys((body?.fields as object | undefined) ?? {}).length} />}
      actions={<DraftBar />}
      tabs={
        <Tabs value={tab} onChange={(next) => navigate(`/admin/model/${entity}/${next}`)}>
          <Tabs.List>
            {Object.keys(TABS).map((name) => (
              <Tabs.Tab key={name} value={name}>
                {t(`model.tab.${name}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
        </Tabs>
      }
    >
      {error ? (
        <ErrorState error={error} />
      ) : !ready || document === undefined ? (
        <FormSkeleton />
      ) : body === null || Tab === undefined ? (
        <EmptyState title={t('model.entity.missing')} text={t('model.entity.missing_text')} />
      ) : (
        <Suspense fallback={<ListSkeleton />}>
          <Findings document={document} />
          <Tab document={document} body={body} />
        </Suspense>
      )}
    </Page>
  );
}

/** Capacity left: the table's columns and indexes; nothing for an entity that has no table yet. */
function Subtitle({ entity, fields }: { readonly entity: string; readonly fields: number }) {
  const t = useTranslate();
  const api = useApi();
  const { revision } = useModel();
  const { data } = useQuery({
    queryKey: ['metadata', 'capacity', entity, revision],
    queryFn: () => readCapacity(api, entity),
    retry: false,
  });
  return (
    <Group gap="md">
      <Text size="sm" ff="monospace">
        {entity}
      </Text>
      {data === undefined || data === null ? (
        <Text size="sm">{t('model.capacity.fields', { smart_count: fields })}</Text>
      ) : (
        <Tooltip
          multiline
          w={320}
          events={{ hover: true, focus: true, touch: true }}
          label={t('model.capacity.help', {
            hidden: data.columns.hidden,
            dropped: data.columns.dropped,
            bytes: data.row_bytes.used,
            most: data.row_bytes.limit,
          })}
        >
          <Text size="sm" tabIndex={0}>
            {t('model.capacity.used', {
              fields,
              columns: data.columns.used,
              most_columns: data.columns.limit,
              indexes: data.indexes.used,
              most_indexes: data.indexes.limit,
            })}
          </Text>
        </Tooltip>
      )}
    </Group>
  );
}
