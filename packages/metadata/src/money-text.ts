// Amounts as people read them, for fields whose properties are an amount, its currency and its value in the base currency.
import type { DisplayValue, FieldContext } from './field-type.ts';
import { baseAmountProperty, currencyProperty } from './names.ts';

/** Digits after the point that an amount can have. */
const MOST_DIGITS = 4;

const formats = new Map<string, Intl.NumberFormat>();

/** `€1,054.00`, with every digit of the amount; undefined when its currency is not shown. Languages and currencies are few. */
function moneyText(value: unknown, currency: unknown, language: string): string | undefined {
  if (typeof currency !== 'string') return undefined;
  const key = `${language} ${currency}`;
  let format = formats.get(key);
  if (format === undefined) {
    const options = { style: 'currency', currency, maximumFractionDigits: MOST_DIGITS } as const;
    format = new Intl.NumberFormat(language, options);
    formats.set(key, format);
  }
  return format.format(String(value) as `${number}`);
}

/** Formatted values of the amount and of its base amount. */
export function moneyDisplay({ field, organization }: FieldContext): Readonly<Record<string, DisplayValue>> {
  return {
    [field]: (value, language, record) => moneyText(value, record[currencyProperty(field)], language),
    [baseAmountProperty(field)]: (value, language) => moneyText(value, organization.baseCurrency, language),
  };
}
