// Removing something of the custom layer: what happens to what is stored. Fields are hidden first; their values stay until they are purged.
import { Stack, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { Confirm } from '../../../ui/index.ts';
import { useDraft } from '../data/draft.tsx';
import type { LayeredDocument } from '../logic/layered.ts';
import type { Way } from '../logic/paths.ts';

export function RemovePart(props: {
  readonly document: LayeredDocument;
  /** The part that goes; null: nothing is asked. */
  readonly way: Way | null;
  readonly onClose: () => void;
}) {
  const t = useTranslate();
  const { edit } = useDraft();
  const { way } = props;
  const name = way?.at(-1) ?? '';
  const isField = way?.[0] === 'fields';
  return (
    <Confirm
      opened={way !== null}
      title={t('model.removal.title', { name })}
      confirm={t('model.removal.confirm')}
      danger
      onClose={props.onClose}
      onConfirm={async () => {
        if (way !== null && (await edit(props.document, [{ way, value: undefined }]))) props.onClose();
      }}
    >
      <Stack gap="xs">
        <Text size="sm">{t(isField ? 'model.removal.field' : 'model.removal.part')}</Text>
        {isField ? <Text size="sm">{t('model.removal.purge')}</Text> : null}
        <Text size="sm" c="dimmed">
          {t('model.removal.draft')}
        </Text>
      </Stack>
    </Confirm>
  );
}
