// Lookups with several targets over the whole engine: written as id and type or by reference, read and expanded from both ends,
// judged by the rights on the target they name, and what a delete of a target does to them.
import type { SourceDocument } from '@kartoteka/metadata';
import { compareCatalogue, type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let company: string;
let contact: string;

const TARGETS = ['company', 'contact'];

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

const lookup = (inverse: string, onDelete: string, more: object = {}): object => ({
  type: 'lookup',
  targets: TARGETS,
  inverse,
  on_delete: onDelete,
  ...more,
});

const all = (depth: string): object => ({ '*': depth });

const DOCUMENTS = [
  entity('mark', {
    regarding: lookup('marks', 'restrict'),
    loose: lookup('loose_marks', 'set_null'),
    tight: lookup('tight_marks', 'cascade'),
  }),
  entity('memo', { subject: lookup('memos', 'restrict', { required: true, read_only_when: "name eq 'closed'" }) }),
  document('role', 'marker', {
    privileges: {
      mark: all('user'),
      company: { ...all('user'), read: 'organization' },
      contact: { ...all('user'), append_to: 'none' },
    },
  }),
];

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, ...DOCUMENTS] });
  company = (await crm.create('companies', { name: 'Acme' })).id;
  contact = (await crm.create('contacts', { last_name: 'Smith' })).id;
});

afterAll(() => crm?.close());

const call = (method: string, path: string, body?: unknown, principal: Principal = crm.admin): Promise<Answer> =>
  crm.call(principal, method, path, body);

/** Status, and code and target of every finding. */
async function refused(method: string, path: string, body: unknown, principal?: Principal): Promise<unknown[]> {
  const { status, json } = await call(method, path, body, principal);
  const found = (json?.details ?? []).filter(({ code }: { code: string }) => code !== 'explain_access');
  const details = found.length > 0 ? found : [json];
  return [status, ...details.map((detail: { code: string; target?: string }) => `${detail.code} ${detail.target}`)];
}

const names = (answer: Answer): string[] => answer.json.value.map((row: { name: string }) => row.name).sort();

