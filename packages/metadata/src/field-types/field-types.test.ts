import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { canonicalValue } from '../canonical-value.ts';
import { COMMON_FIELD_OPTIONS } from '../entity-schema.ts';
import { checkFieldValue } from '../field-value.ts';
import type { EntityType, Property } from '../model.ts';
import { entity, findings, modelOf } from '../sample-documents.ts';
import { FIELD_TYPES } from './registry.generated.ts';

const company = entity('company', {});

test('the registry lists every file of the folder', () => {
  const files = readdirSync(import.meta.dirname).filter((file) => /^[a-z_]+\.ts$/.test(file));
  expect([...FIELD_TYPES.keys()].sort()).toEqual(files.map((file) => file.slice(0, -3)).sort());
});

describe.each([...FIELD_TYPES.values()])('$name', (type) => {
  test('has options of its own names only', () => {
    expect(Object.keys(type.options).filter((option) => COMMON_FIELD_OPTIONS.has(option) || option === 'type')).toEqual(
      [],
    );
  });

  test.each(type.examples)(
    'accepts the valid and refuses the invalid values of $field',
    ({ field, valid, invalid }) => {
      const { properties } = modelOf([company, entity('thing', { f: field })]).entities.get('thing') as EntityType;
      const main = [...properties.values()].find((property) => property.field === 'f');
      if (main === undefined) return expect([type.associations !== undefined, valid, invalid]).toEqual([true, [], []]);
      // What nobody writes has no values to accept; that all are refused is the contract test's to show.
      if (main.readOnly) return expect([valid, main.valueSchema]).toEqual([[], undefined]);
      const schema = main.valueSchema ?? {};
      for (const value of valid) expect([value, checkFieldValue(schema, value)]).toEqual([value, undefined]);
      for (const value of invalid) expect([value, checkFieldValue(schema, value)]).toEqual([value, expect.any(String)]);
      for (const value of valid) {
        const text = canonicalValue(main, value);
        expect(text).toEqual(expect.any(String));
        const stored = main.normalize?.(value) ?? value;
        expect([stored, checkFieldValue(schema, stored)]).toEqual([stored, undefined]);
        expect(canonicalValue(main, stored)).toBe(text);
      }
    },
  );

  test('makes a schema for every property a client writes', () => {
    if (type.computed !== undefined) return expect(type.valueSchema({ type: type.name }, {} as never)).toEqual({});
    const [example] = type.examples;
    const { properties } = modelOf([
      company,
      entity('thing', { f: example?.field ?? { type: type.name } }),
    ]).entities.get('thing') as EntityType;
    for (const property of [...properties.values()].filter(({ field }) => field === 'f')) {
      expect([property.name, property.valueSchema !== undefined]).toEqual([property.name, !property.readOnly]);
      expect(property.valueSchema?.type ?? 'string').toBeTruthy();
    }
  });
});

