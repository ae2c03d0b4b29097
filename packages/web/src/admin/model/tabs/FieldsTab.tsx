// The fields of an entity that hold values; what leads to other records stands under Relations.

import { FIELD_TYPES, type FieldDocument } from '@kartoteka/metadata';
import { Button, Group, TextInput } from '@mantine/core';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useText } from '../../../data/model.tsx';
import type { TabProps } from '../EntityPage.tsx';
import { type EditedField, FieldDrawer } from '../ui/FieldDrawer.tsx';
import { FieldMarks, FieldTable, RemovedFields } from '../ui/FieldTable.tsx';

/** Types whose fields lead to other records. */
export const RELATION_TYPES: readonly string[] = [...FIELD_TYPES.values()]
  .filter((type) => type.relations !== undefined || type.associations !== undefined)
  .map(({ name }) => name);
const VALUE_TYPES = [...FIELD_TYPES.keys()].filter((name) => !RELATION_TYPES.includes(name));

export const fieldsOf = ({ body }: TabProps): Readonly<Record<string, FieldDocument>> =>
  (body.fields ?? {}) as Readonly<Record<string, FieldDocument>>;

export function FieldsTab(props: TabProps) {
  const t = useTranslate();
  const say = useText();
  const { document } = props;
  const fields = fieldsOf(props);
  const [edited, setEdited] = useState<EditedField | null>(null);
  const [text, setText] = useState('');
  const lower = text.toLowerCase();
  const shown = Object.entries(fields).filter(
    ([name, field]) =>
      !RELATION_TYPES.includes(field.type) &&
      (name.toLowerCase().includes(lower) || say(field.label).toLowerCase().includes(lower)),
  );
  return (
    <>
      <Group justify="space-between" mb="sm">
        <TextInput
          leftSection={<IconSearch size={16} />}
          placeholder={t('model.field.search')}
          aria-label={t('model.field.search')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button
          leftSection={<IconPlus size={16} />}
          onClick={() => setEdited({ name: null, field: null, types: VALUE_TYPES })}
        >
          {t('model.field.new')}
        </Button>
      </Group>
      <FieldTable
        document={document}
        fields={shown}
        aboutTitle={t('model.field.marks')}
        about={(field) => <FieldMarks field={field} />}
        onOpen={(name) => setEdited({ name, field: fields[name] ?? null })}
      />
      <RemovedFields document={document} />
      <FieldDrawer entity={document} taken={Object.keys(fields)} edited={edited} onClose={() => setEdited(null)} />
    </>
  );
}
