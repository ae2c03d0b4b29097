// Orders as they were written, and what formulas and rollups over them must show: counted here in whole units of a hundred
// millionth, by other means than the product's.

export interface OrderRow {
  readonly id: string;
  readonly title: string;
  readonly account: number | null;
  readonly owner: string;
  readonly sharedWith: readonly string[];
  readonly deleted: boolean;
  readonly status: 'open' | 'won' | 'lost' | null;
  readonly amount: string | null;
  readonly currency: string;
  readonly probability: number | null;
  readonly quantity: number | null;
  readonly price: string | null;
  readonly due: string | null;
}

/** Units of the base currency per unit, as the shipped organization document says. */
const RATES: Readonly<Record<string, string>> = { USD: '1', EUR: '1.08', JPY: '0.0067' };
const DIGITS = 8;
const UNIT = 10n ** BigInt(DIGITS);

/** The number in hundred millionths. */
export function units(text: string | number): bigint {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(text)) ?? [];
  const digits = BigInt(whole + fraction.padEnd(DIGITS, '0').slice(0, DIGITS));
  return sign === '-' ? -digits : digits;
}

/** dividend / divisor to `scale` digits, halves away from zero, in hundred millionths. */
export function quotient(dividend: bigint, divisor: bigint, scale: number): bigint {
  const negative = dividend < 0n !== divisor < 0n;
  const [top, bottom] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor];
  const rounded = (2n * top * 10n ** BigInt(scale) + bottom) / (2n * bottom);
  return (negative ? -rounded : rounded) * 10n ** BigInt(DIGITS - scale);
}

const product = (one: bigint, other: bigint, scale: number): bigint => quotient(one * other, UNIT * UNIT, scale);

/** Amount in the base currency. */
export function baseOf(amount: string | null, currency: string): bigint | null {
  return amount === null ? null : product(units(amount), units(RATES[currency] ?? '0'), 4);
}

export function lineTotal({ quantity, price }: OrderRow): bigint | null {
  return quantity === null || price === null ? null : product(units(quantity), units(price), 2);
}

export function weighted({ amount, currency, probability }: OrderRow): { own: bigint | null; base: bigint | null } {
  const base = baseOf(amount, currency);
  if (amount === null || base === null || probability === null) return { own: null, base: null };
  const times = (value: bigint): bigint => quotient(value * BigInt(probability), 100n * UNIT, 2);
  return { own: times(units(amount)), base: times(base) };
}

export const isLarge = (row: OrderRow): boolean => (lineTotal(row) ?? 0n) > units(100);

const present = <T>(values: readonly (T | null)[]): T[] => values.flatMap((value) => (value === null ? [] : [value]));
const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
const mean = (values: readonly bigint[]): bigint | null =>
  values.length === 0 ? null : quotient(sum(values), BigInt(values.length) * UNIT, 4);
const least = (values: readonly bigint[]): bigint | null =>
  values.reduce<bigint | null>((min, value) => (min === null || value < min ? value : min), null);

/** What an account shows of these orders of its own: numbers in hundred millionths. */
export function rollupsOf(
  orders: readonly OrderRow[],
  account: { readonly budget: string | null; readonly currency: string },
  me: string,
  today: string,
): Readonly<Record<string, bigint | string | boolean | null>> {
  const amounts = present(orders.map(({ amount, currency }) => baseOf(amount, currency)));
  const won = orders.filter(({ status }) => status === 'won');
  const quantities = present(orders.map(({ quantity }) => quantity)).map(units);
  const open = orders.filter(({ status }) => status === 'open').length;
  const count = (matches: (row: OrderRow) => boolean): bigint => units(orders.filter(matches).length);
  const wonTotal = sum(present(won.map(({ amount, currency }) => baseOf(amount, currency))));
  const budget = baseOf(account.budget, account.currency);
  const days = present(orders.map(({ due }) => due)).sort();
  return {
    orders_count: units(orders.length),
    open_count: units(open),
    own_count: count(({ owner }) => owner === me),
    due_count: count((row) => row.due !== null && row.due <= today && !isLarge(row)),
    won_total: wonTotal,
    least: least(amounts),
    mean_amount: mean(amounts),
    units: sum(quantities),
    mean_units: mean(quantities),
    statuses: units(new Set(present(orders.map(({ status }) => status))).size),
    last_due: days.at(-1) ?? null,
    first_title: orders.map(({ title }) => title).sort()[0] ?? null,
    lines_total: sum(present(orders.map(lineTotal))),
    won_share: budget === null || budget === 0n ? null : quotient(wonTotal, budget, 2),
    remaining: budget === null ? null : budget - wonTotal,
    double_remaining: budget === null ? null : 2n * (budget - wonTotal),
    has_open: open > 0,
  };
}
