// The rows of a list for React: one PageWindow for each query, the last few kept, so that going back finds the list where it was.
import { useEffect, useSyncExternalStore } from 'react';
import type { Api } from '../../data/api.ts';
import { DISPLAY_HEADERS } from '../../fields/types.ts';
import { PageWindow } from './page-window.ts';

export type Row = Readonly<Record<string, unknown>> & { readonly id: string };

export interface Rows {
  readonly window: PageWindow<Row>;
  /** Where it was scrolled to. */
  scrollTop: number;
}

interface Answer {
  readonly value: readonly Row[];
  readonly '@odata.nextLink'?: string;
}

const PAGE = 100;
/** 2,000 rows of each list. */
const KEPT_PAGES = 20;
const KEPT_LISTS = 4;
const PREFER = { prefer: `${DISPLAY_HEADERS.prefer}, odata.maxpagesize=${PAGE}` };

const kept = new Map<string, Rows>();

/** `owner`: whose list it is, and of which Model and language: anybody else's is another. */
export function rowsOf(api: Api, path: string, owner: string, groupOf?: (row: Row) => string): Rows {
  const key = `${owner} ${groupOf === undefined ? '' : 'grouped'} ${path}`;
  const rows = kept.get(key) ?? { window: windowOf(api, path, groupOf), scrollTop: 0 };
  kept.delete(key);
  kept.set(key, rows);
  for (const [oldest, { window }] of kept) {
    if (kept.size <= KEPT_LISTS) break;
    window.stop();
    kept.delete(oldest);
  }
  return rows;
}

function windowOf(api: Api, path: string, groupOf: ((row: Row) => string) | undefined): PageWindow<Row> {
  return new PageWindow<Row>({
    first: path,
    keep: KEPT_PAGES,
    ...(groupOf === undefined ? {} : { groupOf }),
    idOf: ({ id }) => id,
    fetch: async (link, signal) => {
      const { value, '@odata.nextLink': next } = await api.get<Answer>(pathFrom(path, link), {
        headers: PREFER,
        signal,
      });
      return { rows: value, ...(next === undefined ? {} : { next: tokenOf(api.pathOf(next)) }) };
    },
  });
}

const TOKEN = /[?&]\$skiptoken=([^&]+)/;

/** What a link to the next page adds to the list's own path: of a million rows some ten thousand are kept. */
function tokenOf(link: string): string {
  const [, token] = TOKEN.exec(link) ?? [];
  if (token === undefined) throw new Error(`${link} leads to no further page`);
  return token;
}

/** Where a page begins: `link` is a token, or the path itself for the first. */
const pathFrom = (path: string, link: string): string =>
  link === path ? path : `${path}${path.includes('?') ? '&' : '?'}$skiptoken=${link}`;

/** Draws again whenever something of the rows changes; what was kept from before is fetched again where it is seen. */
export function useRows({ window }: Rows): void {
  useSyncExternalStore(window.subscribe, window.version);
  useEffect(() => {
    if (window.count > 0) window.refresh();
    return () => window.stop();
  }, [window]);
}
