// Shared choices: all of them, one with its values, a new one.
import { Button, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { type FormEvent, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { Page } from '../../ui/index.ts';
import { useEditedModel, useNamesOf } from './data/documents.ts';
import { useDraft } from './data/draft.tsx';
import { nameFor } from './logic/new-name.ts';
import { Areas } from './ui/Areas.tsx';
import { ChoiceEditor } from './ui/ChoiceEditor.tsx';
import { DraftBar } from './ui/DraftBar.tsx';
import { DIALOG_PARTS } from './ui/dialog-parts.ts';
import { NameInput, useNewName } from './ui/NameInput.tsx';
import { LayerBadge } from './ui/Origin.tsx';
import { type Texts, TextsInput } from './ui/Texts.tsx';

export function ChoicesPage() {
  const t = useTranslate();
  const { choice } = useParams();
  const [creating, setCreating] = useState(false);
  return (
    <Page
      title={choice ?? t('model.choice.title')}
      subtitle={choice === undefined ? t('model.choice.subtitle') : undefined}
      tabs={<Areas area="choices" />}
      actions={
        <>
          <DraftBar />
          <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
            {t('model.choice.new')}
          </Button>
        </>
      }
    >
      {choice === undefined ? <Choices /> : <ChoiceEditor key={choice} name={choice} />}
      <Modal
        closeButtonProps={{ 'aria-label': t('app.close') }}
        attributes={DIALOG_PARTS}
        closeOnClickOutside={false}
        opened={creating}
        onClose={() => setCreating(false)}
        title={t('model.choice.new')}
        size="lg"
      >
        {creating ? <NewChoice onClose={() => setCreating(false)} /> : null}
      </Modal>
    </Page>
  );
}

function Choices() {
  const t = useTranslate();
  const names = useNamesOf('choice');
  const { model } = useEditedModel();
  return (
    <Table fz={13} highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('model.field.name')}</Table.Th>
          <Table.Th>{t('model.entity.origin')}</Table.Th>
          <Table.Th ta="right">{t('model.choice.values')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {names.map(({ name, listed }) => (
          <Table.Tr key={name}>
            <Table.Td>
              <Text component={Link} to={`/admin/model/-/choices/${name}`} size="sm" fw={500} c="var(--k-accent-text)">
                {name}
              </Text>
            </Table.Td>
            <Table.Td>
              <Group gap={4}>
                {(listed?.layers ?? ['custom']).map((layer) => (
                  <LayerBadge key={layer} layer={layer} />
                ))}
              </Group>
            </Table.Td>
            <Table.Td ta="right">{Object.keys(model.choices.get(name) ?? {}).length}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** A choice needs a value at least, so it begins with one. */
function NewChoice({ onClose }: { readonly onClose: () => void }) {
  const t = useTranslate();
  const navigate = useNavigate();
  const { edit } = useDraft();
  const taken = useNamesOf('choice').map(({ name }) => name);
  const [label, setLabel] = useState<Texts | undefined>();
  const [value, setValue] = useState<Texts | undefined>();
  const text = (texts: Texts | undefined): string => texts?.en ?? Object.values(texts ?? {})[0] ?? '';
  const newName = useNewName(text(label), taken);
  const { name, problem } = newName;
  const first = nameFor(text(value), [], '') || 'value';
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const done = await edit({ kind: 'choice', name, lower: [], published: null, draft: undefined }, [
      { way: ['label'], value: label },
      { way: ['values'], value: { [first]: { label: value, order: 10 } } },
    ]);
    if (!done) return;
    onClose();
    navigate(`/admin/model/-/choices/${name}`);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextsInput label={t('model.label')} value={label} onChange={setLabel} required autoFocus />
        <NameInput label={t('model.field.name')} value={newName} isTold={label !== undefined} />
        <TextsInput label={t('model.choice.first')} value={value} onChange={setValue} required />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('model.cancel')}
          </Button>
          <Button type="submit" disabled={label === undefined || value === undefined || problem !== undefined}>
            {t('model.draft.put')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
