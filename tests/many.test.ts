// Many-to-many relations over the whole engine: links made and taken away from both ends and in bodies of writes, judged by the
// rights on both records, read by expands and as a list of their own, and what deletes and restores do to them.
import type { SourceDocument } from '@kartoteka/metadata';
import { compareCatalogue, type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Crm, principalOf, startCrm } from './crm-kit.ts';

let crm: Crm;

function document(kind: 'entity' | 'role', name: string, body: object): SourceDocument {
  return { kind, name, layer: 'base', source: 'test', body: { name, label: { en: name }, ...body } };
}

const entity = (name: string, fields: object, more: object = {}): SourceDocument =>
  document('entity', name, {
    set: `${name}s`,
    plural_label: { en: name },
    ownership: 'user',
    title: 'name',
    fields: { name: { type: 'text' }, ...fields },
    ...more,
  });

const lookup = (target: string): object => ({ type: 'lookup', targets: [target], on_delete: 'cascade' });
const all = (depth: string): object => ({ '*': depth });

const DOCUMENTS = [
  entity('club', {
    members: { type: 'many', target: 'person', inverse: 'clubs' },
    guests: { type: 'many', target: 'person', inverse: 'visited_clubs', audit: false },
    sponsors: { type: 'many', target: 'person', inverse: 'sponsored', through: 'sponsorship' },
    member_count: { type: 'rollup', relation: 'members', aggregate: 'count' },
    sponsor_count: { type: 'rollup', relation: 'sponsors', aggregate: 'count' },
  }),
  entity('person', {
    friends: { type: 'many', target: 'person', inverse: 'friend_of' },
    rank: { type: 'integer' },
    main_club: { type: 'lookup', targets: ['club'], inverse: 'fans' },
  }),
  entity('sponsorship', { club: lookup('club'), person: lookup('person') }),
  document('role', 'full', { privileges: { club: all('user'), person: all('user'), sponsorship: all('user') } }),
  document('role', 'user_reader', { privileges: { user: { read: 'organization' } } }),
  document('role', 'reader', { privileges: { club: { read: 'organization' }, person: { read: 'organization' } } }),
  ...['append', 'append_to'].flatMap((privilege) =>
    ['club', 'person'].map((name) =>
      document('role', `no_${privilege}_${name}`, {
        privileges: { club: all('user'), person: all('user'), [name]: { '*': 'user', [privilege]: 'none' } },
      }),
    ),
  ),
];

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, ...DOCUMENTS] });
});

afterAll(() => crm?.close());

const call = (method: string, path: string, body?: unknown, principal: Principal = crm.admin): Promise<Answer> =>
  crm.call(principal, method, path, body);

const club = async (name = 'Club', principal?: Principal): Promise<string> =>
  (await crm.create('clubs', { name }, principal)).id;
const person = async (name = 'Person', principal?: Principal): Promise<string> =>
  (await crm.create('persons', { name }, principal)).id;
const ref = (id: string, set = 'persons') => ({ '@odata.id': `${set}(${id})` });
const link = (own: string, other: string, principal?: Principal): Promise<Answer> =>
  call('POST', `/clubs(${own})/members/$ref`, ref(other), principal);

/** Names of a collection of one record, as an expand shows them. */
async function namesIn(path: string, navigation: string, principal?: Principal): Promise<string[]> {
  const { json } = await call('GET', `${path}?$expand=${navigation}($select=name;$orderby=name)`, undefined, principal);
  return json[navigation].map((row: { name: string }) => row.name);
}

/** Status, and code and target of every finding. */
async function refused(method: string, path: string, body?: unknown, principal?: Principal): Promise<unknown[]> {
  const { status, json } = await call(method, path, body, principal);
  const found = (json?.details ?? []).filter(({ code }: { code: string }) => code !== 'explain_access');
  const details = found.length > 0 ? found : [json];
  return [status, ...details.map((detail: { code: string; target?: string }) => `${detail.code} ${detail.target}`)];
}

interface LogRow {
  readonly version: string;
  readonly before: object | null;
  readonly after: object | null;
}

async function logOf(id: string): Promise<LogRow[]> {
  const rows = await crm.platform.database.run(
    'select version::text as version, before::text as before, after::text as after from kartoteka.change_log where record_id = $1::uuid order by id',
    [id],
  );
  return rows.map(({ version, before, after }) => ({
    version: String(version),
    before: JSON.parse(String(before)),
    after: JSON.parse(String(after)),
  }));
}

