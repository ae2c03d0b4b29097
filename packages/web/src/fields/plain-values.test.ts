// Numbers, moments and durations between what people write and what the service has.
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration-text.ts';
import { formatDecimalText, formatMoneyText, parseDecimalText } from './exact-text.ts';
import { formatDay, formatMoment, momentAt, wallTime } from './moments.ts';

test('numbers are read exactly, however many digits they have', () => {
  expect(parseDecimalText('123,456,789,012,345.6789', 'en')).toBe('123456789012345.6789');
  expect(parseDecimalText('123 456 789 012 345,6789', 'ru')).toBe('123456789012345.6789');
  expect(parseDecimalText('9223372036854775807', 'en')).toBe('9223372036854775807');
  expect(parseDecimalText('12.5', 'ru')).toBe('12.5');
  expect(parseDecimalText('−007,50', 'ru')).toBe('-7.50');
  expect(parseDecimalText('.5', 'en')).toBe('0.5');
  expect(parseDecimalText('-0', 'en')).toBe('0');
});

test('what could be two numbers, or is none, is not guessed', () => {
  for (const text of ['1,5', '1,23,4', '12a', '', '1.2.3', '--1', '1e5']) {
    expect(parseDecimalText(text, 'en')).toBeUndefined();
  }
  expect(parseDecimalText('1,2,3', 'ru')).toBeUndefined();
});

test('a number is shown with all its digits and reads back as it is', () => {
  for (const locale of ['en', 'ru', 'de']) {
    for (const value of ['123456789012345.6789', '-0.0001', '0', '1000', '9223372036854775807']) {
      expect(parseDecimalText(formatDecimalText(value, locale), locale)).toBe(value);
    }
  }
  expect(formatDecimalText('12.5000', 'en')).toBe('12.5');
  expect(formatDecimalText('twelve', 'en')).toBe('twelve');
});

test('amounts are shown exactly, with their currency behind', () => {
  expect(formatMoneyText('123456789012345.6789', 'EUR', 'en')).toBe('123,456,789,012,345.6789\u00a0EUR');
  expect(formatMoneyText('12400.0000', 'EUR', 'en')).toBe('12,400\u00a0EUR');
  expect(formatMoneyText('12400.5', 'USD', 'en')).toBe('12,400.50\u00a0USD');
  expect(formatMoneyText('-5', 'USD', 'en')).toBe('-5\u00a0USD');
  expect(formatMoneyText('5.1', undefined, 'ru')).toBe('5,1');
});

test('moments are written and read in a time zone, round the changes of its clock', () => {
  expect(wallTime('2026-11-22T07:00:00Z', 'Europe/Moscow')).toBe('2026-11-22 10:00:00');
  expect(momentAt('2026-11-22 10:00:00', 'Europe/Moscow')).toBe('2026-11-22T07:00:00Z');
  expect(momentAt('2026-03-29 02:30:00', 'Europe/Berlin')).toBe('2026-03-29T01:30:00Z');
  expect(momentAt('2026-10-25 02:30:00', 'Europe/Berlin')).toBe('2026-10-25T00:30:00Z');
  for (const zone of ['UTC', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Apia']) {
    for (const moment of ['2026-07-01T12:34:56Z', '1970-01-01T00:00:00Z', '2026-12-31T23:59:59Z']) {
      expect(momentAt(wallTime(moment, zone) ?? '', zone)).toBe(moment);
    }
  }
  expect(momentAt('tomorrow', 'UTC')).toBeUndefined();
});

test('a day is the same day in every zone', () => {
  expect(formatDay('2026-11-22', 'en')).toBe('Nov 22, 2026');
  expect(formatDay('0001-01-01', 'en')).toContain('1');
  expect(formatMoment('2026-11-22T23:30:00Z', 'en', 'Europe/Moscow')).toContain('Nov 23, 2026');
  expect(formatMoment('soon', 'en', 'UTC')).toBe('soon');
});

test('durations are written in words, on a clock or in ISO, and shown in the language', () => {
  expect(parseDuration('1d 2h 30m')).toBe('P1DT2H30M');
  expect(parseDuration('1 д 2 ч 30 мин')).toBe('P1DT2H30M');
  expect(parseDuration('2:05')).toBe('PT2H5M');
  expect(parseDuration('pt90m')).toBe('PT90M');
  expect(parseDuration('1,5 s')).toBe('PT1.5S');
  expect(parseDuration('-30 min')).toBe('-PT30M');
  for (const text of ['', 'P', '30', '1.5h', '5m 1h', '1h 1h', 'soon']) expect(parseDuration(text)).toBeUndefined();
  expect(formatDuration('P1DT2H30M', 'en')).toBe('1\u00a0d 2\u00a0h 30\u00a0min');
  expect(formatDuration('PT1.5S', 'ru')).toBe('1.5\u00a0с');
  expect(formatDuration('PT0S', 'en')).toBe('0\u00a0min');
  for (const value of ['P1DT2H3M4S', 'PT25H', '-PT30M']) {
    expect(parseDuration(formatDuration(value, 'ru'))).toBe(value);
  }
});
