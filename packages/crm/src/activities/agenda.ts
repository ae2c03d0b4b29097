// What somebody has to do: overdue, today and in the days to come, by the calendar where he is. It must not decide what he may read:
// the engine does.
import {
  type Engine,
  invalidArgument,
  is,
  listOf,
  type OperationContext,
  type OperationDefinition,
  type Shape,
} from '@kartoteka/platform';
import { Temporal } from 'temporal-polyfill';
import { OPEN } from './status.ts';
import { timeZoneOf } from './time-zone.ts';

const MOST_DAYS = 366;
const DAYS = 7;
/** Activities of each part that are answered; `count` has them all. */
const MOST_LISTED = 100;

export const agendaShapes: Readonly<Record<string, Shape>> = {
  agenda_part: {
    description: 'Activities of a part of an agenda, those that are next first',
    members: {
      count: is('Edm.Int64', 'How many there are'),
      activities: listOf('Edm.Untyped', `The first ${MOST_LISTED} of them`),
    },
  },
  agenda_parts: {
    context: true,
    description: 'What the caller has to do',
    members: {
      time_zone: is('Edm.String', 'Whose days are meant: of the user, else of the organization'),
      date: is('Edm.Date', 'Today, there'),
      overdue: is('agenda_part', 'Open, and past their end or due time; those without one, begun before today'),
      today: is('agenda_part', 'Open, begun or beginning today, or due today'),
      upcoming: is('agenda_part', 'Open, beginning (those without start: due) in the days after today'),
    },
  },
};

export interface Day {
  readonly date: string;
  /** Moments as UTC: when the day begins, when the next one does, and when the days asked for end. */
  readonly start: string;
  readonly end: string;
  readonly horizon: string;
}

/** The calendar day of a moment in a time zone, and `days` after it. A day has 23 or 25 hours where clocks change. Throws RangeError for no zone. */
export function dayOf(moment: Date, timeZone: string, days: number): Day {
  const start = Temporal.Instant.fromEpochMilliseconds(moment.getTime()).toZonedDateTimeISO(timeZone).startOfDay();
  const end = start.add({ days: 1 }).startOfDay();
  const utc = (time: Temporal.ZonedDateTime) => time.toInstant().toString();
  return {
    date: start.toPlainDate().toString(),
    start: utc(start),
    end: utc(end),
    horizon: utc(end.add({ days }).startOfDay()),
  };
}

/** The filters of the three parts, which have no activity in common. */
export function partFilters(now: string, { start, end, horizon }: Day): Readonly<Record<string, string>> {
  return {
    overdue: `due_on lt ${now} or (due_on eq null and starts_on lt ${start})`,
    today:
      `(starts_on lt ${end} and (due_on ge ${now} or (due_on eq null and starts_on ge ${start})))` +
      ` or (starts_on eq null and due_on ge ${now} and due_on lt ${end})`,
    upcoming:
      `(starts_on ge ${end} and starts_on lt ${horizon} and (due_on eq null or due_on ge ${now}))` +
      ` or (starts_on eq null and due_on ge ${end} and due_on lt ${horizon})`,
  };
}

async function agenda({ engine, system, model, principal }: OperationContext, days: number): Promise<unknown> {
  const now = new Date();
  const timeZone = await timeZoneOf(system, model, principal.id);
  const day = dayOf(now, timeZone, days);
  const parts: Record<string, unknown> = {};
  for (const [part, filter] of Object.entries(partFilters(now.toISOString(), day)))
    parts[part] = await readPart(engine, principal.id, filter);
  return { time_zone: timeZone, date: day.date, ...parts };
}

async function readPart(engine: Engine, userId: string, filter: string): Promise<unknown> {
  const own = `owner_id eq ${userId} or participants/any(p:p/participant_id eq ${userId})`;
  const query = new URLSearchParams({
    $filter: `${OPEN} and (${own}) and (${filter})`,
    $orderby: 'due_on,starts_on,id',
    $top: String(MOST_LISTED),
    $count: 'true',
  });
  const found = await engine.get(`/activities?${query}`);
  return { count: found['@odata.count'], activities: found.value };
}

export const agendaOperation: OperationDefinition = {
  name: 'agenda',
  kind: 'function',
  binding: 'collection',
  entity: ({ name }) => name === 'activity',
  parameters: {
    days: is('Edm.Int32', `How many days after today are upcoming: 1 to ${MOST_DAYS}; ${DAYS} where it is left out`, {
      optional: true,
    }),
  },
  returns: { shape: 'agenda_parts' },
  summary: 'Own activities that are overdue, of today, and upcoming',
  description:
    'The open activities that the caller owns or takes part in, in three parts, by the days of his time zone (else that of the organization).',
  run: (context, { days = DAYS }) => {
    requireDays(days as number);
    return agenda(context, days as number);
  },
};

function requireDays(days: number): void {
  if (days < 1 || days > MOST_DAYS) throw invalidArgument('agenda', 'days', `1 to ${MOST_DAYS} is needed`);
}
