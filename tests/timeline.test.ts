// The timeline of a record: its changes, events and activities in one order, page by page, with the rights of whoever reads it.
import type { SourceDocument } from '@kartoteka/metadata';
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Crm, startCrm, statementsOf } from './crm-kit.ts';

let crm: Crm;
let anna: Principal;
let boris: Principal;

/** Reads deals, and nothing of their history; acts as others. */
const HELPER: SourceDocument = {
  ...{ kind: 'role', name: 'x_helper', layer: 'custom', source: 'x_helper' },
  body: {
    ...{ name: 'x_helper', label: { en: 'Helper' }, capabilities: ['act_as'] },
    privileges: { deal: { read: 'organization' }, user: { read: 'organization' } },
  },
};

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, HELPER] });
  anna = await crm.user('Anna', ['sales_representative']);
  boris = await crm.user('Boris', ['sales_representative']);
});
afterAll(() => crm.close());

// biome-ignore lint/suspicious/noExplicitAny: entries are JSON of several shapes
type Entry = any;

const deal = (more: object = {}) => ({ name: 'Deal', pipeline: 'sales', stage: 'prospecting', amount: 10, ...more });
const event = (id: string, more: object = {}) => ({ regarding_id: id, regarding_type: 'deal', text: 'x', ...more });

async function page(path: string, reader = anna, headers: Record<string, string> = {}) {
  const answer = await crm.call(reader, 'GET', path, undefined, headers);
  expect([path, answer.status, answer.json?.code]).toEqual([path, 200, undefined]);
  return { entries: answer.json.value as Entry[], next: answer.json['@odata.nextLink'] as string | undefined };
}

const pathOf = (link: string): string => link.slice(link.indexOf('/deals('));

/** All entries, over pages of the sizes that `size` gives. */
async function walked(path: string, reader: Principal, size: () => number, between = async () => {}) {
  const all: Entry[] = [];
  let next: string | undefined = path;
  while (next !== undefined) {
    const got: Awaited<ReturnType<typeof page>> = await page(next, reader, { prefer: `odata.maxpagesize=${size()}` });
    all.push(...got.entries);
    next = got.next === undefined ? undefined : pathOf(got.next);
    await between();
  }
  return all;
}

const kindsOf = (entries: readonly Entry[]): string[] => entries.map(({ kind }) => kind);

