// A new entity: what it is called in every language, to whom its records belong, and the text that is its title. It goes into the draft, and its
// page opens.
import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { type FormEvent, useState } from 'react';
import { useNavigate } from 'react-router';
import { useNamesOf } from '../data/documents.ts';
import { useDraft } from '../data/draft.tsx';
import { nameFor, nameProblem } from '../logic/new-name.ts';
import { DIALOG_PARTS } from './dialog-parts.ts';
import { type Texts, TextsInput } from './Texts.tsx';

/** Ownership `parent` needs a lookup first, and cannot be taken later: such an entity is made through the API. */
const OWNERSHIPS = ['user', 'business_unit', 'organization'] as const;

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
  const [own, setOwn] = useState<string | null>(null);
  const [ownership, setOwnership] = useState<string>('user');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const name = own ?? nameFor(first(label), taken);
  const set = nameFor(first(plural), [name]);
  const problem = nameProblem(name, taken);
  const wrong = problem !== undefined || label === undefined || plural === undefined || set === '';
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (wrong) return;
    setBusy(true);
    const title = {
      type: 'text',
      label: { en: 'Name', ru: 'Название' },
      max_length: 200,
      required: true,
      search: true,
    };
    const body = { name, set, label, plural_label: plural, ownership, title: 'name', fields: { name: title } };
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
        <TextInput
          label={t('model.entity.name')}
          description={t('model.field.name_help')}
          value={name}
          error={problem !== undefined && (tried || own !== null) ? t(`model.name.${problem}`) : undefined}
          onChange={(event) => setOwn(event.currentTarget.value)}
        />
        <Select
          label={t('model.entity.ownership')}
          description={t(`model.ownership.${ownership}_help`)}
          allowDeselect={false}
          data={OWNERSHIPS.map((value) => ({ value, label: t(`model.ownership.${value}`) }))}
          value={ownership}
          onChange={(value) => setOwnership(value ?? 'user')}
        />
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
