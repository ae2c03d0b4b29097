// Nothing secret is ever returned, logged or stored: sign-in, key, refresh, password, export and error paths are walked with marked
// secrets, and then every answer, every log line (at the level trace) and every row of every table is searched for them.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN, JWT_SECRET, startTestService, type TestService } from '../packages/service/src/testing/test-service.ts';

let node: TestService;

beforeAll(async () => {
  node = await startTestService({ LOG_LEVEL: 'trace' });
}, 60_000);
afterAll(() => node?.stop());

/** Secrets by what they are. Those that the service makes are added when it tells them. */
const secrets = new Map<string, string>([
  ["the administrator's password", ADMIN.password],
  ['the secret of tokens', JWT_SECRET],
  ['a password', 'MARKER-right-password-71c4'],
  ['the next password', 'MARKER-next-password-0b9e'],
  ['a password set by another', 'MARKER-other-password-5d20'],
  ['a wrong password', 'MARKER-wrong-password-e8a1'],
  ['a password typed as a name', 'MARKER-typed-as-name-33f7'],
  ['a wrong key', `ktk_${'MARKERwrongKey'.padEnd(43, 'x')}`],
  ['a wrong secret', 'MARKER-wrong-secret-9a6c'],
]);
const secret = (what: string): string => {
  const value = secrets.get(what);
  if (value === undefined) throw new Error(`there is no secret ${what}`);
  return value;
};

interface Answer {
  readonly what: string;
  readonly text: string;
  /** Secrets that this answer is there to tell. */
  readonly tells: readonly string[];
}
const answers: Answer[] = [];

/** Sends a request and keeps the whole answer; members of a JSON answer named in `tells` are secrets from then on. */
async function send(
  method: string,
  path: string,
  init: RequestInit = {},
  tells: Record<string, string> = {},
  // biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape
): Promise<any> {
  const response = await fetch(`${node.address}${path}`, { method, ...init });
  const body = await response.text();
  let json: Record<string, string> = {};
  try {
    json = JSON.parse(body);
  } catch {
    // CSV, or nothing.
  }
  const told: string[] = [];
  for (const [member, what] of Object.entries(tells)) {
    if (typeof json[member] !== 'string') throw new Error(`${method} ${path} answered ${response.status}: ${body}`);
    secrets.set(what, json[member]);
    told.push(what);
  }
  const headers = [...response.headers].map((pair) => pair.join(': ')).join('\n');
  answers.push({ what: `${method} ${path} ${response.status}`, text: `${headers}\n${body}`, tells: told });
  return { status: response.status, ...json };
}
const form = (fields: Record<string, string>, headers: Record<string, string> = {}): RequestInit => ({
  body: new URLSearchParams(fields),
  headers,
});
const json = (bearer: string, body?: unknown): RequestInit => ({
  headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
  ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
});
const token = (fields: Record<string, string>, tells?: Record<string, string>, headers?: Record<string, string>) =>
  send('POST', '/auth/token', form(fields, headers), tells);
const signIn = (username: string, password: string, name?: string) =>
  token(
    { grant_type: 'password', username, password },
    name === undefined ? {} : { access_token: `the token of ${name}`, refresh_token: `the refresh token of ${name}` },
  );
const basic = (name: string, given: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${given}`).toString('base64')}`,
});

const EMAIL = 'marked@example.com';

/** All paths that see a secret, right or wrong. */
async function walk(): Promise<string> {
  await signIn(ADMIN.email, ADMIN.password, 'the administrator');
  const admin = secret('the token of the administrator');
  const units = await send('GET', '/api/v1/business_units?$top=1', json(admin));
  const person = { full_name: 'Marked', email: EMAIL, owning_business_unit_id: units.value[0].id };
  const { id: user } = await send('POST', '/api/v1/users', json(admin, person));
  await send('POST', '/api/v1/role_assignments', json(admin, { role: 'system_administrator', user_id: user }));
  await send('PUT', `/auth/users/${user}/password`, json(admin, { password: secret('a password') }));
  await signIn(EMAIL, secret('a password'), 'the user');
  await signIns();
  await keys(secret('the token of the user'));
  await passwords(admin, user);
  await refreshes();
  await errors(admin, user);
  return user;
}

