// Keeps the rule of a recurring activity as it can be counted by, and makes the next activity when one is closed or its time is over.
import {
  type Engine,
  enqueueMany,
  type Hook,
  type HookContext,
  type JobContext,
  type JobDefinition,
  type Operation,
  type PendingWrite,
  PlatformError,
  systemPrincipal,
  type WrittenRecord,
} from '@kartoteka/platform';
import type { Activity } from './carried.ts';
import { nextOccurrence, readRule } from './recurrence.ts';
import { continueSeries, recurs } from './series.ts';
import { CLOSED, TIMED } from './status.ts';
import { isTimeZone, timeZoneOf } from './time-zone.ts';

const CONTINUE = 'activity.continue';
/** Ids of one question. */
const AT_ONCE = 200;

const RULE = ['recurrence', 'recurrence_time_zone'] as const;

/** Of a new one only what it says; an update may end it. */
const writesRule = (operation: Operation, { values }: PendingWrite): boolean =>
  RULE.some((name) => Object.hasOwn(values, name) && (operation === 'update' || values[name] !== null));

export const recurrenceHook: Hook = {
  entity: 'activity',
  operations: ['create', 'update', 'restore'],
  needsTransaction: (_model, operation, records) =>
    operation === 'restore' ||
    records.some(
      (record) => writesRule(operation, record) || (operation === 'update' && CLOSED.has(record.values.status)),
    ),
  before: async (context, records) => {
    const writing =
      context.operation === 'restore' ? [] : records.filter((record) => writesRule(context.operation, record));
    if (writing.length === 0) return;
    const ids = context.operation === 'update' ? writing.map(({ id }) => id) : [];
    // With the rights of the caller: what is refused must tell nothing of a record that he does not see.
    const stored = new Map((await read(context.engines().engine, ids, '')).map((row) => [row.id, row]));
    const zones = new Map<string, string>();
    for (const record of writing) {
      const error = await anchor(context, record, stored.get(record.id) ?? {}, zones);
      if (error !== null) context.refuse(record, error);
    }
  },
  after: async (context, records) => {
    await awaitTheirTime(context, records);
    await continueClosed(context, records);
  },
};

export const recurrenceJobs: readonly JobDefinition[] = [
  {
    name: CONTINUE,
    retry: { limit: 12, delay: 1, backoff: true, max: 600 },
    concurrency: 2,
    timeout: 60,
    run: (context, { data }) => goOn(context, String(data.id)),
  },
];

/** Sets from when on and by whose clock the rule counts; what is wrong with it. `zones` are those of owners that are known already. */
async function anchor(
  context: HookContext,
  { values }: PendingWrite,
  stored: Activity,
  zones: Map<string, string>,
): Promise<PlatformError | null> {
  // The service has made it, with a start of its own.
  if (context.principal.kind === 'system' && values.recurrence_start != null) return null;
  const next: Activity = { ...stored, ...values };
  if (typeof next.recurrence !== 'string' || next.recurrence.trim() === '') return withoutRule(values);
  const zone = next.recurrence_time_zone ?? (await zoneOfOwner(context, next.owner_id, zones));
  if (!isTimeZone(zone)) return invalid('recurrence_time_zone', 'there is no such time zone');
  const read = readRule(next.recurrence, zone);
  if ('reason' in read) return invalid('recurrence', read.reason);
  Object.assign(values, { recurrence: read.rule, recurrence_time_zone: zone });
  const start = next.starts_on ?? next.due_on;
  const isSame = read.rule === stored.recurrence && zone === stored.recurrence_time_zone;
  // A write of everything as it was leaves the series as it counts; one that is without a time is refused by a rule.
  if (isSame && isAt(start, stored.starts_on ?? stored.due_on)) return null;
  if (typeof start !== 'string' || Number.isNaN(Date.parse(start))) return null;
  const at = new Date(start).toISOString();
  const follows = nextOccurrence({ rule: read.rule, start: at, timeZone: zone }, new Date(at));
  Object.assign(values, { recurrence_start: at, occurrence_on: at });
  if (follows !== null || /(^|;)COUNT=1(;|$)/.test(read.rule)) return null;
  // A search in vain takes some milliseconds: of many records, others are served in between.
  await new Promise((resolve) => setImmediate(resolve));
  return invalid('recurrence', 'there is no time after the first');
}

/** The rule is taken away; what is no text is refused where it is validated. */
function withoutRule(values: PendingWrite['values']): PlatformError | null {
  if (values.recurrence != null && typeof values.recurrence !== 'string') return null;
  if (values.recurrence_time_zone != null)
    return invalid('recurrence_time_zone', 'there is no rule that it belongs to');
  const none = { recurrence: null, recurrence_time_zone: null, recurrence_start: null, occurrence_on: null };
  Object.assign(values, none);
  return null;
}

async function zoneOfOwner(
  { engines, model, principal }: HookContext,
  owner: unknown,
  zones: Map<string, string>,
): Promise<string> {
  const id = String(owner ?? principal.id);
  const zone = zones.get(id) ?? (await timeZoneOf(engines().system, model, id));
  zones.set(id, zone);
  return zone;
}

const isAt = (one: unknown, other: unknown): boolean => Date.parse(String(one)) === Date.parse(String(other));

function invalid(name: string, reason: string): PlatformError {
  const detail = new PlatformError('invalid_value', { name, reason });
  return new PlatformError(
    'validation_failed',
    {},
    { details: [{ code: detail.code, message: detail.message, target: name }] },
  );
}

/** What begins to recur is looked at again when its time is over. */
async function awaitTheirTime({ engines, tx }: HookContext, records: readonly WrittenRecord[]): Promise<void> {
  const recurring = records.filter(({ after }) => after?.recurrence != null).map(({ id }) => id);
  if (recurring.length === 0) return;
  const rows = await read(engines().system, recurring, '');
  await enqueueMany(
    tx,
    CONTINUE,
    rows.filter(recurs).map((row) => ({ data: { id: row.id }, startAfter: endOf(row) })),
  );
}

const endOf = ({ due_on, starts_on }: Activity): Date => new Date(due_on ?? starts_on);

async function continueClosed({ engines, model }: HookContext, records: readonly WrittenRecord[]): Promise<void> {
  const closed = records.filter(
    ({ before, after }) => CLOSED.has(after?.status) && before !== null && !CLOSED.has(before.status),
  );
  if (closed.length === 0) return;
  const { system } = engines();
  for (const activity of await read(
    system,
    closed.map(({ id }) => id),
    ' and recurrence ne null',
  ))
    await continueSeries(system, model, activity);
}

/** A meeting or call whose end has come: the next one is made, closed or not. One that was put off is looked at again. */
async function goOn({ platform }: JobContext, id: string): Promise<void> {
  await platform.transaction(systemPrincipal(), async ({ system, tx, model }) => {
    const [activity] = await read(system, [id], ' and recurrence ne null');
    if (activity === undefined || CLOSED.has(activity.status) || !TIMED.has(activity.kind)) return;
    if (endOf(activity).getTime() > Date.now()) {
      await enqueueMany(tx, CONTINUE, [{ data: { id }, startAfter: endOf(activity) }]);
      return;
    }
    await continueSeries(system, model, activity);
  });
}

async function read(system: Engine, ids: readonly string[], more: string): Promise<readonly Activity[]> {
  const found: Activity[] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE).join(',');
    const filter = encodeURIComponent(`id in (${some})${more}`);
    found.push(...(await system.get(`/activities?$filter=${filter}&$top=${AT_ONCE}`)).value);
  }
  return found;
}
