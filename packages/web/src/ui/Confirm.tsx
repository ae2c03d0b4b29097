// Asked before what cannot simply be taken back: how much it concerns and what goes with it. Enter does not confirm what destroys.
import { Button, Group, Modal, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { type ReactNode, useState } from 'react';

export interface ConfirmProps {
  readonly opened: boolean;
  readonly title: string;
  /** How many records, what goes with them, whether it can be undone. */
  readonly children?: ReactNode;
  /** What the button says: the verb, not "OK". */
  readonly confirm: string;
  readonly danger?: boolean;
  /** The dialog stays, its button busy, until the promise has settled; closing is up to whoever opened it. */
  readonly onConfirm: () => void | Promise<void>;
  readonly onClose: () => void;
}

export function Confirm({ opened, title, children, confirm, danger = false, onConfirm, onClose }: ConfirmProps) {
  const translate = useTranslate();
  const [isBusy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      await onConfirm();
    } finally {
      setBusy(false);
    }
  };
  const close = isBusy ? () => {} : onClose;
  return (
    <Modal opened={opened} onClose={close} title={title} closeButtonProps={{ 'aria-label': translate('app.close') }}>
      {children !== undefined && (
        <Text size="sm" component="div" mb="md">
          {children}
        </Text>
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={close} disabled={isBusy} data-autofocus={danger || undefined}>
          {translate('app.cancel')}
        </Button>
        <Button
          color={danger ? 'red' : undefined}
          loading={isBusy}
          onClick={() => void run()}
          data-autofocus={!danger || undefined}
        >
          {confirm}
        </Button>
      </Group>
    </Modal>
  );
}
