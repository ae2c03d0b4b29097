// The audit over the whole engine: who changed what, newest first, seen with the rights that the reader has now.
import type { SourceDocument } from '@kartoteka/metadata';
import { type Principal, publish } from '@kartoteka/platform';
import { unguardedChangeLog } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditKit, type Change, DOCUMENTS, document, PATIENT, shippedWith, startAuditKit } from './changes-kit.ts';
import { principalOf, quietLog } from './crm-kit.ts';

let kit: AuditKit;
let surgeon: Principal;
let porter: Principal;
let nurse: Principal;
let id: string;

beforeAll(async () => {
  kit = await startAuditKit();
  ({ surgeon, porter, nurse } = kit);
  id = await made({ name: 'Ann', diagnosis: 'flu', bill: '5.50', pin: 'p1' });
});
afterAll(() => kit.crm.close());

const made = async (values: object, principal = surgeon): Promise<string> =>
  (await kit.crm.create('patients', values, principal)).id;
const patch = async (principal: Principal, record: string, values: object): Promise<void> => {
  const answer = await kit.crm.call(principal, 'PATCH', `/patients(${record})`, values);
  expect(answer.status, answer.text ?? '').toBe(204);
};
const named = (change: Change | undefined): object =>
  Object.fromEntries((change?.changes ?? []).map(({ property, before, after }) => [property, [before, after]]));
const changesOf = (principal: Principal, record: string) => kit.changes(principal, `/patients(${record})/changes`);
const operations = (changes: readonly Change[]): readonly string[] => changes.map(({ operation }) => operation);

describe('the changes of a record', () => {
  it('tell who changed which property from what to what, when and with what', async () => {
    await patch(surgeon, id, { ward: 'A', visits: 2 });
    const [update, create, ...none] = await changesOf(surgeon, id);
    expect(none).toEqual([]);
    expect(update).toMatchObject({
      ...{ record_id: id, operation: 'update', version: 2, client: 'test' },
      ...{ actor_id: surgeon.id, actor_name: 'Surgeon', caller_id: null, caller_name: null },
    });
    expect(named(update)).toEqual({ ward: [null, 'A'], visits: [null, 2] });
    expect(create).toMatchObject({ operation: 'create', version: 1 });
    expect(named(create)).toMatchObject({ name: [null, 'Ann'], diagnosis: [null, 'flu'], bill: [null, 5.5] });
    expect(Math.abs(Date.now() - Date.parse(update?.changed_on ?? ''))).toBeLessThan(60_000);
  });

  it('hold values as a GET of the record shows them, whatever the format', async () => {
    const values = {
      born: '2001-02-03',
      seen_on: '2024-05-06T07:08:09.123456Z',
      bill: '123456789012345.6789',
      visits: 2,
    };
    const record = await made({
      name: 'Form',
      ...values,
      tags: ['client'],
      extra: { a: [1, null] },
      doctor_id: nurse.id,
    });
    for (const accept of ['application/json', 'application/json;IEEE754Compatible=true']) {
      const [create] = (await kit.get(surgeon, `/patients(${record})/changes`, { accept })).json.value;
      const shown = (await kit.get(surgeon, `/patients(${record})`, { accept })).json;
      const logged = Object.entries(named(create)).map(([name, [, after]]) => [name, after]);
      expect(logged.map(([name]) => name)).toEqual(
        expect.arrayContaining(['born', 'seen_on', 'bill', 'bill_base', 'visits', 'tags', 'extra', 'doctor_id']),
      );
      for (const [name, after] of logged) expect([name, after]).toEqual([name, shown[name]]);
      expect([typeof create.id, typeof create.version]).toEqual(
        accept.includes('IEEE') ? ['string', 'string'] : ['number', 'number'],
      );
    }
    const text = (await kit.get(surgeon, `/patients(${record})/changes`)).text ?? '';
    expect(text).toContain('"after":123456789012345.6789');
  });

  it('show assigns, links made and taken away, and what a delete and a restore did', async () => {
    const record = await made({ name: 'Life' });
    const pet = (await kit.crm.create('pets', { name: 'Rex', patient_id: record }, surgeon)).id;
    await kit.crm.call(surgeon, 'POST', `/patients(${record})/friends/$ref`, { '@odata.id': `pets(${pet})` });
    await kit.crm.call(surgeon, 'DELETE', `/patients(${record})/friends(${pet})/$ref`);
    await patch(surgeon, record, { owner_id: porter.id });
    await kit.crm.call(surgeon, 'DELETE', `/patients(${record})`);
    expect((await kit.get(surgeon, `/pets(${pet})/changes`)).status).toBe(404);
    expect(operations(await kit.changes(surgeon, `/pets/deleted(${pet})/changes`))).toEqual(['delete', 'create']);
    await kit.crm.call(surgeon, 'POST', `/patients(${record})/restore`);
    const [restore, remove, assign, unlink, link] = await changesOf(surgeon, record);
    expect(operations([restore, remove] as Change[])).toEqual(['restore', 'delete']);
    expect(named(restore)).toMatchObject({ name: [null, 'Life'] });
    expect(named(remove)).toMatchObject({ name: ['Life', null] });
    expect(Object.keys(named(remove))).not.toContain('ward');
    expect(named(assign)).toEqual({ owner_id: [surgeon.id, porter.id] });
    expect(named(unlink)).toEqual({ friends: [[pet], null] });
    expect(named(link)).toEqual({ friends: [null, [pet]] });
    expect(operations(await kit.changes(surgeon, `/pets(${pet})/changes`))).toEqual(['restore', 'delete', 'create']);
  });
});

