// Deletes a record after saying what goes with it, loses its link to it, or stands in the way; offers to take it back.
import type { ClientEntity } from '@kartoteka/metadata';
import { List, Loader, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { type Api, useApi } from '../data/api.ts';
import { useModel, useText } from '../data/model.tsx';
import { Confirm } from '../ui/index.ts';
import { useUndoNotice } from '../ui/undo-notice.tsx';
import { Problems } from './Problems.tsx';
import { forgetLists } from './record-data.ts';
import { type Consequence, consequences } from './related.ts';

interface DeleteProps {
  readonly entity: ClientEntity;
  readonly id: string;
  readonly title: string;
  readonly label: string;
  readonly onDeleted: () => void;
  readonly onClose: () => void;
}

type Counted = Consequence & { readonly count: number };

/** How many records each lookup concerns; lookups that lead from none are left out. */
async function counted(api: Api, found: readonly Consequence[]): Promise<readonly Counted[]> {
  const counts = await Promise.all(
    found.map(async (each) => ({ ...each, count: Number(await api.get<number | string>(each.path).catch(() => 0)) })),
  );
  return counts.filter(({ count }) => count > 0);
}

export function DeleteDialog({ entity, id, title, label, onDeleted, onClose }: DeleteProps) {
  const translate = useTranslate();
  const text = useText();
  const api = useApi();
  const model = useModel();
  const client = useQueryClient();
  const navigate = useNavigate();
  const notice = useUndoNotice();
  const [error, setError] = useState<unknown>();
  const { data, isPending } = useQuery({
    queryKey: ['consequences', entity.set, id],
    queryFn: () => counted(api, consequences(model, entity, id)),
    staleTime: 0,
  });
  const restore = useRestore(entity, id);
  const remove = async (): Promise<void> => {
    setError(undefined);
    try {
      await api.send('DELETE', `${entity.set}(${id})`);
    } catch (failed) {
      setError(failed);
      return;
    }
    onDeleted();
    onClose();
    // Only what is not on the page any more may be asked for anew: the record answers 404 from here on.
    await navigate(`/records/${entity.set}`);
    client.removeQueries({ predicate: ({ queryKey }) => queryKey.includes(id) });
    void forgetLists(client, entity.set);
    notice({
      message: translate('record.delete.done', { title }),
      undone: translate('record.delete.restored'),
      undo: entity.soft_delete ? restore : undefined,
    });
  };
  const of = (kind: Consequence['onDelete']): readonly Counted[] =>
    (data ?? []).filter((each) => each.onDelete === kind);
  const list = (kind: Consequence['onDelete']) =>
    of(kind).length === 0 ? null : (
      <div>
        <Text size="sm" fw={500} mt="xs">
          {translate(`record.delete.${kind}`)}
        </Text>
        <List size="sm">
          {of(kind).map(({ entity: other, count, path }) => (
            <List.Item key={path}>
              {text(other.plural_label)}: {count}
            </List.Item>
          ))}
        </List>
      </div>
    );
  return (
    <Confirm
      opened
      danger
      title={translate('record.delete.title', { title })}
      confirm={translate('record.delete.action')}
      onConfirm={remove}
      onClose={onClose}
    >
      <Problems error={error} />
      <Text size="sm">
        {translate(entity.soft_delete ? 'record.delete.to_bin' : 'record.delete.for_good', { entity: label })}
      </Text>
      {isPending ? <Loader size="xs" mt="xs" role="status" aria-label={translate('app.loading')} /> : null}
      {list('restrict')}
      {list('cascade')}
      {list('set_null')}
    </Confirm>
  );
}

/** Brings a deleted record back, and shows it. Throws CrmError where that cannot be. */
function useRestore(entity: ClientEntity, id: string): () => Promise<void> {
  const api = useApi();
  const client = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    await api.send('POST', `${entity.set}(${id})/restore`);
    await forgetLists(client, entity.set);
    navigate(`/records/${entity.set}/${id}`);
  };
}
