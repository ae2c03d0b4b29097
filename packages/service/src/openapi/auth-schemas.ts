// Bodies and answers of the routes of authentication as JSON Schemas. Data only.
import type { JsonObject } from '@kartoteka/platform';

const text = (description: string, more: JsonObject = {}): JsonObject => ({ type: 'string', description, ...more });
const orNull = (description: string, more: JsonObject = {}): JsonObject => ({
  type: ['string', 'null'],
  description,
  ...more,
});
const GUID: JsonObject = { format: 'uuid' };
const TIME: JsonObject = { format: 'date-time' };

function object(properties: JsonObject, required: readonly string[], more: JsonObject = {}): JsonObject {
  return { type: 'object', required, properties, ...more };
}

const listOf = (name: string): JsonObject =>
  object({ value: { type: 'array', items: { $ref: `#/components/schemas/auth.${name}` } } }, ['value'], {
    additionalProperties: false,
  });

const CLOSED: JsonObject = { additionalProperties: false };
const PASSWORD = text('10 to 256 characters', { minLength: 10, maxLength: 256, format: 'password' });

const KEY: JsonObject = {
  id: text('Of the key', GUID),
  name: text('What it is for'),
  prefix: text('Its first characters, to recognise it by'),
  created_on: text('When it was made', TIME),
  created_by_id: orNull('Who made it', GUID),
  expires_on: orNull('When it ends', TIME),
  last_used_on: orNull('When it was used last, to the minute', TIME),
};

const SESSION: JsonObject = {
  id: text('Of the session', GUID),
  client: orNull('The program, as its client_id names it'),
  address: orNull('Network address it was last gone on with from'),
  user_agent: orNull('What that program calls itself'),
  created_on: text('Sign-in', TIME),
  last_used_on: text('When it was last gone on with', TIME),
  expires_on: text('When it ends', TIME),
  current: { type: 'boolean', description: 'Whether it is the one that asks' },
};

const TOKEN_REQUEST: JsonObject = {
  type: 'object',
  required: ['grant_type'],
  properties: {
    grant_type: text('How', { enum: ['password', 'refresh_token', 'client_credentials'] }),
    username: text('With password: e-mail address', { maxLength: 254 }),
    password: text('With password', { maxLength: 1024, format: 'password' }),
    refresh_token: text('With refresh_token', { maxLength: 200 }),
    client_id: text('With client_credentials the id of an API key; else what the program calls itself'),
    client_secret: text('With client_credentials: the API key', { maxLength: 256, format: 'password' }),
  },
  example: { grant_type: 'password', username: 'anna@example.com', password: 'correct horse battery staple' },
};

/** Of a new password for somebody else: for who may set it. */
export const PASSWORD_SCHEMA: JsonObject = object({ password: PASSWORD }, ['password'], CLOSED);

/** By name in the document. */
export const AUTH_SCHEMAS: JsonObject = {
  'auth.token_request': TOKEN_REQUEST,
  'auth.tokens': object(
    {
      access_token: text('Send it as Authorization: Bearer'),
      token_type: text('Its type', { const: 'Bearer' }),
      expires_in: { type: 'integer', description: 'Seconds that it is good for' },
      refresh_token: text('For the next pair; absent with client_credentials'),
    },
    ['access_token', 'token_type', 'expires_in'],
    CLOSED,
  ),
  'auth.browser_sign_in': object(
    { email: text('Address of the user', { maxLength: 254 }), password: text('The password', { maxLength: 1024 }) },
    ['email', 'password'],
    CLOSED,
  ),
  'auth.browser_token': object(
    {
      access_token: text('Send it as Authorization: Bearer; keep it in memory alone'),
      token_type: text('Its type', { const: 'Bearer' }),
      expires_in: { type: 'integer', description: 'Seconds that it is good for' },
    },
    ['access_token', 'token_type', 'expires_in'],
    CLOSED,
  ),
  'auth.revocation': object(
    { token: text('Either kind of token of a sign-in', { maxLength: 2048 }), token_type_hint: text('Not needed') },
    ['token'],
  ),
  'auth.oauth_error': object(
    { error: text('Code of RFC 6749'), error_description: text('In words') },
    ['error', 'error_description'],
    CLOSED,
  ),
  'auth.password_change': object(
    { current_password: text('The current one', { format: 'password' }), password: PASSWORD },
    ['password'],
    CLOSED,
  ),
  'auth.key_request': object(
    {
      name: text('What it is for', { minLength: 1, maxLength: 100 }),
      expires_on: orNull('When it ends; null: never', TIME),
    },
    ['name'],
    {
      ...CLOSED,
      example: { name: 'nightly load', expires_on: '2099-01-01T00:00:00Z' },
    },
  ),
  'auth.key': object(KEY, Object.keys(KEY), CLOSED),
  'auth.new_key': object({ ...KEY, key: text('The key, told this once') }, [...Object.keys(KEY), 'key'], CLOSED),
  'auth.keys': listOf('key'),
  'auth.session': object(SESSION, Object.keys(SESSION), CLOSED),
  'auth.sessions': listOf('session'),
};
