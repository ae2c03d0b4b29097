// Address and password, and what is wrong with them. Used by the login page and by the dialog that begins a session again.

import { AuthenticationError, ConnectionError, RateLimitError, UnavailableError } from '@kartoteka/sdk';
import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { type FormEvent, useState } from 'react';
import { useSession } from './session-context.ts';

/** `email`: of whose session goes on; nobody else signs in here. */
export function SignInForm({ email, onDone }: { readonly email?: string; readonly onDone?: () => void }) {
  const translate = useTranslate();
  const session = useSession();
  const [problem, setProblem] = useState<string>();
  const [missing, setMissing] = useState<readonly string[]>([]);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const values = { email: email ?? String(given.get('email')).trim(), password: String(given.get('password')) };
    const empty = Object.entries(values).flatMap(([name, value]) => (value === '' ? [name] : []));
    setMissing(empty);
    setProblem(undefined);
    if (empty.length > 0) return form.querySelector<HTMLElement>(`[name=${empty[0]}]`)?.focus();
    setBusy(true);
    try {
      await session.signIn(values.email, values.password);
      onDone?.();
    } catch (error) {
      setProblem(problemOf(error, translate));
      form.querySelector<HTMLInputElement>('[name=password]')?.select();
    } finally {
      setBusy(false);
    }
  };
  const wrong = (name: string): string | undefined =>
    missing.includes(name) ? translate('app.login.missing') : undefined;
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md">
        <TextInput
          label={translate('app.login.email')}
          name="email"
          type="email"
          autoComplete="username"
          size="md"
          required
          withAsterisk={false}
          error={wrong('email')}
          autoFocus={email === undefined}
          {...(email === undefined ? {} : { value: email, readOnly: true })}
        />
        <PasswordInput
          label={translate('app.login.password')}
          name="password"
          autoComplete="current-password"
          size="md"
          required
          withAsterisk={false}
          error={wrong('password')}
          autoFocus={email !== undefined}
          data-autofocus={email !== undefined || undefined}
        />
        {problem !== undefined && (
          <Alert color="red" variant="light" role="alert">
            {problem}
          </Alert>
        )}
        <Button type="submit" size="md" loading={isBusy} fullWidth>
          {translate('app.login.submit')}
        </Button>
      </Stack>
    </form>
  );
}

function problemOf(error: unknown, translate: ReturnType<typeof useTranslate>): string {
  if (error instanceof RateLimitError) {
    return translate('app.login.tooMany', { seconds: Math.ceil((error.retryAfter ?? 60_000) / 1000) });
  }
  if (error instanceof AuthenticationError) return translate('app.login.wrong');
  if (error instanceof ConnectionError || error instanceof UnavailableError) return translate('app.login.offline');
  return error instanceof Error ? error.message : String(error);
}
