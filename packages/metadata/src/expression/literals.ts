// Literal values of expressions: what is a valid number, date, timestamp or GUID, and its one canonical text.
// It knows nothing of tokens or types of properties, and never goes through a JavaScript number or Date.

/** Most digits a number may have, written out without exponent. */
export const MAX_NUMBER_DIGITS = 100;

export interface NumberLiteral {
  readonly type: 'integer' | 'decimal';
  /** Sign, digits without leading zeros; a decimal that fits int64 always has a point, so that it reads back as a decimal. */
  readonly value: string;
}

/**
 * Canonical text of a number written as `[-]digits[.digits][e[sign]digits]`; whole numbers outside int64 are decimals.
 * Returns undefined when it has more than MAX_NUMBER_DIGITS digits once written out.
 */
export function canonicalNumber(text: string): NumberLiteral | undefined {
  const negative = text.startsWith('-');
  const unsigned = negative ? text.slice(1) : text;
  const exponentAt = unsigned.search(/e/i);
  const mantissa = exponentAt < 0 ? unsigned : unsigned.slice(0, exponentAt);
  const point = mantissa.indexOf('.');
  let whole = point < 0 ? mantissa : mantissa.slice(0, point);
  let fraction = point < 0 ? '' : mantissa.slice(point + 1);
  if (whole.length + fraction.length > MAX_NUMBER_DIGITS) return undefined;
  if (exponentAt >= 0) {
    const exponent = Number(unsigned.slice(exponentAt + 1));
    if (Math.abs(exponent) > MAX_NUMBER_DIGITS) return undefined;
    [whole, fraction] = shiftPoint(whole, fraction, exponent);
    if (whole.length + fraction.length > MAX_NUMBER_DIGITS) return undefined;
  }
  whole = whole.replace(/^0+(?=\d)/, '');
  const zero = whole === '0' && /^0*$/.test(fraction);
  const sign = negative && !zero ? '-' : '';
  const isInteger = fitsInt64(whole, negative);
  if (point < 0 && exponentAt < 0) return { type: isInteger ? 'integer' : 'decimal', value: sign + whole };
  if (fraction === '' && isInteger) fraction = '0';
  return { type: 'decimal', value: sign + whole + (fraction === '' ? '' : `.${fraction}`) };
}

function shiftPoint(whole: string, fraction: string, exponent: number): [string, string] {
  if (exponent >= 0) {
    const padded = fraction.padEnd(exponent, '0');
    return [whole + padded.slice(0, exponent), padded.slice(exponent)];
  }
  const padded = whole.padStart(1 - exponent, '0');
  return [padded.slice(0, exponent), padded.slice(exponent) + fraction];
}

/** Whether a whole number without leading zeros is within the 64-bit range. */
function fitsInt64(digits: string, negative: boolean): boolean {
  if (digits.length !== 19) return digits.length < 19;
  return digits <= (negative ? '9223372036854775808' : '9223372036854775807');
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : (DAYS[month - 1] ?? 0);
}

/** Whether `YYYY-MM-DD` is a day of the proleptic Gregorian calendar, years 0001 to 9999. */
export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return year >= 1 && day >= 1 && day <= daysInMonth(year, month);
}

const DATE_TIME = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:([Zz])|([+-])(\d\d):?(\d\d)?)$/;

/**
 * `YYYY-MM-DDTHH:MM:SS.ffffffZ` for a timestamp with any offset, also as PostgreSQL prints it. Undefined when it is not
 * a timestamp of the years 0001 to 9999 (UTC), or is finer than a microsecond.
 */