test.each([
  [{ type: 'text', max_length: 0 }],
  [{ type: 'text', max_length: 10_001 }],
  [{ type: 'text', min_length: 5, max_length: 4 }],
  [{ type: 'text', pattern: '(a+)+' }],
  [{ type: 'text', default: 5 }],
  [{ type: 'text', max_length: 3, default: 'long' }],
  [{ type: 'text', joined: [] }],
  [{ type: 'text', joined: ['name'], required: true }],
  [{ type: 'text', joined: ['name'], pattern: 'a' }],
  [{ type: 'text', joined: ['f'] }],
  [{ type: 'text', joined: ['missing'] }],
  [{ type: 'text', joined: ['name', 'version'] }],
  [{ type: 'text', joined: ['name'], otherwise: 'missing' }],
  [{ type: 'text', otherwise: 'name' }],
  [{ type: 'integer', min: 1.5 }],
  [{ type: 'integer', min: 2, max: 1 }],
  [{ type: 'integer', max: 1, default: 2 }],
  [{ type: 'decimal', precision: 2, scale: 3 }],
  [{ type: 'decimal', precision: 3, scale: 1, max: 100.5 }],
  [{ type: 'decimal', min: '2', max: '1' }],
  [{ type: 'decimal', precision: 61 }],
  [{ type: 'money', scale: 5 }],
  [{ type: 'money', scale: 2, min: '0.001' }],
  [{ type: 'money', currencies: ['XAU'] }],
  [{ type: 'money', currencies: [] }],
  [{ type: 'boolean', default: 'true' }],
  [{ type: 'auto_number' }],
  [{ type: 'auto_number', pattern: 'D-' }],
  [{ type: 'auto_number', pattern: '{00}-{00}' }],
  [{ type: 'auto_number', pattern: '{0000000000000000}' }],
  [{ type: 'auto_number', pattern: '{00}{YYY}' }],
  [{ type: 'auto_number', pattern: '{00' }],
  [{ type: 'auto_number', pattern: "'{00}" }],
  [{ type: 'auto_number', pattern: '\\{00}' }],
  [{ type: 'auto_number', pattern: `${'x'.repeat(57)}{00}` }],
  [{ type: 'auto_number', pattern: '{00}', required: true }],
  [{ type: 'auto_number', pattern: '{00}', default: '01' }],
  [{ type: 'auto_number', pattern: '{00}', required_when: '1 eq 1' }],
  [{ type: 'date', min: '2024-02-30' }],
  [{ type: 'date', min: '2024-02-02', max: '2024-02-01' }],
  [{ type: 'datetime', default: 'now' }],
  [{ type: 'choice' }],
  [{ type: 'choice', values: {} }],
  [{ type: 'choice', choice: 'none' }],
  [{ type: 'choice', values: { a: { label: { en: 'A' }, order: 1, active: false } } }],
  [{ type: 'choice', values: { "a'b": { label: { en: 'A' }, order: 1 } } }],
  [{ type: 'lookup' }],
  [{ type: 'lookup', targets: [] }],
  [{ type: 'lookup', targets: ['company', 'company'] }],
  [{ type: 'lookup', targets: Array.from({ length: 21 }, (_, index) => `t${index}`) }],
  [{ type: 'lookup', targets: ['company', 'user'], required: true, on_delete: 'set_null' }],
  [{ type: 'lookup', targets: ['company'], required: true, on_delete: 'set_null' }],
  [{ type: 'lookup', targets: ['company'], default: '00000000-0000-0000-0000-000000000000' }],
  [{ type: 'many' }],
  [{ type: 'many', target: 'nobody' }],
  [{ type: 'many', target: 'company', through: 'nobody' }],
  [{ type: 'many', target: 'company', own: 'company' }],
  [{ type: 'many', target: 'company', inverse: 'name' }],
  [{ type: 'many', target: 'company', required: true }],
  [{ type: 'many', target: 'company', unique: true }],
  [{ type: 'many', target: 'company', search: true }],
  [{ type: 'many', target: 'company', secured: true }],
  [{ type: 'many', target: 'company', personal_data: true }],
  [{ type: 'many', target: 'company', read_only: true }],
  [{ type: 'many', target: 'company', read_only_after_create: true }],
  [{ type: 'many', target: 'company', default: [] }],
  [{ type: 'many', target: 'company', required_when: "name eq 'x'" }],
  [{ type: 'many', target: 'company', read_only_when: "name eq 'x'" }],
  [{ type: 'long_text', max_length: 250_001 }],
  [{ type: 'long_text', format: 'html' }],
  [{ type: 'long_text', unique: true }],
  [{ type: 'email', default: 'nobody' }],
  [{ type: 'url', default: 'ftp://example.com' }],
  [{ type: 'url', unique: true }],
  [{ type: 'phone', default_region: 'XX' }],
  [{ type: 'phone', default: '8 (495) 123-45-67' }],
  [{ type: 'duration', default: 'P1Y' }],
  [{ type: 'multi_choice' }],
  [{ type: 'multi_choice', values: { a: { label: { en: 'A' }, order: 1 } }, default: ['b'] }],
  [{ type: 'multi_choice', values: { a: { label: { en: 'A' }, order: 1 } }, required: true, default: [] }],
  [{ type: 'multi_choice', values: { a: { label: { en: 'A' }, order: 1 } }, unique: true }],
  [{ type: 'address', parts: [] }],
  [{ type: 'address', parts: ['planet'] }],
  [{ type: 'address', parts: ['country'], default: 'Germany' }],
  [{ type: 'json', unique: true }],
  [{ type: 'json', schema: { type: 'nothing' } }],
  [{ type: 'json', schema: { typ: 'object' } }],
  [{ type: 'json', schema: { $ref: 'https://example.com/schema.json' } }],
  [{ type: 'json', schema: { type: 'string', pattern: 'a' } }],
  [{ type: 'json', schema: { type: 'string', pattern: '^(a+)+$' } }],
  [{ type: 'json', schema: { type: 'object' }, default: [] }],
])('the options %j are refused', (field) => {
  expect(findings(company, entity('thing', { f: field }))).toHaveLength(1);
});

