// No change is lost, however transactions overlap: those that stay open while others commit, on whichever node, and those that end in
// another order than they began. And what following a link costs.
import { createPlatform, type Platform } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietLog } from './crm-kit.ts';
import { type DeltaKit, startDeltaKit } from './delta-kit.ts';
import { playDelta } from './delta-play.ts';

/** Holds the next write of a note up in its transaction. */
let gate: { readonly reached: () => void; readonly open: Promise<void> } | null = null;
const HOOKS = [
  {
    entity: 'note',
    operations: ['create', 'update'] as const,
    needsTransaction: () => true,
    after: async () => {
      const held = gate;
      gate = null;
      held?.reached();
      await held?.open;
    },
  },
];

let kit: DeltaKit;
let other: Platform;
beforeAll(async () => {
  kit = await startDeltaKit(HOOKS);
  other = await createPlatform({ databaseUrl: kit.crm.url, documents: null, log: quietLog });
});
afterAll(async () => {
  await other?.close();
  await kit?.crm.close();
});

/** Begins a write and leaves it in its transaction; what ends it. */
async function held(write: () => Promise<unknown>): Promise<() => Promise<void>> {
  let go = (): void => {};
  const open = new Promise<void>((resolve) => {
    go = resolve;
  });
  let written: Promise<unknown> = Promise.resolve();
  await new Promise<void>((resolve) => {
    gate = { reached: resolve, open };
    written = write();
  });
  return async () => {
    go();
    await written;
  };
}

/** A request to the second node. */
async function elsewhere(method: string, path: string, body: object): Promise<string> {
  const principal = await other.principals.get(kit.all.id);
  if (principal === null) throw new Error('no principal');
  const headers = { 'content-type': 'application/json' };
  const text = JSON.stringify(body);
  const request = { method, path, query: '', headers, body: text, baseUrl: 'http://b', client: null };
  const answer = await other.handle(request, principal);
  expect(answer.status).toBeLessThan(300);
  return answer.body === null ? '' : JSON.parse(answer.body).id;
}

