// A search in long texts at size: a rare word is looked up in the index, a frequent one is found along the order of the list, and
// the rights of the reader are part of either.

import type { SourceDocument } from '@kartoteka/metadata';
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

const ROWS = 20_000;
const BATCH = 2_000;
/** Every so many-th row has the word, and the one after it; every second row is the keeper's. */
const WORDS = { редкостными: 5_000, частенько: 1 } as const;

const REPORT: SourceDocument = {
  kind: 'entity',
  name: 'report',
  layer: 'base',
  source: 'test',
  body: {
    name: 'report',
    set: 'reports',
    label: { en: 'Report' },
    plural_label: { en: 'Reports' },
    ownership: 'user',
    title: 'name',
    fields: {
      name: { type: 'text', search: true },
      body: { type: 'long_text', search: true },
      place: { type: 'integer' },
    },
    indexes: { by_place: ['place'] },
  },
};

const KEEPER: SourceDocument = {
  kind: 'role',
  name: 'report_keeper',
  layer: 'base',
  source: 'test',
  body: {
    name: 'report_keeper',
    label: { en: 'k' },
    privileges: { report: { read: 'user' }, user: { read: 'organization' } },
  },
};

let crm: Crm;
let keeper: Principal;

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, REPORT, KEEPER] });
  keeper = await crm.user('Keeper', ['report_keeper']);
  const said = Object.entries(WORDS).map(([word, every]) => `case when n % ${every} < 2 then ' ${word}' else '' end`);
  for (let from = 0; from < ROWS; from += BATCH)
    await crm.platform.database.run(
      `insert into data.report (id, created_on, modified_on, created_by_id, modified_by_id, version, owner_id, owning_business_unit_id, name, place, body)
       select gen_random_uuid(), now(), now(), $1::uuid, $1::uuid, 1, case when n % 2 = 0 then $2::uuid else $1::uuid end, $3::uuid, 'report ' || md5(n::text), n,
         repeat('обычные слова длинного текста ', 5) || md5(n::text) || ${said.join(' || ')}
       from generate_series($4::int, $4::int + ${BATCH} - 1) n`,
      [crm.admin.id, keeper.id, crm.rootUnitId, String(from)],
    );
  await crm.platform.database.run('vacuum analyze data.report');
  keeper = await crm.principal(keeper.id);
}, 120_000);

afterAll(() => crm?.close());

interface Found {
  readonly places: readonly number[];
  readonly plan: string;
  readonly milliseconds: number;
}

/** A page, and how the statement that found it was carried out. */
async function page(as: Principal, search: string, path = ''): Promise<Found> {
  const { database } = crm.platform;
  const run = database.run.bind(database);
  let plan = '';
  database.run = async (text, parameters, options) => {
    if (text.includes('search_words')) {
      const rows = await run(`explain (analyze, timing off) ${text}`, parameters, {});
      plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    }
    return run(text, parameters, options);
  };
  try {
    const query = `$search=${encodeURIComponent(search)}&$orderby=place desc&$select=place&$top=50${path}`;
    const { status, json, text } = await crm.call(as, 'GET', `/reports?${query}`);
    expect(status, text ?? '').toBe(200);
    const milliseconds = Number(/Execution Time: ([\d.]+)/.exec(plan)?.[1]);
    return { places: json.value.map(({ place }: { place: number }) => place), plan, milliseconds };
  } finally {
    database.run = run;
  }
}

test('a rare word is looked up in the index over words, whoever asks', async () => {
  for (const [as, step] of [
    [crm.admin, 1],
    [keeper, 2],
  ] as const) {
    const { places, plan, milliseconds } = await page(as, 'редкостного');
    const all = Array.from({ length: ROWS / 5_000 }, (_, n) => [n * 5_000, n * 5_000 + 1]).flat();
    expect(places).toEqual(all.filter((place) => place % step === 0).reverse());
    expect(plan).toContain('report__words_');
    expect(milliseconds).toBeLessThan(1_000);
  }
});

test('a word that is everywhere is found along the order of the list: few records are looked at', async () => {
  for (const as of [crm.admin, keeper]) {
    const { places, plan, milliseconds } = await page(as, 'частенько');
    expect(places).toHaveLength(50);
    expect(places[0]).toBe(as === keeper ? ROWS - 2 : ROWS - 1);
    expect(plan).toMatch(/report__by_place/);
    expect(plan).not.toContain('report__words_');
    expect(milliseconds).toBeLessThan(1_000);
  }
});

test('a rare word beside one that is everywhere, and without it', async () => {
  const both = await page(crm.admin, 'частенько редкостная');
  expect(both.places).toHaveLength(8);
  expect(both.plan).toContain('report__words_');
  const without = await page(crm.admin, 'редкостная NOT частенько');
  expect(without.places).toHaveLength(0);
});
