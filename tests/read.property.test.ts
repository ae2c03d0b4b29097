// Reading proven against an order and a choice of rows made without the engine: whatever the filter, the order, the page
// sizes and the principal, following nextLink shows every allowed row once and in order; expands show what lists show.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer } from './crm-kit.ts';
import { ALL_FILTERS, expected, type Filter, KEYS, optionsOf } from './read-oracle.ts';
import { LETTERS, type Reader, type ReadWorld, startReadWorld, type WorldRow } from './read-world.ts';

const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 100);

let world: ReadWorld;

beforeAll(async () => {
  world = await startReadWorld(260);
});
afterAll(() => world?.close());

const ordersBy = (keys: readonly string[]) =>
  fc.array(fc.record({ key: fc.constantFrom(...keys), descending: fc.boolean() }), { maxLength: 3 });
const orders = ordersBy(KEYS);

const filters = fc.option(fc.constantFrom(...ALL_FILTERS), { freq: 2 });

const readers = fc.nat(99);
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });

const readerAt = (n: number): Reader => {
  const reader = world.readers[n % world.readers.length];
  if (reader === undefined) throw new Error('no reader');
  return reader;
};

const REQUEST = /^http:\/\/crm\.test\/api\/v1(\/.*)$/;

async function get(reader: Reader, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await world.crm.call(reader.principal, 'GET', path, undefined, headers);
  expect(answer.status, `${reader.name} GET ${path}: ${answer.text}`).toBe(200);
  return answer;
}

/** Follows nextLink to the end; every page with the next of the sizes. `between` runs after every page. */
async function walk(
  reader: Reader,
  path: string,
  pageSizes: readonly number[],
  between: () => Promise<unknown> = async () => {},
): Promise<{ ids: string[]; counts: number[] }> {
  const ids: string[] = [];
  const counts: number[] = [];
  let next: string | undefined = path;
  for (let page = 0; next !== undefined; page++) {
    const size = pageSizes[page % pageSizes.length] ?? 1;
    const { json } = await get(reader, next, { prefer: `odata.maxpagesize=${size}` });
    expect(json.value.length).toBeLessThanOrEqual(size);
    if (json['@odata.nextLink'] !== undefined) expect(json.value).toHaveLength(size);
    ids.push(...json.value.map((row: { id: string }) => row.id));
    if (json['@odata.count'] !== undefined) counts.push(json['@odata.count']);
    next = REQUEST.exec(json['@odata.nextLink'] ?? '')?.[1];
    await between();
  }
  return { ids, counts };
}

