// Somebody leaves: everything that he owns goes to another user or team. First what would move, then the move itself.
import { Alert, Button, Group, List, SegmentedControl, Stack, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useApi } from '../../data/api.ts';
import { useModel, useText } from '../../data/model.tsx';
import { Confirm, useFormat } from '../../ui/index.ts';
import { type User, useChanged } from './data/directory.ts';
import { RecordPick } from './RecordPick.tsx';
import { useAttempt } from './useAttempt.ts';

interface HandedOver {
  readonly complete: boolean;
  readonly count: number;
  readonly entities: readonly { readonly entity: string; readonly count: number }[];
  readonly records: readonly { readonly entity: string; readonly id: string; readonly title: string | null }[];
  readonly refused: readonly { readonly code?: string; readonly message?: string; readonly target?: string }[];
}

export function HandOver({ user }: { readonly user: User }) {
  const t = useTranslate();
  const api = useApi();
  const attempt = useAttempt();
  const changed = useChanged();
  const { entities } = useModel();
  const [kind, setKind] = useState<'user' | 'team'>('user');
  const [owner, setOwner] = useState<string | null>(null);
  const [seen, setSeen] = useState<HandedOver | null>(null);
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const entity = entities[kind];
  const ask = (dry_run: boolean): Promise<HandedOver> =>
    api.send<HandedOver>('POST', `users(${user.id})/hand_over`, { owner_id: owner, dry_run });
  const look = async (): Promise<void> => {
    setBusy(true);
    await attempt(async () => setSeen(await ask(true)));
    setBusy(false);
  };
  const choose = (id: string | null): void => {
    setOwner(id);
    setSeen(null);
  };
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t('rights.leaver.text')}
      </Text>
      {user.active && <Alert color="yellow">{t('rights.leaver.disable_first')}</Alert>}
      <SegmentedControl
        w="fit-content"
        aria-label={t('rights.leaver.kind')}
        data={[
          { value: 'user', label: t('rights.leaver.user') },
          { value: 'team', label: t('rights.leaver.team') },
        ]}
        value={kind}
        onChange={(value) => {
          setKind(value === 'team' ? 'team' : 'user');
          choose(null);
        }}
      />
      {entity !== undefined && (
        <RecordPick
          key={kind}
          label={t('rights.leaver.to')}
          entity={entity}
          value={owner}
          filter={kind === 'user' ? `id ne ${user.id} and active eq true` : undefined}
          onChange={choose}
        />
      )}
      <Group>
        <Button variant="default" disabled={owner === null} loading={isBusy} onClick={() => void look()}>
          {t('rights.leaver.look')}
        </Button>
        <Button disabled={seen === null || seen.refused.length > 0 || seen.count === 0} onClick={() => setAsking(true)}>
          {t('rights.leaver.move')}
        </Button>
      </Group>
      {seen !== null && <Seen seen={seen} />}
      <Confirm
        opened={isAsking}
        title={t('rights.leaver.confirm', { count: seen?.count ?? 0, name: user.full_name })}
        confirm={t('rights.leaver.move')}
        onClose={() => setAsking(false)}
        onConfirm={async () => {
          const isDone = await attempt(() => ask(false), 'rights.leaver.done');
          setAsking(false);
          if (isDone) {
            choose(null);
            await changed();
          }
        }}
      >
        {t('rights.leaver.stays')}
      </Confirm>
    </Stack>
  );
}

function Seen({ seen }: { readonly seen: HandedOver }) {
  const t = useTranslate();
  const text = useText();
  const format = useFormat();
  const { entities } = useModel();
  const labelOf = (entity: string): string => text(entities[entity]?.plural_label) || entity;
  if (seen.refused.length > 0)
    return (
      <Alert color="red" title={t('rights.leaver.refused')}>
        <List size="sm">
          {seen.refused.map(({ message, target, code }) => (
            <List.Item key={`${target} ${code}`}>
              {target}: {message ?? code}
            </List.Item>
          ))}
        </List>
      </Alert>
    );
  if (seen.count === 0) return <Text size="sm">{t('rights.leaver.nothing')}</Text>;
  return (
    <Stack gap={4} role="status">
      <Text size="sm" fw={600}>
        {t('rights.leaver.would', { count: format.number(seen.count) })}
      </Text>
      <List size="sm">
        {seen.entities.map(({ entity, count }) => (
          <List.Item key={entity}>
            {labelOf(entity)}: {format.number(count)}
          </List.Item>
        ))}
      </List>
      <Text size="sm" c="dimmed">
        {seen.records
          .slice(0, 10)
          .map(({ title, id }) => title ?? id)
          .join(', ')}
        {seen.count > 10 && ' …'}
      </Text>
    </Stack>
  );
}
