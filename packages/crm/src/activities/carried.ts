// What the next activity of a series has of the one before: all that is not about that one time. It writes nothing.
import type { EntityType } from '@kartoteka/metadata';
import { movedAlong } from './recurrence.ts';

/** About one time only, or set anew. */
const NOT_CARRIED: ReadonlySet<string> = new Set([
  ...['status', 'outcome', 'starts_on', 'due_on', 'reminder_on', 'invited_on', 'id', 'owning_business_unit_id'],
]);
const TIMES = ['starts_on', 'due_on', 'reminder_on'] as const;

// biome-ignore lint/suspicious/noExplicitAny: a record is JSON of any shape
export type Activity = Readonly<Record<string, any>>;

/** Values of the activity's copy at `on`: its end and its reminder are as far from it as they were. */
export function valuesAt(entity: EntityType, activity: Activity, on: Date): Record<string, unknown> {
  const keys = new Set([...entity.keys.values()].flatMap(({ properties }) => properties));
  const values: Record<string, unknown> = {};
  for (const [name, property] of entity.properties) {
    if (property.readOnly || keys.has(name) || NOT_CARRIED.has(name)) continue;
    if (activity[name] !== undefined && activity[name] !== null) values[name] = activity[name];
  }
  const from = activity.starts_on ?? activity.due_on;
  for (const name of TIMES)
    if (activity[name] != null) values[name] = movedAlong(activity[name], from, on, activity.recurrence_time_zone);
  return values;
}
