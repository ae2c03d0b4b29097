// What the OpenAPI document says of the service around the engine: how to sign in, and the routes of authentication. Data for one
// caller; the routes themselves are in auth/.
import { ERRORS, type ErrorCode, type JsonObject, type OpenApiParts, type Principal } from '@kartoteka/platform';
import { USER_ENTITY } from '../auth/users.ts';
import { AUTH_SCHEMAS, PASSWORD_SCHEMA } from './auth-schemas.ts';

const TAG = 'authentication';
const schema = (name: string): JsonObject => ({ $ref: `#/components/schemas/auth.${name}` });
const json = (content: JsonObject): JsonObject => ({ 'application/json': { schema: content } });
const form = (content: JsonObject): JsonObject => ({ 'application/x-www-form-urlencoded': { schema: content } });
const ok = (description: string, content: JsonObject): JsonObject => ({ description, content: json(content) });
const DONE: JsonObject = { '204': { description: 'Done' } };

/** Errors of RFC 6749 and RFC 7009. */
const OAUTH_ERRORS: JsonObject = Object.fromEntries(
  Object.entries({
    '400': 'The request or the grant is not valid',
    '401': 'The client is not authenticated',
    '413': 'The body is too large',
    '429': 'Too many attempts; try again later',
    '5XX': 'The service cannot answer now',
  }).map(([status, description]) => [status, ok(description, schema('oauth_error'))]),
);

/** Codes of the error table that requests of a signed-in user can have, and those of bodies and of other users. */
const SIGNED_IN: readonly ErrorCode[] = [
  ...(['unauthenticated', 'too_many_attempts', 'unknown_option', 'not_supported', 'bad_request'] as const),
  ...(['overloaded', 'unavailable', 'not_ready', 'internal'] as const),
];
const BODY: readonly ErrorCode[] = [
  ...([
    'malformed_json',
    'body_not_object',
    'validation_failed',
    'unsupported_media_type',
    'payload_too_large',
  ] as const),
  ...(['sign_in_needed', 'rule_violated', 'limit_exceeded', 'conflict', 'invalid_text'] as const),
];
const OTHERS: readonly ErrorCode[] = [
  'not_found',
  'missing_privilege',
  'missing_privilege_on_record',
  'missing_capability',
  'escalation',
  'invalid_key',
];

function errors(...codes: readonly ErrorCode[]): JsonObject {
  const byStatus = new Map<string, ErrorCode[]>();
  for (const code of new Set([...SIGNED_IN, ...codes])) {
    const status = ERRORS[code].status >= 500 ? '5XX' : String(ERRORS[code].status);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries([...byStatus].map(([status, some]) => [status, errorOf(some)]));
}

function errorOf(codes: readonly ErrorCode[]): JsonObject {
  const description = codes.map((each) => `\`${each}\`: ${ERRORS[each].message}`).join('\n\n');
  const content = json({ $ref: '#/components/schemas/kartoteka.error_answer' });
  return { description, content, 'x-error-codes': [...codes] };
}

interface Route {
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  readonly body?: JsonObject;
  readonly answers: JsonObject;
}

function route({ id, summary, description, body, answers }: Route): JsonObject {
  const base = { operationId: `auth.${id}`, tags: [TAG], summary, description };
  return {
    ...base,
    ...(body === undefined ? {} : { requestBody: { required: true, content: body } }),
    responses: answers,
  };
}

const path = (name: string, description: string): JsonObject => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string', format: 'uuid' },
});
const USER = path('id', 'Id of the user');

const TOKENS: Record<string, JsonObject> = {
  '/auth/token': {
    post: {
      ...route({
        id: 'token',
        summary: 'Sign in',
        description: 'An access token for a password, a refresh token or an API key (OAuth 2, RFC 6749).',
        body: form(schema('token_request')),
        answers: { '200': ok('The tokens', schema('tokens')), ...OAUTH_ERRORS },
      }),
      security: [{}],
    },
  },
  '/auth/revoke': {
    post: {
      ...route({
        id: 'revoke',
        summary: 'Sign out',
        description: 'Ends the session of a token, with every token that descends from it (RFC 7009).',
        body: form(schema('revocation')),
        answers: { '200': { description: 'Ended, or unknown' }, ...OAUTH_ERRORS },
      }),
      security: [{}],
    },
  },
};

const BROWSER: Record<string, JsonObject> = {
  '/auth/browser-session': {
    post: {
      ...route({
        id: 'begin_browser_session',
        summary: 'Sign in as a page of this service',
        description: 'The refresh token becomes a cookie that no script reads. Only for pages of this origin.',
        body: json(schema('browser_sign_in')),
        answers: { '200': ok('The access token', schema('browser_token')), ...errors(...BODY, 'foreign_origin') },
      }),
      security: [{}],
    },
    delete: {
      ...route({
        id: 'end_browser_session',
        summary: 'Sign out as a page of this service',
        description: 'Ends the session of the cookie, where there is one.',
        answers: { ...DONE, ...errors('foreign_origin') },
      }),
      security: [{}],
    },
  },
  '/auth/browser-session/refresh': {
    post: {
      ...route({
        id: 'refresh_browser_session',
        summary: 'Go on with the session of the cookie',
        description: 'A new access token; the cookie is replaced.',
        answers: { '200': ok('The access token', schema('browser_token')), ...errors('foreign_origin') },
      }),
      security: [{}],
    },
  },
};

