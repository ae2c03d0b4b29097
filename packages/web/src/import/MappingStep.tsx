// What each column becomes: the property, and how its texts are read; how rows meet records that are there; what is still missing.

import type { ClientEntity } from '@kartoteka/metadata';
import { Button, Checkbox, Group, Select, Table, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { Notice } from '../admin/changes/Notice.tsx';
import { useText } from '../data/model.tsx';
import { ConversionFields } from './ConversionFields.tsx';
import type { ImportState } from './ImportPage.tsx';
import classes from './import.module.css';
import type { ColumnChoice, KeyChoice, Problem } from './logic/build-map.ts';
import type { Target } from './logic/targets.ts';

export interface MappingStepProps {
  readonly state: ImportState;
  readonly entity: ClientEntity;
  readonly onNext: () => void;
}

export function MappingStep({ state, entity, onNext }: MappingStepProps) {
  const translate = useTranslate();
  const { columns, problems, skipEmpty, setSkipEmpty, key, setKey } = state;
  return (
    <div className={classes.stack}>
      <KeyFields entity={entity} value={key} onChange={setKey} />
      <Table.ScrollContainer minWidth={760}>
        <Table className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              {['column', 'sample', 'property', 'conversion'].map((name) => (
                <Table.Th key={name}>{translate(`import.mapping.${name}`)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {columns.map((column, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns may have the same name
              <ColumnRow key={at} state={state} column={column} at={at} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Checkbox
        label={translate('import.mapping.skip_empty')}
        checked={skipEmpty}
        onChange={({ currentTarget }) => setSkipEmpty(currentTarget.checked)}
      />
      <Problems problems={problems} targets={state.targets} />
      <Group justify="flex-end">
        <Button disabled={problems.length > 0} onClick={onNext}>
          {translate('import.next')}
        </Button>
      </Group>
    </div>
  );
}

interface ColumnRowProps {
  readonly state: ImportState;
  readonly column: ColumnChoice;
  readonly at: number;
}

function ColumnRow({ state, column, at }: ColumnRowProps) {
  const translate = useTranslate();
  const text = useText();
  const samples = (state.opened?.rows ?? []).map((cells) => cells[at] ?? '').filter((cell) => cell !== '');
  const data = state.targets.map(({ property, label, required }) => ({
    value: property,
    label: `${text(label)} (${property})${required ? ' *' : ''}`,
  }));
  const target = state.targets.find(({ property }) => property === column.property);
  return (
    <Table.Tr>
      <Table.Td>
        <b>{column.column === '' ? translate('import.mapping.nameless') : column.column}</b>
      </Table.Td>
      <Table.Td className={classes.sample}>{samples.slice(0, 3).join(' · ')}</Table.Td>
      <Table.Td>
        <Select
          aria-label={translate('import.mapping.property_of', { column: column.column })}
          placeholder={translate('import.mapping.left_out')}
          data={data}
          value={column.property}
          searchable
          clearable
          w={280}
          onChange={(property) => state.assign(at, property)}
        />
      </Table.Td>
      <Table.Td>
        {target !== undefined && (
          <ConversionFields target={target} column={column} onChange={(part) => state.change(at, part)} />
        )}
      </Table.Td>
    </Table.Tr>
  );
}

interface KeyFieldsProps {
  readonly entity: ClientEntity;
  readonly value: KeyChoice;
  readonly onChange: (key: KeyChoice) => void;
}

const MODES = ['create', 'upsert', 'update'] as const;

function KeyFields({ entity, value, onChange }: KeyFieldsProps) {
  const translate = useTranslate();
  const keys = keysOf(entity);
  const { create, write } = entity.privileges;
  const allowed = MODES.filter((mode) => (mode === 'create' ? create : mode === 'update' ? write : create && write));
  const first = keys[0];
  const setMode = (mode: KeyChoice['mode']): void => {
    if (mode === 'create' || first === undefined) onChange({ mode: 'create', key: null, properties: [] });
    else
      onChange({
        mode,
        key: value.key ?? first.name,
        properties: value.key === null ? first.properties : value.properties,
      });
  };
  return (
    <Group gap="sm" align="flex-end">
      <Select
        label={translate('import.mapping.mode')}
        data={allowed.map((mode) => ({ value: mode, label: translate(`import.mode.${mode}`) }))}
        value={value.mode}
        allowDeselect={false}
        w={320}
        onChange={(mode) => setMode((mode ?? 'create') as KeyChoice['mode'])}
      />
      {value.mode !== 'create' && (
        <Select
          label={translate('import.mapping.key')}
          data={keys.map(({ name, properties }) => ({ value: name, label: properties.join(' + ') }))}
          value={value.key}
          allowDeselect={false}
          onChange={(name) => {
            const key = keys.find((each) => each.name === name);
            if (key !== undefined) onChange({ ...value, key: key.name, properties: key.properties });
          }}
        />
      )}
    </Group>
  );
}

interface NamedKey {
  readonly name: string;
  readonly properties: readonly string[];
}

/** Keys of one property have its name (a unique field, an external id); `id` goes last. */
function keysOf({ keys }: ClientEntity): readonly NamedKey[] {
  const single = keys.filter(({ length }) => length === 1).map(([name = '']) => ({ name, properties: [name] }));
  return [...single, { name: 'id', properties: ['id'] }];
}

function Problems({
  problems,
  targets,
}: {
  readonly problems: readonly Problem[];
  readonly targets: readonly Target[];
}) {
  const translate = useTranslate();
  const text = useText();
  if (problems.length === 0) return null;
  const name = (property: string): string => {
    const target = targets.find((each) => each.property === property);
    return target === undefined ? property : text(target.label);
  };
  const words = (problem: Problem): string => {
    if (problem.code === 'nothing') return translate('import.problem.nothing');
    if (problem.code === 'invalid') return problem.reason;
    if (problem.code === 'column_twice') return translate('import.problem.column_twice', { column: problem.column });
    return translate(`import.problem.${problem.code}`, { property: name(problem.property) });
  };
  return (
    <Notice color="yellow" title={translate('import.problem.title')}>
      {problems.map((problem) => (
        <Text size="sm" key={JSON.stringify(problem)}>
          {words(problem)}
        </Text>
      ))}
    </Notice>
  );
}
