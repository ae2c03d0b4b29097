// Rules of recurrence: what is read and refused, the edges of calendars and clocks, and a comparison with a reference that tries every day.
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it, test } from 'vitest';
import { movedAlong, nextOccurrence, readRule } from './recurrence.ts';

const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 150);
const BERLIN = 'Europe/Berlin';
const local = (time: string, zone = BERLIN): string =>
  Temporal.PlainDateTime.from(time).toZonedDateTime(zone).toInstant().toString();

/** The first times of a rule, as the clock of the zone shows them; the start is one of them. */
function times(rule: string, from: string, most: number, timeZone = BERLIN): string[] {
  const start = local(from, timeZone);
  const found: string[] = [];
  for (let at: Date | null = new Date(start); at !== null && found.length < most; ) {
    found.push(
      Temporal.Instant.fromEpochMilliseconds(at.getTime())
        .toZonedDateTimeISO(timeZone)
        .toPlainDateTime()
        .toString({ smallestUnit: 'minute' }),
    );
    at = nextOccurrence({ rule, start, timeZone }, at);
  }
  return found;
}

describe('a rule', () => {
  it.each([
    ['rrule:freq=weekly;byday=mo,we', 'FREQ=WEEKLY;BYDAY=MO,WE'],
    [' FREQ=DAILY ; COUNT=3 ', 'FREQ=DAILY;COUNT=3'],
    ['FREQ=DAILY;UNTIL=20260329', 'FREQ=DAILY;UNTIL=20260329T215959Z'],
    ['FREQ=DAILY;UNTIL=20260328', 'FREQ=DAILY;UNTIL=20260328T225959Z'],
    ['FREQ=DAILY;UNTIL=20261231T120000Z', 'FREQ=DAILY;UNTIL=20261231T120000Z'],
    ['FREQ=DAILY;INTERVAL=400;COUNT=1000', 'FREQ=DAILY;INTERVAL=400;COUNT=1000'],
    ['FREQ=MONTHLY;BYDAY=-5FR,5MO;BYSETPOS=-366', 'FREQ=MONTHLY;BYDAY=-5FR,5MO;BYSETPOS=-366'],
    [
      'FREQ=YEARLY;BYDAY=53MO;BYMONTH=1,12;BYMONTHDAY=-31,31;WKST=SU',
      'FREQ=YEARLY;BYDAY=53MO;BYMONTH=1,12;BYMONTHDAY=-31,31;WKST=SU',
    ],
  ])('%s is read', (text, rule) => {
    expect(readRule(text, BERLIN)).toEqual({ rule });
  });

  it.each([
    ['', 'an empty part', 'FREQ is needed'],
    ['daily', 'DAILY is none of FREQ'],
    ['FREQ=SECONDLY', 'FREQ is DAILY, WEEKLY, MONTHLY, YEARLY'],
    ['FREQ=HOURLY;BYHOUR=9', 'FREQ is DAILY', 'BYHOUR is none of'],
    ['FREQ=DAILY;INTERVAL=0;COUNT=0', 'INTERVAL is 1 to 400', 'COUNT is 1 to 1000'],
    ['FREQ=DAILY;INTERVAL=401', 'INTERVAL is 1 to 400'],
    ['FREQ=DAILY;COUNT=1001', 'COUNT is 1 to 1000'],
    ['FREQ=DAILY;INTERVAL=1e2', 'INTERVAL is 1 to 400'],
    ['FREQ=DAILY;COUNT=2;UNTIL=20261231', 'COUNT and UNTIL exclude each other'],
    ['FREQ=DAILY;UNTIL=20260230', 'UNTIL is a date'],
    ['FREQ=DAILY;UNTIL=20261231T250000Z', 'UNTIL is a date'],
    ['FREQ=DAILY;UNTIL=20261231T120000', 'UNTIL is a date'],
    ['FREQ=DAILY;FREQ=WEEKLY', 'each part is given once'],
    ['FREQ=WEEKLY;BYDAY=1MO', 'numbers of days are'],
    ['FREQ=MONTHLY;BYDAY=1MO,TU', 'BYDAY has numbers at all days or at none'],
    ['FREQ=MONTHLY;BYDAY=6MO', 'numbers of days are'],
    ['FREQ=MONTHLY;BYDAY=0MO', 'numbers of days are'],
    ['FREQ=YEARLY;BYDAY=54MO', 'numbers of days are'],
    ['FREQ=WEEKLY;BYMONTHDAY=13', 'BYMONTHDAY does not go with WEEKLY'],
    ['FREQ=MONTHLY;BYMONTHDAY=32', 'BYMONTHDAY is'],
    ['FREQ=YEARLY;BYMONTH=13', 'BYMONTH is'],
    ['FREQ=MONTHLY;BYSETPOS=1', 'BYSETPOS needs another BY part'],
    ['FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0', 'BYSETPOS is'],
    ['FREQ=WEEKLY;BYDAY=XX;WKST=1', 'BYDAY is days', 'WKST is MO'],
    ['FREQ=DAILY;constructor=1', 'CONSTRUCTOR is none of'],
  ])('%s is refused with every reason', (text, ...reasons) => {
    const read = readRule(text, BERLIN);
    for (const reason of reasons) expect('reason' in read && read.reason).toContain(reason);
  });
});

