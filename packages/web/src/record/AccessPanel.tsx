// Who may do what with a record, and why: each privilege with the grants that lead to it or fall short, and what would be enough.
import type { ClientEntity } from '@kartoteka/metadata';
import { Accordion, Badge, Code, Drawer, List, Select, Skeleton, Stack, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useText } from '../data/model.tsx';
import { type ExplainedPrivilege, type Grant, type SmallestGrant, useExplanation } from './access-data.ts';
import { PrincipalSelect, usePrincipals } from './PrincipalSelect.tsx';
import { Problems } from './Problems.tsx';

interface AccessProps {
  readonly entity: ClientEntity;
  readonly id: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function AccessPanel({ entity, id, opened, onClose }: AccessProps) {
  const translate = useTranslate();
  const text = useText();
  const kinds = usePrincipals(['user', 'team']);
  const [kind, setKind] = useState('me');
  const [principal, setPrincipal] = useState<string | null>(null);
  const isMe = kind === 'me';
  const explained = useExplanation(entity, id, isMe ? undefined : principal, opened && (isMe || principal !== null));
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size="lg"
      title={translate('record.access.title')}
      closeButtonProps={{ 'aria-label': translate('app.close') }}
    >
      <Stack gap="sm">
        <Select
          label={translate('record.access.whom')}
          data={[
            { value: 'me', label: translate('record.access.me') },
            ...kinds.map(({ name, label }) => ({ value: name, label: text(label) })),
          ]}
          value={kind}
          allowDeselect={false}
          onChange={(next) => {
            setKind(next ?? 'me');
            setPrincipal(null);
          }}
        />
        {isMe ? null : (
          <PrincipalSelect
            key={kind}
            target={kinds.find(({ name }) => name === kind)}
            id={principal}
            onChange={setPrincipal}
            label={text(kinds.find(({ name }) => name === kind)?.label)}
          />
        )}
        {explained.error === null ? null : <Problems error={explained.error} />}
        {explained.isFetching && explained.data === undefined ? <Skeleton height={240} radius="sm" /> : null}
        {explained.data === undefined ? null : (
          <Accordion variant="separated" order={3}>
            {Object.entries(explained.data.privileges).map(([name, privilege]) => (
              <PrivilegeItem key={name} name={name} privilege={privilege} />
            ))}
          </Accordion>
        )}
      </Stack>
    </Drawer>
  );
}

function PrivilegeItem({ name, privilege }: { readonly name: string; readonly privilege: ExplainedPrivilege }) {
  const translate = useTranslate();
  const { granted, applicable, grants = [], smallest_grants: smallest = [], blocked_by: blocked = [] } = privilege;
  const state = applicable === false ? 'none' : granted ? 'granted' : 'denied';
  const colors = { none: 'gray', granted: 'green', denied: 'red' } as const;
  return (
    <Accordion.Item value={name}>
      <Accordion.Control>
        <Text component="span" size="sm" fw={500} mr="xs">
          {translate(`record.privilege.${name}`)}
        </Text>
        <Badge size="sm" variant="light" color={colors[state]}>
          {translate(`record.access.${state}`)}
        </Badge>
      </Accordion.Control>
      <Accordion.Panel>
        <Stack gap="xs">
          {blocked.length === 0 ? null : (
            <Text size="sm">{translate('record.access.blocked', { what: blocked.join(', ') })}</Text>
          )}
          {grants.length === 0 ? <Text size="sm">{translate('record.access.no_grants')}</Text> : null}
          {grants.map((grant) => (
            <GrantLine
              key={`${grant.role.name} ${grant.held_by.id ?? grant.held_by.kind} ${grant.depth} ${grant.condition?.text ?? ''}`}
              grant={grant}
            />
          ))}
          {granted || smallest.length === 0 ? null : (
            <div>
              <Text size="sm" fw={500}>
                {translate('record.access.enough')}
              </Text>
              <List size="sm">
                {smallest.map((change) => (
                  <List.Item key={JSON.stringify(change)}>
                    <SmallestLine change={change} />
                  </List.Item>
                ))}
              </List>
            </div>
          )}
        </Stack>
      </Accordion.Panel>
    </Accordion.Item>
  );
}

function GrantLine({ grant }: { readonly grant: Grant }) {
  const translate = useTranslate();
  const { role, held_by: holder, depth, condition, covers = [], allows } = grant;
  const failing = condition?.failing ?? [];
  return (
    <div>
      <Text size="sm">
        <Badge size="xs" variant="light" color={allows ? 'green' : 'gray'} mr={6}>
          {translate(allows ? 'record.access.allows' : 'record.access.falls_short')}
        </Badge>
        {translate('record.access.grant', {
          role: role.label ?? role.name,
          holder: holder.name ?? translate(`record.access.kind_${holder.kind}`, { _: holder.kind }),
          depth: translate(`record.depth.${depth}`, { _: depth }),
        })}
      </Text>
      {covers.length === 0 ? (
        <Text size="xs" c="dimmed">
          {translate('record.access.covers_not')}
        </Text>
      ) : (
        <Text size="xs" c="dimmed">
          {translate('record.access.covers', {
            what: covers.map(({ by }) => translate(`record.cover.${by}`, { _: by })).join(', '),
          })}
        </Text>
      )}
      {failing.length === 0 ? null : (
        <Text size="xs" component="div">
          {translate('record.access.failing')}{' '}
          {failing.map((part) => (
            <Code key={part}>{part}</Code>
          ))}
        </Text>
      )}
    </div>
  );
}

function SmallestLine({ change }: { readonly change: SmallestGrant }) {
  const translate = useTranslate();
  const facts = {
    role: change.role?.label ?? change.role?.name ?? '',
    depth: change.depth === undefined ? '' : translate(`record.depth.${change.depth}`, { _: change.depth }),
    condition: change.condition?.text ?? '',
  };
  return <>{translate(`record.smallest.${change.change}`, { ...facts, _: change.change })}</>;
}