describe('a lookup with several targets', () => {
  test('is written as id and type, by @odata.bind and by @id, and cleared by a null id', async () => {
    const byId = await crm.create('marks', { name: 'a', regarding_id: company, regarding_type: 'company' });
    expect(byId).toMatchObject({ regarding_id: company, regarding_type: 'company' });
    const bound = await crm.create('marks', { name: 'b', 'regarding_contact@odata.bind': `contacts(${contact})` });
    expect(bound).toMatchObject({ regarding_id: contact, regarding_type: 'contact' });
    const linked = await crm.create('marks', { name: 'c', regarding_company: { '@id': `/companies(${company})` } });
    expect(linked).toMatchObject({ regarding_id: company, regarding_type: 'company' });
    const path = `/marks(${linked.id})`;
    const moved = { 'regarding_contact@odata.bind': `http://crm.test/api/v1/contacts/${contact}` };
    expect((await call('PATCH', path, moved)).status).toBe(204);
    expect((await call('GET', path)).json).toMatchObject({ regarding_id: contact, regarding_type: 'contact' });
    for (const clearing of [
      { regarding_id: null },
      { 'regarding_company@odata.bind': null },
      { regarding_contact: null },
    ]) {
      expect((await call('PATCH', path, { regarding_id: company, regarding_type: 'company' })).status).toBe(204);
      expect((await call('PATCH', path, clearing)).status).toBe(204);
      expect((await call('GET', path)).json).toMatchObject({ regarding_id: null, regarding_type: null });
    }
  });

  test('is refused when half of it, another entity or two targets are given', async () => {
    const { id } = await crm.create('marks', { name: 'half', regarding_id: company, regarding_type: 'company' });
    const path = `/marks(${id})`;
    const bad = [400, 'target_not_found regarding_id'];
    const half = [400, 'required regarding_type'];
    for (const [method, at] of [
      ['POST', '/marks'],
      ['PATCH', path],
    ] as const) {
      expect(await refused(method, at, { regarding_id: contact })).toEqual(half);
      expect(await refused(method, at, { regarding_id: contact, regarding_type: null })).toEqual(half);
      expect(await refused(method, at, { regarding_type: 'contact' })).toEqual([400, 'required regarding_id']);
      expect(await refused(method, at, { regarding_id: null, regarding_type: 'contact' })).toEqual([
        400,
        'invalid_value regarding_type',
      ]);
      expect(await refused(method, at, { regarding_id: contact, regarding_type: 'deal' })).toEqual([
        400,
        'invalid_value regarding_type',
      ]);
      expect(await refused(method, at, { regarding_id: contact, regarding_type: 'company' })).toEqual(bad);
      const both = { 'regarding_company@odata.bind': `companies(${company})`, regarding_contact: null };
      expect(await refused(method, at, both)).toEqual([400, 'invalid_value regarding_contact']);
      const twice = { regarding_type: 'company', 'regarding_company@odata.bind': `companies(${company})` };
      expect(await refused(method, at, twice)).toEqual([400, 'invalid_value regarding_company@odata.bind']);
      const strange = { 'regarding_company@odata.bind': `contacts(${contact})` };
      expect(await refused(method, at, strange)).toEqual([400, 'invalid_value regarding_company@odata.bind']);
      expect(await refused(method, at, { regarding_company: { '@id': null } })).toEqual([
        400,
        'invalid_value regarding_company',
      ]);
      expect(await refused(method, at, { regarding_company: { nme: 'New' } })).toEqual(
        method === 'POST'
          ? [400, 'unknown_property regarding_company/nme', 'required regarding_company/name']
          : [501, 'not_supported regarding_company'],
      );
    }
    expect(await refused('PATCH', path, { regarding_type: null })).toEqual([400, 'required regarding_id']);
    expect((await call('GET', path)).json).toMatchObject({ regarding_id: company, regarding_type: 'company' });
    expect((await call('GET', path)).json['@odata.etag']).toBe('W/"1"');
  });

  test('obeys required and read_only_when as a whole', async () => {
    expect(await refused('POST', '/memos', { name: 'm' })).toEqual([400, 'required subject_id']);
    expect(await refused('POST', '/memos', { name: 'm', subject_type: 'company' })).toEqual([
      400,
      'required subject_id',
    ]);
    const memo = await crm.create('memos', { name: 'closed', subject_company: { '@id': `companies(${company})` } });
    const path = `/memos(${memo.id})`;
    expect(await refused('PATCH', path, { subject_id: null })).toEqual([400, 'required subject_id']);
    expect(await refused('PATCH', path, { subject_id: contact, subject_type: 'contact' })).toEqual([
      400,
      'read_only subject_id',
      'read_only subject_type',
    ]);
  });

  test('is read over paths and expands from both ends, and only as what it is', async () => {
    const [one, other] = ['6f000000-0000-7000-8000-000000000001', '6f000000-0000-7000-8000-000000000002'];
    await crm.create('companies', { id: one, name: 'Same id' });
    await crm.create('contacts', { id: one, last_name: 'Same id' });
    await crm.create('companies', { id: other, name: 'Other' });
    const of = (name: string, id: string, type: string) =>
      crm.create('marks', { name, regarding_id: id, regarding_type: type });
    await of('of company', one, 'company');
    await of('of contact', one, 'contact');
    await of('of other', other, 'company');
    const filtered = await call('GET', "/marks?$filter=regarding_company/name eq 'Same id'");
    expect(names(filtered)).toEqual(['of company']);
    const typed = await call('GET', `/marks?$filter=regarding_type eq 'contact' and regarding_id eq ${one}`);
    expect(names(typed)).toEqual(['of contact']);
    const ordered = await call(
      'GET',
      "/marks?$filter=startswith(name,'of ')&$orderby=regarding_company/name desc,name&$expand=regarding_company($select=name),regarding_contact($select=last_name)&$select=name,regarding_type",
    );
    expect(ordered.json.value).toMatchObject([
      { name: 'of company', regarding_company: { name: 'Same id' }, regarding_contact: null },
      { name: 'of other', regarding_company: { name: 'Other' }, regarding_contact: null },
      { name: 'of contact', regarding_company: null, regarding_contact: { last_name: 'Same id' } },
    ]);
    const ofCompany = await call('GET', `/companies(${one})?$expand=marks($select=name;$count=true)`);
    expect(ofCompany.json).toMatchObject({ 'marks@odata.count': 1, marks: [{ name: 'of company' }] });
    const ofContact = await call('GET', `/contacts(${one})?$expand=marks($select=name)`);
    expect(ofContact.json).toMatchObject({ marks: [{ name: 'of contact' }] });
  });

  test('offers the rest of a long inverse collection by a link that keeps to its target', async () => {
    const id = '6f000000-0000-7000-8000-000000000003';
    await crm.create('companies', { id, name: 'Long' });
    await crm.create('contacts', { id, last_name: 'Long' });
    await crm.create('marks', { name: 'foreign', regarding_id: id, regarding_type: 'contact' });
    for (let index = 0; index < 102; index += 1)
      await crm.create('marks', { name: `m${index}`, regarding_id: id, regarding_type: 'company' });
    const { json } = await call('GET', `/companies(${id})?$expand=marks`);
    expect(json.marks).toHaveLength(100);
    const rest = await call('GET', String(json['marks@odata.nextLink']).replace('http://crm.test/api/v1', ''));
    expect(rest.json.value).toHaveLength(2);
    expect(names(rest)).not.toContain('foreign');
  });
});

