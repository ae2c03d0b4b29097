// Unsaved work is not lost by a click: leaving the page asks first. What is left unsaved stays as a draft of the browser's tab.
import { Button, Group, Modal, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useEffect, useState } from 'react';
import { useBlocker, useLocation } from 'react-router';

interface GuardProps {
  readonly isDirty: boolean;
  readonly save: () => Promise<boolean>;
  readonly discard: () => void;
}

export function LeaveGuard({ isDirty, save, discard }: GuardProps) {
  const translate = useTranslate();
  const [isBusy, setBusy] = useState(false);
  // The page is still there for a moment after it was left: who comes straight back is not held up.
  const { pathname: here } = useLocation();
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      isDirty && currentLocation.pathname === here && nextLocation.pathname !== here,
  );
  useUnloadGuard(isDirty);
  if (blocker.state !== 'blocked') return null;
  const saveAndLeave = async (): Promise<void> => {
    setBusy(true);
    const done = await save();
    setBusy(false);
    if (done) blocker.proceed();
    else blocker.reset();
  };
  return (
    <Modal
      opened
      onClose={() => blocker.reset()}
      title={translate('record.leave.title')}
      closeButtonProps={{ 'aria-label': translate('app.close') }}
    >
      <Text size="sm" mb="md">
        {translate('record.leave.text')}
      </Text>
      <Group justify="flex-end" gap="xs">
        <Button
          variant="subtle"
          color="red"
          disabled={isBusy}
          onClick={() => {
            discard();
            blocker.proceed();
          }}
        >
          {translate('record.leave.discard')}
        </Button>
        <Button variant="default" disabled={isBusy} onClick={() => blocker.proceed()}>
          {translate('record.leave.keep')}
        </Button>
        <Button onClick={() => void saveAndLeave()} loading={isBusy} data-autofocus>
          {translate('record.leave.save')}
        </Button>
      </Group>
    </Modal>
  );
}

/** Closing the tab asks, too, in the browser's words. */
function useUnloadGuard(isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isDirty]);
}