describe('a timeline', () => {
  test('shows changes, events and activities in one order, each with who and when, and what its fields hold', async () => {
    const { id } = await crm.create('deals', deal(), anna);
    await crm.call(anna, 'PATCH', `/deals(${id})`, { stage: 'proposal' });
    const call = event(id, {
      kind: 'call',
      direction: 'outgoing',
      duration: 'PT5M',
      happened_on: '2020-01-02T03:04:05Z',
    });
    const called = await crm.create('events', call, anna);
    const task = { subject: 'Send the offer', regarding_id: id, regarding_type: 'deal' };
    const due = await crm.create('activities', { ...task, due_on: '2030-01-01T10:00:00Z' }, anna);
    const open = await crm.create('activities', task, anna);
    const { entries } = await page(`/deals(${id})/timeline`);
    const [first, second, ...rest] = entries;
    expect(kindsOf([first, second])).toEqual(['activity', 'activity']);
    // The event of the stage tells its time in milliseconds, and may so stand on either side of the change.
    expect(kindsOf(rest).toSorted()).toEqual(['change', 'change', 'event', 'event']);
    const [changed, made] = rest.filter(({ kind }) => kind === 'change');
    const [staged, last] = rest.filter(({ kind }) => kind === 'event');
    expect(entries.at(-1)).toBe(last);
    expect([first, second].map((entry) => [entry.id, entry.at, entry.title])).toEqual([
      [due.id, '2030-01-01T10:00:00+00:00', 'Send the offer'],
      [open.id, open.created_on, 'Send the offer'],
    ]);
    expect(staged.record).toMatchObject({ kind: 'stage', details: { property: 'stage', to: 'proposal' } });
    expect(changed).toMatchObject({ by_id: anna.id, by_name: 'Anna', operation: 'update', title: null, record: null });
    expect(changed.changes).toContainEqual({ property: 'stage', before: 'prospecting', after: 'proposal' });
    expect(made).toMatchObject({ operation: 'create' });
    expect(last).toMatchObject({ id: called.id, at: '2020-01-02T03:04:05+00:00', by_id: anna.id, operation: null });
    expect(last).toMatchObject({
      changes: [],
      record: { kind: 'call', text: 'x', duration: 'PT5M', regarding_id: id },
    });
    expect(last.record).not.toHaveProperty('owner_id');
  });

  test('shows the kinds that are asked for, also over pages', async () => {
    const { id } = await crm.create('deals', deal(), anna);
    for (const text of ['a', 'b', 'c']) await crm.create('events', event(id, { text }), anna);
    expect(kindsOf((await page(`/deals(${id})/timeline?kinds=change`)).entries)).toEqual(['change']);
    const all = await walked(`/deals(${id})/timeline?kinds=event,activity`, anna, () => 1);
    expect(all.map((entry) => entry.title)).toEqual(['c', 'b', 'a']);
    const called = await page(`/deals(${id})/kartoteka.timeline(kinds=["change","event"])`);
    expect(kindsOf(called.entries)).toEqual(['event', 'event', 'event', 'change']);
  });

  test('refuses kinds that there are none of, and other options, and positions of other requests', async () => {
    const { id } = await crm.create('deals', deal(), anna);
    await crm.create('events', event(id), anna);
    const refused = async (query: string) => {
      const { status, json } = await crm.call(anna, 'GET', `/deals(${id})/timeline?${query}`);
      return [status, json.code, json.details?.map((detail: Entry) => detail.target)];
    };
    expect(await refused('kinds=change,lead,absent')).toEqual([400, 'invalid_arguments', ['kinds/1', 'kinds/2']]);
    expect(await refused('kinds=')).toEqual([400, 'invalid_arguments', ['kinds']]);
    expect(await refused('kinds=change&kinds=event')).toEqual([400, 'duplicate_option', []]);
    expect(await refused('$filter=kind eq 1')).toEqual([400, 'invalid_option', []]);
    expect(await refused('$top=-1')).toEqual([400, 'invalid_option', []]);
    const { next } = await page(`/deals(${id})/timeline`, anna, { prefer: 'odata.maxpagesize=1' });
    const token = /\$skiptoken=([\w-]+)/.exec(next ?? '')?.[1] ?? '';
    expect((await page(`/deals(${id})/timeline?$skiptoken=${token}`)).entries).toHaveLength(1);
    expect(await refused(`kinds=change&$skiptoken=${token}`)).toEqual([400, 'invalid_skiptoken', []]);
    const [fingerprint] = JSON.parse(Buffer.from(token, 'base64url').toString());
    const forged = (...values: unknown[]) =>
      Buffer.from(JSON.stringify([fingerprint, ...values])).toString('base64url');
    for (const values of [
      ['x', 'event', null, null, null],
      ['2020-01-01 00:00:00+00', 'event'],
      ['2020-01-01 00:00:00+00', null, null, null, null],
    ])
      expect(await refused(`$skiptoken=${forged(...values)}`)).toEqual([400, 'invalid_skiptoken', []]);
    const impossible = forged('2020-13-41 00:00:00+00', 'event', null, null, null);
    expect((await refused(`$skiptoken=${impossible}`))[0]).toBe(400);
  });

  test('is one statement, whatever it shows', async () => {
    const { id } = await crm.create('deals', deal(), anna);
    await crm.create('events', event(id), anna);
    expect(await statementsOf(crm, () => page(`/deals(${id})/timeline`))).toBe(1);
    expect(await statementsOf(crm, () => page(`/deals(${id})/timeline?kinds=event`))).toBe(1);
  });

  test('of an entity that nothing regards is its changes', async () => {
    const { json } = await crm.call(crm.admin, 'GET', `/teams?$top=1`);
    const team = json.value[0] ?? (await crm.create('teams', { name: 'T', owning_business_unit_id: crm.rootUnitId }));
    const { entries } = await page(`/teams(${team.id})/timeline`, crm.admin);
    expect(new Set(kindsOf(entries))).toEqual(new Set(['change']));
    const refused = await crm.call(crm.admin, 'GET', `/teams(${team.id})/timeline?kinds=event`);
    expect([refused.status, refused.json.code]).toEqual([400, 'invalid_arguments']);
  });
});

