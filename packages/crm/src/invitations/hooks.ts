// Notices what invited people have to be told of: a meeting that is moved, renamed, called off or deleted, a participant who is taken
// off it. One statement for what could concern somebody, none for other writes.
import type { Hook, HookContext } from '@kartoteka/platform';
import { invitedMeetings } from './store.ts';
import { enqueueSync } from './sync.ts';

/** What invited people are told, or what it follows from. */
const TOLD = ['kind', 'status', 'subject', 'place', 'starts_on', 'due_on', 'owner_id'];

const isTold = (values: Readonly<Record<string, unknown>> | null): boolean =>
  values !== null && TOLD.some((name) => Object.hasOwn(values, name));

async function noticed({ tx }: HookContext, activityIds: readonly string[]): Promise<void> {
  const ids = await invitedMeetings(tx, [...new Set(activityIds)]);
  if (ids.length > 0) await enqueueSync(tx, ids);
}

export const invitationHooks: readonly Hook[] = [
  {
    entity: 'activity',
    operations: ['update'],
    needsTransaction: (_model, _operation, records) => records.some(({ values }) => isTold(values)),
    after: (context, records) =>
      noticed(
        context,
        records.filter(({ after }) => isTold(after)).map(({ id }) => id),
      ),
  },
  {
    entity: 'activity',
    operations: ['delete'],
    after: (context, records) =>
      noticed(
        context,
        records.map(({ id }) => id),
      ),
  },
  {
    entity: 'activity_participant',
    operations: ['delete'],
    after: (context, records) =>
      noticed(
        context,
        records.flatMap(({ before }) => (typeof before?.activity_id === 'string' ? [before.activity_id] : [])),
      ),
  },
];