describe('a transaction that is open', () => {
  it('while the list is read, and others commit before and after it, is told once it commits', async () => {
    const { all } = kit;
    const before = await kit.make('notes', { text: 'before', rank: 9 });
    const end = await held(() => kit.done(all, 'PATCH', `/notes(${before})`, { rank: 10 }));
    const later = await elsewhere('POST', '/notes', { text: 'later', rank: 9 });
    const follower = await kit.follow(all, '/notes?$filter=rank ge 9');
    expect(follower.copy.get(before)).toMatchObject({ rank: 9 });
    await elsewhere('PATCH', `/notes(${later})`, { rank: 11 });
    expect((await follower.follow()).changed).toEqual([later]);
    expect((await follower.follow()).changed).toEqual([]);
    await end();
    expect((await follower.follow()).changed).toEqual([before]);
    await follower.expectFresh();
  });

  it('through several links, with others inside it and around it, loses none of them', async () => {
    const { all } = kit;
    const follower = await kit.follow(all, '/notes?$select=text');
    const first = await held(() => kit.make('notes', { text: 'first' }));
    const made: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      made.push(await elsewhere('POST', '/notes', { text: `n${n}` }));
      expect((await follower.follow()).changed).toEqual(made.slice(-1));
    }
    const second = await held(() => kit.make('notes', { text: 'second' }));
    expect((await follower.follow()).changed).toEqual([]);
    await second();
    expect((await follower.follow()).changed).toHaveLength(1);
    await first();
    expect((await follower.follow()).changed).toHaveLength(1);
    await follower.expectFresh();
  });

  it('that is rolled back is never told', async () => {
    const follower = await kit.follow(kit.all, '/notes');
    const database = kit.crm.platform.database;
    await database
      .transaction(async (tx) => {
        await tx.run(`update data.note set rank = rank`);
        await tx.run(
          `insert into kartoteka.change_log (entity, record_id, operation, version) select 'note', id, 'update', 99 from data.note`,
        );
        expect((await follower.follow()).changed).toEqual([]);
        throw new Error('back');
      })
      .catch(() => undefined);
    expect((await follower.follow()).changed).toEqual([]);
  });

  it('of a share, prepared and committed by somebody else, is told when it commits', async () => {
    const reader = await kit.crm.user('Reader', ['own']);
    const id = await kit.make('notes', { text: 'shared' });
    const follower = await kit.follow(reader, '/notes');
    const database = kit.crm.platform.database;
    let told: readonly string[] = [];
    await database.transaction(async (tx) => {
      await tx.run(
        `insert into kartoteka.share (principal_id, entity, record_id, rights) values ($1::uuid, 'note', $2::uuid, 1)`,
        [reader.id, id],
      );
      await kit.make('notes', { text: 'meanwhile', owner_id: reader.id });
      told = (await follower.follow()).changed;
      expect(told).toHaveLength(1);
    });
    expect((await follower.follow()).changed).toEqual([id]);
    await follower.expectFresh();
  });

  it('changes what a page of the list showed before its end was read', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 4; n += 1) ids.push(await kit.make('notes', { text: `p${n}`, stage: 'pages' }));
    const path = `/notes?$filter=stage eq 'pages'&$orderby=text`;
    const headers = { prefer: 'odata.track-changes,maxpagesize=2' };
    const pathOf = (link: string): string => link.replace('http://crm.test/api/v1', '');
    const first = await kit.get(kit.all, path, headers);
    expect(first.json['@odata.deltaLink']).toBeUndefined();
    const late = await kit.make('notes', { text: 'p9', stage: 'pages' });
    await kit.done(kit.all, 'PATCH', `/notes(${ids[0]})`, { text: 'p0 again' });
    const second = await kit.get(kit.all, pathOf(first.json['@odata.nextLink']), headers);
    const third = await kit.get(kit.all, pathOf(second.json['@odata.nextLink']), headers);
    expect(third.json.value.map(({ id }: { id: string }) => id)).toEqual([late]);
    // Shown on the last page, not there when the first one was read, and gone before the link is followed.
    await kit.done(kit.all, 'DELETE', `/notes(${late})`);
    await kit.done(kit.all, 'PATCH', `/notes(${ids[3]})`, { stage: 'other' });
    const delta = (await kit.get(kit.all, pathOf(third.json['@odata.deltaLink']))).json.value;
    const context = 'http://crm.test/api/v1/$metadata#notes/$deletedEntity';
    expect(
      delta.filter((item: { id: string }) => !item.id.startsWith('notes(')).map(({ id }: { id: string }) => id),
    ).toEqual([ids[0]]);
    expect(delta.filter((item: { id: string }) => item.id.startsWith('notes('))).toEqual([
      { '@odata.context': context, id: `notes(${late})`, reason: 'deleted' },
      { '@odata.context': context, id: `notes(${ids[3]})`, reason: 'changed' },
    ]);
  });
});

it('a record that leaves a folder between two pages, after the share of the folder was taken back, is told to be gone', async () => {
  const reader = await kit.crm.user('Between', ['own']);
  const [folder, away] = [await kit.make('folders', { text: 'F' }), await kit.make('folders', { text: 'G' })];
  const notes: string[] = [];
  for (let n = 0; n < 4; n += 1) notes.push(await kit.make('notes', { text: `between ${n}`, folder_id: folder }));
  const [note = '', second = ''] = notes.toSorted().reverse();
  const bit = await kit.make('bits', { text: 'b', note_id: second });
  for (let n = 0; n < 3; n += 1) await kit.make('bits', { text: `b${n}`, note_id: notes.toSorted()[0] });
  await kit.done(kit.all, 'POST', `/folders(${folder})/share`, { principal_id: reader.id, rights: ['read'] });
  const followers = [
    await kit.follow(reader, '/notes', { pageSize: 1 }),
    await kit.follow(reader, '/bits', { pageSize: 1 }),
  ];
  const mine = await kit.make('notes', { text: 'first told', owner_id: reader.id });
  await kit.make('bits', { text: 'first told', note_id: mine });
  await kit.done(kit.all, 'POST', `/folders(${folder})/revoke`, { principal_id: reader.id });
  for (const follower of followers) {
    const { json } = await follower.ask();
    follower.copy.set(json.value[0].id, json.value[0]);
    follower.link = json['@odata.nextLink'].replace(/^.*\/api\/v1/, '');
  }
  for (const id of [note, second]) await kit.done(kit.all, 'PATCH', `/notes(${id})`, { folder_id: away });
  expect(followers[1]?.copy.has(bit)).toBe(true);
  for (const follower of followers) {
    await follower.follow(false);
    await follower.follow(false);
    await follower.expectFresh();
  }
});

