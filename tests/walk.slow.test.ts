// A list of a million records walked by its next links while others insert and delete: what nobody touches is seen exactly once, and
// the ten-thousandth page costs what the second does.
import type { SourceDocument } from '@kartoteka/metadata';
import { connectDatabase, type Platform, type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

/** Records that the reader with restricted rights owns; a twentieth as many belong to somebody else. */
const RECORDS = 1_000_000;
const OTHERS = RECORDS / 20;
/** Of both kinds one in a hundred is deleted by somebody during the walks. */
const DOOMED = 100;
const LARGEST_PAGE = 1_000;
const PAGE = 100;
const MODES = ['force_custom_plan', 'force_generic_plan'] as const;

const DOCUMENTS: readonly SourceDocument[] = [
  {
    ...{ kind: 'entity', name: 'parcel', layer: 'base', source: 'parcel.json' },
    body: {
      ...{ name: 'parcel', set: 'parcels', label: { en: 'Parcel' }, plural_label: { en: 'Parcels' } },
      ...{ ownership: 'user', title: 'title' },
      fields: { title: { type: 'text', max_length: 50, label: { en: 'Title' } }, rank: { type: 'integer' } },
      indexes: { by_rank: ['rank'] },
    },
  },
  {
    ...{ kind: 'role', name: 'parcel_owner', layer: 'base', source: 'parcel_owner.json' },
    body: {
      name: 'parcel_owner',
      label: { en: 'Owner' },
      privileges: { parcel: { read: 'user' }, user: { read: 'organization' } },
    },
  },
];

let crm: Crm;
let owner: Principal;
beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, ...DOCUMENTS] });
  owner = await crm.user('Owner', ['parcel_owner']);
  await fill();
});
afterAll(() => crm?.close());

/** The number of a record is in its id; every tenth has no rank, the others share ten thousand. */
async function fill(): Promise<void> {
  const patient = await connectDatabase(crm.url, { statementTimeout: 0 });
  const found = await patient.run(
    `select indexname, indexdef from pg_indexes where schemaname = 'data' and tablename = 'parcel' and indexname not like '%pkey'`,
  );
  for (const { indexname } of found) await patient.run(`drop index data."${indexname}"`);
  await patient.run(
    `insert into data.parcel (id, created_on, modified_on, created_by_id, modified_by_id, version, owner_id, owning_business_unit_id, title, rank)
     select ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now(), now(), $1::uuid, $1::uuid, 1,
       case when n % 21 = 0 then $1::uuid else $2::uuid end, $3::uuid, 'Parcel ' || n, case when n % 10 = 3 then null else n::bigint * 7919 % 10000 end
     from generate_series(1, $4::int) n`,
    [crm.admin.id, owner.id, crm.rootUnitId, String(RECORDS + OTHERS)],
  );
  for (const { indexdef } of found) await patient.run(String(indexdef));
  await patient.run('vacuum (analyze) data.parcel');
  await patient.close();
}

const isOwned = (n: number): boolean => n % 21 !== 0;
const isDoomed = (n: number): boolean => n % DOOMED === 7;

interface Walk {
  readonly pages: number;
  /** How often each number was seen; index 0 counts records that were inserted meanwhile. */
  readonly seen: Uint8Array;
  readonly twice: number;
  /** Statements of some pages of a hundred records, from the second on, and from the ten-thousandth on. */
  readonly early: readonly Sent[];
  readonly late: readonly Sent[];
}

interface Sent {
  readonly text: string;
  readonly parameters: readonly (string | null)[];
}

/** A hundred records begin anywhere on a page of the table and of the index. */
const ROUNDING = 2;

/** Pages of a hundred that are measured at either place. */
const MEASURED = 5;

/** Goes from the first page to the last: pages of a hundred where they are measured, of a thousand between. */
async function walk(principal: Principal, query: string): Promise<Walk> {
  const seen = new Uint8Array(RECORDS + OTHERS + 1);
  const inserted = new Set<string>();
  const [early, late]: [Sent[], Sent[]] = [[], []];
  let [twice, pages, records] = [0, 0, 0];
  let path: string | null = `/parcels?$select=id${query}`;
  while (path !== null) {
    const isEarly = pages > 0 && early.length < MEASURED;
    const isLate = records >= RECORDS - (MEASURED + 1) * PAGE;
    const size =
      pages === 0 || isEarly || isLate ? PAGE : Math.min(LARGEST_PAGE, RECORDS - (MEASURED + 1) * PAGE - records);
    const sent: Sent[] = [];
    const { status, text, json } = await listening(crm.platform, sent, () =>
      crm.call(principal, 'GET', path as string, undefined, { prefer: `odata.maxpagesize=${size}` }),
    );
    expect(status, text ?? '').toBe(200);
    if (isEarly) early.push(sent[0] as Sent);
    if (isLate && records >= RECORDS - PAGE * MEASURED && late.length < MEASURED) late.push(sent[0] as Sent);
    for (const { id } of json.value as { id: string }[]) {
      const n = id.startsWith('01900000-0000-7000-8000-') ? Number.parseInt(id.slice(24), 16) : 0;
      if (n === 0 ? inserted.has(id) : seen[n] === 1) twice += 1;
      if (n === 0) inserted.add(id);
      else seen[n] = 1;
    }
    pages += 1;
    records += json.value.length;
    const next: string | undefined = json['@odata.nextLink'];
    path = next === undefined ? null : next.slice(next.indexOf('/parcels'));
  }
  return { pages, seen, twice, early, late };
}

