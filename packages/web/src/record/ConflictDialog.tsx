// Somebody else has saved the record meanwhile: both versions field by field. What only one has changed is decided, what both have is
// asked for; nothing is written before every difference has its choice.
import type { ClientEntity, ClientField } from '@kartoteka/metadata';
import { Button, Group, Modal, Radio, Table, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useText } from '../data/model.tsx';
import { FieldValue } from '../fields/FieldValue.tsx';
import { fieldOfProperty } from '../fields/system-fields.ts';
import type { RecordValues } from '../fields/types.ts';
import { type Choices, type Difference, evident } from './draft.ts';
import classes from './record.module.css';
import { useTitleOf } from './titles.ts';

export interface ConflictProps {
  readonly entity: ClientEntity;
  readonly found: readonly Difference[];
  readonly mine: RecordValues;
  readonly theirs: RecordValues;
  readonly onResolve: (choices: Choices) => void | Promise<void>;
  /** Back to the form, with what was typed. */
  readonly onClose: () => void;
}

export function ConflictDialog({ entity, found, mine, theirs, onResolve, onClose }: ConflictProps) {
  const translate = useTranslate();
  const who = useTitleOf('user', theirs.modified_by_id, theirs);
  const [choices, setChoices] = useState<Choices>(() => evident(found));
  const [isBusy, setBusy] = useState(false);
  const open = found.filter(({ properties }) => choices[properties[0] ?? ''] === undefined).length;
  const all = (choice: 'mine' | 'theirs'): void =>
    setChoices(Object.fromEntries(found.map(({ properties }) => [properties[0] ?? '', choice])));
  const resolve = async (): Promise<void> => {
    setBusy(true);
    try {
      await onResolve(choices);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={translate('record.conflict.title')}
      closeButtonProps={{ 'aria-label': translate('app.close') }}
    >
      <Text size="sm" mb="sm">
        {translate('record.conflict.text', { name: who ?? translate('record.conflict.somebody') })}
      </Text>
      <Table.ScrollContainer minWidth={560}>
        <Table className={classes.conflict} aria-label={translate('record.conflict.title')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{translate('record.conflict.field')}</Table.Th>
              <Table.Th>{translate('record.conflict.mine')}</Table.Th>
              <Table.Th>{translate('record.conflict.theirs')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {found.map((difference) => (
              <DifferenceRow
                key={difference.properties[0]}
                {...{ entity, difference, mine, theirs }}
                choice={choices[difference.properties[0] ?? '']}
                onChoose={(choice) => setChoices({ ...choices, [difference.properties[0] ?? '']: choice })}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Group justify="space-between" mt="md">
        <Group gap="xs">
          <Button variant="default" size="xs" onClick={() => all('mine')}>
            {translate('record.conflict.all_mine')}
          </Button>
          <Button variant="default" size="xs" onClick={() => all('theirs')}>
            {translate('record.conflict.all_theirs')}
          </Button>
        </Group>
        <Group gap="xs">
          <Button variant="default" onClick={onClose} disabled={isBusy}>
            {translate('record.conflict.back')}
          </Button>
          <Button onClick={() => void resolve()} loading={isBusy} disabled={open > 0}>
            {open > 0 ? translate('record.conflict.open', { smart_count: open }) : translate('record.conflict.save')}
          </Button>
        </Group>
      </Group>
    </Modal>
  );
}

interface RowProps {
  readonly entity: ClientEntity;
  readonly difference: Difference;
  readonly mine: RecordValues;
  readonly theirs: RecordValues;
  readonly choice: 'mine' | 'theirs' | undefined;
  readonly onChoose: (choice: 'mine' | 'theirs') => void;
}

function DifferenceRow({ entity, difference, mine, theirs, choice, onChoose }: RowProps) {
  const translate = useTranslate();
  const text = useText();
  const [property = ''] = difference.properties;
  const field = fieldOfProperty(entity, property);
  const label = field === undefined ? property : text(field.label) || field.name;
  return (
    <Table.Tr>
      <Table.Th scope="row">
        {label}
        {difference.changedBy === 'both' ? (
          <span className={classes.both}>{translate('record.conflict.both')}</span>
        ) : null}
      </Table.Th>
      {(['mine', 'theirs'] as const).map((side) => (
        <Table.Td key={side} data-chosen={choice === side || undefined}>
          <Radio
            name={`conflict-${property}`}
            checked={choice === side}
            onChange={() => onChoose(side)}
            aria-label={translate(`record.conflict.take_${side}`, { field: label })}
            label={
              field === undefined ? (
                String((side === 'mine' ? mine : theirs)[property])
              ) : (
                <Version {...{ entity, field, property }} record={side === 'mine' ? mine : theirs} />
              )
            }
          />
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

interface VersionProps {
  readonly entity: ClientEntity;
  readonly field: ClientField;
  readonly property: string;
  readonly record: RecordValues;
}

/** One version of one property: of an address, or the currency of an amount, the part that differs. */
function Version({ entity, field, property, record }: VersionProps) {
  const isPart = field.properties[0] !== property;
  if (isPart) return <span>{String(record[property] ?? '—')}</span>;
  return <FieldValue {...{ entity, field, record }} />;
}
