// What requests with a delta link are answered, and where the list has to be read again.
import type { SourceDocument } from '@kartoteka/metadata';
import { type Principal, publish } from '@kartoteka/platform';
import { unguardedChangeLog } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietLog } from './crm-kit.ts';
import { type DeltaKit, deltaDocuments, document, NOTE, startDeltaKit } from './delta-kit.ts';

let kit: DeltaKit;
let all: Principal;
let visible: Principal;
beforeAll(async () => {
  kit = await startDeltaKit();
  ({ all } = kit);
  visible = await kit.crm.user('Visible', ['visible']);
});
afterAll(() => kit?.crm.close());

const TRACK = { prefer: 'odata.track-changes' };
const database = () => kit.crm.platform.database;
const patch = (id: string, values: object) => kit.done(all, 'PATCH', `/notes(${id})`, values);
const EXPIRED = { status: 410, json: { code: 'delta_expired', target: '$deltatoken' } };
const pathOf = (link: string): string => link.replace('http://crm.test/api/v1', '');

describe('the answers', () => {
  it('are in the form of the version that is spoken', async () => {
    const id = await kit.make('notes', { text: 'v', rank: 77 });
    const lists = ['4.0', '4.01'].map(async (version) => {
      const headers = { ...TRACK, 'odata-maxversion': version };
      const list = await kit.get(all, '/notes?$filter=rank eq 77&$select=id,text', headers);
      expect(list.headers['preference-applied']).toBe(version === '4.0' ? 'odata.track-changes' : 'track-changes');
      return pathOf(list.json['@odata.deltaLink']);
    });
    const [old = '', fresh = ''] = await Promise.all(lists);
    await patch(id, { text: 'w' });
    const changed = (await kit.get(all, old)).json;
    expect(changed).toEqual({
      '@odata.context': 'http://crm.test/api/v1/$metadata#notes(id,text)/$delta',
      value: [{ '@odata.etag': 'W/"2"', id, text: 'w' }],
      '@odata.deltaLink': expect.stringMatching(/\/notes\?\$filter=rank%20eq%2077&\$select=id,text&\$deltatoken=/),
    });
    await patch(id, { rank: 78 });
    const context = 'http://crm.test/api/v1/$metadata#notes/$deletedEntity';
    expect((await kit.get(all, old)).json.value).toEqual([
      { '@odata.context': context, id: `notes(${id})`, reason: 'changed' },
    ]);
    const answer = await kit.get(all, fresh, { 'odata-maxversion': '4.01' });
    expect(answer.headers['odata-version']).toBe('4.01');
    expect(answer.json.value).toEqual([{ '@removed': { reason: 'changed' }, id }]);
    await kit.done(all, 'DELETE', `/notes(${id})`);
    expect((await kit.get(all, fresh, { 'odata-maxversion': '4.01' })).json.value[0]['@removed']).toEqual({
      reason: 'deleted',
    });
  });

  it('come in pages, of the list and of its changes, and a link can be followed twice', async () => {
    const first = await kit.make('notes', { text: 'p', rank: 55 });
    const follower = await kit.follow(all, '/notes?$filter=rank eq 55', { pageSize: 2 });
    const ids = [];
    for (let n = 0; n < 5; n += 1) ids.push(await kit.make('notes', { text: `p${n}`, rank: 55 }));
    await kit.done(all, 'DELETE', `/notes(${first})`);
    const { link } = follower;
    const told = await follower.follow();
    expect(told).toEqual({ changed: ids, removed: { [first]: 'deleted' }, pages: 3 });
    await follower.expectFresh();
    follower.link = link;
    expect(await follower.follow()).toEqual(told);
    const page = await kit.get(all, link, { prefer: 'maxpagesize=6' });
    expect([page.headers['preference-applied'], page.json.value.length]).toEqual(['odata.maxpagesize=6', 6]);
    expect(page.json['@odata.deltaLink']).toBeDefined();
    const long = await kit.follow(all, '/notes?$filter=rank eq 55&$orderby=text desc&$count=true', { pageSize: 2 });
    expect([...long.copy.keys()]).toEqual(ids.toReversed());
  });

  it('hold formatted values and exact numbers where they are asked for', async () => {
    const list = await kit.get(all, '/notes?$filter=rank eq 44', TRACK);
    await kit.make('notes', { text: 'f', rank: 44, tags: ['client'] });
    const link = pathOf(list.json['@odata.deltaLink']);
    const formatted = await kit.get(all, link, { prefer: 'odata.include-annotations="*"' });
    expect(
      formatted.json.value[0]['owner_id@OData.Community.Display.V1.FormattedValue'] ?? formatted.text,
    ).toBeDefined();
    expect(formatted.headers['preference-applied']).toBe('odata.include-annotations="*"');
    const exact = await kit.get(all, link, { accept: 'application/json;IEEE754Compatible=true' });
    expect(exact.json.value[0].rank).toBe('44');
  });

  it('tell links made and values redacted as changes of the record, and pages that are empty of what was never shown', async () => {
    const id = await kit.make('notes', { text: 'r', rank: 33, contact: 'me' });
    const folder = await kit.make('folders', { text: 'F' });
    const follower = await kit.follow(all, '/notes?$filter=rank eq 33');
    await kit.done(all, 'POST', `/notes(${id})/redact`, { properties: ['contact'] });
    expect((await follower.follow()).changed).toEqual([id]);
    await follower.expectFresh();
    await kit.done(all, 'POST', `/notes(${id})/friends/$ref`, { '@odata.id': `folders(${folder})` });
    expect((await follower.follow()).changed).toEqual([id]);
    await kit.make('bits', { text: 'b', note_id: id });
    expect((await follower.follow()).changed).toEqual([]);
  });

  it('are the same for bulk requests, and for who acts as another', async () => {
    const caller = await kit.crm.user('Caller', ['unit', 'actor']);
    const own = await kit.crm.user('Acted', ['own']);
    const acting = await kit.crm.platform.actAs(await kit.crm.principal(caller.id), own.id);
    const list = await kit.get(acting, '/notes', TRACK);
    expect(list.status, list.text ?? '').toBe(200);
    const records = [{ text: 'mine', owner_id: own.id }, { text: 'not mine' }];
    const made = await kit.done(all, 'POST', '/notes/bulk', { records });
    const link = pathOf(list.json['@odata.deltaLink']);
    const mine = made.json.results[0].id;
    expect((await kit.get(acting, link)).json.value.map((each: { id: string }) => each.id)).toEqual([mine]);
    expect((await kit.get(own, link)).json).toMatchObject({ code: 'invalid_deltatoken' });
  });
});

