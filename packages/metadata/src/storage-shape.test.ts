import { expect, test } from 'vitest';
import type { EntityType, Model } from './model.ts';
import { checkName, indexName, keyIndexName, MAX_IDENTIFIER_BYTES } from './names.ts';
import { entity, modelOf } from './sample-documents.ts';
import { tableShape } from './storage-shape.ts';
import { tableShapes } from './table-shapes.ts';

const deal = entity(
  'deal',
  {
    company: { type: 'lookup', targets: ['company'] },
    stage: {
      type: 'choice',
      values: { open: { label: { en: 'Open' }, order: 1 }, won: { label: { en: 'Won' }, order: 2 } },
    },
    amount: { type: 'money', required: true },
    note: { type: 'text', required: true, default: "it's \\ a" },
    Mixed: { type: 'date' },
  },
  {
    ownership: 'user',
    keys: { note: ['note', 'Mixed'] },
    indexes: { by_stage: ['stage', 'Mixed'], by_company: ['company_id'] },
  },
);
const model = modelOf([deal, entity('company', {}, { ownership: 'user', set: 'companies' })]);
const shapeOf = (name: string, of: Model = model) => tableShape(of.entities.get(name) as EntityType, of);
const shape = shapeOf('deal');

test('a table has a column per property and the two of the recycle bin', () => {
  expect(shape.name).toBe('deal');
  expect(shape.columns.map(({ name, type, notNull }) => `${name} ${type}${notNull ? ' not null' : ''}`)).toEqual([
    'id uuid not null',
    'owner_id uuid not null',
    'owning_business_unit_id uuid not null',
    'created_on timestamptz not null',
    'created_by_id uuid not null',
    'modified_on timestamptz not null',
    'modified_by_id uuid not null',
    'version bigint not null',
    'name text collate "und-x-icu"',
    'company_id uuid',
    'stage text collate "C"',
    'amount numeric(19,4) not null',
    'amount_currency text collate "C" not null',
    'amount_base numeric(31,4)',
    'note text collate "und-x-icu" not null',
    'Mixed date',
    'deleted_on timestamptz',
    'delete_id uuid',
  ]);
});

test('a column that is never null and has a default says what older rows get', () => {
  const fills = shape.columns.flatMap(({ name, fill }) => (fill === undefined ? [] : [`${name} ${fill}`]));
  expect(fills).toEqual(["amount_currency 'USD'", "note E'it''s \\\\ a'"]);
});

test('indexes exist once per grant source, per lookup and per key, over live rows; of lookups over all, and one over deleted', () => {
  const others = shape.indexes.filter(({ where }) => where !== 'deleted_on is null');
  expect(others.map(({ name, where, include }) => `${name} ${where} ${include}`)).toEqual([
    'deal__company_id__idx null deleted_on',
    'deal__deleted_on__idx deleted_on is not null undefined',
  ]);
  expect(shape.indexes.map(({ name, columns, unique }) => `${name}${unique ? '!' : ''} ${columns.join(',')}`)).toEqual([
    'deal__owner_id__idx owner_id,id',
    'deal__owning_business_unit_id__idx owning_business_unit_id,id',
    'deal__company_id__idx company_id,id',
    'deal__by_stage__idx stage,Mixed,id',
    'deal__by_stage__owner__idx owner_id,stage,Mixed,id',
    'deal__by_stage__unit__idx owning_business_unit_id,stage,Mixed,id',
    'deal__by_company__owner__idx owner_id,company_id,id',
    'deal__by_company__unit__idx owning_business_unit_id,company_id,id',
    'deal__note__key! note,Mixed',
    'deal__deleted_on__idx deleted_on,id',
  ]);
});

test('records owned by their parent, or by a business unit, have an index per grant source they have', () => {
  const columnsOf = (more: object) => {
    const about = { type: 'lookup', targets: ['company'], required: true };
    const company = entity('company', {}, { ownership: 'user', set: 'companies' });
    const note = entity('note', { about }, { indexes: { by_name: ['name'] }, ...more });
    return shapeOf('note', modelOf([company, note])).indexes.map(({ columns }) => columns.join(','));
  };
  expect(columnsOf({ ownership: 'parent', parent: 'about' })).toEqual([
    'owner_id,id',
    'owning_business_unit_id,id',
    'about_id,id',
    ...['name,id', 'owner_id,name,id', 'owning_business_unit_id,name,id'],
    'deleted_on,id',
  ]);
  expect(columnsOf({ ownership: 'business_unit' })).toEqual([
    'owning_business_unit_id,id',
    'about_id,id',
    ...['name,id', 'owning_business_unit_id,name,id'],
    'deleted_on,id',
  ]);
  expect(columnsOf({ ownership: 'organization' })).toEqual(['about_id,id', 'name,id', 'deleted_on,id']);
});

