// All roles, published ones and those of the change set, and the way to a new one: empty, or a copy.
import { Anchor, Badge, Button, Group, Modal, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconShieldLock } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { type FormEvent, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { useModel, useText } from '../../data/model.tsx';
import { EmptyState, ErrorState, ListSkeleton, Page } from '../../ui/index.ts';
import { useLayered, useNamesOf } from '../model/data/documents.ts';
import { useDraft } from '../model/data/draft.tsx';
import { effectiveOf } from '../model/logic/layered.ts';
import type { Json } from '../model/logic/paths.ts';
import { DraftBar } from '../model/ui/DraftBar.tsx';
import { useRoles } from './data/roles.ts';

export function RolesPage() {
  const t = useTranslate();
  const text = useText();
  const { data, error, refetch } = useRoles();
  const names = useNamesOf('role');
  const [isMaking, setMaking] = useState(false);
  const published = new Map((data ?? []).map((role) => [role.name, role]));
  const make = <Button onClick={() => setMaking(true)}>{t('rights.roles.make')}</Button>;
  return (
    <Page title={t('rights.roles.title')} subtitle={t('rights.roles.subtitle')} beside={<DraftBar />} actions={make}>
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <ListSkeleton />}
      {data !== undefined && names.length === 0 && (
        <EmptyState
          icon={<IconShieldLock size={24} />}
          title={t('rights.roles.empty')}
          text={t('rights.roles.subtitle')}
        />
      )}
      {data !== undefined && names.length > 0 && (
        <Table.ScrollContainer minWidth={560}>
          <Table highlightOnHover verticalSpacing={6} aria-label={t('rights.roles.title')}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('rights.role')}</Table.Th>
                <Table.Th>{t('rights.roles.description')}</Table.Th>
                <Table.Th>{t('rights.roles.layer')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {names.map(({ name }) => {
                const role = published.get(name);
                return (
                  <Table.Tr key={name}>
                    <Table.Td>
                      <Anchor component={Link} to={`/admin/roles/${name}`} size="sm" fw={500}>
                        {text(role?.label) || name}
                      </Anchor>
                    </Table.Td>
                    <Table.Td>
                      <Text size="sm" c="dimmed">
                        {text(role?.description)}
                      </Text>
                    </Table.Td>
                    <Table.Td>
                      <RoleLayers layers={role?.layers} />
                    </Table.Td>
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {isMaking && <MakeRole taken={names.map(({ name }) => name)} onClose={() => setMaking(false)} />}
    </Page>
  );
}

/** Undefined: it is in the change set alone. */
function RoleLayers({ layers }: { readonly layers: readonly string[] | undefined }) {
  const t = useTranslate();
  if (layers === undefined) return <Badge variant="light">{t('rights.roles.draft')}</Badge>;
  const isOwn = layers.length === 1 && layers[0] === 'custom';
  const isChanged = layers.length > 1 && layers.includes('custom');
  return (
    <Group gap={4}>
      <Badge variant="light" color={isOwn ? 'blue' : 'gray'}>
        {t(isOwn ? 'rights.roles.own' : 'rights.roles.shipped')}
      </Badge>
      {isChanged && (
        <Badge variant="light" color="blue">
          {t('rights.roles.changed')}
        </Badge>
      )}
    </Group>
  );
}

/** Names of own documents; the service says which prefixes it takes where this is none of them. */
const PREFIX = 'x_';
const NAME = /^[a-z][a-z0-9_]{0,62}$/;

function MakeRole({ taken, onClose }: { readonly taken: readonly string[]; readonly onClose: () => void }) {
  const t = useTranslate();
  const text = useText();
  const navigate = useNavigate();
  const { languages } = useModel();
  const { edit } = useDraft();
  const { data = [] } = useRoles();
  const [name, setName] = useState(PREFIX);
  const [labels, setLabels] = useState<Readonly<Record<string, string>>>({});
  const [copied, setCopied] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const { ready, documents } = useLayered(copied === null ? [] : [{ kind: 'role', name: copied }]);
  const isTaken = taken.includes(name);
  const isNamed = NAME.test(name) && name !== PREFIX && !isTaken;
  const label = Object.fromEntries(Object.entries(labels).filter(([, each]) => each.trim() !== ''));
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const [source] = documents;
    const { privileges = {}, fields, capabilities }: Json = (source === undefined ? null : effectiveOf(source)) ?? {};
    const parts = { label, privileges, fields, capabilities };
    const changes = Object.entries(parts).flatMap(([part, value]) =>
      value === undefined ? [] : [{ way: [part], value }],
    );
    setBusy(true);
    const isDone = await edit({ kind: 'role', name, lower: [], published: null, draft: undefined }, changes);
    setBusy(false);
    if (!isDone) return;
    onClose();
    await navigate(`/admin/roles/${name}`);
  };
  return (
    <Modal opened onClose={onClose} title={t('rights.roles.make')} closeButtonProps={{ 'aria-label': t('app.close') }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="sm">
          {languages.map((language, at) => (
            <TextInput
              key={language}
              label={`${t('rights.roles.label')} (${language.toUpperCase()})`}
              lang={language}
              required={at === 0}
              data-autofocus={at === 0 || undefined}
              maxLength={2000}
              value={labels[language] ?? ''}
              onChange={(event) => setLabels({ ...labels, [language]: event.currentTarget.value })}
            />
          ))}
          <TextInput
            label={t('rights.roles.name')}
            description={t('rights.roles.name_help')}
            required
            error={isTaken ? t('rights.roles.taken_name') : undefined}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label={t('rights.roles.copy')}
            clearable
            clearButtonProps={{ 'aria-label': t('rights.pick.clear') }}
            placeholder={t('rights.roles.nothing')}
            data={data.map((role) => ({ value: role.name, label: text(role.label) || role.name }))}
            value={copied}
            onChange={setCopied}
          />
          <Group justify="flex-end">
            <Button type="submit" loading={isBusy} disabled={!isNamed || Object.keys(label).length === 0 || !ready}>
              {t('rights.roles.make')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