describe('what a reader may not see', () => {
  it('of a secured property leaves no trace, not even that it changed', async () => {
    const record = await made({ name: 'Sec', diagnosis: 'flu' });
    await patch(surgeon, record, { diagnosis: 'cold' });
    await patch(surgeon, record, { diagnosis: 'gout', ward: 'C' });
    expect((await changesOf(surgeon, record)).map(named)[1]).toEqual({ diagnosis: ['flu', 'cold'] });
    for (const path of [`/patients(${record})/changes`, '/patients/changes']) {
      const { text } = await kit.get(porter, path);
      expect(text).not.toMatch(/diagnosis|flu|cold|gout/);
    }
    const seen = await changesOf(porter, record);
    expect(seen.map(({ operation, version }) => [operation, version])).toEqual([
      ['update', 3],
      ['create', 1],
    ]);
    expect(named(seen[0])).toEqual({ ward: [null, 'C'] });
  });

  it('cannot be asked for by a filter, whatever the guess', async () => {
    for (const path of [`/patients(${id})/changes`, '/patients/changes']) {
      for (const filter of [`property eq 'diagnosis'`, `property in ('ward','diagnosis') and operation eq 'delete'`]) {
        const answer = await kit.get(porter, `${path}?$filter=${filter}`);
        expect(answer).toMatchObject({ status: 403, json: { code: 'secured_property', target: 'diagnosis' } });
      }
      // A filter of the same shape, allowed before, opens nothing.
      expect((await kit.get(porter, `${path}?$filter=property eq 'ward'`)).status).toBe(200);
      expect((await kit.get(porter, `${path}?$filter=property eq 'diagnosis'`)).status).toBe(403);
      expect((await kit.get(surgeon, `${path}?$filter=property eq 'diagnosis'`)).status).toBe(200);
    }
  });

  it('of a property without audit is nothing, even where another one was sent along', async () => {
    const record = await made({ name: 'Pin', ward: 'A', pin: 'p1' });
    await patch(surgeon, record, { pin: 'p2' });
    await patch(surgeon, record, { pin: 'p3', ward: 'A' });
    const changes = await changesOf(surgeon, record);
    expect(operations(changes)).toEqual(['create']);
    expect(JSON.stringify(changes)).not.toMatch(/pin|p1|p2/);
  });

  it('is a record: it answers as one that is missing, is in no list, and appears once it is shared', async () => {
    const record = await made({ name: 'Hid' });
    const own = await made({ name: 'Own' }, nurse);
    const missing = await kit.get(nurse, '/patients(00000000-0000-7000-8000-000000000000)/changes');
    const hidden = await kit.get(nurse, `/patients(${record})/changes`);
    expect([hidden.status, hidden.json, hidden.headers]).toEqual([404, missing.json, missing.headers]);
    const listed = async (): Promise<ReadonlySet<string>> => {
      nurse = await principalOf(kit.crm.platform, nurse.id);
      return new Set((await kit.everyPage(nurse, '/patients/changes')).map((change) => change.record_id));
    };
    expect(await listed()).toEqual(new Set([own]));
    const share = { principal_id: nurse.id, rights: ['read'] };
    expect((await kit.crm.call(surgeon, 'POST', `/patients(${record})/share`, share)).status).toBe(204);
    expect(await listed()).toEqual(new Set([own, record]));
    await kit.crm.call(surgeon, 'POST', `/patients(${record})/revoke`, { principal_id: nurse.id });
    expect(await listed()).toEqual(new Set([own]));
    // History goes with the record: whoever reads it now reads all of it.
    await patch(surgeon, record, { owner_id: nurse.id });
    expect(operations(await changesOf(nurse, record))).toEqual(['update', 'create']);
    await kit.crm.call(nurse, 'DELETE', `/patients(${own})`);
    expect(await listed()).toEqual(new Set([record]));
    for (const path of ['/patients/changes', `/patients(${record})/changes`, `/patients/deleted(${own})/changes`])
      expect(await kit.get(kit.stranger, path)).toMatchObject({ status: 403, json: { code: 'missing_privilege' } });
    expect((await kit.get(nurse, `/patients/deleted(${own})/changes`)).status).toBe(200);
    expect((await kit.get(nurse, `/patients/deleted(${record})/changes`)).status).toBe(404);
  });

  it('is what somebody who acts as another could not see as himself, or the other could not', async () => {
    const record = await made({ name: 'Act', diagnosis: 'flu' });
    const own = await made({ name: 'Mine' }, nurse);
    const acting = await kit.crm.platform.actAs(await principalOf(kit.crm.platform, kit.crm.admin.id), nurse.id);
    const seen = new Set((await kit.everyPage(acting, '/patients/changes')).map((change) => change.record_id));
    expect([seen.has(own), seen.has(record)]).toEqual([true, false]);
    expect((await kit.get(acting, `/patients(${record})/changes`)).status).toBe(404);
    expect(operations(await changesOf(acting, own))).toEqual(['create']);
  });

  it('is the name of a user that he may not read, and the id of a linked record', async () => {
    const pet = (await kit.crm.create('pets', { name: 'Hidden' }, surgeon)).id;
    const record = await made({ name: 'Linked' });
    await kit.crm.call(surgeon, 'POST', `/patients(${record})/friends/$ref`, { '@odata.id': `pets(${pet})` });
    await patch(surgeon, record, { owner_id: nurse.id });
    const seen = await changesOf(nurse, record);
    expect(seen.map(({ actor_id, actor_name }) => [actor_id, actor_name])).toEqual([
      [surgeon.id, null],
      [surgeon.id, null],
    ]);
    expect(JSON.stringify(seen)).not.toContain(pet);
    expect(operations(seen)).toEqual(['update', 'create']);
    expect(await changesOf(surgeon, record)).toHaveLength(3);
    expect(
      operations(await kit.changes(surgeon, `/patients(${record})/changes?$filter=property eq 'friends'`)),
    ).toEqual(['update']);
    expect(await kit.changes(nurse, `/patients(${record})/changes?$filter=property eq 'friends'`)).toEqual([]);
  });

  it('is the history of another record that had the same id before', async () => {
    const record = await made({ name: 'Former', ward: 'Zformer' });
    await patch(surgeon, record, { ward: 'Zformer2' });
    await kit.crm.platform.database.run('delete from data.patient where id = $1::uuid', [record]);
    await made({ id: record, name: 'Latter' }, nurse);
    for (const path of [`/patients(${record})/changes`, '/patients/changes'])
      for (const principal of [nurse, surgeon]) {
        const { text } = await kit.get(principal, path);
        expect(text).toContain('Latter');
        expect(text).not.toMatch(/Zformer|Former/);
      }
  });
});

