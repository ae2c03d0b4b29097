// What an entity says of itself: its texts, the property that is the title of its records, whether changes are logged. What cannot change once the
// entity exists is shown, and not offered.
import { Button, Group, Select, Stack, Switch, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useEditedModel } from '../data/documents.ts';
import { useDraft } from '../data/draft.tsx';
import { useUnsaved } from '../data/unsaved.tsx';
import type { TabProps } from '../EntityPage.tsx';
import { changesBetween } from '../logic/edit.ts';
import { originOf } from '../logic/layered.ts';
import type { Json } from '../logic/paths.ts';
import { patched } from '../logic/values.ts';
import { OriginBadges } from '../ui/Origin.tsx';
import { RemoveEntity } from '../ui/RemoveEntity.tsx';
import { type Texts, TextsInput } from '../ui/Texts.tsx';

const TEXTS = ['label', 'plural_label', 'description'] as const;
const EDITED = [...TEXTS, 'title', 'audit'] as const;

const pick = (body: Json): Json =>
  Object.fromEntries(EDITED.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])));

export function SettingsTab({ document, body }: TabProps) {
  const t = useTranslate();
  const navigate = useNavigate();
  const { edit } = useDraft();
  const { entities } = useEditedModel();
  const [typed, setTyped] = useState<Json | null>(null);
  const [removing, setRemoving] = useState(false);
  const before = pick(body);
  const shown = typed ?? before;
  const set = (name: string, value: unknown): void =>
    setTyped(patched({ ...shown, [name]: undefined }, [{ way: [name], value }]));
  const changes = typed === null ? [] : changesBetween([], before, typed);
  useUnsaved(changes.length > 0);
  const titles = [...(entities.get(document.name)?.properties.values() ?? [])].map(({ name }) => name);
  const save = async (): Promise<void> => {
    if (await edit(document, changes)) setTyped(null);
  };
  return (
    <Stack gap="md" maw={820}>
      {TEXTS.map((name) => (
        <Stack key={name} gap={4}>
          <Group justify="flex-end">
            <OriginBadges
              origin={originOf(document, [name])}
              onReset={() => void edit(document, [{ way: [name], value: undefined }])}
            />
          </Group>
          <TextsInput
            label={t(`model.settings.${name}`)}
            value={shown[name] as Texts | undefined}
            onChange={(value) => set(name, value)}
            required={name !== 'description'}
          />
        </Stack>
      ))}
      <Select
        label={t('model.settings.title')}
        description={t('model.settings.title_help')}
        searchable
        allowDeselect={false}
        data={titles}
        value={typeof shown.title === 'string' ? shown.title : null}
        onChange={(value) => set('title', value ?? undefined)}
      />
      <Switch
        label={t('model.settings.audit')}
        description={t('model.settings.audit_help')}
        checked={shown.audit !== false}
        onChange={(event) => set('audit', event.currentTarget.checked)}
      />
      <Text size="sm" c="dimmed">
        {t('model.settings.fixed', {
          set: String(body.set),
          ownership: t(`model.ownership.${String(body.ownership)}`, { _: String(body.ownership) }),
        })}
      </Text>
      <Group justify="space-between">
        {document.lower.length === 0 ? (
          <Button variant="subtle" color="red" onClick={() => setRemoving(true)}>
            {t('model.settings.remove')}
          </Button>
        ) : (
          <span />
        )}
        <Button disabled={changes.length === 0} onClick={() => void save()}>
          {t('model.draft.put')}
        </Button>
      </Group>
      <RemoveEntity
        document={document}
        opened={removing}
        onClose={(removed) => {
          setRemoving(false);
          if (removed) navigate('/admin/model');
        }}
      />
    </Stack>
  );
}