describe('$ref', () => {
  test('links from both ends, once, and takes the link away from both ends', async () => {
    const [own, ann, bob] = [await club('Chess'), await person('Ann'), await person('Bob')];
    expect((await link(own, ann)).status).toBe(204);
    expect((await link(own, ann)).status).toBe(204);
    const fromBob = { '@id': `http://crm.test/api/v1/clubs/${own}` };
    expect((await call('POST', `/persons/${bob}/clubs/$ref`, fromBob)).status).toBe(204);
    expect(await namesIn(`/clubs(${own})`, 'members')).toEqual(['Ann', 'Bob']);
    expect(await namesIn(`/persons(${ann})`, 'clubs')).toEqual(['Chess']);
    expect((await call('DELETE', `/clubs(${own})/members(${ann})/$ref`)).status).toBe(204);
    expect(await refused('DELETE', `/clubs(${own})/members(${ann})/$ref`)).toEqual([404, 'not_found undefined']);
    expect((await call('DELETE', `/persons(${bob})/clubs/$ref?$id=clubs(${own})`)).status).toBe(204);
    expect(await namesIn(`/clubs(${own})`, 'members')).toEqual([]);
    const rows = await crm.platform.database.run('select from data.club__members where own_id = $1::uuid', [own]);
    expect(rows).toHaveLength(0);
  });

  test('leaves one row in the change log of the record it was called on, and its version as it was', async () => {
    const [own, ann] = [await club(), await person()];
    await call('PATCH', `/clubs(${own})`, { name: 'Renamed' });
    await link(own, ann);
    await link(own, ann);
    await call('DELETE', `/clubs(${own})/members(${ann})/$ref`);
    expect((await logOf(own)).slice(2)).toEqual([
      { version: '2', before: {}, after: { members: [ann] } },
      { version: '2', before: { members: [ann] }, after: {} },
    ]);
    expect(await logOf(ann)).toHaveLength(1);
    await call('POST', `/persons(${ann})/clubs/$ref`, ref(own, 'clubs'));
    expect((await logOf(ann)).slice(1)).toEqual([{ version: '1', before: {}, after: { clubs: [own] } }]);
    await call('POST', `/clubs(${own})/guests/$ref`, ref(ann));
    expect((await logOf(own)).at(-1)).toEqual({ version: '2', before: {}, after: {} });
    expect((await call('GET', `/clubs(${own})`)).headers.etag).toBe('W/"2"');
  });

  test('links records of one entity to each other in one direction', async () => {
    const [ann, bob] = [await person('Ann'), await person('Bob')];
    await call('POST', `/persons(${ann})/friends/$ref`, ref(bob));
    await call('POST', `/persons(${ann})/friends/$ref`, ref(ann));
    expect(await namesIn(`/persons(${ann})`, 'friends')).toEqual(['Ann', 'Bob']);
    expect(await namesIn(`/persons(${bob})`, 'friends')).toEqual([]);
    expect(await namesIn(`/persons(${bob})`, 'friend_of')).toEqual(['Ann']);
    expect((await call('DELETE', `/persons(${bob})/friend_of(${ann})/$ref`)).status).toBe(204);
    expect(await namesIn(`/persons(${ann})`, 'friends')).toEqual(['Ann']);
  });

  test('refuses what it cannot understand or promise', async () => {
    const [own, ann] = [await club(), await person()];
    const at = `/clubs(${own})/members/$ref`;
    const bad = [400, 'invalid_value @odata.id'];
    for (const body of [{}, { '@odata.id': 1 }, { '@odata.id': `clubs(${own})` }, { ...ref(ann), name: 'x' }, { x: 1 }])
      expect([body, await refused('POST', at, body)]).toEqual([body, bad]);
    expect(await refused('POST', at, '[]')).toEqual([400, 'body_not_object undefined']);
    expect(await refused('POST', at, { '@odata.id': 'persons(7)' })).toEqual(bad);
    expect(await refused('POST', at, { '@id': `nobodies(${ann})` })).toEqual([400, 'invalid_value @id']);
    expect(await refused('POST', `${at}?$id=persons(${ann})`, ref(ann))).toEqual([400, 'invalid_option $id']);
    expect(await refused('POST', `${at}?$select=name`, ref(ann))).toEqual([400, 'invalid_option $select']);
    expect(await refused('POST', `/clubs(${own})/members(${ann})/$ref`, ref(ann))).toEqual([
      405,
      'method_not_allowed undefined',
    ]);
    expect(await refused('DELETE', at)).toEqual([400, 'invalid_option $id']);
    expect(await refused('DELETE', `${at}?$id=clubs(${own})`)).toEqual([400, 'invalid_value $id']);
    const twice = `${at}?$id=persons(${ann})&id=persons(${ann})`;
    expect(await refused('DELETE', twice)).toEqual([400, 'duplicate_option $id']);
    expect(await refused('GET', `/clubs?$id=clubs(${own})`)).toEqual([501, 'not_supported $id']);
    expect(await refused('PUT', at, ref(ann))).toEqual([501, 'not_supported undefined']);
    const header = await crm.call(crm.admin, 'POST', at, ref(ann), { 'if-match': 'W/"1"' });
    expect([header.status, header.json.code]).toEqual([501, 'not_supported']);
    expect(await namesIn(`/clubs(${own})`, 'members')).toEqual([]);
  });
});

