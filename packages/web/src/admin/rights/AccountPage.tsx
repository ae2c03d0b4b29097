// One's own account: profile, password, sessions and keys. Reached by everybody.
import { Button, Group, PasswordInput, Stack, Tabs, Text, TextInput } from '@mantine/core';
import { useNotify, useTranslate } from 'ra-core';
import { type FormEvent, useState } from 'react';
import { useModel, useText } from '../../data/model.tsx';
import { ErrorState, FormSkeleton, Page } from '../../ui/index.ts';
import { KeysPanel, SessionsPanel } from './Credentials.tsx';
import { useCredentials } from './data/credentials.ts';
import { type User, useRecord, useUnits } from './data/directory.ts';
import { ProfileForm } from './ProfileForm.tsx';
import { useAttempt } from './useAttempt.ts';

export function AccountPage() {
  const t = useTranslate();
  const { user } = useModel();
  return (
    <Page title={t('rights.account.title')} subtitle={user.email}>
      <Tabs defaultValue="profile" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="profile">{t('rights.account.profile')}</Tabs.Tab>
          <Tabs.Tab value="password">{t('rights.account.password')}</Tabs.Tab>
          <Tabs.Tab value="sessions">{t('rights.sessions.title')}</Tabs.Tab>
          <Tabs.Tab value="keys">{t('rights.keys.title')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="profile">
          <OwnProfile id={user.id} />
        </Tabs.Panel>
        <Tabs.Panel value="password">
          <OwnPassword email={user.email} />
        </Tabs.Panel>
        <Tabs.Panel value="sessions">
          <SessionsPanel whose={null} />
        </Tabs.Panel>
        <Tabs.Panel value="keys">
          <KeysPanel whose={null} canMake />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

/** Who may not change his own record sees it; who may not read it sees what the Model tells of him. */
function OwnProfile({ id }: { readonly id: string }) {
  const t = useTranslate();
  const text = useText();
  const { entities, user } = useModel();
  const { data, error } = useRecord<User>('users', id);
  const units = useUnits();
  const entity = entities.user;
  if (error !== null && entity === undefined) return <Text size="sm">{user.name}</Text>;
  if (error !== null) return <ErrorState error={error} />;
  if (data === undefined) return <FormSkeleton />;
  const unit = units.data?.find((each) => each.id === data.owning_business_unit_id);
  return (
    <Stack gap="md" maw={560}>
      {unit !== undefined && (
        <TextInput label={text(entities.business_unit?.label) || t('rights.unit')} value={unit.name} readOnly />
      )}
      <ProfileForm user={data} readOnly={entity?.privileges.write !== true} />
    </Stack>
  );
}

function OwnPassword({ email }: { readonly email: string }) {
  const t = useTranslate();
  const notify = useNotify();
  const attempt = useAttempt();
  const { changePassword } = useCredentials();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const [isBusy, setBusy] = useState(false);
  const differs = again !== '' && again !== next;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    if (await attempt(() => changePassword(current, next))) {
      notify('rights.password.changed', { type: 'success' });
      setCurrent('');
      setNext('');
      setAgain('');
    }
    setBusy(false);
  };
  const toggle = { visibilityToggleButtonProps: { 'aria-label': t('rights.password.show') } };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="sm" maw={400}>
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordInput
          {...toggle}
          label={t('rights.password.current')}
          autoComplete="current-password"
          required
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          {...toggle}
          label={t('rights.password.next')}
          description={t('rights.password.rule')}
          autoComplete="new-password"
          required
          minLength={10}
          maxLength={256}
          value={next}
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        <PasswordInput
          {...toggle}
          label={t('rights.password.again')}
          autoComplete="new-password"
          required
          error={differs ? t('rights.password.differs') : undefined}
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
        />
        <Text size="sm" c="dimmed">
          {t('rights.password.sessions_end')}
        </Text>
        <Group>
          <Button type="submit" loading={isBusy} disabled={current === '' || next.length < 10 || again !== next}>
            {t('rights.password.change')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
