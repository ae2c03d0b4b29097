// The file: chosen or dropped, its encoding and delimiter as they were found out, to be changed, and its first rows as they are read then.

import { ENCODING_NAMES, type EncodingName } from '@kartoteka/metadata/transfer';
import { Button, FileInput, Group, Select, Table, Text } from '@mantine/core';
import { IconFileTypeCsv } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { Notice } from '../admin/changes/Notice.tsx';
import { useFormat } from '../ui/index.ts';
import type { ImportState } from './ImportPage.tsx';
import classes from './import.module.css';
import { type Dialect, KNOWN_DELIMITERS } from './logic/chosen-file.ts';
import type { Opened } from './use-import.ts';

const GUESSED: Dialect = { encoding: null, delimiter: null, quote: '"' };
const SHOWN_ROWS = 5;

export function FileStep({ state, onNext }: { readonly state: ImportState; readonly onNext: () => void }) {
  const translate = useTranslate();
  const { bytes } = useFormat();
  const [file, setFile] = useState<File | null>(state.opened?.file ?? null);
  const read = (next: File | null, dialect: Dialect): void => {
    setFile(next);
    void state.choose(next, dialect);
  };
  const { opened, error } = state;
  return (
    <div className={classes.stack}>
      <FileInput
        label={translate('import.file.label')}
        description={translate('import.file.help')}
        placeholder={translate('import.file.choose')}
        accept=".csv,.tsv,.txt,text/csv"
        leftSection={<IconFileTypeCsv size={18} aria-hidden />}
        value={file}
        clearable
        clearButtonProps={{ 'aria-label': translate('import.file.clear') }}
        onChange={(next) => read(next, GUESSED)}
      />
      {error !== null && (
        <Notice color="red" role="alert" title={translate('import.file.unreadable')}>
          {error}
        </Notice>
      )}
      {opened !== null && (
        <>
          <DialectFields opened={opened} onChange={(dialect) => read(opened.file, dialect)} />
          <Text size="xs" c="dimmed">
            {translate('import.file.facts', {
              size: bytes(opened.content.size),
              smart_count: opened.content.header.length,
            })}
          </Text>
          <Preview opened={opened} />
          <Group justify="flex-end">
            <Button onClick={onNext}>{translate('import.next')}</Button>
          </Group>
        </>
      )}
    </div>
  );
}

interface DialectFieldsProps {
  readonly opened: Opened;
  readonly onChange: (dialect: Dialect) => void;
}

function DialectFields({ opened: { content }, onChange }: DialectFieldsProps) {
  const translate = useTranslate();
  const { encoding, delimiter, quote, byteOrderMark } = content;
  const change = (part: Partial<Dialect>): void => onChange({ encoding: encoding.name, delimiter, quote, ...part });
  return (
    <Group gap="sm" align="flex-end">
      <Select
        label={translate('import.file.encoding')}
        data={ENCODING_NAMES.map((name) => ({ value: name, label: translate(`import.encoding.${name}`) }))}
        value={encoding.name}
        // A file that says what it is, is that.
        disabled={byteOrderMark}
        allowDeselect={false}
        onChange={(name) => change({ encoding: name as EncodingName })}
      />
      <Select
        label={translate('import.file.delimiter')}
        data={KNOWN_DELIMITERS.map((each) => ({
          value: each,
          label: translate(`import.delimiter.${DELIMITER_NAMES[each]}`),
        }))}
        value={delimiter}
        allowDeselect={false}
        onChange={(each) => change({ delimiter: each })}
      />
      <Select
        label={translate('import.file.quote')}
        data={['"', "'"]}
        value={quote}
        allowDeselect={false}
        onChange={(each) => change({ quote: each ?? '"' })}
      />
    </Group>
  );
}

const DELIMITER_NAMES: Readonly<Record<string, string>> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' };

function Preview({ opened: { content, rows } }: { readonly opened: Opened }) {
  const translate = useTranslate();
  return (
    <Table.ScrollContainer minWidth={400}>
      <Table className={classes.table} withTableBorder>
        <caption className={classes.caption}>{translate('import.file.preview')}</caption>
        <Table.Thead>
          <Table.Tr>
            {content.header.map((column, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns may have the same name
              <Table.Th key={at}>{column}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.slice(0, SHOWN_ROWS).map((cells, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a file have no other name
            <Table.Tr key={row}>
              {content.header.map((_, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns may have the same name
                <Table.Td key={at}>{cells[at]}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