describe('rights', () => {
  test('a hidden, deleted or missing record has none, in the same words', async () => {
    const { id } = await crm.create('deals', deal(), anna);
    const deleted = await crm.create('deals', deal(), anna);
    await crm.call(anna, 'DELETE', `/deals(${deleted.id})`);
    const missing = '00000000-0000-4000-8000-000000000001';
    for (const [reader, of] of [
      [boris, id],
      [anna, deleted.id],
      [anna, missing],
    ] as const) {
      const answer = await crm.call(reader, 'GET', `/deals(${of})/timeline`);
      expect([answer.status, answer.json.code]).toEqual([404, 'not_found']);
    }
  });

  test('entries that the reader may not read are left out, and what they hold is nowhere in the answer', async () => {
    const unit = await crm.create('business_units', { name: 'Elsewhere', parent_id: crm.rootUnitId });
    const carl = await crm.user('Carl', ['sales_representative'], unit.id);
    const { id } = await crm.create('companies', { name: 'Seen by both' }, anna);
    const share = { principal_id: carl.id, rights: ['read'] };
    expect((await crm.call(anna, 'POST', `/companies(${id})/share`, share)).status).toBe(204);
    const task = { subject: 'Hidden from Carl', regarding_id: id, regarding_type: 'company' };
    await crm.create('activities', task, anna);
    const own = await crm.create('activities', { ...task, subject: 'Own', owner_id: carl.id });
    const answer = await crm.call(await crm.principal(carl.id), 'GET', `/companies(${id})/timeline`);
    expect(answer.status).toBe(200);
    const shown = answer.json.value.filter(({ kind }: Entry) => kind === 'activity');
    expect(shown.map((entry: Entry) => entry.id)).toEqual([own.id]);
    expect(answer.text).not.toContain('Hidden from Carl');
    const all = (await page(`/companies(${id})/timeline?kinds=activity`, crm.admin)).entries;
    expect(all).toHaveLength(2);
  });

  test('an entry is of the record that its lookup names, not of another with the same id', async () => {
    const id = '0198c000-0000-7000-8000-00000000abcd';
    await crm.create('companies', { id, name: 'Twin' }, crm.admin);
    await crm.create('deals', deal({ id }), crm.admin);
    await crm.create('events', event(id, { text: 'of the deal' }), crm.admin);
    expect(kindsOf((await page(`/companies(${id})/timeline?kinds=event`, crm.admin)).entries)).toEqual([]);
    expect(kindsOf((await page(`/deals(${id})/timeline?kinds=event`, crm.admin)).entries)).toEqual(['event']);
  });

  test('deleted entries are gone, and come back when they are restored', async () => {
    const { id } = await crm.create('deals', deal(), anna);
    const made = await crm.create('events', event(id), anna);
    await crm.call(anna, 'DELETE', `/events(${made.id})`);
    expect((await page(`/deals(${id})/timeline?kinds=event`)).entries).toEqual([]);
    await crm.call(anna, 'POST', `/events(${made.id})/restore`, {});
    expect((await page(`/deals(${id})/timeline?kinds=event`)).entries).toHaveLength(1);
  });
});

