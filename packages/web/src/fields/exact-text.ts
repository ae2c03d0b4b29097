// Numbers as people write and read them in a language, and as the service has them: decimal text without a limit of digits.
// Nothing here becomes a JavaScript number, so that nothing is rounded.

const PLAIN = /^-?\d+(?:\.\d+)?$/;

interface Separators {
  readonly group: string;
  readonly decimal: string;
}

const known = new Map<string, Separators>();

/** What a language puts between groups of digits, and before the fraction. */
function separatorsOf(locale: string): Separators {
  let separators = known.get(locale);
  if (separators === undefined) {
    const parts = new Intl.NumberFormat(locale, { useGrouping: true }).formatToParts(1234567.8);
    const find = (type: string, otherwise: string): string =>
      parts.find((part) => part.type === type)?.value ?? otherwise;
    separators = { group: find('group', ','), decimal: find('decimal', '.') };
    known.set(locale, separators);
  }
  return separators;
}

/**
 * The exact number that a text says in a language, as the service takes it (`-1234.50`); undefined for what is none, or could be
 * two (`1,5` in English, where a comma stands before three digits). Spaces are groups in every language, a point before a
 * fraction is understood where it is not the sign of groups.
 */
export function parseDecimalText(text: string, locale: string): string | undefined {
  const { group, decimal } = separatorsOf(locale);
  let plain = text.replace(/[\s\u00a0\u202f']/g, '').replace(/^[−–]/, '-');
  if (group === ',' || group === '.') {
    const [whole = '', ...rest] = plain.split(decimal);
    if (rest.length > 1) return undefined;
    if (whole.includes(group)) {
      const groups = whole.replace(/^[-+]/, '').split(group);
      const isGrouped = /^\d{1,3}$/.test(groups[0] ?? '') && groups.slice(1).every((each) => /^\d{3}$/.test(each));
      if (!isGrouped) return undefined;
    }
    plain = [whole.replaceAll(group, ''), ...rest].join('.');
  } else plain = plain.replace(decimal, '.');
  plain = plain
    .replace(/^\+/, '')
    .replace(/^(-?)\./, '$10.')
    .replace(/\.$/, '');
  if (!PLAIN.test(plain)) return undefined;
  const trimmed = plain.replace(/^(-?)0+(?=\d)/, '$1');
  return /^-[0.]+$/.test(trimmed) ? trimmed.slice(1) : trimmed;
}

/** An exact number as people read it; a value that is none is shown as it is. */
export function formatDecimalText(value: unknown, locale: string): string {
  const text = String(value);
  if (!PLAIN.test(text)) return text;
  const fraction = (text.split('.')[1] ?? '').replace(/0+$/, '');
  const format = new Intl.NumberFormat(locale, {
    minimumFractionDigits: fraction.length,
    maximumFractionDigits: fraction.length,
  });
  return format.format(text as Intl.StringNumericLiteral);
}

/** An amount with its currency as people read it, exact; without a known currency the number alone. */
export function formatMoneyText(value: unknown, currency: string | undefined, locale: string): string {
  const text = String(value);
  if (currency === undefined || !/^[A-Z]{3}$/.test(currency) || !PLAIN.test(text))
    return formatDecimalText(text, locale);
  const fraction = (text.split('.')[1] ?? '').replace(/0+$/, '');
  const usual = new Intl.NumberFormat(locale, { style: 'currency', currency }).resolvedOptions();
  const digits = fraction.length === 0 ? 0 : Math.max(fraction.length, usual.minimumFractionDigits ?? 0);
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    currencyDisplay: 'code',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  const parts = format.formatToParts(text as Intl.StringNumericLiteral);
  const number = parts.filter(({ type }) => type !== 'currency' && type !== 'literal').map(({ value: part }) => part);
  return `${number.join('')}\u00a0${currency}`;
}
