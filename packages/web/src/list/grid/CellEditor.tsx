// One value edited in the list: saved at once with the version that was shown (If-Match). Where somebody else was faster, both values are
// shown, and the person says which one stays. A saved value can be taken back.

import { ForbiddenError, PreconditionFailedError } from '@kartoteka/sdk';
import { Button, Group, Popover, Text } from '@mantine/core';
import { useNotify, useTranslate } from 'ra-core';
import { type ReactNode, useState } from 'react';
import { FormProvider, useForm } from 'react-hook-form';
import { FieldInput } from '../../fields/FieldInput.tsx';
import { FieldValue } from '../../fields/FieldValue.tsx';
import { DISPLAY_HEADERS } from '../../fields/types.ts';
import type { Column } from '../columns/columns.ts';
import type { Row } from '../rows/use-rows.ts';
import { type List, pathOf } from '../use-list.ts';
import classes from './editor.module.css';

export interface CellEditorProps {
  readonly list: List;
  readonly column: Column;
  readonly row: Row;
  readonly onClose: () => void;
  /** The cell. */
  readonly children: ReactNode;
}

/** The record as the list shows it. */
const readRow = ({ api, entity, query }: List, id: string): Promise<Row> =>
  api.get<Row>(pathOf(`${entity.set}/${id}`, { $select: query.$select, $expand: query.$expand }), {
    headers: DISPLAY_HEADERS,
  });

/** Values of a field's properties, for a form and for a PATCH. */
function valuesOf(column: Column, row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isPart = column.field.control.widget === 'address';
  const names = isPart ? [column.property] : column.field.properties;
  const written = names.filter((name) => !(column.field.control.widget === 'money' && name.endsWith('_base')));
  return Object.fromEntries(written.map((name) => [name, row[name] ?? null]));
}

function useSave({ list, column, onClose }: CellEditorProps) {
  const notify = useNotify();
  const translate = useTranslate();
  const { api, entity, rows } = list;
  const write = async (row: Row, values: Record<string, unknown>): Promise<void> => {
    const etag = row['@odata.etag'];
    await api.send('PATCH', `${entity.set}/${row.id}`, values, typeof etag === 'string' ? { ifMatch: etag } : {});
    const now = await readRow(list, row.id);
    rows.window.replace(now);
  };
  const takeBack = (row: Row, values: Record<string, unknown>) => async () => {
    try {
      await write(rows.window.row(rows.window.indexOf(row.id)) ?? row, values);
    } catch (error) {
      notify((error as Error).message, { type: 'error' });
    }
  };
  return async (row: Row, values: Record<string, unknown>): Promise<void> => {
    await write(row, values);
    onClose();
    const undo = (
      <Button size="compact-sm" variant="subtle" onClick={() => void takeBack(row, valuesOf(column, row))()}>
        {translate('list.undo')}
      </Button>
    );
    notify(
      <Group gap="xs" justify="space-between">
        {translate('list.saved')} {undo}
      </Group>,
      { type: 'success' },
    );
  };
}

export function CellEditor(props: CellEditorProps) {
  const { list, column, row, onClose, children } = props;
  const translate = useTranslate();
  const form = useForm({ defaultValues: valuesOf(column, row) });
  const [error, setError] = useState<string>();
  const [theirs, setTheirs] = useState<Row>();
  const save = useSave(props);
  const { isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    setError(undefined);
    try {
      await save(theirs ?? row, changed(values));
    } catch (failure) {
      if (failure instanceof PreconditionFailedError) setTheirs(await readRow(list, row.id));
      else setError(reasonOf(failure));
    }
  });
  const keepTheirs = (): void => {
    if (theirs !== undefined) list.rows.window.replace(theirs);
    onClose();
  };
  return (
    <Popover
      opened
      onClose={onClose}
      position="bottom-start"
      trapFocus
      returnFocus
      closeOnClickOutside={false}
      shadow="md"
      width={320}
    >
      <Popover.Target>{children}</Popover.Target>
      <Popover.Dropdown
        aria-label={translate('list.edit_cell')}
        onKeyDown={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
      >
        <FormProvider {...form}>
          <form onSubmit={(event) => void submit(event)} className={classes.form}>
            <FieldInput entity={column.entity} field={column.field} autoFocus />
            {theirs !== undefined && <Conflict {...{ column, theirs }} />}
            {error !== undefined && (
              <Text size="sm" c="var(--k-danger)" role="alert">
                {error}
              </Text>
            )}
            <Group justify="flex-end" gap="xs">
              <Button size="xs" variant="default" onClick={theirs === undefined ? onClose : keepTheirs}>
                {translate(theirs === undefined ? 'list.cancel' : 'list.keep_theirs')}
              </Button>
              <Button size="xs" type="submit" loading={isSubmitting}>
                {translate(theirs === undefined ? 'list.save' : 'list.save_mine')}
              </Button>
            </Group>
          </form>
        </FormProvider>
      </Popover.Dropdown>
    </Popover>
  );
}

/** An empty text is no value. */
const changed = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value === '' ? null : value]));

/** What is wrong with the value, in the service's words. */
function reasonOf(failure: unknown): string {
  const { message, details } = failure as { message: string; details?: readonly { message: string }[] };
  if (failure instanceof ForbiddenError || details === undefined) return message;
  return details[0]?.message ?? message;
}

function Conflict({ column, theirs }: { readonly column: Column; readonly theirs: Row }) {
  const translate = useTranslate();
  return (
    <div className={classes.conflict} role="alert">
      <Text size="sm">{translate('list.conflict')}</Text>
      <Group gap={6} wrap="nowrap">
        <Text size="sm" c="dimmed">
          {translate('list.theirs')}
        </Text>
        <FieldValue entity={column.entity} field={column.field} record={theirs} />
      </Group>
    </div>
  );
}
