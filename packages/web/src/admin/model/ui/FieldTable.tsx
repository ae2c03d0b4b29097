// Fields of an entity as a table: type, what they demand, which layer they are of, what the draft does to them.

import type { FieldDocument } from '@kartoteka/metadata';
import { ActionIcon, Box, Group, Table, Text, Tooltip, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { type ReactNode, useState } from 'react';
import { useText } from '../../../data/model.tsx';
import { useDraft } from '../data/draft.tsx';
import { type LayeredDocument, originOf, publishedOf } from '../logic/layered.ts';
import { isObject, valueAt } from '../logic/paths.ts';
import { Mark } from './Mark.tsx';
import { OriginBadges } from './Origin.tsx';
import { RemovePart } from './RemovePart.tsx';

/** Options that are worth a badge. */
const SHOWN = ['required', 'unique', 'search', 'read_only', 'secured', 'personal_data'] as const;

export function FieldTable(props: {
  readonly document: LayeredDocument;
  readonly fields: readonly (readonly [string, FieldDocument])[];
  readonly onOpen: (name: string) => void;
  /** What the last column but one says of a field. */
  readonly about: (field: FieldDocument) => ReactNode;
  readonly aboutTitle: string;
}) {
  const t = useTranslate();
  const [removing, setRemoving] = useState<string | null>(null);
  return (
    <>
      <Table.ScrollContainer minWidth={640}>
        <Table highlightOnHover fz={13}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('model.entity.label')}</Table.Th>
              <Table.Th>{t('model.field.name')}</Table.Th>
              <Table.Th>{t('model.field.type')}</Table.Th>
              <Table.Th>{props.aboutTitle}</Table.Th>
              <Table.Th>{t('model.entity.origin')}</Table.Th>
              <Table.Th>
                <VisuallyHidden>{t('model.remove')}</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {props.fields.map(([name, field]) => (
              <FieldRow key={name} name={name} field={field} {...props} onRemove={() => setRemoving(name)} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <RemovePart
        document={props.document}
        way={removing === null ? null : ['fields', removing]}
        onClose={() => setRemoving(null)}
      />
    </>
  );
}

function FieldRow(
  props: Parameters<typeof FieldTable>[0] & {
    readonly name: string;
    readonly field: FieldDocument;
    readonly onRemove: () => void;
  },
) {
  const t = useTranslate();
  const say = useText();
  const { edit } = useDraft();
  const { name, field, document } = props;
  const origin = originOf(document, ['fields', name]);
  const label = say(field.label) || name;
  return (
    <Table.Tr>
      <Table.Td>
        <UnstyledButton fz={13} fw={500} c="var(--k-accent-text)" onClick={() => props.onOpen(name)}>
          {label}
        </UnstyledButton>
      </Table.Td>
      <Table.Td ff="monospace">{name}</Table.Td>
      <Table.Td>{t(`model.type.${field.type}.label`, { _: field.type })}</Table.Td>
      <Table.Td>{props.about(field)}</Table.Td>
      <Table.Td>
        <OriginBadges
          origin={origin}
          onReset={() => void edit(document, [{ way: ['fields', name], value: undefined }])}
        />
      </Table.Td>
      <Table.Td>
        {origin.layer === 'custom' ? (
          <Tooltip label={t('model.remove')}>
            <ActionIcon
              variant="subtle"
              color="red"
              aria-label={t('model.field.remove', { name: label })}
              onClick={props.onRemove}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Tooltip>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}

/** What the field demands and who sees it, as badges. */
export function FieldMarks({ field }: { readonly field: FieldDocument }) {
  const t = useTranslate();
  return (
    <Group gap={4}>
      {SHOWN.filter((option) => field[option] === true).map((option) => (
        <Mark key={option}>{t(`model.option.${option}.label`)}</Mark>
      ))}
      {field.required_when === undefined ? null : (
        <Tooltip label={field.required_when} events={{ hover: true, focus: true, touch: true }}>
          <Box component="span" tabIndex={0}>
            <Mark>{t('model.option.required_when.label')}</Mark>
          </Box>
        </Tooltip>
      )}
    </Group>
  );
}

/** Custom fields that the draft takes away: they are told, with a way back. */
export function RemovedFields({ document }: { readonly document: LayeredDocument }) {
  const t = useTranslate();
  const { edit } = useDraft();
  const before = valueAt(publishedOf(document), ['fields']);
  const removed = Object.entries(isObject(before) ? before : {}).filter(
    ([name]) => originOf(document, ['fields', name]).draft === 'removed',
  );
  return removed.map(([name, field]) => (
    <Group key={name} gap="xs" mt="xs">
      <Text size="sm" td="line-through" c="dimmed">
        {name}
      </Text>
      <Mark tone="removed">{t('model.draft.removed')}</Mark>
      <UnstyledButton
        fz={13}
        c="var(--k-accent-text)"
        onClick={() => void edit(document, [{ way: ['fields', name], value: field }])}
      >
        {t('model.draft.take_back')}
      </UnstyledButton>
    </Group>
  ));
}
