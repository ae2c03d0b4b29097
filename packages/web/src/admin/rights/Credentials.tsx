// Sessions and API keys of one person: seen, made, revoked. A new key is shown once, to be copied.
import {
  ActionIcon,
  Alert,
  Badge,
  Button,
  Code,
  CopyButton,
  Group,
  Modal,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
} from '@mantine/core';
import { IconCheck, IconCopy, IconTrash } from '@tabler/icons-react';
import { useNotify, useTranslate } from 'ra-core';
import { type FormEvent, useState } from 'react';
import { Confirm, ErrorState, ListSkeleton, useFormat } from '../../ui/index.ts';
import {
  type ApiKey,
  type MadeKey,
  type SignedInSession,
  useCredentials,
  useKeys,
  useSessions,
  type Whose,
} from './data/credentials.ts';
import { useAttempt } from './useAttempt.ts';

const DAYS = ['30', '90', '365', 'never'] as const;
const DAY = 86_400_000;

export function KeysPanel({ whose, canMake }: { readonly whose: Whose; readonly canMake: boolean }) {
  const t = useTranslate();
  const { data, error, refetch } = useKeys(whose);
  const [isMaking, setMaking] = useState(false);
  const [revoked, setRevoked] = useState<ApiKey | null>(null);
  const { revokeKey } = useCredentials();
  const attempt = useAttempt();
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <ListSkeleton />;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={560}>
          {t('rights.keys.text')}
        </Text>
        {canMake && <Button onClick={() => setMaking(true)}>{t('rights.keys.make')}</Button>}
      </Group>
      {data.length === 0 ? (
        <Text size="sm">{t('rights.keys.none')}</Text>
      ) : (
        <KeyTable keys={data} onRevoke={setRevoked} />
      )}
      <MakeKey whose={whose} opened={isMaking} onClose={() => setMaking(false)} />
      <Confirm
        opened={revoked !== null}
        title={t('rights.keys.revoke_title', { name: revoked?.name ?? '' })}
        confirm={t('rights.keys.revoke')}
        danger
        onClose={() => setRevoked(null)}
        onConfirm={async () => {
          const done = await attempt(() => revokeKey(whose, revoked?.id ?? ''), t('rights.keys.revoked'));
          if (done) setRevoked(null);
        }}
      >
        {t('rights.keys.revoke_text')}
      </Confirm>
    </Stack>
  );
}

