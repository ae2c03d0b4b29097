// A list as it is shown now: its state from the URL, the view's and the person's choices put together, and the requests that follow.
import type { ClientEntity, ClientModel } from '@kartoteka/metadata';
import { useLocaleState, useNotify } from 'ra-core';
import { useCallback, useEffect, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';
import { useApi } from '../data/api.ts';
import { useModel, useText } from '../data/model.tsx';
import { searchText } from '../fields/lookups.ts';
import { useErrorText } from '../ui/error-text.ts';
import {
  type ChosenColumn,
  type Column,
  columnsOf,
  MOST_SORT_KEYS,
  queryOf,
  readSort,
  recordAt,
  type SortKey,
  viewsOf,
  writeSort,
} from './columns/columns.ts';
import { type Place, placeOf } from './columns/resolve.ts';
import { type FilterPart, readFilter, writeFilter } from './filters/filter.ts';
import { type ListState, lasting, readState, writeState } from './list-state.ts';
import { type Personal, usePersonal } from './personal.ts';
import { type Row, rowsOf, useRows } from './rows/use-rows.ts';
import { isSavedName, type SavedView, useSavedViews, viewName } from './views/saved-views.ts';

/** A view, of a document or of a person, as lists use it. */
export interface ShownView {
  readonly name: string;
  readonly label: string;
  readonly description?: string;
  readonly columns: readonly ChosenColumn[];
  readonly filter: string;
  readonly sort: readonly SortKey[];
  /** Path of the property by whose values the rows stand together. */
  readonly grouping?: string;
  /** The record of the view, where it is one that somebody has saved. */
  readonly saved?: SavedView;
}

/** Documents' views in their order, one that shows everything where there is none; then those that people have saved. */
function useViews(entity: ClientEntity, saved: readonly SavedView[]): readonly ShownView[] {
  const text = useText();
  return useMemo(() => {
    const written = viewsOf(entity).map(
      ({ name, label, description, columns, filter, sort, grouping }): ShownView => ({
        ...{ name, label: text(label), columns, filter: filter ?? '', sort },
        ...(description === undefined ? {} : { description: text(description) }),
        ...(grouping === null || grouping === undefined ? {} : { grouping }),
      }),
    );
    const own = saved.map((view): ShownView => {
      const { id, label, columns, filter, sort, grouping } = view;
      const shown = { name: viewName(id), label, columns, filter, sort: readSort(sort) ?? [], saved: view };
      return grouping === undefined ? shown : { ...shown, grouping };
    });
    return written.length > 0 ? [...written, ...own] : [everything(entity, text(entity.plural_label)), ...own];
  }, [entity, saved, text]);
}

/** Columns that a list without a view has. */
const SOME = 6;

function everything(entity: ClientEntity, label: string): ShownView {
  const names = Object.values(entity.fields).filter(
    ({ control }) => !['links', 'json', 'long_text'].includes(control.widget),
  );
  const paths = [entity.display_property, ...names.map(({ name, properties }) => properties[0] ?? name)];
  const columns = [...new Set(paths)].slice(0, SOME).map((path) => ({ path }));
  return { name: 'all', label, columns, filter: '', sort: [] };
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

/** The view of that name; without one the person's own choice, else the first. */
const viewIn = (views: readonly ShownView[], name: string | undefined): ShownView =>
  views.find((view) => view.name === name) ??
  (name === undefined ? views.find(({ saved }) => saved?.isDefault === true) : undefined) ??
  (views[0] as ShownView);

/** Where the values stand by which rows are put together. Who has ordered the list himself sees it in that order alone. */
function groupOf(
  model: ClientModel,
  entity: ClientEntity,
  { grouping }: ShownView,
  chosen: readonly SortKey[] | undefined,
): Column | undefined {
  if (grouping === undefined || chosen !== undefined || placeOf(model, entity, grouping) === undefined)
    return undefined;
  const [column] = columnsOf(model, entity, [{ path: grouping }]);
  return column?.sortable === true ? column : undefined;
}

/** Equal for rows of one group. */
const groupKey = (row: Row, { steps, property }: Column): string =>
  JSON.stringify(recordAt(row, steps)?.[property] ?? null);

/** The order of a grouped list: by the groups first. */
const groupedSort = (sort: readonly SortKey[], path: string): readonly SortKey[] => [
  sort.find((key) => key.path === path) ?? { path, direction: 'asc' },
  ...sort.filter((key) => key.path !== path).slice(0, MOST_SORT_KEYS - 1),
];

export function useList(entity: ClientEntity, isBin = false) {
  const model = useModel();
  const api = useApi();
  const [locale] = useLocaleState();
  const personal = usePersonal(isBin ? `${entity.set}/deleted` : entity.set);
  const { state, change } = useListState(personal);
  const saved = useSavedViews(entity, !isBin);
  const documents = useViews(entity, saved.views);
  const views = isBin ? BIN_VIEWS(entity) : documents;
  const view = viewIn(views, state.view);
  const isWaiting = !saved.isKnown && (isSavedName(state.view) || (state.view === undefined && personal.opensSaved));
  const opensSaved = saved.views.some(({ isDefault }) => isDefault);
  useEffect(() => {
    if (saved.isKnown && !isBin) personal.rememberOpening(opensSaved);
  }, [saved.isKnown, isBin, opensSaved, personal]);
  const notify = useNotify();
  const errorText = useErrorText();
  const chosen = personal.columns[view.name] ?? view.columns;
  const columns = useMemo(() => columnsOf(model, entity, chosen), [model, entity, chosen]);
  const filter = state.filter ?? view.filter;
  const parts = useMemo(
    () => readFilter(filter, (path) => placeOf(model, entity, path)?.kind),
    [filter, model, entity],
  );
  // What leads nowhere for this person - a field that is gone or hidden - orders nothing, as it shows nothing.
  const sort = (state.sort ?? view.sort).filter(({ path }) => placeOf(model, entity, path) !== undefined);
  const group = groupOf(model, entity, view, state.sort);
  const set = isBin ? `${entity.set}/deleted` : entity.set;
  const query = {
    $filter: filter,
    $search: searchOf(state.search),
    ...shownOf(entity, group === undefined ? columns : [...columns, group], isBin),
    $orderby: writeSort(group === undefined ? sort : groupedSort(sort, group.path)),
  };
  const path = pathOf(set, query);
  const inGroup = group === undefined ? undefined : (row: Row): string => groupKey(row, group);
  const rows = rowsOf(api, path, `${model.user.id} ${model.hash} ${locale}`, inGroup);
  useRows(rows);
  return {
    ...{
      model,
      api,
      entity,
      set,
      personal,
      saved,
      group,
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
    /** Which view it is shown with is not known yet. */
    isWaiting,
    /** Something could not be done: it is told beside the list. */
    tell: (error: unknown) => notify(errorText(error), { type: 'error' }),
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
  },
];

/** $select and $expand; the owner is read where there is one, so that it can be shown who had a record before. */
function shownOf(entity: ClientEntity, columns: readonly Place[], isBin: boolean) {
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
