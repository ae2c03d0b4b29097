// Requests and errors of OAuth 2 as RFC 6749 words them: forms in, `{"error", "error_description"}` out.
// It knows nothing of passwords or sessions.
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Errors of RFC 6749 section 5.2 and RFC 7009 section 2.2.1, and three of ours for what they do not name. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unsupported_grant_type'
  | 'unsupported_token_type'
  | 'invalid_scope'
  | 'too_many_attempts'
  | 'temporarily_unavailable'
  | 'server_error';

const STATUS: Readonly<Record<OAuthErrorCode, number>> = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unsupported_grant_type: 400,
  unsupported_token_type: 400,
  invalid_scope: 400,
  too_many_attempts: 429,
  temporarily_unavailable: 503,
  server_error: 500,
};

/** An error that leaves in OAuth's shape. */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode;
  readonly status: number;
  /** Seconds after which a repetition makes sense. */
  readonly retryAfter: number | null;

  constructor(code: OAuthErrorCode, description: string, retryAfter: number | null = null) {
    super(description);
    this.name = 'OAuthError';
    this.code = code;
    this.status = STATUS[code];
    this.retryAfter = retryAfter;
  }
}

/** Sends an OAuth error; `Cache-Control: no-store` is every answer's. */
export function sendOAuthError(reply: FastifyReply, error: OAuthError): FastifyReply {
  if (error.retryAfter !== null) reply.header('retry-after', String(error.retryAfter));
  if (error.status === 401) reply.header('www-authenticate', 'Basic realm="kartoteka"');
  reply.header('content-type', 'application/json; charset=utf-8').header('pragma', 'no-cache');
  return reply.code(error.status).send(JSON.stringify({ error: error.code, error_description: error.message }));
}

export interface OAuthForm {
  /** The parameter's value; null when it is absent or empty, which mean the same (RFC 6749 section 3.2). */
  get(name: string): string | null;
  /** @throws OAuthError invalid_request when it is absent or longer than `longest` characters */
  require(name: string, longest: number): string;
}

/**
 * The form of a request's body. Unknown parameters are ignored, as the RFC demands; repeated ones are refused.
 * @throws OAuthError invalid_request, invalid_scope (there are none)
 */
export function oauthForm(request: FastifyRequest): OAuthForm {
  if (typeof request.body !== 'string' || request.body === '') {
    throw new OAuthError('invalid_request', 'The body must be a form: grant_type=password&username=...');
  }
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(request.body)) {
    if (fields.has(name)) throw new OAuthError('invalid_request', `A parameter is given twice: ${shown(name)}`);
    fields.set(name, value);
  }
  const get = (name: string): string | null => fields.get(name) || null;
  if (get('scope') !== null) throw new OAuthError('invalid_scope', 'There are no scopes: leave the parameter out');
  const require = (name: string, longest: number): string => {
    const value = get(name);
    if (value === null) throw new OAuthError('invalid_request', `The parameter ${name} is missing`);
    if ([...value].length > longest) throw new OAuthError('invalid_request', `The parameter ${name} is too long`);
    return value;
  };
  return { get, require };
}

/**
 * For requests of users, whose clients have no secrets.
 * @throws OAuthError invalid_client
 */
export function refuseClientSecret(request: FastifyRequest, form: OAuthForm): void {
  if (request.headers.authorization === undefined && form.get('client_secret') === null) return;
  throw new OAuthError(
    'invalid_client',
    'Clients do not authenticate here: send neither Authorization nor client_secret',
  );
}

/** RFC 6749 allows printable ASCII without quote and backslash in a description. */
function shown(name: string): string {
  return name.slice(0, 40).replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?');
}

/** What the change log calls the client of a key begins so, and nothing else does. */
const KEY_CLIENT = 'api_key:';

/** What the change log calls the client of a key. */
export function clientOfKey(id: string): string {
  return KEY_CLIENT + id;
}

/** Name a client gives itself, for the change log and the list of sessions. */
export function clientIdOf(form: OAuthForm): string | null {
  const client = form.get('client_id');
  if (client === null) return null;
  if (client.startsWith(KEY_CLIENT)) {
    throw new OAuthError('invalid_request', `client_id must not begin with ${KEY_CLIENT}: keys are called so`);
  }
  if (!/^[\w.:/-]{1,64}$/.test(client)) {
    throw new OAuthError('invalid_request', 'client_id is 1 to 64 letters, digits and . : / _ -');
  }
  return client;
}
