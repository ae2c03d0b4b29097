// The bounds of expected times: of one series, and of a whole feed.
import { expect, test } from 'vitest';
import { expectedOccurrences, type SeriesActivity } from './expected.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const UNTIL = new Date('2027-01-01T00:00:00Z');

const series = (id: string, rule: string): SeriesActivity => ({
  ...{ id, kind: 'task', status: 'open', starts_on: null, due_on: '2026-01-01T09:00:00Z' },
  ...{ recurrence: rule, recurrence_start: '2026-01-01T09:00:00Z', recurrence_time_zone: 'UTC' },
  ...{ occurrence_on: '2026-01-01T09:00:00Z', series_id: null },
});
const counted = async (...activities: readonly SeriesActivity[]) =>
  (await expectedOccurrences(activities, UNTIL, NOW)).length;

test('of one series the next forty, or as many as its rule still has', async () => {
  expect(await counted(series('a', 'FREQ=DAILY;COUNT=40'))).toBe(39);
  expect(await counted(series('a', 'FREQ=DAILY;COUNT=41'))).toBe(40);
  expect(await counted(series('a', 'FREQ=DAILY;COUNT=42'))).toBe(40);
});

test('of all series four hundred', async () => {
  const ten = Array.from({ length: 10 }, (_, n) => series(`s${n}`, 'FREQ=DAILY'));
  expect(await counted(...ten.slice(1), series('last', 'FREQ=DAILY;COUNT=40'))).toBe(399);
  expect(await counted(...ten)).toBe(400);
  expect(await counted(...ten, series('more', 'FREQ=DAILY'))).toBe(400);
});