describe('the next time', () => {
  it('keeps the hour where clocks change, leaves out an hour that is skipped, and takes the first of one that comes twice', () => {
    expect(times('FREQ=DAILY', '2026-03-28T09:00', 3)).toEqual([
      '2026-03-28T09:00',
      '2026-03-29T09:00',
      '2026-03-30T09:00',
    ]);
    expect(times('FREQ=DAILY', '2026-03-28T02:30', 3)).toEqual([
      '2026-03-28T02:30',
      '2026-03-30T02:30',
      '2026-03-31T02:30',
    ]);
    const start = local('2026-10-24T02:30');
    const first = nextOccurrence({ rule: 'FREQ=DAILY', start, timeZone: BERLIN }, new Date(start));
    expect(first?.toISOString()).toBe('2026-10-25T00:30:00.000Z');
    const second = nextOccurrence({ rule: 'FREQ=DAILY', start, timeZone: BERLIN }, first ?? new Date());
    expect(second?.toISOString()).toBe('2026-10-26T01:30:00.000Z');
  });

  it('leaves out days that a month or year does not have', () => {
    expect(times('FREQ=MONTHLY', '2026-01-31T10:00', 3)).toEqual([
      '2026-01-31T10:00',
      '2026-03-31T10:00',
      '2026-05-31T10:00',
    ]);
    expect(times('FREQ=MONTHLY;BYMONTHDAY=-1', '2026-01-31T10:00', 3)).toEqual([
      '2026-01-31T10:00',
      '2026-02-28T10:00',
      '2026-03-31T10:00',
    ]);
    expect(times('FREQ=YEARLY', '2096-02-29T10:00', 2)).toEqual(['2096-02-29T10:00', '2104-02-29T10:00']);
  });

  it('ends with COUNT, of which the start is one, and with UNTIL, which is included', () => {
    expect(times('FREQ=DAILY;COUNT=3', '2026-01-01T10:00', 9)).toHaveLength(3);
    expect(times('FREQ=DAILY;COUNT=1', '2026-01-01T10:00', 9)).toHaveLength(1);
    expect(times('FREQ=WEEKLY;BYDAY=MO;COUNT=2', '2026-01-01T10:00', 9)).toEqual([
      '2026-01-01T10:00',
      '2026-01-05T10:00',
    ]);
    expect(times('FREQ=DAILY;UNTIL=20260103T090000Z', '2026-01-01T10:00', 9)).toHaveLength(3);
    expect(times('FREQ=DAILY;UNTIL=20260103T085959Z', '2026-01-01T10:00', 9)).toHaveLength(2);
  });

  it('is none, after a bounded search, where the rule has none', () => {
    for (const rule of [
      'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
      'FREQ=DAILY;INTERVAL=7;BYDAY=MO',
      'FREQ=DAILY;BYDAY=MO;BYSETPOS=2',
    ])
      expect(times(rule, '2026-01-01T02:30', 9)).toHaveLength(1);
    expect(times('FREQ=YEARLY;INTERVAL=400', '2026-01-01T02:30', 2)).toEqual(['2026-01-01T02:30', '2426-01-01T02:30']);
  });

  it('is found from any time on, however long ago the rule began', () => {
    const daily = { rule: 'FREQ=DAILY', start: local('1970-01-01T02:30'), timeZone: BERLIN };
    expect(nextOccurrence(daily, new Date('2126-07-01T12:00:00Z'))?.toISOString()).toBe('2126-07-02T00:30:00.000Z');
    const counted = { ...daily, rule: 'FREQ=DAILY;COUNT=1000', start: local('2024-01-01T10:00') };
    expect(nextOccurrence(counted, new Date(local('2026-09-25T10:00')))?.toISOString()).toBe(
      '2026-09-26T08:00:00.000Z',
    );
    expect(nextOccurrence(counted, new Date(local('2026-09-26T10:00')))).toBeNull();
  });
});

