// A new entity: what it is called in every language, to whom its records belong, and the text that is its title. It goes into the draft, and its
// page opens.
import { Button, Group, Modal, Select, Stack, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { type FormEvent, useState } from 'react';
import { useNavigate } from 'react-router';
import { useModel, useText } from '../../../data/model.tsx';
import { useEditedModel, useNamesOf } from '../data/documents.ts';
import { useDraft } from '../data/draft.tsx';
import { nameFor } from '../logic/new-name.ts';
import type { Json } from '../logic/paths.ts';
import { DIALOG_PARTS } from './dialog-parts.ts';
import { NameInput, useNewName } from './NameInput.tsx';
import { type Texts, TextsInput } from './Texts.tsx';

const OWNERSHIPS = ['user', 'business_unit', 'organization', 'parent'] as const;

/** The lookup through which records belong to their parent: without one there is no record. */
const PARENT = 'parent';

function bodyOf(given: Json & { readonly ownership: string }, parent: string | null, parentLabel: Texts): Json {
  const title = {
    type: 'text',
    label: { en: 'Name', ru: 'Название' },
    max_length: 200,
    required: true,
    search: true,
  };
  if (given.ownership !== 'parent' || parent === null) return { ...given, title: 'name', fields: { name: title } };
  const lookup = { type: 'lookup', label: parentLabel, targets: [parent], required: true };
  return { ...given, parent: PARENT, title: 'name', fields: { name: title, [PARENT]: lookup } };
}

const first = (texts: Texts | undefined): string => texts?.en ?? Object.values(texts ?? {})[0] ?? '';

export function NewEntity({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const t = useTranslate();
  return (
    <Modal
      closeButtonProps={{ 'aria-label': t('app.close') }}
      attributes={DIALOG_PARTS}
      closeOnClickOutside={false}
      opened={opened}
      onClose={onClose}
      title={t('model.entity.new')}
      size="lg"
    >
      {opened ? <NewEntityForm onClose={onClose} /> : null}
    </Modal>
  );
}

function NewEntityForm({ onClose }: { readonly onClose: () => void }) {
  const t = useTranslate();
  const navigate = useNavigate();
  const { edit } = useDraft();
  const taken = useNamesOf('entity').map(({ name }) => name);
  const [label, setLabel] = useState<Texts | undefined>();
  const [plural, setPlural] = useState<Texts | undefined>();
  const [parent, setParent] = useState<string | null>(null);
  const say = useText();
  const client = useModel();
  const { model } = useEditedModel();
  const [ownership, setOwnership] = useState<string>('user');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const newName = useNewName(first(label), taken);
  const { name, prefix, problem } = newName;
  const set = nameFor(first(plural), [name], prefix);
  const isOrphan = ownership === 'parent' && parent === null;
  const wrong = isOrphan || problem !== undefined || label === undefined || plural === undefined || set === '';
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (wrong) return;
    setBusy(true);
    const parentLabel = (client.entities[parent ?? '']?.label ?? { en: parent ?? '' }) as Texts;
    const body = bodyOf({ name, set, label, plural_label: plural, ownership }, parent, parentLabel);
    const done = await edit(
      { kind: 'entity', name, lower: [], published: null, draft: undefined },
      Object.entries(body).map(([member, value]) => ({ way: [member], value })),
    );
    setBusy(false);
    if (!done) return;
    onClose();
    navigate(`/admin/model/${name}`);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <TextsInput
          label={t('model.label')}
          value={label}
          onChange={setLabel}
          required
          autoFocus
          error={tried && label === undefined ? t('model.invalid.required') : undefined}
        />
        <TextsInput
          label={t('model.entity.plural')}
          value={plural}
          onChange={setPlural}
          required
          error={tried && plural === undefined ? t('model.invalid.required') : undefined}
        />
        <NameInput
          label={t('model.entity.name')}
          description={t('model.field.name_help')}
          value={newName}
          isTold={tried}
        />
        <Select
          label={t('model.entity.ownership')}
          description={t(`model.ownership.${ownership}_help`)}
          allowDeselect={false}
          data={OWNERSHIPS.map((value) => ({ value, label: t(`model.ownership.${value}`) }))}
          value={ownership}
          onChange={(value) => setOwnership(value ?? 'user')}
        />
        {ownership === 'parent' ? (
          <Select
            label={t('model.entity.parent')}
            description={t('model.entity.parent_help')}
            required
            searchable
            data={[...model.entities.keys()]
              .map((value) => ({ value, label: `${say(client.entities[value]?.label) || value} (${value})` }))
              .sort((one, other) => one.label.localeCompare(other.label))}
            value={parent}
            error={tried && isOrphan ? t('model.invalid.required') : undefined}
            onChange={setParent}
          />
        ) : null}
        <Text size="xs" c="dimmed">
          {t('model.entity.new_help')}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('model.cancel')}
          </Button>
          <Button type="submit" loading={busy}>
            {t('model.draft.put')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
