// What a saved view's record holds was written by somebody: only what is a definition is taken.
import { expect, test } from 'vitest';
import { definitionOf, isSavedName, viewName } from './saved-views.ts';

test('a definition is read as it was written, with what is no column left out', () => {
  const definition = {
    columns: [{ path: 'name', width: 200 }, { path: 'stage' }],
    filter: 'a eq 1',
    sort: 'name desc',
  };
  expect(definitionOf(definition)).toEqual(definition);
  expect(definitionOf({ ...definition, grouping: 'stage' })).toEqual({ ...definition, grouping: 'stage' });
  const odd = {
    ...definition,
    columns: [null, 'name', { path: 1 }, { path: 'name', width: 'wide' }],
    grouping: 7,
    more: 1,
  };
  expect(definitionOf(odd)).toEqual({ ...definition, columns: [{ path: 'name' }] });
});

test.each([
  null,
  undefined,
  'text',
  7,
  [],
  {},
  { columns: {}, filter: '', sort: '' },
  { columns: [], filter: 1, sort: '' },
])('%j is none', (value) => expect(definitionOf(value)).toBeUndefined());

test('saved views have names that no document has', () => {
  expect(viewName('1')).toMatch(/:/);
  expect([isSavedName(viewName('1')), isSavedName('all_deals'), isSavedName(undefined)]).toEqual([true, false, false]);
});