describe('fields that come and go', () => {
  const republish = async (fields: object): Promise<void> => {
    const changed = document('entity', 'patient', { ...PATIENT, fields });
    const rest = DOCUMENTS.filter(({ name, kind }) => kind !== 'entity' || name !== 'patient');
    const documents: readonly SourceDocument[] = await shippedWith([changed, ...rest]);
    const { database } = kit.crm.platform;
    const { revision } = await publish(database, {
      ...{ documents, author: null, comment: 'x', log: quietLog, allowDestructive: true },
    });
    await expect.poll(() => kit.crm.platform.model().revision).toBe(revision);
    surgeon = await principalOf(kit.crm.platform, surgeon.id);
    porter = await principalOf(kit.crm.platform, porter.id);
  };

  it('are shown to nobody while they are gone, and not as the values of another field of that name', async () => {
    const record = await made({ name: 'Gone', ward: 'A', diagnosis: 'Zold' });
    await patch(surgeon, record, { diagnosis: 'Zolder' });
    const { diagnosis: _, ...without } = PATIENT.fields;
    await republish(without);
    const texts = async (): Promise<string> =>
      JSON.stringify([
        await changesOf(surgeon, record),
        await changesOf(porter, record),
        await changesOf(kit.crm.admin, record),
      ]);
    expect(await texts()).not.toMatch(/diagnosis|Zold/);
    expect((await kit.get(surgeon, `/patients/changes?$filter=property eq 'diagnosis'`)).json.code).toBe(
      'unknown_property',
    );
    // What was secured comes back as something that everybody may read.
    await republish({ ...without, diagnosis: { type: 'text' } });
    expect(await texts()).not.toMatch(/diagnosis|Zold/);
    await patch(surgeon, record, { diagnosis: 'new' });
    expect(named((await changesOf(porter, record))[0])).toEqual({ diagnosis: [null, 'new'] });
    expect(await texts()).not.toMatch(/Zold/);
  });

  it('show what is no longer audited no more', async () => {
    const record = await made({ name: 'Quiet', ward: 'Zward' });
    await republish({ ...PATIENT.fields, ward: { type: 'text', audit: false } });
    expect(JSON.stringify(await changesOf(surgeon, record))).not.toContain('Zward');
  });
});

describe('the history that is over', () => {
  it('leaves an empty page, and a record that is there', async () => {
    const record = await made({ name: 'Old' });
    await unguardedChangeLog(kit.crm.platform.database, 'delete from kartoteka.change_log where record_id = $1::uuid', [
      record,
    ]);
    expect(await changesOf(surgeon, record)).toEqual([]);
  });
});
