// What ra-core asks, as requests of the service: paths, options, versions.
import { expect, test } from 'vitest';
import type { Api } from './api.ts';
import { dataProviderOf, queryText, recordPath } from './data-provider.ts';

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly options?: unknown;
}

const ID = '0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6d';
const SORT = { field: 'name', order: 'DESC' } as const;

function provided(answer: (path: string) => unknown = () => ({ value: [] })) {
  const sent: Sent[] = [];
  const api = {
    get: async (path: string, options?: unknown) => {
      sent.push({ method: 'GET', path: decodeURIComponent(path), options });
      return answer(path);
    },
    send: async (method: string, path: string, body?: unknown, options?: unknown) => {
      sent.push({ method, path, body, options });
      return { id: ID, ...(body as object) };
    },
  } as unknown as Api;
  return { provider: dataProviderOf(api), sent };
}

test('a list is a page with order, filter and count, and says whether there is a next one', async () => {
  const { provider, sent } = provided(() => ({ value: [{ id: '1' }, { id: '2' }], '@odata.count': 12 }));
  const list = await provider.getList('deals', {
    pagination: { page: 3, perPage: 2 },
    sort: SORT,
    filter: { stage: 'won', owner_id: ID, done: true, name: "O'Neil", kind: ['a', 'b'] },
    meta: {
      select: ['id', 'name'],
      expand: 'company($select=name)',
      filter: 'amount gt 1 or amount lt 0',
      search: 'x',
    },
  });
  expect(sent[0]?.path).toBe(
    'deals?$select=id,name&$expand=company($select=name)&$filter=' +
      `stage eq 'won' and owner_id eq ${ID} and done eq true and name eq 'O''Neil' and kind in ('a','b') and (amount gt 1 or amount lt 0)` +
      '&$search=x&$orderby=name desc&$top=2&$skip=4&$count=true',
  );
  expect(list).toMatchObject({ total: 12, pageInfo: { hasNextPage: true, hasPreviousPage: true } });
});

test('the first page skips nothing, and is not counted where nobody asks', async () => {
  const { provider, sent } = provided();
  const pagination = { page: 1, perPage: 10 };
  const { pageInfo } = await provider.getList('deals', { pagination, sort: SORT, filter: {}, meta: { count: false } });
  expect(sent[0]?.path).toBe('deals?$orderby=name desc&$top=10');
  expect(pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: false });
});

test('many records are asked for in lists that an address holds, and nothing is asked for none', async () => {
  const { provider, sent } = provided((path) => ({ value: [{ id: path.length }] }));
  const ids = Array.from({ length: 120 }, (_, at) => ID.slice(0, -3) + String(at).padStart(3, '0'));
  const { data } = await provider.getMany('contacts', { ids });
  expect(sent).toHaveLength(3);
  expect(data).toHaveLength(3);
  expect(sent.map(({ path }) => path.match(/-\w{12}/g)?.length)).toEqual([50, 50, 20]);
  expect((await provider.getMany('contacts', { ids: [] })).data).toEqual([]);
  expect(sent).toHaveLength(3);
});

test('records that refer to another are a list of those', async () => {
  const { provider, sent } = provided();
  const pagination = { page: 1, perPage: 5 };
  await provider.getManyReference('contacts', {
    target: 'company_id',
    id: ID,
    pagination,
    sort: SORT,
    filter: { done: false },
  });
  expect(sent[0]?.path).toContain(`$filter=done eq false and company_id eq ${ID}`);
});

test('changes carry the version that they begin with, and answer the record', async () => {
  const { provider, sent } = provided();
  const previousData = { id: ID, '@odata.etag': 'W/"7"' };
  await provider.update('deals', { id: ID, data: { name: 'x' }, previousData });
  await provider.delete('deals', { id: ID, previousData });
  await provider.create('deals', { data: { name: 'y' } });
  await provider.update('deals', { id: ID, data: {}, previousData: { id: ID } });
  expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
    `PATCH deals/${ID}`,
    `DELETE deals/${ID}`,
    'POST deals',
    `PATCH deals/${ID}`,
  ]);
  expect(sent[0]?.options).toMatchObject({ ifMatch: 'W/"7"', headers: { prefer: 'return=representation' } });
  expect(sent[1]?.options).toEqual({ ifMatch: 'W/"7"' });
  expect(sent[3]?.options).toMatchObject({ ifMatch: undefined });
});

test('paths and queries are percent-encoded', () => {
  expect(recordPath('deals', 'a/b?c')).toBe('deals/a%2Fb%3Fc');
  expect(queryText({ $filter: "name eq 'a&b'", $top: 0, $skip: undefined, $search: '' })).toBe(
    "?$filter=name%20eq%20'a%26b'&$top=0",
  );
  expect(queryText({})).toBe('');
});