test('following nextLink shows every allowed row once, in order, and $count is their number', async () => {
  const loaded = await world.load();
  const asked = fc.record({
    order: orders,
    filter: filters,
    reader: readers,
    sizes,
    top: fc.option(fc.nat(60), { freq: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(asked, async ({ order, filter, reader: n, sizes: pageSizes, top }) => {
      const reader = readerAt(n);
      const all = await expected(world, loaded, reader, { order, filter });
      const options = [...optionsOf({ order, filter }), '$select=id', '$count=true'];
      if (top !== null) options.push(`$top=${top}`);
      const { ids, counts } = await walk(reader, `/visits?${options.join('&')}`, pageSizes);
      expect(ids).toEqual(top === null ? all : all.slice(0, top));
      expect(new Set(counts)).toEqual(new Set([all.length]));
      const count = await get(reader, `/visits/$count${filter === null ? '' : `?$filter=${filter.text}`}`);
      expect(Number(count.text)).toBe(all.length);
    }),
    { numRuns: RUNS },
  );
});

/** A search as text, and whether a record has what it asks for. */
interface Searched {
  readonly text: string;
  readonly holds: (searched: string) => boolean;
}

const folded = (text: string): string => text.toLowerCase().replaceAll('ё', 'е').replaceAll('ς', 'σ');
const SEARCHED = ['title', 'note', 'r'] as const;

const term = fc
  .array(fc.constantFrom(...LETTERS), { minLength: 1, maxLength: 3 })
  .map((letters) => letters.join(''))
  .filter((text) => text.trim() !== '')
  .map((text): Searched => {
    const phrase = `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
    return { text: phrase, holds: (searched) => searched.includes(folded(text)) };
  });

const searches = fc.letrec<{ search: Searched }>((tie) => ({
  search: fc.oneof(
    { depthSize: 'small' },
    term,
    fc.tuple(tie('search'), tie('search')).map(
      ([a, b]): Searched => ({
        text: `(${a.text} ${b.text})`,
        holds: (searched) => a.holds(searched) && b.holds(searched),
      }),
    ),
    fc.tuple(tie('search'), tie('search')).map(
      ([a, b]): Searched => ({
        text: `(${a.text} OR ${b.text})`,
        holds: (searched) => a.holds(searched) || b.holds(searched),
      }),
    ),
    tie('search').map((a): Searched => ({ text: `NOT ${a.text}`, holds: (searched) => !a.holds(searched) })),
  ),
})).search;

test('a search shows every allowed row that has what it asks for, once and in order, and $count is their number', async () => {
  const loaded = await world.load();
  const asked = fc.record({ order: orders, filter: filters, reader: readers, sizes, search: searches });
  await fc.assert(
    fc.asyncProperty(asked, async ({ order, filter, reader: n, sizes: pageSizes, search }) => {
      const reader = readerAt(n);
      const holds: Filter['holds'] = (visit, company, related) =>
        (filter === null || filter.holds(visit, company, related)) &&
        search.holds(folded(SEARCHED.map((name) => visit[name] ?? '').join('\n')));
      const all = await expected(world, loaded, reader, { order, filter: { text: '', holds } });
      const found = `$search=${encodeURIComponent(search.text)}`;
      const options = [...optionsOf({ order, filter }), '$select=id', '$count=true', found];
      const { ids, counts } = await walk(reader, `/visits?${options.join('&')}`, pageSizes);
      expect(ids).toEqual(all);
      expect(new Set(counts)).toEqual(new Set([all.length]));
      const count = await get(reader, `/visits/$count?${found}${filter === null ? '' : `&$filter=${filter.text}`}`);
      expect(Number(count.text)).toBe(all.length);
    }),
    { numRuns: RUNS },
  );
});

test('$skip and $top cut the same rows out of the order', async () => {
  const loaded = await world.load();
  const asked = fc.record({ order: orders, filter: filters, reader: readers, skip: fc.nat(300), top: fc.nat(50) });
  await fc.assert(
    fc.asyncProperty(asked, async ({ order, filter, reader: n, skip, top }) => {
      const reader = readerAt(n);
      const all = await expected(world, loaded, reader, { order, filter });
      const options = [...optionsOf({ order, filter }), '$select=id', `$skip=${skip}`, `$top=${top}`];
      const { json } = await get(reader, `/visits?${options.join('&')}`);
      expect(json.value.map((row: { id: string }) => row.id)).toEqual(all.slice(skip, skip + top));
    }),
    { numRuns: RUNS },
  );
});

test('rows that nobody touches are seen once while others come and go', async () => {
  // Visits that come and go follow others, which move in an order by the number of their followers.
  const asked = fc.record({
    order: ordersBy(KEYS.filter((key) => key !== 'followers/$count')),
    reader: readers,
    sizes: fc.array(fc.integer({ min: 2, max: 30 }), { minLength: 1 }),
  });
  await fc.assert(
    fc.asyncProperty(asked, async ({ order, reader: n, sizes: pageSizes }) => {
      const reader = readerAt(n);
      const { database } = world.crm.platform;
      const doomed = [...(await world.insertVisits(12))];
      const before = await expected(world, await world.load(), reader, { order, filter: null });
      const fleeting = new Set(doomed);
      const change = async () => {
        await database.run('update data.visit set deleted_on = now() where id = $1::uuid', [doomed.pop() ?? NOBODY]);
        for (const id of await world.insertVisits(1)) fleeting.add(id);
      };
      const { ids } = await walk(
        reader,
        `/visits?${[...optionsOf({ order, filter: null }), '$select=id'].join('&')}`,
        pageSizes,
        change,
      );
      expect(ids.filter((id) => !fleeting.has(id))).toEqual(before.filter((id) => !fleeting.has(id)));
      expect(new Set(ids).size).toBe(ids.length);
      await database.run('delete from data.visit where id = any($1::uuid[])', [`{${[...fleeting].join(',')}}`]);
    }),
    { numRuns: Math.ceil(RUNS / 5) },
  );
});

const NOBODY = '00000000-0000-0000-0000-000000000000';

test('an expanded collection holds what the list of its own holds, and its link leads to the rest', async () => {
  const asked = fc.record({
    order: orders,
    filter: filters,
    reader: readers,
    top: fc.option(fc.nat(12)),
    skip: fc.nat(3),
    search: fc.option(searches),
  });
  await fc.assert(
    fc.asyncProperty(asked, async ({ order, filter, reader: n, top, skip, search }) => {
      const reader = readerAt(n);
      const found = search === null ? [] : [`$search=${encodeURIComponent(search.text)}`];
      const nested = [...optionsOf({ order, filter }), ...found, '$select=id,title', '$count=true'];
      const cut = [...(skip > 0 ? [`$skip=${skip}`] : []), ...(top === null ? [] : [`$top=${top}`])];
      const expand = [...nested, ...cut].join(';');
      const companies = await get(reader, `/companies?$select=id&$orderby=id&$expand=visits(${expand})`);
      for (const company of companies.json.value.slice(0, 6)) {
        const own = `company_id eq ${company.id}`;
        const conditions = filter === null ? own : `${own} and (${filter.text})`;
        const rest = nested.filter((option) => !option.startsWith('$filter'));
        const list = await get(reader, `/visits?$filter=${conditions}&${[...rest, ...cut].join('&')}`);
        expect(company.visits).toEqual(list.json.value);
        expect(company['visits@odata.count']).toBe(list.json['@odata.count']);
      }
      const limits = [...optionsOf({ order: [], filter }).slice(0, filter === null ? 0 : 1), ...found].join(';');
      const inner = limits === '' ? '' : `(${limits})`;
      const counted = await get(reader, `/companies?$select=id&$orderby=id&$expand=visits/$count${inner}`);
      for (const [index, company] of companies.json.value.entries()) {
        const { id } = company;
        const count = company['visits@odata.count'];
        expect(counted.json.value[index]).toMatchObject({ id, 'visits@odata.count': count });
      }
    }),
    { numRuns: Math.ceil(RUNS / 4) },
  );
});

test('levels show the visible records above and below, each as far as the one before it is visible', async () => {
  const loaded = await world.load();
  const byId = new Map(loaded.visits.map((visit) => [visit.id, visit]));
  const below = Map.groupBy(loaded.visits, ({ follows_id }) => follows_id);
  const asked = fc.record({
    reader: readers,
    levels: fc.integer({ min: 1, max: 4 }),
    top: fc.integer({ min: 0, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(asked, async ({ reader: n, levels, top }) => {
      const reader = readerAt(n);
      const sees = (visit: WorldRow | undefined): visit is WorldRow =>
        visit !== undefined && loaded.sees(reader, 'visit', visit);
      const upwards = (visit: WorldRow, left: number): object | null => {
        const next = byId.get(String(visit.follows_id));
        if (!sees(next)) return null;
        return left === 1 ? { id: next.id } : { id: next.id, follows: upwards(next, left - 1) };
      };
      const downwards = (visit: WorldRow, left: number): object[] =>
        (below.get(visit.id) ?? [])
          .filter(sees)
          .sort((a, b) => (a.id < b.id ? -1 : 1))
          .slice(0, top)
          .map((next) => (left === 1 ? { id: next.id } : { id: next.id, followers: downwards(next, left - 1) }));
      const expand = `follows($select=id;$levels=${levels}),followers($select=id;$top=${top};$levels=${levels})`;
      const headers = { accept: 'application/json;odata.metadata=none' };
      const list = await get(reader, `/visits?$select=id&$top=60&$expand=${expand}`, headers);
      for (const shown of list.json.value) {
        const visit = byId.get(shown.id);
        if (visit === undefined) throw new Error('a visit that is not there');
        const links = JSON.stringify(shown).replaceAll(/,"followers@odata.nextLink":"[^"]*"/g, '');
        const { follows, followers } = JSON.parse(links);
        expect({ follows, followers }).toEqual({
          follows: upwards(visit, levels),
          followers: downwards(visit, levels),
        });
      }
    }),
    { numRuns: Math.ceil(RUNS / 5) },
  );
});

test('a collection of links shows those that are linked and visible, expanded and as a list of its own', async () => {
  const loaded = await world.load();
  const asked = fc.record({ order: orders, filter: filters, reader: readers, sizes, top: fc.option(fc.nat(12)) });
  await fc.assert(
    fc.asyncProperty(asked, async ({ order, filter, reader: n, sizes: pageSizes, top }) => {
      const reader = readerAt(n);
      const all = await expected(world, loaded, reader, { order, filter });
      const options = [...optionsOf({ order, filter }), '$select=id', '$count=true'];
      const expand = [...options, ...(top === null ? [] : [`$top=${top}`])].join(';');
      const companies = await get(reader, `/companies?$select=id&$orderby=id&$expand=hosted(${expand})`);
      for (const company of companies.json.value.slice(0, 4)) {
        const hosted = loaded.hostedBy(company.id);
        const linked = all.filter((id) => hosted.has(id));
        const shown = company.hosted.map((row: { id: string }) => row.id);
        expect(shown).toEqual(linked.slice(0, top ?? 100));
        expect(company['hosted@odata.count']).toBe(linked.length);
        const { ids, counts } = await walk(reader, `/companies(${company.id})/hosted?${options.join('&')}`, pageSizes);
        expect([ids, new Set(counts)]).toEqual([linked, new Set([linked.length])]);
      }
    }),
    { numRuns: Math.ceil(RUNS / 4) },
  );
});

test('an expanded lookup is the record as it is read, or null where it is hidden', async () => {
  for (const reader of world.readers) {
    const list = await get(
      reader,
      '/visits?$select=id&$top=40&$expand=company($select=name),follows($select=id;$expand=company($select=id)),about_visit($select=id),about_company($select=name),owning_user($select=full_name)',
    );
    for (const visit of list.json.value) {
      const { json } = await get(reader, `/visits(${visit.id})?$select=company_id,follows_id,about_id,about_type`);
      await sameAs(reader, 'companies', json.company_id, 'name', visit.company);
      await sameAs(reader, 'visits', json.follows_id, 'id', visit.follows);
      const about = (type: string): string | null => (json.about_type === type ? json.about_id : null);
      await sameAs(reader, 'visits', about('visit'), 'id', visit.about_visit);
      await sameAs(reader, 'companies', about('company'), 'name', visit.about_company);
    }
  }
});

async function sameAs(
  reader: Reader,
  set: string,
  id: string | null,
  select: string,
  shown: Record<string, unknown> | null,
) {
  const read = id === null ? null : await world.crm.call(reader.principal, 'GET', `/${set}(${id})?$select=${select}`);
  if (read === null || read.status === 404) return expect(shown).toBeNull();
  expect(shown?.[select]).toEqual(read.json[select]);
}