test('checks bound texts and values; names are quoted', () => {
  expect(shape.checks).toContainEqual({ name: 'deal__stage__check', condition: `"stage" in ('open', 'won')` });
  expect(shape.checks).toContainEqual({ name: 'deal__note__check', condition: 'char_length("note") <= 255' });
});

test('foreign keys lead from lookups to tables and from owners to principals', () => {
  expect(shape.foreignKeys.map(({ column, references }) => `${column} ${references}`)).toEqual([
    'owner_id kartoteka.principal',
    'owning_business_unit_id data.business_unit',
    'company_id data.company',
  ]);
  expect(shapeOf('user').foreignKeys.map(({ column, references }) => `${column} ${references}`)).toEqual([
    'id kartoteka.principal',
    'owning_business_unit_id data.business_unit',
  ]);
});

test('columns recorded at publish are used throughout', () => {
  const column = (entity: string, property: string) =>
    entity === 'deal' && (property === 'company_id' || property === 'stage') ? `${property}_2` : undefined;
  const moved = modelOf([deal, entity('company', {}, { ownership: 'user', set: 'companies' })], { column });
  const text = JSON.stringify(shapeOf('deal', moved));
  expect(text).toContain('"column":"company_id_2"');
  expect(text).toContain('\\"stage_2\\" in');
  expect(text).not.toMatch(/"(name|column)":"(stage|company_id)"/);
});

test('derived names fit PostgreSQL and stay apart when they are cut', () => {
  const table = 't'.repeat(60);
  const names = [
    indexName(table, 'a'),
    indexName(table, 'b'),
    indexName(table, 'a', 'owner'),
    keyIndexName(table, 'a'),
  ];
  names.push(checkName(table, 'a'), indexName(table, 'a'.repeat(60)));
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name.length).toBeLessThanOrEqual(MAX_IDENTIFIER_BYTES);
  expect(indexName(table, 'a')).toBe(indexName(table, 'a'));
});

test('a type that asks for an index over its members gets one of them alone', () => {
  const tags = { type: 'multi_choice', values: { a: { label: { en: 'A' }, order: 1 } } };
  const { columns, indexes } = shapeOf('thing', modelOf([entity('thing', { tags })]));
  expect(indexes).toContainEqual({
    name: 'thing__tags__idx',
    columns: ['tags'],
    method: 'gin',
    unique: false,
    where: 'deleted_on is null',
  });
  expect(columns.find(({ name }) => name === 'tags')).toMatchObject({ notNull: true, fill: "'{}'" });
});

test('links without properties have a table of pairs, an index for the other side, and go with either record', () => {
  const contact = entity('contact', {});
  const long = 'x'.repeat(60);
  const manyContacts = { type: 'many', target: 'contact' };
  const shapes = tableShapes(modelOf([entity('sale', { contacts: manyContacts, [long]: manyContacts }), contact]));
  expect(shapes.find(({ entity: of }) => of === 'sale.contacts')).toMatchObject({
    name: 'sale__contacts',
    primaryKey: ['own_id', 'other_id'],
    columns: [
      { name: 'own_id', notNull: true },
      { name: 'other_id', notNull: true },
    ],
    indexes: [{ columns: ['other_id', 'own_id'], where: null }],
    foreignKeys: [
      { column: 'own_id', references: 'data.sale', onDelete: 'cascade' },
      { column: 'other_id', references: 'data.contact', onDelete: 'cascade' },
    ],
  });
  const bounded = shapes.find(({ entity: of }) => of === `sale.${long}`);
  for (const name of [bounded?.name, bounded?.indexes[0]?.name, bounded?.foreignKeys[0]?.name])
    expect(name?.length).toBeLessThanOrEqual(MAX_IDENTIFIER_BYTES);
});
