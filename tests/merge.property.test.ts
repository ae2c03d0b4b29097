// Random records with everything that can lead to one, merged and unmerged. What is in the tables is held against a merge of their rows
// made here by hand: after the merge, after taking it back, and after taking it back when some of it has been changed meanwhile.
import type { SourceDocument } from '@kartoteka/metadata';
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { seededRandom } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 8);

const entity = (name: string, fields: object, more: object = {}): SourceDocument => ({
  ...{ kind: 'entity', name, layer: 'base', source: 'test' },
  body: {
    ...{ name, set: `${name}s`, label: { en: name }, plural_label: { en: `${name}s` } },
    ...{ ownership: 'organization', title: 'name', ...more },
    fields: { name: { type: 'text' }, ...fields },
  },
});

const to = (inverse: string, more: object = {}) => ({ type: 'lookup', targets: ['part'], inverse, ...more });

/** Parts are merged; everything else leads to them in one of the ways there are. */
const DOCUMENTS = [
  entity(
    'part',
    {
      ...{ price: { type: 'decimal', precision: 30, scale: 10 }, code: { type: 'text', unique: true } },
      above: to('below', { on_delete: 'set_null' }),
      holder: to('held'),
      clubs: { type: 'many', target: 'club', inverse: 'parts' },
      likes: { type: 'many', target: 'part', inverse: 'liked_by' },
    },
    { ownership: 'user' },
  ),
  entity('club', {}),
  entity('loose', { part: to('looses', { on_delete: 'set_null' }) }),
  entity('strict', { part: to('stricts', { required: true }), other: to('stricts_too') }),
  entity(
    'owned',
    { part: to('owneds', { required: true, on_delete: 'cascade' }) },
    { ownership: 'parent', parent: 'part' },
  ),
  entity(
    'keyed',
    { part: to('keyeds', { on_delete: 'cascade' }), slot: { type: 'integer' } },
    { keys: { keyed: ['part_id', 'slot'] } },
  ),
  entity('remark', {
    about: { type: 'lookup', targets: ['part', 'club'], inverse: 'remarks', on_delete: 'set_null' },
  }),
];

let crm: Crm;
let sharers: readonly Principal[];

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  // Thousands of requests of few kinds, which merge.test.ts holds against the OpenAPI document.
  crm = await startCrm({ promised: false, documents: [...shipped, ...DOCUMENTS] });
  sharers = [await crm.user('Sharer One', ['sales_representative']), await crm.user('Sharer Two', [])];
});
afterAll(() => crm?.close());

type Row = Readonly<Record<string, string | number | null>>;
interface Link {
  readonly table: 'clubs' | 'likes';
  readonly from: string;
  readonly to: string;
}
/** All there is: rows by id, links, rights of shares by principal and part. */
interface World {
  readonly rows: Map<string, Row & { readonly entity: string }>;
  readonly links: Set<string>;
  readonly shares: Map<string, number>;
}

/** Properties that lead to parts. */
const LOOKUPS: Readonly<Record<string, readonly string[]>> = {
  ...{ part: ['above_id', 'holder_id'], loose: ['part_id'], strict: ['part_id', 'other_id'], owned: ['part_id'] },
  ...{ keyed: ['part_id'], remark: ['about_id'] },
};
const OWN = new Set(['version', 'modified_on', 'modified_by_id', 'created_on', 'created_by_id', 'delete_id']);
const linkText = ({ table, from, to: end }: Link): string => `${table} ${from} ${end}`;

