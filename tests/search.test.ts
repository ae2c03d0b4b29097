// $search over the whole engine: the grammar, what is found, whom it is shown to, its limits, and its index.

import type { SourceDocument } from '@kartoteka/metadata';
import { compareCatalogue, PlatformError, type Principal, publish, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Crm, quietLog, startCrm } from './crm-kit.ts';

let crm: Crm;
let keeper: Principal;
let shipped: readonly SourceDocument[];

function document(kind: 'entity' | 'role', name: string, body: object): SourceDocument {
  return { kind, name, layer: 'base', source: 'test', body: { name, label: { en: name }, ...body } };
}

const CARD = {
  name: { type: 'text', max_length: 200, search: true },
  town: { type: 'text', search: true },
  mail: { type: 'email', search: true },
  phone: { type: 'phone', search: true },
  number: { type: 'integer', search: true },
  home: { type: 'address', search: true },
  notes: { type: 'long_text', search: true },
  unsearched: { type: 'text' },
  secret: { type: 'text', secured: true },
};

const card = (fields: object): SourceDocument =>
  document('entity', 'card', {
    set: 'cards',
    plural_label: { en: 'Cards' },
    ownership: 'user',
    title: 'name',
    fields,
  });

const FULL = ['create', 'read', 'write', 'delete', 'append', 'append_to', 'assign', 'share'];
const all = (depth: string): object => Object.fromEntries(FULL.map((privilege) => [privilege, depth]));
const ROLES = [
  document('role', 'keeper', { privileges: { user: { read: 'organization' }, card: all('user') } }),
  document('role', 'looker', {
    privileges: { user: { read: 'organization' }, card: { read: { depth: 'organization', when: 'number lt 100' } } },
  }),
];

const CARDS = [
  { name: 'Пётр Сидоров', town: 'Санкт-Петербург', mail: 'petr@Example.org', phone: '+79123456789', number: 1 },
  { name: 'Anna Smith', town: 'London', mail: 'anna.smith@example.com', number: 20, home_city: 'Bath' },
  { name: '100% wool', notes: 'first line\nsecond "quoted" line', number: 300 },
  { name: 'under_score \\ back', number: 4000 },
  { name: 'ΟΔΟΣ', town: 'Straße', number: 50_000 },
  { name: 'AND', unsearched: 'Smith', secret: 'Smith', number: 600_000 },
];

beforeAll(async () => {
  shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, card(CARD), ...ROLES] });
  keeper = await crm.user('Keeper', ['keeper']);
  for (const { secret, ...values } of CARDS) {
    await crm.create('cards', { ...values, owner_id: keeper.id });
    if (secret !== undefined)
      await crm.platform.database.run(`update data.card set secret = $1::text where name = $2::text`, [
        secret,
        values.name,
      ]);
  }
});

afterAll(() => crm?.close());

const get = (path: string, as: Principal = keeper): Promise<Answer> => crm.call(as, 'GET', path);
const query = (search: string): string => `$search=${encodeURIComponent(search)}`;

/** Numbers of what is found, in order. */
async function found(search: string, as?: Principal, more = ''): Promise<number[]> {
  const { status, json, text } = await get(`/cards?${query(search)}&$orderby=number&$select=number${more}`, as);
  expect(status, text ?? '').toBe(200);
  return json.value.map(({ number }: { number: number }) => number);
}

async function refused(search: string): Promise<unknown> {
  const { status, json } = await get(`/cards?${query(search)}`);
  return [status, json.code, json.message];
}