describe('rights', () => {
  test('append and append_to are needed on both records', async () => {
    for (const [privilege, name] of [
      ['append', 'club'],
      ['append_to', 'club'],
      ['append', 'person'],
      ['append_to', 'person'],
    ]) {
      const user = await crm.user(`Lacks ${privilege} ${name}`, [`no_${privilege}_${name}`]);
      const [own, ann] = [await club('c', user), await person('p', user)];
      const answer = [403, `missing_privilege ${name}`];
      expect(await refused('POST', `/clubs(${own})/members/$ref`, ref(ann), user)).toEqual(answer);
      expect(await refused('POST', `/persons(${ann})/clubs/$ref`, ref(own, 'clubs'), user)).toEqual(answer);
      await link(own, ann);
      expect(await refused('DELETE', `/clubs(${own})/members(${ann})/$ref`, undefined, user)).toEqual(answer);
      expect(await namesIn(`/clubs(${own})`, 'members')).toEqual(['p']);
    }
  });

  test('are asked of each record, and a hidden record is a missing one', async () => {
    const user = await crm.user('Owner', ['full']);
    const [own, ann] = [await club('own', user), await person('own', user)];
    const [foreign, stranger] = [await club('foreign'), await person('foreign')];
    const nobody = '00000000-0000-0000-0000-000000000000';
    for (const hidden of [stranger, nobody]) {
      expect(await refused('POST', `/clubs(${own})/members/$ref`, ref(hidden), user)).toEqual([
        400,
        'target_not_found members',
      ]);
      expect(await refused('DELETE', `/clubs(${own})/members(${hidden})/$ref`, undefined, user)).toEqual([
        404,
        'not_found undefined',
      ]);
    }
    for (const hidden of [foreign, nobody]) {
      expect(await refused('POST', `/clubs(${hidden})/members/$ref`, ref(ann), user)).toEqual([
        404,
        'not_found undefined',
      ]);
      for (const path of ['members', 'members/$count', 'fans', 'fans/$count'])
        expect(await refused('GET', `/clubs(${hidden})/${path}`, undefined, user)).toEqual([
          404,
          'not_found undefined',
        ]);
    }
    await crm.create('role_assignments', { user_id: user.id, role: 'reader' });
    const reader = await principalOf(crm.platform, user.id);
    const onRecord = [403, 'missing_privilege_on_record members'];
    expect(await refused('POST', `/clubs(${foreign})/members/$ref`, ref(ann), reader)).toEqual(onRecord);
    expect(await refused('POST', `/clubs(${own})/members/$ref`, ref(stranger), reader)).toEqual(onRecord);
    await link(own, stranger);
    expect(await refused('DELETE', `/clubs(${own})/members(${stranger})/$ref`, undefined, reader)).toEqual(onRecord);
    expect((await link(own, ann, reader)).status).toBe(204);
    expect(await namesIn(`/clubs(${own})`, 'members', reader)).toEqual(['foreign', 'own']);
    expect(await namesIn(`/clubs(${own})`, 'members', user)).toEqual(['own']);
    expect((await call('GET', `/clubs(${own})?$select=member_count`, undefined, user)).json.member_count).toBe(1);
  });
});

