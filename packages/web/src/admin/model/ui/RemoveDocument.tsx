// Taking a document of the custom layer away, whole: a rule, a mapping, a role.
import { Button, Stack, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { type ReactNode, useState } from 'react';
import { Confirm } from '../../../ui/index.ts';
import { useDraft } from '../data/draft.tsx';
import type { LayeredDocument } from '../logic/layered.ts';

export function RemoveDocument(props: {
  readonly document: LayeredDocument;
  readonly onRemoved: () => void;
  /** What goes with it. */
  readonly children?: ReactNode;
}) {
  const t = useTranslate();
  const { takeAway } = useDraft();
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Button variant="subtle" color="red" onClick={() => setAsking(true)}>
        {t('model.remove')}
      </Button>
      <Confirm
        opened={isAsking}
        title={t('model.removal.title', { name: props.document.name })}
        confirm={t('model.removal.confirm')}
        danger
        onClose={() => setAsking(false)}
        onConfirm={async () => {
          if (!(await takeAway(props.document))) return;
          setAsking(false);
          props.onRemoved();
        }}
      >
        <Stack gap="xs">
          {props.children}
          <Text size="sm" c="dimmed">
            {t('model.removal.draft')}
          </Text>
        </Stack>
      </Confirm>
    </>
  );
}
