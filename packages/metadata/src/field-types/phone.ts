// Field type `phone`: a telephone number, stored in E.164 (`+12025550101`). What counts as a number is libphonenumber's to
// say; extensions are refused, because E.164 has no place for them and they would be lost.
import { type CountryCode, getCountries, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { FieldDocument } from '../documents.ts';
import type { FieldType, ValueKeyword } from '../field-type.ts';
import { OPERATORS } from '../operators.ts';

/** Longest text that is looked at: 15 digits with whatever people put between them. */
const MAX_INPUT_LENGTH = 60;
/** A plus sign and 15 digits. */
const MAX_LENGTH = 16;

interface PhoneRules {
  readonly default_region?: CountryCode;
}

function parsePhone(value: unknown, { default_region }: PhoneRules) {
  const options = default_region === undefined ? {} : { defaultCountry: default_region };
  return parsePhoneNumberFromString(String(value).trim(), { ...options, extract: false });
}

function phoneReason(value: unknown, rules: PhoneRules): string | undefined {
  if (String(value).length > MAX_INPUT_LENGTH) return `must have at most ${MAX_INPUT_LENGTH} characters`;
  const number = parsePhone(value, rules);
  if (number?.ext !== undefined) return 'must not have an extension';
  if (number?.isValid() === true) return undefined;
  const form = rules.default_region === undefined ? ', with + and the country code' : '';
  return `must be a telephone number such as +1 202 555 0101${form}`;
}

const phoneNumber: ValueKeyword = {
  type: ['string'],
  value: 'object',
  make: (rules: PhoneRules) => (value) => phoneReason(value, rules),
};

function rulesOf(field: FieldDocument): PhoneRules {
  return field.default_region === undefined ? {} : { default_region: field.default_region as CountryCode };
}

export const fieldType: FieldType = {
  name: 'phone',
  options: {
    default_region: {
      type: 'string',
      enum: getCountries(),
      description: 'Country (ISO 3166) of numbers that are written without a country code',
    },
  },
  properties: (field, context) => [
    {
      name: context.field,
      type: 'Edm.String',
      sqlType: 'text collate "und-x-icu"',
      maxLength: MAX_LENGTH,
      // A value that was not checked (a rule of the library changed since) stays as it is; the table refuses it.
      normalize: (value) => parsePhone(value, rulesOf(field))?.number ?? value,
      check: (column) => `${column} ~ '^[+][1-9][0-9]{1,14}$'`,
    },
  ],
  valueSchema: (field, context) => ({
    [context.field]: { type: 'string', wellFormed: true, phoneNumber: rulesOf(field) },
  }),
  keywords: { phoneNumber },
  operators: OPERATORS.text,
  display: (_field, context) => ({ [context.field]: (value) => parsePhone(value, {})?.formatInternational() }),
  control: (field) => ({ widget: 'phone', props: { defaultRegion: field.default_region ?? null } }),
  examples: [
    {
      field: { type: 'phone' },
      valid: [
        '+12025550101',
        '+1 (202) 555-0123',
        '+44 20 7946 0958',
        '+49-30-901820',
        ' +74951234567',
        '+7 916 123 45 67',
        '+80012345678',
        '+81 3-1234-5678',
      ],
      invalid: [
        ...['', ' ', '+', '12025550101', '(202) 555-0101', '0049 30 901820', '+1 202 555 010', '+1 202 555 01011'],
        ...['+1 555 555 5555', '+999 123456789', '+1 202 555 0101 ext. 5', '+1 202 555 0101 x5', '112', 'call me'],
        ...[
          'tel:+12025550101',
          '+1 202 555 0101, +1 202 555 0102',
          '+1 202 555 0101 (home)',
          `+1${' '.repeat(60)}2025550101`,
        ],
        ...['+1202555\u00000101', 12025550101, true, {}, []],
      ],
    },
    {
      field: { type: 'phone', default_region: 'RU' },
      valid: ['+1 202 555 0101', '8 (495) 123-45-67', '8 800 555 35 35', '916 123-45-67'],
      invalid: ['495', '8 (495) 123-45-6', '+1 555 555 5555'],
    },
  ],
};
