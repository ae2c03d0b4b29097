// Bodies that must be refused: what is sent to x_samples (one property of every type) and what has to be answered.

import { expect } from 'vitest';

export interface BodyCase {
  readonly name: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly status?: number;
  readonly code: string;
  /** Codes of the details by target. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const json = (values: object): string => JSON.stringify({ name: 'Bad', ...values });
const wrong = (property: string, value: unknown): BodyCase => ({
  name: `${property}: ${JSON.stringify(value).slice(0, 60)}`,
  body: json({ [property]: value }),
  code: 'validation_failed',
  details: { [property]: 'invalid_value' },
});
/** As `wrong`, for what JSON.stringify would not write so. */
const wrongText = (property: string, text: string): BodyCase => ({
  name: `${property}: ${text.slice(0, 60)}`,
  body: `{"name":"Bad","${property}":${text}}`,
  code: 'validation_failed',
  details: { [property]: 'invalid_value' },
});

const WRONG_VALUES: readonly BodyCase[] = [
  ...[5, true, {}, [], ['a'], 'x'.repeat(21), 'x'.repeat(100_000), '😀'.repeat(21), 'a\0b', '\ud800', 'a\udc00b'].map(
    (value) => wrong('name', value),
  ),
  ...['five', '', ' 5', '5 ', '5.5', '0x5', '٥', 1.5, true, {}, [], [5], '9223372036854775808'].map((value) =>
    wrong('whole', value),
  ),
  ...['9223372036854775808', '-9223372036854775809', '1e400', '1.5e0', `1${'0'.repeat(5000)}`].map((text) =>
    wrongText('whole', text),
  ),
  ...['much', '', 'NaN', 'Infinity', '-Infinity', '1,5', true, {}, [], '1e', '0.12345678901'].map((value) =>
    wrong('ratio', value),
  ),
  ...['0.12345678901', '1e400', '1e-400', `1${'0'.repeat(28)}`, `0.${'0'.repeat(5000)}1`].map((text) =>
    wrongText('ratio', text),
  ),
  ...['much', true, {}, '1.23456', '1e30'].map((value) => wrong('price', value)),
  ...['true', '', 0, 1, {}, []].map((value) => wrong('flag', value)),
  ...[
    ...['2026-02-30', '2026-2-3', '26-02-03', '2026-02-03T00:00:00Z', '0000-01-01', '10000-01-01', '-0001-01-01'],
    ...['infinity', 'today', '', 20260203, true, {}, '2026-13-01', '2026-02-03 BC', "2026-02-03'"],
  ].map((value) => wrong('day', value)),
  ...[
    ...['2026-02-03', '2026-02-03T10:00:00', '2026-02-03T25:00:00Z', '2026-02-30T10:00:00Z', '0000-12-31T00:00:00Z'],
    ...['0001-01-01T00:00:00+01:00', '9999-12-31T23:59:59-01:00', '2026-02-03T10:00:00.1234567Z', 'now', 0, true, {}],
    ...['2026-02-03T10:00:60Z', '2026-02-03T10:00:00+99:00', 'infinity'],
  ].map((value) => wrong('moment', value)),
  ...['c', '', 'A', 1, true, {}, [], ['a'], 'a\0', '__proto__', 'constructor'].map((value) => wrong('kind', value)),
  ...['nobody', '', 5, true, {}, [], '00000000-0000-0000-0000-00000000000g', "'; drop table data.company; --"].map(
    (value) => wrong('company_id', value),
  ),
  ...['usd', 'USDX', '', 5, 'XXX'].map((value) => ({ ...wrong('price_currency', value) })),
];

const members = (name: string, body: object, details: Readonly<Record<string, unknown>>): BodyCase => ({
  name,
  body: json(body),
  code: 'validation_failed',
  details,
});

/** Without it, what the sender does not write is left aside. */
const STRICT = { prefer: 'handling=strict' };

const WRONG_MEMBERS: readonly BodyCase[] = [
  members('an unknown property', { colour: 'red' }, { colour: 'unknown_property' }),
  members('the field of a lookup', { x_company: 'x' }, { x_company: 'unknown_property' }),
  members('other letter case', { Whole: 1 }, { Whole: 'unknown_property' }),
  {
    ...members(
      'read-only properties',
      { version: 1, price_base: 1 },
      {
        version: 'read_only',
        price_base: 'read_only',
      },
    ),
    headers: STRICT,
  },
  {
    ...members('an id that is none', { id: 'one' }, { id: expect.stringMatching(/^(invalid_value|read_only)$/) }),
    headers: STRICT,
  },
  members(
    'hidden columns',
    { deleted_on: null, delete_id: null },
    {
      deleted_on: 'unknown_property',
      delete_id: 'unknown_property',
    },
  ),
  { name: 'no required property', body: '{}', code: 'validation_failed', details: { name: 'required' } },
  members('null for a required property', { name: null }, { name: 'required' }),
  members(
    'members of Object',
    { constructor: 1, toString: 2, hasOwnProperty: 3, valueOf: {} },
    {
      constructor: 'unknown_property',
      toString: 'unknown_property',
      hasOwnProperty: 'unknown_property',
      valueOf: 'unknown_property',
    },
  ),
  {
    name: '__proto__',
    body: '{"name":"Bad","__proto__":{"whole":1,"isAdmin":true}}',
    code: 'validation_failed',
    details: { __proto__: 'unknown_property' },
  } as BodyCase,
  members('a name with a NUL', { 'who\0le': 1 }, { 'who\0le': 'unknown_property' }),
  members('a name with quotes', { 'whole") values (1); --': 1 }, { 'whole") values (1); --': 'unknown_property' }),
  {
    name: 'everything at once',
    body: json({ name: '', whole: 'x', ratio: {}, day: '2026-02-30', kind: 'z', nothing: 1, version: 2 }),
    code: 'validation_failed',
    details: {
      whole: 'invalid_value',
      ratio: 'invalid_value',
      day: 'invalid_value',
      kind: 'invalid_value',
      nothing: 'unknown_property',
      version: 'read_only',
    },
    headers: STRICT,
  },
  {
    name: 'a reference to a record that is not there',
    body: json({ company_id: '01890000-0000-7000-8000-000000000000' }),
    code: 'validation_failed',
    details: { company_id: 'target_not_found' },
  },
  { name: 'a reference that is no URL', body: json({ company: { '@id': 7 } }), code: 'invalid_value' },
  { name: 'a bound collection', body: '{"name":"Bad","company@odata.bind":5}', code: 'invalid_value' },
  { name: 'a binding to another set', body: '{"name":"Bad","company@odata.bind":"deals(1)"}', code: 'invalid_value' },
  {
    name: 'a binding of what is no navigation',
    body: '{"name":"Bad","whole@odata.bind":"companies(01890000-0000-7000-8000-000000000000)"}',
    code: 'unknown_property',
  },
  { name: 'an unknown annotation', body: '{"name":"Bad","@odata.magic":1}', code: 'unknown_property' },
  {
    name: 'a reference given twice, the property first',
    body: '{"name":"Bad","company_id":null,"company@odata.bind":null}',
    code: 'invalid_value',
  },
  {
    name: 'a reference given twice, the binding first',
    body: '{"name":"Bad","company@odata.bind":null,"company_id":null}',
    code: 'invalid_value',
  },
];

const bytes = (...parts: (string | number)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))));