/** Notes the list statements that are sent meanwhile. */
async function listening<T>({ database }: Platform, sent: Sent[], work: () => Promise<T>): Promise<T> {
  const { run } = database;
  database.run = (text, parameters = [], options) => {
    if (text.startsWith('select') && text.includes('from data.parcel ')) sent.push({ text, parameters });
    return run.call(database, text, parameters, options);
  };
  try {
    return await work();
  } finally {
    database.run = run;
  }
}

/** Inserts records and deletes doomed ones through a node of its own until it is stopped; what it did. */
function meddle(deleted: Set<number>): () => Promise<{ inserts: number; deletes: number }> {
  const doomed = Array.from({ length: (RECORDS + OTHERS) / DOOMED }, (_, n) => n * DOOMED + 7).filter(
    (n) => !deleted.has(n),
  );
  const done = { inserts: 0, deletes: 0 };
  let stopped = false;
  const work = async (): Promise<void> => {
    while (!stopped) {
      const n = doomed.splice(Math.floor(Math.random() * doomed.length), 1)[0];
      if (n === undefined) return;
      const rank = n % 3 === 0 ? null : Math.floor(Math.random() * 10_000);
      const id = crypto.randomUUID();
      const body = { title: 'Inserted', rank, owner_id: owner.id, ...(n % 2 === 0 ? {} : { id }) };
      if ((await crm.call(crm.admin, 'POST', '/parcels', body)).status === 201) done.inserts += 1;
      const hex = n.toString(16).padStart(12, '0');
      deleted.add(n);
      const { status } = await crm.call(crm.admin, 'DELETE', `/parcels(01900000-0000-7000-8000-${hex})`);
      if (status === 204) done.deletes += 1;
      // The walk is to be disturbed, not starved.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const working = work();
  return async () => {
    stopped = true;
    await working;
    return done;
  };
}

async function buffersOf({ text, parameters }: Sent, mode: string): Promise<number> {
  return crm.platform.database.transaction(async (tx) => {
    await tx.run(`set local plan_cache_mode = ${mode}`);
    await tx.run(`prepare measured as ${text}`);
    const values = parameters.map((value) => (value === null ? 'null' : `'${value.replaceAll("'", "''")}'`));
    const rows = await tx.run(
      `explain (analyze, buffers, timing off, format json) execute measured(${values.join(', ')})`,
    );
    await tx.run('deallocate measured');
    const value: unknown = Object.values(rows[0] ?? {})[0];
    const [explained] = (typeof value === 'string' ? JSON.parse(value) : value) as { Plan: Record<string, number> }[];
    return (explained?.Plan['Shared Hit Blocks'] ?? Number.NaN) + (explained?.Plan['Shared Read Blocks'] ?? Number.NaN);
  });
}

async function buffersOfAll(sent: readonly Sent[], mode: string): Promise<number[]> {
  const buffers: number[] = [];
  for (const each of sent) buffers.push(await buffersOf(each, mode));
  return buffers.sort((one, other) => one - other);
}

const deleted = new Set<number>();

test.each([
  ['in the order of ids', 'admin', ''],
  ['in an order with equal values and nulls', 'admin', '&$orderby=rank'],
  ['in that order backwards, with the rights of an owner', 'owner', '&$orderby=rank desc'],
] as const)(
  '%s every untouched record is seen exactly once, and page 10,000 touches no more buffers than page 2',
  async (_what, who, query) => {
    const before = new Set(deleted);
    const stop = meddle(deleted);
    const started = performance.now();
    const { pages, seen, twice, early, late } = await walk(who === 'admin' ? crm.admin : owner, query);
    const seconds = (performance.now() - started) / 1_000;
    const { inserts, deletes } = await stop();
    const wrong: number[] = [];
    for (let n = 1; n < seen.length; n += 1) {
      const visible = who === 'admin' || isOwned(n);
      const expected = !visible || before.has(n) ? 0 : isDoomed(n) && deleted.has(n) ? null : 1;
      if (expected !== null && seen[n] !== expected) wrong.push(n);
    }
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(twice).toBe(0);
    expect(Math.min(inserts, deletes)).toBeGreaterThan(100);
    expect([early.length, late.length]).toEqual([MEASURED, MEASURED]);
    for (const mode of MODES) {
      const [second, deep] = [await buffersOfAll(early, mode), await buffersOfAll(late, mode)];
      console.info(
        `${query || 'id'}, ${who}: ${pages} pages in ${seconds.toFixed(1)} s, ${inserts} inserts, ${deletes} deletes; buffers ${second} and ${deep} (${mode})`,
      );
      const middle = (list: readonly number[]): number => list[Math.floor(list.length / 2)] ?? Number.NaN;
      expect(middle(deep)).toBeLessThanOrEqual(middle(second) + ROUNDING);
    }
  },
);
