// Golden cases: request, plan, SQL, answer and the number of statements and round trips side by side, one file per case
// in tests/golden/. `vitest run -u` rewrites them; a change of one is a change to look at.
import { parseExactJson } from '@kartoteka/metadata';
import type { Database, Executor, Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Crm, principalOf, startCrm } from './crm-kit.ts';
import { CASES, type Caller, type Case, RIGHTS_CASES } from './golden-cases.ts';
import { describePlan } from './golden-plan.ts';

let crm: Crm;
const callers: Partial<Record<Caller, Principal>> = {};
/** Names in requests that stand for ids of the fixture. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  crm = await startCrm();
  const representative = await crm.user('Rita Rep', ['sales_representative']);
  callers.administrator = crm.admin;
  callers.representative = representative;
  const acme = await crm.create(
    'companies',
    { name: 'Acme', industry: 'retail', physical_address_country: 'US' },
    representative,
  );
  const borg = await crm.create('companies', { name: 'Borg', industry: 'medical' }, representative);
  const rows = [
    { name: 'Pens', stage: 'prospecting', amount: 100, close_date: '2026-12-01', company_id: acme.id },
    { name: 'Paper', stage: 'prospecting', amount: 250.5, close_date: null, company_id: acme.id },
    { name: 'Ink', stage: 'won', amount: 12, close_date: '2026-11-01', company_id: borg.id },
    { name: 'Desks', stage: 'engaging', amount: null, close_date: '2027-01-15', company_id: null },
  ];
  for (const row of rows) ids[row.name] = (await crm.create('deals', row, representative)).id;
  const contact = async (last_name: string): Promise<string> =>
    (await crm.create('contacts', { last_name }, representative)).id;
  ids.Ann = await contact('Ann');
  for (const contact_id of [ids.Ann, await contact('Bob')])
    await crm.create('deal_contacts', { deal_id: ids.Pens, contact_id }, representative);
  for (const [subject, deal] of [
    ['Call', ids.Pens],
    ['Mail', ids.Paper],
  ]) {
    const values = { subject, kind: 'call', regarding_id: deal, regarding_type: 'deal' };
    ids[subject as string] = (await crm.create('activities', values, representative)).id;
  }
  ids.acme = acme.id;
  ids.borg = borg.id;
});

afterAll(() => crm?.close());

for (const golden of CASES) goldenTest(golden);

describe('rights', () => {
  beforeAll(makeTeamsUnitsAndShares);
  for (const golden of RIGHTS_CASES) goldenTest(golden);
});

/** Two teams with deals, a branch of three units with one each, a shared deal, and a company with many deals. */
async function makeTeamsUnitsAndShares(): Promise<void> {
  const deal = (name: string, owner_id: string, more: object = {}) =>
    crm.create('deals', { name, stage: 'prospecting', owner_id, ...more });
  const member = await crm.user('Mia Member', ['sales_representative']);
  for (const name of ['North', 'South']) {
    const team = await crm.create('teams', { name, owning_business_unit_id: crm.rootUnitId });
    await crm.create('role_assignments', { team_id: team.id, role: 'sales_representative' });
    await crm.create('team_members', { team_id: team.id, user_id: member.id });
    await deal(`Deal of ${name}`, team.id, { close_date: '2027-02-01', company_id: ids.acme });
  }
  let parent = crm.rootUnitId;
  const units: string[] = [];
  for (const name of ['Region', 'City', 'Office']) {
    parent = (await crm.create('business_units', { name, parent_id: parent })).id;
    units.push(parent);
    await deal(`Deal of ${name}`, (await crm.user(`Owner in ${name}`, ['sales_representative'], parent)).id);
  }
  const manager = await crm.user('Max Manager', ['sales_manager'], units[0]);
  const sharee = await crm.user('Sam Sharee', ['sales_representative'], units[2]);
  await deal('Own', sharee.id);
  for (const name of ['Pens', 'Paper']) {
    const regarding = { regarding_type: 'deal', regarding_id: ids[name] };
    await crm.create('events', { ...regarding, text: name, happened_on: '2026-01-01T00:00:00Z' });
  }
  const shared = await crm.call(crm.admin, 'POST', `/deals(${ids.Pens})/share`, {
    principal_id: sharee.id,
    rights: ['read'],
  });
  expect(shared.status).toBe(204);
  ids.big = (await crm.create('companies', { name: 'Zenith' })).id;
  for (let n = 10; n <= 30; n++)
    await deal(`Deal ${n}`, crm.admin.id, { company_id: ids.big, close_date: '2028-01-01' });
  for (const [name, principal] of Object.entries({ member, manager, sharee })) {
    callers[name as Caller] = await principalOf(crm.platform, principal.id);
    ids[name] = principal.id;
  }
}