function KeyTable({ keys, onRevoke }: { readonly keys: readonly ApiKey[]; readonly onRevoke: (key: ApiKey) => void }) {
  const t = useTranslate();
  const format = useFormat();
  const when = (moment: string | null, otherwise: string): string =>
    moment === null ? otherwise : format.dateTime(moment);
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('rights.keys.name')}</Table.Th>
            <Table.Th>{t('rights.keys.prefix')}</Table.Th>
            <Table.Th>{t('rights.keys.used')}</Table.Th>
            <Table.Th>{t('rights.keys.expires')}</Table.Th>
            <Table.Th aria-label={t('rights.actions')} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {keys.map((key) => (
            <Table.Tr key={key.id}>
              <Table.Td>{key.name}</Table.Td>
              <Table.Td>
                <Code>{key.prefix}…</Code>
              </Table.Td>
              <Table.Td>{when(key.last_used_on, t('rights.keys.never_used'))}</Table.Td>
              <Table.Td>{when(key.expires_on, t('rights.keys.never'))}</Table.Td>
              <Table.Td ta="right">
                <ActionIcon
                  aria-label={t('rights.keys.revoke_named', { name: key.name })}
                  onClick={() => onRevoke(key)}
                >
                  <IconTrash size={16} />
                </ActionIcon>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function MakeKey({
  whose,
  opened,
  onClose,
}: {
  readonly whose: Whose;
  readonly opened: boolean;
  readonly onClose: () => void;
}) {
  const t = useTranslate();
  const attempt = useAttempt();
  const { makeKey } = useCredentials();
  const [name, setName] = useState('');
  const [days, setDays] = useState<string>('90');
  const [made, setMade] = useState<MadeKey | null>(null);
  const [isBusy, setBusy] = useState(false);
  const close = (): void => {
    setMade(null);
    setName('');
    onClose();
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const expires =
      days === 'never'
        ? {}
        : { expires_on: `${new Date(Date.now() + Number(days) * DAY).toISOString().slice(0, 19)}Z` };
    await attempt(async () => setMade(await makeKey(whose, { name: name.trim(), ...expires })));
    setBusy(false);
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t('rights.keys.make')}
      closeButtonProps={{ 'aria-label': t('app.close') }}
      closeOnClickOutside={made === null}
    >
      {made === null ? (
        <form onSubmit={(event) => void submit(event)}>
          <Stack gap="sm">
            <TextInput
              label={t('rights.keys.name')}
              description={t('rights.keys.name_help')}
              required
              maxLength={100}
              data-autofocus
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Select
              label={t('rights.keys.expires')}
              allowDeselect={false}
              data={DAYS.map((value) => ({ value, label: t(`rights.keys.in.${value}`) }))}
              value={days}
              onChange={(value) => setDays(value ?? '90')}
            />
            <Group justify="flex-end">
              <Button type="submit" loading={isBusy} disabled={name.trim() === ''}>
                {t('rights.keys.make')}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <ShownOnce made={made} onClose={close} />
      )}
    </Modal>
  );
}

function ShownOnce({ made, onClose }: { readonly made: MadeKey; readonly onClose: () => void }) {
  const t = useTranslate();
  return (
    <Stack gap="sm">
      <Alert color="yellow">{t('rights.keys.once')}</Alert>
      <TextInput
        label={made.name}
        readOnly
        value={made.key}
        onFocus={(event) => event.currentTarget.select()}
        styles={{ input: { fontFamily: 'monospace' } }}
      />
      <Group justify="flex-end">
        <CopyButton value={made.key}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              onClick={copy}
              leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            >
              {t(copied ? 'rights.keys.copied' : 'rights.keys.copy')}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>{t('rights.keys.kept')}</Button>
      </Group>
    </Stack>
  );
}

export function SessionsPanel({ whose }: { readonly whose: Whose }) {
  const t = useTranslate();
  const notify = useNotify();
  const attempt = useAttempt();
  const { data, error, refetch } = useSessions(whose);
  const { endSession, endSessions } = useCredentials();
  const [isEnding, setEnding] = useState(false);
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <ListSkeleton />;
  const others = data.filter(({ current }) => current !== true);
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {t('rights.sessions.text')}
        </Text>
        <Button variant="default" disabled={others.length === 0} onClick={() => setEnding(true)}>
          {t(whose === null ? 'rights.sessions.end_others' : 'rights.sessions.end_all')}
        </Button>
      </Group>
      {data.length === 0 ? (
        <Text size="sm">{t('rights.sessions.none')}</Text>
      ) : (
        <SessionTable
          sessions={data}
          onEnd={(session) => void attempt(() => endSession(whose, session.id), t('rights.sessions.ended'))}
        />
      )}
      <Confirm
        opened={isEnding}
        title={t(whose === null ? 'rights.sessions.end_others' : 'rights.sessions.end_all')}
        confirm={t('rights.sessions.end')}
        danger
        onClose={() => setEnding(false)}
        onConfirm={async () => {
          if (await attempt(() => endSessions(whose))) {
            notify('rights.sessions.ended_all', { type: 'success' });
            setEnding(false);
          }
        }}
      >
        {t('rights.sessions.end_text', { count: others.length })}
      </Confirm>
    </Stack>
  );
}

function SessionTable(props: {
  readonly sessions: readonly SignedInSession[];
  readonly onEnd: (session: SignedInSession) => void;
}) {
  const t = useTranslate();
  const format = useFormat();
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('rights.sessions.where')}</Table.Th>
            <Table.Th>{t('rights.sessions.used')}</Table.Th>
            <Table.Th>{t('rights.sessions.since')}</Table.Th>
            <Table.Th aria-label={t('rights.actions')} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {props.sessions.map((session) => (
            <Table.Tr key={session.id}>
              <Table.Td>
                <Text size="sm" lineClamp={1} title={session.user_agent ?? undefined}>
                  {session.address ?? session.client ?? '–'} {session.user_agent ?? ''}
                </Text>
              </Table.Td>
              <Table.Td>{format.relative(session.last_used_on)}</Table.Td>
              <Table.Td>{format.dateTime(session.created_on)}</Table.Td>
              <Table.Td ta="right">
                {session.current === true ? (
                  <Badge variant="light">{t('rights.sessions.current')}</Badge>
                ) : (
                  <Button size="compact-sm" variant="subtle" onClick={() => props.onEnd(session)}>
                    {t('rights.sessions.end')}
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