test('what is moved along keeps its days by the calendar and its hours by the clock', () => {
  const to = new Date(local('2026-03-30T10:00'));
  expect(movedAlong(local('2026-03-27T09:00'), local('2026-03-28T10:00'), to, BERLIN)).toBe(local('2026-03-29T09:00'));
  expect(movedAlong(local('2026-03-28T11:30'), local('2026-03-28T10:00'), to, BERLIN)).toBe(local('2026-03-30T11:30'));
  expect(movedAlong(local('2026-03-28T10:00'), local('2026-03-28T10:00'), to, BERLIN)).toBe(local('2026-03-30T10:00'));
});

const NAMES = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
interface Rule {
  readonly freq: 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY';
  readonly interval: number;
  readonly days: readonly { readonly ordinal: number; readonly day: number }[];
  readonly monthDays: readonly number[];
  readonly months: readonly number[];
  readonly position: number;
  readonly count: number;
}

const textOf = ({ freq, interval, days, monthDays, months, position, count }: Rule): string =>
  [
    `FREQ=${freq};INTERVAL=${interval}`,
    ...(days.length === 0
      ? []
      : [`BYDAY=${days.map(({ ordinal, day }) => `${ordinal || ''}${NAMES[day - 1]}`).join(',')}`]),
    ...(monthDays.length === 0 ? [] : [`BYMONTHDAY=${monthDays.join(',')}`]),
    ...(months.length === 0 ? [] : [`BYMONTH=${months.join(',')}`]),
    ...(position === 0 ? [] : [`BYSETPOS=${position}`]),
    ...(count === 0 ? [] : [`COUNT=${count}`]),
  ].join(';');

/** The number of a period since the start's, as INTERVAL counts them. */
function periodOf(freq: Rule['freq'], start: Temporal.PlainDate, day: Temporal.PlainDate): number {
  if (freq === 'DAILY') return start.until(day, { largestUnit: 'days' }).days;
  const monday = (date: Temporal.PlainDate) => date.subtract({ days: date.dayOfWeek - 1 });
  if (freq === 'WEEKLY') return monday(start).until(monday(day), { largestUnit: 'days' }).days / 7;
  const years = day.year - start.year;
  return freq === 'YEARLY' ? years : years * 12 + day.month - start.month;
}

/** Whether the BY parts hold for a day, what they leave open being that of the start. */
function holds({ freq, days, monthDays, months }: Rule, start: Temporal.PlainDate, day: Temporal.PlainDate): boolean {
  const nothing = days.length === 0 && monthDays.length === 0;
  if (months.length > 0 && !months.includes(day.month)) return false;
  if (freq === 'YEARLY' && nothing && months.length === 0 && day.month !== start.month) return false;
  if (freq === 'WEEKLY' && nothing && day.dayOfWeek !== start.dayOfWeek) return false;
  if ((freq === 'MONTHLY' || freq === 'YEARLY') && nothing && day.day !== start.day) return false;
  if (monthDays.length > 0 && !monthDays.some((each) => each === day.day || each === day.day - day.daysInMonth - 1))
    return false;
  const inYear = freq === 'YEARLY' && months.length === 0;
  const [at, length] = inYear ? [day.dayOfYear, day.daysInYear] : [day.day, day.daysInMonth];
  const [fromStart, fromEnd] = [Math.ceil(at / 7), -Math.ceil((length - at + 1) / 7)];
  return (
    days.length === 0 ||
    days.some(({ ordinal, day: name }) => name === day.dayOfWeek && [0, fromStart, fromEnd].includes(ordinal))
  );
}