describe('with documents of an organization', () => {
  let other: Crm;

  /** Two secured fields, a kind of events, and an entity whose records are entries as well. */
  beforeAll(async () => {
    const secured: Readonly<Record<string, string>> = { deal: 'product', activity: 'outcome' };
    const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
    const documents = shipped.map((document) => {
      // biome-ignore lint/suspicious/noExplicitAny: bodies of several kinds of documents
      const body = structuredClone(document.body) as any;
      const field = document.kind === 'entity' ? secured[body.name] : undefined;
      if (field !== undefined) body.fields[field].secured = true;
      if (document.kind === 'choice' && body.name === 'event_kind')
        body.values.fax = { label: { en: 'Fax' }, order: 80, active: true };
      return { ...document, body };
    });
    const visit = {
      ...{ name: 'visit', set: 'visits', label: { en: 'Visit' }, plural_label: { en: 'Visits' } },
      ...{ ownership: 'user', title: 'name', timeline: { over: 'about', at: ['began', 'ended'] } },
      fields: {
        name: { type: 'text', max_length: 100 },
        about: { type: 'lookup', targets: ['deal'], inverse: 'visits', required: true },
        began: { type: 'datetime' },
        ended: { type: 'datetime', required: true },
      },
    };
    const added = { kind: 'entity', name: 'visit', layer: 'base', source: 'test', body: visit } as const;
    other = await startCrm({ documents: [...documents, added] });
  });
  afterAll(() => other?.close());

  test('secured fields are hidden, in changes and in entries, from whom no role lets read them', async () => {
    const reader = await other.user('Reader', ['sales_manager']);
    const { id } = await other.create('deals', deal({ product: 'Secret roof' }));
    const done = { subject: 'Done', status: 'done', outcome: 'Secret outcome' };
    await other.create('activities', { ...done, regarding_id: id, regarding_type: 'deal' });
    await other.call(other.admin, 'PATCH', `/deals(${id})`, { product: 'Other secret' });
    const all = await other.call(other.admin, 'GET', `/deals(${id})/timeline`);
    expect(kindsOf(all.json.value)).toEqual(['change', 'activity', 'change']);
    const seen = await other.call(reader, 'GET', `/deals(${id})/timeline`);
    expect(kindsOf(seen.json.value)).toEqual(['activity', 'change']);
    expect(seen.json.value[0].record).not.toHaveProperty('outcome');
    expect(seen.text).not.toMatch(/secret/i);
    expect(all.text).toMatch(/Secret outcome/);
  });

  test('kinds of events and entities that an administrator adds are entries like others', async () => {
    const { id } = await other.create('deals', deal());
    const fax = await other.create('events', event(id, { kind: 'fax', happened_on: '2026-02-02T00:00:00Z' }));
    const whole = { about_id: id, began: '2026-02-03T00:00:00Z', ended: '2026-02-04T00:00:00Z', name: 'Whole' };
    const visit = await other.create('visits', whole);
    const ended = await other.create('visits', { about_id: id, ended: '2026-02-01T00:00:00Z', name: 'Ended' });
    const got = await other.call(other.admin, 'GET', `/deals(${id})/timeline?kinds=visit,event`);
    const entries: Entry[] = got.json.value;
    expect(entries.map((entry) => [entry.kind, entry.id, entry.at.slice(0, 10), entry.record.kind])).toEqual([
      ['visit', visit.id, '2026-02-03', undefined],
      ['event', fax.id, '2026-02-02', 'fax'],
      ['visit', ended.id, '2026-02-01', undefined],
    ]);
    // Nobody but the administrator has rights on visits: that hides them, and refuses nothing.
    const reader = await other.user('Second reader', ['sales_manager']);
    const seen = await other.call(reader, 'GET', `/deals(${id})/timeline?kinds=visit,event`);
    expect([seen.status, kindsOf(seen.json.value)]).toEqual([200, ['event']]);
    expect((await other.call(reader, 'GET', `/deals(${id})/timeline?kinds=visit`)).json.value).toEqual([]);
  });
});

