// What leads from the entity to others, and from others to it.
import { Button, Group, Stack, Table, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { useModel, useText } from '../../../data/model.tsx';
import { useEditedModel } from '../data/documents.ts';
import type { TabProps } from '../EntityPage.tsx';
import { diagramOf } from '../logic/diagram.ts';
import { type EditedField, FieldDrawer } from '../ui/FieldDrawer.tsx';
import { FieldTable } from '../ui/FieldTable.tsx';
import { fieldsOf, RELATION_TYPES } from './FieldsTab.tsx';

export function RelationsTab(props: TabProps) {
  const t = useTranslate();
  const say = useText();
  const client = useModel();
  const { document } = props;
  const fields = fieldsOf(props);
  const [edited, setEdited] = useState<EditedField | null>(null);
  const labelOf = (entity: string): string => say(client.entities[entity]?.label) || entity;
  const own = Object.entries(fields).filter(([, field]) => RELATION_TYPES.includes(field.type));
  return (
    <Stack gap="lg">
      <section>
        <Group justify="space-between" mb="sm">
          <Title order={2} size="h4">
            {t('model.relation.from_here')}
          </Title>
          <Group gap="xs">
            {RELATION_TYPES.map((type) => (
              <Button
                key={type}
                variant="default"
                leftSection={<IconPlus size={16} />}
                onClick={() => setEdited({ name: null, field: { type } })}
              >
                {t(`model.type.${type}.label`)}
              </Button>
            ))}
          </Group>
        </Group>
        <FieldTable
          document={document}
          fields={own}
          aboutTitle={t('model.relation.to')}
          about={(field) =>
            [
              ...((field.targets as readonly string[] | undefined) ?? []),
              ...(field.target === undefined ? [] : [String(field.target)]),
            ]
              .map(labelOf)
              .join(', ')
          }
          onOpen={(name) => setEdited({ name, field: fields[name] ?? null })}
        />
      </section>
      <Incoming entity={document.name} labelOf={labelOf} />
      <FieldDrawer entity={document} taken={Object.keys(fields)} edited={edited} onClose={() => setEdited(null)} />
    </Stack>
  );
}

function Incoming({ entity, labelOf }: { readonly entity: string; readonly labelOf: (entity: string) => string }) {
  const t = useTranslate();
  const { model } = useEditedModel();
  const relations = useMemo(
    () => diagramOf(model, (name) => ({ label: name, custom: false })).relations.filter(({ to }) => to === entity),
    [model, entity],
  );
  return (
    <section>
      <Title order={2} size="h4" mb="sm">
        {t('model.relation.to_here')}
      </Title>
      {relations.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('model.relation.none')}
        </Text>
      ) : (
        <Table fz={13}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('model.relation.of')}</Table.Th>
              <Table.Th>{t('model.relation.fields')}</Table.Th>
              <Table.Th>{t('model.relation.kind')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {relations.map(({ id, from, fields, many }) => (
              <Table.Tr key={id}>
                <Table.Td>
                  <Text component={Link} to={`/admin/model/${from}/relations`} size="sm" c="var(--k-accent-text)">
                    {labelOf(from)}
                  </Text>
                </Table.Td>
                <Table.Td ff="monospace">{fields.join(', ')}</Table.Td>
                <Table.Td>{t(many ? 'model.relation.many' : 'model.relation.one')}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </section>
  );
}
