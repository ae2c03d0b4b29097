// A new record in a dialog, with the few fields that it needs; the whole form is one click away and takes along what was typed.
import type { ClientEntity } from '@kartoteka/metadata';
import { Button, Group, Modal } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useTranslate } from 'ra-core';
import { useMemo } from 'react';
import { FormProvider } from 'react-hook-form';
import { useNavigate } from 'react-router';
import { useText } from '../data/model.tsx';
import type { RecordValues } from '../fields/types.ts';
import { defaultsOf, quickFields, writableOf } from './layout.ts';
import { Problems } from './Problems.tsx';
import { FieldGrid } from './RecordFields.tsx';
import { useCreate } from './use-create.ts';

export interface QuickCreateProps {
  readonly entity: ClientEntity;
  /** Values that the record begins with, by property. */
  readonly defaults: RecordValues;
  readonly onCreated: (id: string, title: string) => void;
  readonly onClose: () => void;
}

export default function QuickCreate({ entity, defaults, onCreated, onClose }: QuickCreateProps) {
  const translate = useTranslate();
  const text = useText();
  const navigate = useNavigate();
  const fields = useMemo(() => quickFields(entity, defaults), [entity, defaults]);
  const begins = useMemo(() => defaultsOf(entity, defaults), [entity, defaults]);
  const writable = useMemo(() => writableOf(fields), [fields]);
  const creating = useCreate(entity, begins, writable, defaults);
  const create = async (): Promise<void> => {
    const created = await creating.create();
    if (created === undefined) return;
    onCreated(String(created.id), String(created[entity.display_property] ?? ''));
    onClose();
  };
  useHotkeys([['mod+S', () => void create()]], []);
  const openForm = (): void => {
    const typed = Object.entries(creating.form.getValues()).filter(
      ([, value]) => typeof value === 'boolean' || (typeof value === 'string' && value.length <= 300),
    );
    onClose();
    navigate(`/records/${entity.set}/new?${new URLSearchParams(typed.map(([name, value]) => [name, String(value)]))}`);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={translate('record.create.title', { entity: text(entity.label).toLowerCase() })}
      closeButtonProps={{ 'aria-label': translate('app.close') }}
    >
      <FormProvider {...creating.form}>
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            // Portals pass events on to the form around the lookup that opened this one.
            event.stopPropagation();
            void create();
          }}
        >
          <Problems problems={creating.problems} error={creating.error} />
          <FieldGrid entity={entity} fields={fields} columns={2} readOnly={false} />
          <Group justify="space-between" mt="md">
            <Button variant="subtle" onClick={openForm}>
              {translate('record.create.whole')}
            </Button>
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                {translate('app.cancel')}
              </Button>
              <Button type="submit" loading={creating.isSaving}>
                {translate('record.create.action')}
              </Button>
            </Group>
          </Group>
        </form>
      </FormProvider>
    </Modal>
  );
}
