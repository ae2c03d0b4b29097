// Keys (values that no two records share) and indexes of an entity: names with the properties they are made of, in their order.
import {
  ActionIcon,
  Button,
  Group,
  MultiSelect,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
  Tooltip,
  VisuallyHidden,
} from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useEditedModel } from '../data/documents.ts';
import { useDraft } from '../data/draft.tsx';
import { useUnsaved } from '../data/unsaved.tsx';
import type { TabProps } from '../EntityPage.tsx';
import { originOf } from '../logic/layered.ts';
import { nameFor, nameProblem } from '../logic/new-name.ts';
import type { Way } from '../logic/paths.ts';
import { isObject } from '../logic/paths.ts';
import { OriginBadges } from '../ui/Origin.tsx';
import { RemovePart } from '../ui/RemovePart.tsx';

/** Of one key or index; more the service refuses. */
const MOST = 16;

export function KeysTab(props: TabProps) {
  return (
    <Stack gap="xl">
      <Lists {...props} member="keys" />
      <Lists {...props} member="indexes" />
    </Stack>
  );
}

function Lists({ document, body, member }: TabProps & { readonly member: 'keys' | 'indexes' }) {
  const t = useTranslate();
  const { edit } = useDraft();
  const { entities } = useEditedModel();
  const [removing, setRemoving] = useState<Way | null>(null);
  const lists = (isObject(body[member]) ? body[member] : {}) as Readonly<Record<string, readonly string[]>>;
  const properties = [...(entities.get(document.name)?.properties.keys() ?? [])];
  return (
    <section>
      <Title order={2} size="h4">
        {t(`model.${member}.title`)}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t(`model.${member}.help`)}
      </Text>
      {Object.keys(lists).length === 0 ? null : (
        <Table fz={13} mb="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('model.field.name')}</Table.Th>
              <Table.Th>{t('model.keys.properties')}</Table.Th>
              <Table.Th>{t('model.entity.origin')}</Table.Th>
              <Table.Th>
                <VisuallyHidden>{t('model.remove')}</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {Object.entries(lists).map(([name, list]) => {
              const origin = originOf(document, [member, name]);
              return (
                <Table.Tr key={name}>
                  <Table.Td ff="monospace">{name}</Table.Td>
                  <Table.Td ff="monospace">{list.join(', ')}</Table.Td>
                  <Table.Td>
                    <OriginBadges
                      origin={origin}
                      onReset={() => void edit(document, [{ way: [member, name], value: undefined }])}
                    />
                  </Table.Td>
                  <Table.Td>
                    {origin.layer === 'custom' && !origin.overrides ? (
                      <Tooltip label={t('model.remove')}>
                        <ActionIcon
                          variant="subtle"
                          color="red"
                          aria-label={t('model.field.remove', { name })}
                          onClick={() => setRemoving([member, name])}
                        >
                          <IconTrash size={16} />
                        </ActionIcon>
                      </Tooltip>
                    ) : null}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      )}
      <NewList
        member={member}
        taken={Object.keys(lists)}
        properties={properties}
        onAdd={(name, list) => edit(document, [{ way: [member, name], value: list }])}
      />
      <RemovePart document={document} way={removing} onClose={() => setRemoving(null)} />
    </section>
  );
}

function NewList(props: {
  readonly member: 'keys' | 'indexes';
  readonly taken: readonly string[];
  readonly properties: readonly string[];
  readonly onAdd: (name: string, list: readonly string[]) => Promise<boolean>;
}) {
  const t = useTranslate();
  const [list, setList] = useState<string[]>([]);
  const [own, setOwn] = useState<string | null>(null);
  const name = own ?? nameFor(list.join(' '), props.taken);
  useUnsaved(list.length > 0);
  const problem = list.length === 0 ? undefined : nameProblem(name, props.taken);
  const add = async (): Promise<void> => {
    if (!(await props.onAdd(name, list))) return;
    setList([]);
    setOwn(null);
  };
  return (
    <Group align="flex-end" gap="sm">
      <MultiSelect
        label={t('model.keys.properties')}
        description={t('model.keys.in_order')}
        searchable
        maxValues={MOST}
        data={[...props.properties]}
        value={list}
        onChange={setList}
        miw={280}
      />
      <TextInput
        label={t('model.field.name')}
        value={name}
        error={problem === undefined ? undefined : t(`model.name.${problem}`)}
        onChange={(event) => setOwn(event.currentTarget.value)}
      />
      <Button
        variant="default"
        leftSection={<IconPlus size={16} />}
        disabled={list.length === 0 || problem !== undefined}
        onClick={() => void add()}
      >
        {t(`model.${props.member}.add`)}
      </Button>
    </Group>
  );
}
