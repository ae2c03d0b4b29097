// Numbers, dates and amounts as people of a language write them. Decimals are text and stay exact: Intl formats decimal text digit for digit.
import { useLocaleState } from 'ra-core';
import { useMemo } from 'react';

type Numeric = number | string | bigint;

/** Decimal text, a number or a bigint; what is no number comes back as it is. */
export function formatNumber(value: Numeric, locale: string, options: Intl.NumberFormatOptions = {}): string {
  if (Number.isNaN(Number(value))) return String(value);
  const format = new Intl.NumberFormat(locale, { maximumFractionDigits: 20, ...options });
  return format.format(value as number);
}

/** An amount with its currency's sign. `currency`: ISO 4217; without one, or with an unknown one, the number and what there is. */
export function formatMoney(value: Numeric, currency: string | undefined, locale: string): string {
  if (currency === undefined) return formatNumber(value, locale);
  if (!/^[A-Z]{3}$/.test(currency)) return `${formatNumber(value, locale)} ${currency}`;
  return formatNumber(value, locale, { style: 'currency', currency, maximumFractionDigits: 4 });
}

/** `value`: a day (`2026-11-22`), which is the same everywhere, or a moment. */
export function formatDate(value: string, locale: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value);
  return dateText(value, locale, { dateStyle: 'medium', ...(isDay ? { timeZone: 'UTC' } : {}) });
}

/** A moment in the time zone of who looks, unless another is named. */
export function formatDateTime(value: string, locale: string, timeZone?: string): string {
  return dateText(value, locale, { dateStyle: 'medium', timeStyle: 'short', timeZone });
}

function dateText(value: string, locale: string, options: Intl.DateTimeFormatOptions): string {
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? value : new Intl.DateTimeFormat(locale, options).format(date);
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `3 hours ago`; `now`: milliseconds. */
export function formatRelative(value: string, locale: string, now = Date.now()): string {
  const seconds = (Date.parse(value) - now) / 1000;
  if (Number.isNaN(seconds)) return value;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit);
  }
  return format.format(0, 'second');
}

/** `value`: bytes. */
export function formatBytes(value: number, locale: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  const at = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
  const options = {
    style: 'unit',
    unit: units[at],
    unitDisplay: 'short',
    maximumFractionDigits: at === 0 ? 0 : 1,
  } as const;
  return new Intl.NumberFormat(locale, options).format(value / 1000 ** at);
}

/** The same functions in the language of the page. */
export function useFormat() {
  const [locale] = useLocaleState();
  return useMemo(
    () => ({
      locale,
      number: (value: Numeric, options?: Intl.NumberFormatOptions) => formatNumber(value, locale, options),
      money: (value: Numeric, currency: string | undefined) => formatMoney(value, currency, locale),
      date: (value: string) => formatDate(value, locale),
      dateTime: (value: string, timeZone?: string) => formatDateTime(value, locale, timeZone),
      relative: (value: string) => formatRelative(value, locale),
      bytes: (value: number) => formatBytes(value, locale),
    }),
    [locale],
  );
}
