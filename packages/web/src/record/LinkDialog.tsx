// Chooses a record that is there already, to become a member of a list of related records.
import type { ClientEntity } from '@kartoteka/metadata';
import { Button, Group, Modal, Stack } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useText } from '../data/model.tsx';
import { RecordSelect } from '../fields/lookup-controls.tsx';

interface LinkProps {
  readonly target: ClientEntity;
  readonly label: string;
  readonly onLink: (id: string) => Promise<void>;
  readonly onClose: () => void;
}

export function LinkDialog({ target, label, onLink, onClose }: LinkProps) {
  const translate = useTranslate();
  const text = useText();
  const [id, setId] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const link = async (): Promise<void> => {
    if (id === null) return;
    setBusy(true);
    await onLink(id);
    setBusy(false);
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={translate('record.related.add_to', { list: label })}
      closeButtonProps={{ 'aria-label': translate('app.close') }}
    >
      <Stack gap="sm">
        <RecordSelect
          target={target}
          id={id}
          onChange={setId}
          input={{ label: text(target.label), name: 'linked' }}
          clearable
          creates={false}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {translate('app.cancel')}
          </Button>
          <Button onClick={() => void link()} loading={isBusy} disabled={id === null}>
            {translate('record.related.link')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