describe('$metadata', () => {
  const tracking = async (principal: Principal, set: string) => {
    const { json } = await kit.get(principal, '/$metadata', { accept: 'application/json' });
    const schema: Record<string, Record<string, Record<string, unknown>>> = json.kartoteka;
    return schema.Container?.[set]?.['@Capabilities.ChangeTracking'];
  };

  it('says which lists can be followed, and filtered by what', async () => {
    const timely = await kit.crm.user('Timely in metadata', ['timely']);
    expect(await tracking(timely, 'notes')).toEqual({
      Supported: false,
      FilterableProperties: [],
      ExpandableProperties: [],
    });
    const found = (await tracking(visible, 'notes')) as { Supported: boolean; FilterableProperties: readonly string[] };
    expect(found.Supported).toBe(true);
    expect(found.FilterableProperties).toEqual(
      expect.arrayContaining(['id', 'text', 'stage', 'rank', 'double', 'owner_id', 'created_on']),
    );
    for (const name of ['lines_in_all', 'scratch', 'price', 'version', 'modified_on', 'modified_by_id'])
      expect(found.FilterableProperties).not.toContain(name);
    const { text } = await kit.get(visible, '/$metadata');
    expect(text).toMatch(/<PropertyValue Property="FilterableProperties"><Collection><PropertyPath>id<\/PropertyPath>/);
  });
});