test('a record is reached as always: by another key, and over other records', async () => {
  const company = await crm.create('companies', { name: 'Holder' }, anna);
  const { id } = await crm.create('deals', deal({ external_id: 'key-1', company_id: company.id }), anna);
  await crm.create('events', event(id), anna);
  for (const path of [`/deals(external_id='key-1')`, `/companies(${company.id})/deals(${id})`]) {
    const answer = await crm.call(anna, 'GET', `${path}/timeline?kinds=event`);
    expect([path, answer.status, kindsOf(answer.json.value)]).toEqual([path, 200, ['event']]);
    expect((await crm.call(boris, 'GET', `${path}/timeline?kinds=event`)).status).toBe(404);
  }
});

test('who acts as another sees what both may see', async () => {
  const helper = await crm.user('Helper', ['x_helper']);
  const { id } = await crm.create('deals', deal(), anna);
  await crm.create('events', event(id), anna);
  const { entries } = await page(`/deals(${id})/timeline`, await crm.platform.actAs(helper, anna.id));
  // Anna may read the events of her deal; the helper reads none, and so does who is both.
  expect(kindsOf(entries)).toEqual(['change']);
  expect(kindsOf((await page(`/deals(${id})/timeline`)).entries)).toEqual(['event', 'change']);
  const asBoris = await crm.platform.actAs(helper, boris.id);
  expect((await crm.call(asBoris, 'GET', `/deals(${id})/timeline`)).status).toBe(404);
});

test('what regarded a merged record is in the timeline of the one that is left, and goes back with it', async () => {
  const [left, merged] = [
    await crm.create('contacts', { last_name: 'Left' }, anna),
    await crm.create('contacts', { last_name: 'Merged' }, anna),
  ];
  const made = await crm.create('events', event(merged.id, { regarding_type: 'contact' }), anna);
  const events = async (id: string) =>
    (await page(`/contacts(${id})/timeline?kinds=event`)).entries.map((each) => each.id);
  expect([await events(left.id), await events(merged.id)]).toEqual([[], [made.id]]);
  const answer = await crm.call(crm.admin, 'POST', `/contacts(${left.id})/merge`, { others: [merged.id] });
  expect(answer.status).toBe(200);
  expect(await events(left.id)).toEqual([made.id]);
  expect((await crm.call(anna, 'GET', `/contacts(${merged.id})/timeline`)).status).toBe(404);
  const undone = await crm.call(crm.admin, 'POST', `/contacts(${left.id})/unmerge`);
  expect(undone.status).toBe(200);
  expect([await events(left.id), await events(merged.id)]).toEqual([[], [made.id]]);
});

