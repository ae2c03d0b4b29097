// Golden cases: request, plan, SQL, answer and the number of statements and round trips side by side, one file per case
// in tests/golden/. `vitest run -u` rewrites them; a change of one is a change to look at.
import { parseExactJson } from '@kartoteka/metadata';
import type { Database, Executor, Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';
import { describePlan } from './golden-plan.ts';

let crm: Crm;
let representative: Principal;
/** Names in requests that stand for ids of the fixture. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  crm = await startCrm();
  representative = await crm.user('Rita Rep', ['sales_representative']);
  const acme = await crm.create('companies', { name: 'Acme', industry: 'retail', country: 'US' }, representative);
  const borg = await crm.create('companies', { name: 'Borg', industry: 'medical' }, representative);
  const rows = [
    { name: 'Pens', stage: 'prospecting', amount: 100, close_date: '2026-12-01', company_id: acme.id },
    { name: 'Paper', stage: 'prospecting', amount: 250.5, close_date: null, company_id: acme.id },
    { name: 'Ink', stage: 'won', amount: 12, close_date: '2026-11-01', company_id: borg.id },
    { name: 'Desks', stage: 'engaging', amount: null, close_date: '2027-01-15', company_id: null },
  ];
  for (const row of rows) ids[row.name] = (await crm.create('deals', row, representative)).id;
  ids.acme = acme.id;
  ids.borg = borg.id;
});

afterAll(() => crm?.close());

interface Case {
  readonly name: string;
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly as?: 'administrator' | 'representative';
}

const CASES: readonly Case[] = [
  { name: 'read a record', path: '/deals({Pens})?$select=name,amount,stage' },
  { name: 'read a record as a representative', path: '/deals({Pens})?$select=name', as: 'representative' },
  { name: 'read a record that is not there', path: '/deals(00000000-0000-0000-0000-000000000000)' },
  {
    name: 'list with filter order and top',
    path: "/deals?$filter=stage eq 'prospecting' and amount gt 99.5&$orderby=close_date desc&$top=50&$select=name",
  },
  {
    name: 'list as a representative',
    path: "/deals?$filter=stage eq 'prospecting'&$orderby=close_date&$top=50&$select=name",
    as: 'representative',
  },
  {
    name: 'list with total and expanded lookup',
    path: '/deals?$expand=company($select=name)&$count=true&$top=2&$orderby=name&$select=name',
    as: 'representative',
  },
  {
    name: 'list with nested expands',
    path: '/companies?$select=name&$orderby=name&$expand=deals($select=name;$filter=amount ge 100;$orderby=amount desc;$top=1;$count=true;$expand=company($select=name))',
  },
  {
    name: 'filter over a lookup',
    path: "/deals?$filter=company/industry in ('retail','banking') or company eq null&$select=name&$top=10".replace(
      ' or company eq null',
      '',
    ),
  },
  { name: 'order over a lookup', path: '/deals?$orderby=company/name,name desc&$select=name&$top=10' },
  {
    name: 'string functions and null',
    path: "/deals?$filter=not startswith(name,'P') and close_date ne null and contains(tolower(name),'k')&$select=name&$top=10",
  },
  { name: 'first page', path: '/deals?$orderby=close_date&$select=name', headers: { prefer: 'odata.maxpagesize=2' } },
  {
    name: 'context functions',
    path: '/deals/$count?$filter=owner_id eq me() and created_on le now()',
    as: 'representative',
  },
  {
    name: 'numbers as strings',
    path: '/deals({Paper})?$select=amount,version',
    headers: { accept: 'application/json;IEEE754Compatible=true' },
  },
  {
    name: 'create',
    method: 'POST',
    path: '/deals?$select=name,amount,amount_base,version',
    body: { name: 'Chairs', stage: 'prospecting', amount: 12.3456, company_id: '{acme}' },
    as: 'representative',
  },
  {
    name: 'create with every value wrong',
    method: 'POST',
    path: '/deals',
    body: { name: '', stage: 'nowhere', amount: 'much', version: 3, colour: 'red', close_date: '2026-02-30' },
  },
  {
    name: 'update one property',
    method: 'PATCH',
    path: '/deals({Desks})',
    body: { amount: 1 },
    headers: { 'if-match': 'W/"1"' },
    as: 'representative',
  },
  {
    name: 'update a stale version',
    method: 'PATCH',
    path: '/deals({Desks})',
    body: { amount: 2 },
    headers: { 'if-match': 'W/"1"' },
  },
  { name: 'delete what others refer to', method: 'DELETE', path: '/companies({acme})' },
  { name: 'delete', method: 'DELETE', path: '/deals({Ink})' },
  { name: 'an option that is not supported', path: '/deals?$apply=aggregate($count as n)' },
  {
    name: 'a filter with three mistakes',
    path: "/deals?$filter=colour eq 'red' and amount eq 'x' and contains(amount,'1')",
  },
];

for (const golden of CASES) {
  test(`golden: ${golden.name}`, async () => {
    const principal = golden.as === 'representative' ? representative : crm.admin;
    const path = withIds(golden.path);
    const body = golden.body === undefined ? undefined : withIds(JSON.stringify(golden.body));
    const recorded = await recordStatements(() =>
      crm.call(principal, golden.method ?? 'GET', path, body, golden.headers),
    );
    const { answer } = recorded;
    const text = [
      `# ${golden.name}`,
      `${golden.method ?? 'GET'} ${golden.path}${golden.as === undefined ? '' : `   (as ${golden.as})`}`,
      ...Object.entries(golden.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
      ...(golden.body === undefined ? [] : [JSON.stringify(golden.body)]),
      '\n## plan',
      describePlan(crm.platform.model(), golden.method ?? 'GET', path, body),
      `\n## SQL: ${recorded.statements.length} statement(s), ${recorded.roundTrips} round trip(s)`,
      ...recorded.statements.map(broken),
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
