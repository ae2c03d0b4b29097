// When something recurs: a part of RFC 5545's RRULE, by the clock of a time zone. Pure: it neither reads nor writes records.
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';

const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];
const DAYS = 'MO|TU|WE|TH|FR|SA|SU';
const MOST_INTERVAL = 400;
const MOST_COUNT = 1_000;
/** Periods (days, weeks, months or years) that are looked through for the next occurrence. */
const MOST_PERIODS = 4_000;

/** What recurs, from its first time on. */
export interface Recurrence {
  /** As `readRule` answers it. */
  readonly rule: string;
  /** The first time, ISO 8601 with an offset or `Z`. */
  readonly start: string;
  readonly timeZone: string;
}

interface Part {
  readonly test: (value: string) => boolean;
  /** What it has to be, for the message. */
  readonly is: string;
}

const whole = (value: string, least: number, most: number): boolean =>
  /^\d{1,4}$/.test(value) && Number(value) >= least && Number(value) <= most;
const listOfNumbers = (value: string, most: number, signed: boolean): boolean =>
  value.split(',').every((each) => whole(signed ? each.replace(/^[+-]/, '') : each, 1, most));
const listOfDays = new RegExp(`^([+-]?\\d{1,2})?(${DAYS})(,([+-]?\\d{1,2})?(${DAYS}))*$`);

const PARTS: Readonly<Record<string, Part>> = {
  FREQ: { test: (value) => FREQUENCIES.includes(value), is: FREQUENCIES.join(', ') },
  INTERVAL: { test: (value) => whole(value, 1, MOST_INTERVAL), is: `1 to ${MOST_INTERVAL}` },
  COUNT: { test: (value) => whole(value, 1, MOST_COUNT), is: `1 to ${MOST_COUNT}` },
  UNTIL: {
    test: (value) => untilOf(value, 'UTC') !== null,
    is: 'a date (20261231) or a time in UTC (20261231T220000Z)',
  },
  BYDAY: { test: (value) => listOfDays.test(value), is: 'days such as MO,FR or 1MO,-1FR' },
  BYMONTHDAY: { test: (value) => listOfNumbers(value, 31, true), is: '1 to 31 or -31 to -1, with commas' },
  BYMONTH: { test: (value) => listOfNumbers(value, 12, false), is: '1 to 12, with commas' },
  BYSETPOS: { test: (value) => listOfNumbers(value, 366, true), is: '1 to 366 or -366 to -1, with commas' },
  WKST: { test: (value) => new RegExp(`^(${DAYS})$`).test(value), is: DAYS.replaceAll('|', ', ') },
};

/** Reads a rule: in capitals, without `RRULE:`, an UNTIL that is a date as the end of that day; or everything that is wrong with it. */
export function readRule(text: string, timeZone: string): { readonly rule: string } | { readonly reason: string } {
  const parts = text
    .trim()
    .toUpperCase()
    .replace(/^RRULE:/, '')
    .split(';')
    .map((part) => {
      const [name = '', ...value] = part.trim().split('=');
      return { name, value: value.join('=') };
    });
  const given = new Map(parts.map(({ name, value }) => [name, value]));
  const reasons = [...parts.flatMap((part) => wrongPart(part)), ...wrongTogether(given)];
  if (given.size < parts.length) reasons.push('each part is given once');
  if (reasons.length > 0) return { reason: reasons.join('; ') };
  const until = given.get('UNTIL');
  if (until !== undefined) given.set('UNTIL', untilOf(until, timeZone) ?? until);
  return { rule: [...given].map((part) => part.join('=')).join(';') };
}

function wrongPart({ name, value }: { readonly name: string; readonly value: string }): readonly string[] {
  const part = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined;
  if (part === undefined) return [`${name || 'an empty part'} is none of ${Object.keys(PARTS).join(', ')}`];
  return part.test(value) ? [] : [`${name} is ${part.is}`];
}

function wrongTogether(given: ReadonlyMap<string, string>): readonly string[] {
  const freq = given.get('FREQ') ?? '';
  const days = given.get('BYDAY');
  const ordinals = (days?.match(/\d+/g) ?? []).map(Number);
  const most = { MONTHLY: 5, YEARLY: 53 }[freq] ?? 0;
  const hasBy = [...given.keys()].some((name) => name.startsWith('BY') && name !== 'BYSETPOS');
  const rules: readonly (readonly [boolean, string])[] = [
    [freq === '', 'FREQ is needed'],
    [given.has('COUNT') && given.has('UNTIL'), 'COUNT and UNTIL exclude each other'],
    [given.has('BYSETPOS') && !hasBy, 'BYSETPOS needs another BY part'],
    [freq === 'WEEKLY' && given.has('BYMONTHDAY'), 'BYMONTHDAY does not go with WEEKLY'],
    // The library takes the numbers of some for the whole list.
    [
      ordinals.length > 0 && ordinals.length < (days ?? '').split(',').length,
      'BYDAY has numbers at all days or at none',
    ],
    [ordinals.some((each) => each < 1 || each > most), 'numbers of days are 1 to 5 with MONTHLY, 1 to 53 with YEARLY'],
  ];
  return rules.flatMap(([isWrong, reason]) => (isWrong ? [reason] : []));
}

/** As UTC; null for what is no date or time. */
function untilOf(value: string, timeZone: string): string | null {
  const found = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})Z)?$/.exec(value);
  if (found === null) return null;
  const [year = 0, month = 0, day = 0, hour, minute, second] = found.slice(1).map(Number);
  try {
    const date = Temporal.PlainDate.from({ year, month, day }, { overflow: 'reject' });
    if (value.includes('T')) {
      Temporal.PlainTime.from({ hour, minute, second }, { overflow: 'reject' });
      return value;
    }
    const end = date.add({ days: 1 }).toZonedDateTime(timeZone).subtract({ seconds: 1 });
    return end.toInstant().toString().replaceAll(/[-:]/g, '');
  } catch {
    return null;
  }
}

/**
 * The first time after `after`, or null where there is none. The start counts as the first one, whether the rule has it or not; a time that
 * a clock skips is left out, of one that comes twice the first is meant (RFC 5545 3.3.10).
 */
export function nextOccurrence({ rule, start, timeZone }: Recurrence, after: Date): Date | null {
  const dtstart = Temporal.Instant.from(start).toZonedDateTimeISO(timeZone);
  const options = { strict: true, includeDtstart: true, maxIterations: MOST_PERIODS, temporal: Temporal };
  try {
    const found = new RRuleTemporal({ ...options, rruleString: `RRULE:${rule}`, dtstart }).next(after, false);
    return found === null ? null : new Date(found.epochMilliseconds);
  } catch (error) {
    // So says the library where no period that it looked through has one, as with 30 February.
    if (error instanceof Error && /^Maximum /.test(error.message)) return null;
    throw error;
  }
}

/** What is as far from `to` as `moment` is from `from`: days by the calendar of the time zone, hours by the clock of that day. */
export function movedAlong(moment: string, from: string, to: Date, timeZone: string): string {
  const zoned = (iso: string) => Temporal.Instant.from(iso).toZonedDateTimeISO(timeZone);
  const distance = zoned(from).until(zoned(moment), { largestUnit: 'days' });
  const target = Temporal.Instant.fromEpochMilliseconds(to.getTime()).toZonedDateTimeISO(timeZone).add(distance);
  return target.toInstant().toString();
}