describe('@odata.bind of a collection', () => {
  test('links in the transaction of a create and of an update, and the answer shows it', async () => {
    const [ann, bob] = [await person('Ann'), await person('Bob')];
    const body = { name: 'Bound', 'members@odata.bind': [`persons(${ann})`, `/persons(${bob})`, `persons/${ann}`] };
    const created = await call('POST', '/clubs?$expand=members($select=name;$orderby=name)', body);
    expect(created.status, created.text ?? '').toBe(201);
    expect(created.json.members).toMatchObject([{ name: 'Ann' }, { name: 'Bob' }]);
    const path = `/clubs(${created.json.id})`;
    expect((await call('PATCH', path, { 'guests@odata.bind': [`persons(${ann})`] })).status).toBe(204);
    expect((await call('PATCH', path, { name: 'Again', 'members@odata.bind': [] })).status).toBe(204);
    expect([await namesIn(path, 'members'), await namesIn(path, 'guests')]).toEqual([['Ann', 'Bob'], ['Ann']]);
    expect((await logOf(created.json.id)).map(({ version, after }) => [version, Object.keys(after ?? {})])).toEqual([
      ['1', ['name', 'owner_id', 'owning_business_unit_id']],
      ['1', ['members']],
      ['1', []],
      ['2', ['name']],
    ]);
  });

  test('is judged by the record as it was, which an update may give away, and answers as it is now', async () => {
    const user = await crm.user('Giver', ['full']);
    const [own, ann] = [await club('Given', user), await person('Ann', user)];
    const receiver = await crm.user('Receiver', ['full', 'reader']);
    await crm.create('role_assignments', { user_id: user.id, role: 'user_reader' });
    const giver = await principalOf(crm.platform, user.id);
    const body = { owner_id: receiver.id, 'members@odata.bind': [`persons(${ann})`] };
    const given = await call('PATCH', `/clubs(${own})`, body, giver);
    expect(given.status, given.text ?? '').toBe(204);
    expect(await refused('GET', `/clubs(${own})`, undefined, giver)).toEqual([404, 'not_found undefined']);
    const answer = await crm.call(
      receiver,
      'PATCH',
      `/clubs(${own})?$expand=members($select=name)`,
      { name: 'Taken', 'members@odata.bind': [] },
      { prefer: 'return=representation' },
    );
    expect(answer.json).toMatchObject({ name: 'Taken', members: [{ name: 'Ann' }], '@odata.etag': 'W/"3"' });
    const more = await crm.call(
      crm.admin,
      'PATCH',
      `/clubs(${own})?$expand=members($select=name)`,
      { 'members@odata.bind': [`persons(${await person('Bob')})`] },
      { prefer: 'return=representation', 'if-match': 'W/"3"' },
    );
    expect([more.json.members.length, more.headers.etag]).toEqual([2, 'W/"3"']);
    const stale = { 'members@odata.bind': [`persons(${await person('Eve')})`] };
    const refusedStale = await crm.call(crm.admin, 'PATCH', `/clubs(${own})`, stale, { 'if-match': 'W/"2"' });
    expect([refusedStale.status, (await namesIn(`/clubs(${own})`, 'members')).length]).toEqual([412, 2]);
  });

  test('of records that are not there refuses the whole write and says which', async () => {
    const [own, ann, stranger] = [await club('Whole'), await person('Ann'), await person('Hidden')];
    const user = await crm.user('Binder', ['full']);
    await call('PATCH', `/clubs(${own})`, { owner_id: user.id });
    await call('PATCH', `/persons(${ann})`, { owner_id: user.id });
    const nobody = '00000000-0000-0000-0000-000000000000';
    const urls = [stranger, ann, nobody].map((id) => `persons(${id})`);
    const body = { name: 'Changed', 'members@odata.bind': urls };
    const answer = [400, 'target_not_found members@odata.bind/0', 'target_not_found members@odata.bind/2'];
    expect(await refused('PATCH', `/clubs(${own})`, body, user)).toEqual(answer);
    const count = (await call('GET', '/clubs/$count')).text;
    expect(await refused('POST', '/clubs', body, user)).toEqual(answer);
    expect((await call('GET', '/clubs/$count')).text).toBe(count);
    expect((await call('GET', `/clubs(${own})`)).json).toMatchObject({ name: 'Whole', '@odata.etag': 'W/"2"' });
    expect(await namesIn(`/clubs(${own})`, 'members')).toEqual([]);
  });

  test('is refused where it is no list of URLs, too long, given twice, or not of links', async () => {
    const ann = await person();
    const url = `persons(${ann})`;
    const at = 'members@odata.bind';
    for (const value of [url, null, [1], [null], { url }])
      expect(await refused('POST', '/clubs', { [at]: value })).toEqual([400, `invalid_value ${at}`]);
    expect(await refused('POST', '/clubs', { [at]: [url, 'clubs(1)'] })).toEqual([400, `invalid_value ${at}/1`]);
    expect(await refused('POST', '/clubs', { [at]: [], 'members@bind': [] })).toEqual([400, `invalid_value ${at}`]);
    expect(await refused('POST', '/clubs', { [at]: Array.from({ length: 1001 }, () => url) })).toEqual([
      400,
      `limit_exceeded ${at}`,
    ]);
    expect((await call('POST', '/clubs', { [at]: Array.from({ length: 1000 }, () => url) })).status).toBe(201);
    expect(await refused('PATCH', `/clubs(${await club()})`, { 'fans@odata.bind': [url] })).toEqual([
      501,
      'not_supported fans@odata.bind',
    ]);
    expect(await refused('POST', '/clubs', { members: [{ '@id': 'clubs(1)' }] })).toEqual([
      400,
      'invalid_value members/0',
    ]);
    expect(await refused('POST', '/clubs/bulk', { records: [{ name: 'x', [at]: url }], atomic: true })).toEqual([
      400,
      `invalid_value records/0/${at}`,
    ]);
  });
});

