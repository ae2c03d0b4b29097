// One share in the list: who, what he may, since when; changed in place and taken back, both with a way back.
import type { ClientEntity } from '@kartoteka/metadata';
import { ActionIcon, Badge, Button, Group, Stack, Text, Tooltip } from '@mantine/core';
import { IconPencil, IconUser, IconUsersGroup, IconX } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useFormat } from '../ui/index.ts';
import { useUndoNotice } from '../ui/undo-notice.tsx';
import { SHARED_RIGHTS } from './access-data.ts';
import { Problems } from './Problems.tsx';
import { RightsChoice } from './RightsChoice.tsx';
import classes from './record.module.css';
import type { Share, ShareActions } from './shares-data.ts';

interface RowProps {
  readonly entity: ClientEntity;
  readonly share: Share;
  readonly actions: ShareActions;
}

export function ShareRow({ entity, share, actions }: RowProps) {
  const translate = useTranslate();
  const format = useFormat();
  const notice = useUndoNotice();
  const [rights, setRights] = useState<readonly string[]>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const { principal_id: id, kind } = share;
  const name = share.name ?? translate('record.sharing.unnamed');
  const run = async (what: 'modify' | 'revoke', act: () => Promise<void>, undo: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await act();
      setRights(undefined);
      notice({
        message: translate(`record.sharing.${what}_done`),
        undo,
        undone: translate('record.sharing.undone'),
      });
    } catch (failed) {
      setError(failed);
    } finally {
      setBusy(false);
    }
  };
  const revoke = () =>
    run(
      'revoke',
      () => actions.revoke(id),
      () => actions.share(id, share.rights),
    );
  const modify = (next: readonly string[]) =>
    run(
      'modify',
      () => actions.modify(id, next),
      () => actions.modify(id, share.rights),
    );
  const Icon = kind === 'team' ? IconUsersGroup : IconUser;
  const since = translate('record.sharing.since', { date: format.date(share.granted_on) });
  const by = share.granted_by_name === null ? '' : ` · ${share.granted_by_name}`;
  return (
    <li className={classes.share}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Group gap="xs" wrap="nowrap" miw={0}>
          <Icon size={16} aria-hidden="true" />
          <Text size="sm" fw={500} truncate>
            {name}
          </Text>
          {share.active === false ? (
            <Badge size="sm" variant="light" color="gray">
              {translate('record.sharing.disabled')}
            </Badge>
          ) : null}
        </Group>
        <Group gap={4} wrap="nowrap">
          <Action label={translate('record.sharing.edit', { name })} onClick={() => setRights(share.rights)}>
            <IconPencil size={16} aria-hidden="true" />
          </Action>
          <Action
            label={translate('record.sharing.revoke_from', { name })}
            onClick={() => void revoke()}
            disabled={isBusy}
          >
            <IconX size={16} aria-hidden="true" />
          </Action>
        </Group>
      </Group>
      <Text size="xs" c="dimmed">
        {rightsText(share.rights, translate)}
        <br />
        {since + by}
      </Text>
      <Problems error={error} />
      {rights === undefined ? null : (
        <Stack gap="xs" mt="xs">
          <RightsChoice entity={entity} rights={rights} onChange={setRights} />
          <Group gap="xs">
            <Button size="compact-sm" onClick={() => void modify(rights)} loading={isBusy}>
              {translate('record.sharing.modify')}
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => setRights(undefined)}>
              {translate('app.cancel')}
            </Button>
          </Group>
        </Stack>
      )}
    </li>
  );
}

const rightsText = (rights: readonly string[], translate: (key: string) => string): string =>
  SHARED_RIGHTS.filter((right) => rights.includes(right))
    .map((right) => translate(`record.privilege.${right}`))
    .join(', ');

interface ActionProps {
  readonly label: string;
  readonly onClick: () => void;
  readonly disabled?: boolean;
  readonly children: React.ReactNode;
}

function Action({ label, onClick, disabled = false, children }: ActionProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={onClick} disabled={disabled}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