describe('many records at once', () => {
  const bulk = async (body: object): Promise<{ status: number; id: string; error?: { details: object[] } }[]> =>
    (await call('POST', '/marks/bulk', body)).json.results;

  test('name records of several entities, and each is judged by its own', async () => {
    const half = { name: 'half', regarding_id: contact };
    const results = await bulk({
      records: [
        { name: 'of company', regarding_id: company, regarding_type: 'company' },
        { name: 'of contact', regarding_contact: { '@id': `contacts(${contact})` } },
        { name: 'of none', regarding_id: null },
        half,
        { name: 'wrong', regarding_id: contact, regarding_type: 'company' },
      ],
    });
    expect(results.map(({ status }) => status)).toEqual([201, 201, 201, 400, 400]);
    expect(results.slice(3).map(({ error }) => error?.details)).toMatchObject([
      [{ code: 'required', target: 'regarding_type' }],
      [{ code: 'target_not_found', target: 'regarding_id' }],
    ]);
    const [first, second] = results.map(({ id }) => id);
    const moved = await bulk({
      mode: 'update',
      records: [
        { id: first, regarding_id: contact, regarding_type: 'contact' },
        { id: second, regarding_id: null },
      ],
    });
    expect(moved.map(({ status }) => status)).toEqual([200, 200]);
    const read = await Promise.all([first, second].map((id) => call('GET', `/marks(${id})`)));
    expect(read.map(({ json }) => [json.regarding_id, json.regarding_type])).toEqual([
      [contact, 'contact'],
      [null, null],
    ]);
  });
});

describe('rights', () => {
  test('are asked of the entity that is named, and a hidden record is a missing one', async () => {
    const marker = await crm.user('Marker', ['marker']);
    const own = await crm.create('companies', { name: 'Own' }, marker);
    const ownContact = await crm.create('contacts', { last_name: 'Own' }, marker);
    const mark = await crm.create('marks', { regarding_id: own.id, regarding_type: 'company' }, marker);
    const path = `/marks(${mark.id})`;
    const bind = (id: string, type: string) => ({ regarding_id: id, regarding_type: type });
    expect(await refused('PATCH', path, bind(ownContact.id, 'contact'), marker)).toEqual([
      403,
      'missing_privilege regarding_id',
    ]);
    expect(await refused('PATCH', path, bind(contact, 'contact'), marker)).toEqual([
      400,
      'target_not_found regarding_id',
    ]);
    expect(await refused('PATCH', path, bind(company, 'company'), marker)).toEqual([
      403,
      'missing_privilege_on_record regarding_id',
    ]);
    expect((await call('PATCH', path, { regarding_id: null }, marker)).status).toBe(204);
    expect((await call('PATCH', path, bind(own.id, 'company'), marker)).status).toBe(204);
  });

  test('are asked of the record that is left, whichever entity it is of', async () => {
    const marker = await crm.user('Leaver', ['marker']);
    for (const [id, type] of [
      [company, 'company'],
      [contact, 'contact'],
    ] as const) {
      const mark = await crm.create('marks', { regarding_id: id, regarding_type: type, owner_id: marker.id });
      const code = type === 'company' ? 'missing_privilege_on_record' : 'missing_privilege';
      const path = `/marks(${mark.id})`;
      expect(await refused('PATCH', path, { regarding_id: null }, marker)).toEqual([403, `${code} regarding_id`]);
      expect((await call('PATCH', path, { name: 'x', regarding_id: id, regarding_type: type }, marker)).status).toBe(
        204,
      );
    }
  });
});

