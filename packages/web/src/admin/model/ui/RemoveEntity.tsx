// Taking a custom entity away: what becomes of its records.
import { Stack, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { Confirm } from '../../../ui/index.ts';
import { useDraft } from '../data/draft.tsx';
import type { LayeredDocument } from '../logic/layered.ts';

export function RemoveEntity(props: {
  readonly document: LayeredDocument;
  readonly opened: boolean;
  readonly onClose: (removed: boolean) => void;
}) {
  const t = useTranslate();
  const { takeAway } = useDraft();
  return (
    <Confirm
      opened={props.opened}
      title={t('model.removal.title', { name: props.document.name })}
      confirm={t('model.removal.confirm')}
      danger
      onClose={() => props.onClose(false)}
      onConfirm={async () => {
        if (await takeAway(props.document)) props.onClose(true);
      }}
    >
      <Stack gap="xs">
        <Text size="sm">{t('model.removal.entity')}</Text>
        <Text size="sm">{t('model.removal.purge')}</Text>
        <Text size="sm" c="dimmed">
          {t('model.removal.draft')}
        </Text>
      </Stack>
    </Confirm>
  );
}
