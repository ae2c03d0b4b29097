// Teams: found, made, opened beside the list with their members and roles.
import { Button, Drawer, Group, Modal, Select, Stack, Tabs, TextInput } from '@mantine/core';
import { IconUsersGroup } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { type FormEvent, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useApi } from '../../data/api.ts';
import { useModel, useText } from '../../data/model.tsx';
import { EmptyState, ErrorState, FormSkeleton, Page } from '../../ui/index.ts';
import { ChangeDialog } from './ChangeDialog.tsx';
import { DirectoryTable } from './DirectoryTable.tsx';
import { type Team, useChanged, useRecord, useUnits } from './data/directory.ts';
import { Members } from './Members.tsx';
import { RolesHeld } from './RolesHeld.tsx';
import { useAttempt } from './useAttempt.ts';

export function TeamsPage() {
  const t = useTranslate();
  const text = useText();
  const { entities } = useModel();
  const units = useUnits();
  const [params, setParams] = useSearchParams();
  const [isMaking, setMaking] = useState(false);
  const open = (id: string | null): void => setParams(id === null ? {} : { team: id });
  const id = params.get('team');
  const fields = entities.team?.fields ?? {};
  const make = entities.team?.privileges.create === true && (
    <Button onClick={() => setMaking(true)}>{t('rights.teams.make')}</Button>
  );
  return (
    <Page title={t('rights.teams.title')} subtitle={t('rights.teams.subtitle')} actions={make} wide>
      <DirectoryTable<Team>
        set="teams"
        orderby="name,id"
        label={t('rights.teams.title')}
        nameOf={(team) => team.name}
        onOpen={(team) => open(team.id)}
        empty={
          <EmptyState
            icon={<IconUsersGroup size={24} />}
            title={t('rights.teams.empty')}
            text={t('rights.teams.subtitle')}
          />
        }
        columns={[
          { label: text(fields.name?.label), cell: (team) => team.name },
          {
            label: t('rights.unit'),
            cell: (team) => units.data?.find((each) => each.id === team.owning_business_unit_id)?.name ?? '',
          },
          { label: text(fields.description?.label), cell: (team) => team.description ?? '' },
        ]}
      />
      <Drawer
        opened={id !== null}
        onClose={() => open(null)}
        position="right"
        size={640}
        title={t('rights.teams.one')}
        closeButtonProps={{ 'aria-label': t('app.close') }}
      >
        {id !== null && <OneTeam key={id} id={id} />}
      </Drawer>
      {isMaking && <MakeTeam onClose={() => setMaking(false)} onMade={open} />}
    </Page>
  );
}

function OneTeam({ id }: { readonly id: string }) {
  const t = useTranslate();
  const { data, error, refetch } = useRecord<Team>('teams', id);
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <FormSkeleton />;
  return (
    <Tabs defaultValue="members" keepMounted={false}>
      <Tabs.List mb="md">
        <Tabs.Tab value="members">{t('rights.members.title')}</Tabs.Tab>
        <Tabs.Tab value="roles">{t('rights.roles.title')}</Tabs.Tab>
        <Tabs.Tab value="about">{t('rights.teams.about')}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="members">
        <Members by="team_id" id={id} />
      </Tabs.Panel>
      <Tabs.Panel value="roles">
        <RolesHeld holder="team_id" id={id} />
      </Tabs.Panel>
      <Tabs.Panel value="about">
        <AboutTeam team={data} />
      </Tabs.Panel>
    </Tabs>
  );
}

function AboutTeam({ team }: { readonly team: Team }) {
  const t = useTranslate();
  const text = useText();
  const api = useApi();
  const attempt = useAttempt();
  const changed = useChanged();
  const units = useUnits();
  const { entities } = useModel();
  const [name, setName] = useState(team.name);
  const [unit, setUnit] = useState(team.owning_business_unit_id);
  const [isMoving, setMoving] = useState(false);
  const readOnly = entities.team?.privileges.write !== true;
  const save = async (change: object): Promise<void> => {
    await api.send('PATCH', `teams(${team.id})`, change, { ifMatch: team['@odata.etag'] });
    await changed();
  };
  return (
    <Stack gap="md">
      <Group align="flex-end" gap="sm">
        <TextInput
          label={text(entities.team?.fields.name?.label)}
          required
          maxLength={200}
          readOnly={readOnly}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {!readOnly && (
          <Button
            disabled={name.trim() === '' || name === team.name}
            onClick={() => void attempt(() => save({ name: name.trim() }), 'rights.saved')}
          >
            {t('rights.save')}
          </Button>
        )}
      </Group>
      {!readOnly && (
        <Group>
          <Button variant="default" onClick={() => setMoving(true)}>
            {t('rights.users.move')}
          </Button>
        </Group>
      )}
      {isMoving && (
        <ChangeDialog
          title={t('rights.users.move_named', { name: team.name })}
          change={
            unit === team.owning_business_unit_id ? null : { teams: [{ id: team.id, owning_business_unit_id: unit }] }
          }
          confirm={t('rights.users.move')}
          done="rights.saved"
          onConfirm={() => save({ owning_business_unit_id: unit })}
          onClose={() => setMoving(false)}
        >
          <Select
            label={t('rights.unit')}
            searchable
            allowDeselect={false}
            data={(units.data ?? []).map((each) => ({ value: each.id, label: each.name }))}
            value={unit}
            onChange={(value) => setUnit(value ?? unit)}
          />
        </ChangeDialog>
      )}
    </Stack>
  );
}

function MakeTeam({ onClose, onMade }: { readonly onClose: () => void; readonly onMade: (id: string) => void }) {
  const t = useTranslate();
  const text = useText();
  const api = useApi();
  const attempt = useAttempt();
  const changed = useChanged();
  const { entities, user } = useModel();
  const units = useUnits();
  const [name, setName] = useState('');
  const [unit, setUnit] = useState<string | null>(user.business_unit ?? null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    let id = '';
    const make = async (): Promise<void> => {
      const body = { name: name.trim(), owning_business_unit_id: unit };
      const options = { headers: { prefer: 'return=representation' } };
      id = (await api.send<{ readonly id: string }>('POST', 'teams', body, options)).id;
    };
    if (!(await attempt(make, 'rights.saved'))) return;
    await changed();
    onClose();
    onMade(id);
  };
  return (
    <Modal opened onClose={onClose} title={t('rights.teams.make')} closeButtonProps={{ 'aria-label': t('app.close') }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="sm">
          <TextInput
            label={text(entities.team?.fields.name?.label)}
            required
            maxLength={200}
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label={t('rights.unit')}
            required
            searchable
            data={(units.data ?? []).map((each) => ({ value: each.id, label: each.name }))}
            value={unit}
            onChange={setUnit}
          />
          <Group justify="flex-end">
            <Button type="submit" disabled={name.trim() === '' || unit === null}>
              {t('rights.teams.make')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