const rowsOf = async (sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
  crm.platform.database.run(sql, []);

async function worldNow(): Promise<World> {
  const rows: World['rows'] = new Map();
  for (const name of [...Object.keys(LOOKUPS), 'club']) {
    for (const { text } of await rowsOf(`select to_jsonb(t)::text as text from data."${name}" t`)) {
      const row = JSON.parse(String(text).replaceAll(/: (-?\d[\d.]*)/g, ': "$1"')) as Record<string, string>;
      for (const key of OWN) delete row[key];
      rows.set(String(row.id), { ...row, entity: name });
    }
  }
  const links = new Set<string>();
  for (const navigation of ['clubs', 'likes'] as const) {
    const junction = crm.platform.model().entities.get('part')?.navigations.get(navigation)?.junction;
    if (junction === undefined) throw new Error('no junction');
    const sql = `select "${junction.own}"::text as own, "${junction.other}"::text as other from data."${junction.table}"`;
    for (const { own, other } of await rowsOf(sql))
      links.add(linkText({ table: navigation, from: String(own), to: String(other) }));
  }
  const shares = new Map<string, number>();
  for (const { who, id, rights } of await rowsOf(
    `select principal_id::text as who, record_id::text as id, rights::int as rights from kartoteka.share where entity = 'part'`,
  ))
    shares.set(`${who} ${id}`, Number(rights));
  return { rows, links, shares };
}

/** The live part of a world, in an order of its own. */
function shown({ rows, links, shares }: World) {
  const live = [...rows.values()].filter(({ deleted_on: gone }) => gone === null);
  const alive = (id: string | undefined): boolean => rows.get(id ?? '')?.deleted_on === null;
  return {
    rows: live.map((row) => JSON.stringify(row, Object.keys(row).toSorted())).toSorted(),
    links: [...links].filter((link) => link.split(' ').slice(1).every(alive)).toSorted(),
    shares: [...shares].filter(([key]) => alive(key.split(' ')[1])).toSorted(),
  };
}

type Pick = <T>(from: readonly T[]) => T;
const pickBy =
  (random: () => number): Pick =>
  (from) =>
    from[Math.floor(random() * from.length)] as (typeof from)[number];

/** Six parts and a crowd of records that lead to some of them. Rows of earlier runs stay and must not change. */
async function makeWorld(seed: number, random: () => number) {
  const pick = pickBy(random);
  const parts: string[] = [];
  const maybe = (chance: number): string | null => (parts.length > 0 && random() < chance ? pick(parts) : null);
  for (let n = 0; n < 6; n += 1) {
    const price = `${Math.floor(random() * 1e9)}${Math.floor(random() * 1e9)}.${Math.floor(random() * 1e9)}1`;
    const values = `{"name": "P${n}", "price": ${price}, "code": "${seed}-${n}", "above_id": ${JSON.stringify(maybe(0.6))}, "holder_id": ${JSON.stringify(maybe(0.4))}}`;
    const { json, status } = await crm.call(crm.admin, 'POST', '/parts', values);
    expect(status).toBe(201);
    parts.push(json.id);
  }
  const clubs = [await crm.create('clubs', { name: 'A' }), await crm.create('clubs', { name: 'B' })];
  const one = (name: string, values: object) => crm.create(`${name}s`, { name, ...values });
  for (let n = 0; n < 8; n += 1) {
    await one('loose', { part_id: maybe(0.9) });
    await one('strict', { part_id: pick(parts), other_id: maybe(0.5) });
    await one('owned', { part_id: pick(parts) });
    const { status } = await crm.call(crm.admin, 'POST', '/keyeds', {
      part_id: pick(parts),
      slot: Math.floor(random() * 3),
    });
    expect([201, 409]).toContain(status);
    await one(
      'remark',
      random() < 0.7 ? { about_id: pick(parts), about_type: 'part' } : { about_id: pick(clubs).id, about_type: 'club' },
    );
  }
  const link = (from: string, navigation: string, end: string) =>
    crm.call(crm.admin, 'POST', `/parts(${from})/${navigation}/$ref`, { '@odata.id': end });
  for (let n = 0; n < 10; n += 1) {
    expect((await link(pick(parts), 'clubs', `clubs(${pick(clubs).id})`)).status).toBe(204);
    expect((await link(pick(parts), 'likes', `parts(${pick(parts)})`)).status).toBe(204);
  }
  for (let n = 0; n < 4; n += 1) {
    const rights = random() < 0.5 ? ['read'] : ['read', 'write'];
    await crm.call(crm.admin, 'POST', `/parts(${pick(parts)})/share`, { principal_id: pick(sharers).id, rights });
  }
  // Some things are in the recycle bin when the merge comes.
  for (const { id } of [pick(clubs), { id: pick(parts) }]) {
    const set = clubs.some((club) => club.id === id) ? 'clubs' : 'parts';
    if (random() < 0.4) await crm.call(crm.admin, 'DELETE', `/${set}(${id})`);
  }
  return parts;
}

/** What the tables hold after a merge, made by hand from what they held before. */
function merged(world: World, survivor: string, others: readonly string[]): World {
  const gone = new Set(others);
  const into = (id: unknown): unknown => (typeof id === 'string' && gone.has(id) ? survivor : id);
  const rows: World['rows'] = new Map();
  const slots = new Set<string>();
  const all = [...world.rows.values()];
  for (const row of all)
    if (row.entity === 'keyed' && row.deleted_on === null && row.part_id === survivor) slots.add(String(row.slot));
  for (const row of all) {
    const next = { ...row } as Record<string, string | null> & { entity: string };
    const live = row.deleted_on === null;
    for (const property of live ? (LOOKUPS[row.entity] ?? []) : []) {
      const moved = into(row[property]) as string | null;
      next[property] = row.id === survivor && moved === survivor && row[property] !== survivor ? null : moved;
    }
    if (gone.has(String(row.id))) next.deleted_on = 'now';
    if (row.entity === 'keyed' && live && gone.has(String(row.part_id))) {
      if (slots.has(String(row.slot))) next.deleted_on = 'now';
      slots.add(String(row.slot));
    }
    rows.set(String(row.id), next);
  }
  const links = new Set(world.links);
  for (const text of world.links) {
    const [table = '', from = '', end = ''] = text.split(' ');
    const [a, b] = [into(from) as string, into(end) as string];
    if (a !== b) links.add(`${table} ${a} ${b}`);
  }
  const shares = new Map(world.shares);
  for (const [key, rights] of world.shares) {
    const [who, id] = key.split(' ');
    const mine = `${who} ${survivor}`;
    if (gone.has(id ?? '')) shares.set(mine, (shares.get(mine) ?? 0) | rights);
  }
  return { rows, links, shares };
}

async function randomMerge(seed: number, random: () => number) {
  const parts = await makeWorld(seed, random);
  const before = await worldNow();
  const live = parts.filter((id) => before.rows.get(id)?.deleted_on === null);
  const [survivor = '', ...rest] = live.toSorted(() => random() - 0.5);
  const others = rest.slice(0, 1 + Math.floor(random() * 3));
  const taken = pickBy(random)(others);
  const answer = await crm.call(crm.admin, 'POST', `/parts(${survivor})/merge`, {
    ...{ others, take: { price: taken, code: taken }, values: { name: 'merged' } },
  });
  expect([answer.status, answer.text]).toMatchObject([200, expect.any(String)]);
  const after = merged(before, survivor, others);
  const row = after.rows.get(survivor);
  const from = before.rows.get(taken);
  if (row === undefined || from === undefined) throw new Error('lost');
  after.rows.set(survivor, { ...row, name: 'merged', price: from.price ?? null, code: from.code ?? null });
  return { before, after, survivor, others, answer };
}

test.each(Array.from({ length: RUNS }, (_, n) => n))(
  'merge %i is that made by hand, and taking it back restores all',
  async (seed) => {
    const { before, after, survivor, answer } = await randomMerge(seed, seededRandom(seed + 1));
    const now = await worldNow();
    expect(shown(now)).toEqual(shown(after));
    expect(answer.json.collided.length).toBe(
      [...now.rows].filter(([id, row]) => row.entity === 'keyed' && row.deleted_on !== before.rows.get(id)?.deleted_on)
        .length,
    );
    const undone = await crm.call(crm.admin, 'POST', `/parts(${survivor})/unmerge`);
    expect([undone.status, undone.json.left]).toEqual([200, []]);
    expect(shown(await worldNow())).toEqual(shown(before));
  },
);

/** Changes of somebody between a merge and its undoing; those that are refused change nothing. */
async function change(random: () => number, world: World, survivor: string, parts: readonly string[]): Promise<void> {
  const pick = pickBy(random);
  const live = [...world.rows.values()].filter((row) => row.deleted_on === null && LOOKUPS[row.entity] !== undefined);
  const child = pick(live.filter(({ entity: name }) => name !== 'part'));
  const patch = (set: string, id: unknown, values: object) => crm.call(crm.admin, 'PATCH', `/${set}(${id})`, values);
  const CHANGES: readonly (() => Promise<unknown>)[] = [
    () => crm.call(crm.admin, 'DELETE', `/${child.entity}s(${child.id})`),
    () => {
      const property = pick(LOOKUPS[child.entity] ?? []);
      const about = child.entity === 'remark' ? { about_type: 'part' } : {};
      return patch(`${child.entity}s`, child.id, { [property]: pick(parts), ...about });
    },
    () => patch('parts', survivor, { [pick(['price', 'name'])]: 7 }),
    () => patch('parts', survivor, { name: 'Mine' }),
    () => patch('parts', pick(parts), { above_id: pick([...parts, null]) }),
    () => {
      const mine = [...world.links].map((link) => link.split(' ')).filter(([, from]) => from === survivor);
      if (mine.length === 0) return Promise.resolve();
      const [table, , end] = pick(mine);
      return crm.call(crm.admin, 'DELETE', `/parts(${survivor})/${table}(${end})/$ref`);
    },
  ];
  await pick(CHANGES)();
}

/** What has been changed since stays; the rest is as it was before the merge. */
function undone(before: World, after: World, now: World, survivor: string, others: readonly string[]): World {
  const rows: World['rows'] = new Map();
  for (const [id, row] of before.rows) {
    const [then, present] = [after.rows.get(id) ?? row, now.rows.get(id) ?? row];
    const gone = (value: unknown): unknown => (value === null || value === undefined ? null : 'gone');
    const isKept = (name: string): boolean =>
      name === 'deleted_on' ? gone(then[name]) === gone(present[name]) : then[name] === present[name];
    const names = Object.keys(row).map((name) => [name, isKept(name) ? row[name] : present[name]]);
    rows.set(id, Object.fromEntries(names));
  }
  const links = new Set<string>();
  const isOther = new Set(others);
  for (const link of new Set([...before.links, ...now.links])) {
    const [table = '', from = '', end = ''] = link.split(' ');
    const [a, b] = [isOther.has(from) ? survivor : from, isOther.has(end) ? survivor : end];
    const mine = `${table} ${a} ${b}`;
    const isMoved = mine !== link && a !== b;
    const within =
      [from, end].every((id) => id === survivor || isOther.has(id)) && (isOther.has(from) || isOther.has(end));
    const isBack =
      isMoved && !within
        ? before.links.has(mine) || now.links.has(mine)
        : before.links.has(link) && (within || now.links.has(link));
    if (isBack && before.links.has(link)) links.add(link);
  }
  return { rows, links, shares: before.shares };
}

test.each(Array.from({ length: RUNS }, (_, n) => n))(
  'merge %i is taken back but for what has been changed since',
  async (seed) => {
    const random = seededRandom(seed + 1001);
    const { before, after, survivor, others } = await randomMerge(seed + 1000, random);
    const parts = [...after.rows.values()].filter(
      (row) => row.entity === 'part' && row.deleted_on === null && String(row.code).startsWith(`${seed + 1000}-`),
    );
    for (let n = 0; n < 5; n += 1)
      await change(
        random,
        await worldNow(),
        survivor,
        parts.map(({ id }) => String(id)),
      );
    const now = await worldNow();
    const answer = await crm.call(crm.admin, 'POST', `/parts(${survivor})/unmerge`);
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    expect(shown(await worldNow())).toEqual(shown(undone(before, after, now, survivor, others)));
  },
);
