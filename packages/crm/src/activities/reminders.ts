// Reminders: who an activity concerns is told once when its `reminder_on` has come. The time is a job in the queue, which is added with
// the write that sets it; the entry in the inbox, whose id is made of activity and time, is the mark that it was told.
import {
  type Engine,
  enqueueMany,
  type Hook,
  type JobContext,
  type JobDefinition,
  type Platform,
  PlatformError,
  type Principal,
  systemPrincipal,
} from '@kartoteka/platform';
import { type NewNotification, notify } from '../notifications/notify.ts';
import { recipientsOf } from './recipients.ts';
import { OPEN } from './status.ts';
import { summaryOf } from './summary.ts';
import { timeZoneOf } from './time-zone.ts';

const REMIND = 'activity.remind';
/** One that lay further back when it was written is history, as imports bring it. */
const LATEST_MS = 86_400_000;
/** Reminders of one time that a node tells together. */
const CONCURRENCY = 4;

/** What a time that no longer holds leaves in the queue does nothing, so that only new times have to be told. */
export const reminderHook: Hook = {
  entity: 'activity',
  operations: ['create', 'update', 'restore'],
  needsTransaction: (_model, operation, records) =>
    operation === 'restore' || records.some(({ values }) => values.reminder_on != null),
  after: async ({ tx }, records) => {
    const jobs = records.flatMap(({ id, after }) => {
      const on = after?.reminder_on;
      if (typeof on !== 'string' || Date.parse(on) < Date.now() - LATEST_MS) return [];
      return [{ data: { id, on }, startAfter: new Date(on) }];
    });
    await enqueueMany(tx, REMIND, jobs);
  },
};

export const reminderJobs: readonly JobDefinition[] = [
  {
    name: REMIND,
    retry: { limit: 12, delay: 1, backoff: true, max: 600 },
    concurrency: CONCURRENCY,
    timeout: 120,
    run: (context, { data }) => remind(context, String(data.id), String(data.on)),
  },
];

async function remind({ platform, log }: JobContext, id: string, on: string): Promise<void> {
  const system = platform.engineFor(systemPrincipal());
  const filter = encodeURIComponent(`id eq ${id} and ${OPEN} and reminder_on eq ${on}`);
  const { value } = await system.get(`/activities?$filter=${filter}&$select=id,owner_id`);
  const activity = value[0];
  if (activity === undefined) return;
  const { users, isWhole } = await recipientsOf(system, activity);
  if (!isWhole) log.warn({ activity: id }, 'an activity has more participants than are reminded');
  const key = `reminder ${id} ${new Date(on).toISOString()}`;
  const notifications: NewNotification[] = [];
  for (const user of users) {
    const told = await reminderFor(platform, system, user, id);
    if (told !== null) notifications.push({ ...told, key });
  }
  await platform.transaction(systemPrincipal(), (within) => notify(within.system, notifications));
}

/** What the user may read of it, in his language and by his clock; null for who is not active or may not read it. */
async function reminderFor(
  platform: Platform,
  system: Engine,
  userId: string,
  id: string,
): Promise<Omit<NewNotification, 'key'> | null> {
  const principal = await platform.principals.get(userId);
  if (principal === null) return null;
  const activity = await readAs(platform, principal, id);
  if (activity === null) return null;
  const model = principal.model ?? platform.model();
  const text = summaryOf(model, activity, principal.language, await timeZoneOf(system, model, userId));
  const regarding = { id, type: 'activity' };
  return { recipientId: userId, kind: 'reminder', subject: activity.subject, text, regarding };
}

async function readAs(platform: Platform, principal: Principal, id: string) {
  try {
    return await platform.engineFor(principal).get(`/activities(${id})?$select=subject,kind,starts_on,due_on,place`);
  } catch (error) {
    // Hidden from him, or a part of it is: his rights decide, and the others are told all the same.
    if (error instanceof PlatformError && (error.status === 403 || error.status === 404)) return null;
    throw error;
  }
}
