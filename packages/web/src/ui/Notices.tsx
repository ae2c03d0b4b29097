// Shows what useNotify() of ra-core is told, among Mantine's notifications; an undoable one has its button, and is carried out when it goes.
import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type NotificationPayload, useNotificationContext, useTakeUndoableMutation, useTranslate } from 'ra-core';
import { useEffect } from 'react';

const COLORS: Readonly<Record<string, string>> = { error: 'red', warning: 'yellow', success: 'teal', info: 'accent' };
const UNDO_FOR = 5000;

export function Notices() {
  const { notifications: waiting, takeNotification } = useNotificationContext();
  const takeMutation = useTakeUndoableMutation();
  const translate = useTranslate();
  useEffect(() => {
    const notice = waiting.length === 0 ? undefined : takeNotification();
    if (notice !== undefined)
      show(notice, translate, notice.notificationOptions?.undoable ? (takeMutation() ?? undefined) : undefined);
  }, [waiting, takeNotification, takeMutation, translate]);
  return null;
}

type Undoable = ((end: { isUndo: boolean }) => void) | undefined;

function show(notice: NotificationPayload, translate: ReturnType<typeof useTranslate>, mutation: Undoable): void {
  const { messageArgs, autoHideDuration } = notice.notificationOptions ?? {};
  const text =
    typeof notice.message === 'string'
      ? translate(notice.message, { _: notice.message, ...messageArgs })
      : notice.message;
  let isSettled = false;
  const settle = (isUndo: boolean): void => {
    if (isSettled) return;
    isSettled = true;
    mutation?.({ isUndo });
  };
  const id = crypto.randomUUID();
  const undo = (): void => {
    settle(true);
    notifications.hide(id);
  };
  notifications.show({
    id,
    color: COLORS[notice.type] ?? 'accent',
    autoClose: mutation === undefined ? (autoHideDuration ?? (notice.type === 'error' ? 10_000 : 5000)) : UNDO_FOR,
    withCloseButton: true,
    closeButtonProps: { 'aria-label': translate('app.close') },
    onClose: () => settle(false),
    message:
      mutation === undefined ? (
        text
      ) : (
        <Group justify="space-between" wrap="nowrap">
          <span>{text}</span>
          <Button size="compact-sm" variant="subtle" onClick={undo}>
            {translate('ra.action.undo')}
          </Button>
        </Group>
      ),
  });
}