describe('reading', () => {
  test('offers the rest of a long collection as a list of its own, with filter, order, total and pages', async () => {
    const ids = await Promise.all(
      Array.from({ length: 130 }, (_, n) => crm.create('persons', { name: `p${n}`, rank: n % 10 })),
    );
    const urls = ids.map(({ id }) => `persons(${id})`);
    const { id } = await crm.create('clubs', { name: 'Long', 'members@odata.bind': urls });
    await crm.create('clubs', { name: 'Another', 'members@odata.bind': urls.slice(0, 5) });
    const expand = 'members($filter=rank lt 9;$orderby=rank desc;$select=name,rank;$count=true)';
    const { json } = await call('GET', `/clubs(${id})?$expand=${expand}`);
    expect([json.members.length, json['members@odata.count']]).toEqual([100, 117]);
    const names = json.members.map((row: { name: string }) => row.name);
    let next: string | undefined = json['members@odata.nextLink'];
    expect(next).toContain(`/clubs(${id})/members?$filter=`);
    while (next !== undefined) {
      const path = next.replace('http://crm.test/api/v1', '');
      const page = await crm.call(crm.admin, 'GET', path, undefined, { prefer: 'odata.maxpagesize=5' });
      expect(page.status, page.text ?? '').toBe(200);
      names.push(...page.json.value.map((row: { name: string }) => row.name));
      next = page.json['@odata.nextLink'];
    }
    expect([names.length, new Set(names).size]).toEqual([117, 117]);
    const counted = await call('GET', `/clubs(${id})/members?$count=true&$top=1&$filter=rank eq 3`);
    expect([counted.json['@odata.count'], counted.json.value.length]).toEqual([13, 1]);
  });

  test('lists the records that a lookup leads back from, too', async () => {
    const own = await club('Fanned');
    for (const name of ['a', 'b']) await crm.create('persons', { name, main_club_id: own });
    const list = await call('GET', `/clubs(${own})/fans?$orderby=name desc`);
    expect(list.json.value.map((row: { name: string }) => row.name)).toEqual(['b', 'a']);
    expect(list.json['@odata.context']).toBe('http://crm.test/api/v1/$metadata#persons');
    expect((await call('GET', `/clubs(${own})/fans/$count`)).text).toBe('2');
    expect((await call('GET', `/clubs(${own})/fans/$count?$filter=name eq 'a'`)).text).toBe('1');
    expect(await refused('GET', `/clubs(${own})/fans/$count?$top=1`)).toEqual([400, 'invalid_option $top']);
    expect((await call('GET', `/clubs(${own})/members/$count`)).text).toBe('0');
  });

  test('POST to a collection makes a record that is linked from the start', async () => {
    const own = await club('Founded');
    const other = await club('Older');
    const fan = await call('POST', `/clubs(${own})/fans`, { name: 'Fan' });
    expect([fan.status, fan.json.main_club_id]).toEqual([201, own]);
    const body = { name: 'Member', 'clubs@odata.bind': [`clubs(${other})`] };
    const member = await call('POST', `/clubs(${own})/members`, body);
    expect(member.status).toBe(201);
    for (const id of [own, other]) expect(await namesIn(`/clubs(${id})`, 'members')).toEqual(['Member']);
    expect(
      (await call('POST', `/clubs(${own})/members`, { ...body, 'clubs@odata.bind': [`clubs(${own})`] })).status,
    ).toBe(201);
    expect((await call('GET', `/clubs(${own})/members/$count`)).text).toBe('2');
  });

  test('a collection has no values to filter, order or write by', async () => {
    for (const text of ["members eq 'x'", "members/name eq 'x'"])
      expect(await refused('GET', `/clubs?$filter=${text}`)).toEqual([400, 'unknown_property $filter@0']);
    for (const text of ['members', 'members/name'])
      expect(await refused('GET', `/clubs?$orderby=${text}`)).toEqual([400, 'unknown_property $orderby@0']);
    expect(await refused('POST', '/clubs', { members: 'x' })).toEqual([400, 'invalid_value members']);
    expect(await refused('POST', '/clubs', { members_id: 'x' })).toEqual([400, 'unknown_property members_id']);
    expect((await call('GET', '/clubs?$select=name,members&$top=1')).status).toBe(200);
  });

  test('a token of one list does not continue another', async () => {
    const [one, other] = [await club(), await club()];
    for (const name of ['a', 'b']) await link(one, await person(name));
    const page = await crm.call(crm.admin, 'GET', `/clubs(${one})/members`, undefined, {
      prefer: 'odata.maxpagesize=1',
    });
    const token = new URL(page.json['@odata.nextLink']).searchParams.get('$skiptoken');
    expect(await refused('GET', `/clubs(${other})/members?$skiptoken=${token}`)).toEqual([
      400,
      'invalid_skiptoken $skiptoken',
    ]);
  });

  test('expands over links within links, under the rights on each record', async () => {
    const own = await club('Outer');
    const ann = await person('Ann');
    await link(own, ann);
    await link(await club('Inner'), ann);
    const path = `/clubs(${own})?$select=name&$expand=members($select=name;$expand=clubs($select=name;$orderby=name;$count=true))`;
    expect((await call('GET', path)).json.members).toMatchObject([
      { name: 'Ann', 'clubs@odata.count': 2, clubs: [{ name: 'Inner' }, { name: 'Outer' }] },
    ]);
  });
});

