// Writes security events, in one statement however many. Who calls it with a transaction gets them together with the change or
// not at all. It knows no rights, and must never be given a secret: passwords, keys, tokens and their hashes stay outside.
import type { Executor } from '../storage/types.ts';
import type { SecurityEventKind } from './kinds.ts';

/** Where a request came from. */
export interface Origin {
  /** OAuth client id, `api_key:<id>`, or what the program calls itself. */
  readonly client: string | null;
  /** Network address of the sender. */
  readonly address: string | null;
  readonly userAgent: string | null;
}

export interface SecurityEvent {
  readonly kind: SecurityEventKind;
  /** Id of the user who did it; null: nobody who is known, or the product itself. */
  readonly actorId: string | null;
  /** Id of the user who acted as the actor. */
  readonly callerId?: string | undefined;
  /** Missing: no request was its cause. */
  readonly origin?: Origin;
  /** The record it was done to: its entity's name and id. */
  readonly target?: { readonly entity: string; readonly id: string | null };
  /** What else the kind says (kinds.ts). Plain JSON without secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The actor of an event, and who acts as him. */
export function actorOf(principal: ActingUser): Pick<SecurityEvent, 'actorId' | 'callerId'> {
  return { actorId: principal.id === NOBODY ? null : principal.id, callerId: principal.callerId };
}

interface ActingUser {
  readonly id: string;
  readonly callerId?: string;
}

/** What the system principal is called that acts for nobody. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** The part of a request that tells where it came from. */
export interface RequestSource {
  readonly client: string | null;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly sender?: { readonly ip: string };
}

/** Where a request came from; asked for only when there is something to record. */
export function originOf({ client, headers, sender }: RequestSource): Origin {
  const userAgent = headers['user-agent'];
  return { client, address: sender?.ip ?? null, userAgent: userAgent === undefined ? null : String(userAgent) };
}

/** Characters kept of a text that a client may choose. */
const LONGEST = 256;

/** Records what happened. Throws what the database throws: an event that cannot be kept undoes the change it tells of. */
export async function recordSecurityEvent(executor: Executor, ...events: readonly SecurityEvent[]): Promise<void> {
  if (events.length > 0) await executor.run(RECORD_EVENTS, [securityEventRows(events)], { prepare: true });
}

/** The statement of recordSecurityEvent, for connections that are no Executor; its parameter is `securityEventRows`. */
export const RECORD_EVENTS = `insert into kartoteka.security_log
(kind, actor_id, caller_id, client, address, user_agent, target_entity, target_id, details)
select e.kind, e.actor_id, e.caller_id, e.client, e.address, e.user_agent, e.target_entity, e.target_id, e.details
from jsonb_to_recordset($1::text::jsonb) as e(kind text, actor_id uuid, caller_id uuid, client text, address text,
  user_agent text, target_entity text, target_id uuid, details jsonb)`;

/** Events as the JSON that RECORD_EVENTS takes. */
export function securityEventRows(events: readonly SecurityEvent[]): string {
  const rows = events.map(({ kind, actorId, callerId, origin, target, details }) => ({
    kind,
    actor_id: actorId,
    caller_id: callerId,
    client: origin?.client?.slice(0, LONGEST),
    address: origin?.address,
    user_agent: origin?.userAgent?.slice(0, LONGEST),
    target_entity: target?.entity,
    target_id: target?.id,
    details,
  }));
  return JSON.stringify(rows, (_name, value) => (typeof value === 'string' ? storable(value) : value));
}

/** Clients may send what PostgreSQL cannot keep: a NUL, half a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