const MALFORMED: readonly BodyCase[] = [
  ...['', '{', '}', '{"name":}', '{name:"Bad"}', "{'name':'Bad'}", '{"name":"Bad",}', '{"name":"Bad"} x', '\u0000'],
  ...['{"name":"Bad"}{"name":"Bad"}', '{"whole":05}', '{"whole":+5}', '{"whole":NaN}', '{"whole":Infinity}', 'nul'],
  ...['{"name":"a\nb"}', '{"name":"\\x41"}', '{"name":"\\u12"}', '/**/{}', '{"whole":1.}', '{"whole":.5}'],
  ...['['.repeat(100_000), '{"a":'.repeat(100_000), `${'['.repeat(100_000)}1.5e3`],
].map((body) => ({ name: `malformed: ${body.slice(0, 30)} (${body.length})`, body, code: 'malformed_json' }));

const NOT_OBJECTS: readonly BodyCase[] = [
  ...['[]', '[{"name":"Bad"}]', 'null', 'true', '5', '"name"', '12345678901234567890'],
  ...[`${'['.repeat(100_000)}${']'.repeat(100_000)}`],
].map((body) => ({ name: `not an object: ${body.slice(0, 30)}`, body, code: 'body_not_object' }));

const nested = (depth: number): string => `{"name":"Bad","whole":${'['.repeat(depth)}1.5e3${']'.repeat(depth)}}`;

const BYTES: readonly BodyCase[] = [
  { name: 'invalid UTF-8', body: bytes('{"name":"', 0xc3, 0x28, '"}'), code: 'bad_request' },
  { name: 'an overlong slash', body: bytes('{"name":"', 0xc0, 0xaf, '"}'), code: 'bad_request' },
  { name: 'an encoded surrogate', body: bytes('{"name":"', 0xed, 0xa0, 0x80, '"}'), code: 'bad_request' },
  { name: 'UTF-16', body: Buffer.from('{"name":"Bad"}', 'utf16le'), code: 'malformed_json' },
  { name: 'a byte order mark', body: '\ufeff{"name":"Bad"}', code: 'malformed_json' },
  { name: 'a name twice', body: '{"name":"Bad","name":"Worse"}', code: 'bad_request' },
  { name: 'a name twice, once escaped', body: '{"name":"Bad","n\\u0061me":"Worse"}', code: 'bad_request' },
  { name: 'a value nested deep', body: nested(1000), code: 'validation_failed', details: { whole: 'invalid_value' } },
  { name: 'a value nested deeper', body: nested(50_000), code: 'malformed_json' },
  {
    name: 'a body over the limit',
    body: json({ name: 'x'.repeat(1_100_000) }),
    status: 413,
    code: 'payload_too_large',
  },
];

const TYPES: readonly BodyCase[] = [
  ...['text/plain', 'application/xml', 'application/jsonp', 'application/x-www-form-urlencoded', 'multipart/form-data'],
  ...['application/json; charset=latin1', 'application/json; charset=utf-16', ';', 'json', '*/*', '""', null],
].map((type) => ({
  name: `Content-Type: ${type}`,
  body: '{"name":"Bad"}',
  headers: { 'content-type': type },
  status: 415,
  code: 'unsupported_media_type',
}));

export const BODIES: readonly BodyCase[] = [
  ...[...WRONG_VALUES, ...WRONG_MEMBERS, ...MALFORMED, ...NOT_OBJECTS, ...BYTES, ...TYPES],
];
