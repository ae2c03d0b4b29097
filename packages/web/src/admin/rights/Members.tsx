// Memberships, from either end: the members of a team, or the teams of a user. Adding and removing tell first who gains and loses what.
import { ActionIcon, Button, Group, Stack, Table, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useApi } from '../../data/api.ts';
import { useModel } from '../../data/model.tsx';
import { ErrorState, ListSkeleton } from '../../ui/index.ts';
import { ChangeDialog } from './ChangeDialog.tsx';
import { type Membership, type Team, type User, useChanged, useMemberships, useRecords } from './data/directory.ts';
import { RecordPick } from './RecordPick.tsx';

const OTHER = {
  user_id: { id: 'team_id', entity: 'team', set: 'teams' },
  team_id: { id: 'user_id', entity: 'user', set: 'users' },
} as const;

export function Members({ by, id }: { readonly by: 'user_id' | 'team_id'; readonly id: string }) {
  const t = useTranslate();
  const api = useApi();
  const changed = useChanged();
  const other = OTHER[by];
  const { data, error, refetch } = useMemberships(by, id);
  const records = useRecords<User | Team>(
    other.set,
    (data ?? []).map((each) => each[other.id]),
  );
  const [isAdding, setAdding] = useState(false);
  const [removed, setRemoved] = useState<Membership | null>(null);
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <ListSkeleton />;
  const nameOf = (each: Membership): string => {
    const record = records.data?.find((one) => one.id === each[other.id]);
    if (record === undefined) return '…';
    return 'full_name' in record ? record.full_name : record.name;
  };
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {t(`rights.members.${by}.text`)}
        </Text>
        <Button onClick={() => setAdding(true)}>{t(`rights.members.${by}.add`)}</Button>
      </Group>
      {data.length === 0 ? (
        <Text size="sm">{t(`rights.members.${by}.none`)}</Text>
      ) : (
        <Table>
          <Table.Tbody>
            {data.map((each) => (
              <Table.Tr key={each.id}>
                <Table.Td>{nameOf(each)}</Table.Td>
                <Table.Td ta="right">
                  <ActionIcon
                    aria-label={t('rights.members.remove_named', { name: nameOf(each) })}
                    onClick={() => setRemoved(each)}
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {isAdding && <AddMember by={by} id={id} onClose={() => setAdding(false)} />}
      {removed !== null && (
        <ChangeDialog
          title={t('rights.members.remove_named', { name: nameOf(removed) })}
          change={{ team_members: { delete: [removed.id] } }}
          confirm={t('rights.members.remove')}
          done="rights.saved"
          danger
          onConfirm={async () => {
            await api.send('DELETE', `team_members(${removed.id})`);
            await changed();
          }}
          onClose={() => setRemoved(null)}
        />
      )}
    </Stack>
  );
}

function AddMember({
  by,
  id,
  onClose,
}: {
  readonly by: 'user_id' | 'team_id';
  readonly id: string;
  readonly onClose: () => void;
}) {
  const t = useTranslate();
  const api = useApi();
  const changed = useChanged();
  const { entities } = useModel();
  const [chosen, setChosen] = useState<string | null>(null);
  const other = OTHER[by];
  const entity = entities[other.entity];
  const member = { [by]: id, [other.id]: chosen };
  return (
    <ChangeDialog
      title={t(`rights.members.${by}.add`)}
      change={chosen === null ? null : { team_members: { create: [member] } }}
      confirm={t(`rights.members.${by}.add`)}
      done="rights.saved"
      onConfirm={async () => {
        await api.send('POST', 'team_members', member);
        await changed();
      }}
      onClose={onClose}
    >
      {entity !== undefined && (
        <RecordPick label={t(`rights.members.${by}.other`)} entity={entity} value={chosen} onChange={setChosen} />
      )}
    </ChangeDialog>
  );
}