test('a required field is not nullable, and the properties beside its main one keep their own rule', () => {
  const { properties } = modelOf([entity('thing', { sum: { type: 'money', required: true } })]).entities.get(
    'thing',
  ) as EntityType;
  expect(['sum', 'sum_currency', 'sum_base'].map((name) => properties.get(name)?.nullable)).toEqual([
    false,
    false,
    true,
  ]);
});

test('money takes the first of its currencies when the base currency is none of them', () => {
  const field = { type: 'money', currencies: ['EUR'] };
  const { properties } = modelOf([entity('thing', { sum: field })]).entities.get('thing') as EntityType;
  expect(properties.get('sum_currency')).toMatchObject({ default: 'EUR', values: ['EUR'] });
});

const COLORS = { red: { label: { en: 'Red' }, order: 1 }, blue: { label: { en: 'Blue' }, order: 2 } };

test('multi_choice is never null: empty without a value, and of at least one value when required', () => {
  const fields = {
    free: { type: 'multi_choice', values: COLORS },
    some: { type: 'multi_choice', values: COLORS, required: true },
  };
  const { properties } = modelOf([entity('thing', fields)]).entities.get('thing') as EntityType;
  const [any, some] = [properties.get('free') as Property, properties.get('some') as Property];
  expect([any.nullable, any.default, some.nullable, some.default]).toEqual([false, [], false, undefined]);
  expect(checkFieldValue(any.valueSchema ?? {}, [])).toBeUndefined();
  expect(checkFieldValue(some.valueSchema ?? {}, [])).toBe('must not be empty');
  expect(canonicalValue(any, ['blue', 'red'])).toBe('{"red","blue"}');
});

test('address has a property per part, in one order whatever the document says', () => {
  const fields = { home: { type: 'address', required: true }, work: { type: 'address', parts: ['country', 'city'] } };
  const { fields: linked, properties } = modelOf([entity('thing', fields)]).entities.get('thing') as EntityType;
  expect(linked.get('home')?.properties).toEqual([
    ...['home_street', 'home_city', 'home_region', 'home_postal_code', 'home_country'],
  ]);
  expect(linked.get('work')?.properties).toEqual(['work_city', 'work_country']);
  expect(linked.get('home')?.properties.map((name) => properties.get(name)?.nullable)).toEqual([
    ...[false, true, true, true, true],
  ]);
  expect(properties.get('work_country')?.values).toHaveLength(249);
});

test.each([
  ['long_text', {}],
  ['multi_choice', { values: COLORS }],
  ['json', {}],
])('%s stands in no key and no index', (type, options) => {
  const more = { keys: { k: ['f'] }, indexes: { i: ['name', 'f'] } };
  expect(findings(entity('thing', { f: { type, ...options } }, more))).toEqual([
    '/keys/k/0 not_sortable',
    '/indexes/i/1 not_sortable',
  ]);
});

test('keywords of field types have names of their own', () => {
  const names = [...FIELD_TYPES.values()].flatMap((type) => Object.keys(type.keywords ?? {}));
  expect(new Set(names).size).toBe(names.length);
});

test('the widget of a dependent choice knows the parent and which values go with it', () => {
  const values = { a: { label: { en: 'A' }, order: 1, parents: ['x'] }, b: { label: { en: 'B' }, order: 2 } };
  const context = { field: 'f', organization: modelOf([]).organization, choice: () => undefined };
  for (const [type, widget] of [
    ['choice', 'select'],
    ['multi_choice', 'multi_select'],
  ] as const) {
    const control = FIELD_TYPES.get(type)?.control({ type, values, parent: 'kind' }, context);
    expect(control).toEqual({ widget, props: { values: ['a', 'b'], parent: 'kind', parents: { a: ['x'] } } });
  }
});