/** Tries every day for some years. */
function reference(rule: Rule, from: string, timeZone: string, most: number): string[] {
  const first = Temporal.PlainDateTime.from(from);
  const start = first.toPlainDate();
  const periods = new Map<number, string[]>();
  // A period that has begun before the start counts as a whole for its positions.
  const begin = start.with({ month: rule.freq === 'YEARLY' ? 1 : start.month, day: 1 }).subtract({ days: 7 });
  for (let n = 0; n < 366 * 6; n += 1) {
    const day = begin.add({ days: n });
    const period = periodOf(rule.freq, start, day);
    if (period < 0 || period % rule.interval !== 0 || !holds(rule, start, day)) continue;
    const wanted = day.toPlainDateTime(first.toPlainTime());
    const isThere = wanted.toZonedDateTime(timeZone).toPlainDateTime().equals(wanted);
    if (isThere) periods.set(period, [...(periods.get(period) ?? []), wanted.toString({ smallestUnit: 'minute' })]);
  }
  const chosen = [...periods.values()].flatMap((each) =>
    rule.position === 0 ? each : each.slice(rule.position < 0 ? rule.position : rule.position - 1).slice(0, 1),
  );
  const later = chosen.filter((time) => time > from);
  return [from, ...later].slice(0, Math.min(most, rule.count || most));
}

const rules: fc.Arbitrary<Rule> = fc
  .record({
    freq: fc.constantFrom('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'),
    interval: fc.integer({ min: 1, max: 4 }),
    days: fc.uniqueArray(fc.record({ ordinal: fc.constantFrom(0, 1, 2, -1, 5), day: fc.integer({ min: 1, max: 7 }) }), {
      maxLength: 3,
      selector: ({ ordinal, day }) => `${ordinal} ${day}`,
    }),
    monthDays: fc.uniqueArray(fc.constantFrom(1, 13, 29, 30, 31, -1, -2), { maxLength: 2 }),
    months: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }),
    position: fc.constantFrom(0, 0, 0, 1, -1),
    count: fc.constantFrom(0, 0, 1, 4),
  })
  .map((rule) => {
    const isLong = rule.freq === 'MONTHLY' || rule.freq === 'YEARLY';
    const monthDays = rule.freq === 'WEEKLY' ? [] : rule.monthDays;
    // Numbers of days count in the month or year; beside days of the month they would say little.
    const hasNumbers = isLong && monthDays.length === 0 && rule.days.every(({ ordinal }) => ordinal !== 0);
    const days = rule.days.map((each) => (hasNumbers ? each : { ...each, ordinal: 0 }));
    const unique = [...new Map(days.map((each) => [`${each.ordinal} ${each.day}`, each])).values()];
    const hasBy = unique.length + monthDays.length + rule.months.length > 0;
    return { ...rule, days: unique, monthDays, position: hasBy ? rule.position : 0 };
  });

test('every rule has the times that a search through all days finds', () => {
  const starts = fc.constantFrom(
    '2026-01-31T02:30',
    '2026-03-01T09:00',
    '2024-02-29T23:59',
    '2026-10-20T00:30',
    '2026-12-28T12:00',
  );
  const zones = fc.constantFrom(BERLIN, 'UTC', 'America/Sao_Paulo', 'Australia/Lord_Howe');
  fc.assert(
    fc.property(rules, starts, zones, (rule, start, zone) => {
      const text = textOf(rule);
      expect(readRule(text, zone)).toEqual({ rule: text });
      const expected = reference(rule, start, zone, 8);
      expect(times(text, start, expected.length, zone)).toEqual(expected);
    }),
    { numRuns: RUNS },
  );
});