describe('a delete', () => {
  test('is restricted, clears or takes along by the reference that names the record', async () => {
    const id = '6f000000-0000-7000-8000-000000000004';
    await crm.create('companies', { id, name: 'Twin' });
    await crm.create('contacts', { id, last_name: 'Twin' });
    const mark = (name: string, field: string, type: string) =>
      crm.create('marks', { name, [`${field}_id`]: id, [`${field}_type`]: type });
    const restricting = await mark('restricting', 'regarding', 'company');
    const loose = await mark('loose', 'loose', 'contact');
    const looseOfCompany = await mark('loose of company', 'loose', 'company');
    const tight = await mark('tight', 'tight', 'contact');
    const tightOfCompany = await mark('tight of company', 'tight', 'company');
    expect(await refused('DELETE', `/companies(${id})`, undefined)).toEqual([409, 'still_referenced mark']);
    expect((await call('DELETE', `/contacts(${id})`)).status).toBe(204);
    const read = async ({ id: key }: { id: string }) => (await call('GET', `/marks(${key})`)).json;
    expect(await read(loose)).toMatchObject({ loose_id: null, loose_type: null, '@odata.etag': 'W/"2"' });
    expect(await read(looseOfCompany)).toMatchObject({ loose_id: id, loose_type: 'company' });
    expect((await call('GET', `/marks(${tight.id})`)).status).toBe(404);
    expect(await read(tightOfCompany)).toMatchObject({ tight_id: id });
    const log = await crm.platform.database.run(
      'select before::text as before, after::text as after from kartoteka.change_log where record_id = $1::uuid and version = 2',
      [loose.id],
    );
    expect(log.map(({ before, after }) => [JSON.parse(String(before)), JSON.parse(String(after))])).toEqual([
      [
        { loose_id: id, loose_type: 'contact' },
        { loose_id: null, loose_type: null },
      ],
    ]);
    expect((await call('POST', `/contacts(${id})/restore`, {})).status).toBe(204);
    expect(await read(loose)).toMatchObject({ loose_id: id, loose_type: 'contact', '@odata.etag': 'W/"3"' });
    expect(await read(tight)).toMatchObject({ tight_id: id, tight_type: 'contact' });
    expect((await call('DELETE', `/marks(${restricting.id})`)).status).toBe(204);
    expect((await call('DELETE', `/companies(${id})`)).status).toBe(204);
    expect((await call('GET', `/marks(${tightOfCompany.id})`)).status).toBe(404);
  });
});

describe('the database', () => {
  test('has no foreign key, an index and the checks, and agrees with the Model', async () => {
    expect(await compareCatalogue(crm.platform.database, crm.platform.model())).toEqual([]);
    const constraints = await crm.platform.database.run(
      "select conname as name from pg_constraint where conrelid = 'data.mark'::regclass and conname like '%regarding%' order by 1",
    );
    expect(constraints.map(({ name }) => name)).toEqual(['mark__regarding_id__check', 'mark__regarding_type__check']);
    const half = 'update data.mark set regarding_type = null where regarding_id is not null';
    await expect(crm.platform.database.run(half)).rejects.toMatchObject({ code: '23514' });
  });

  test('runs one statement for a create and an update that names a target', async () => {
    const values = { name: 'counted', regarding_id: company, regarding_type: 'company' };
    const { id } = await crm.create('marks', values);
    await call('PATCH', `/marks(${id})`, { regarding_id: contact, regarding_type: 'contact' });
    const { counters } = crm.platform.database;
    const before = counters.statements;
    await crm.create('marks', values);
    await call('PATCH', `/marks(${id})`, { regarding_id: company, regarding_type: 'company' });
    expect(counters.statements - before).toBe(2);
  });
});
