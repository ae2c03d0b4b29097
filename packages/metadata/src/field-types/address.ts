// Field type `address`: a postal address as one property per part. Parts are text that is stored as sent, but for the
// country, which is a code. It must not know how addresses are written in any country: that is for whoever shows them.
import { COUNTRY_CODES } from '../country-codes.ts';
import type { FieldDocument } from '../documents.ts';
import type { FieldType, JsonSchema, PropertySpec } from '../field-type.ts';
import { addressProperty } from '../names.ts';
import { OPERATORS } from '../operators.ts';

/** Text parts with their longest value, in the order of the properties; the country comes last. */
const TEXT_PARTS: Readonly<Record<string, number>> = { street: 300, city: 100, region: 100, postal_code: 20 };
const COUNTRY = 'country';
const PARTS = [...Object.keys(TEXT_PARTS), COUNTRY];

function partsOf(field: FieldDocument): readonly string[] {
  const chosen = field.parts as readonly string[] | undefined;
  return chosen === undefined ? PARTS : PARTS.filter((part) => chosen.includes(part));
}

function partProperty(name: string, part: string): PropertySpec {
  const maxLength = TEXT_PARTS[part];
  if (maxLength !== undefined) {
    const check = (column: string): string => `char_length(${column}) <= ${maxLength}`;
    return { name, type: 'Edm.String', sqlType: 'text collate "und-x-icu"', maxLength, check };
  }
  return {
    name,
    type: 'Edm.String',
    sqlType: 'text collate "C"',
    maxLength: 2,
    values: COUNTRY_CODES,
    operators: OPERATORS.code,
    check: (column) => `${column} ~ '^[A-Z]{2}$'`,
  };
}

function partSchema(part: string): JsonSchema {
  const maxLength = TEXT_PARTS[part];
  return maxLength === undefined
    ? { type: 'string', countryCode: true }
    : { type: 'string', wellFormed: true, maxLength };
}

const codes: ReadonlySet<unknown> = new Set(COUNTRY_CODES);
const countryReason = (value: unknown): string | undefined =>
  codes.has(value) ? undefined : 'must be a country code of ISO 3166 in capital letters such as DE';

const countryNames = new Map<string, Intl.DisplayNames>();

function countryName(value: unknown, language: string): string | undefined {
  const names = countryNames.get(language) ?? new Intl.DisplayNames([language], { type: 'region' });
  countryNames.set(language, names);
  return names.of(String(value));
}

export const fieldType: FieldType = {
  name: 'address',
  options: {
    parts: {
      type: 'array',
      items: { type: 'string', enum: PARTS },
      minItems: 1,
      uniqueItems: true,
      description: 'The parts it has; all when left out. A required address has at least the first of them',
    },
  },
  properties: (field, context) =>
    partsOf(field).map((part) => partProperty(addressProperty(context.field, part), part)),
  valueSchema: (field, context) =>
    Object.fromEntries(partsOf(field).map((part) => [addressProperty(context.field, part), partSchema(part)])),
  keywords: { countryCode: { type: ['string'], value: 'boolean', make: () => countryReason } },
  operators: OPERATORS.text,
  display: (field, context) =>
    partsOf(field).includes(COUNTRY) ? { [addressProperty(context.field, COUNTRY)]: countryName } : {},
  control: (field) => ({ widget: 'address', props: { parts: partsOf(field) } }),
  examples: [
    {
      field: { type: 'address' },
      valid: ['', '10 Downing Street', '221B Baker Street\nFlat 2', 'ул. Тверская, д. 1'],
      invalid: ['x'.repeat(301), 'a\u0000b', 1, true, {}, []],
    },
    {
      field: { type: 'address', parts: ['postal_code'] },
      valid: ['00-950', '101000', 'SW1A 1AA'],
      invalid: ['1'.repeat(21)],
    },
    {
      field: { type: 'address', parts: ['country'] },
      valid: ['AQ', 'DE', 'RU', 'US', 'ZW'],
      invalid: ['', 'de', 'XX', 'DEU', 'Germany', ' DE', 'EU', 'UK', 1, true, {}, []],
    },
  ],
};
