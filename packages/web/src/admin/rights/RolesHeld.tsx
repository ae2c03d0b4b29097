// The roles that a user or a team holds by itself: given and taken, with who gains and loses what by it.
import { ActionIcon, Anchor, Button, Group, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { Link } from 'react-router';
import { useApi } from '../../data/api.ts';
import { ErrorState, ListSkeleton } from '../../ui/index.ts';
import { ChangeDialog } from './ChangeDialog.tsx';
import { type Assignment, useAssignments, useChanged } from './data/directory.ts';
import { useRoleNames } from './data/roles.ts';

export interface RolesHeldProps {
  readonly holder: 'user_id' | 'team_id';
  readonly id: string;
}

export function RolesHeld({ holder, id }: RolesHeldProps) {
  const t = useTranslate();
  const api = useApi();
  const changed = useChanged();
  const { labelOf } = useRoleNames();
  const { data, error, refetch } = useAssignments(holder, id);
  const [isGiving, setGiving] = useState(false);
  const [taken, setTaken] = useState<Assignment | null>(null);
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <ListSkeleton />;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {t('rights.roles.add_up')}
        </Text>
        <Button onClick={() => setGiving(true)}>{t('rights.roles.give')}</Button>
      </Group>
      {data.length === 0 ? (
        <Text size="sm">{t('rights.roles.none_held')}</Text>
      ) : (
        <Table>
          <Table.Tbody>
            {data.map((each) => (
              <Table.Tr key={each.id}>
                <Table.Td>
                  <Anchor component={Link} to={`/admin/roles/${each.role}`} size="sm">
                    {labelOf(each.role)}
                  </Anchor>
                </Table.Td>
                <Table.Td ta="right">
                  <ActionIcon
                    aria-label={t('rights.roles.take_named', { role: labelOf(each.role) })}
                    onClick={() => setTaken(each)}
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {isGiving && (
        <GiveRole holder={holder} id={id} held={data.map(({ role }) => role)} onClose={() => setGiving(false)} />
      )}
      {taken !== null && (
        <ChangeDialog
          title={t('rights.roles.take_named', { role: labelOf(taken.role) })}
          change={{ role_assignments: { delete: [taken.id] } }}
          confirm={t('rights.roles.take')}
          done="rights.roles.taken"
          danger
          onConfirm={async () => {
            await api.send('DELETE', `role_assignments(${taken.id})`);
            await changed();
          }}
          onClose={() => setTaken(null)}
        />
      )}
    </Stack>
  );
}

function GiveRole({
  holder,
  id,
  held,
  onClose,
}: RolesHeldProps & { readonly held: readonly string[]; readonly onClose: () => void }) {
  const t = useTranslate();
  const api = useApi();
  const changed = useChanged();
  const { names, labelOf, error } = useRoleNames();
  const [typed, setTyped] = useState('');
  const [role, setRole] = useState<string | null>(null);
  const given = { role, [holder]: id };
  return (
    <ChangeDialog
      title={t('rights.roles.give')}
      change={role === null ? null : { role_assignments: { create: [given] } }}
      confirm={t('rights.roles.give')}
      done="rights.roles.given"
      onConfirm={async () => {
        await api.send('POST', 'role_assignments', given);
        await changed();
      }}
      onClose={onClose}
    >
      {error === null ? (
        <Select
          label={t('rights.role')}
          data-autofocus
          searchable
          data={names.filter((name) => !held.includes(name)).map((name) => ({ value: name, label: labelOf(name) }))}
          value={role}
          onChange={setRole}
          nothingFoundMessage={t('rights.pick.nothing')}
        />
      ) : (
        // Who may give roles need not be who may read what they are: then they are given by their names.
        <TextInput
          label={t('rights.roles.name')}
          description={t('rights.roles.unlisted')}
          data-autofocus
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onBlur={() => setRole(typed.trim() === '' ? null : typed.trim())}
        />
      )}
    </ChangeDialog>
  );
}
