// Field type `money`: an amount, its currency, and the amount in the organization's base currency. The base amount is the
// engine's: computed at the rate of the organization settings when amount or currency is written, never by a client.

import type { FieldDocument } from '../documents.ts';
import { compareDecimals, decimalFits, parseDecimal } from '../exact-decimal.ts';
import type { FieldContext, FieldType, JsonSchema } from '../field-type.ts';
import type { DerivedProperty, OrganizationSettings } from '../model.ts';
import { moneyDisplay } from '../money-text.ts';
import { baseAmountProperty, currencyProperty } from '../names.ts';
import { OPERATORS } from '../operators.ts';

const PRECISION = 19;
const SCALE = 4;
/** 15 digits of an amount by 12 of a rate, so that no accepted amount overflows. */
const BASE_PRECISION = 31;

const LIMIT: JsonSchema = { type: ['number', 'string'], exactDecimal: { precision: PRECISION, scale: SCALE } };

const scaleOf = (field: FieldDocument): number => (field.scale as number | undefined) ?? SCALE;

/** Currencies the field accepts, the base currency first. */
function currenciesOf(field: FieldDocument, organization: OrganizationSettings): readonly string[] {
  const listed = (field.currencies as readonly string[] | undefined) ?? [...organization.rates.keys()];
  const base = organization.baseCurrency;
  return listed.includes(base) ? [base, ...listed.filter((code) => code !== base)] : listed;
}

const defaultCurrency = (field: FieldDocument, organization: OrganizationSettings): string =>
  currenciesOf(field, organization)[0] ?? organization.baseCurrency;

/** amount * rate, rounded to 4 digits; a row without currency (older than the field) counts as the default currency. */
function baseAmount(field: FieldDocument, context: FieldContext): DerivedProperty {
  const currency = currencyProperty(context.field);
  const fallback = defaultCurrency(field, context.organization);
  const cases = [...context.organization.rates].map(([code, rate]) => `when '${code}' then ${rate}::numeric`).join(' ');
  return {
    from: [context.field, currency],
    sql: (column) =>
      `round(${column(context.field)} * case coalesce(${column(currency)}, '${fallback}') ${cases} end, ${SCALE})`,
  };
}

function verifyMoney(
  field: FieldDocument,
  context: FieldContext,
): { pointer: string; reason: string; hint?: string }[] {
  const findings: { pointer: string; reason: string; hint?: string }[] = [];
  const [min, max] = [parseDecimal(String(field.min)), parseDecimal(String(field.max))];
  if (min && max && compareDecimals(min, max) > 0)
    findings.push({ pointer: '/min', reason: 'min is greater than max' });
  for (const [name, limit] of [
    ['min', min],
    ['max', max],
  ] as const) {
    if (limit && !decimalFits(limit, PRECISION, scaleOf(field))) {
      findings.push({ pointer: `/${name}`, reason: `${name} has more than ${scaleOf(field)} decimal places` });
    }
  }
  for (const [index, code] of ((field.currencies as readonly string[] | undefined) ?? []).entries()) {
    if (context.organization.rates.has(code)) continue;
    const hint = 'Add the rate to the organization settings, or take the currency out';
    findings.push({ pointer: `/currencies/${index}`, reason: `There is no rate for ${code}`, hint });
  }
  return findings;
}

function amountSchema(field: FieldDocument): JsonSchema {
  return {
    type: ['number', 'string'],
    exactDecimal: {
      precision: PRECISION - SCALE + scaleOf(field),
      scale: scaleOf(field),
      ...(field.min === undefined ? {} : { minimum: String(field.min) }),
      ...(field.max === undefined ? {} : { maximum: String(field.max) }),
    },
  };
}

export const fieldType: FieldType = {
  name: 'money',
  options: {
    currencies: {
      type: 'array',
      items: { type: 'string', pattern: '^[A-Z]{3}$' },
      minItems: 1,
      uniqueItems: true,
      description: 'ISO 4217 codes; all that have a rate when left out',
    },
    scale: { type: 'integer', minimum: 0, maximum: SCALE, default: SCALE },
    min: LIMIT,
    max: LIMIT,
  },
  verify: verifyMoney,
  properties: (field, context) => [
    {
      name: context.field,
      type: 'Edm.Decimal',
      sqlType: `numeric(${PRECISION},${SCALE})`,
      precision: PRECISION,
      scale: scaleOf(field),
      money: { currency: currencyProperty(context.field), base: baseAmountProperty(context.field) },
    },
    {
      name: currencyProperty(context.field),
      type: 'Edm.String',
      sqlType: 'text collate "C"',
      maxLength: 3,
      values: currenciesOf(field, context.organization),
      nullable: false,
      default: defaultCurrency(field, context.organization),
      operators: OPERATORS.identifier,
      check: (column) => `${column} ~ '^[A-Z]{3}$'`,
    },
    {
      name: baseAmountProperty(context.field),
      type: 'Edm.Decimal',
      sqlType: `numeric(${BASE_PRECISION},${SCALE})`,
      precision: BASE_PRECISION,
      scale: SCALE,
      readOnly: true,
      derived: baseAmount(field, context),
      money: { currency: null, base: baseAmountProperty(context.field) },
    },
  ],
  valueSchema: (field, context) => ({
    [context.field]: amountSchema(field),
    [currencyProperty(context.field)]: { type: 'string', enum: currenciesOf(field, context.organization) },
  }),
  operators: OPERATORS.number,
  display: (_field, context) => moneyDisplay(context),
  control: (field, context) => ({
    widget: 'money',
    props: { scale: scaleOf(field), currencies: currenciesOf(field, context.organization) },
  }),
  examples: [
    {
      field: { type: 'money' },
      valid: [
        '-999999999999999.9999',
        '-0.0001',
        0,
        '0.0001',
        19.99,
        1054,
        '123456789012345.6789',
        '999999999999999.9999',
      ],
      invalid: ['1000000000000000', '0.00001', 'USD 5', '$5', '1,000', '', true, [], {}],
    },
    { field: { type: 'money', scale: 2, min: 0 }, valid: [0, 0.01, '19.9', 20], invalid: [-0.01, '0.001', 19.999] },
  ],
};