async function signIns(): Promise<void> {
  await signIn(EMAIL, secret('a wrong password'));
  await signIn(secret('a password typed as a name'), secret('a wrong password'));
  await send('POST', '/auth/token', {
    body: `grant_type=password&username=x&password=${secret('a wrong password')}&password=y`,
  });
  await token({ grant_type: 'password', username: EMAIL, password: secret('a wrong password'), scope: 'x' });
  await token({ grant_type: secret('a wrong password') });
  await token({ grant_type: 'password', username: EMAIL, client_secret: secret('a wrong secret') });
  await token({ grant_type: 'refresh_token', refresh_token: secret('a wrong secret') });
  await send('POST', '/auth/token', {
    body: JSON.stringify({ password: secret('a wrong password') }),
    headers: { 'content-type': 'application/json' },
  });
  // Until it is throttled, and beyond.
  for (let n = 0; n < 9; n += 1) await signIn('throttled@example.com', secret('a wrong password'));
}

async function keys(bearer: string): Promise<void> {
  const made = await send('POST', '/auth/keys', json(bearer, { name: 'script' }), { key: 'a key' });
  const key = secret('a key');
  await send('GET', '/auth/keys', json(bearer));
  await send('GET', '/api/v1/companies', json(key));
  await send('GET', '/api/v1/companies', { headers: basic(made.id, key) });
  await send('GET', '/api/v1/companies', { headers: basic(EMAIL, secret('a wrong secret')) });
  await send('GET', '/api/v1/companies', {
    headers: basic(secret('a password typed as a name'), secret('a wrong key')),
  });
  await send('GET', '/api/v1/companies', json(secret('a wrong key')));
  const program = { grant_type: 'client_credentials', client_id: made.id };
  await token({ ...program, client_secret: key }, { access_token: 'the token of the key' });
  await token({ ...program, client_secret: secret('a wrong secret') });
  await token({ ...program, client_id: secret('a password typed as a name'), client_secret: secret('a wrong key') });
  await token(program, {}, basic(made.id, secret('a wrong key')));
  await send('POST', '/auth/revoke', form({ token: secret('the token of the key') }));
  await send('POST', '/auth/keys', json(key, { name: 'no' }));
  await send('GET', '/api/v1/companies', { ...json(key), headers: { ...json(key).headers, accept: 'text/csv' } });
  await send('DELETE', `/auth/keys/${made.id}`, json(bearer));
  await expect.poll(async () => (await send('GET', '/api/v1/companies', json(key))).status).toBe(401);
  await token({ ...program, client_secret: key });
}

async function passwords(admin: string, user: string): Promise<void> {
  const own = secret('the token of the user');
  const change = (body: unknown) => send('POST', '/auth/password', json(own, body));
  await change({ current_password: secret('a wrong password'), password: secret('the next password') });
  await change({
    current_password: secret('a password'),
    password: secret('the next password'),
    more: secret('a wrong secret'),
  });
  await change({ current_password: secret('a password'), password: [secret('the next password')] });
  await change(`{"password": "${secret('the next password')}`);
  expect((await change({ current_password: secret('a password'), password: secret('the next password') })).status).toBe(
    204,
  );
  await send('PUT', `/auth/users/${user}/password`, json(admin, { password: secret('a password set by another') }));
  await signIn(EMAIL, secret('a password set by another'), 'the user, later');
}

async function refreshes(): Promise<void> {
  const first = secret('the refresh token of the user, later');
  const refresh = (given: string, name?: string) =>
    token(
      { grant_type: 'refresh_token', refresh_token: given },
      name === undefined ? {} : { access_token: `${name} token`, refresh_token: `${name} refresh token` },
    );
  await refresh(first, 'the second');
  await refresh(secret('the second refresh token'), 'the third');
  await send('GET', '/auth/sessions', json(secret('the third token')));
  expect((await refresh(first)).status).toBe(400);
  await send('POST', '/auth/revoke', form({ token: secret('the third refresh token') }));
}

