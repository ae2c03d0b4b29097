// What a list shows, as its URL says it: view, filter, search, order, the record that is peeked at. What the URL does not say is the
// view's. Pure, so that back, forward and a link that is passed on give the same list.
import { readSort, type SortKey, writeSort } from './columns/columns.ts';

export interface ListState {
  /** Name of a view or of a person's own (`my:...`); undefined: the default one. */
  readonly view?: string;
  /** OData; undefined: the view's own, empty: none. */
  readonly filter?: string;
  readonly search: string;
  /** Undefined: the view's own. */
  readonly sort?: readonly SortKey[];
  /** Id of the record that is looked at beside the list. */
  readonly peek?: string;
}

/** As long as the service takes it. */
export const LONGEST_SEARCH = 1000;

export function readState(query: URLSearchParams): ListState {
  const [view, filter, sort, peek] = ['view', 'filter', 'sort', 'peek'].map((name) => query.get(name) ?? undefined);
  const keys = sort === undefined ? undefined : sort === '' ? [] : readSort(sort);
  return {
    search: (query.get('q') ?? '').slice(0, LONGEST_SEARCH),
    ...(view === undefined ? {} : { view }),
    ...(filter === undefined ? {} : { filter }),
    ...(keys === undefined ? {} : { sort: keys }),
    ...(peek === undefined ? {} : { peek }),
  };
}

export function writeState({ view, filter, search, sort, peek }: ListState): URLSearchParams {
  const query = new URLSearchParams();
  const put = (name: string, value: string | undefined) => value !== undefined && query.set(name, value);
  put('view', view);
  put('filter', filter);
  put('q', search === '' ? undefined : search);
  put('sort', sort === undefined ? undefined : writeSort(sort));
  put('peek', peek);
  return query;
}

/** What is kept for the next time: everything but the record that is looked at. */
export const lasting = ({ peek: _, ...state }: ListState): ListState => state;
