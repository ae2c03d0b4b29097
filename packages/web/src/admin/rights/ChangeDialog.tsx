// Asked before rights change: who gains and loses what by it, then the change itself. The preview takes the rights that the change takes, so what
// is refused is told before anything is tried.
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { type ReactNode, useState } from 'react';
import { PreviewPanel } from './PreviewPanel.tsx';
import { useAttempt } from './useAttempt.ts';

export interface ChangeDialogProps {
  readonly title: string;
  /** What is chosen first: a role, a new place. */
  readonly children?: ReactNode;
  /** The body of preview_role_change; null: nothing is chosen yet. */
  readonly change: object | null;
  readonly confirm: string;
  readonly done: string;
  readonly danger?: boolean;
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
}

export function ChangeDialog({
  title,
  children,
  change,
  confirm,
  done,
  danger,
  onConfirm,
  onClose,
}: ChangeDialogProps) {
  const t = useTranslate();
  const attempt = useAttempt();
  const [isBusy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    const isDone = await attempt(onConfirm, done);
    setBusy(false);
    if (isDone) onClose();
  };
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeButtonProps={{ 'aria-label': t('app.close') }}>
      <Stack gap="md">
        {children}
        {change === null ? (
          <Text size="sm" c="dimmed">
            {t('rights.preview.choose')}
          </Text>
        ) : (
          <PreviewPanel change={change} />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t('app.cancel')}
          </Button>
          <Button
            color={danger === true ? 'red' : undefined}
            disabled={change === null}
            loading={isBusy}
            onClick={() => void run()}
          >
            {confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
