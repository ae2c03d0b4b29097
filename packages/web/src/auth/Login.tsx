// The page on which a session begins; afterwards people are where they wanted to go.
import { Group, Text, Title } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { Navigate, useSearchParams } from 'react-router';
import { LanguageSwitch } from '../shell/LanguageSwitch.tsx';
import { Logo } from '../shell/Logo.tsx';
import { useDocumentTitle } from '../ui/Page.tsx';
import { Starting } from '../ui/Starting.tsx';
import classes from './Login.module.css';
import { SignInForm } from './SignInForm.tsx';
import { useSessionState } from './session-context.ts';

/** Only pages of this application: an address from elsewhere leads nowhere else. */
export const pathWithin = (next: string | null): string => (next !== null && /^\/(?![/\\])/.test(next) ? next : '/');

export function Login() {
  const translate = useTranslate();
  const state = useSessionState();
  const [search] = useSearchParams();
  useDocumentTitle(translate('app.login.title'));
  if (state === 'signed-in') return <Navigate to={pathWithin(search.get('next'))} replace />;
  if (state === 'starting') return <Starting />;
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <Group justify="space-between" mb="lg">
          <Logo />
          <LanguageSwitch />
        </Group>
        <Title order={1}>{translate('app.login.title')}</Title>
        <Text size="sm" c="dimmed" mb="lg">
          {translate('app.login.text')}
        </Text>
        <SignInForm />
      </div>
    </main>
  );
}