describe('what is found', () => {
  test.each([
    ['part of a word, whatever the case', 'MIT', [20]],
    ['a letter', 'q', [300]],
    ['two letters', 'nn', [20]],
    ['Cyrillic, ё as е both ways', 'петр', [1]],
    ['Cyrillic, ё as е both ways', 'СИДОРОВ пЁтр', [1]],
    ['a part with a dash', 'т-Пет', [1]],
    ['an e-mail address', 'petr@example.org', [1]],
    ['part of a domain', '@example.', [1, 20]],
    ['digits of a telephone number', '912345', [1]],
    ['a telephone number as it is written', '"+7 (912) 345-67-89"', [1]],
    ['a telephone number with dashes', '912-345-67-89', [1]],
    ['a number', '4000', [4000]],
    ['part of a number', '000', [4000, 50_000, 600_000]],
    ['part of an address', 'bath', [20]],
    ['long text', 'second', [300]],
    ['words in different fields', 'anna london 20', [20]],
    ['a phrase', '"anna smith"', [20]],
    ['no phrase across two fields', '"smith london"', []],
    ['a per cent sign as it stands', '0%', [300]],
    ['a per cent sign as it stands', '1%l', []],
    ['an underscore as it stands', 'under_s', [4000]],
    ['an underscore as it stands', 'u_der', []],
    ['a backslash as it stands', '\\', [4000]],
    ['a phrase with quotation marks', String.raw`"second \"quoted\""`, [300]],
    ['a phrase with a backslash', String.raw`"score \\ back"`, [4000]],
    ['a final sigma in the middle of a word', 'οδοσ', [50_000]],
    ['a sharp s', 'straß', [50_000]],
    ['a word of the grammar in quotation marks', '"AND"', [600_000]],
    ['a word of the grammar in small letters', 'and', [600_000]],
    ['nothing that is not searched, nor secured', 'Smith', [20]],
    ['nothing', 'nowhere', []],
  ])('%s: %s', async (_what, search, numbers) => {
    expect(await found(search)).toEqual(numbers);
  });

  test.each([
    ['anna OR wool', [20, 300]],
    ['anna AND wool', []],
    ['example NOT anna', [1]],
    ['NOT example', [300, 4000, 50_000, 600_000]],
    ['NOT (anna OR petr) example', []],
    ['example (anna OR petr)', [1, 20]],
    ['anna OR wool AND first', [20, 300]],
    ['(anna OR wool) AND first', [300]],
    ['NOT anna NOT wool line OR score', [4000]],
    ['NOT NOT anna', [20]],
    ['((anna))OR(wool)', [20, 300]],
    ['  anna\t', [20]],
    ['anna"london"', [20]],
  ])('by operators: %s', async (search, numbers) => {
    expect(await found(search)).toEqual(numbers);
  });

  test('together with $filter, $count, $top, $orderby and pages, and by $count alone', async () => {
    expect(await found('example', keeper, '&$filter=number gt 1 or number lt 0')).toEqual([20]);
    expect((await get(`/cards/$count?${query('example')}`)).text).toBe('2');
    expect((await get(`/cards/$count?${query('example')}&$filter=number eq 1`)).text).toBe('1');
    const seen: number[] = [];
    let path = `/cards?${query('"e" OR 0')}&$orderby=number desc&$count=true`;
    for (let pages = 0; path !== ''; pages += 1) {
      expect(pages).toBeLessThan(9);
      const { json } = await crm.call(keeper, 'GET', path, undefined, { prefer: 'maxpagesize=2' });
      expect(json['@odata.count']).toBe(6);
      seen.push(...json.value.map(({ number }: { number: number }) => number));
      path = json['@odata.nextLink']?.slice('http://crm.test/api/v1'.length) ?? '';
      if (pages === 0) {
        const moved = path.replace(/search=[^&]*/, 'search=e');
        expect((await get(moved)).json).toMatchObject({ code: 'invalid_skiptoken' });
      }
    }
    expect(seen).toEqual([600_000, 50_000, 4000, 300, 20, 1]);
  });

  test('in the collection of a record', async () => {
    const company = (await crm.create('companies', { name: 'Wool mill' })).id;
    for (const last_name of ['Fine', 'Coarse']) await crm.create('contacts', { last_name, company_id: company });
    await crm.create('contacts', { last_name: 'Finest' });
    const { json } = await get(`/companies(${company})/contacts?$search=fin&$select=last_name&$count=true`, crm.admin);
    expect(json).toMatchObject({ '@odata.count': 1, value: [{ last_name: 'Fine' }] });
  });

  test('follows every write', async () => {
    const { id } = await crm.create('cards', { name: 'quicksilver', number: 7, owner_id: keeper.id });
    expect(await found('uicksilve')).toEqual([7]);
    await crm.call(keeper, 'PATCH', `/cards(${id})`, { name: 'mercury' });
    expect(await found('quicksilver')).toEqual([]);
    expect(await found('mercury')).toEqual([7]);
    await crm.call(keeper, 'DELETE', `/cards(${id})`);
    expect(await found('mercury')).toEqual([]);
    const bin = await get(`/cards/deleted?${query('MERCURY')}&$count=true`);
    expect(bin.json).toMatchObject({ '@odata.count': 1, value: [{ id }] });
    expect((await get(`/cards/deleted/$count?${query('mercury OR nothing')}`)).text).toBe('1');
    expect((await get(`/cards/deleted/$count?${query('anna')}`)).text).toBe('0');
  });
});

