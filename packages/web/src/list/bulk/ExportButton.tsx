// The whole list, as it is filtered, ordered and shown, as a file; for whom the service lets export.
import { Button, Group, Menu, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useLocaleState, useNotify, useTranslate } from 'ra-core';
import { useRef, useState } from 'react';
import { useSession } from '../../auth/session-context.ts';
import { formatBytes } from '../../ui/index.ts';
import { type List, pathOf } from '../use-list.ts';
import { EXPORT_KINDS, type ExportKind, exportFile } from './export.ts';

export function ExportButton({ list }: { readonly list: List }) {
  const translate = useTranslate();
  const notify = useNotify();
  const session = useSession();
  const [locale] = useLocaleState();
  const [bytes, setBytes] = useState<number>();
  const control = useRef<AbortController>(undefined);
  if (!list.model.capabilities.includes('export')) return null;
  const run = async (kind: ExportKind): Promise<void> => {
    const { set, query, view } = list;
    control.current = new AbortController();
    setBytes(0);
    try {
      const { signal } = control.current;
      const path = pathOf(set, query);
      // A view of a person is called as he likes.
      const viewName = (view.saved?.label ?? view.name).replace(/[^\p{L}\p{N}_-]+/gu, '-');
      const fileName = `${set}-${viewName}.${kind}`;
      const token = await session.accessToken();
      await exportFile({ kind, path, fileName, token, language: locale, signal, onProgress: setBytes });
      notify(translate('list.export.done'), { type: 'success' });
    } catch (error) {
      if ((error as Error).name !== 'AbortError') notify((error as Error).message, { type: 'error' });
    } finally {
      setBytes(undefined);
    }
  };
  if (bytes === undefined) {
    return (
      <Menu position="bottom-end">
        <Menu.Target>
          <Button size="compact-sm" variant="subtle" color="gray" leftSection={<IconDownload size={14} />}>
            {translate('list.export.title')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {EXPORT_KINDS.map((kind) => (
            <Menu.Item key={kind} onClick={() => void run(kind)}>
              {translate(`list.export.${kind}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    );
  }
  return (
    <Group gap={4}>
      <Text size="sm" c="dimmed" role="status">
        {translate('list.export.running', { size: formatBytes(bytes, locale) })}
      </Text>
      <Button size="compact-sm" variant="subtle" color="gray" onClick={() => control.current?.abort()}>
        {translate('list.cancel')}
      </Button>
    </Group>
  );
}
