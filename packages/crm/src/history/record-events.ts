// Writes events that happen by themselves into the history of records. What is worth an event, and whose history it belongs to, is
// decided by whoever calls it.
import { type Engine, PlatformError } from '@kartoteka/platform';

/** Records of one request of the engine. */
const AT_ONCE = 1_000;

export interface NewEvent {
  /** A value of the choice `event_kind`. */
  readonly kind: string;
  /** The record whose history it is, one that events can be of. */
  readonly regarding: { readonly id: string; readonly type: string };
  readonly subject?: string;
  readonly text?: string;
  /** Of a call or message: incoming or outgoing. */
  readonly direction?: string;
  /** Telephone number or address at the other end. */
  readonly address?: string;
  /** What applications show in the language of the reader, as values and ids: no text of a language. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Stores the events within the transaction of `system`, as the caller's: all or none, one request for a thousand. Their ids, in order.
 * Throws rule_violated where an administrator's rules refuse one.
 */
export async function recordEvents(system: Engine, events: readonly NewEvent[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let from = 0; from < events.length; from += AT_ONCE)
    ids.push(...(await recordPart(system, events.slice(from, from + AT_ONCE))));
  return ids;
}

async function recordPart(system: Engine, events: readonly NewEvent[]): Promise<readonly string[]> {
  const records = events.map(({ regarding, ...event }) => ({
    ...event,
    regarding_id: regarding.id,
    regarding_type: regarding.type,
  }));
  const [only] = records;
  try {
    // Of one record PostgreSQL keeps a plan, which it makes anew each time for arrays of any length.
    if (only !== undefined && records.length === 1) return [(await system.post('/events?$select=id', only)).id];
    const { results } = await system.post('/events/bulk', { records, atomic: true });
    return results.map(({ id }: { readonly id: string }) => id);
  } catch (error) {
    if (!(error instanceof PlatformError) || error.status >= 500 || error.code === 'conflict') throw error;
    const [detail] = error.details;
    const reason = `The history cannot take the event: ${detail?.message ?? error.message}`;
    throw new PlatformError('rule_violated', { reason });
  }
}
