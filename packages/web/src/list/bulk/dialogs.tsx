// What an action on many records needs to know before it begins: a new owner, one field's value, whom to share with.

import type { ClientEntity, ClientField } from '@kartoteka/metadata';
import { Button, Checkbox, Group, Modal, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { type ReactNode, useState } from 'react';
import { FormProvider, useForm } from 'react-hook-form';
import { useText } from '../../data/model.tsx';
import { FieldInput } from '../../fields/FieldInput.tsx';
import { RecordSelect } from '../../fields/lookup-controls.tsx';
import { lookupOf } from '../../fields/lookups.ts';
import { fieldOf } from '../../fields/system-fields.ts';
import type { List } from '../use-list.ts';
import type { DialogProps } from './BulkBar.tsx';
import { actOn, editMany, type Follow, type Outcome } from './operations.ts';
import { type Undo, undoOfAssign, undoOfEdit, undoOfShare } from './undo.ts';
import type { Bulk } from './use-bulk.ts';

interface FrameProps {
  readonly name: 'assign' | 'edit' | 'share';
  readonly count: number;
  readonly ready: boolean;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

function Frame({ name, count, ready, onSubmit, onClose, children }: FrameProps) {
  const translate = useTranslate();
  const submit = (event: { preventDefault: () => void; stopPropagation: () => void }): void => {
    event.preventDefault();
    // Within a portal events still go up through React's tree.
    event.stopPropagation();
    if (ready) onSubmit();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={translate(`list.bulk.${name}_title`, { smart_count: count })}
      closeButtonProps={{ 'aria-label': translate('list.close') }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          {children}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {translate('list.cancel')}
            </Button>
            <Button type="submit" disabled={!ready}>
              {translate(`list.bulk.${name}_do`)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface Undoable {
  /** Keeps what the records are; undefined where that is not possible. */
  readonly before: () => Promise<Undo | undefined>;
  readonly act: (follow: Follow) => Promise<readonly Outcome[]>;
}

/** Does something to many records and offers to take it back. What cannot be kept does not hold up what is to be done. */
function runUndoable(
  bulk: Bulk,
  translate: (key: string) => string,
  name: 'assign' | 'edit' | 'share',
  ids: readonly string[],
  { before, act }: Undoable,
): void {
  let undo: Undo | undefined;
  const operate = async (follow: Follow): Promise<readonly Outcome[]> => {
    undo = await before().catch(() => undefined);
    return act(follow);
  };
  const of = () => {
    const known = undo;
    if (known === undefined) return undefined;
    return (done: readonly string[]): void =>
      void bulk.start(translate(`list.bulk.${name}_undo`), done.length, (follow) => known(done, follow));
  };
  void bulk.start(translate(`list.bulk.${name}`), ids.length, operate, { of });
}

/** Kinds of owners, as the field of the owner names them. */
function principalsOf({ model, entity }: List): readonly ClientEntity[] {
  return lookupOf(model, entity, fieldOf(entity, 'owner_id'))?.targets ?? [];
}

interface PrincipalProps {
  readonly list: List;
  readonly label: string;
  readonly id: string | null;
  readonly onChange: (id: string | null) => void;
}

function Principal({ list, label, id, onChange }: PrincipalProps) {
  const text = useText();
  const targets = principalsOf(list);
  const [set, setSet] = useState(targets[0]?.set ?? '');
  const choose = (next: string): void => {
    setSet(next);
    onChange(null);
  };
  return (
    <>
      {targets.length > 1 && (
        <SegmentedControl
          value={set}
          onChange={choose}
          data={targets.map((target) => ({ value: target.set, label: text(target.label) }))}
        />
      )}
      <RecordSelect
        key={set}
        target={targets.find((target) => target.set === set)}
        id={id}
        onChange={onChange}
        input={{ label, 'data-autofocus': true } as never}
        clearable
        creates={false}
      />
    </>
  );
}

export function AssignDialog({ list, bulk, ids, onClose }: DialogProps) {
  const translate = useTranslate();
  const [owner, setOwner] = useState<string | null>(null);
  const run = (): void => {
    onClose();
    const { api, entity } = list;
    runUndoable(bulk, translate, 'assign', ids, {
      before: () => undoOfAssign(api, entity.set, ids),
      act: (follow) => actOn(api, entity.set, 'assign', { owner_id: owner }, ids, follow),
    });
  };
  return (
    <Frame name="assign" count={ids.length} ready={owner !== null} onSubmit={run} onClose={onClose}>
      <Principal list={list} label={translate('list.bulk.owner')} id={owner} onChange={setOwner} />
    </Frame>
  );
}

const RIGHTS = ['read', 'write', 'delete', 'append', 'append_to', 'assign', 'share'] as const;

export function ShareDialog({ list, bulk, ids, onClose }: DialogProps) {
  const translate = useTranslate();
  const [principal, setPrincipal] = useState<string | null>(null);
  const [rights, setRights] = useState<string[]>(['read']);
  const run = (): void => {
    onClose();
    const { api, entity } = list;
    const body = { principal_id: principal, rights };
    runUndoable(bulk, translate, 'share', ids, {
      before: () => undoOfShare(api, entity.set, ids, principal ?? ''),
      act: (follow) => actOn(api, entity.set, 'share', body, ids, follow),
    });
  };
  return (
    <Frame
      name="share"
      count={ids.length}
      ready={principal !== null && rights.length > 0}
      onSubmit={run}
      onClose={onClose}
    >
      <Principal list={list} label={translate('list.bulk.share_with')} id={principal} onChange={setPrincipal} />
      <Checkbox.Group label={translate('list.bulk.rights')} value={rights} onChange={setRights}>
        <Group gap="sm" pt={6}>
          {RIGHTS.filter((right) => list.entity.privileges[right]).map((right) => (
            <Checkbox key={right} value={right} size="xs" label={translate(`list.right.${right}`)} />
          ))}
        </Group>
      </Checkbox.Group>
    </Frame>
  );
}

/** Fields that a person writes, and that make sense for several records: not what is different in each. */
function editableOf(entity: ClientEntity): readonly ClientField[] {
  return Object.values(entity.fields).filter(
    ({ read_only, read_only_after_create, secured, control, properties }) =>
      !read_only &&
      read_only_after_create !== true &&
      secured?.update !== false &&
      properties.length > 0 &&
      !['links', 'json', 'computed', 'auto_number'].includes(control.widget),
  );
}

export function EditDialog({ list, bulk, ids, onClose }: DialogProps) {
  const translate = useTranslate();
  const text = useText();
  const fields = editableOf(list.entity);
  const [name, setName] = useState<string | null>(null);
  const field = fields.find((each) => each.name === name);
  const form = useForm<Record<string, unknown>>();
  const run = form.handleSubmit((values) => {
    onClose();
    const written = (field?.properties ?? []).filter(
      (property) => !(field?.control.widget === 'money' && property.endsWith('_base')),
    );
    const entries = written.map(
      (property) => [property, values[property] === '' ? null : (values[property] ?? null)] as const,
    );
    // A currency that nobody chose stays what it is.
    const body = Object.fromEntries(
      entries.filter(([property, value], at) => at === 0 || value !== null || property.endsWith('_type')),
    );
    const { api, entity } = list;
    let kept: Awaited<ReturnType<typeof undoOfEdit>>;
    runUndoable(bulk, translate, 'edit', ids, {
      before: async () => {
        kept = await undoOfEdit(api, entity.set, ids, Object.keys(body), translate('list.bulk.changed_meanwhile'));
        return kept?.undo;
      },
      act: async (follow) => {
        const outcomes = await editMany(api, entity.set, body, ids, follow);
        await kept?.done().catch(() => {});
        return outcomes;
      },
    });
  });
  return (
    <Frame name="edit" count={ids.length} ready={field !== undefined} onSubmit={() => void run()} onClose={onClose}>
      <Select
        data-autofocus
        searchable
        label={translate('list.bulk.field')}
        data={fields.map((each) => ({ value: each.name, label: text(each.label) || each.name }))}
        value={name}
        onChange={setName}
        nothingFoundMessage={translate('list.filter.nothing')}
      />
      {field !== undefined && (
        <FormProvider {...form}>
          <FieldInput key={field.name} entity={list.entity} field={field} required={false} />
        </FormProvider>
      )}
      <Text size="sm" c="dimmed">
        {translate('list.bulk.edit_text')}
      </Text>
    </Frame>
  );
}
