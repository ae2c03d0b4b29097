// The page of a record that is there: header, form, what belongs to it. The form's state is here, since saving, leaving and the
// keyboard all need it.
import type { ClientEntity } from '@kartoteka/metadata';
import { Alert, Anchor, Button, Group, Kbd, Tabs, Tooltip } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconDeviceFloppy, IconHistory, IconLinkPlus } from '@tabler/icons-react';
import { useLocaleState, useTranslate } from 'ra-core';
import { useMemo, useState } from 'react';
import { FormProvider } from 'react-hook-form';
import { Link } from 'react-router';
import { useModel, useText } from '../data/model.tsx';
import { formatMoment } from '../fields/moments.ts';
import type { RecordValues } from '../fields/types.ts';
import { useTimeZone } from '../fields/use-time-zone.ts';
import { Page } from '../ui/index.ts';
import { AccessPanel } from './AccessPanel.tsx';
import { ConflictDialog } from './ConflictDialog.tsx';
import type { Writable } from './draft.ts';
import { KeyFacts } from './KeyFacts.tsx';
import type { DraftStore } from './kept-drafts.ts';
import { LeaveGuard } from './LeaveGuard.tsx';
import { keyFacts, type Layout } from './layout.ts';
import { Problems } from './Problems.tsx';
import { RecordActions } from './RecordActions.tsx';
import { RecordSections } from './RecordFields.tsx';
import { RecordHistory } from './RecordHistory.tsx';
import { RelatedLists } from './RelatedLists.tsx';
import classes from './record.module.css';
import { may, useRights } from './record-data.ts';
import { SharingPanel } from './SharingPanel.tsx';
import { type Draft, useDraft } from './use-draft.ts';
import { type Saving, useSave } from './use-save.ts';

interface BodyProps {
  readonly entity: ClientEntity;
  readonly id: string;
  readonly record: RecordValues;
  readonly layout: Layout;
  readonly writable: Writable;
  readonly store: DraftStore;
}

type Panel = 'sharing' | 'access' | undefined;

export function RecordBody({ entity, id, record, layout, writable, store }: BodyProps) {
  const translate = useTranslate();
  const text = useText();
  const model = useModel();
  const rights = useRights(entity, id);
  const draft = useDraft(record, writable, store);
  const saving = useSave(entity, id, draft, writable);
  const [panel, setPanel] = useState<Panel>();
  const facts = useMemo(() => keyFacts(entity, model, layout), [entity, model, layout]);
  const mayWrite = may(entity, rights, 'write');
  const named = entity.display_property === 'id' ? text(entity.label) : String(record[entity.display_property] ?? '');
  const title = named || translate('record.field.untitled');
  const save = useSaveCommand(draft, saving, mayWrite);
  return (
    <Page
      wide
      title={title}
      subtitle={
        <Anchor component={Link} to={`/records/${entity.set}`} size="sm" c="dimmed">
          {text(entity.plural_label)}
        </Anchor>
      }
      actions={
        <>
          {mayWrite ? <SaveButtons {...{ draft, saving, save }} /> : null}
          <RecordActions
            {...{ entity, id, record, title, rights, onPanel: setPanel }}
            isDirty={draft.isDirty}
            onDeleted={() => draft.begin(draft.base)}
          />
        </>
      }
    >
      <KeyFacts entity={entity} record={record} facts={facts} />
      <Notices {...{ draft, saving }} isLocked={!mayWrite} onWhy={() => setPanel('access')} />
      <div className={classes.columns}>
        <FormProvider {...draft.form}>
          <form
            className={classes.main}
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              void save();
            }}
            aria-label={title}
          >
            <RecordSections entity={entity} sections={layout.sections} readOnly={!mayWrite} />
          </form>
        </FormProvider>
        <Beside {...{ entity, id, layout }} version={record.version} />
      </div>
      <LeaveGuard isDirty={draft.isDirty} save={save} discard={() => draft.begin(draft.base)} />
      {saving.conflict === undefined ? null : (
        <ConflictDialog
          entity={entity}
          {...saving.conflict}
          onResolve={saving.resolve}
          onClose={saving.leaveConflict}
        />
      )}
      <SharingPanel
        entity={entity}
        id={id}
        title={title}
        opened={panel === 'sharing'}
        onClose={() => setPanel(undefined)}
      />
      <AccessPanel entity={entity} id={id} opened={panel === 'access'} onClose={() => setPanel(undefined)} />
    </Page>
  );
}

