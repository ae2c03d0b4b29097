import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalValue } from './canonical-value.ts';
import { ExactNumber, parseExactJson } from './exact-number.ts';
import type { EntityType, Property } from './model.ts';
import { payloadSchema } from './payload-schema.ts';
import { compilePayloadValidator } from './payload-validator.ts';
import { entity, modelOf } from './sample-documents.ts';
import { createAjv } from './value-keywords.ts';

const thing = entity('thing', {
  title: {
    type: 'text',
    max_length: 5,
    required: true,
    label: { en: 'Title' },
    description: { en: 'What it is called' },
  },
  code: { type: 'text', pattern: '[a-z]{1,3}', read_only_after_create: true },
  secret: { type: 'text', read_only: true },
  count: { type: 'integer' },
  rate: { type: 'decimal', precision: 20, scale: 6, min: '-5.5' },
  sum: { type: 'money', min: 0 },
  done: { type: 'boolean', required: true, default: false },
  day: { type: 'date', max: '2030-12-31' },
  moment: { type: 'datetime' },
  kind: { type: 'choice', values: { a: { label: { en: 'A' }, order: 1 } } },
  user: { type: 'lookup', targets: ['user'], inverse: 'things' },
});
const type = modelOf([thing]).entities.get('thing') as EntityType;
const create = compilePayloadValidator(type, 'create');
const update = compilePayloadValidator(type, 'update');
const codes = (payload: Record<string, unknown>, validate = create) =>
  validate(payload).map(({ property, code }) => `${property} ${code}`);

test('every bad property is reported at once, each once', () => {
  const payload = {
    title: 'too long',
    code: 'A1',
    secret: 'x',
    count: '1.5',
    rate: -5.6,
    sum: '0.00001',
    sum_currency: 'XXX',
    sum_base: 1,
    done: null,
    day: '2031-01-01',
    moment: '2024-01-01T00:00:00',
    kind: 'b',
    user: 'x',
    user_id: 'x',
    things: [],
    version: 1,
    created_on: '2024-01-01T00:00:00Z',
    nothing: 1,
  };
  expect(codes(payload).sort()).toEqual([
    'code invalid_value',
    'count invalid_value',
    'created_on read_only',
    'day invalid_value',
    'done required',
    'kind invalid_value',
    'moment invalid_value',
    'nothing unknown_property',
    'rate invalid_value',
    'secret read_only',
    'sum invalid_value',
    'sum_base read_only',
    'sum_currency invalid_value',
    'things unknown_property',
    'title invalid_value',
    'user unknown_property',
    'user_id invalid_value',
    'version read_only',
  ]);
});

test('reasons say what is wrong in words', () => {
  const reasons = Object.fromEntries(
    create({ title: '123456', count: 'x', rate: '1e20', sum: -1, kind: 'b', user: 'x', day: '2031-01-01' }).map(
      (each) => [each.property, each.reason],
    ),
  );
  expect(reasons).toEqual({
    title: 'must have at most 5 characters',
    count: 'must be a whole number',
    rate: 'must have at most 14 digits before the decimal point',
    sum: 'must be at least 0',
    kind: 'must be one of a',
    user: 'is written as user_id',
    day: 'must not be after 2030-12-31',
  });
});

test('create requires what has no default and refuses null for it; update requires nothing', () => {
  expect(codes({})).toEqual(['title required']);
  expect(codes({ title: null })).toEqual(['title required']);
  expect(codes({ title: 'x' })).toEqual([]);
  expect(codes({}, update)).toEqual([]);
  expect(codes({ title: null, done: null }, update)).toEqual(['title required', 'done required']);
});

test('null clears what is not required', () => {
  const cleared = {
    code: null,
    count: null,
    rate: null,
    sum: null,
    day: null,
    moment: null,
    kind: null,
    user_id: null,
  };
  expect(codes({ title: 'x', ...cleared })).toEqual([]);
  expect(codes({ sum_currency: null }, update)).toEqual(['sum_currency required']);
});

test('the id may be given at create, and what is fixed after create is refused at update', () => {
  const id = '0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6d';
  expect(codes({ id, title: 'x', code: 'abc' })).toEqual([]);
  expect(codes({ id, code: 'abc' }, update)).toEqual(['id read_only', 'code read_only']);
  expect(codes({ id: 'x', title: 'x' })).toEqual(['id invalid_value']);
});

test('annotations and names of members every object has are unknown properties', () => {
  const payload = JSON.parse('{"title": "x", "__proto__": 1, "constructor": 2, "@odata.type": "x"}') as Record<
    string,
    unknown
  >;
  expect(codes(payload).sort()).toEqual([
    '@odata.type unknown_property',
    '__proto__ unknown_property',
    'constructor unknown_property',
  ]);
});

test('a required property that only the prototype has is missing', () => {
  expect(codes(Object.create({ title: 'x' }) as Record<string, unknown>)).toEqual(['title required']);
});

