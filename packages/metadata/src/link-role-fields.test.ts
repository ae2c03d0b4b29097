import { expect, test } from 'vitest';
import { entity, errorsOf, findings, modelOf, source } from './sample-documents.ts';

const contact = entity('contact', {
  birth_date: { type: 'date', secured: true },
  salary: { type: 'money', secured: true },
  phone: { type: 'text' },
});
const company = entity('company', { bank: { type: 'text', secured: true } });
const role = (fields: object) => source('role', 'clerk', { name: 'clerk', label: { en: 'C' }, privileges: {}, fields });

function permissions(fields: object): string[] {
  const linked = modelOf([contact, company, role(fields)]).roles.get('clerk')?.fieldPermissions ?? [];
  return linked.map(({ entity: on, field, right }) => `${on}.${field} ${right}`);
}

test('permissions are expanded to one per entity, secured field and right, the most exact entry winning', () => {
  expect(permissions({ contact: { birth_date: ['read', 'create'] } })).toEqual([
    'contact.birth_date read',
    'contact.birth_date create',
  ]);
  expect(permissions({ '*': { '*': ['read'] } })).toEqual([
    'contact.birth_date read',
    'contact.salary read',
    'company.bank read',
  ]);
  expect(permissions({ '*': { '*': ['read'] }, contact: { '*': ['create'], salary: ['read'] } })).toEqual([
    'contact.birth_date create',
    'contact.salary read',
    'company.bank read',
  ]);
  expect(modelOf([contact, company]).roles.size).toBe(0);
});

test('a permission that names nothing, a field that is not secured, or no right is refused with the reason', () => {
  const errors = errorsOf(
    contact,
    company,
    role({
      contact: { phone: ['read'], name: ['read'], born: ['read'], salary_base: ['read'], salary: ['update'] },
      lead: { '*': ['read'] },
      '*': { bank: ['read'], '*': ['update', 'create'] },
    }),
  );
  expect(errors.map(({ pointer, code, reason }) => `${pointer} ${code}: ${reason}`)).toEqual([
    '/fields/contact/phone not_secured: contact.phone is not secured',
    '/fields/contact/name not_secured: contact.name is not secured',
    '/fields/contact/born unknown_field: There is no field born on contact',
    '/fields/contact/salary_base unknown_field: There is no field salary_base on contact',
    '/fields/contact/salary invalid_permission: Who may update a secured field could find out its value, so update needs read',
    '/fields/lead unknown_entity: There is no entity lead',
    '/fields/*/bank unknown_field: Under every entity only * can stand: fields belong to one entity',
    '/fields/*/* invalid_permission: Who may update a secured field could find out its value, so update needs read',
  ]);
  expect(findings(contact, company, role({ contact: { birth_date: [] } }))).toEqual([
    '/fields/contact/birth_date schema',
  ]);
  expect(findings(contact, company, role({ contact: { birth_date: ['delete'] } }))).toEqual([
    '/fields/contact/birth_date/0 schema',
  ]);
});

test('a permission on an entity or field with errors of its own is not reported for that', () => {
  const broken = entity('contact', { birth_date: { type: 'b' } });
  expect(findings(broken, company, role({ contact: { birth_date: ['read'] } }))).toEqual([
    '/fields/birth_date/type schema',
  ]);
  const unlinked = entity('contact', { size: { type: 'integer', min: 2, max: 1, secured: true } });
  expect(findings(unlinked, company, role({ contact: { size: ['read'] } }))).toEqual([
    '/fields/size/min invalid_option',
  ]);
});

test('a computed field can be permitted to be read, and no more', () => {
  const paid = entity('contact', {
    salary: { type: 'money', secured: true },
    month: { type: 'formula', result: 'money', expression: 'salary div 12' },
  });
  const errors = errorsOf(paid, role({ contact: { month: ['read', 'update'] } }));
  expect(errors.map(({ pointer, reason }) => `${pointer} ${reason}`)).toEqual([
    '/fields/contact/month contact.month is computed: it can be read only',
  ]);
  expect(findings(paid, role({ contact: { month: ['read'] } }))).toEqual([]);
});
