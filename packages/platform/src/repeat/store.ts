// The table of repeatable requests: a row is made before a request is carried out and filled with its outcome in the same
// transaction, so that both last or neither does. It decides nothing about requests.
import { sqlState } from '../database-errors.ts';
import { PlatformError } from '../errors.ts';
import type { Principal } from '../security/types.ts';
import type { Executor, Row } from '../storage/types.ts';
import { ACCEPTED, type Repeatability, rejected } from './header.ts';
import type { Outcome } from './outcome.ts';

const KEY =
  'r.principal_id = $1::uuid and r.caller_id = $2::uuid and r.client_id = $3::text and r.request_id = $4::text';

/** Waits for whoever carries the same request out at this moment, on whichever node. */
const CLAIM = `insert into kartoteka.repeated_request (principal_id, caller_id, client_id, request_id, first_sent, fingerprint)
values ($1::uuid, $2::uuid, $3::text, $4::text, $5::timestamptz, $6::text) on conflict do nothing returning true as claimed`;

const FIND = `select r.first_sent = $5::timestamptz and r.fingerprint = $6::text as same, r.status::text as status, r.headers, r.body, r.error
from kartoteka.repeated_request r where ${KEY}`;

const STORE = `update kartoteka.repeated_request r set status = $5::smallint, headers = $6::text, body = $7::text, error = $8::text, size = $9::integer
where ${KEY}`;

/** Takes the bodies away that name a record `$1`; the answers stay as without content. */
export const FORGET_BODIES = `update kartoteka.repeated_request r set body = null, size = length(r.headers) where strpos(r.body, $1::text) > 0`;

const USAGE = `select count(*)::text as requests, coalesce(sum(r.size), 0)::text as size from kartoteka.repeated_request r
where r.principal_id = $1::uuid`;

const PREPARED = { prepare: true };

/** The user's own id stands where nobody acts as him: no null in a key. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Whose request it is, and which: what answers are found by. */
export function keyOf({ id, callerId }: Principal, { clientId, requestId }: Repeatability): readonly string[] {
  return [id, callerId ?? NOBODY, clientId, requestId];
}

/**
 * Makes the row of a request that is new: null; else the outcome that is remembered. Throws repeated_request_differs, and conflict
 * where the first one takes too long to be waited for.
 */
export async function claim(tx: Executor, principal: Principal, repeatability: Repeatability): Promise<Outcome | null> {
  const { firstSent, fingerprint } = repeatability;
  const values = [...keyOf(principal, repeatability), firstSent, fingerprint];
  const rows = await tx.run(CLAIM, values, PREPARED).catch((error: unknown) => {
    throw sqlState(error) === '55P03' ? stillUnderWay() : error;
  });
  if (rows.length > 0) return null;
  const [row] = await tx.run(FIND, values, PREPARED);
  // Removed between the two statements: whoever repeats it finds it new.
  if (row === undefined) throw stillUnderWay();
  if (row.same !== true) throw differs();
  return outcomeOf(row);
}

function stillUnderWay(): PlatformError {
  const reason = 'The request of this id is still being carried out; try again';
  return new PlatformError('conflict', { reason }).withHeaders(ACCEPTED);
}

/** Another request under a known id. */
export function differs(): PlatformError {
  return rejected(new PlatformError('repeated_request_differs', {}, { target: 'Repeatability-Request-ID' }));
}

/** Fills the row; a transaction that is not part of another one ends with it. */
export async function store(
  tx: Executor,
  principal: Principal,
  repeatability: Repeatability,
  outcome: Outcome,
): Promise<void> {
  const { status, headers, body, error } = columnsOf(outcome);
  const key = keyOf(principal, repeatability);
  await tx.run(STORE, [...key, status, headers, body, error, String(sizeOf(outcome))], { ...PREPARED, last: true });
}

/** UTF-16 units of what is kept of an outcome. */
export function sizeOf(outcome: Outcome): number {
  const { headers, body, error } = columnsOf(outcome);
  return (headers?.length ?? 0) + (body?.length ?? 0) + (error?.length ?? 0);
}

/** What was answered without a body, or has lost it to a redaction. */
const NO_CONTENT = 204;

type Columns = Readonly<Record<'status' | 'headers' | 'body' | 'error', string | null>>;

function columnsOf(outcome: Outcome): Columns {
  if (outcome.kind === 'refusal')
    return { status: null, headers: null, body: null, error: JSON.stringify(outcome.refusal) };
  const { status, headers, body } = outcome.answer;
  return { status: String(status), headers: JSON.stringify(headers), body, error: null };
}

function outcomeOf({ status, headers, body, error }: Row): Outcome {
  if (typeof error === 'string') return { kind: 'refusal', refusal: JSON.parse(error) };
  const { 'content-type': type, ...others } = JSON.parse(String(headers)) as Record<string, string>;
  if (typeof body !== 'string') return { kind: 'answer', answer: { status: NO_CONTENT, headers: others, body: null } };
  const all = type === undefined ? others : { 'content-type': type, ...others };
  return { kind: 'answer', answer: { status: Number(status), headers: all, body } };
}

/** What is remembered for a user at this moment. */
export async function usageOf(tx: Executor, { id }: Principal): Promise<{ requests: number; size: number }> {
  const [row] = await tx.run(USAGE, [id], PREPARED);
  return { requests: Number(row?.requests), size: Number(row?.size) };
}
