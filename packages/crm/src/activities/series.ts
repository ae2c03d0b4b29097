// The next activity of a series: made once, by the service, with what the one before had. When that is, its callers decide.
import type { Model } from '@kartoteka/metadata';
import { type Engine, PlatformError } from '@kartoteka/platform';
import { stableId } from '../stable-id.ts';
import { type Activity, valuesAt } from './carried.ts';
import { nextOccurrence } from './recurrence.ts';

/** Participants of one request. */
const AT_ONCE = 1_000;

/** Whether the activity is one of a series that goes by a rule. */
export function recurs(activity: Activity): boolean {
  return activity.recurrence != null && activity.recurrence_start != null && activity.recurrence_time_zone != null;
}

/**
 * Makes the next activity of the series, within the transaction of `system`: the first time by the rule that is after this one and not
 * past. Its id, or null where the series has ended or the next one is there (or was) already.
 */
export async function continueSeries(system: Engine, model: Model, activity: Activity): Promise<string | null> {
  const entity = model.entities.get('activity');
  if (entity === undefined || !recurs(activity)) return null;
  const { recurrence: rule, recurrence_start: start, recurrence_time_zone: timeZone } = activity;
  const past = Math.max(Date.parse(activity.occurrence_on ?? start), Date.now());
  const on = nextOccurrence({ rule, start, timeZone }, new Date(past));
  if (on === null) return null;
  const series_id = activity.series_id ?? activity.id;
  const id = stableId('occurrence', series_id, on.toISOString());
  const own = { id, series_id, recurrence_start: start, occurrence_on: on.toISOString() };
  if (!(await createOnce(system, { ...valuesAt(entity, activity, on), ...own }))) return null;
  await carryParticipants(system, activity.id, id);
  return id;
}

/** False where the id is taken, because it has been made, live or deleted, and where its owner is there no more: the series ends with him. */
async function createOnce(system: Engine, values: Readonly<Record<string, unknown>>): Promise<boolean> {
  const found = await system.get(`/activities?$filter=id%20eq%20${values.id}&$select=id`);
  if (found.value.length > 0) return false;
  try {
    await system.create('activities', values);
    return true;
  } catch (error) {
    if (error instanceof PlatformError && (isTaken(error) || hasNoOwner(error))) return false;
    throw error;
  }
}

const isTaken = ({ code, target }: PlatformError): boolean => code === 'duplicate_key' && target === 'id';
const hasNoOwner = ({ details }: PlatformError): boolean =>
  (details ?? []).some(({ code, target }) => code === 'target_not_found' && target === 'owner_id');

/** They are asked anew; a contact that is gone meanwhile is left out. */
async function carryParticipants(system: Engine, from: string, to: string): Promise<void> {
  const select = '$select=participant_id,participant_type,role';
  const query = `$filter=activity_id%20eq%20${from}&${select}&$orderby=created_on,id&$top=${AT_ONCE}`;
  for (let skip = 0; ; skip += AT_ONCE) {
    const { value } = await system.get(`/activity_participants?${query}&$skip=${skip}`);
    const records = value.map(({ participant_id, participant_type, role }: Activity) => ({
      ...{ activity_id: to, participant_id, participant_type, role },
    }));
    if (records.length > 0) await system.post('/activity_participants/bulk', { records });
    if (records.length < AT_ONCE) return;
  }
}
