import type { ClientEntity, ClientField } from '@kartoteka/metadata';
import { expect, test } from 'vitest';
import { columnsOf, nextSort, queryOf, readSort, WIDEST, writeSort } from './columns.ts';
import { placeOf, placesOf } from './resolve.ts';

const field = (name: string, widget: string, more: object = {}): ClientField => ({
  ...{ name, type: widget, label: { en: name }, options: {}, control: { widget, props: {} } },
  ...{
    required: false,
    read_only: false,
    sortable: true,
    filterable: true,
    searchable: false,
    properties: [name],
    values: {},
  },
  ...more,
});

const entity = (name: string, fields: readonly ClientField[], more: object = {}): ClientEntity =>
  ({
    ...{ name, set: `${name}s`, label: { en: name }, plural_label: { en: name }, display_property: 'name' },
    ...{ ownership: 'user', fields: Object.fromEntries(fields.map((each) => [each.name, each])), navigations: {} },
    ...more,
  }) as unknown as ClientEntity;

const company = entity('company', [field('name', 'text'), field('salary', 'decimal', { secured: { read: false } })]);
const user = entity('user', [field('name', 'text')], { ownership: 'organization' });
const deal = entity(
  'deal',
  [field('name', 'text'), field('amount', 'money', { properties: ['amount', 'amount_currency', 'amount_base'] })],
  {
    navigations: {
      company: { set: 'companys', entity: 'company', many: false, property: 'company_id', label: { en: 'Company' } },
      owning_user: { set: 'users', entity: 'user', many: false, property: 'owner_id', label: { en: 'User' } },
      hidden: { set: 'x', entity: 'x', many: false, property: 'x_id', label: { en: 'X' } },
    },
  },
);
const model = { entities: { company, user, deal } };

test('columns that lead nowhere for this person are left out; without any, the title is shown', () => {
  const paths = (chosen: readonly string[]) =>
    columnsOf(
      model,
      deal,
      chosen.map((path) => ({ path })),
    ).map(({ path }) => path);
  expect(paths(['name', 'gone', 'hidden/name', 'company/name', 'company/gone'])).toEqual(['name', 'company/name']);
  expect(paths(['gone'])).toEqual(['name']);
  expect(columnsOf(model, deal, [{ path: 'amount', width: 5000 }])[0]).toMatchObject({
    width: WIDEST,
    isNumeric: true,
  });
});

test('what columns need is selected and expanded, each once', () => {
  const columns = columnsOf(
    model,
    deal,
    ['amount', 'company/name', 'owning_user/name'].map((path) => ({ path })),
  );
  expect(queryOf(deal, columns, ['owner_id'])).toEqual({
    select: 'id,name,owner_id,amount,amount_currency,amount_base',
    expand: 'company($select=id,name),owning_user($select=id,name)',
  });
});

test('secured values that nobody may read are neither asked nor sorted by; an owner is called so', () => {
  expect(placeOf(model, deal, 'company/salary')?.kind).toBeUndefined();
  expect(columnsOf(model, deal, [{ path: 'company/salary' }])[0]?.sortable).toBe(false);
  expect(placeOf(model, deal, 'owner_id')?.kind).toBe('owner');
  expect(placeOf(model, deal, 'owning_user/name')?.labels[0]?.en).toBe('Owner');
  expect(placesOf(model, deal).related.map(({ path }) => path)).toContain('company/name');
});

test('a header sorts up, down and no more; with Shift beside what is sorted already', () => {
  const up = nextSort([], 'a', false);
  const down = nextSort(up, 'a', false);
  expect([writeSort(up), writeSort(down), writeSort(nextSort(down, 'a', false))]).toEqual(['a', 'a desc', '']);
  expect(writeSort(nextSort(down, 'b', true))).toBe('a desc,b');
  expect(writeSort(nextSort(down, 'b', false))).toBe('b');
  const eight = readSort('a,b,c,d,e,f,g,h') ?? [];
  expect(nextSort(eight, 'i', true)).toEqual(eight);
});

test('an order is read from a URL as far as it is one', () => {
  expect(readSort('a desc,company/name')).toEqual([
    { path: 'a', direction: 'desc' },
    { path: 'company/name', direction: 'asc' },
  ]);
  expect(readSort('a,a desc')).toEqual([{ path: 'a', direction: 'asc' }]);
  expect(readSort('length(a)')).toBeUndefined();
  expect(readSort('a,b,c,d,e,f,g,h,i')).toHaveLength(8);
});
