// Users and service principals: found, made, opened beside the list. Who is opened stands in the address.
import { Badge, Button, Group, Modal, Select, Stack, Switch, TextInput } from '@mantine/core';
import { IconUsers } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { type FormEvent, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useApi } from '../../data/api.ts';
import { useModel, useText } from '../../data/model.tsx';
import { EmptyState, Page } from '../../ui/index.ts';
import { DirectoryTable } from './DirectoryTable.tsx';
import { type User, useChanged, useUnits } from './data/directory.ts';
import { UserDrawer } from './UserDrawer.tsx';
import { useAttempt } from './useAttempt.ts';

export function UsersPage() {
  const t = useTranslate();
  const { entities } = useModel();
  const text = useText();
  const [params, setParams] = useSearchParams();
  const [isMaking, setMaking] = useState(false);
  const units = useUnits();
  const unit = params.get('unit');
  const fields = entities.user?.fields ?? {};
  const unitName = (id: string): string => units.data?.find((each) => each.id === id)?.name ?? '';
  const put = (name: string, value: string | null): void => {
    const next = new URLSearchParams(params);
    if (value === null) next.delete(name);
    else next.set(name, value);
    setParams(next);
  };
  const make = entities.user?.privileges.create === true && (
    <Button onClick={() => setMaking(true)}>{t('rights.users.make')}</Button>
  );
  return (
    <Page title={t('rights.users.title')} subtitle={t('rights.users.subtitle')} actions={make} wide>
      <DirectoryTable<User>
        set="users"
        orderby="full_name,id"
        filter={unit === null ? undefined : `owning_business_unit_id eq ${unit}`}
        label={t('rights.users.title')}
        nameOf={(user) => user.full_name}
        onOpen={(user) => put('user', user.id)}
        empty={
          <EmptyState
            icon={<IconUsers size={24} />}
            title={t('rights.users.empty')}
            text={t('rights.users.subtitle')}
          />
        }
        beside={
          <Select
            aria-label={t('rights.unit')}
            placeholder={t('rights.users.every_unit')}
            clearable
            clearButtonProps={{ 'aria-label': t('rights.pick.clear') }}
            searchable
            data={(units.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
            value={unit}
            onChange={(value) => put('unit', value)}
          />
        }
        columns={[
          { label: text(fields.full_name?.label), cell: (user) => user.full_name },
          { label: text(fields.email?.label), cell: (user) => user.email },
          { label: t('rights.unit'), cell: (user) => unitName(user.owning_business_unit_id) },
          { label: t('rights.users.state'), cell: (user) => <UserState user={user} /> },
        ]}
      />
      <UserDrawer id={params.get('user')} onClose={() => put('user', null)} />
      {isMaking && <MakeUser onClose={() => setMaking(false)} onMade={(id) => put('user', id)} />}
    </Page>
  );
}

function UserState({ user }: { readonly user: User }) {
  const t = useTranslate();
  return (
    <Group gap={4}>
      {!user.active && (
        <Badge color="gray" variant="light">
          {t('rights.users.disabled')}
        </Badge>
      )}
      {user.active && !user.service_principal && (
        <Badge color="green" variant="light">
          {t('rights.users.active')}
        </Badge>
      )}
      {user.service_principal && (
        <Badge color="violet" variant="light">
          {t('rights.users.program')}
        </Badge>
      )}
    </Group>
  );
}

function MakeUser({ onClose, onMade }: { readonly onClose: () => void; readonly onMade: (id: string) => void }) {
  const t = useTranslate();
  const text = useText();
  const api = useApi();
  const attempt = useAttempt();
  const changed = useChanged();
  const { entities, user } = useModel();
  const units = useUnits();
  const fields = entities.user?.fields ?? {};
  const [full_name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [unit, setUnit] = useState<string | null>(user.business_unit ?? null);
  const [isProgram, setProgram] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const body = { full_name, email, service_principal: isProgram, owning_business_unit_id: unit };
    let id = '';
    const make = async (): Promise<void> => {
      const options = { headers: { prefer: 'return=representation' } };
      id = (await api.send<{ readonly id: string }>('POST', 'users', body, options)).id;
    };
    if (!(await attempt(make, 'rights.users.made'))) return;
    await changed();
    onClose();
    onMade(id);
  };
  return (
    <Modal opened onClose={onClose} title={t('rights.users.make')} closeButtonProps={{ 'aria-label': t('app.close') }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="sm">
          <TextInput
            label={text(fields.full_name?.label)}
            required
            maxLength={200}
            data-autofocus
            value={full_name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label={text(fields.email?.label)}
            type="email"
            required
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <Select
            label={t('rights.unit')}
            required
            searchable
            data={(units.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
            value={unit}
            onChange={setUnit}
          />
          <Switch
            label={t('rights.users.program')}
            description={t('rights.users.program_help')}
            checked={isProgram}
            onChange={(event) => setProgram(event.currentTarget.checked)}
          />
          <Group justify="flex-end">
            <Button type="submit" disabled={full_name.trim() === '' || email.trim() === '' || unit === null}>
              {t('rights.users.make')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