test('numbers are exact however they are written', () => {
  const exact = (text: string) => parseExactJson(`{"title": "x", "count": ${text}}`) as Record<string, unknown>;
  expect(codes(exact('9223372036854775807'))).toEqual([]);
  expect(codes(exact('-9223372036854775808'))).toEqual([]);
  expect(codes(exact('9223372036854775808'))).toEqual(['count invalid_value']);
  expect(codes(exact('-9223372036854775809'))).toEqual(['count invalid_value']);
  expect(codes(exact('1e3'))).toEqual([]);
  expect(codes(exact('1e999'))).toEqual(['count invalid_value']);
  expect(codes(exact('1.0'))).toEqual([]);
  expect(codes({ title: 'x', rate: new ExactNumber('12345678901234.123456') })).toEqual([]);
  expect(codes({ title: 'x', rate: new ExactNumber('12345678901234.1234567') })).toEqual(['rate invalid_value']);
  expect(codes({ title: 'x', rate: '-5.5' })).toEqual([]);
  expect(codes({ title: 'x', rate: '-5.500001' })).toEqual(['rate invalid_value']);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '+1', '1_000', '0x1', ' 1', '1 ', '']) {
    expect(codes({ title: 'x', rate: value })).toEqual(['rate invalid_value']);
  }
});

test('a text is measured in characters and must be well formed', () => {
  expect(codes({ title: '😀😀😀😀😀' })).toEqual([]);
  expect(codes({ title: '😀😀😀😀😀😀' })).toEqual(['title invalid_value']);
  expect(codes({ title: 'a\u0000' })).toEqual(['title invalid_value']);
  expect(codes({ title: '\ud800' })).toEqual(['title invalid_value']);
  expect(codes({ title: 'x'.repeat(10_000_000) })).toEqual(['title invalid_value']);
});

test('the payload is left as it is', () => {
  const payload = Object.freeze({ title: 'x', rate: new ExactNumber('1.50'), nothing: 1, secret: 'y' });
  create(payload);
  expect(payload).toEqual({ title: 'x', rate: new ExactNumber('1.50'), nothing: 1, secret: 'y' });
});

test('a payload of many strangers gets a bounded answer', () => {
  const payload = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`n${index}`, index]));
  expect(create(payload).length).toBeLessThanOrEqual(101);
});

test('the validator is shared by models with the same entity', () => {
  const again = modelOf([thing]).entities.get('thing') as EntityType;
  expect(compilePayloadValidator(again, 'create')).toBe(create);
  expect(compilePayloadValidator(again, 'update')).not.toBe(create);
});

test('the payload schema is JSON Schema with the words of the documents', () => {
  const schema = payloadSchema(type, 'create');
  expect(() => createAjv().compile(schema)).not.toThrow();
  const properties = schema.properties as Record<string, Record<string, unknown>>;
  expect(Object.keys(properties)).toEqual([
    ...[
      'id',
      'name',
      'title',
      'code',
      'count',
      'rate',
      'sum',
      'sum_currency',
      'done',
      'day',
      'moment',
      'kind',
      'user_id',
    ],
  ]);
  expect(properties.title).toMatchObject({
    title: 'Title',
    description: 'What it is called',
    type: 'string',
    maxLength: 5,
  });
  expect(properties.kind).toMatchObject({ type: ['string', 'null'], enum: ['a', null] });
  expect(properties.done).toMatchObject({ type: 'boolean', default: false });
  expect(schema.required).toEqual(['title']);
  expect(Object.keys(payloadSchema(type, 'update').properties as object)).not.toContain('code');
});

const property = (name: string) => type.properties.get(name) as Property;

test.each([
  ['count', 1e3, '1000'],
  ['count', '-0', '0'],
  ['count', new ExactNumber('9223372036854775807'), '9223372036854775807'],
  ['rate', 1e-6, '0.000001'],
  ['rate', '1.500000', '1.5'],
  ['rate', '12e2', '1200'],
  ['done', true, 'true'],
  ['day', '0001-01-01', '0001-01-01'],
  ['moment', '2026-11-22T10:00:00.5+03:00', '2026-11-22T07:00:00.500000Z'],
  ['moment', '2024-03-01T00:30-01:00', '2024-03-01T01:30:00.000000Z'],
  ['moment', '2024-02-29T23:59:59.999999-00:01', '2024-03-01T00:00:59.999999Z'],
  ['user_id', '0193570E-5F3A-7C3E-9D3B-3F1C2A4B5C6D', '0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6d'],
  ['title', " ' ", " ' "],
  ['title', null, null],
])('%s %j is bound as %j', (name, value, text) => {
  expect(canonicalValue(property(name), value)).toBe(text);
});

test('any number of digits that fits is accepted and kept to the last digit, any other is refused', () => {
  const digits = (most: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: most });
  fc.assert(
    fc.property(fc.boolean(), digits(18), digits(9), (negative, whole, fraction) => {
      const text = `${negative ? '-' : ''}${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`;
      const fits =
        whole.replace(/^0+/, '').length <= 14 &&
        fraction.replace(/0+$/, '').length <= 6 &&
        (!negative || (BigInt(`${whole}0`) / 10n) * 10n ** 9n + BigInt(`${fraction.padEnd(9, '0')}`) <= 5_500_000_000n);
      expect(codes({ title: 'x', rate: text }).length === 0).toBe(fits);
      if (!fits) return;
      const canonical = canonicalValue(property('rate'), text) ?? '';
      const scaled = (number: string) => {
        const [left = '', right = ''] = number.replace('-', '').split('.');
        return BigInt(left + right.padEnd(9, '0'));
      };
      expect(scaled(canonical)).toBe(scaled(text));
    }),
  );
});