describe('links that are records', () => {
  test('are read through those that are alive and readable, each record once', async () => {
    const user = await crm.user('Sponsor reader', ['full']);
    const [own, ann, bob] = [await club('Sponsored', user), await person('Ann', user), await person('Bob', user)];
    const sponsor = (person_id: string, principal?: Principal) =>
      crm.create('sponsorships', { club_id: own, person_id }, principal);
    const first = await sponsor(ann, user);
    await sponsor(ann, user);
    await sponsor(bob);
    const path = `/clubs(${own})`;
    expect(await namesIn(path, 'sponsors')).toEqual(['Ann', 'Bob']);
    expect(await namesIn(path, 'sponsors', user)).toEqual(['Ann']);
    expect(await namesIn(`/persons(${ann})`, 'sponsored', user)).toEqual(['Sponsored']);
    expect((await call('GET', `${path}?$select=sponsor_count`, undefined, user)).json.sponsor_count).toBe(1);
    expect((await call('GET', `${path}/sponsors?$count=true`, undefined, user)).json['@odata.count']).toBe(1);
    expect((await call('GET', `${path}/sponsors/$count`, undefined, user)).text).toBe('1');
    await call('DELETE', `/sponsorships(${first.id})`);
    expect(await namesIn(path, 'sponsors', user)).toEqual(['Ann']);
    const reader = await crm.user('Blind reader', ['reader']);
    for (const at of [`${path}?$expand=sponsors`, `${path}/sponsors`, `${path}/sponsors/$count`])
      expect(await refused('GET', at, undefined, reader)).toEqual([403, 'missing_privilege sponsorship']);
  });

  test('are made and deleted as records, which $ref and bind say', async () => {
    const [own, ann] = [await club(), await person()];
    const answer = await call('POST', `/clubs(${own})/sponsors/$ref`, ref(ann));
    expect([answer.status, answer.json]).toMatchObject([
      400,
      {
        code: 'links_are_records',
        message:
          'sponsors holds what records of sponsorship link to: create or delete a record of sponsorship (/sponsorships) instead',
      },
    ]);
    for (const [method, path] of [
      ['DELETE', `/clubs(${own})/sponsors(${ann})/$ref`],
      ['POST', `/persons(${ann})/sponsored/$ref`],
    ] as const)
      expect((await call(method, path, method === 'POST' ? ref(own, 'clubs') : undefined)).json.code).toBe(
        'links_are_records',
      );
    expect(await refused('POST', '/clubs', { 'sponsors@odata.bind': [] })).toEqual([
      400,
      'links_are_records sponsors@odata.bind',
    ]);
  });
});

