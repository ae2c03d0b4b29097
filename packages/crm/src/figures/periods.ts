// Months, quarters and years in which dates lie: what $apply computes of a date for them, how they are written (`2026-07`, `2026-Q3`,
// `2026`), and the condition of the dates within one.

export const PERIODS = ['year', 'quarter', 'month'] as const;
export type Period = (typeof PERIODS)[number];

/** Numbers that tell a period: year, and which of its parts; null where there is no date. */
export type PeriodKeys = readonly [year: unknown, part: unknown];

/** Expressions of the numbers that tell in which period the date at `path` lies, the coarsest first. */
export function periodExpressions(period: Period, path: string): readonly string[] {
  const year = `year(${path})`;
  if (period === 'year') return [year];
  const month = `month(${path})`;
  return [year, period === 'month' ? month : `case(${month} le 3:1,${month} le 6:2,${month} le 9:3,true:4)`];
}

/** As 2026-07, 2026-Q3 or 2026; null: there is no date. */
export function periodText(period: Period, [year, part]: PeriodKeys): string | null {
  if (year === null || year === undefined) return null;
  const text = String(year).padStart(4, '0');
  if (period === 'year') return text;
  return period === 'month' ? `${text}-${String(part).padStart(2, '0')}` : `${text}-Q${String(part)}`;
}

/** Which dates lie in the period, for $filter. `isDay`: the property is a date; a moment lies in the organization's time zone. */
export function periodConditions(
  period: Period,
  path: string,
  [year, part]: PeriodKeys,
  isDay: boolean,
): readonly string[] {
  if (year === null || year === undefined) return [`${path} eq null`];
  const [months, first] = [MONTHS[period], (Number(part ?? 1) - 1) * MONTHS[period] + 1];
  if (isDay) return between(path, Number(year), first, months);
  const inYear = `year(${path}) eq ${Number(year)}`;
  if (period === 'year') return [inYear];
  return [inYear, `month(${path}) ge ${first}`, `month(${path}) lt ${first + months}`];
}

const MONTHS: Readonly<Record<Period, number>> = { year: 12, quarter: 3, month: 1 };

function between(path: string, year: number, first: number, months: number): readonly string[] {
  const begin = `${path} ge ${firstDay(year, first)}`;
  const next = first + months;
  // What follows the last month of the last year is no date: that period has no end then.
  if (year === 9999 && next > 12) return [begin];
  return [begin, `${path} lt ${next > 12 ? firstDay(year + 1, 1) : firstDay(year, next)}`];
}

const firstDay = (year: number, month: number): string =>
  `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-01`;
