// Taking back what was done to many records, against a service that is a map of records.
import { expect, test } from 'vitest';
import type { Api } from '../../data/api.ts';
import { MOST_UNDONE, undoOfAssign, undoOfEdit, undoOfShare } from './undo.ts';

type Stored = Record<string, unknown> & { id: string };

function service(records: readonly Stored[], shares: Readonly<Record<string, readonly string[]>> = {}) {
  const stored = new Map(records.map((record) => [record.id, { ...record }]));
  const acts: string[] = [];
  const api = {
    get: async (path: string) => {
      const ids = /id in \(([^)]*)\)/.exec(decodeURIComponent(path))?.[1]?.split(',') ?? [];
      return { value: ids.flatMap((id) => (stored.has(id) ? [{ ...stored.get(id) }] : [])) };
    },
    send: async (
      _method: string,
      path: string,
      body: { ids: string[]; requests: { id: string; url: string }[]; records: Stored[] },
    ) => {
      const [, action = ''] = path.split('/');
      if (path === '$batch')
        return {
          responses: body.requests.map(({ id, url }) => {
            const rights = shares[/\((.*)\)/.exec(url)?.[1] ?? ''];
            if (rights === undefined) return { id, status: 404, body: { error: { code: 'not_found' } } };
            return { id, status: 200, body: { value: rights.length === 0 ? [] : [{ principal_id: 'p', rights }] } };
          }),
        };
      if (action === 'bulk') {
        for (const record of body.records) stored.set(record.id, { ...stored.get(record.id), ...record });
        return { results: body.records.map(() => ({ status: 200 })) };
      }
      const { ids, ...rest } = body;
      acts.push(`${action} ${ids.join('+')} ${JSON.stringify(rest)}`);
      return { results: ids.map(() => ({ status: 200 })) };
    },
  } as unknown as Api;
  return { api, stored, acts };
}

const nothing = () => {};

test('records go back to whom each belonged, those of one owner together', async () => {
  const { api, acts } = service([
    { id: '1', owner_id: 'a' },
    { id: '2', owner_id: 'b' },
    { id: '3', owner_id: 'a' },
  ]);
  const undo = await undoOfAssign(api, 'deals', ['1', '2', '3']);
  const progress: number[] = [];
  const outcomes = await undo?.(['1', '2', '3'], ({ done }) => progress.push(done));
  expect(acts).toEqual(['assign 1+3 {"owner_id":"a"}', 'assign 2 {"owner_id":"b"}']);
  expect(outcomes?.map(({ ok }) => ok)).toEqual([true, true, true]);
  expect(progress).toEqual([2, 3]);
});

test('former values come back, but not over what somebody has written since', async () => {
  const { api, stored } = service([
    { id: '1', name: 'one' },
    { id: '2', name: null },
  ]);
  const kept = await undoOfEdit(api, 'deals', ['1', '2'], ['name'], 'changed');
  for (const record of stored.values()) record.name = 'same';
  await kept?.done();
  stored.set('2', { id: '2', name: 'theirs' });
  const outcomes = await kept?.undo(['1', '2'], nothing);
  expect([...stored.values()].map(({ name }) => name)).toEqual(['one', 'theirs']);
  expect(outcomes).toEqual([
    { id: '1', ok: true },
    { id: '2', ok: false, message: 'changed', code: 'changed_meanwhile' },
  ]);
});

test('a share is taken back, or gets the rights that it had; where those are not known nothing is done', async () => {
  const { api, acts } = service([], { 1: [], 2: ['read', 'write'] });
  const undo = await undoOfShare(api, 'deals', ['1', '2', '3'], 'p');
  await undo?.(['1', '2', '3'], nothing);
  expect(acts).toEqual(['revoke 1 {"principal_id":"p"}', 'modify 2 {"principal_id":"p","rights":["read","write"]}']);
});

test('of very many records it is not kept what they were', async () => {
  const { api } = service([]);
  const ids = (count: number) => Array.from({ length: count }, (_, at) => String(at));
  expect(await undoOfAssign(api, 'deals', ids(MOST_UNDONE))).toBeDefined();
  expect(await undoOfAssign(api, 'deals', ids(MOST_UNDONE + 1))).toBeUndefined();
});