describe('pages', () => {
  /** A small generator, so that a failure can be run again. */
  function random(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return state % below;
    };
  }

  // biome-ignore lint/suspicious/noExplicitAny: JSON of a list
  const list = async (path: string): Promise<any[]> => (await crm.call(anna, 'GET', path)).json.value;

  /** The same entries from the lists of each kind, sorted by hand. */
  async function reference(id: string): Promise<string[]> {
    const regarding = `$filter=regarding_id eq ${id}&$top=1000`;
    const changes = (await list(`/deals(${id})/changes?$top=1000`)).map((each) => ['change', each.changed_on, each.id]);
    const events = (await list(`/events?${regarding}`)).map((each) => ['event', each.happened_on, each.id]);
    const activities = (await list(`/activities?${regarding}`)).map((each) => [
      ...['activity', each.due_on ?? each.created_on, each.id],
    ]);
    const compare = (a: unknown, b: unknown): number => (a === b ? 0 : (a as string) < (b as string) ? -1 : 1);
    return [...changes, ...events, ...activities]
      .sort((a, b) => compare(moment(b[1]), moment(a[1])) || compare(a[0], b[0]) || compare(b[2], a[2]))
      .map(([kind, , key]) => `${kind} ${key}`);
  }

  /** Microseconds as a text of fixed length. */
  function moment(text: string): string {
    const [, whole, digits = ''] = /^(.*?)(?:\.(\d+))?\+00:00$/.exec(text) ?? [];
    return `${whole}.${digits.padEnd(6, '0')}`;
  }

  const nameOf = ({ kind, id }: Entry): string => `${kind} ${id}`;

  test('of whatever sizes show each entry once, in the order of the lists, while others are written', async () => {
    const runs = Number(process.env.KARTOTEKA_RUNS ?? 4);
    for (let seed = 1; seed <= runs; seed += 1) {
      const next = random(seed);
      const { id } = await crm.create('deals', deal(), anna);
      // Few different times, so that many are equal.
      const time = () => `2026-01-0${1 + next(4)}T00:00:00${next(2) === 0 ? '' : '.000001'}Z`;
      const records = (count: number, one: () => object) => Array.from({ length: count }, one);
      const events = () => event(id, { happened_on: time(), text: 'Event' });
      const activities = () => ({
        ...{ subject: 'Task', regarding_id: id, regarding_type: 'deal' },
        due_on: next(3) === 0 ? null : time(),
      });
      await crm.call(anna, 'POST', '/events/bulk', { records: records(next(25), events) });
      await crm.call(anna, 'POST', '/activities/bulk', { records: records(next(25), activities) });
      for (let n = next(6); n > 0; n -= 1) await crm.call(anna, 'PATCH', `/deals(${id})`, { amount: n });
      // Changes whose times are equal to those of events, and, as after a correction of the clock, before those of earlier changes.
      await crm.platform.database.transaction(async (tx) => {
        await tx.run(`set local session_replication_role = replica`, []);
        await tx.run(
          `update kartoteka.change_log set at = '2026-01-02'::timestamptz + (version % 2) * interval '1 day' where record_id = $1::uuid and $2::int = 0`,
          [id, String(next(2))],
        );
      });
      const sizes = () => 1 + next(7);
      const expected = await reference(id);
      const names = (await walked(`/deals(${id})/timeline`, anna, sizes)).map(nameOf);
      expect([seed, [...names].sort()]).toEqual([seed, [...expected].sort()]);
      const withoutChanges = (all: readonly string[]) => all.filter((name) => !name.startsWith('change '));
      expect([seed, withoutChanges(names)]).toEqual([seed, withoutChanges(expected)]);

      // While it is read, others are made before and behind the position.
      const seen = await walked(`/deals(${id})/timeline`, anna, sizes, async () => {
        await crm.create('events', events(), anna);
        await crm.call(anna, 'PATCH', `/deals(${id})`, { amount: 100 + next(1000) });
      });
      const told = seen.map(nameOf);
      expect([seed, told.length]).toEqual([seed, new Set(told).size]);
      expect([seed, told.filter((name) => expected.includes(name))]).toEqual([seed, names]);
    }
  });

  test('without clocks that go back, changes stand among the others by their times', async () => {
    const { id } = await crm.create('deals', deal(), anna);
    for (let n = 1; n <= 5; n += 1) {
      await crm.call(anna, 'PATCH', `/deals(${id})`, { amount: n });
      await crm.create('events', event(id, { text: `${n}` }), anna);
    }
    const names = (await walked(`/deals(${id})/timeline`, anna, () => 3)).map(nameOf);
    expect(names).toEqual(await reference(id));
  });

  test('end at $top', async () => {
    const { id } = await crm.create('deals', deal(), anna);
    for (const [at, text] of ['a', 'b', 'c'].entries())
      await crm.create('events', event(id, { text, happened_on: `2026-01-0${at + 1}T00:00:00Z` }), anna);
    const two = await page(`/deals(${id})/timeline?$top=2`);
    expect([two.entries.length, two.next]).toEqual([2, undefined]);
    const all = await walked(`/deals(${id})/timeline?kinds=event&$top=3`, anna, () => 2);
    expect(all.map(({ title }) => title)).toEqual(['c', 'b', 'a']);
    expect((await page(`/deals(${id})/timeline?$top=0`)).entries).toEqual([]);
  });
});
