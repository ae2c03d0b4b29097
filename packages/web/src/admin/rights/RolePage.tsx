// One role: its privilege matrix, secured fields, capabilities and who holds it. Edits stay on the page, where their effect can be looked at, until
// they are put into a change set; a publish then makes them hold.

import type { Text as Labels } from '@kartoteka/metadata';
import { Alert, Badge, Button, Group, Modal, Stack, Tabs, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useMemo, useState } from 'react';
import { useParams } from 'react-router';
import { useText } from '../../data/model.tsx';
import { EmptyState, ErrorState, FormSkeleton, Page } from '../../ui/index.ts';
import { useLayered } from '../model/data/documents.ts';
import { useDraft } from '../model/data/draft.tsx';
import { useUnsaved } from '../model/data/unsaved.tsx';
import type { Change } from '../model/logic/edit.ts';
import { effectiveOf, isExtended, type LayeredDocument, publishedOf } from '../model/logic/layered.ts';
import type { Json } from '../model/logic/paths.ts';
import { DraftBar } from '../model/ui/DraftBar.tsx';
import { ConditionsDrawer } from './ConditionsDrawer.tsx';
import { useRightsEntities } from './data/entities.ts';
import { changesAnything, edited, previewedRole } from './logic/edited.ts';
import { cellDifferences, changesFor } from './logic/matrix.ts';
import { MatrixGrid } from './MatrixGrid.tsx';
import { PreviewPanel } from './PreviewPanel.tsx';
import { Capabilities, Holders, SecuredFields } from './RoleParts.tsx';
import { RoleSettings } from './RoleSettings.tsx';

export function RolePage() {
  const t = useTranslate();
  const { role: name = '' } = useParams();
  const { ready, error, documents } = useLayered([{ kind: 'role', name }]);
  const [document] = documents;
  if (error !== null)
    return (
      <Page title={name}>
        <ErrorState error={error} />
      </Page>
    );
  if (!ready || document === undefined)
    return (
      <Page title={name}>
        <FormSkeleton />
      </Page>
    );
  if (effectiveOf(document) === null)
    return (
      <Page title={name} beside={<DraftBar />}>
        <EmptyState title={t('rights.roles.missing')} text={t('rights.roles.missing_text')} />
      </Page>
    );
  return <EditedRole key={name} document={document} />;
}

