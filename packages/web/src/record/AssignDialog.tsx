// Gives a record to another user, team or unit.
import type { ClientEntity } from '@kartoteka/metadata';
import { Button, Group, Modal, Select, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { type SendOptions, useApi } from '../data/api.ts';
import { useText } from '../data/model.tsx';
import type { RecordValues } from '../fields/types.ts';
import { useUndoNotice } from '../ui/undo-notice.tsx';
import { PrincipalSelect, usePrincipals } from './PrincipalSelect.tsx';
import { Problems } from './Problems.tsx';
import { etagOf, forgetLists } from './record-data.ts';

interface AssignProps {
  readonly entity: ClientEntity;
  readonly id: string;
  readonly record: RecordValues;
  readonly title: string;
  readonly onClose: () => void;
}

export function AssignDialog({ entity, id, record, title, onClose }: AssignProps) {
  const translate = useTranslate();
  const text = useText();
  const api = useApi();
  const client = useQueryClient();
  const notice = useUndoNotice();
  const kinds = usePrincipals(entity.ownership === 'business_unit' ? ['business_unit'] : ['user', 'team']);
  const [kind, setKind] = useState(kinds[0]?.name);
  const [owner, setOwner] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const send = async (body: object, options: SendOptions = {}): Promise<void> => {
    await api.send('POST', `${entity.set}(${id})/assign`, body, options);
    await forgetLists(client, entity.set);
  };
  const assign = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const ifMatch = etagOf(record);
      const before = record[entity.ownership === 'user' ? 'owner_id' : 'owning_business_unit_id'];
      await send({ owner_id: owner }, ifMatch === undefined ? {} : { ifMatch });
      notice({
        message: translate('record.assign.done', { title }),
        undone: translate('record.assign.undone', { title }),
        undo: typeof before === 'string' ? () => send({ owner_id: before }) : undefined,
      });
      onClose();
    } catch (failed) {
      setError(failed);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={translate('record.assign.title', { title })}
      closeButtonProps={{ 'aria-label': translate('app.close') }}
    >
      <Stack gap="sm">
        <Problems error={error} />
        {kinds.length > 1 ? (
          <Select
            label={translate('record.assign.kind')}
            data={kinds.map(({ name, label }) => ({ value: name, label: text(label) }))}
            value={kind ?? null}
            allowDeselect={false}
            onChange={(next) => {
              setKind(next ?? undefined);
              setOwner(null);
            }}
          />
        ) : null}
        <PrincipalSelect
          key={kind}
          target={kinds.find(({ name }) => name === kind)}
          id={owner}
          onChange={setOwner}
          label={translate('record.assign.to')}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {translate('app.cancel')}
          </Button>
          <Button onClick={() => void assign()} loading={isBusy} disabled={owner === null}>
            {translate('record.assign.action')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
