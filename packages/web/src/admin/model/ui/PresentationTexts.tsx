// Label of a view or form, and whether it is the one that is shown unless another is asked for.
import { Button, Group, Stack, Switch, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useDraft } from '../data/draft.tsx';
import { useUnsaved } from '../data/unsaved.tsx';
import { changesBetween } from '../logic/edit.ts';
import { type LayeredDocument, originOf } from '../logic/layered.ts';
import { type Json, same } from '../logic/paths.ts';
import { OriginBadges } from './Origin.tsx';
import { type Texts, TextsInput } from './Texts.tsx';

export function PresentationTexts({ document, body }: { readonly document: LayeredDocument; readonly body: Json }) {
  const t = useTranslate();
  const { edit } = useDraft();
  const [typed, setTyped] = useState<Texts | null>(null);
  const label = (body.label ?? {}) as Texts;
  const untouched = typed === null || same(typed, label);
  useUnsaved(!untouched);
  const save = async (): Promise<void> => {
    if (typed !== null && (await edit(document, changesBetween(['label'], label, typed)))) setTyped(null);
  };
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <Text size="sm" ff="monospace">
          {document.name}
        </Text>
        <OriginBadges
          origin={originOf(document, ['label'])}
          onReset={() => void edit(document, [{ way: ['label'], value: undefined }])}
        />
      </Group>
      <TextsInput label={t('model.label')} value={typed ?? label} onChange={(next) => setTyped(next ?? {})} />
      <Group justify="space-between">
        <Switch
          label={t('model.part.default')}
          checked={body.default === true}
          onChange={(event) => void edit(document, [{ way: ['default'], value: event.currentTarget.checked }])}
        />
        <Button size="xs" variant="default" disabled={untouched} onClick={() => void save()}>
          {t('model.draft.put')}
        </Button>
      </Group>
    </Stack>
  );
}
