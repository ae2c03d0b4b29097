// Days, moments and time zones as numbers, proleptic Gregorian, years 0001 to 9999: what PostgreSQL computes, without a
// JavaScript Date's milliseconds.

export const SECONDS_PER_DAY = 86_400n;
const MICROSECONDS_PER_SECOND = 1_000_000n;
const MICROSECONDS_PER_DAY = SECONDS_PER_DAY * MICROSECONDS_PER_SECOND;

/** Days since 1970-01-01 of a date `YYYY-MM-DD`. */
export function dayOfDate(date: string): number {
  const at = new Date(0);
  at.setUTCFullYear(Number(date.slice(0, 4)), Number(date.slice(5, 7)) - 1, Number(date.slice(8, 10)));
  return Math.round(at.getTime() / 86_400_000);
}

const [FIRST_DAY, LAST_DAY] = [dayOfDate('0001-01-01'), dayOfDate('9999-12-31')] as const;

/** `YYYY-MM-DD` of a number of days since 1970-01-01; undefined outside the years 0001 to 9999. */
export function dateOfDay(day: bigint): string | undefined {
  if (day < BigInt(FIRST_DAY) || day > BigInt(LAST_DAY)) return undefined;
  return new Date(Number(day) * 86_400_000).toISOString().slice(0, 10);
}

/** Microseconds since 1970-01-01T00:00:00Z of a canonical timestamp. */
export function microsecondsOfDateTime(text: string): bigint {
  const [hours, minutes, seconds] = [text.slice(11, 13), text.slice(14, 16), text.slice(17, 19)].map(BigInt);
  const clock = ((hours ?? 0n) * 60n + (minutes ?? 0n)) * 60n + (seconds ?? 0n);
  return BigInt(dayOfDate(text)) * MICROSECONDS_PER_DAY + clock * MICROSECONDS_PER_SECOND + BigInt(text.slice(20, 26));
}

/** The canonical timestamp; undefined outside the years 0001 to 9999. */
export function dateTimeOfMicroseconds(total: bigint): string | undefined {
  const within = ((total % MICROSECONDS_PER_DAY) + MICROSECONDS_PER_DAY) % MICROSECONDS_PER_DAY;
  const date = dateOfDay((total - within) / MICROSECONDS_PER_DAY);
  if (date === undefined) return undefined;
  const seconds = within / MICROSECONDS_PER_SECOND;
  const time = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((part) => String(part).padStart(2, '0'));
  return `${date}T${time.join(':')}.${String(within % MICROSECONDS_PER_SECOND).padStart(6, '0')}Z`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    const two = '2-digit';
    const parts = { year: 'numeric', month: two, day: two, hour: two, minute: two, second: two } as const;
    format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', era: 'short', ...parts });
    formats.set(timeZone, format);
  }
  return format;
}

/** Seconds that a time zone is ahead of UTC at a moment (microseconds since 1970). */
export function offsetSeconds(timeZone: string, at: bigint): bigint {
  const within = ((at % MICROSECONDS_PER_SECOND) + MICROSECONDS_PER_SECOND) % MICROSECONDS_PER_SECOND;
  const milliseconds = Number((at - within) / 1000n);
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(milliseconds)
      .map(({ type, value }) => [type, value]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => Number(parts.get(name));
  const year = parts.get('era') === 'BC' ? 1 - part('year') : part('year');
  const local = new Date(0);
  local.setUTCFullYear(year, part('month') - 1, part('day'));
  local.setUTCHours(part('hour'), part('minute'), part('second'));
  return BigInt((local.getTime() - milliseconds) / 1000);
}

/**
 * What clock and calendar of a time zone show at a moment, as a canonical timestamp of that zone; undefined outside the years
 * 0001 to 9999.
 */
export function localDateTime(timeZone: string, dateTime: string): string | undefined {
  const at = microsecondsOfDateTime(dateTime);
  return dateTimeOfMicroseconds(at + offsetSeconds(timeZone, at) * MICROSECONDS_PER_SECOND);
}
