// A list as it is shown now: its state from the URL, the view's and the person's choices put together, and the requests that follow.
import type { ClientEntity } from '@kartoteka/metadata';
import { useLocaleState } from 'ra-core';
import { useCallback, useEffect, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';
import { useApi } from '../data/api.ts';
import { useModel, useText } from '../data/model.tsx';
import { searchText } from '../fields/lookups.ts';
import {
  type ChosenColumn,
  type Column,
  columnsOf,
  queryOf,
  readSort,
  type SortKey,
  viewsOf,
  writeSort,
} from './columns/columns.ts';
import { placeOf } from './columns/resolve.ts';
import { type FilterPart, readFilter, writeFilter } from './filters/filter.ts';
import { type ListState, lasting, readState, writeState } from './list-state.ts';
import { type Personal, usePersonal } from './personal.ts';
import { rowsOf, useRows } from './rows/use-rows.ts';

/** A view, of a document or of a person, as lists use it. */
export interface ShownView {
  readonly name: string;
  readonly label: string;
  readonly description?: string;
  readonly columns: readonly ChosenColumn[];
  readonly filter: string;
  readonly sort: readonly SortKey[];
  readonly isOwn: boolean;
}

/** Documents' views in their order, then the person's; one that shows everything where there is none. */
function useViews(entity: ClientEntity, personal: Personal): readonly ShownView[] {
  const text = useText();
  return useMemo(() => {
    const written = viewsOf(entity).map(({ name, label, description, columns, filter, sort }) => ({
      ...{ name, label: text(label), columns, filter: filter ?? '', sort, isOwn: false },
      ...(description === undefined ? {} : { description: text(description) }),
    }));
    const own = personal.views.map((view) => ({ ...view, sort: readSort(view.sort) ?? [], isOwn: true }));
    return written.length > 0 ? [...written, ...own] : [everything(entity, text(entity.plural_label)), ...own];
  }, [entity, personal.views, text]);
}

/** Columns that a list without a view has. */
const SOME = 6;

function everything(entity: ClientEntity, label: string): ShownView {
  const names = Object.values(entity.fields).filter(
    ({ control }) => !['links', 'json', 'long_text'].includes(control.widget),
  );
  const paths = [entity.display_property, ...names.map(({ name, properties }) => properties[0] ?? name)];
  const columns = [...new Set(paths)].slice(0, SOME).map((path) => ({ path }));
  return { name: 'all', label, columns, filter: '', sort: [], isOwn: false };
}

/** The state of the URL; a list that is opened without one goes on where it was left. */
function useListState(personal: Personal) {
  const [query, setQuery] = useSearchParams();
  const state = useMemo(() => readState(query), [query]);
  const text = query.toString();
  const { last, remember } = personal;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the list is opened
  useEffect(() => {
    if (text === '' && last !== undefined && last !== '') setQuery(new URLSearchParams(last), { replace: true });
  }, []);
  useEffect(() => remember(writeState(lasting(state)).toString()), [state, remember]);
  const change = useCallback(
    (part: Partial<Record<keyof ListState, unknown>>, replace = false) =>
      setQuery((before) => writeState({ ...readState(before), ...part } as ListState), { replace }),
    [setQuery],
  );
  return { state, change };
}

export function useList(entity: ClientEntity, isBin = false) {
  const model = useModel();
  const api = useApi();
  const [locale] = useLocaleState();
  const personal = usePersonal(isBin ? `${entity.set}/deleted` : entity.set);
  const { state, change } = useListState(personal);
  const documents = useViews(entity, personal);
  const views = isBin ? BIN_VIEWS(entity) : documents;
  const view = views.find(({ name }) => name === state.view) ?? (views[0] as ShownView);
  const chosen = personal.columns[view.name] ?? view.columns;
  const columns = useMemo(() => columnsOf(model, entity, chosen), [model, entity, chosen]);
  const filter = state.filter ?? view.filter;
  const parts = useMemo(
    () => readFilter(filter, (path) => placeOf(model, entity, path)?.kind),
    [filter, model, entity],
  );
  const sort = state.sort ?? view.sort;
  const set = isBin ? `${entity.set}/deleted` : entity.set;
  const query = {
    $filter: filter,
    $search: searchOf(state.search),
    ...shownOf(entity, columns, isBin),
    $orderby: writeSort(sort),
  };
  const path = pathOf(set, query);
  const rows = rowsOf(api, path, `${model.user.id} ${model.hash} ${locale}`);
  useRows(rows);
  return {
    ...{
      model,
      api,
      entity,
      set,
      personal,
      state,
      change,
      views,
      view,
      columns,
      filter,
      parts,
      sort,
      query,
      path,
      rows,
    },
    isChanged: state.filter !== undefined || state.sort !== undefined || personal.columns[view.name] !== undefined,
    setParts: (next: readonly FilterPart[]) => change({ filter: writeFilter(next) }),
    setSort: (next: readonly SortKey[]) => change({ sort: next }),
    setColumns: (next: readonly ChosenColumn[] | undefined) => personal.setColumns(view.name, next),
  };
}

export type List = ReturnType<typeof useList>;

/** The recycle bin has one view: what was deleted last comes first. */
const BIN_VIEWS = (entity: ClientEntity): readonly ShownView[] => [
  {
    name: 'deleted',
    label: '',
    columns: [entity.display_property, 'deleted_on', 'deleted_by_id'].map((path) => ({ path })),
    filter: '',
    sort: [{ path: 'deleted_on', direction: 'desc' }],
    isOwn: false,
  },
];

/** $select and $expand; the owner is read where there is one, so that it can be shown who had a record before. */
function shownOf(entity: ClientEntity, columns: readonly Column[], isBin: boolean) {
  const more = entity.ownership === 'user' && !isBin ? ['owner_id'] : [];
  const { select, expand } = queryOf(entity, columns, more);
  return { $select: select, $expand: expand };
}

/** Words as they are typed; who knows the language of $search writes it with a capital AND, OR, NOT or quotation marks. */
function searchOf(text: string): string {
  if (text.trim() === '') return '';
  return /"|\b(AND|OR|NOT)\b/.test(text) ? text.trim() : searchText(text);
}

/** A list's path with the options that say something. */
export function pathOf(set: string, options: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(options).filter(([, value]) => value.trim() !== '');
  return pairs.length === 0
    ? set
    : `${set}?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}
