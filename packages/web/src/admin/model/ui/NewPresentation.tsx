// A new view or form: its texts and its name; what it begins with is given.
import { Button, Group, Modal, Stack } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useNamesOf } from '../data/documents.ts';
import { useDraft } from '../data/draft.tsx';
import type { Json } from '../logic/paths.ts';
import { DIALOG_PARTS } from './dialog-parts.ts';
import { NameInput, useNewName } from './NameInput.tsx';
import { type Texts, TextsInput } from './Texts.tsx';

export function NewPresentation(props: {
  readonly kind: 'view' | 'form';
  readonly opened: boolean;
  readonly body: Json;
  readonly onClose: (name: string | null) => void;
}) {
  const t = useTranslate();
  return (
    <Modal
      closeButtonProps={{ 'aria-label': t('app.close') }}
      attributes={DIALOG_PARTS}
      closeOnClickOutside={false}
      opened={props.opened}
      onClose={() => props.onClose(null)}
      title={t(`model.${props.kind}.new`)}
      size="lg"
    >
      {props.opened ? <Fields {...props} /> : null}
    </Modal>
  );
}

function Fields({ kind, body, onClose }: Parameters<typeof NewPresentation>[0]) {
  const t = useTranslate();
  const { edit } = useDraft();
  const taken = useNamesOf(kind).map(({ name }) => name);
  const [label, setLabel] = useState<Texts | undefined>();
  const newName = useNewName(label?.en ?? Object.values(label ?? {})[0] ?? '', taken);
  const { name, problem } = newName;
  const add = async (): Promise<void> => {
    const members = Object.entries({ name, label, ...body }).map(([member, value]) => ({ way: [member], value }));
    if (await edit({ kind, name, lower: [], published: null, draft: undefined }, members)) onClose(name);
  };
  return (
    <Stack gap="sm">
      <TextsInput label={t('model.label')} value={label} onChange={setLabel} required autoFocus />
      <NameInput label={t('model.field.name')} value={newName} isTold={label !== undefined} />
      <Group justify="flex-end">
        <Button variant="default" onClick={() => onClose(null)}>
          {t('model.cancel')}
        </Button>
        <Button disabled={label === undefined || problem !== undefined} onClick={() => void add()}>
          {t('model.draft.put')}
        </Button>
      </Group>
    </Stack>
  );
}
