// A validated payload value -> the text that PostgreSQL casts to the property's column type without loss, in the one form
// its field type stores. No validation.
import { decimalText, parseDecimal } from './exact-decimal.ts';
import { exactJsonText } from './exact-number.ts';
import { canonicalDateTime } from './expression/literals.ts';
import type { EdmType, Property } from './model.ts';

const number = (value: unknown): string => {
  const parsed = parseDecimal(String(value));
  if (parsed === undefined) throw new TypeError('Not a number that the payload validator accepts');
  return decimalText(parsed);
};

/** An array literal; every member is quoted, so that none is read as NULL or as a delimiter. */
const arrayLiteral = (value: unknown): string =>
  `{${(value as readonly string[]).map((member) => `"${member.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;

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
  'Edm.Duration': String,
  'Edm.Untyped': exactJsonText,
  'Collection(Edm.String)': arrayLiteral,
};

/**
 * Text to bind for a value the payload validator accepted: as its field type normalizes it, numbers as plain digits,
 * timestamps in UTC with microseconds, UUIDs in lower case. Null for null. Throws TypeError for a number or timestamp that
 * was not validated.
 */
export function canonicalValue(property: Pick<Property, 'type' | 'normalize'>, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return CANONICAL[property.type](property.normalize === undefined ? value : property.normalize(value));
}
