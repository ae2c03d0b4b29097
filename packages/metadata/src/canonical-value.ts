// A validated payload value -> the text that PostgreSQL casts to the property's column type without loss. No validation.
import { decimalText, parseDecimal } from './exact-decimal.ts';
import { canonicalDateTime } from './expression/literals.ts';
import type { EdmType, Property } from './model.ts';

const number = (value: unknown): string => {
  const parsed = parseDecimal(String(value));
  if (parsed === undefined) throw new TypeError('Not a number that the payload validator accepts');
  return decimalText(parsed);
};

const CANONICAL: Readonly<Record<EdmType, (value: unknown) => string>> = {
  'Edm.String': String,
  'Edm.Int64': number,
  'Edm.Decimal': number,
  'Edm.Boolean': (value) => (value === true ? 'true' : 'false'),
  'Edm.Date': String,
  'Edm.DateTimeOffset': (value) => {
    const moment = canonicalDateTime(String(value));
    if (moment === undefined) throw new TypeError('Not a timestamp that the payload validator accepts');
    return moment;
  },
  'Edm.Guid': (value) => String(value).toLowerCase(),
};

/**
 * Text to bind for a value the payload validator accepted: numbers as plain digits, timestamps in UTC with microseconds,
 * UUIDs in lower case. Null for null. Throws TypeError for a number or timestamp that was not validated.
 */
export function canonicalValue(property: Pick<Property, 'type'>, value: unknown): string | null {
  return value === null || value === undefined ? null : CANONICAL[property.type](value);
}
