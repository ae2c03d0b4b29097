// Completing an activity, and scheduling the one that follows in the same call. Both are ordinary requests of the caller, in one transaction.
import { is, type OperationContext, type OperationDefinition, PlatformError, type Shape } from '@kartoteka/platform';
import type { Activity } from './carried.ts';
import { CLOSED } from './status.ts';

/** What the next one has of the completed one unless it says otherwise. */
const CARRIED = ['kind', 'subject', 'priority', 'place', 'regarding_id', 'regarding_type'] as const;

export const completeShapes: Readonly<Record<string, Shape>> = {
  completed_activity: {
    context: true,
    description: 'An activity that was completed, and the one that follows it',
    members: {
      completed: is('Edm.Untyped', 'The activity, done'),
      next: is('Edm.Untyped', 'The new activity', { nullable: true }),
      occurrence: is('Edm.Untyped', 'The next one of its series, where it recurs and the caller may read it', {
        nullable: true,
      }),
    },
  },
};

async function complete(
  { engine, id }: OperationContext,
  outcome: unknown,
  next: Readonly<Record<string, unknown>> | undefined,
): Promise<unknown> {
  const activity = await engine.get(`/activities(${id})`);
  if (CLOSED.has(activity.status))
    throw new PlatformError('conflict', { reason: `The activity is ${activity.status} already` });
  // Of two at the same time one finds another version: only one makes the next activity.
  const completed = await engine.update(
    'activities',
    id,
    { status: 'done', ...(outcome === undefined ? {} : { outcome }) },
    { version: activity.version },
  );
  return {
    completed: completed ?? activity,
    next: next === undefined ? null : await follow(engine, activity, next),
    occurrence: activity.recurrence ? await occurrenceAfter(engine, activity) : null,
  };
}

/** It was made when the activity was closed. */
async function occurrenceAfter(engine: OperationContext['engine'], activity: Activity): Promise<unknown> {
  const filter = `series_id eq ${activity.series_id ?? activity.id} and occurrence_on gt ${activity.occurrence_on}`;
  const found = await engine.get(`/activities?$filter=${encodeURIComponent(filter)}&$orderby=occurrence_on,id&$top=1`);
  return found.value[0] ?? null;
}

async function follow(
  engine: OperationContext['engine'],
  activity: Readonly<Record<string, unknown>>,
  next: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const carried = CARRIED.filter((name) => activity[name] !== undefined && activity[name] !== null);
  const givesRegarding = Object.keys(next).some((name) => name.startsWith('regarding'));
  const values = Object.fromEntries(
    carried.filter((name) => !(givesRegarding && name.startsWith('regarding'))).map((name) => [name, activity[name]]),
  );
  return engine.create('activities', { ...values, ...next });
}

export const completeOperation: OperationDefinition = {
  name: 'complete',
  kind: 'action',
  binding: 'record',
  entity: ({ name }) => name === 'activity',
  parameters: {
    outcome: is('Edm.String', 'What came of it', { optional: true, nullable: true }),
    next: is(
      'record',
      'The activity to schedule next; kind, subject, priority, place and what it is about are those of this one unless given',
      {
        optional: true,
      },
    ),
  },
  returns: { shape: 'completed_activity' },
  summary: 'Complete an activity, and schedule the next',
  description:
    'Sets the status to done; of one that recurs the next is made (`occurrence`). With `next` a new activity is created in the same transaction, owned by the caller unless it says otherwise; when it is refused, nothing is completed. An activity that is done or cancelled is a conflict.',
  run: (context, { outcome, next }) =>
    complete(context, outcome, next as Readonly<Record<string, unknown>> | undefined),
};
