// The id under which a request is found in the log: the caller's if it is a sane one, else a new one.
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const SANE = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/;
const PROCESS = randomBytes(6).toString('hex');
let counter = 0;

/** 8 to 64 letters, digits, dots, dashes and underscores of X-Request-Id, or `<process>-<counter>`. */
export function requestIdOf(request: { headers: IncomingHttpHeaders }): string {
  const given = request.headers['x-request-id'];
  if (typeof given === 'string' && SANE.test(given)) return given;
  return newRequestId();
}

/** An id no other request of this or another process has. */
export function newRequestId(): string {
  counter += 1;
  return `${PROCESS}-${counter.toString(36)}`;
}