describe('refused', () => {
  it('is no filter over the record itself, whatever it is made of', async () => {
    const filter = `(tags/any(t:t eq 'client') or tags/$count gt 5) and case(rank gt 3:true,true:false) and year(created_on) gt 2000`;
    const id = await kit.make('notes', { text: 'o', rank: 4, tags: ['client'] });
    const follower = await kit.follow(all, `/notes?$filter=${filter} and rank lt @most&@most=5`);
    expect([...follower.copy.keys()]).toEqual([id]);
    await patch(id, { tags: [] });
    expect((await follower.follow()).removed).toEqual({ [id]: 'changed' });
    await patch(id, { tags: ['client'] });
    expect((await follower.follow()).changed).toEqual([id]);
    await follower.expectFresh();
  });

  it.each([
    ['$top', '/notes?$top=5'],
    ['$skip', '/notes?$skip=5'],
    ['$expand', '/notes?$expand=folder'],
    ['$compute', '/notes?$compute=rank mul 2 as twice'],
    ['$apply', '/notes?$apply=aggregate($count as n)'],
    ['$filter', `/notes?$filter=folder/text eq 'a'`],
    ['$filter', '/notes?$filter=lines_in_all gt 1'],
    ['$filter', '/notes?$filter=bits/any(b:b/version gt 1)'],
    ['$filter', '/notes?$filter=bits/$count gt 0'],
    ['$filter', `/notes?$filter=case(rank gt 1:folder/text,true:text) eq @a&@a='a'`],
    ['$filter', '/notes?$filter=created_on gt @a&@a=now()'],
    ['$filter', '/notes?$filter=due ge today()'],
    ['$filter', '/notes?$filter=modified_on ge 2026-01-01T00:00:00Z'],
    ['$filter', `/notes?$filter=scratch eq 'a'`],
  ])('is a list whose changes cannot be told: %s %s', async (target, path) => {
    expect(await kit.get(all, path, TRACK)).toMatchObject({ status: 501, json: { code: 'not_supported', target } });
  });

  it('are readers whose rights depend on the clock, or on values that no log holds', async () => {
    for (const role of ['timely', 'unlogged']) {
      const reader = await kit.crm.user(role, [role]);
      expect((await kit.get(reader, '/notes')).status).toBe(200);
      expect(await kit.get(reader, '/notes', TRACK)).toMatchObject({ status: 501, json: { target: 'Prefer' } });
    }
  });

  it('are other resources than entity sets, and formats that cannot say it', async () => {
    const id = await kit.make('notes', { text: 'x' });
    for (const path of [`/notes(${id})/bits`, '/notes/deleted'])
      expect(await kit.get(all, path, TRACK)).toMatchObject({ status: 501, json: { target: 'Prefer' } });
    expect(await kit.get(all, '/notes', { ...TRACK, accept: 'text/csv' })).toMatchObject({ status: 501 });
    const none = await kit.get(all, '/notes', { ...TRACK, accept: 'application/json;odata.metadata=none' });
    expect(none).toMatchObject({ status: 400, json: { code: 'invalid_option', target: 'Accept' } });
    const full = await kit.get(all, '/notes?$format=application/json;odata.metadata=full', TRACK);
    expect(full).toMatchObject({ status: 501, json: { code: 'not_supported' } });
    for (const path of [`/notes(${id})`, `/notes(${id})/bits`, '/notes/$count', '/notes/deleted', '/notes/changes'])
      expect((await kit.get(all, `${path}?$deltatoken=a`)).json).toMatchObject({ code: 'invalid_option' });
  });

  it('are tokens that were made up, changed, or are of another query or user', async () => {
    const list = await kit.get(all, `/notes?$filter=rank eq 5&$select=text`, TRACK);
    const link = pathOf(list.json['@odata.deltaLink']);
    const token = link.split('$deltatoken=')[1] ?? '';
    const [body = '', signature = ''] = token.split('.');
    const forged = Buffer.from(body, 'base64url')
      .toString()
      .replace(/"(\d+):/, '"1:');
    const bad = [
      ...[link.replace('eq%205', 'eq%206'), link.replace('text,id', 'rank,id'), link.replace('/notes', '/folders')],
      ...['', 'a', 'a.b', `${body}.`, `${body}.${signature.slice(1)}a`, `${body}A.${signature}`].map((each) =>
        link.replace(token, each),
      ),
      link.replace(body, Buffer.from(forged).toString('base64url')),
    ];
    for (const path of bad) {
      const answer = await kit.get(all, path);
      expect([path, answer.status]).toEqual([path, 400]);
    }
    expect((await kit.get(visible, link)).json).toMatchObject({ code: 'invalid_deltatoken', target: '$deltatoken' });
    expect((await kit.get(all, `${link}&$orderby=text`)).status).toBe(501);
    expect((await kit.get(all, `${link}&$skiptoken=a`)).status).toBe(501);
    expect((await kit.get(all, link)).status).toBe(200);
  });

  it('are lists and properties that may not be read', async () => {
    const stranger = await kit.crm.user('Stranger', ['visible']);
    expect(await kit.get(stranger, '/folders', TRACK)).toMatchObject({
      status: 403,
      json: { code: 'missing_privilege' },
    });
    for (const query of ['$select=price', `$filter=price eq 'a'`, '$orderby=price']) {
      const answer = await kit.get(stranger, `/notes?${query}`, TRACK);
      expect([query, answer.json.code]).toEqual([query, 'secured_property']);
    }
    const follower = await kit.follow(stranger, '/notes');
    await kit.make('notes', { text: 's', price: '100' });
    await follower.follow();
    expect([...follower.copy.values()].flatMap(Object.keys)).not.toContain('price');
  });
});

describe('410, and read the list again', () => {
  it('when the rights of the reader are others, not when those of somebody else are', async () => {
    const reader = await kit.crm.user('Reader', ['own']);
    const follower = await kit.follow(reader, '/notes');
    await kit.crm.user('Somebody', ['all']);
    follower.principal = await kit.crm.principal(reader.id);
    expect((await follower.ask()).status).toBe(200);
    await kit.crm.create('role_assignments', { user_id: reader.id, role: 'visible' });
    follower.principal = await kit.crm.principal(reader.id);
    expect(await follower.ask()).toMatchObject(EXPIRED);
    await follower.begin();
    expect((await follower.ask()).status).toBe(200);
  });

  it('when he moves to another team or unit', async () => {
    const reader = await kit.crm.user('Mover', ['unit']);
    const unit = await kit.make('business_units', { name: 'Away', parent_id: kit.crm.rootUnitId }, kit.crm.admin);
    const team = await kit.make('teams', { name: 'Movers', owning_business_unit_id: unit }, kit.crm.admin);
    const follower = await kit.follow(reader, '/notes');
    await kit.crm.create('team_members', { team_id: team, user_id: reader.id });
    follower.principal = await kit.crm.principal(reader.id);
    expect(await follower.ask()).toMatchObject(EXPIRED);
    await follower.begin();
    await kit.done(kit.crm.admin, 'PATCH', `/users(${reader.id})`, { owning_business_unit_id: unit });
    follower.principal = await kit.crm.principal(reader.id);
    expect(await follower.ask()).toMatchObject(EXPIRED);
  });

  it('when changes that the link has not told were purged, and not when others were', async () => {
    const old = await kit.make('folders', { text: 'old' });
    const later = await kit.follow(all, '/folders');
    await unguardedChangeLog(
      database(),
      `update kartoteka.change_log set at = now() - interval '8 days' where record_id = $1::uuid`,
      [old],
    );
    const purge = () => database().run(`select kartoteka.purge_changes(now() - interval '7 days', 1000)`);
    await purge();
    // A link that was made while an older transaction of the server was open, of whatever database, might have lost something.
    const isWhole = async () => {
      await later.begin();
      return (await later.ask()).status;
    };
    await expect.poll(isWhole, { timeout: 20_000 }).toBe(200);
    await kit.done(all, 'PATCH', `/folders(${old})`, { text: 'new' });
    await unguardedChangeLog(
      database(),
      `update kartoteka.change_log set at = now() - interval '8 days' where record_id = $1::uuid`,
      [old],
    );
    await purge();
    expect(await later.ask()).toMatchObject(EXPIRED);
  });

  it('when the database was restored', async () => {
    const follower = await kit.follow(all, '/folders');
    await database().run('update kartoteka.state set epoch = gen_random_uuid()');
    expect(await follower.ask()).toMatchObject(EXPIRED);
    // As above: the log was purged by the test before, maybe while an older transaction of the server was open.
    const isWhole = async () => {
      await follower.begin();
      return (await follower.ask()).status;
    };
    await expect.poll(isWhole, { timeout: 20_000 }).toBe(200);
  });

  it('when personal data that decided was redacted of a record that is not in the list any more', async () => {
    const id = await kit.make('notes', { text: 'q', contact: 'known', rank: 22 });
    const kept = await kit.make('notes', { text: 'k', contact: 'known', rank: 22 });
    const follower = await kit.follow(all, `/notes?$filter=contact eq 'known' and rank eq 22`);
    await patch(kept, { text: 'kk' });
    expect((await follower.follow()).changed).toEqual([kept]);
    await kit.done(all, 'POST', `/notes(${id})/redact`, { properties: ['contact'] });
    expect(await follower.ask()).toMatchObject(EXPIRED);
  });

  it('when what the link means has changed with the metadata, and not when other fields came or went', async () => {
    const wide = await kit.follow(all, '/notes');
    const narrow = await kit.follow(all, `/notes?$filter=contact eq 'm'&$select=text`);
    const formula = await kit.follow(all, '/notes?$filter=double gt 4&$select=text');
    const change = async (fields: object) => {
      const note = { set: 'notes', plural_label: { en: 'L' }, ownership: 'user', title: 'text', fields };
      const documents: readonly SourceDocument[] = await deltaDocuments([document('entity', 'note', note)]);
      const { revision } = await publish(database(), {
        ...{ documents, author: null, comment: 'Change', log: quietLog, allowDestructive: true },
      });
      await expect.poll(() => kit.crm.platform.model().revision).toBe(revision);
      for (const follower of [wide, narrow, formula]) follower.principal = await kit.crm.principal(all.id);
    };
    await change({ ...NOTE, extra: { type: 'text' }, double: { ...NOTE.double, expression: 'rank mul 3' } });
    expect(await wide.ask()).toMatchObject(EXPIRED);
    expect(await formula.ask()).toMatchObject(EXPIRED);
    const id = await kit.make('notes', { text: 'after', contact: 'm' }, await kit.crm.principal(all.id));
    expect((await narrow.follow()).changed).toEqual([id]);
    const { contact: _, ...rest } = NOTE;
    await change(rest);
    expect(await narrow.ask()).toMatchObject(EXPIRED);
  });
});
