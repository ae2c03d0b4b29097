// Numbers that records get by themselves: drawn with the row, once, by every node; given to records that were there before;
// changed patterns, concurrent creates, and fields that come and go.

import { crmExtension } from '@kartoteka/crm';
import type { SourceDocument } from '@kartoteka/metadata';
import { compareCatalogue, createPlatform, publish, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, principalOf, quietLog, startCrm } from './crm-kit.ts';

let crm: Crm;
let shipped: readonly SourceDocument[];

beforeAll(async () => {
  shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm();
});

afterAll(() => crm?.close());

const label = { en: 'x' };

/** Publishes an entity `paper` with these fields, and waits until the platform has it. */
async function republish(fields: Record<string, object>, allowDestructive = false): Promise<void> {
  const body = {
    ...{ name: 'paper', set: 'papers', label, plural_label: label, ownership: 'organization', title: 'name' },
    fields: { name: { type: 'text', required: true, max_length: 50 }, ...fields },
  };
  const documents = [...shipped, { kind: 'entity', name: 'paper', layer: 'base', source: 'test', body } as const];
  const { database } = crm.platform;
  const done = await publish(database, { documents, author: null, comment: 'x', log: quietLog, allowDestructive });
  expect(done.pending).toEqual([]);
  await expect.poll(() => crm.platform.model().revision).toBe(done.revision);
  expect(await compareCatalogue(database, crm.platform.model())).toEqual([]);
}

const administrator = () => principalOf(crm.platform, crm.admin.id);

async function post(values: object): Promise<Record<string, string>> {
  const answer = await crm.call(await administrator(), 'POST', '/papers', values);
  expect(answer.status, answer.text ?? '').toBe(201);
  return answer.json;
}

async function numbers(order = 'created_on'): Promise<(string | null)[]> {
  const list = await crm.call(await administrator(), 'GET', `/papers?$orderby=${order}&$select=number&$top=1000`);
  return list.json.value.map((row: { number: string | null }) => row.number);
}

const NUMBERED = { number: { type: 'auto_number', pattern: 'P-{000}' } };

test('records that are there when the field is published are numbered in the order of their creation', async () => {
  await republish({});
  await crm.platform.database.run(
    `insert into data.paper (id, name, created_on, created_by_id, modified_on, modified_by_id, version, deleted_on)
     select gen_random_uuid(), n::text, now() - make_interval(hours => n), $1::uuid, now(), $1::uuid, 1, case when n = 1200 then now() end
     from generate_series(1, 2500) n`,
    [crm.admin.id],
  );
  await republish(NUMBERED);
  const rows = await crm.platform.database.run(
    'select number, name, version::text from data.paper order by created_on',
  );
  expect(rows.map((row) => row.number)).toEqual(rows.map((_, index) => `P-${String(index + 1).padStart(3, '0')}`));
  expect(rows[0]).toMatchObject({ name: '2500', version: '1' });
  await crm.platform.database.run('delete from data.paper');
});

test('a new record gets the next number, shows it, logs it, and is found and ordered by it', async () => {
  const [first, second] = [await post({ name: 'a' }), await post({ name: 'b' })];
  expect([first.number, second.number]).toEqual(['P-2501', 'P-2502']);
  const found = await crm.call(
    await administrator(),
    'GET',
    `/papers?$filter=number eq 'P-2502' and startswith(number,'P-')`,
  );
  expect(found.json.value.map((row: { id: string }) => row.id)).toEqual([second.id]);
  expect(await numbers('number desc')).toEqual(['P-2502', 'P-2501']);
  const minimal = await crm.call(await administrator(), 'POST', '/papers', { name: 'c' }, { prefer: 'return=minimal' });
  const id = /\(([^)]+)\)/.exec(minimal.headers['odata-entityid'] ?? minimal.headers.location ?? '')?.[1];
  const [log] = await crm.platform.database.run(
    `select after::text as after from kartoteka.change_log where record_id = $1::uuid`,
    [id ?? null],
  );
  expect(JSON.parse(String(log?.after))).toMatchObject({ name: 'c', number: 'P-2503' });
});

/** What is only read is refused, where it would be left aside. */
const STRICT = { prefer: 'handling=strict' };

test('a refused record draws no number, and one that is written by a client is refused', async () => {
  const admin = await administrator();
  for (const values of [{ name: null }, { name: 'x'.repeat(51) }, { name: 'x', number: 'P-0001' }]) {
    expect((await crm.call(admin, 'POST', '/papers', values, STRICT)).status).toBe(400);
  }
  const { id, number } = await post({ name: 'd' });
  expect(number).toBe('P-2504');
  const refused = await crm.call(admin, 'PATCH', `/papers(${id})`, { number: 'P-0001' }, STRICT);
  expect([refused.status, refused.json.details]).toMatchObject([400, [{ code: 'read_only', target: 'number' }]]);
});

test('two nodes that create at once never give a number twice', async () => {
  const other = await createPlatform({
    databaseUrl: crm.url,
    documents: null,
    extensions: [crmExtension],
    log: quietLog,
  });
  try {
    const admins = [await administrator(), await principalOf(other, crm.admin.id)] as const;
    const before = (await numbers()).length;
    const create = async (index: number) => {
      const node = index % 2;
      const request = { method: 'POST', path: '/papers', query: '', headers: { 'content-type': 'application/json' } };
      const body = JSON.stringify({ name: `n${index}` });
      const platform = node === 0 ? crm.platform : other;
      return (await platform.handle({ ...request, body, baseUrl: 'http://x', client: null }, admins[node as 0 | 1]))
        .status;
    };
    const statuses = await Promise.all(Array.from({ length: 200 }, (_, index) => create(index)));
    expect(new Set(statuses)).toEqual(new Set([201]));
    const all = await numbers();
    expect([all.length, new Set(all).size]).toEqual([before + 200, before + 200]);
  } finally {
    await other.close();
  }
});

