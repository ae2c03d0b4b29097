// Times of a series at which there are no activities yet: the service makes the next one when one is over. Calendars show them all the
// same, under the ids that the activities will have, so that a time is one entry before and after it is made. It reads nothing.
import { movedAlong, nextOccurrence } from '../activities/recurrence.ts';
import { recurs } from '../activities/series.ts';
import { CLOSED, TIMED } from '../activities/status.ts';
import { stableId } from '../stable-id.ts';

/** Of one series, the next ones. */
export const MOST_OF_SERIES = 40;
/** Of all series of a feed. */
const MOST_EXPECTED = 400;

/** What has to be known of an activity; what its reader may not see is absent, and then nothing is expected of it. */
export interface SeriesActivity {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly starts_on: string | null;
  readonly due_on: string | null;
  readonly recurrence?: string | null;
  readonly recurrence_start?: string | null;
  readonly recurrence_time_zone?: string | null;
  readonly occurrence_on?: string | null;
  readonly series_id?: string | null;
}

/**
 * Whether the service is still to make the next one. Of a meeting or call it has made it when the end had come: where that one is not there
 * any more, somebody has deleted it, and the series with it.
 */
export function goesOn(activity: SeriesActivity, now = new Date()): boolean {
  const { kind, status, starts_on, due_on, occurrence_on, series_id } = activity;
  if (CLOSED.has(status) || !recurs(activity)) return false;
  // Hidden; without them nothing tells which time this is of which series.
  if (occurrence_on === undefined || series_id === undefined) return false;
  return !TIMED.has(kind) || Date.parse(String(due_on ?? starts_on)) > now.getTime();
}

/** Copies of the activities, the last ones of their series that go on, at the times that follow, up to `until`, soonest first within a series. */
export async function expectedOccurrences<T extends SeriesActivity>(
  activities: readonly T[],
  until: Date,
  now = new Date(),
): Promise<readonly T[]> {
  const found: T[] = [];
  for (const activity of activities) {
    found.push(...following(activity, until, now).slice(0, MOST_EXPECTED - found.length));
    if (found.length >= MOST_EXPECTED) break;
    // Others are served in between.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return found;
}

function following<T extends SeriesActivity>(activity: T, until: Date, now: Date): readonly T[] {
  const { recurrence, recurrence_start, recurrence_time_zone, starts_on, due_on } = activity;
  const [rule, start, timeZone] = [String(recurrence), String(recurrence_start), String(recurrence_time_zone)];
  const from = starts_on ?? due_on;
  const found: T[] = [];
  let after = new Date(Math.max(Date.parse(activity.occurrence_on ?? start), now.getTime()));
  while (from !== null && found.length < MOST_OF_SERIES) {
    const on = nextOccurrence({ rule, start, timeZone }, after);
    if (on === null || on > until) break;
    const moved = (moment: string | null) => (moment === null ? null : movedAlong(moment, from, on, timeZone));
    const id = stableId('occurrence', activity.series_id ?? activity.id, on.toISOString());
    found.push({ ...activity, id, starts_on: moved(starts_on), due_on: moved(due_on) });
    after = on;
  }
  return found;
}
