// Everything that the service finds wrong with one document of the draft, all at once, each with its place.
import { Alert, List, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useDraft } from '../data/draft.tsx';
import type { LayeredDocument } from '../logic/layered.ts';

export function Findings({ document }: { readonly document: Pick<LayeredDocument, 'kind' | 'name'> }) {
  const t = useTranslate();
  const { findings } = useDraft();
  const own = findings.filter(({ kind, name }) => kind === document.kind && name === document.name);
  if (own.length === 0) return null;
  return (
    <Alert
      color="red"
      icon={<IconAlertTriangle size={16} />}
      title={t('model.draft.findings', { smart_count: own.length })}
      mb="md"
    >
      <List size="sm" spacing={4}>
        {own.map(({ pointer, code, reason, hint }) => (
          <List.Item key={`${pointer} ${code} ${reason}`}>
            <Text span ff="monospace" size="xs">
              {pointer || '/'}
            </Text>{' '}
            {reason}
            {hint === undefined ? '' : `. ${hint}`}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
