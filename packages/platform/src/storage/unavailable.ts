// Which errors of the driver mean that the database is not there or has no room, so that a client may try again.
// It must not judge errors of statements.

/** Codes of Node.js and postgres.js for a connection that cannot be made or has broken. */
const CONNECTION_CODES = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** SQLSTATEs: class 08 (connection), too many connections, shut down, crashed, starting up. */
const SQLSTATE = /^(08...|53300|57P0[123])$/;

/**
 * True when the database could not be reached or ended the connection. Whether a statement that was under way took effect
 * is then unknown.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && (CONNECTION_CODES.has(code) || SQLSTATE.test(code));
}