test('many records in one request are numbered in their order, and a refused one takes no number', async () => {
  const records = Array.from({ length: 300 }, (_, index) => ({ name: index === 150 ? null : `bulk ${index}` }));
  const admin = await administrator();
  const answer = await crm.call(admin, 'POST', '/papers/bulk', { mode: 'create', records });
  expect([answer.status, answer.json.results[150].status, answer.json.results[151].status]).toEqual([200, 400, 201]);
  const list = await crm.call(admin, 'GET', "/papers?$filter=startswith(name,'bulk')&$select=name,number&$top=1000");
  const byName = new Map(
    list.json.value.map((row: Record<string, string>) => [row.name, Number(row.number?.slice(2))]),
  );
  const drawn = records.flatMap(({ name }) => (name === null ? [] : [Number(byName.get(name))]));
  expect(drawn).toEqual(drawn.map((_, index) => Number(drawn[0]) + index));
});

test('a node that does not know the field yet creates records that have a number', async () => {
  await crm.platform.database.run(
    `insert into data.paper (id, name, created_on, created_by_id, modified_on, modified_by_id, version)
     values (gen_random_uuid(), 'old node', now(), $1::uuid, now(), $1::uuid, 1)`,
    [crm.admin.id],
  );
  expect((await numbers()).at(-1)).toMatch(/^P-\d+$/);
});

test('a changed pattern counts on and leaves the numbers that are given', async () => {
  const { id, number = '' } = await post({ name: 'before' });
  await republish({ number: { type: 'auto_number', pattern: '{YY}.{YYYY}.{MM} #{0}!' } });
  const next = await post({ name: 'after' });
  const [year = '', month] = new Date().toISOString().split('-');
  expect(next.number).toBe(`${year.slice(2)}.${year}.${month} #${Number(number.slice(2)) + 1}!`);
  const kept = await crm.call(await administrator(), 'GET', `/papers(${id})`);
  expect(kept.json.number).toBe(number);
});

test('a number that an older pattern has printed already is passed over', async () => {
  await republish({ number: { type: 'auto_number', pattern: 'N{0}' } });
  const { number = '' } = await post({ name: 'x' });
  const next = Number(number.slice(1)) + 1;
  await crm.platform.database.run(`update data.paper set number = $1::text where name = 'before'`, [`N${next}`]);
  expect((await post({ name: 'y' })).number).toBe(`N${next + 1}`);
  await crm.platform.database.run(`update data.paper set number = $1::text where name = 'before'`, [`N${next + 3}`]);
  const records = [{ name: 'z1' }, { name: 'z2' }, { name: 'z3' }];
  const bulk = await crm.call(await administrator(), 'POST', '/papers/bulk', { mode: 'create', records });
  expect(bulk.json.results.map(({ status }: { status: number }) => status)).toEqual([201, 201, 201]);
  const list = await crm.call(await administrator(), 'GET', "/papers?$filter=name in ('z1','z2','z3')&$select=number");
  expect(new Set(list.json.value.map((row: { number: string }) => row.number))).toEqual(
    new Set([2, 4, 5].map((step) => `N${next + step}`)),
  );
  await crm.platform.database.run(`update data.paper set number = $1::text where name = 'before'`, [`N${next + 7}`]);
  const requests = ['g1', 'g2'].map((id) => ({
    id,
    method: 'POST',
    url: 'papers',
    atomicityGroup: 'g',
    body: { name: id },
  }));
  const group = await crm.call(await administrator(), 'POST', '/$batch', { requests });
  expect(group.json.responses.map(({ body }: { body: object }) => body)).toMatchObject(
    [8, 9].map((step) => ({ number: `N${next + step}` })),
  );
});

test('a field that is removed stops counting, and one of its name begins anew', async () => {
  await republish({}, true);
  const { id } = await post({ name: 'without' });
  await republish(NUMBERED);
  const record = await crm.call(await administrator(), 'GET', `/papers(${id})`);
  expect(record.json.number).toMatch(/^P-\d{3}$/);
  const all = await numbers();
  expect(all).toEqual(all.toSorted());
  expect(all[0]).toBe('P-001');
});

test('numbering that was interrupted goes on with the records that have none', async () => {
  const { database } = crm.platform;
  await database.run(`update data.paper set number = null where name like 'n%'`);
  await database.run(`update kartoteka.publish_step set done_on = null where kind = 'number_rows'`);
  const body = { name: 'x_none', label, privileges: {} };
  const changes = [{ kind: 'role', name: 'x_none', body } as const];
  const again = await publish(database, { changes, author: null, comment: 'x', log: quietLog });
  expect(again.pending).toEqual([]);
  const all = await numbers();
  expect([all.includes(null), new Set(all).size]).toEqual([false, all.length]);
});

test('an entity that is removed keeps its numbers to itself, and one of its name begins anew', async () => {
  const { database } = crm.platform;
  const common = { documents: shipped, author: null, comment: 'x', log: quietLog, allowDestructive: true };
  const { revision } = await publish(database, common);
  await expect.poll(() => crm.platform.model().revision).toBe(revision);
  await republish(NUMBERED);
  expect((await post({ name: 'first again' })).number).toBe('P-001');
});