test('writers at the same time lose nothing of what is found', async () => {
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let n = 0; n < 10; n += 1) {
      const { id } = await crm.create('cards', { name: `swarm ${writer} ${n}`, number: 8, owner_id: keeper.id });
      await crm.call(keeper, 'PATCH', `/cards(${id})`, { name: n % 2 === 0 ? `swarm even ${writer}` : 'gone' });
      if (n === 4) await crm.call(keeper, 'DELETE', `/cards(${id})`);
    }
  });
  await Promise.all(writers);
  expect((await get(`/cards/$count?${query('swarm')}`)).text).toBe('32');
  expect((await get(`/cards/$count?${query('swarm even')}`)).text).toBe('32');
  expect((await get(`/cards/$count?${query('gone NOT swarm')}`)).text).toBe('40');
  expect((await get(`/cards/deleted/$count?${query('swarm')}`)).text).toBe('8');
  await crm.platform.database.run('delete from data.card where number = 8');
});

describe('who finds it', () => {
  test('nobody finds what he may not read, nor counts it', async () => {
    const looker = await crm.user('Looker', ['looker']);
    expect(await found('example', looker)).toEqual([1, 20]);
    expect(await found('wool', looker)).toEqual([]);
    expect((await get(`/cards/$count?${query('wool')}`, looker)).text).toBe('0');
    const other = await crm.user('Other', ['keeper']);
    expect(await found('example', other)).toEqual([]);
    const nobody = await crm.user('Nobody', []);
    expect((await get(`/cards?${query('example')}`, nobody)).json).toMatchObject({ code: 'missing_privilege' });
  });

  test('plans of one text serve others of its shape, and no other principal', async () => {
    const other = await crm.user('Second', ['keeper']);
    for (let round = 0; round < 3; round += 1) {
      for (const [search, numbers] of [
        ['anna OR wool', [20, 300]],
        ['wool OR back', [300, 4000]],
        ['"912-345-67-89" OR wool', [1, 300]],
      ] as const) {
        expect(await found(search)).toEqual(numbers);
        expect(await found(search, other)).toEqual([]);
      }
    }
  });
});

