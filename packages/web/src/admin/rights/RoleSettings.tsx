// What a role is called, in every language, and the way to take an own one away.
import type { Text as Labels } from '@kartoteka/metadata';
import { Group, Stack, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useNavigate } from 'react-router';
import { type Change, changesBetween } from '../model/logic/edit.ts';
import { effectiveOf, isExtended, type LayeredDocument } from '../model/logic/layered.ts';
import { RemoveDocument } from '../model/ui/RemoveDocument.tsx';
import { type Texts, TextsInput } from '../model/ui/Texts.tsx';
import { useHolders } from './data/directory.ts';

const TEXTS = ['label', 'description'] as const;

export interface RoleSettingsProps {
  /** With the edits that are not in the change set yet. */
  readonly document: LayeredDocument;
  readonly onChange: (changes: readonly Change[]) => void;
}

export function RoleSettings({ document, onChange }: RoleSettingsProps) {
  const t = useTranslate();
  const navigate = useNavigate();
  const { data: held } = useHolders(document.name);
  const body = effectiveOf(document);
  return (
    <Stack gap="md" maw={820}>
      {TEXTS.map((name) => (
        <TextsInput
          key={name}
          label={t(`rights.roles.${name}`)}
          value={body?.[name] as Labels as Texts | undefined}
          required={name === 'label'}
          onChange={(next) => {
            // A role is called something: the last label is changed, not taken out.
            if (name === 'description' || next !== undefined) onChange(changesBetween([name], body?.[name], next));
          }}
        />
      ))}
      {isExtended(document) ? (
        <Text size="sm" c="dimmed">
          {t('rights.roles.shipped_stays')}
        </Text>
      ) : (
        <Group>
          <RemoveDocument document={document} onRemoved={() => navigate('/admin/roles')}>
            <Text size="sm">
              {held === undefined || held.length === 0
                ? t('rights.holders.none')
                : t('rights.roles.removed_from', { smart_count: held.length })}
            </Text>
          </RemoveDocument>
        </Group>
      )}
    </Stack>
  );
}
