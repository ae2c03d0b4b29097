// From a list of related records to the list of them all.
import type { ClientEntity } from '@kartoteka/metadata';
import { expect, test } from 'vitest';
import { relatedList } from './related.ts';

const entity = (more: object) =>
  ({ name: 'x', set: 'xs', fields: {}, navigations: {}, ...more }) as unknown as ClientEntity;
const field = (filterable: boolean) => ({
  name: 'company',
  properties: ['company_id'],
  filterable,
  control: { widget: 'lookup' },
});
const company = entity({
  navigations: {
    contacts: { inverse: 'company', many: true },
    friends: { inverse: 'companies', many: true },
    others: { many: true },
  },
});
const target = (filterable: boolean) =>
  entity({
    set: 'contacts',
    fields: { company: field(filterable) },
    navigations: { company: { many: false, property: 'company_id' }, companies: { many: true } },
  });

const filterOf = (address: string | undefined) => new URL(address ?? '', 'http://x').searchParams.get('filter');

test('it is the list filtered by the lookup that leads back, or by the links', () => {
  expect(relatedList(company, 'contacts', target(true), 'ID')).toMatch(/^\/records\/contacts\?/);
  expect(filterOf(relatedList(company, 'contacts', target(true), 'ID'))).toBe('company_id eq ID');
  expect(filterOf(relatedList(company, 'friends', target(true), 'ID'))).toBe('companies/any(x:x/id eq ID)');
});

test('there is none where nothing leads back, or it may not be asked for', () => {
  expect(relatedList(company, 'contacts', target(false), 'ID')).toBeUndefined();
  expect(relatedList(company, 'others', target(true), 'ID')).toBeUndefined();
  expect(relatedList(company, 'nothing', target(true), 'ID')).toBeUndefined();
});
