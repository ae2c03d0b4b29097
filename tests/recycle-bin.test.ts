// The recycle bin over the whole engine: the list of deleted records under rights and with every query option, restore as a
// request, and what lookups with several targets come back to.

import type { SourceDocument } from '@kartoteka/metadata';
import { compareCatalogue, type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Crm, principalOf, startCrm } from './crm-kit.ts';

let crm: Crm;
let owner: Principal;
let reader: Principal;

function document(kind: 'entity' | 'role', name: string, body: object): SourceDocument {
  return { kind, name, layer: 'base', source: 'test', body: { name, label: { en: name }, ...body } };
}

const lookup = (inverse: string, onDelete: string): object => ({
  type: 'lookup',
  targets: ['company', 'shelf'],
  inverse,
  on_delete: onDelete,
});

const FULL = ['create', 'read', 'write', 'delete', 'append', 'append_to', 'assign', 'share'];
const all = (depth: string): object => Object.fromEntries(FULL.map((privilege) => [privilege, depth]));
const PLAIN = { read: 'organization', write: 'organization', delete: 'organization' };
const readers = { user: { read: 'organization' } };

const DOCUMENTS = [
  document('entity', 'shelf', {
    set: 'shelves',
    plural_label: { en: 'Shelves' },
    ownership: 'user',
    title: 'name',
    fields: {
      name: { type: 'text', required: true },
      size: { type: 'integer' },
      secret: { type: 'text', secured: true },
      above: { type: 'lookup', targets: ['shelf'], inverse: 'below', on_delete: 'cascade' },
    },
  }),
  document('entity', 'mark', {
    set: 'marks',
    plural_label: { en: 'Marks' },
    ownership: 'user',
    title: 'name',
    fields: {
      name: { type: 'text' },
      held: lookup('held_marks', 'restrict'),
      loose: lookup('loose_marks', 'set_null'),
      tight: lookup('tight_marks', 'cascade'),
    },
  }),
  document('role', 'keeper', { privileges: { ...readers, shelf: all('user'), mark: all('user') } }),
  document('role', 'people', {
    privileges: Object.fromEntries(['user', 'role_assignment', 'business_unit'].map((name) => [name, PLAIN])),
  }),
  document('role', 'looker', { privileges: { ...readers, shelf: { read: 'organization' } } }),
  document('role', 'sweeper', {
    privileges: {
      ...readers,
      shelf: { ...all('organization'), delete: { depth: 'organization', when: 'size lt 10' } },
    },
  }),
];

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, ...DOCUMENTS] });
  owner = await crm.user('Keeper', ['keeper']);
  reader = await crm.user('Looker', ['looker']);
});

afterAll(() => crm?.close());

type Call = (
  method: string,
  path: string,
  body?: unknown,
  as?: Principal,
  more?: Record<string, string>,
) => Promise<Answer>;
const call: Call = (method, path, body, as = owner, more = {}) => crm.call(as, method, path, body, more);

async function shelf(values: object = {}, as: Principal = owner): Promise<string> {
  return (await crm.create('shelves', { name: 's', ...values }, as)).id;
}

async function deleted(values: object = {}, as: Principal = owner): Promise<string> {
  const id = await shelf(values, as);
  expect((await call('DELETE', `/shelves(${id})`, undefined, as)).status).toBe(204);
  return id;
}

const names = (answer: Answer): string[] => answer.json.value.map(({ name }: { name: string }) => name);

