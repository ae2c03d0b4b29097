// Whose days and hours are meant: the user's, else the organization's. What users write as their time zone is text.
import type { Model } from '@kartoteka/metadata';
import type { Engine } from '@kartoteka/platform';
import { Temporal } from 'temporal-polyfill';

/** Whether it is the name of a time zone that this process knows: `Europe/Berlin`, `UTC`. */
export function isTimeZone(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(value);
    return true;
  } catch {
    return false;
  }
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The time zone of a user, if his record names one that there is, else that of the organization, as for whatever is no user's id. */
export async function timeZoneOf(system: Engine, model: Model, userId: string): Promise<string> {
  if (!UUID.test(userId)) return model.organization.timeZone;
  const users = await system.get(`/users?$filter=id%20eq%20${userId}&$select=time_zone`);
  const zone = users.value[0]?.time_zone;
  return isTimeZone(zone) ? zone : model.organization.timeZone;
}
