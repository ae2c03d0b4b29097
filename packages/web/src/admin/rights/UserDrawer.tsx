// One user: profile, unit, roles, teams, sign-in, and what happens when somebody leaves. Everything that changes rights tells first what it changes.
import {
  Alert,
  Button,
  Drawer,
  Group,
  PasswordInput,
  Select,
  Stack,
  Tabs,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useTranslate } from 'ra-core';
import { type FormEvent, useState } from 'react';
import { Link } from 'react-router';
import { useApi } from '../../data/api.ts';
import { useModel } from '../../data/model.tsx';
import { ErrorState, FormSkeleton } from '../../ui/index.ts';
import { ChangeDialog } from './ChangeDialog.tsx';
import { KeysPanel, SessionsPanel } from './Credentials.tsx';
import { useCredentials } from './data/credentials.ts';
import { type User, useChanged, useRecord, useUnits } from './data/directory.ts';
import { HandOver } from './HandOver.tsx';
import { Members } from './Members.tsx';
import { ProfileForm } from './ProfileForm.tsx';
import { RolesHeld } from './RolesHeld.tsx';
import { useAttempt } from './useAttempt.ts';

export function UserDrawer({ id, onClose }: { readonly id: string | null; readonly onClose: () => void }) {
  const t = useTranslate();
  return (
    <Drawer
      opened={id !== null}
      onClose={onClose}
      position="right"
      size={640}
      title={t('rights.users.one')}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      {id !== null && <OneUser key={id} id={id} />}
    </Drawer>
  );
}

function OneUser({ id }: { readonly id: string }) {
  const t = useTranslate();
  const { entities } = useModel();
  const { data, error, refetch } = useRecord<User>('users', id);
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <FormSkeleton />;
  const mayWrite = entities.user?.privileges.write === true;
  return (
    <Stack gap="md">
      <div>
        <Title order={2}>{data.full_name}</Title>
        <Text size="sm" c="dimmed">
          {data.email}
        </Text>
      </div>
      {!data.active && <Alert color="gray">{t('rights.users.disabled_text')}</Alert>}
      <Tabs defaultValue="profile" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="profile">{t('rights.account.profile')}</Tabs.Tab>
          <Tabs.Tab value="roles">{t('rights.roles.title')}</Tabs.Tab>
          <Tabs.Tab value="teams">{t('rights.teams.title')}</Tabs.Tab>
          <Tabs.Tab value="sign_in">{t('rights.users.sign_in')}</Tabs.Tab>
          <Tabs.Tab value="leaves">{t('rights.leaver.tab')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="profile">
          <Stack gap="lg">
            <ProfileForm user={data} readOnly={!mayWrite} />
            <UnitAndState user={data} readOnly={!mayWrite} />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="roles">
          <RolesHeld holder="user_id" id={id} />
        </Tabs.Panel>
        <Tabs.Panel value="teams">
          <Members by="user_id" id={id} />
        </Tabs.Panel>
        <Tabs.Panel value="sign_in">
          <SignIn user={data} />
        </Tabs.Panel>
        <Tabs.Panel value="leaves">
          <HandOver user={data} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

type Act = 'move' | 'disable' | 'enable';

function UnitAndState({ user, readOnly }: { readonly user: User; readonly readOnly: boolean }) {
  const t = useTranslate();
  const api = useApi();
  const changed = useChanged();
  const units = useUnits();
  const [act, setAct] = useState<Act | null>(null);
  const [unit, setUnit] = useState(user.owning_business_unit_id);
  const name = units.data?.find(({ id }) => id === user.owning_business_unit_id)?.name ?? '';
  const isMoving = act === 'move';
  const change = isMoving ? { owning_business_unit_id: unit } : { active: act === 'enable' };
  const isNothing = isMoving && unit === user.owning_business_unit_id;
  return (
    <Stack gap="sm">
      <Group align="flex-end" gap="sm">
        <TextInput label={t('rights.unit')} value={name} readOnly />
        {!readOnly && (
          <Button variant="default" onClick={() => setAct('move')}>
            {t('rights.users.move')}
          </Button>
        )}
      </Group>
      <Group gap="sm">
        {!readOnly && (
          <Button variant="default" color="red" onClick={() => setAct(user.active ? 'disable' : 'enable')}>
            {t(user.active ? 'rights.users.disable' : 'rights.users.enable')}
          </Button>
        )}
        <Button variant="subtle" component={Link} to={`/admin/explain?user=${user.id}`}>
          {t('rights.explain.title')}
        </Button>
      </Group>
      {act !== null && (
        <ChangeDialog
          title={t(`rights.users.${act}_named`, { name: user.full_name })}
          change={isNothing ? null : { users: [{ id: user.id, ...change }] }}
          confirm={t(`rights.users.${act}`)}
          done="rights.saved"
          danger={act === 'disable'}
          onConfirm={async () => {
            await api.send('PATCH', `users(${user.id})`, change, { ifMatch: user['@odata.etag'] });
            await changed();
          }}
          onClose={() => setAct(null)}
        >
          {isMoving && (
            <Select
              label={t('rights.unit')}
              searchable
              allowDeselect={false}
              data={(units.data ?? []).map((each) => ({ value: each.id, label: each.name }))}
              value={unit}
              onChange={(value) => setUnit(value ?? unit)}
            />
          )}
        </ChangeDialog>
      )}
    </Stack>
  );
}

function SignIn({ user }: { readonly user: User }) {
  const t = useTranslate();
  const { capabilities, user: me } = useModel();
  const isProgram = user.service_principal;
  return (
    <Stack gap="lg">
      {!isProgram && capabilities.includes('manage_credentials') && user.active && <SetPassword user={user} />}
      {!isProgram && (
        <section>
          <Title order={3} mb="xs">
            {t('rights.sessions.title')}
          </Title>
          <SessionsPanel whose={user.id} />
        </section>
      )}
      <section>
        <Title order={3} mb="xs">
          {t('rights.keys.title')}
        </Title>
        <KeysPanel whose={user.id} canMake={isProgram || user.id === me.id} />
      </section>
    </Stack>
  );
}

function SetPassword({ user }: { readonly user: User }) {
  const t = useTranslate();
  const attempt = useAttempt();
  const { setPassword } = useCredentials();
  const [password, setTyped] = useState('');
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await attempt(() => setPassword(user.id, password), 'rights.password.set_done')) setTyped('');
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Group align="flex-end" gap="sm">
        <PasswordInput
          w={280}
          label={t('rights.password.next')}
          description={t('rights.password.rule')}
          autoComplete="new-password"
          maxLength={256}
          value={password}
          visibilityToggleButtonProps={{ 'aria-label': t('rights.password.show') }}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Button type="submit" disabled={password.length < 10}>
          {t('rights.password.set')}
        </Button>
      </Group>
    </form>
  );
}
