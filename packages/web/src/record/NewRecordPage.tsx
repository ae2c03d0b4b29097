// A record that is still to be made: its whole form, beginning with the documents' defaults and what the address says
// (`?company_id=...`). What is typed is kept until it is saved or given up.
import type { ClientEntity } from '@kartoteka/metadata';
import { Anchor, Button } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useTranslate } from 'ra-core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { FormProvider } from 'react-hook-form';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { useEntity, useModel, useText } from '../data/model.tsx';
import { fieldOfProperty } from '../fields/system-fields.ts';
import { Page } from '../ui/index.ts';
import { changesOf } from './draft.ts';
import { draftStore } from './kept-drafts.ts';
import { LeaveGuard } from './LeaveGuard.tsx';
import { defaultsOf, layoutFor, writableOf } from './layout.ts';
import { Problems } from './Problems.tsx';
import { RecordSections } from './RecordFields.tsx';
import classes from './record.module.css';
import { useCreate } from './use-create.ts';

export function NewRecordPage() {
  const { set = '' } = useParams();
  const [query] = useSearchParams();
  const entity = useEntity(set);
  return <NewRecord key={`${set} ${query}`} entity={entity} given={givenBy(entity, query)} />;
}

/** The values that an address gives, of properties that the entity has. */
function givenBy(entity: ClientEntity, query: URLSearchParams): Record<string, unknown> {
  const known = [...query].filter(([property]) => fieldOfProperty(entity, property) !== undefined);
  return Object.fromEntries(
    known.map(([property, value]) => {
      const widget = fieldOfProperty(entity, property)?.control.widget;
      return [property, widget === 'switch' ? value === 'true' : value];
    }),
  );
}

interface NewProps {
  readonly entity: ClientEntity;
  readonly given: Readonly<Record<string, unknown>>;
}

function NewRecord({ entity, given }: NewProps) {
  const translate = useTranslate();
  const text = useText();
  const navigate = useNavigate();
  const { user } = useModel();
  const layout = useMemo(() => layoutFor(entity, 'create'), [entity]);
  const writable = useMemo(() => writableOf(layout.sections.flatMap(({ fields }) => fields)), [layout]);
  const store = useMemo(() => draftStore(sessionStorage, user.id, entity.set, 'new'), [user.id, entity.set]);
  const [begins] = useState(() => defaultsOf(entity, given));
  const kept = useRef(Object.keys(given).length === 0 ? store.read() : undefined);
  const [initial] = useState(() => ({ ...begins, ...kept.current?.changes }));
  const creating = useCreate(entity, initial, writable, given);
  const { form } = creating;
  const [isDirty, setDirty] = useState(kept.current !== undefined);
  const [created, setCreated] = useState<string>();

  useEffect(() => {
    const subscription = form.watch(() => {
      const changes = changesOf(writable, begins, form.getValues());
      setDirty(changes !== null);
      if (changes === null) store.remove();
      else store.write({ base: {}, changes, at: Date.now() });
    });
    return () => subscription.unsubscribe();
  }, [form, writable, begins, store]);

  // Only once nothing is unsaved any more may the page be left without asking.
  useEffect(() => {
    if (created !== undefined && !isDirty) navigate(`/records/${entity.set}/${created}`, { replace: true });
  }, [created, isDirty, navigate, entity.set]);

  const save = async (): Promise<boolean> => {
    const record = await creating.create();
    if (record === undefined) return false;
    store.remove();
    setDirty(false);
    setCreated(String(record.id));
    notifications.show({
      message: translate('record.created'),
      color: 'green',
      autoClose: 2500,
      withCloseButton: false,
    });
    return true;
  };
  useHotkeys([['mod+S', () => void save()]], []);
  const discard = (): void => {
    store.remove();
    setDirty(false);
  };
  const title = translate('record.create.title', { entity: text(entity.label).toLowerCase() });
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
          <Button variant="default" onClick={() => navigate(`/records/${entity.set}`)}>
            {translate('app.cancel')}
          </Button>
          <Button onClick={() => void save()} loading={creating.isSaving}>
            {translate('record.create.action')}
          </Button>
        </>
      }
    >
      <Problems problems={creating.problems} error={creating.error} />
      <FormProvider {...form}>
        <form
          className={classes.alone}
          noValidate
          aria-label={title}
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <RecordSections entity={entity} sections={layout.sections} readOnly={false} />
          <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
        </form>
      </FormProvider>
      <LeaveGuard isDirty={isDirty} save={save} discard={discard} />
    </Page>
  );
}
