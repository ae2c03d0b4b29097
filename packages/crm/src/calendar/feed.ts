// A user's calendar as a feed: his meetings, calls and tasks, read with his rights at this moment. Bounded: a window of time, and so
// many events, without their descriptions, whose length nobody bounds.
import { type Engine, mayUse, type Platform, PlatformError, type Principal } from '@kartoteka/platform';
import { expectedOccurrences, goesOn, type SeriesActivity } from './expected.ts';
import { userOfFeed } from './feed-operations.ts';
import { type CalendarEvent, calendarText } from './ics.ts';

const DAY_MS = 86_400_000;
const DAYS_BACK = 90;
const DAYS_AHEAD = 366;
/** Of those with a beginning, and of those with an end or due time alone; the latest of each. */
const MOST = 2_000;
/** Series of one question. */
const AT_ONCE = 200;

/** The feed of a token, as iCalendar, with `most` events of each kind; null: there is none, or its user is disabled or may read no activities. */
export async function calendarFeed(
  platform: Platform,
  token: string,
  { publicUrl, most = MOST }: { readonly publicUrl: string | null; readonly most?: number },
): Promise<string | null> {
  const userId = await userOfFeed(platform.database, token);
  const principal = userId === null ? null : await platform.principals.get(userId);
  if (principal === null) return null;
  const engine = platform.engineFor(principal);
  const asked = { userId: principal.id, select: readable(platform, principal).join(','), most };
  try {
    const there = [...(await activities(engine, 'starts_on', asked)), ...(await activities(engine, 'due_on', asked))];
    const until = new Date(Date.now() + DAYS_AHEAD * DAY_MS);
    const last = await lastOfSeries(engine, there);
    const expected = await expectedOccurrences(last, until);
    const events = [
      ...there.map((activity) => eventOf(activity, publicUrl)),
      // There is no record to lead to, nor anything of it that has changed.
      ...expected.map((activity) => ({ ...eventOf(activity, null), sequence: 0 })),
    ];
    return calendarText({ name: 'Kartoteka' }, events);
  } catch (error) {
    if (error instanceof PlatformError && error.status === 403) return null;
    throw error;
  }
}

interface Activity extends SeriesActivity {
  readonly subject: string;
  readonly place: string | null;
  readonly version: number;
  readonly created_on: string;
  readonly modified_on: string;
}

const SELECTED = [
  ...['id', 'subject', 'place', 'starts_on', 'due_on', 'version', 'created_on', 'modified_on', 'kind', 'status'],
  ...['recurrence', 'recurrence_start', 'recurrence_time_zone', 'occurrence_on', 'series_id'],
];

/** Of them those that he may read: whoever names another one is refused all. */
function readable(platform: Platform, principal: Principal): readonly string[] {
  const activity = (principal.model ?? platform.model()).entities.get('activity');
  return SELECTED.filter((name) => {
    const property = activity?.properties.get(name);
    return activity !== undefined && property !== undefined && mayUse(principal, activity, property, 'read');
  });
}

/** `due_on`: those that have no beginning. */
async function activities(
  engine: Engine,
  time: 'starts_on' | 'due_on',
  { userId, select, most }: { readonly userId: string; readonly select: string; readonly most: number },
): Promise<readonly Activity[]> {
  const now = Date.now();
  const [from, to] = [now - DAYS_BACK * DAY_MS, now + DAYS_AHEAD * DAY_MS].map((at) => new Date(at).toISOString());
  const own = `owner_id eq ${userId} or participants/any(p:p/participant_id eq ${userId} and p/reply ne 'declined')`;
  const isAlone = time === 'due_on' ? ' and starts_on eq null' : '';
  const query = new URLSearchParams({
    $filter: `kind in ('meeting','call','task') and status ne 'cancelled' and (${own}) and ${time} ge ${from} and ${time} le ${to}${isAlone}`,
    $select: select,
    $orderby: `${time} desc,id`,
    $top: String(most),
  });
  const { value } = await engine.get(`/activities?${query}`);
  return value;
}

/**
 * Those that go on and that no other one of their series was made after: one that was opened again or put off has its follower, which may
 * be cancelled, declined or somebody else's and is not in the feed then.
 */
async function lastOfSeries(engine: Engine, activities: readonly Activity[]): Promise<readonly Activity[]> {
  const open = activities.filter((activity) => goesOn(activity));
  const series = [...new Set(open.map(seriesOf))];
  const latest = new Map<string, number>();
  for (let from = 0; from < series.length; from += AT_ONCE) {
    const some = series.slice(from, from + AT_ONCE).join(',');
    const apply = `filter(series_id in (${some}))/groupby((series_id),aggregate(created_on with max as latest))`;
    const { value } = await engine.get(`/activities?${new URLSearchParams({ $apply: apply, $top: String(AT_ONCE) })}`);
    for (const row of value) latest.set(row.series_id, Date.parse(row.latest));
  }
  return open.filter((activity) => Date.parse(activity.created_on) >= (latest.get(seriesOf(activity)) ?? 0));
}

const seriesOf = ({ id, series_id }: Activity): string => series_id ?? id;

/** What is only due has a moment, and takes no time. Properties that he may not read are absent. */
function eventOf(activity: Activity, publicUrl: string | null): CalendarEvent {
  const { id, subject, place, starts_on, due_on, version } = activity;
  const modified = new Date(activity.modified_on);
  const start = new Date(String(starts_on ?? due_on));
  const end = starts_on != null && due_on != null ? new Date(due_on) : null;
  return {
    ...{ uid: id, sequence: Number(version), stamp: modified, lastModified: modified, start, status: 'CONFIRMED' },
    ...(end !== null && end > start ? { end } : {}),
    ...{ summary: subject ?? '', location: place ?? null, isFree: starts_on == null },
    url: publicUrl === null ? null : `${publicUrl}/records/activities/${id}`,
  };
}