describe('the list of deleted records', () => {
  test('shows them, and no live one, with when and by whom they were deleted', async () => {
    await shelf({ name: 'alive' });
    const id = await deleted({ name: 'shown', size: 3 });
    const list = await call('GET', `/shelves/deleted?$filter=name eq 'shown' or name eq 'alive'`);
    expect(list.status).toBe(200);
    expect(list.json['@odata.context']).toMatch(/\$metadata#shelves\/deleted$/);
    expect(list.json.value).toEqual([
      expect.objectContaining({
        '@odata.etag': 'W/"2"',
        id,
        name: 'shown',
        size: 3,
        version: 2,
        deleted_by_id: owner.id,
        deleted_on: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      }),
    ]);
    expect(list.json.value[0]).not.toHaveProperty('secret');
    expect(list.json.value[0]).not.toHaveProperty('delete_id');
    expect((await call('GET', `/shelves(${id})`)).status).toBe(404);
    expect((await call('GET', `/shelves/deleted(${id})`)).json).toMatchObject({ id, deleted_by_id: owner.id });
    expect((await call('GET', `/shelves/deleted/${id}?$select=name`)).json).toMatchObject({ name: 'shown' });
    expect((await call('GET', `/shelves/$count?$filter=name eq 'shown'`)).text).toBe('0');
    expect((await call('GET', `/shelves/deleted/$count?$filter=name eq 'shown'`)).text).toBe('1');
  });

  test('is filtered, ordered, selected, expanded, counted and paged like any other', async () => {
    const above = await shelf({ name: 'above' });
    for (let size = 1; size <= 5; size += 1) await deleted({ name: 'paged', size, above_id: above });
    const query = `$filter=name eq 'paged' and deleted_by_id eq me()&$orderby=deleted_on desc&$select=size,deleted_on&$count=true`;
    const seen: number[] = [];
    let path = `/shelves/deleted?${query}&$expand=above($select=name),deleted_by($select=full_name)`;
    for (let pages = 0; path !== ''; pages += 1) {
      expect(pages).toBeLessThan(4);
      const { status, json, text } = await call('GET', path, undefined, owner, { prefer: 'maxpagesize=2' });
      expect(status, text ?? '').toBe(200);
      expect(json['@odata.count']).toBe(5);
      for (const row of json.value) {
        seen.push(row.size);
        expect(row).toMatchObject({ above: { name: 'above' }, deleted_by: { full_name: 'Keeper' } });
      }
      const next: string | undefined = json['@odata.nextLink'];
      expect(next ?? '').toMatch(/^$|\/api\/v1\/shelves\/deleted\?/);
      path = next === undefined ? '' : next.slice('http://crm.test/api/v1'.length);
    }
    expect(seen).toEqual([5, 4, 3, 2, 1]);
    const between = `deleted_on gt 2020-01-01T00:00:00Z and deleted_on le now()`;
    expect(names(await call('GET', `/shelves/deleted?$filter=${between} and size eq 2&$top=1`))).toEqual(['paged']);
    const byPath = await call(
      'GET',
      `/shelves/deleted?$filter=above/name eq 'above'&$orderby=above/name,size desc&$skip=3`,
    );
    expect(byPath.json.value.map(({ size }: { size: number }) => size)).toEqual([2, 1]);
  });

  test('shows labels and titles like any other', async () => {
    const id = await deleted({ name: 'labelled', above_id: await shelf({ name: 'top' }) });
    const prefer = { prefer: 'odata.include-annotations="*"' };
    const list = await call('GET', `/shelves/deleted?$filter=id eq ${id}`, undefined, owner, prefer);
    expect(list.json.value).toEqual([expect.objectContaining({ name: 'labelled' })]);
    const record = await call('GET', `/shelves/deleted(${id})`, undefined, owner, prefer);
    expect(record).toMatchObject({ status: 200, json: { name: 'labelled' } });
  });

  test('is for those who may read and delete the records', async () => {
    const id = await deleted({ name: 'mine', size: 5 });
    const large = await deleted({ name: 'mine', size: 50 });
    const path = `/shelves/deleted?$filter=name eq 'mine'&$select=id&$count=true`;
    const ids = async (as: Principal): Promise<unknown> => {
      const { json } = await call('GET', path, undefined, as);
      expect(json['@odata.count']).toBe(json.value.length);
      return json.value.map((row: { id: string }) => row.id);
    };
    expect(await ids(owner)).toEqual([id, large]);
    expect(await call('GET', path, undefined, reader)).toMatchObject({
      status: 403,
      json: { code: 'missing_privilege' },
    });
    const stranger = await crm.user('Stranger', ['keeper']);
    expect(await ids(stranger)).toEqual([]);
    expect((await call('GET', `/shelves/deleted(${id})`, undefined, stranger)).status).toBe(404);
    // Deleting is bound to a condition: so is seeing what was deleted.
    const sweeper = await crm.user('Sweeper', ['sweeper']);
    expect(await ids(sweeper)).toEqual([id]);
    expect((await call('GET', `/shelves/deleted(${large})`, undefined, sweeper)).status).toBe(404);
    expect(await call('POST', `/shelves(${large})/restore`, undefined, sweeper)).toMatchObject({
      status: 403,
      json: { code: 'missing_privilege_on_record' },
    });
    for (const query of [`$filter=secret eq 'x'`, '$orderby=secret', '$select=secret'])
      expect(await call('GET', `/shelves/deleted?${query}`)).toMatchObject({ json: { code: 'secured_property' } });
  });

  test('serves nothing but reading, and no other resource', async () => {
    const id = await deleted();
    for (const [method, path, status] of [
      ['POST', '/shelves/deleted', 405],
      ['PATCH', `/shelves/deleted(${id})`, 405],
      ['DELETE', `/shelves/deleted(${id})`, 405],
      ['GET', '/shelves/deleted(1)', 400],
      ['GET', '/shelves/deleted/x', 400],
      ['GET', `/shelves/deleted(${id})/name`, 404],
      ['GET', '/shelves/deleted/$count/x', 404],
      ['GET', '/shelves/deletedx', 400],
      ['GET', '/shelves/deleted?$filter=delete_id eq null', 400],
      ['GET', '/shelves?$filter=deleted_on eq null', 400],
      ['GET', '/shelves?$orderby=deleted_on', 400],
    ] as const) {
      const body = method === 'GET' ? undefined : {};
      expect([path, (await call(method, path, body)).status]).toEqual([path, status]);
    }
    const token = (await call('GET', `/shelves/deleted?$top=2`, undefined, owner, { prefer: 'maxpagesize=1' })).json;
    const [, skiptoken] = /\$skiptoken=(.*)$/.exec(token['@odata.nextLink']) ?? [];
    expect(await call('GET', `/shelves?$skiptoken=${skiptoken}`)).toMatchObject({
      json: { code: 'invalid_skiptoken' },
    });
  });

  test('has the index it is read along in every table', async () => {
    expect(await compareCatalogue(crm.platform.database, crm.platform.model())).toEqual([]);
    const rows = await crm.platform.database.run(
      `select indexdef from pg_indexes where schemaname = 'data' and indexdef like '%(deleted_on NULLS FIRST, id NULLS FIRST) WHERE (deleted_on IS NOT NULL)'`,
    );
    expect(rows).toHaveLength(crm.platform.model().entities.size);
  });
});

describe('POST /set(ID)/restore', () => {
  test('answers 204 with the version, or 200 with the record when it is preferred', async () => {
    const id = await deleted({ name: 'back' });
    const restored = await call('POST', `/shelves(${id})/restore`);
    expect([restored.status, restored.headers.etag, restored.text]).toEqual([204, 'W/"3"', null]);
    expect((await call('GET', `/shelves(${id})`)).json).toMatchObject({ name: 'back', version: 3 });
    await call('DELETE', `/shelves(${id})`);
    const prefer = { prefer: 'return=representation' };
    const shown = await call(
      'POST',
      `/shelves(${id})/restore?$select=name&$expand=owning_user($select=full_name)`,
      {},
      owner,
      prefer,
    );
    expect(shown).toMatchObject({
      status: 200,
      headers: { etag: 'W/"5"', 'preference-applied': 'return=representation' },
      json: { name: 'back', owning_user: { full_name: 'Keeper' } },
    });
    expect(shown.json).not.toHaveProperty('deleted_on');
  });

  test('refuses what it does not take, and does nothing then', async () => {
    const id = await deleted();
    const refused = async (path: string, body?: unknown, as = owner): Promise<unknown> => {
      const { status, json } = await call('POST', path, body, as);
      return [status, json.code];
    };
    const at = `/shelves(${id})/restore`;
    expect(await refused(at, { name: 'x' })).toEqual([400, 'validation_failed']);
    expect(await refused(at, '[]')).toEqual([400, 'body_not_object']);
    expect(await refused(`${at}?$filter=name eq 'x'`)).toEqual([400, 'invalid_option']);
    expect(await refused(`${at}?$select=nothing`)).toEqual([400, 'unknown_property']);
    expect(await refused(`${at}?$select=secret`)).toEqual([403, 'secured_property']);
    expect(await refused(at, undefined, reader)).toEqual([403, 'missing_privilege']);
    expect(await refused(`/shelves(01900000-0000-7000-8000-00000000dead)/restore`)).toEqual([404, 'not_found']);
    expect((await call('GET', `/shelves(${id})`)).status).toBe(404);
    expect((await call('POST', at)).status).toBe(204);
    expect(await refused(at)).toEqual([409, 'not_deleted']);
  });

  test('brings the tree back, shares included', async () => {
    const top = await shelf({ name: 'top' });
    const under = await shelf({ name: 'under', above_id: top });
    const share = { principal_id: reader.id, rights: ['read', 'delete'] };
    expect((await call('POST', `/shelves(${under})/share`, share)).status).toBe(204);
    await call('DELETE', `/shelves(${top})`);
    expect((await call('POST', `/shelves(${under})/restore`)).json).toMatchObject({
      code: 'target_deleted',
      target: 'above_id',
      message: 'above_id names a record that is deleted',
    });
    expect((await call('POST', `/shelves(${top})/restore`)).status).toBe(204);
    expect((await call('GET', `/shelves(${under})?$expand=above`)).json).toMatchObject({ above: { id: top } });
    const rows = await crm.platform.database.run('select 1 from kartoteka.share where record_id = $1::uuid', [under]);
    expect(rows).toHaveLength(1);
  });

  test('minds which of several targets a lookup names', async () => {
    const id = await shelf({ name: 'target' });
    const reference = { name: 'm', held_id: null, loose_id: id, loose_type: 'shelf' };
    const loose = (await crm.create('marks', reference, owner)).id;
    const tight = (await crm.create('marks', { name: 't', tight_id: id, tight_type: 'shelf' }, owner)).id;
    await call('DELETE', `/shelves(${id})`);
    expect((await call('GET', `/marks(${loose})`)).json).toMatchObject({ loose_id: null, loose_type: null });
    expect((await call('GET', `/marks(${tight})`)).status).toBe(404);
    expect((await call('POST', `/marks(${tight})/restore`)).json).toMatchObject({ target: 'tight_id' });
    expect((await call('POST', `/shelves(${id})/restore`)).status).toBe(204);
    expect((await call('GET', `/marks(${loose})?$expand=loose_shelf`)).json).toMatchObject({
      loose_id: id,
      loose_type: 'shelf',
      loose_shelf: { name: 'target' },
    });
    expect((await call('GET', `/marks(${tight})`)).json).toMatchObject({ tight_id: id, tight_type: 'shelf' });
    // Deleted before its targets: what it holds on to stands in the way, what it hangs on loosely is let go.
    const held = (await crm.create('marks', { held_id: id, held_type: 'shelf' }, owner)).id;
    for (const path of [`/marks(${held})`, `/marks(${loose})`, `/shelves(${id})`])
      expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('POST', `/marks(${held})/restore`)).json).toMatchObject({
      code: 'target_deleted',
      target: 'held_id',
    });
    expect((await call('POST', `/marks(${loose})/restore`)).status).toBe(204);
    expect((await call('GET', `/marks(${loose})`)).json).toMatchObject({ loose_id: null, loose_type: null });
  });

  test('gives nobody more rights than whoever restores holds', async () => {
    const manager = await crm.user('People', ['people']);
    const chief = await crm.create('users', {
      full_name: 'Chief',
      email: 'chief@example.com',
      owning_business_unit_id: crm.rootUnitId,
    });
    const given = { user_id: chief.id, role: 'system_administrator' };
    const assignment = (await crm.create('role_assignments', given)).id;
    const restored = async (path: string, as: Principal): Promise<unknown> => {
      const { status, json } = await call('POST', path, undefined, as);
      return status === 204 ? status : [status, json.code];
    };
    await call('DELETE', `/role_assignments(${assignment})`, undefined, crm.admin);
    expect(await restored(`/role_assignments(${assignment})/restore`, manager)).toEqual([403, 'escalation']);
    expect(await restored(`/role_assignments(${assignment})/restore`, crm.admin)).toBe(204);
    // The same when it comes back with the user, who is deleted at that moment.
    await call('DELETE', `/users(${chief.id})`, undefined, crm.admin);
    expect(await crm.platform.principals.get(chief.id)).toBeNull();
    expect(await restored(`/users(${chief.id})/restore`, manager)).toEqual([403, 'escalation']);
    expect(await restored(`/users(${chief.id})/restore`, crm.admin)).toBe(204);
    expect((await principalOf(crm.platform, chief.id)).capabilities.size).toBeGreaterThan(0);
  });
});
