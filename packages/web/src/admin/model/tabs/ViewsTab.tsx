// Views of an entity: columns and sort keys in their order, and the filter in the same language and editor as conditions.
import { Button, Group, NumberInput, Select, Stack, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useMemo, useState } from 'react';
import { useModel, useText } from '../../../data/model.tsx';
import { ErrorState, FormSkeleton } from '../../../ui/index.ts';
import { useEditedModel } from '../data/documents.ts';
import { useDraft } from '../data/draft.tsx';
import { usePresentations } from '../data/presentations.ts';
import { useLeave, useUnsaved } from '../data/unsaved.tsx';
import type { TabProps } from '../EntityPage.tsx';
import { columnChoices } from '../logic/columns.ts';
import { expressionProblems } from '../logic/expression.ts';
import { effectiveOf, type LayeredDocument, originOf } from '../logic/layered.ts';
import type { Json } from '../logic/paths.ts';
import { ExpressionInput } from '../ui/ExpressionInput.tsx';
import { Findings } from '../ui/Findings.tsx';
import { NewPresentation } from '../ui/NewPresentation.tsx';
import { OriginBadges } from '../ui/Origin.tsx';
import { PlacedParts } from '../ui/PlacedParts.tsx';
import { PresentationTexts } from '../ui/PresentationTexts.tsx';

export function ViewsTab({ document, body }: TabProps) {
  const t = useTranslate();
  const say = useText();
  const { ready, error, documents } = usePresentations('view', document.name);
  const [chosen, setChosen] = useState<string | null>(null);
  const [adding, setAdding] = useState(false);
  const leave = useLeave();
  if (error) return <ErrorState error={error} />;
  if (!ready) return <FormSkeleton />;
  const view = documents.find(({ name }) => name === chosen) ?? documents[0];
  const title = String(body.title ?? 'id');
  return (
    <Stack gap="md">
      <Group align="flex-end">
        <Select
          label={t('model.view.which')}
          data={documents.map((each) => ({
            value: each.name,
            label: `${say(effectiveOf(each)?.label as Record<string, string>) || each.name} (${each.name})`,
          }))}
          value={view?.name ?? null}
          onChange={(name) => leave(() => setChosen(name))}
          miw={320}
        />
        <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
          {t('model.view.new')}
        </Button>
      </Group>
      {view === undefined ? (
        <Text size="sm" c="dimmed">
          {t('model.view.none')}
        </Text>
      ) : (
        <ViewEditor key={view.name} entity={document.name} view={view} body={effectiveOf(view) ?? {}} />
      )}
      <NewPresentation
        kind="view"
        opened={adding}
        body={{ entity: document.name, columns: { [title]: { order: 10 } } }}
        onClose={(name) => {
          setAdding(false);
          if (name !== null) setChosen(name);
        }}
      />
    </Stack>
  );
}

function ViewEditor(props: { readonly entity: string; readonly view: LayeredDocument; readonly body: Json }) {
  const t = useTranslate();
  const say = useText();
  const client = useModel();
  const { edit } = useDraft();
  const { model, entities } = useEditedModel();
  const { entity, view, body } = props;
  const [filter, setFilter] = useState<string | null>(null);
  const choices = useMemo(
    () => columnChoices(entities, { client, model, say }, entity),
    [entities, client, model, entity, say],
  );
  const present = typeof body.filter === 'string' ? body.filter : '';
  const rules = { entity, place: 'list', expects: 'boolean' } as const;
  const filterOrigin = originOf(view, ['filter']);
  const emptied = filter !== null && filter.trim() === '' && filterOrigin.below !== undefined;
  useUnsaved(filter !== null && filter !== present);
  const wrong = emptied || (filter !== null && expressionProblems(filter, entities, rules).length > 0);
  const saveFilter = async (): Promise<void> => {
    if (filter !== null && (await edit(view, [{ way: ['filter'], value: filter.trim() === '' ? undefined : filter }])))
      setFilter(null);
  };
  return (
    <Stack gap="lg">
      <Findings document={view} />
      <PresentationTexts document={view} body={body} />
      <section>
        <Title order={2} size="h5" mb="xs">
          {t('model.view.columns')}
        </Title>
        <PlacedParts
          document={view}
          body={body}
          way={['columns']}
          label={t('model.view.columns')}
          addLabel={t('model.view.add_column')}
          choices={choices}
        >
          {(key, part) => (
            <NumberInput
              size="xs"
              w={90}
              min={20}
              max={2000}
              placeholder={t('model.view.width')}
              aria-label={t('model.view.width_of', { name: key })}
              defaultValue={typeof part.width === 'number' ? part.width : ''}
              onBlur={(event) => {
                const width = event.currentTarget.value === '' ? undefined : Number(event.currentTarget.value);
                if (width !== part.width) void edit(view, [{ way: ['columns', key, 'width'], value: width }]);
              }}
            />
          )}
        </PlacedParts>
      </section>
      <section>
        <Group gap="xs">
          <Title order={2} size="h5">
            {t('model.view.filter')}
          </Title>
          <OriginBadges
            origin={filterOrigin}
            onReset={() => void edit(view, [{ way: ['filter'], value: undefined }])}
          />
        </Group>
        <ExpressionInput
          label={t('model.view.filter')}
          description={t('model.view.filter_help')}
          value={filter ?? present}
          onChange={setFilter}
          {...(emptied ? { error: t('model.invalid.from_below') } : {})}
          entities={entities}
          rules={rules}
        />
        <Button
          mt="xs"
          size="xs"
          variant="default"
          disabled={filter === null || wrong || filter === present}
          onClick={() => void saveFilter()}
        >
          {t('model.draft.put')}
        </Button>
      </section>
      <section>
        <Title order={2} size="h5" mb="xs">
          {t('model.view.sort')}
        </Title>
        <PlacedParts
          document={view}
          body={body}
          way={['sort']}
          label={t('model.view.sort')}
          addLabel={t('model.view.add_sort')}
          choices={choices}
          preset={{ direction: 'asc' }}
        >
          {(key, part) => (
            <Select
              size="xs"
              w={150}
              allowDeselect={false}
              aria-label={t('model.view.direction_of', { name: key })}
              data={['asc', 'desc'].map((value) => ({ value, label: t(`model.view.${value}`) }))}
              value={part.direction === 'desc' ? 'desc' : 'asc'}
              onChange={(value) => void edit(view, [{ way: ['sort', key, 'direction'], value }])}
            />
          )}
        </PlacedParts>
      </section>
    </Stack>
  );
}
