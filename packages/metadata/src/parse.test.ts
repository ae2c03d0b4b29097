import { expect, test } from 'vitest';
import { FIELD_TYPES } from './field-types/registry.generated.ts';
import { parseDocuments } from './parse.ts';
import {
  choice,
  DIRECTORY,
  entity,
  entityBody,
  errorsOf,
  findings,
  modelOf,
  ORGANIZATION,
  source,
} from './sample-documents.ts';

test('every error of every document is reported at once, with source, pointer and reason', () => {
  const errors = errorsOf(
    entity('deal', {
      amount: { type: 'money', min: 'much' },
      stage: { type: 'choise' },
      size: { type: 'text', max_lenght: 10 },
      count: { type: 'integer', min: '1', required: 'yes' },
    }),
    entity('1st', {}),
    source('choice', 'kind', { name: 'kind', label: { en: 'Kind' } }),
    source('role', 'clerk', { name: 'clerk', label: { en: 'Clerk' }, privileges: { deal: { read: 'all' } } }),
    source('entity', 'list', []),
  );
  expect(errors.map(({ source, pointer, reason }) => `${source}${pointer}: ${reason}`)).toEqual([
    'base/list.json: A document is a JSON object',
    'base/deal.json/fields/amount/min: must be a number',
    `base/deal.json/fields/stage/type: must be one of ${[...FIELD_TYPES.keys()].join(', ')}`,
    'base/deal.json/fields/size/max_lenght: There is no option max_lenght here',
    'base/deal.json/fields/count/required: must be boolean',
    'base/deal.json/fields/count/min: must be integer',
    'base/1st.json/name: does not match ^[A-Za-z][A-Za-z0-9_]*$',
    'base/1st.json/set: does not match ^[A-Za-z][A-Za-z0-9_]*$',
    'base/kind.json: values is missing',
    'base/clerk.json/privileges/deal/read: must be one of none, user, business_unit, parent_child, organization',
  ]);
});

test('what refers to a broken document is not reported for that, and what is wrong otherwise is', () => {
  const lookups = entity(
    'order',
    {
      deal: { type: 'lookup', targets: ['deal'] },
      lead: { type: 'lookup', targets: ['lead'] },
      kind: { type: 'choice', choice: 'kind', default: 'a' },
      size: { type: 'integer', min: 2, max: 1 },
    },
    {
      keys: { size: ['size'], sise: ['sise'] },
      rules: { r: { invalid_when: 'size gt 5 or kind eq 1', error: { en: 'R' } } },
    },
  );
  const broken = [entity('deal', { a: { type: 'b' } }), source('choice', 'kind', { name: 'kind' })];
  const role = source('role', 'r', { name: 'r', label: { en: 'R' }, privileges: { deal: { read: 'user' } } });
  expect(findings(lookups, ...broken, role)).toEqual([
    '/fields/a/type schema',
    ' schema',
    ' schema',
    '/fields/size/min invalid_option',
    '/fields/lead/targets/0 unknown_entity',
    '/keys/sise/0 unknown_property',
    '/privileges/deal/read privilege_not_applicable',
  ]);
});

test('an option that belongs to another field type is refused', () => {
  expect(findings(entity('deal', { active: { type: 'boolean', max_length: 5 } }))).toEqual([
    '/fields/active/max_length schema',
  ]);
});

test.each([
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'id',
  'ID',
  'version',
  'owner_id',
  'owning_user',
  'created_by',
  'deleted_on',
  'xmin',
  'null',
  'and',
  'a-b',
  '1a',
  '',
  'имя',
])('a field called %j is refused', (name) => {
  const body = JSON.parse(
    `{"fields": {"name": {"type": "text"}, ${JSON.stringify(name)}: {"type": "text"}}}`,
  ) as object;
  expect(errorsOf(source('entity', 'deal', { ...entityBody('deal', {}), ...body })).length).toBeGreaterThan(0);
});

test('names that differ only in case are refused', () => {
  expect(findings(entity('deal', { stage: { type: 'text' }, Stage: { type: 'text' } }))).toContain(
    '/fields/Stage duplicate_name',
  );
  expect(findings(entity('Deal', {}), entity('deal', {}, { set: 'other' }))).toContain('/name duplicate_name');
  expect(findings(entity('deal', {}), entity('sale', {}, { set: 'Deals' }))).toContain('/set duplicate_name');
});

test('a document is found under its own name, once', () => {
  expect(findings(source('entity', 'sale', entityBody('deal', {})))).toEqual(['/name name_mismatch']);
  expect(findings(entity('deal', {}), entity('deal', {}))).toEqual(['/name duplicate_document']);
});

test('documents without an organization are refused', () => {
  expect(parseDocuments([...DIRECTORY]).errors.map(({ code }) => code)).toEqual(['missing_document']);
});