describe('deletes', () => {
  test('of a linked record are not held up; the link is hidden, and comes back with the record', async () => {
    const [own, ann] = [await club('Kept'), await person('Ann')];
    await link(own, ann);
    expect((await call('DELETE', `/persons(${ann})`)).status).toBe(204);
    expect(await namesIn(`/clubs(${own})`, 'members')).toEqual([]);
    expect((await call('GET', `/clubs(${own})?$select=member_count`)).json.member_count).toBe(0);
    expect(await refused('POST', `/clubs(${own})/members/$ref`, ref(ann))).toEqual([400, 'target_not_found members']);
    expect(await refused('DELETE', `/clubs(${own})/members(${ann})/$ref`)).toEqual([404, 'not_found undefined']);
    expect((await call('POST', `/persons(${ann})/restore`, {})).status).toBeLessThan(300);
    expect(await namesIn(`/clubs(${own})`, 'members')).toEqual(['Ann']);
    expect((await call('DELETE', `/clubs(${own})`)).status).toBe(204);
    expect((await call('GET', `/clubs/deleted(${own})?$expand=members`)).json.members).toHaveLength(1);
    expect((await call('GET', `/clubs/deleted(${own})/members`)).json.value).toHaveLength(1);
    expect(await refused('POST', `/clubs/deleted(${own})/members/$ref`, ref(ann))).toEqual([
      404,
      'unknown_resource members',
    ]);
  });

  test('for good take the links along', async () => {
    const [own, ann] = [await club(), await person()];
    await link(own, ann);
    await crm.platform.database.run('delete from data.person where id = $1::uuid', [ann]);
    expect(await crm.platform.database.run('select from data.club__members where own_id = $1::uuid', [own])).toEqual(
      [],
    );
  });

  test('and links at the same time leave no link that shows a deleted record', async () => {
    const own = await club('Busy');
    const people = await Promise.all(Array.from({ length: 40 }, (_, n) => person(`p${n}`)));
    await Promise.all(people.flatMap((id) => [link(own, id), call('DELETE', `/persons(${id})`), link(own, id)]));
    expect(await namesIn(`/clubs(${own})`, 'members')).toEqual([]);
  });

  test('concurrent links of the same records from both ends make one link and no error', async () => {
    const [own, ann] = [await club(), await person('Ann')];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        n % 2 === 0 ? link(own, ann) : call('POST', `/persons(${ann})/clubs/$ref`, ref(own, 'clubs')),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    expect(await namesIn(`/clubs(${own})`, 'members')).toEqual(['Ann']);
    const logged = [...(await logOf(own)), ...(await logOf(ann))].filter(({ after }) =>
      ['members', 'clubs'].some((name) => Object.hasOwn(after ?? {}, name)),
    );
    expect(logged).toHaveLength(1);
  });
});

test('the catalogue agrees with the Model', async () => {
  expect(await compareCatalogue(crm.platform.database, crm.platform.model())).toEqual([]);
});

test('linking is one statement, and so is a record that links nothing', async () => {
  const [own, ann] = [await club(), await person()];
  await link(own, await person());
  const { counters } = crm.platform.database;
  const before = counters.statements;
  await link(own, ann);
  await crm.create('clubs', { name: 'Plain' });
  expect(counters.statements - before).toBe(2);
});
