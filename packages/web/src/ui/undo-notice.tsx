// A notice that something was done, with a button that takes it back; what comes of that is told in the same place.
import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslate } from 'ra-core';
import { useCallback } from 'react';
import { useErrorText } from './error-text.ts';

/** As long as a person may change his mind. */
const SHOWN_FOR = 12_000;

export interface UndoNotice {
  /** What was done. */
  readonly message: string;
  /** Takes it back; left out where that cannot be. */
  readonly undo?: (() => Promise<unknown>) | undefined;
  /** Told when it is taken back. */
  readonly undone: string;
}

/** Shows such a notice. Why something cannot be taken back is told as an error. */
export function useUndoNotice(): (notice: UndoNotice) => void {
  const translate = useTranslate();
  const errorText = useErrorText();
  return useCallback(
    ({ message, undo, undone }) => {
      const id = crypto.randomUUID();
      const takeBack = async (): Promise<void> => {
        notifications.hide(id);
        try {
          await undo?.();
          notifications.show({ message: undone, color: 'green', autoClose: 2500, withCloseButton: false });
        } catch (error) {
          notifications.show({
            message: errorText(error),
            color: 'red',
            title: translate('app.not_undone'),
            closeButtonProps: { 'aria-label': translate('app.close') },
          });
        }
      };
      notifications.show({
        id,
        color: 'green',
        autoClose: undo === undefined ? 2500 : SHOWN_FOR,
        closeButtonProps: { 'aria-label': translate('app.close') },
        message: (
          <Group justify="space-between" gap="xs" wrap="nowrap">
            <span>{message}</span>
            {undo === undefined ? null : (
              <Button size="compact-sm" variant="default" onClick={() => void takeBack()}>
                {translate('ra.action.undo')}
              </Button>
            )}
          </Group>
        ),
      });
    },
    [translate, errorText],
  );
}
