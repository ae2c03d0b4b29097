// What else a role gives beside privileges: rights on secured fields, capabilities; and who holds it.
import { Anchor, Checkbox, List, Stack, Switch, Table, Text, Title } from '@mantine/core';
import { useNotify, useTranslate } from 'ra-core';
import { Link } from 'react-router';
import { useModel, useText } from '../../data/model.tsx';
import { ErrorState, ListSkeleton } from '../../ui/index.ts';
import { useEditedModel } from '../model/data/documents.ts';
import type { Change } from '../model/logic/edit.ts';
import { effectiveOf, type LayeredDocument } from '../model/logic/layered.ts';
import { type Team, type User, useHolders, useRecords } from './data/directory.ts';
import {
  capabilitiesOf,
  capabilityChanges,
  FIELD_RIGHTS,
  fieldChanges,
  fieldRightsOf,
  toggled,
} from './logic/secured.ts';

interface PartProps {
  /** With what is not saved yet. */
  readonly document: LayeredDocument;
  readonly onChange: (changes: readonly Change[]) => void;
}

export function SecuredFields({ document, onChange }: PartProps) {
  const t = useTranslate();
  const text = useText();
  const notify = useNotify();
  const client = useModel();
  const { model } = useEditedModel();
  const body = effectiveOf(document);
  const secured = [...model.entities.values()]
    .map(({ name, fields }) => ({
      entity: name,
      fields: Object.keys(fields).filter((field) => fields[field]?.secured === true),
    }))
    .filter(({ fields }) => fields.length > 0);
  if (secured.length === 0) return <Text size="sm">{t('rights.fields.none')}</Text>;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t('rights.fields.text')}
      </Text>
      <Table w="auto" aria-label={t('rights.fields.title')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('rights.entity')}</Table.Th>
            <Table.Th>{t('rights.fields.field')}</Table.Th>
            {FIELD_RIGHTS.map((right) => (
              <Table.Th key={right}>{t(`rights.fields.${right}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {secured.flatMap(({ entity, fields }) =>
            fields.map((field) => {
              const rights = fieldRightsOf(body, entity, field);
              const entityLabel = text(client.entities[entity]?.label) || entity;
              const fieldLabel = text(model.entities.get(entity)?.fields[field]?.label) || field;
              return (
                <Table.Tr key={`${entity}.${field}`}>
                  <Table.Td>{entityLabel}</Table.Td>
                  <Table.Td>{fieldLabel}</Table.Td>
                  {FIELD_RIGHTS.map((right) => (
                    <Table.Td key={right}>
                      <Checkbox
                        aria-label={`${entityLabel}, ${fieldLabel}: ${t(`rights.fields.${right}`)}`}
                        checked={rights.includes(right)}
                        onChange={(event) => {
                          const wanted = toggled(rights, right, event.currentTarget.checked);
                          const changes = fieldChanges(document, entity, field, wanted, fields);
                          if (changes === null) notify('rights.fields.lower', { type: 'warning' });
                          else onChange(changes);
                        }}
                      />
                    </Table.Td>
                  ))}
                </Table.Tr>
              );
            }),
          )}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}

/** As the schema of role documents has them. */
const CAPABILITIES = [
  'export',
  'import',
  'merge',
  'publish_metadata',
  'act_as',
  'manage_credentials',
  'audit',
  'redact',
] as const;

export function Capabilities({ document, onChange }: PartProps) {
  const t = useTranslate();
  const given = capabilitiesOf(effectiveOf(document));
  return (
    <Stack gap="md" maw={640}>
      {CAPABILITIES.map((capability) => (
        <Switch
          key={capability}
          label={t(`rights.capabilities.${capability}.label`)}
          description={t(`rights.capabilities.${capability}.help`)}
          checked={given.includes(capability)}
          onChange={(event) => onChange(capabilityChanges(document, capability, event.currentTarget.checked))}
        />
      ))}
    </Stack>
  );
}

export function Holders({ role }: { readonly role: string }) {
  const t = useTranslate();
  const { data, error, refetch } = useHolders(role);
  const users = useRecords<User>(
    'users',
    (data ?? []).flatMap(({ user_id }) => user_id ?? []),
  );
  const teams = useRecords<Team>(
    'teams',
    (data ?? []).flatMap(({ team_id }) => team_id ?? []),
  );
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <ListSkeleton />;
  if (data.length === 0) return <Text size="sm">{t('rights.holders.none')}</Text>;
  return (
    <Stack gap="md">
      {users.data !== undefined && (
        <section>
          <Title order={2} size="h3">
            {t('rights.users.title')}
          </Title>
          <List size="sm">
            {users.data.map(({ id, full_name }) => (
              <List.Item key={id}>
                <Anchor component={Link} to={`/admin/users?user=${id}`} size="sm">
                  {full_name}
                </Anchor>
              </List.Item>
            ))}
          </List>
        </section>
      )}
      {teams.data !== undefined && (
        <section>
          <Title order={2} size="h3">
            {t('rights.teams.title')}
          </Title>
          <List size="sm">
            {teams.data.map(({ id, name }) => (
              <List.Item key={id}>
                <Anchor component={Link} to={`/admin/teams?team=${id}`} size="sm">
                  {name}
                </Anchor>
              </List.Item>
            ))}
          </List>
        </section>
      )}
    </Stack>
  );
}
