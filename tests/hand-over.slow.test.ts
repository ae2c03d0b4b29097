// A leaver with a hundred thousand records: they move in one transaction, in bounded memory, with a change-log row for each.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readDocumentFolder } from '@kartoteka/platform';
import { afterAll, expect, it } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';
import { document, role } from './ownership-kit.ts';

const RECORDS = 100_000;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of the heap that are in use after a collection. */
function keptHeap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

let crm: Crm | undefined;
afterAll(() => crm?.close());

it('hands over 100,000 records in bounded memory', { timeout: 600_000 }, async () => {
  crm = await startCrm();
  const { database } = crm.platform;
  const [leaver, heir] = [
    await crm.user('Leaver', ['sales_representative']),
    await crm.user('Heir', ['sales_manager']),
  ];
  const { id } = await crm.create('leads', { last_name: 'First', owner_id: leaver.id });
  const part = RECORDS / 10;
  for (let made = 1; made < RECORDS; made += part) {
    await database.run(
      `insert into data.lead select (r.made).* from (
         select jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid())) as made
         from data.lead t cross join generate_series(1, $2::int) n where t.id = $1::uuid offset 0) r`,
      [id, String(Math.min(part, RECORDS - made))],
    );
  }
  await database.run('analyze data.lead');
  const send = (dry_run: boolean) =>
    (crm as Crm).call((crm as Crm).admin, 'POST', `/users(${leaver.id})/hand_over`, { owner_id: heir.id, dry_run });
  // What is kept, not what waits to be collected: how much garbage lies about depends on the machine's load.
  let peak = 0;
  const base = keptHeap();
  const watch = setInterval(() => {
    peak = Math.max(peak, keptHeap() - base);
  }, 1000);
  const before = { ...database.counters };
  const started = performance.now();
  const answer = await send(false);
  const seconds = (performance.now() - started) / 1000;
  clearInterval(watch);
  const statements = database.counters.statements - before.statements;
  console.info(
    `${RECORDS} records: ${seconds.toFixed(1)} s, ${statements} statements, heap +${(peak / 2 ** 20).toFixed(0)} MiB`,
  );
  expect([answer.status, answer.json.count, answer.json.complete]).toEqual([200, RECORDS, true]);
  expect(answer.json.records).toHaveLength(100);
  const [left] = await database.run(
    `select (select count(*) from data.lead where owner_id = $1::uuid)::text as old,
      (select count(*) from data.lead where owner_id = $2::uuid and version = 2)::text as new,
      (select count(*) from kartoteka.change_log where entity = 'lead' and operation = 'update')::text as logged`,
    [leaver.id, heir.id],
  );
  expect(left).toEqual({ old: '0', new: String(RECORDS), logged: String(RECORDS) });
  // A page, its savepoint, its update, the events of the history: a dozen for each thousand, and the node's looks for announcements meanwhile.
  expect(statements).toBeLessThan((RECORDS / 1000) * 12);
  expect(peak).toBeLessThan(60 * 2 ** 20);
});

it('and the bulk action go on where more than 50,000 follow together, in parts', { timeout: 600_000 }, async () => {
  const each = 30_000;
  const lookup = { type: 'lookup', targets: ['parcel'], inverse: 'labels', on_delete: 'set_null' };
  const documents = [
    ...(await readDocumentFolder(new URL('../metadata', import.meta.url).pathname)),
    document('entity', 'parcel', { ownership: 'user', fields: { text: { type: 'text' } } }),
    document('entity', 'label', {
      ownership: 'user',
      fields: { text: { type: 'text' }, parcel: { ...lookup, cascade: { assign: 'all' } } },
    }),
    role('holder', { parcel: { '*': 'organization' }, label: { '*': 'organization' } }),
  ];
  const own = await startCrm({ documents });
  try {
    const { database } = own.platform;
    const [leaver, other, heir] = [
      await own.user('Leaver', ['holder']),
      await own.user('Other', ['holder']),
      await own.user('Heir', ['holder']),
    ];
    const parcels = [
      await own.create('parcels', { text: 'a', owner_id: leaver.id }),
      await own.create('parcels', { text: 'b', owner_id: leaver.id }),
    ];
    for (const { id } of parcels) {
      const first = await own.create('labels', { text: 'l', parcel_id: id, owner_id: other.id });
      await database.run(
        `insert into data.label select (r.made).* from (
           select jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid())) as made
           from data.label t cross join generate_series(2, $2::int) n where t.id = $1::uuid offset 0) r`,
        [first.id, String(each)],
      );
    }
    const count = async (owner: string) => {
      const [row] = await database.run('select count(*)::text as n from data.label where owner_id = $1::uuid', [owner]);
      return Number(row?.n);
    };
    const handed = await own.call(heir, 'POST', `/users(${leaver.id})/hand_over`, { owner_id: heir.id });
    expect([handed.status, handed.json.count]).toEqual([200, 2 * each + 2]);
    expect(await count(heir.id)).toBe(2 * each);
    const ids = parcels.map(({ id }) => id);
    const back = await own.call(heir, 'POST', '/parcels/assign', { ids, owner_id: other.id, atomic: true });
    expect([back.status, back.json.results?.length]).toEqual([200, 2]);
    expect(await count(other.id)).toBe(2 * each);
  } finally {
    await own.close();
  }
});