function EditedRole({ document }: { readonly document: LayeredDocument }) {
  const t = useTranslate();
  const text = useText();
  const draft = useDraft();
  const entities = useRightsEntities();
  const [pending, setPending] = useState<readonly Change[]>([]);
  const [conditionsOf, setConditionsOf] = useState<string | null>(null);
  const [isLooking, setLooking] = useState(false);
  const [sought, setSought] = useState('');
  const present = useMemo(() => edited(document, pending), [document, pending]);
  const [body, published] = [effectiveOf(present), publishedOf(document)];
  const isDirty = changesAnything(document, pending);
  useUnsaved(isDirty);
  const add = (changes: readonly Change[]): void => setPending([...pending, ...changes]);
  const found = entities.filter(({ label, name }) =>
    `${label} ${name}`.toLowerCase().includes(sought.trim().toLowerCase()),
  );
  const save = async (): Promise<void> => {
    if (await draft.edit(document, pending)) setPending([]);
  };
  const conditioned = entities.find(({ name }) => name === conditionsOf);
  return (
    <Page
      title={text(body?.label as Labels | undefined) || document.name}
      subtitle={text(body?.description as Labels | undefined) || undefined}
      beside={<RoleBadges document={document} />}
      actions={
        <>
          <DraftBar />
          <Button variant="default" onClick={() => setLooking(true)}>
            {t('rights.preview.open')}
          </Button>
          {isDirty && (
            <Button variant="subtle" onClick={() => setPending([])}>
              {t('rights.discard')}
            </Button>
          )}
          <Button disabled={!isDirty} onClick={() => void save()}>
            {t('rights.roles.save')}
          </Button>
        </>
      }
      wide
    >
      <Tabs defaultValue="matrix" keepMounted={false}>
        <Tabs.List mb="sm">
          <Tabs.Tab value="matrix">{t('rights.matrix.title')}</Tabs.Tab>
          <Tabs.Tab value="fields">{t('rights.fields.title')}</Tabs.Tab>
          <Tabs.Tab value="capabilities">{t('rights.capabilities.title')}</Tabs.Tab>
          <Tabs.Tab value="holders">{t('rights.holders.title')}</Tabs.Tab>
          <Tabs.Tab value="settings">{t('rights.roles.settings')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="matrix">
          <Stack gap="xs">
            <TextInput
              w={280}
              aria-label={t('rights.matrix.filter')}
              placeholder={t('rights.matrix.filter')}
              leftSection={<IconSearch size={16} />}
              value={sought}
              onChange={(event) => setSought(event.currentTarget.value)}
            />
            <MatrixGrid
              entities={found}
              body={body}
              published={published}
              onEdit={(edits) => add(changesFor(present, edits))}
              onConditions={setConditionsOf}
            />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="fields">
          <SecuredFields document={present} onChange={add} />
        </Tabs.Panel>
        <Tabs.Panel value="capabilities">
          <Capabilities document={present} onChange={add} />
        </Tabs.Panel>
        <Tabs.Panel value="holders">
          <Holders role={document.name} />
        </Tabs.Panel>
        <Tabs.Panel value="settings">
          <RoleSettings document={present} onChange={add} />
        </Tabs.Panel>
      </Tabs>
      {conditioned !== undefined && (
        <ConditionsDrawer
          entity={conditioned}
          body={body}
          onEdit={(edits) => add(changesFor(present, edits))}
          onClose={() => setConditionsOf(null)}
        />
      )}
      {isLooking && <Effects document={document} pending={pending} onClose={() => setLooking(false)} />}
    </Page>
  );
}

function RoleBadges({ document }: { readonly document: LayeredDocument }) {
  const t = useTranslate();
  return (
    <Badge variant="light" color={isExtended(document) ? 'gray' : 'blue'}>
      {t(isExtended(document) ? 'rights.roles.shipped' : 'rights.roles.own')}
    </Badge>
  );
}

/** Privileges on records that there are: those that a preview counts. */
const COUNTED = new Set(['read', 'write', 'delete', 'append', 'append_to', 'assign', 'share']);

/** The body of the preview: of what the edits change alone, so that the answer comes soon. */
function previewOf(
  role: Json,
  before: Json | null,
  after: Json | null,
  entities: Parameters<typeof cellDifferences>[2],
): object {
  const differences = cellDifferences(before, after, entities);
  const privileges = [...new Set(differences.map(({ privilege }) => privilege as string))].filter((each) =>
    COUNTED.has(each),
  );
  const concerned = [...new Set(differences.map(({ entity }) => entity))];
  return {
    roles: [role],
    ...(concerned.length === 0 ? {} : { entities: concerned }),
    ...(privileges.length === 0 ? {} : { privileges }),
  };
}

function Effects(props: {
  readonly document: LayeredDocument;
  readonly pending: readonly Change[];
  readonly onClose: () => void;
}) {
  const t = useTranslate();
  const entities = useRightsEntities();
  const { document, pending, onClose } = props;
  const role = previewedRole(document, pending);
  const after = effectiveOf(edited(document, pending));
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={t('rights.preview.title')}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      {role === undefined ? (
        <Text size="sm">{t('rights.preview.unchanged')}</Text>
      ) : (
        <Stack gap="sm">
          <PreviewPanel change={previewOf(role, publishedOf(document), after, entities)} />
          <Alert color="blue">{t('rights.preview.until_published')}</Alert>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('app.close')}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