const OWN: Record<string, JsonObject> = {
  '/auth/password': {
    post: route({
      id: 'change_password',
      summary: 'Change the own password',
      description: 'With the current one; the other sessions end.',
      body: json(schema('password_change')),
      answers: { ...DONE, ...errors(...BODY) },
    }),
  },
  '/auth/keys': keyList('', 'own'),
  '/auth/keys/{key}': { parameters: [path('key', 'Id of the key')], ...keyRemoval('', 'own') },
  '/auth/sessions': sessionList('', 'own', 'All but the one that asks.'),
  '/auth/sessions/{session}': { parameters: [path('session', 'Id of the session')], ...sessionRemoval('', 'own') },
};

const OF_USERS: Record<string, JsonObject> = {
  '/auth/users/{id}/keys': { parameters: [USER], ...keyList('user_', "a user's") },
  '/auth/users/{id}/keys/{key}': {
    parameters: [USER, path('key', 'Id of the key')],
    ...keyRemoval('user_', "a user's"),
  },
  '/auth/users/{id}/sessions': { parameters: [USER], ...sessionList('user_', "a user's", 'All of them.') },
  '/auth/users/{id}/sessions/{session}': {
    parameters: [USER, path('session', 'Id of the session')],
    ...sessionRemoval('user_', "a user's"),
  },
};

const PASSWORDS: Record<string, JsonObject> = {
  '/auth/users/{id}/password': {
    parameters: [USER],
    put: route({
      id: 'set_password',
      summary: "Set a user's password",
      description:
        'Capability `manage_credentials`, and only of who holds nothing that the caller lacks. The sessions of the user end.',
      body: json(schema('password')),
      answers: { ...DONE, ...errors(...BODY, ...OTHERS) },
    }),
  },
};

function keyList(prefix: string, whose: string): JsonObject {
  return {
    get: route({
      id: `${prefix}keys`,
      summary: `List ${whose} API keys`,
      description: 'Without the secrets.',
      answers: { '200': ok('The keys', schema('keys')), ...errors(...OTHERS) },
    }),
    post: route({
      id: `${prefix}create_key`,
      summary: `Make one of ${whose} API keys`,
      description: 'The key is told this once.',
      body: json(schema('key_request')),
      answers: { '201': ok('The key', schema('new_key')), ...errors(...BODY, ...OTHERS) },
    }),
  };
}

function keyRemoval(prefix: string, whose: string): JsonObject {
  const description = 'It and its tokens end on every node within a second.';
  const answers = { ...DONE, ...errors(...OTHERS) };
  return {
    delete: route({ id: `${prefix}revoke_key`, summary: `Revoke one of ${whose} API keys`, description, answers }),
  };
}

function sessionList(prefix: string, whose: string, which: string): JsonObject {
  return {
    get: route({
      id: `${prefix}sessions`,
      summary: `List ${whose} sessions`,
      description: 'Where the user is signed in.',
      answers: { '200': ok('The sessions', schema('sessions')), ...errors(...OTHERS) },
    }),
    delete: route({
      id: `${prefix}end_sessions`,
      summary: `End ${whose} sessions`,
      description: which,
      answers: { ...DONE, ...errors(...OTHERS) },
    }),
  };
}

function sessionRemoval(prefix: string, whose: string): JsonObject {
  const description = 'It ends on every node within a second.';
  const answers = { ...DONE, ...errors(...OTHERS) };
  return {
    delete: route({ id: `${prefix}end_session`, summary: `End one of ${whose} sessions`, description, answers }),
  };
}

const SECURITY_SCHEMES: JsonObject = {
  access_token: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token of /auth/token, or an API key (`ktk_…`).',
  },
  basic: {
    type: 'http',
    scheme: 'basic',
    description: 'An API key as password; the id of the key, or the e-mail address of its user, as user name.',
  },
  oauth2: {
    type: 'oauth2',
    description: 'A password for people; for programs the id of an API key as client_id and the key as client_secret.',
    flows: {
      password: { tokenUrl: '/auth/token', refreshUrl: '/auth/token', scopes: {} },
      clientCredentials: { tokenUrl: '/auth/token', scopes: {} },
    },
  },
};

const mayReset = ({ kind, capabilities }: Principal): boolean =>
  kind === 'system' || capabilities.has('manage_credentials');

/** The parts for one caller: routes that need a capability or a right are there for who has it. */
export function authParts(version: string): (caller: Principal) => OpenApiParts {
  return (caller) => ({
    version,
    tags: [{ name: TAG, description: 'Tokens, passwords, API keys and sessions' }],
    paths: {
      ...TOKENS,
      ...BROWSER,
      ...OWN,
      ...(caller.access(USER_ENTITY, 'write').granted ? OF_USERS : {}),
      ...(mayReset(caller) ? PASSWORDS : {}),
    },
    schemas: mayReset(caller) ? { ...AUTH_SCHEMAS, 'auth.password': PASSWORD_SCHEMA } : AUTH_SCHEMAS,
    responses: {},
    securitySchemes: SECURITY_SCHEMES,
    security: Object.keys(SECURITY_SCHEMES).map((scheme) => ({ [scheme]: [] })),
  });
}