/** A node asks once a second whether there is something new: that is no part of a request. */
const POLL = /from kartoteka\.state$/;

function goldenTest(golden: Case): void {
  test(`golden: ${golden.name}`, async () => {
    const principal = callers[golden.as ?? 'administrator'] ?? crm.admin;
    const method = golden.method ?? 'GET';
    const path = await pageAfter(golden, principal);
    const body = golden.body === undefined ? undefined : withIds(JSON.stringify(golden.body));
    const recorded = await recordStatements(() => crm.call(principal, method, path, body, golden.headers));
    const { answer } = recorded;
    const statements = recorded.statements.filter((sql) => !POLL.test(sql));
    const trips = recorded.roundTrips - (recorded.statements.length - statements.length);
    const shown = golden.after === undefined ? golden.path : decodeURIComponent(path);
    const text = [
      `# ${golden.name}`,
      `${method} ${shown}${golden.as === undefined ? '' : `   (as ${golden.as})`}`,
      ...Object.entries(golden.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
      ...(golden.body === undefined ? [] : [JSON.stringify(golden.body)]),
      '\n## plan',
      describePlan(crm.platform.model(), method, decodeURIComponent(path), body, golden.headers?.prefer),
      `\n## SQL: ${statements.length} statement(s), ${trips} round trip(s)`,
      ...statements.map(broken),
      `\n## answer ${answer.status}`,
      ...Object.entries(answer.headers)
        .filter(([name]) => name !== 'server-timing')
        .map(([name, value]) => `${name}: ${value}`),
      answer.status >= 400 ? JSON.stringify(answer.json, null, 1) : pretty(answer.text),
      '',
    ].join('\n');
    await expect(anonymous(text)).toMatchFileSnapshot(`golden/${golden.name.replaceAll(' ', '-')}.txt`);
  });
}

/** The case's own path, or the one that nextLink names after so many pages. */
async function pageAfter(golden: Case, principal: Principal): Promise<string> {
  let path = withIds(golden.path);
  for (let page = 0; page < (golden.after ?? 0); page++) {
    const { json } = await crm.call(principal, 'GET', path, undefined, golden.headers);
    path = new URL(json['@odata.nextLink']).href.slice('http://crm.test/api/v1'.length);
  }
  return path;
}

function withIds(text: string): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => ids[name] ?? whole);
}

/** The texts that reach PostgreSQL while `work` runs, in its own transactions too, and the round trips they cost. */
async function recordStatements<T>(
  work: () => Promise<T>,
): Promise<{ answer: T; statements: string[]; roundTrips: number }> {
  const { database } = crm.platform;
  const statements: string[] = [];
  const recording = (executor: Executor): Executor => ({
    run: (text, parameters, options) => {
      statements.push(text);
      return Object.getPrototypeOf(executor).run.call(executor, text, parameters, options);
    },
  });
  const before = database.counters.roundTrips;
  const { transaction } = Object.getPrototypeOf(database) as Database;
  Object.assign(database, {
    run: recording(database).run,
    transaction: (inner: Parameters<Database['transaction']>[0]) =>
      transaction.call(database, (tx) => inner(recording(tx))),
  });
  try {
    const answer = await work();
    return { answer, statements, roundTrips: database.counters.roundTrips - before };
  } finally {
    Reflect.deleteProperty(database, 'run');
    Reflect.deleteProperty(database, 'transaction');
  }
}

/** One clause a line, so that a difference can be read. */
function broken(sql: string): string {
  return sql.replaceAll(/ (from|where|order by|limit|left join|cross join|union all|union) /g, '\n  $1 ');
}

function pretty(text: string | null): string {
  if (text === null) return '(no body)';
  return /^[{[]/.test(text) ? JSON.stringify(parseExactJson(text), null, 1) : text;
}

/** Ids and times differ in every run: numbered in order of appearance. */
function anonymous(text: string): string {
  const seen = new Map<string, string>();
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => {
      const name = seen.get(id) ?? `<id ${seen.size + 1}>`;
      seen.set(id, name);
      return name;
    })
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(?:\+00:00|Z)/g, '<time>')
    .replaceAll(/skiptoken=[\w-]+/g, 'skiptoken=<token>');
}