describe('what is refused', () => {
  test.each([
    ['', 'a term is missing'],
    ['   ', 'a term is missing'],
    ['anna AND', 'a term is missing'],
    ['AND anna', 'a term is missing at AND'],
    ['anna OR OR wool', 'a term is missing at OR'],
    ['NOT', 'a term is missing'],
    ['()', 'a term is missing at )'],
    ['(anna', 'a closing parenthesis is missing'],
    ['anna)', 'a parenthesis is closed that was not opened'],
    ['"anna', 'a closing quotation mark is missing'],
    ['""', 'a phrase is empty'],
    ['"  "', 'a phrase is empty'],
  ])('%j', async (search, reason) => {
    expect(await refused(search)).toEqual([400, 'invalid_option', `The value of $search is not valid: ${reason}`]);
  });

  test('beyond the limits, and not at them', async () => {
    const terms = (count: number): string => Array.from({ length: count }, () => 'a').join(' ');
    const nested = (depth: number): string => `${'('.repeat(depth)}a${')'.repeat(depth)}`;
    expect(await found(terms(20))).toEqual(expect.arrayContaining([20]));
    expect(await refused(terms(21))).toEqual([400, 'limit_exceeded', 'The limit $search terms (20) is exceeded']);
    expect(await found(nested(20))).toEqual(expect.arrayContaining([20]));
    expect(await refused(nested(21))).toEqual([400, 'limit_exceeded', 'The limit $search depth (20) is exceeded']);
    expect(await found(`${'NOT '.repeat(20)}anna`)).toEqual([20]);
    expect(await refused(`${'NOT '.repeat(21)}anna`)).toEqual([
      400,
      'limit_exceeded',
      'The limit $search depth (20) is exceeded',
    ]);
    expect(await found('x'.repeat(1000))).toEqual([]);
    expect(await refused('x'.repeat(1001))).toEqual([
      400,
      'limit_exceeded',
      'The limit $search characters (1000) is exceeded',
    ]);
  });

  test('where nothing is searched, and where it has no place', async () => {
    expect((await get('/role_assignments?$search=x', crm.admin)).json).toMatchObject({
      code: 'invalid_option',
      target: '$search',
      message: 'The value of $search is not valid: no field of role_assignment is searched',
    });
    const record = (await get('/cards?$top=1')).json.value[0].id;
    expect((await get(`/cards(${record})?$search=x`)).json).toMatchObject({ code: 'invalid_option' });
    expect((await get('/companies?$expand=owning_user($search=x)', crm.admin)).json).toMatchObject({
      code: 'invalid_option',
    });
    expect((await get('/cards?search=anna')).json.value).toHaveLength(1);
    expect((await get('/cards?search=anna&$search=anna')).json).toMatchObject({ code: 'duplicate_option' });
  });

  test('documents that ask to search what is secured, or has no text', async () => {
    const fields = {
      name: { type: 'text' },
      secret: { type: 'text', secured: true, search: true },
      done: { type: 'boolean', search: true },
      day: { type: 'date', search: true },
      price: { type: 'money', search: true },
      kind: { type: 'choice', values: { a: { label: { en: 'A' }, order: 1 } }, search: true },
      whose: { type: 'lookup', targets: ['company'], search: true },
    };
    const documents = [...shipped, card(fields), ...ROLES];
    const published = publish(crm.platform.database, { documents, author: null, comment: '', log: quietLog });
    const error = await published.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(PlatformError);
    const targets = (error as PlatformError).details.map(({ target }) => target?.replace(/.*#/, ''));
    expect(targets.filter((target) => target?.endsWith('/search'))).toEqual(
      ['secret', 'done', 'day', 'price', 'kind', 'whose'].map((name) => `/fields/${name}/search`),
    );
  });
});

describe('the index', () => {
  async function indexes(): Promise<string[]> {
    const rows = await crm.platform.database.run(
      `select indexname || ' ' || indexdef as text from pg_indexes where schemaname = 'data' and tablename = 'card' and indexdef like '%gin_trgm_ops%'`,
    );
    return rows.map(({ text }) => String(text));
  }

  test('serves a search in a large table, for rare and for frequent words', async () => {
    await crm.platform.database.run(
      `insert into data.card (id, created_on, modified_on, created_by_id, modified_by_id, version, owner_id, owning_business_unit_id, name, number)
       select gen_random_uuid(), now(), now(), $1::uuid, $1::uuid, 1, $1::uuid, $2::uuid, 'frequent ' || md5(n::text), 1000000 + n
       from generate_series(1, 20000) n`,
      [keeper.id, keeper.businessUnitId],
    );
    await crm.platform.database.run('vacuum analyze data.card');
    const plans: string[] = [];
    const { run } = crm.platform.database;
    crm.platform.database.run = async (text, parameters, options) => {
      if (text.includes(' like ')) {
        const rows = await run.call(crm.platform.database, `explain ${text}`, parameters, {});
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
      }
      return run.call(crm.platform.database, text, parameters, options);
    };
    try {
      for (const as of [crm.admin, keeper]) {
        expect(await found('wool', as)).toEqual([300]);
        expect(plans.pop()).toContain('card__search_');
        expect(await found('frequent', as, '&$top=5')).toHaveLength(5);
      }
    } finally {
      crm.platform.database.run = run;
    }
  });

  test('is replaced when other fields are searched, and goes when none is', async () => {
    const [before] = await indexes();
    expect(before).toMatch(/^card__search_[0-9a-f]{8}__idx .*WHERE \(deleted_on IS NULL\)$/s);
    const republish = async (fields: object): Promise<void> => {
      const documents = [...shipped, card(fields), ...ROLES];
      await publish(crm.platform.database, {
        documents,
        author: null,
        comment: '',
        log: quietLog,
        allowDestructive: true,
      });
      await expect
        .poll(() => crm.platform.model().entities.get('card')?.properties.get('unsearched')?.search)
        .toBe((fields as typeof CARD & { unsearched: { search?: boolean } }).unsearched.search === true);
      keeper = (await crm.platform.principals.get(keeper.id)) ?? keeper;
      expect(await compareCatalogue(crm.platform.database, crm.platform.model())).toEqual([]);
    };
    await republish({ ...CARD, unsearched: { type: 'text', search: true } });
    const after = await indexes();
    expect(after).toHaveLength(1);
    expect(after[0]).not.toBe(before);
    expect(await found('Smith')).toEqual([20, 600_000]);
    const none = Object.fromEntries(Object.entries(CARD).map(([name, field]) => [name, { ...field, search: false }]));
    await republish(none);
    expect(await indexes()).toEqual([]);
    expect((await get(`/cards?${query('anna')}`)).json).toMatchObject({ code: 'invalid_option' });
    await republish(CARD);
    expect(await indexes()).toEqual([before]);
    expect(await found('anna')).toEqual([20]);
  });
});
