// A user's profile: what stands in the user's record and is not a right. Saved with the record's ETag, so that nobody's change is lost.

import { PreconditionFailedError } from '@kartoteka/sdk';
import { Button, Group, SimpleGrid, TextInput } from '@mantine/core';
import { useNotify, useTranslate } from 'ra-core';
import { type FormEvent, useState } from 'react';
import { useApi } from '../../data/api.ts';
import { useModel, useText } from '../../data/model.tsx';
import { type User, useChanged } from './data/directory.ts';
import { useAttempt } from './useAttempt.ts';

const FIELDS = ['full_name', 'email', 'job_title', 'phone', 'language', 'time_zone'] as const;
type Values = Record<(typeof FIELDS)[number], string>;

const valuesOf = (user: User): Values =>
  Object.fromEntries(FIELDS.map((field) => [field, user[field] ?? ''])) as Values;

export function ProfileForm({ user, readOnly }: { readonly user: User; readonly readOnly: boolean }) {
  const t = useTranslate();
  const text = useText();
  const api = useApi();
  const notify = useNotify();
  const attempt = useAttempt();
  const changed = useChanged();
  const { entities } = useModel();
  const [typed, setTyped] = useState<Partial<Values>>({});
  const [isBusy, setBusy] = useState(false);
  const present = valuesOf(user);
  const fields = entities.user?.fields ?? {};
  const changes = Object.entries(typed).filter(([field, value]) => value !== present[field as keyof Values]);
  const save = async (): Promise<void> => {
    const body = Object.fromEntries(
      changes.map(([field, value]) => [field, value.trim() === '' ? null : value.trim()]),
    );
    try {
      await api.send('PATCH', `users(${user.id})`, body, { ifMatch: user['@odata.etag'] });
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error;
      notify('rights.users.moved', { type: 'warning' });
      await changed();
      return;
    }
    await changed();
    setTyped({});
    notify('rights.saved', { type: 'success' });
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    await attempt(save);
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        {FIELDS.filter((field) => fields[field] !== undefined).map((field) => (
          <TextInput
            key={field}
            label={text(fields[field]?.label)}
            required={fields[field]?.required}
            readOnly={readOnly}
            value={typed[field] ?? present[field]}
            onChange={(event) => setTyped({ ...typed, [field]: event.currentTarget.value })}
          />
        ))}
      </SimpleGrid>
      {!readOnly && (
        <Group mt="md">
          <Button type="submit" loading={isBusy} disabled={changes.length === 0}>
            {t('rights.save')}
          </Button>
        </Group>
      )}
    </form>
  );
}
