// Shares of a record: which user or team has been given which rights on it, beyond what roles give; to give, change and take back.
import type { ClientEntity } from '@kartoteka/metadata';
import { Button, Checkbox, Drawer, Group, Select, Skeleton, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useApi } from '../data/api.ts';
import { useText } from '../data/model.tsx';
import { type Explanation, SHARED_RIGHTS, useExplanation } from './access-data.ts';
import { PrincipalSelect, usePrincipals } from './PrincipalSelect.tsx';
import { Problems } from './Problems.tsx';

interface SharingProps {
  readonly entity: ClientEntity;
  readonly id: string;
  readonly title: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function SharingPanel({ entity, id, title, opened, onClose }: SharingProps) {
  const translate = useTranslate();
  const text = useText();
  const kinds = usePrincipals(['user', 'team']);
  const [kind, setKind] = useState(kinds[0]?.name);
  const [principal, setPrincipal] = useState<string | null>(null);
  const explained = useExplanation(entity, id, principal, opened && principal !== null);
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      title={translate('record.sharing.title', { title })}
      closeButtonProps={{ 'aria-label': translate('app.close') }}
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {translate('record.sharing.text')}
        </Text>
        <Select
          label={translate('record.assign.kind')}
          data={kinds.map(({ name, label }) => ({ value: name, label: text(label) }))}
          value={kind ?? null}
          allowDeselect={false}
          onChange={(next) => {
            setKind(next ?? undefined);
            setPrincipal(null);
          }}
        />
        <PrincipalSelect
          key={kind}
          target={kinds.find(({ name }) => name === kind)}
          id={principal}
          onChange={setPrincipal}
          label={translate('record.sharing.whom')}
        />
        {principal === null ? null : explained.isFetching ? (
          <Skeleton height={200} radius="sm" />
        ) : (
          <ShareForm key={principal} {...{ entity, id, principal }} given={givenRights(explained.data)} />
        )}
      </Stack>
    </Drawer>
  );
}

/** The rights that a share of this very record gives; undefined where the caller may not know. */
function givenRights(explanation: Explanation | undefined): ReadonlySet<string> | undefined {
  if (explanation === undefined) return undefined;
  const shared = Object.entries(explanation.privileges).filter(([, { grants = [] }]) =>
    grants.some(({ covers = [] }) => covers.some(({ by, of }) => by === 'share' && of === undefined)),
  );
  return new Set(shared.map(([privilege]) => privilege));
}

interface FormProps {
  readonly entity: ClientEntity;
  readonly id: string;
  readonly principal: string;
  readonly given: ReadonlySet<string> | undefined;
}

function ShareForm({ entity, id, principal, given }: FormProps) {
  const translate = useTranslate();
  const api = useApi();
  const client = useQueryClient();
  const [rights, setRights] = useState<readonly string[]>(() =>
    given === undefined || given.size === 0 ? ['read'] : [...given],
  );
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const isShared = given !== undefined && given.size > 0;
  const act = async (action: 'share' | 'modify' | 'revoke'): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const body = action === 'revoke' ? { principal_id: principal } : { principal_id: principal, rights };
      await api.send('POST', `${entity.set}(${id})/${action}`, body);
      notifications.show({
        message: translate(`record.sharing.${action}_done`),
        color: 'green',
        autoClose: 2500,
        withCloseButton: false,
      });
      await client.invalidateQueries({ queryKey: ['explain', entity.set, id] });
    } catch (failed) {
      setError(failed);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack gap="sm">
      <Text size="sm">
        {translate(
          given === undefined
            ? 'record.sharing.unknown'
            : isShared
              ? 'record.sharing.is_shared'
              : 'record.sharing.is_not',
        )}
      </Text>
      <Checkbox.Group
        label={translate('record.sharing.rights')}
        value={[...rights]}
        onChange={(next) => setRights(SHARED_RIGHTS.filter((right) => right === 'read' || next.includes(right)))}
      >
        <Stack gap={6} mt={6}>
          {SHARED_RIGHTS.map((right) => (
            <Checkbox
              key={right}
              value={right}
              // Without it the other rights would be of no use.
              disabled={right === 'read'}
              label={translate(`record.privilege.${right}`)}
            />
          ))}
        </Stack>
      </Checkbox.Group>
      <Problems error={error} />
      <Group gap="xs">
        <Button onClick={() => void act(isShared ? 'modify' : 'share')} loading={isBusy}>
          {translate(isShared ? 'record.sharing.modify' : 'record.sharing.share')}
        </Button>
        {given === undefined || isShared ? (
          <Button variant="default" color="red" onClick={() => void act('revoke')} disabled={isBusy}>
            {translate('record.sharing.revoke')}
          </Button>
        ) : null}
      </Group>
    </Stack>
  );
}