test('a custom layer adds fields and values by key and replaces what it names again', () => {
  const model = modelOf([
    entity('deal', {
      size: { type: 'text', max_length: 10, label: { en: 'Size', ru: 'Размер' } },
      kind: { type: 'choice', choice: 'kind' },
    }),
    choice('kind', ['a', 'b']),
    source(
      'entity',
      'deal',
      {
        extends: 'deal',
        fields: { size: { max_length: 20, label: { en: 'Width' } }, x_colour: { type: 'text' } },
        indexes: { x_by_size: ['size'] },
      },
      'custom',
    ),
    source('choice', 'kind', { extends: 'kind', values: { x_c: { label: { en: 'C' }, order: 9 } } }, 'custom'),
  ]);
  const deal = model.entities.get('deal');
  expect(deal?.properties.get('size')?.maxLength).toBe(20);
  expect(deal?.fields.get('size')?.label).toEqual({ en: 'Width', ru: 'Размер' });
  expect(deal?.properties.has('x_colour')).toBe(true);
  expect(deal?.properties.get('kind')?.values).toEqual(['a', 'b', 'x_c']);
});

test('later custom documents of one entity add up, and arrays are replaced', () => {
  const model = modelOf([
    entity('deal', { size: { type: 'text', max_length: 10 } }, { indexes: { by_size: ['size'] } }),
    source('entity', 'deal', { extends: 'deal', indexes: { by_size: ['name', 'size'] } }, 'custom'),
    source('entity', 'deal', { extends: 'deal', fields: { x_a: { type: 'date' } } }, 'custom'),
  ]);
  expect(model.entities.get('deal')?.indexes.get('by_size')?.properties).toEqual(['name', 'size']);
  expect(model.entities.get('deal')?.properties.has('x_a')).toBe(true);
});

test('custom names carry a prefix and shipped names do not', () => {
  expect(
    findings(
      entity('deal', { x_size: { type: 'text' } }),
      source('entity', 'visit', entityBody('visit', {}), 'custom'),
      source('entity', 'deal', { extends: 'deal', fields: { colour: { type: 'text' } } }, 'custom'),
    ),
  ).toEqual(['/fields/x_size name_prefix', '/name name_prefix', '/set name_prefix', '/fields/colour name_prefix']);
});

test('a publisher may bring a prefix of its own', () => {
  const visit = source('entity', 'acme_visit', entityBody('acme_visit', {}), 'custom');
  const parsed = parseDocuments([ORGANIZATION, ...DIRECTORY, visit], { prefixes: ['x_', 'acme_'] });
  expect(parsed.errors).toEqual([]);
});

test('a custom entity is a whole document whose fields need no prefix', () => {
  const model = modelOf([source('entity', 'x_visit', entityBody('x_visit', { place: { type: 'text' } }), 'custom')]);
  expect(model.entities.get('x_visit')?.properties.has('place')).toBe(true);
});

test('an extension cannot change what is fixed, nor extend what does not exist', () => {
  expect(
    findings(
      entity('deal', { size: { type: 'text' } }),
      source(
        'entity',
        'deal',
        { extends: 'deal', name: 'sale', ownership: 'user', fields: { size: { type: 'integer' } } },
        'custom',
      ),
      source('entity', 'lead', { extends: 'lead', fields: {} }, 'custom'),
      source('entity', 'user', { extends: 'user', fields: {} }),
    ),
  ).toEqual(
    expect.arrayContaining([
      '/name immutable',
      '/ownership immutable',
      '/fields/size/type immutable',
      '/extends unknown_document',
      '/extends extends_in_base',
    ]),
  );
});

test('an error in what an extension says names the extension, not the base', () => {
  const [error] = errorsOf(
    entity('deal', { size: { type: 'text', max_length: 5 } }),
    source('entity', 'deal', { extends: 'deal', fields: { size: { max_length: 0 } } }, 'custom'),
  );
  expect(error).toMatchObject({ source: 'custom/deal.json', pointer: '/fields/size/max_length' });
});

test('the documents handed in are not frozen by linking them', () => {
  const deal = entityBody('deal', {});
  modelOf([source('entity', 'deal', deal)]);
  expect(Object.isFrozen(deal.fields)).toBe(false);
});

test('no field or navigation is called like what the service answers under a record', () => {
  const fields = {
    share: { type: 'text' },
    Assign: { type: 'text' },
    hand_over: { type: 'text' },
    shared: { type: 'text' },
  };
  const found = (...documents: readonly ReturnType<typeof entity>[]) =>
    findings(...documents).filter((finding) => finding.endsWith('reserved_name'));
  expect(found(entity('deal', fields))).toEqual([
    '/fields/share reserved_name',
    '/fields/Assign reserved_name',
    '/fields/hand_over reserved_name',
  ]);
  const lookup = { type: 'lookup', targets: ['deal'], inverse: 'revoke', on_delete: 'set_null' };
  expect(found(entity('deal', {}), entity('part', { deal: lookup }))).toEqual(['/fields/deal/inverse reserved_name']);
});
