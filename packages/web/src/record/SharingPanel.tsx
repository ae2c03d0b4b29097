// With whom a record is shared, beyond what roles give: a list whose rights are changed and taken back, and somebody new.
import type { ClientEntity } from '@kartoteka/metadata';
import { Button, Divider, Drawer, Group, Select, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useText } from '../data/model.tsx';
import { ErrorState } from '../ui/index.ts';
import { useUndoNotice } from '../ui/undo-notice.tsx';
import { PrincipalSelect, usePrincipals } from './PrincipalSelect.tsx';
import { Problems } from './Problems.tsx';
import { RightsChoice } from './RightsChoice.tsx';
import { ShareRow } from './ShareRow.tsx';
import { type Share, type ShareActions, useShareActions, useShares } from './shares-data.ts';

interface SharingProps {
  readonly entity: ClientEntity;
  readonly id: string;
  readonly title: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function SharingPanel({ entity, id, title, opened, onClose }: SharingProps) {
  const translate = useTranslate();
  const actions = useShareActions(entity, id);
  const query = useShares(entity, id, opened);
  const shares = query.data?.pages.flatMap(({ value }) => value);
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size="md"
      title={translate('record.sharing.title', { title })}
      closeButtonProps={{ 'aria-label': translate('app.close') }}
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {translate('record.sharing.text')}
        </Text>
        <NewShare entity={entity} actions={actions} shares={shares ?? []} />
        <Divider />
        <Title order={3} size="h5">
          {translate('record.sharing.list')}
        </Title>
        {query.error !== null && shares === undefined ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Shares {...{ entity, actions }} shares={shares} />
        )}
        {query.hasNextPage ? (
          <Button variant="subtle" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {translate('record.sharing.more')}
          </Button>
        ) : null}
      </Stack>
    </Drawer>
  );
}

interface SharesProps {
  readonly entity: ClientEntity;
  readonly actions: ShareActions;
  readonly shares: readonly Share[] | undefined;
}

function Shares({ entity, actions, shares }: SharesProps) {
  const translate = useTranslate();
  if (shares === undefined) return <Skeleton height={88} radius="sm" aria-label={translate('app.loading')} />;
  if (shares.length === 0) return <Text size="sm">{translate('record.sharing.nobody')}</Text>;
  return (
    <Stack component="ul" gap="xs" m={0} p={0} aria-label={translate('record.sharing.list')}>
      {shares.map((share) => (
        <ShareRow key={share.principal_id} {...{ entity, share, actions }} />
      ))}
    </Stack>
  );
}

interface NewProps extends SharesProps {
  readonly shares: readonly Share[];
}

function NewShare({ entity, actions, shares }: NewProps) {
  const translate = useTranslate();
  const text = useText();
  const notice = useUndoNotice();
  const kinds = usePrincipals(['user', 'team']);
  const [kind, setKind] = useState(kinds[0]?.name);
  const [principal, setPrincipal] = useState<string | null>(null);
  const [rights, setRights] = useState<readonly string[]>(['read']);
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const share = async (to: string): Promise<void> => {
    const before = shares.find(({ principal_id }) => principal_id === to);
    setBusy(true);
    setError(undefined);
    try {
      await actions.share(to, rights);
      // What somebody had before stays his when this is taken back.
      const undo = () => (before === undefined ? actions.revoke(to) : actions.modify(to, before.rights));
      notice({ message: translate('record.sharing.share_done'), undo, undone: translate('record.sharing.undone') });
      setPrincipal(null);
      setRights(['read']);
    } catch (failed) {
      setError(failed);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack gap="sm">
      <Group gap="xs" align="flex-end" grow preventGrowOverflow={false} wrap="nowrap">
        {kinds.length > 1 ? (
          <Select
            label={translate('record.assign.kind')}
            data={kinds.map(({ name, label }) => ({ value: name, label: text(label) }))}
            value={kind ?? null}
            allowDeselect={false}
            maw={140}
            onChange={(next) => {
              setKind(next ?? undefined);
              setPrincipal(null);
            }}
          />
        ) : null}
        <PrincipalSelect
          key={kind}
          target={kinds.find(({ name }) => name === kind)}
          id={principal}
          onChange={setPrincipal}
          label={translate('record.sharing.whom')}
        />
      </Group>
      {principal === null ? null : (
        <>
          <RightsChoice entity={entity} rights={rights} onChange={setRights} />
          <Problems error={error} />
          <Group gap="xs">
            <Button onClick={() => void share(principal)} loading={isBusy}>
              {translate('record.sharing.share')}
            </Button>
            <Button variant="default" onClick={() => setPrincipal(null)}>
              {translate('app.cancel')}
            </Button>
          </Group>
        </>
      )}
    </Stack>
  );
}