/** Mistakes, and what happens inside when the database fails in the middle. */
async function errors(admin: string, user: string): Promise<void> {
  await send('GET', `/api/v1/companies?access_token=${admin}`, json(admin));
  await send('GET', `/api/v1/companies?$filter=name eq '`, json(admin));
  await send('PATCH', `/api/v1/users(${user})`, json(admin, { password: secret('a wrong password') }));
  await send('POST', '/api/v1/companies', json(admin, `{"name": "${secret('a wrong secret')}`));
  await send('GET', '/api/v1/users?$filter=full_name ne null', {
    headers: { authorization: `Bearer ${admin}`, accept: 'text/csv' },
  });
  await send('GET', '/api/v1/companies', json(`${admin}x`));
  // Who writes a secret into the path is told that there is no such resource, in his own words.
  await send('GET', `/api/v1/${secret('a wrong key')}`, json(admin));
  answers.push({ ...(answers.pop() as Answer), tells: ['a wrong key'] });
  await send('GET', '/api/v1/companies', { headers: { authorization: secret('a wrong secret') } });
  const away = async (table: string, during: () => Promise<unknown>): Promise<void> => {
    await node.database.database.run(`alter table kartoteka.${table} rename to ${table}_away`);
    await during();
    await node.database.database.run(`alter table kartoteka.${table}_away rename to ${table}`);
  };
  await away('credential', () => signIn(EMAIL, secret('a password set by another')));
  await away('api_key', () => send('GET', '/api/v1/companies', json(secret('a wrong key'))));
  await away('refresh_token', () =>
    token({ grant_type: 'refresh_token', refresh_token: secret('the third refresh token') }),
  );
  await away('security_log', () => signIn(EMAIL, secret('a password set by another')));
  await away('security_log', () => signIn(EMAIL, secret('a wrong password')));
}

/** Every row of every table, by table. */
async function rows(): Promise<Map<string, string>> {
  const { database } = node.database;
  const tables = await database.run(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'm') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'`,
  );
  const found = new Map<string, string>();
  for (const { name } of tables) {
    const text = await database.run(`select coalesce(string_agg(t::text, E'\\n'), '') as text from ${name} t`);
    found.set(String(name), String(text[0]?.text));
  }
  return found;
}

/** How a secret may look: as it is, and as bytes or JSON or a URL print it. */
function forms(value: string): string[] {
  const bytes = Buffer.from(value);
  return [
    value,
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
    encodeURIComponent(value),
    JSON.stringify(value),
  ];
}

it('is in no answer but the one that tells it, in no log line and in no table', async () => {
  const user = await walk();
  await node.service.platform.events.flush();
  await signIn(ADMIN.email, ADMIN.password, 'the administrator, later');
  const admin = secret('the token of the administrator, later');
  const events = await send('GET', '/api/v1/security_events?$top=1000', json(admin));
  // What is searched is there: the paths were walked, and the searched texts are of the kind that they should be.
  const seen = new Set(events.value.map(({ kind }: { kind: string }) => kind));
  for (const kind of [
    'sign_in_failed',
    'sign_in_throttled',
    'refresh_token_reused',
    'api_key_refused',
    'password_reset',
    'export_ended',
  ])
    expect(seen).toContain(kind);
  const tables = await rows();
  expect(tables.get('kartoteka.session')).toContain(user);
  expect(tables.get('data."user"') ?? tables.get('data.user')).toContain(EMAIL);
  const lines = node.lines.join('');
  expect(node.lines.filter((line) => line.includes('Internal error')).length).toBeGreaterThan(2);
  expect(lines).toContain('/auth/token');
  for (const [what, value] of secrets) {
    for (const text of forms(value)) {
      for (const answer of answers) {
        if (!answer.tells.includes(what))
          expect(answer.text.includes(text), `${what} in the answer of ${answer.what}`).toBe(false);
      }
      expect(lines.includes(text), `${what} in the log`).toBe(false);
      for (const [table, rowsOf] of tables) expect(rowsOf.includes(text), `${what} in ${table}`).toBe(false);
    }
  }
  expect(secrets.size).toBeGreaterThan(18);
}, 60_000);
