// A published CRM with an administrator, on a database of its own, driven through the engine as the service drives it.

import { crmExtension, type MailOptions, mailExtension, type WebhookOptions, webhookExtension } from '@kartoteka/crm';
import type { SourceDocument } from '@kartoteka/metadata';
import {
  bootstrap,
  connectDatabase,
  createPlatform,
  type Extension,
  errorObject,
  type Hook,
  type JobDefinition,
  type Log,
  migrate,
  type Platform,
  PlatformError,
  type Principal,
  publish,
  readDocumentFolder,
} from '@kartoteka/platform';
import { checkAnswer, createTestDatabase, registerTemplate } from '@kartoteka/platform/test-kit';

const METADATA = new URL('../metadata', import.meta.url).pathname;
const ADMIN = 'admin@example.com';
const ROOT = '/api/v1';
const BASE_URL = `http://crm.test${ROOT}`;

/** Nothing to say unless something is wrong. */
export const quietLog: Log = {
  info: () => {},
  warn: () => {},
  error: (fields, message) => console.error(message, fields),
};

registerTemplate('crm', async (url) => {
  await migrate(url);
  const database = await connectDatabase(url, { applicationName: 'kartoteka template' });
  try {
    const documents = await readDocumentFolder(METADATA);
    await publish(database, { documents, author: null, comment: 'Template', log: quietLog });
    await bootstrap(database, { adminEmail: ADMIN });
  } finally {
    await database.close();
  }
  // Its queues are made once, and not for every test.
  const mail = mailExtension({ smtpUrl: 'smtp://127.0.0.1:9', from: 'crm@example.com' });
  const extensions = [crmExtension, webhookExtension(), mail];
  await (await createPlatform({ databaseUrl: url, documents: null, extensions, log: quietLog })).close();
});

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape, and tests look into them
  readonly json: any;
}

export interface Crm {
  readonly url: string;
  readonly platform: Platform;
  readonly admin: Principal;
  readonly rootUnitId: string;
  /** One request; a PlatformError comes back as an answer with `json.code`, `json.details`. */
  call(
    principal: Principal,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
    /** Another node of the same database. */
    node?: Platform,
  ): Promise<Answer>;
  /** POST as the administrator; the new record. Throws when it is refused. */
  // biome-ignore lint/suspicious/noExplicitAny: records are JSON of any shape
  create(set: string, values: unknown, principal?: Principal): Promise<any>;
  /** A user with these roles in a unit, as a principal. */
  user(name: string, roles: readonly string[], unitId?: string): Promise<Principal>;
  /** A user as a principal, as it is after the latest changes of rights. */
  principal(userId: string): Promise<Principal>;
  close(): Promise<void>;
}

/** Platforms whose answers have to be those of their OpenAPI document. */
const promising = new WeakSet<Platform>();

/** Set by the project of slow tests. */
export const CHECKED = process.env.KARTOTEKA_ANSWERS !== 'unchecked';

/** Unless `promised` is false every answer is checked against the OpenAPI document of its Model, and one that is not in it throws. */
export async function startCrm(
  options: {
    documents?: readonly SourceDocument[];
    hooks?: readonly Hook[];
    jobs?: readonly JobDefinition[];
    extensions?: readonly Extension[];
    webhooks?: Partial<WebhookOptions>;
    mail?: Partial<MailOptions>;
    promised?: boolean;
  } = {},
): Promise<Crm> {
  const { url, drop } = await createTestDatabase({ template: 'crm' });
  const platform = await createPlatform({
    databaseUrl: url,
    documents: options.documents ?? null,
    extensions: [
      ...[crmExtension, webhookExtension(options.webhooks), mailExtension(options.mail)],
      ...(options.extensions ?? []),
    ],
    hooks: options.hooks ?? [],
    jobs: options.jobs ?? [],
    log: quietLog,
  });
  const rows = await platform.database.run(
    `select u.id::text as id, u.owning_business_unit_id::text as unit from data."user" u where u.email = $1::text`,
    [ADMIN],
  );
  const admin = await platform.principals.get(String(rows[0]?.id));
  if (admin === null) throw new Error('the template has no administrator');
  if (options.promised ?? CHECKED) promising.add(platform);
  const crm: Crm = {
    url,
    platform,
    admin,
    rootUnitId: String(rows[0]?.unit),
    call: (principal, method, path, body, headers) => callPlatform(platform, principal, method, path, body, headers),
    async create(set, values, principal) {
      // Roles that were published meanwhile are those that an administrator gives.
      const current = admin.model === platform.model() ? admin : await platform.principals.get(admin.id);
      const answer = await crm.call(principal ?? current ?? admin, 'POST', `/${set}`, values);
      if (answer.status !== 201) throw new Error(`POST ${set} answered ${answer.status}: ${answer.text}`);
      return answer.json;
    },
    async user(name, roles, unitId) {
      const unit = unitId ?? crm.rootUnitId;
      const email = `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '.')}@example.com`;
      const user = await crm.create('users', { full_name: name, email, owning_business_unit_id: unit });
      // Roles are given by who knows them as they are by now.
      const giver = roles.length === 0 ? admin : await principalOf(platform, admin.id);
      for (const role of roles) await crm.create('role_assignments', { user_id: user.id, role }, giver);
      return principalOf(platform, user.id);
    },
    principal: (userId) => principalOf(platform, userId),
    close: async () => {
      await platform.close();
      await drop();
    },
  };
  return crm;
}

/** A principal as it is after the latest changes of rights. */
export async function principalOf(platform: Platform, userId: string): Promise<Principal> {
  platform.principals.flush();
  const principal = await platform.principals.get(userId);
  if (principal === null) throw new Error(`there is no principal ${userId}`);
  return principal;
}

/** Statements that a request costs once it is known: the least of several, because the node itself asks for news once a second. */
export async function statementsOf({ platform }: Pick<Crm, 'platform'>, work: () => Promise<unknown>): Promise<number> {
  const { counters } = platform.database;
  const costs: number[] = [];
  for (let n = 0; n < 4; n += 1) {
    const before = counters.statements;
    await work();
    costs.push(counters.statements - before);
  }
  return Math.min(...costs);
}

/** As Crm.call, of any node on the database. */
export async function callPlatform(
  platform: Platform,
  principal: Principal,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const [route = '', query = ''] = path.split('?');
  const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
  const request = {
    method,
    path: route,
    query: encodeQuery(query),
    headers: { 'content-type': 'application/json', ...headers },
    body: text,
    baseUrl: BASE_URL,
    client: 'test',
  };
  const exchange = { method, path: `${ROOT}${route}?${request.query}` };
  try {
    const answer = await platform.handle(request, principal);
    if (answer.failure !== undefined) throw answer.failure;
    const { status, body: answered } = answer;
    const contentType = answer.headers['content-type'];
    if (promising.has(platform) && answer.stream === undefined)
      await checkAnswer(platform, { ...exchange, status, contentType, body: answered });
    return { status, headers: answer.headers, text: answered, json: parsed(answered) };
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    const { code, message, target, details, status, headers: told } = error;
    const sent = JSON.stringify({ error: errorObject(error) });
    if (promising.has(platform))
      await checkAnswer(platform, { ...exchange, status, contentType: 'application/json', body: sent });
    return { status, headers: told, text: message, json: { code, message, target, details } };
  }
}

/** Tests write queries as people read them; what a URL cannot hold is encoded here. */
function encodeQuery(query: string): string {
  return query.replaceAll(/[^\x21-\x7e]/g, (char) => encodeURIComponent(char));
}

function parsed(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