// Longer: delta.slow.test.ts.
it('nothing is missed and nothing is too much, whoever reads and whatever is written at random meanwhile', async () => {
  const statuses = await playDelta(kit, { connections: 4, rounds: 3, writes: 25, rest: 20 });
  expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([]);
  expect(statuses.get(201)).toBeGreaterThan(10);
  expect(statuses.get(204)).toBeGreaterThan(50);
}, 60_000);

describe('what following a link costs', () => {
  const LOG = 100_000;

  /** Buffers that the statement of a request touches, and how PostgreSQL runs it. */
  async function buffers(work: () => Promise<unknown>): Promise<{ readonly touched: number; readonly plan: string }> {
    const { database } = kit.crm.platform;
    const run = database.run;
    let asked: Parameters<typeof run> | undefined;
    database.run = (...parameters) => {
      if (parameters[0].includes('pg_visible_in_snapshot')) asked = parameters;
      return run.apply(database, parameters);
    };
    await work();
    database.run = run;
    if (asked === undefined) throw new Error('no page of changes was read');
    const [row] = await database.run(`explain (analyze, buffers, format json) ${asked[0]}`, asked[1]);
    const [{ Plan: plan }] = JSON.parse(String(row?.['QUERY PLAN']));
    return { touched: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], plan: JSON.stringify(plan) };
  }

  it('grows no faster than the changes since, in a log that has grown since PostgreSQL last looked at it', async () => {
    const follower = await kit.follow(await kit.crm.user('Early', ['own']), '/notes');
    const touchedBy = async (changes: number): Promise<number> => {
      for (let n = 0; n < changes; n += 100) {
        const records = Array.from({ length: 100 }, () => ({ text: 'early', owner_id: follower.principal.id }));
        await kit.done(kit.all, 'POST', '/notes/bulk', { mode: 'create', records });
      }
      const { touched } = await buffers(() => follower.follow());
      return touched;
    };
    await kit.crm.platform.database.run('analyze kartoteka.change_log');
    await touchedBy(100);
    const [few, many] = [await touchedBy(200), await touchedBy(800)];
    expect(many).toBeLessThan(5 * few);
  });

  it('is bounded by the changes since, in a log of 100,000, though a transaction has been open all the time', async () => {
    const { database } = kit.crm.platform;
    const reader = await kit.crm.user('Cheap', ['own']);
    const ids: string[] = [];
    for (let n = 0; n < 10; n += 1) ids.push(await kit.make('notes', { text: `cheap ${n}`, owner_id: reader.id }));
    await database.transaction(async (open) => {
      await open.run('select pg_current_xact_id()');
      await database.run(
        `insert into kartoteka.change_log (entity, record_id, operation, version, before, after)
         select 'note', gen_random_uuid(), 'update', 2, '{"text": "a"}', '{"text": "b"}' from generate_series(1, ${LOG})`,
      );
      await database.run('analyze kartoteka.change_log');
      const [full, own] = [await kit.follow(kit.all, '/notes'), await kit.follow(reader, '/notes')];
      for (const id of ids.slice(0, 5)) await kit.done(kit.all, 'PATCH', `/notes(${id})`, { text: 'changed' });
      for (const id of ids.slice(5)) await kit.done(kit.all, 'PATCH', `/notes(${id})`, { owner_id: kit.all.id });
      for (const [follower, changed] of [
        [full, 10],
        [own, 5],
      ] as const) {
        const { link } = follower;
        const { touched, plan } = await buffers(() => follower.follow());
        expect(touched, plan).toBeLessThan(400);
        follower.link = link;
        expect((await follower.follow()).changed).toHaveLength(changed);
        await follower.expectFresh();
      }
    });
  });

  it('is one statement, and the list itself is one statement as without', async () => {
    const follower = await kit.follow(kit.all, '/notes');
    const { counters } = kit.crm.platform.database;
    const costs: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      const before = counters.statements;
      await follower.ask();
      await kit.get(kit.all, '/notes', { prefer: 'odata.track-changes' });
      costs.push(counters.statements - before);
    }
    // The node asks for news once a second besides.
    expect(Math.min(...costs)).toBe(2);
  });
});
