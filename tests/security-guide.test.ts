// Runs the worked examples of docs/security.md: what the guide says is what the service does.
import { readFileSync } from 'node:fs';
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

const GUIDE = readFileSync(new URL('../docs/security.md', import.meta.url), 'utf8');

type Row = Readonly<Record<string, string>>;

/** The tables of a section, as rows keyed by their headings. */
function tables(section: string): Row[][] {
  return section
    .split(/\n\n+/)
    .filter((block) => block.startsWith('|'))
    .map((block) => {
      const [head = [], , ...rows] = block
        .trim()
        .split('\n')
        .map((line) => line.split(' | ').map(cell));
      return rows.map((row) => Object.fromEntries(head.map((name, index) => [name, row[index] ?? ''])));
    });
}

const cell = (text: string): string => text.replace(/^\| ?|\|$/g, '').trim();

const [cast = '', ...sections] = (GUIDE.split('\n## Worked examples\n')[1]?.split('\n## ')[0] ?? '').split('\n### ');
const [people = [], records = []] = tables(cast);
const examples = sections.map((section) => ({ title: section.split('\n')[0] ?? '', rows: tables(section).flat() }));

let crm: Crm;
const ids = new Map<string, string>();
const principals = new Map<string, Principal>();

beforeAll(async () => {
  crm = await startCrm();
  const sales = await crm.create('business_units', { name: 'Sales', parent_id: crm.rootUnitId });
  const units = new Map([['Sales', sales.id as string]]);
  for (const { unit = '' } of people) {
    if (!units.has(unit)) units.set(unit, (await crm.create('business_units', { name: unit, parent_id: sales.id })).id);
  }
  for (const { person = '', role = '', unit = '' } of people) {
    const principal = await crm.user(person, [role.replaceAll('`', '')], units.get(unit));
    principals.set(person, principal);
    ids.set(person.toUpperCase(), principal.id);
  }
  for (const { record = '', 'what it is': kind, owner = '', 'belongs to': company = '' } of records) {
    const owner_id = ids.get(owner.toUpperCase());
    const values = kind === 'deal' ? { name: record, company_id: ids.get(company) } : { name: record };
    ids.set(record, (await crm.create(kind === 'deal' ? 'deals' : 'companies', { ...values, owner_id })).id);
  }
});
afterAll(() => crm.close());

/** `GET /deals(ROOF)` with the id in the place of the name. */
function requestOf(text: string): { method: string; path: string; body: unknown } {
  const filled = text.replaceAll(/\b[A-Z]{4,}\b(?=[)"`])/g, (name) => ids.get(name) ?? name);
  const [, method = '', path = '', body] = /^`(\w+) (\S+)(?: (\{.*\}))?`$/.exec(filled) ?? [];
  return { method, path, body: body === undefined ? undefined : JSON.parse(body) };
}

/** What the guide tells of an answer besides its status. */
// biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape
function shown(path: string, text: string | null, json: any): string {
  if (path.endsWith('/$count')) return ` \`${text}\``;
  if (path.endsWith('/hand_over')) return ` ${json.count} records`;
  if (path === '/preview_role_change') return ` gains ${json.changes[0].gained.count} record`;
  if (!path.includes('principal_id=')) return '';
  const { granted, smallest_grants: grants = [] } = json.privileges.read;
  const changes = [...new Set(grants.map(({ change }: { change: string }) => change))];
  return granted ? ' read granted' : ` read denied: ${changes.join(', ')}`;
}

/** What the answer has to be: its status, and its body or the error's code, and the privilege that is named. */
async function answerTo({ who = '', request = '' }: Row): Promise<string> {
  const { method, path, body } = requestOf(request);
  const principal = await crm.principal((principals.get(who) as Principal).id);
  const { status, text, json } = await crm.call(principal, method, path, body);
  if (status < 400) return `${status}${shown(path, text, json)}`;
  const privilege = /the privilege (\w+)/.exec(json.message)?.[1];
  return `${status} \`${json.code}\`${privilege === undefined ? '' : ` ${privilege}`}`;
}

test('the guide has examples', () => {
  expect(examples.map(({ title }) => title)).toEqual(expect.arrayContaining(['A representative', 'A manager']));
  expect(examples.flatMap(({ rows }) => rows).length).toBeGreaterThan(25);
});

test.each(examples)('$title', async ({ rows }) => {
  for (const row of rows) expect(await answerTo(row), `${row.who}: ${row.request}`).toBe(row.answer);
});