export function canonicalDateTime(text: string): string | undefined {
  const match = DATE_TIME.exec(text);
  if (match === null || !isDate(match[1] ?? '')) return undefined;
  const [hour, minute, second] = [Number(match[2]), Number(match[3]), Number(match[4] ?? 0)];
  const fraction = (match[5] ?? '').padEnd(6, '0');
  if (hour > 23 || minute > 59 || second > 59 || !/^0*$/.test(fraction.slice(6))) return undefined;
  const offset = offsetMinutes(match);
  if (offset === undefined) return undefined;
  const clock = hour * 60 + minute - offset;
  const day = shiftDay(match[1] ?? '', Math.floor(clock / 1440));
  if (day === undefined) return undefined;
  const minutes = ((clock % 1440) + 1440) % 1440;
  const time = `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}:${pad(second)}`;
  return `${day}T${time}.${fraction.slice(0, 6)}Z`;
}

/** `HH:MM:SS.ffffff` for a time of day; undefined when it is none, or is finer than a microsecond. */
export function canonicalTime(text: string): string | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d+))?)?$/.exec(text);
  if (match === null) return undefined;
  const fraction = (match[4] ?? '').padEnd(6, '0');
  if (!/^0*$/.test(fraction.slice(6))) return undefined;
  return `${match[1]}:${match[2]}:${match[3] ?? '00'}.${fraction.slice(0, 6)}`;
}

function offsetMinutes(match: RegExpExecArray): number | undefined {
  if (match[6] !== undefined) return 0;
  const [hours, minutes] = [Number(match[8]), Number(match[9] ?? 0)];
  if (hours > 23 || minutes > 59) return undefined;
  return (match[7] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

/** The day before, the same day or the day after; undefined outside the years 0001 to 9999. */
function shiftDay(date: string, days: number): string | undefined {
  if (days === 0) return date;
  let [year, month, day] = [Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8)) + days];
  if (day < 1) {
    month -= 1;
    if (month < 1) [year, month] = [year - 1, 12];
    day = daysInMonth(year, month);
  } else if (day > daysInMonth(year, month)) {
    day = 1;
    month += 1;
    if (month > 12) [year, month] = [year + 1, 1];
  }
  return year < 1 || year > 9999 ? undefined : `${String(year).padStart(4, '0')}-${pad(month)}-${pad(day)}`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}

/** Whether the text, in any case, is a GUID: 8-4-4-4-12 hexadecimal digits. */
export function isGuid(text: string): boolean {
  return text.length === 36 && /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}

const DURATION = /^P(?=.)(?:(\d{1,8})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,11})M)?(?:(\d{1,12})(?:\.(\d{1,6}))?S)?)?$/;
const SECOND = 1_000_000n;
const DAY = 86_400n * SECOND;

/** Microseconds of an ISO 8601 duration; undefined when it is none, or of a unit without a fixed length (years, months). */
export function durationMicroseconds(text: string): bigint | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const [days = '', hours = '', minutes = '', seconds = '', fraction = ''] = match.slice(1);
  const whole = BigInt(days) * 86_400n + BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds);
  return whole * SECOND + BigInt(fraction.padEnd(6, '0'));
}

/**
 * As PostgreSQL prints an interval in ISO 8601: largest units first, units that are zero left out, `PT0S` for nothing. A negative
 * one has one sign in front, as XML Schema has it.
 */
export function durationText(total: bigint): string {
  if (total < 0n) return `-${durationText(-total)}`;
  const [days, rest] = [total / DAY, (total % DAY) / SECOND];
  const fraction = String(total % SECOND)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const seconds = `${rest % 60n}${fraction === '' ? '' : `.${fraction}`}`;
  const date = days === 0n ? '' : `${days}D`;
  const parts = [[rest / 3600n, 'H'] as const, [(rest / 60n) % 60n, 'M'] as const].filter(([count]) => count > 0n);
  const time = parts.map(([count, unit]) => `${count}${unit}`).join('') + (seconds === '0' ? '' : `${seconds}S`);
  if (time !== '') return `P${date}T${time}`;
  return date === '' ? 'PT0S' : `P${date}`;
}

/** The one form of a duration of days, hours, minutes and seconds; undefined when the text is none. */
export function canonicalDuration(text: string): string | undefined {
  const length = durationMicroseconds(text);
  return length === undefined ? undefined : durationText(length);
}
