// Asks what a view is to be called.
import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { type FormEvent, useState } from 'react';
import { useErrorText } from '../../ui/error-text.ts';
import { LONGEST_NAME } from './saved-views.ts';

interface NameProps {
  readonly title: string;
  readonly name?: string;
  /** What it throws is told, and the dialog stays. */
  readonly onNamed: (name: string) => Promise<void>;
  readonly onClose: () => void;
}

export function NameView({ title, name = '', onNamed, onClose }: NameProps) {
  const translate = useTranslate();
  const errorText = useErrorText();
  const [label, setLabel] = useState(name);
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (label.trim() === '' || isBusy) return;
    setBusy(true);
    try {
      await onNamed(label.trim());
      onClose();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': translate('list.close') }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="sm">
          <TextInput
            data-autofocus
            label={translate('list.view.name')}
            value={label}
            maxLength={LONGEST_NAME}
            error={error === undefined ? undefined : errorText(error)}
            onChange={(event) => setLabel(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {translate('list.cancel')}
            </Button>
            <Button type="submit" loading={isBusy} disabled={label.trim() === ''}>
              {translate('list.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
