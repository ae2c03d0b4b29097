// ra-core's data provider over the service's OData: resources are entity sets. What OData has and ra-core does not know is passed in
// `meta`: $select, $expand, $filter as OData text, $search, headers. Changes carry If-Match when the previous record has an ETag.
import type { DataProvider, Identifier, RaRecord } from 'ra-core';
import type { Api, SendOptions } from './api.ts';

/** What `meta` of a ra-core hook may hold. */
export interface Meta {
  readonly select?: readonly string[];
  readonly expand?: string;
  /** OData text; goes with ra-core's own filter by `and`. */
  readonly filter?: string;
  readonly search?: string;
  readonly headers?: SendOptions['headers'];
  /** Of getList: whether the number of all records is asked for; it is unless this says false. */
  readonly count?: boolean;
}

interface ListAnswer {
  readonly value: RaRecord[];
  readonly '@odata.count'?: number;
  readonly '@odata.nextLink'?: string;
}

/** A value of ra-core's filter as an OData literal. */
function literal(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  const text = String(value);
  return UUID.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `name=value` pairs of a query; undefined ones are left out. */
export function queryText(options: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const pairs = Object.entries(options).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

/** The path of one record. */
export const recordPath = (set: string, id: Identifier): string => `${set}/${encodeURIComponent(String(id))}`;

function filterText(filter: Readonly<Record<string, unknown>> = {}, more?: string): string | undefined {
  const terms = Object.entries(filter).map(([name, value]) =>
    Array.isArray(value) ? `${name} in (${value.map(literal).join(',')})` : `${name} eq ${literal(value)}`,
  );
  if (more !== undefined && more !== '') terms.push(`(${more})`);
  return terms.length === 0 ? undefined : terms.join(' and ');
}

const shown = (meta: Meta | undefined) => ({ $select: meta?.select?.join(','), $expand: meta?.expand });

/** At most this many ids stand in one request's `in` list. */
const MANY = 50;

export function dataProviderOf(api: Api): DataProvider {
  const list = async (
    set: string,
    options: Parameters<typeof queryText>[0],
    meta: Meta | undefined,
    signal?: AbortSignal,
  ) => api.get<ListAnswer>(`${set}${queryText(options)}`, { headers: meta?.headers, signal });
  const getList: DataProvider['getList'] = async (set, { pagination, sort, filter, meta, signal }) => {
    const { page, perPage } = pagination ?? { page: 1, perPage: 50 };
    const answer = await list(
      set,
      {
        ...shown(meta),
        $filter: filterText(filter, meta?.filter),
        $search: meta?.search,
        $orderby: sort === undefined ? undefined : `${sort.field} ${sort.order.toLowerCase()}`,
        $top: perPage,
        $skip: page > 1 ? (page - 1) * perPage : undefined,
        $count: meta?.count === false ? undefined : true,
      },
      meta,
      signal,
    );
    const hasNextPage = answer.value.length === perPage;
    return {
      data: answer.value as never[],
      total: answer['@odata.count'],
      pageInfo: { hasNextPage, hasPreviousPage: page > 1 },
    };
  };
  const getMany: DataProvider['getMany'] = async (set, { ids, meta, signal }) => {
    const parts = Array.from({ length: Math.ceil(ids.length / MANY) }, (_, at) =>
      ids.slice(at * MANY, (at + 1) * MANY),
    );
    const answers = await Promise.all(
      parts.map((part) => list(set, { ...shown(meta), $filter: filterText({ id: part }), $top: MANY }, meta, signal)),
    );
    return { data: answers.flatMap(({ value }) => value) as never[] };
  };
  return {
    supportAbortSignal: true,
    getList,
    getMany,
    getManyReference: (set, { target, id, filter, ...more }) =>
      getList(set, { ...more, filter: { ...filter, [target]: id } }),
    getOne: async (set, { id, meta, signal }) => ({
      data: await api.get(`${recordPath(set, id)}${queryText(shown(meta))}`, { headers: meta?.headers, signal }),
    }),
    create: async (set, { data, meta }) => ({
      data: await api.send('POST', set, data, { headers: { prefer: 'return=representation', ...meta?.headers } }),
    }),
    update: async (set, { id, data, previousData, meta }) => ({
      data: await api.send('PATCH', recordPath(set, id), data, {
        ifMatch: previousData?.['@odata.etag'],
        headers: { prefer: 'return=representation', ...meta?.headers },
      }),
    }),
    updateMany: async (set, { ids, data }) => {
      for (const id of ids) await api.send('PATCH', recordPath(set, id), data);
      return { data: ids };
    },
    delete: async (set, { id, previousData }) => {
      await api.send('DELETE', recordPath(set, id), undefined, { ifMatch: previousData?.['@odata.etag'] });
      return { data: (previousData ?? { id }) as never };
    },
    deleteMany: async (set, { ids }) => {
      for (const id of ids) await api.send('DELETE', recordPath(set, id));
      return { data: ids };
    },
  };
}
