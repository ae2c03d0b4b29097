// Puts notifications into the inboxes of users, each once however often it is asked for. Whether somebody is to be told is decided by
// whoever calls it; whether he may read the entry, by his roles.
import type { Engine } from '@kartoteka/platform';
import { stableId } from '../stable-id.ts';

/** Records of one request of the engine. */
const AT_ONCE = 1_000;
const MOST_SUBJECT = 300;

export interface NewNotification {
  /** What it tells of, such as a reminder and its time: with the recipient it makes the id, so that the same is told once. */
  readonly key: string;
  /** An active user; others are passed over, and so is whose roles read no notifications. */
  readonly recipientId: string;
  /** A value of the choice `notification_kind`. */
  readonly kind: string;
  /** Cut at 300 characters; not empty. */
  readonly subject: string;
  readonly text?: string | null;
  readonly regarding?: { readonly id: string; readonly type: string } | null;
}

export interface Notified extends NewNotification {
  /** Of the entry in the inbox. */
  readonly id: string;
}

/**
 * Makes the entries that are not there yet, within the transaction of `system`; those that it made, in their order. One request for
 * a thousand. Throws what the engine throws for reasons of its own (no database, no time).
 */
export async function notify(system: Engine, notifications: readonly NewNotification[]): Promise<readonly Notified[]> {
  const made: Notified[] = [];
  for (let from = 0; from < notifications.length; from += AT_ONCE)
    made.push(...(await notifyPart(system, notifications.slice(from, from + AT_ONCE))));
  return made;
}

async function notifyPart(system: Engine, part: readonly NewNotification[]): Promise<readonly Notified[]> {
  const unique = new Map(part.map((each) => [notificationId(each.key, each.recipientId), each]));
  const wanted = [...unique].map(([id, each]) => ({ ...each, id }));
  const { results } = await system.post('/notifications/bulk', { mode: 'create', records: wanted.map(recordOf) });
  return wanted.filter((_, index) => isMade(results[index]));
}

function recordOf({ id, recipientId, kind, subject, text, regarding }: Notified): object {
  const about = regarding ? { regarding_id: regarding.id, regarding_type: regarding.type } : {};
  const cut = Array.from(subject).slice(0, MOST_SUBJECT).join('');
  return { id, owner_id: recipientId, kind, subject: cut, text: text ?? null, ...about };
}

/** One that was refused is there already, or its recipient gets none; other failures are no answer. */
function isMade({
  status,
  error,
}: {
  readonly status: number;
  readonly error?: { readonly message: string };
}): boolean {
  if (status >= 500) throw new Error(`a notification could not be stored: ${error?.message}`);
  return status === 201;
}

/** Of the entry that tells the recipient of what has the key. */
export function notificationId(key: string, recipientId: string): string {
  return stableId('notification', key, recipientId);
}
