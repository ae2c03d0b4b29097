// What makes a request repeatable (OASIS Repeatable Requests 1.0): the headers that name it, checked, and what tells it from
// another one. It touches no database.
import { createHash } from 'node:crypto';
import { PlatformError } from '../errors.ts';
import type { EngineRequest } from '../platform-types.ts';
import { header } from '../shape.ts';

/** Hours from Repeatability-First-Sent on in which a request is known again; what was first sent before is refused. */
export const REMEMBERED_HOURS = 24;

/** What the clock of a client may be ahead of ours. */
const MOST_AHEAD_MS = 5 * 60_000;

const HOUR_MS = 3_600_000;

/** The name of a repeatable request, and what it was. */
export interface Repeatability {
  readonly requestId: string;
  /** '' where the client names itself not. */
  readonly clientId: string;
  /** IMF-fixdate, as it was sent. */
  readonly firstSent: string;
  /** SHA-256 in hex of what the request asks for. */
  readonly fingerprint: string;
}

const REQUEST_ID = 'repeatability-request-id';
const FIRST_SENT = 'repeatability-first-sent';
const CLIENT_ID = 'repeatability-client-id';

/** Of the header Repeatability-Result. */
export const ACCEPTED = { 'repeatability-result': 'accepted' } as const;
const REJECTED = { 'repeatability-result': 'rejected' } as const;

/** Visible ASCII, so that it is one value, and the same text wherever it is written. */
const ID = /^[\x21-\x7e]{1,128}$/;

/** Whether the request has one of the headers that make it repeatable, whatever it says. */
export function isRepeatable({ headers }: EngineRequest): boolean {
  return headers[REQUEST_ID] !== undefined || headers[FIRST_SENT] !== undefined || headers[CLIENT_ID] !== undefined;
}

/**
 * What the headers of the request say of its repetition. Throws invalid_repeatability, repeated_request_expired, and not_supported for a
 * request that reads.
 */
export function repeatabilityOf(request: EngineRequest, now = Date.now()): Repeatability {
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) {
    const what = 'Repeatability of a request that reads, which can be repeated as it is,';
    throw rejected(new PlatformError('not_supported', { what }, { target: 'Repeatability-Request-ID' }));
  }
  const requestId = idOf(request, REQUEST_ID, 'Repeatability-Request-ID');
  const clientId = request.headers[CLIENT_ID] === undefined ? '' : idOf(request, CLIENT_ID, 'Repeatability-Client-ID');
  const firstSent = header(request, FIRST_SENT) ?? '';
  checkFirstSent(firstSent, now);
  return { requestId, clientId, firstSent, fingerprint: fingerprintOf(request) };
}

/** The error of a request that was not taken as a repeatable one: nothing has been done. */
export function rejected(error: PlatformError): PlatformError {
  return error.withHeaders(REJECTED);
}

function idOf(request: EngineRequest, name: string, shown: string): string {
  const id = header(request, name) ?? '';
  if (ID.test(id)) return id;
  throw invalid(shown, `${shown} has to be 1 to 128 visible ASCII characters`);
}

function checkFirstSent(text: string, now: number): void {
  const time = Date.parse(text);
  // What Date takes is more than the one form that there is.
  if (Number.isNaN(time) || new Date(time).toUTCString() !== text) {
    throw invalid(
      'Repeatability-First-Sent',
      'Repeatability-First-Sent has to be the time at which the request was first sent, as Sun, 06 Nov 1994 08:49:37 GMT',
    );
  }
  if (time > now + MOST_AHEAD_MS)
    throw invalid('Repeatability-First-Sent', 'Repeatability-First-Sent lies in the future');
  if (time >= now - REMEMBERED_HOURS * HOUR_MS) return;
  const values = { hours: String(REMEMBERED_HOURS) };
  throw rejected(new PlatformError('repeated_request_expired', values, { target: 'Repeatability-First-Sent' }));
}

function invalid(target: string, reason: string): PlatformError {
  return rejected(new PlatformError('invalid_repeatability', { reason }, { target }));
}

/** Of what the request does, not of how it is answered: method, URL, preconditions, body. */
function fingerprintOf(request: EngineRequest): string {
  const { method, path, query, body } = request;
  const head = [method, path, query, header(request, 'if-match') ?? null, header(request, 'if-none-match') ?? null];
  return createHash('sha256')
    .update(JSON.stringify(head))
    .update(body ?? '')
    .digest('hex');
}
