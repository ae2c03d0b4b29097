// What can be done with the records that are chosen, as far as the person may do it at all: each record is judged by the service.
import { Button, CloseButton, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useText } from '../../data/model.tsx';
import { Confirm } from '../../ui/index.ts';
import { NONE, type Selection, selectAll } from '../grid/selection.ts';
import { type List, pathOf } from '../use-list.ts';
import classes from './bulk.module.css';
import { AssignDialog, EditDialog, ShareDialog } from './dialogs.tsx';
import { goesWith } from './goes-with.ts';
import { deleteMany, idsOf, MOST_RECORDS, restoreMany } from './operations.ts';
import type { Bulk } from './use-bulk.ts';

export interface BulkBarProps {
  readonly list: List;
  readonly bulk: Bulk;
  readonly selection: Selection;
  readonly setSelection: (selection: Selection) => void;
}

type Dialog = 'assign' | 'edit' | 'share' | 'delete';

export function BulkBar({ list, bulk, selection, setSelection }: BulkBarProps) {
  const translate = useTranslate();
  const [dialog, setDialog] = useState<Dialog>();
  const { privileges, ownership } = list.entity;
  const ids = [...selection.ids];
  const isOwned = ownership === 'user';
  const close = (): void => setDialog(undefined);
  const shared = { list, bulk, ids, onClose: close };
  const button = (name: Dialog, isOffered: boolean) =>
    isOffered && (
      <Button size="compact-sm" variant="default" disabled={ids.length > MOST_RECORDS} onClick={() => setDialog(name)}>
        {translate(`list.bulk.${name}`)}
      </Button>
    );
  return (
    <div className={classes.bar} role="toolbar" aria-label={translate('list.bulk.title')}>
      <Text size="sm" fw={500} px={4}>
        {translate('list.bulk.chosen', { smart_count: ids.length })}
      </Text>
      {button('assign', isOwned && privileges.assign)}
      {button('edit', privileges.write)}
      {button('share', isOwned && privileges.share)}
      {button('delete', privileges.delete)}
      <ChooseAll {...{ list, setSelection, count: ids.length }} />
      <CloseButton size="sm" ml="auto" aria-label={translate('list.bulk.none')} onClick={() => setSelection(NONE)} />
      {dialog === 'assign' && <AssignDialog {...shared} />}
      {dialog === 'edit' && <EditDialog {...shared} />}
      {dialog === 'share' && <ShareDialog {...shared} />}
      {dialog === 'delete' && <DeleteConfirm {...shared} />}
    </div>
  );
}

interface ChooseAllProps {
  readonly list: List;
  readonly count: number;
  readonly setSelection: (selection: Selection) => void;
}

/** Everything that the list has, as far as one action takes it. */
function ChooseAll({ list, count, setSelection }: ChooseAllProps) {
  const translate = useTranslate();
  const [state, setState] = useState<'idle' | 'busy' | 'cut'>('idle');
  const { api, set, query, rows } = list;
  if (rows.window.isEnd && count >= rows.window.count) return null;
  const choose = async (): Promise<void> => {
    setState('busy');
    try {
      const { $filter, $search, $orderby } = query;
      const { ids, isMore } = await idsOf(api, pathOf(set, { $filter, $search, $select: 'id', $orderby }));
      setSelection(selectAll(ids));
      setState(isMore ? 'cut' : 'idle');
    } catch {
      setState('idle');
    }
  };
  if (state === 'cut') return <Text size="sm">{translate('list.bulk.cut', { number: MOST_RECORDS })}</Text>;
  return (
    <Button size="compact-sm" variant="subtle" loading={state === 'busy'} onClick={() => void choose()}>
      {translate('list.bulk.all')}
    </Button>
  );
}

export interface DialogProps {
  readonly list: List;
  readonly bulk: Bulk;
  readonly ids: readonly string[];
  readonly onClose: () => void;
}

function DeleteConfirm({ list, bulk, ids, onClose }: DialogProps) {
  const translate = useTranslate();
  const text = useText();
  const { api, entity, model } = list;
  const along = goesWith(model, entity).map(({ plural_label }) => text(plural_label));
  const title = translate('list.bulk.delete');
  const undo = (done: readonly string[]): void => {
    void bulk.start(translate('list.bulk.restore'), done.length, (follow) =>
      restoreMany(api, entity.set, done, follow),
    );
  };
  const confirm = (): void => {
    onClose();
    void bulk.start(
      title,
      ids.length,
      (follow) => deleteMany(api, entity.set, ids, follow),
      entity.soft_delete ? undo : undefined,
    );
  };
  return (
    <Confirm
      opened
      danger
      title={translate('list.bulk.delete_title', { smart_count: ids.length })}
      confirm={title}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>{translate(entity.soft_delete ? 'list.bulk.delete_text' : 'list.bulk.delete_for_good')}</p>
      {along.length > 0 && <p>{translate('list.bulk.goes_with', { entities: along.join(', ') })}</p>}
    </Confirm>
  );
}