/** Saves, and says so; Ctrl+S does, Escape gives up what is typed after asking (LeaveGuard) or goes back. */
function useSaveCommand(draft: Draft, saving: Saving, mayWrite: boolean): () => Promise<boolean> {
  const translate = useTranslate();
  const save = async (): Promise<boolean> => {
    const hadChanges = draft.isDirty;
    const done = await saving.save();
    if (done && hadChanges)
      notifications.show({
        message: translate('record.saved'),
        color: 'green',
        autoClose: 2500,
        withCloseButton: false,
      });
    return done;
  };
  useHotkeys([['mod+S', () => void (mayWrite && save())]], []);
  return save;
}

interface SaveProps {
  readonly draft: Draft;
  readonly saving: Saving;
  readonly save: () => Promise<boolean>;
}

function SaveButtons({ draft, saving, save }: SaveProps) {
  const translate = useTranslate();
  const revert = (): void => {
    saving.forget();
    draft.begin(draft.base);
  };
  return (
    <Group gap="xs">
      {draft.isDirty ? (
        <Button variant="subtle" color="gray" onClick={revert} disabled={saving.isSaving}>
          {translate('record.revert')}
        </Button>
      ) : null}
      <Tooltip label={<Kbd size="xs">Ctrl S</Kbd>}>
        <Button
          leftSection={<IconDeviceFloppy size={16} aria-hidden="true" />}
          onClick={() => void save()}
          loading={saving.isSaving}
          disabled={!draft.isDirty}
        >
          {translate('record.save')}
        </Button>
      </Tooltip>
    </Group>
  );
}

interface NoticesProps {
  readonly draft: Draft;
  readonly saving: Saving;
  readonly isLocked: boolean;
  readonly onWhy: () => void;
}

function Notices({ draft, saving, isLocked, onWhy }: NoticesProps) {
  const translate = useTranslate();
  const [locale] = useLocaleState();
  const timeZone = useTimeZone();
  const { restoredAt, isDirty } = draft;
  return (
    <>
      {isLocked ? (
        <Alert color="gray" mb="sm" className={classes.notice}>
          <Group justify="space-between" gap="xs">
            {translate('record.locked')}
            <Button size="xs" variant="default" onClick={onWhy}>
              {translate('record.why')}
            </Button>
          </Group>
        </Alert>
      ) : null}
      {restoredAt !== undefined && isDirty ? (
        <Alert color="blue" mb="sm" className={classes.notice}>
          <Group justify="space-between" gap="xs">
            {translate('record.restored', { at: formatMoment(new Date(restoredAt).toISOString(), locale, timeZone) })}
            <Button size="xs" variant="default" onClick={() => draft.begin(draft.base)}>
              {translate('record.discard')}
            </Button>
          </Group>
        </Alert>
      ) : null}
      <Problems problems={saving.problems} error={saving.error} />
    </>
  );
}

/** Related lists and history, at the right or below. */
function Beside({
  entity,
  id,
  layout,
  version,
}: Pick<BodyProps, 'entity' | 'id' | 'layout'> & { readonly version: unknown }) {
  const translate = useTranslate();
  const hasRelated = layout.related.length > 0;
  const [tab, setTab] = useState<string | null>(hasRelated ? 'related' : 'history');
  return (
    <aside className={classes.beside} aria-label={translate('record.beside')}>
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List>
          {hasRelated ? (
            <Tabs.Tab value="related" leftSection={<IconLinkPlus size={16} aria-hidden="true" />}>
              {translate('record.related.title')}
            </Tabs.Tab>
          ) : null}
          {entity.history ? (
            <Tabs.Tab value="history" leftSection={<IconHistory size={16} aria-hidden="true" />}>
              {translate('record.history.title')}
            </Tabs.Tab>
          ) : null}
        </Tabs.List>
        {hasRelated ? (
          <Tabs.Panel value="related" pt="sm">
            <RelatedLists entity={entity} id={id} related={layout.related} />
          </Tabs.Panel>
        ) : null}
        {entity.history ? (
          <Tabs.Panel value="history" pt="sm">
            <RecordHistory entity={entity} id={id} version={version} />
          </Tabs.Panel>
        ) : null}
      </Tabs>
    </aside>
  );
}
