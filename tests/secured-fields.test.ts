// Secured fields over the whole pipeline: what a role permits is there and can be used, what it does not permit is absent
// from answers and refused in the same words wherever it is named, for every principal apart.
import type { SourceDocument } from '@kartoteka/metadata';
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Crm, principalOf, startCrm } from './crm-kit.ts';

const label = { en: 'L', ru: 'Л' };
const EVERYTHING = { '*': 'organization' };
const role = (name: string, fields: object): SourceDocument => ({
  kind: 'role',
  name,
  layer: 'base',
  source: name,
  body: { name, label, privileges: { patient: EVERYTHING, visit: EVERYTHING, user: { read: 'organization' } }, fields },
});
const entity = (name: string, fields: object, more: object = {}): SourceDocument => ({
  kind: 'entity',
  name,
  layer: 'base',
  source: name,
  body: {
    name,
    set: `${name}s`,
    label,
    plural_label: label,
    ownership: 'organization',
    title: 'name',
    fields: { name: { type: 'text' }, ...fields },
    ...more,
  },
});
const DOCUMENTS: readonly SourceDocument[] = [
  entity(
    'patient',
    { diagnosis: { type: 'text', secured: true }, bill: { type: 'money', secured: true }, ward: { type: 'text' } },
    { keys: { diagnosis: ['diagnosis'] } },
  ),
  entity('visit', {
    patient: { type: 'lookup', targets: ['patient'], inverse: 'visits', secured: true },
    doctor: { type: 'lookup', targets: ['user'] },
  }),
  role('doctor', { '*': { '*': ['read', 'create', 'update'] } }),
  role('reader', { patient: { diagnosis: ['read'] }, visit: { patient: ['read'] } }),
  role('registrar', { patient: { diagnosis: ['create'] } }),
  role('porter', {}),
  {
    ...role('clerk', {}),
    body: { name: 'clerk', label, privileges: { '*': EVERYTHING } },
  },
];

let crm: Crm;
let doctor: Principal;
let reader: Principal;
let registrar: Principal;
let porter: Principal;
let id: string;
let visit: string;

/** The stage of a deal brings a probability, which is secured here. */
function withSecuredProbability(document: SourceDocument): SourceDocument {
  if (document.kind !== 'entity' || document.name !== 'deal') return document;
  const body = structuredClone(document.body) as { fields: { probability: { secured?: boolean } } };
  body.fields.probability.secured = true;
  return { ...document, body };
}

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped.map(withSecuredProbability), ...DOCUMENTS] });
  doctor = await crm.user('Doctor', ['doctor']);
  reader = await crm.user('Reader', ['reader']);
  registrar = await crm.user('Registrar', ['registrar']);
  porter = await crm.user('Porter', ['porter']);
  id = (await crm.create('patients', { name: 'Ann', diagnosis: 'flu', bill: 5, ward: 'A' }, doctor)).id;
  visit = (await crm.create('visits', { name: 'V', patient_id: id }, doctor)).id;
});
afterAll(() => crm.close());

/** The refusal of a secured property, whatever it was named in. */
const refusedFor = (name: string) => ({ status: 403, json: { code: 'secured_property', target: name } });
const get = (principal: Principal, path: string): Promise<Answer> => crm.call(principal, 'GET', path);

describe('a secured field', () => {
  it('is shown to whom a role permits reading it, and to nobody else', async () => {
    const shown = { diagnosis: 'flu', bill: 5, bill_currency: 'USD', bill_base: 5 };
    expect((await get(doctor, `/patients(${id})`)).json).toMatchObject(shown);
    const read = (await get(reader, `/patients(${id})`)).json;
    expect(read).toMatchObject({ name: 'Ann', diagnosis: 'flu' });
    expect(Object.keys(read).filter((name) => name.startsWith('bill'))).toEqual([]);
    for (const principal of [registrar, porter]) {
      const answers = [await get(principal, `/patients(${id})`), await get(principal, '/patients?$select=*')];
      for (const { text } of answers) expect(text).not.toMatch(/diagnosis|bill|flu/);
    }
  });

  it.each(['diagnosis', 'bill', 'bill_currency', 'bill_base'])(
    'is refused in the same words wherever %s is named',
    async (name) => {
      const guess = name === 'diagnosis' || name === 'bill_currency' ? ["'flu'", "'cold'"] : ['5', '6'];
      const paths = [
        `/patients?$select=${name}`,
        `/patients(${id})?$select=name,${name}`,
        ...guess.map((value) => `/patients?$filter=${name} eq ${value}`),
        `/patients?$filter=${name} eq null or name eq 'Ann'`,
        `/patients/$count?$filter=${name} ne null`,
        `/patients?$orderby=name,${name} desc`,
        `/visits?$filter=patient/${name} eq ${guess[0]}`,
      ];
      for (const path of paths.slice(0, -1)) {
        expect([path, await get(porter, path)]).toMatchObject([path, refusedFor(name)]);
      }
      // On the way there another secured field is refused first.
      expect(await get(porter, paths.at(-1) ?? '')).toMatchObject(refusedFor('patient_id'));
      for (const path of paths) expect([path, (await get(doctor, path)).status]).toEqual([path, 200]);
    },
  );

  it('that is a lookup hides both ends of its relation', async () => {
    for (const path of [
      '/visits?$expand=patient',
      '/visits?$select=patient_id',
      '/visits?$orderby=patient/name',
      `/patients(${id})?$expand=visits`,
      '/patients?$expand=visits($select=name)',
    ]) {
      expect([path, await get(porter, path)]).toMatchObject([path, refusedFor('patient_id')]);
    }
    expect((await get(reader, '/visits?$expand=patient')).json.value[0].patient).toMatchObject({ diagnosis: 'flu' });
    expect((await get(reader, `/patients(${id})?$expand=visits`)).json.visits).toMatchObject([{ id: visit }]);
    expect(await get(reader, '/visits?$expand=patient($filter=bill gt 1)')).toMatchObject({ status: 400 });
    expect(await get(reader, '/visits?$expand=patient($select=bill)')).toMatchObject(refusedFor('bill'));
    expect(await get(reader, '/patients?$expand=visits($filter=patient/bill gt 1)')).toMatchObject(refusedFor('bill'));
  });

  it('is written by whom a role permits it, on create and on update apart', async () => {
    const made = await crm.call(registrar, 'POST', '/patients', { name: 'Bob', diagnosis: 'cold' });
    expect([made.status, made.json.diagnosis]).toEqual([201, undefined]);
    expect((await get(reader, `/patients(${made.json.id})`)).json.diagnosis).toBe('cold');
    const path = `/patients(${made.json.id})`;
    expect(await crm.call(registrar, 'PATCH', path, { diagnosis: 'flu' })).toMatchObject(refusedFor('diagnosis'));
    expect(await crm.call(registrar, 'POST', '/patients', { bill: 1 })).toMatchObject(refusedFor('bill'));
    for (const principal of [reader, porter]) {
      expect(await crm.call(principal, 'POST', '/patients', { diagnosis: null })).toMatchObject(
        refusedFor('diagnosis'),
      );
      expect(await crm.call(principal, 'PATCH', path, { ward: 'B', bill_currency: 'EUR' })).toMatchObject(
        refusedFor('bill_currency'),
      );
    }
    const bind = { 'patient@odata.bind': `/patients(${id})` };
    expect(await crm.call(porter, 'PATCH', `/visits(${visit})`, bind)).toMatchObject(refusedFor('patient_id'));
    expect((await crm.call(doctor, 'PATCH', path, { diagnosis: 'measles' })).status).toBe(204);
    expect((await crm.call(porter, 'PATCH', path, { ward: 'B' })).status).toBe(204);
    expect((await get(reader, path)).json).toMatchObject({ diagnosis: 'measles', ward: 'B' });
  });

  it('is left out of what a write answers, for each principal apart, in any order', async () => {
    const patch = (principal: Principal, ward: string) =>
      crm.call(principal, 'PATCH', `/patients(${id})`, { ward }, { prefer: 'return=representation' });
    for (const ward of ['C', 'D']) {
      expect((await patch(porter, `${ward}1`)).text).not.toMatch(/diagnosis|bill/);
      expect((await patch(doctor, `${ward}2`)).json).toMatchObject({ diagnosis: 'flu', bill: 5 });
      const read = (await patch(reader, `${ward}3`)).json;
      expect([read.diagnosis, read.bill]).toEqual(['flu', undefined]);
      expect((await patch(porter, `${ward}4`)).text).not.toMatch(/diagnosis|bill/);
    }
    const expanded = '/visits?$select=name&$expand=patient';
    expect((await crm.call(doctor, 'POST', expanded, { name: 'W', patient_id: id })).json.patient.bill).toBe(5);
    expect(await crm.call(porter, 'POST', expanded, { name: 'W' })).toMatchObject(refusedFor('patient_id'));
  });

  it('finds records as an alternate key for whom a role permits reading it', async () => {
    const find = (principal: Principal, diagnosis: string) =>
      crm.call(principal, 'POST', '/patients/bulk', {
        mode: 'update',
        key: 'diagnosis',
        records: [{ diagnosis, ward: 'K' }],
      });
    for (const guess of ['flu', 'none of them']) {
      expect(await find(porter, guess)).toMatchObject({
        status: 403,
        json: { code: 'secured_property', target: 'key' },
      });
    }
    expect((await find(reader, 'flu')).json.results).toMatchObject([{ status: 200, id }]);
  });

  it('is as absent from deleted records and formatted values, and as refused, as elsewhere', async () => {
    const gone = await crm.create('patients', { name: 'Gone', diagnosis: 'plague', bill: 3 }, doctor);
    expect((await crm.call(doctor, 'DELETE', `/patients(${gone.id})`)).status).toBe(204);
    const all = { prefer: 'odata.include-annotations="*"' };
    for (const path of ['/patients/deleted', '/patients', `/patients(${id})`]) {
      const answer = await crm.call(porter, 'GET', path, undefined, all);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.text).not.toMatch(/diagnosis|bill|plague/);
    }
    expect((await get(reader, '/patients/deleted')).json.value).toMatchObject([{ diagnosis: 'plague' }]);
    for (const query of ['$select=diagnosis', "$filter=diagnosis eq 'plague'", '$orderby=diagnosis'])
      expect(await get(porter, `/patients/deleted?${query}`)).toMatchObject(refusedFor('diagnosis'));
  });

  it("takes the values of hooks, whoever writes, and the client's only with permission", async () => {
    const seller = await crm.user('Seller', ['sales_representative']);
    const bulk = async (records: readonly object[]): Promise<unknown[]> =>
      (await crm.call(seller, 'POST', '/deals/bulk', { mode: 'create', records })).json.results.map(
        ({ status, error }: { status: number; error?: { target?: string } }) => [status, error?.target],
      );
    const deal = { name: 'D', stage: 'engaging' };
    for (let round = 0; round < 2; round += 1) {
      const made = await crm.call(seller, 'POST', '/deals', deal);
      expect([made.status, made.json.probability, made.json.weighted_amount]).toEqual([201, undefined, undefined]);
      expect((await get(crm.admin, `/deals(${made.json.id})`)).json.probability).toBe(30);
      expect(await crm.call(seller, 'POST', '/deals', { ...deal, probability: 30 })).toMatchObject(
        refusedFor('probability'),
      );
      const path = `/deals(${made.json.id})`;
      expect((await crm.call(seller, 'PATCH', path, { stage: 'prospecting' })).status).toBe(204);
      const both = { stage: 'engaging', probability: 30 };
      expect(await crm.call(seller, 'PATCH', path, both)).toMatchObject(refusedFor('probability'));
      expect(await bulk([deal, { ...deal, probability: 30 }, deal])).toEqual([
        [201, undefined],
        [403, 'probability'],
        [201, undefined],
      ]);
    }
  });

  it('adds up over roles, and is gone with the role', async () => {
    const both = await crm.user('Both', ['registrar', 'reader']);
    expect((await crm.call(both, 'POST', '/patients', { diagnosis: 'gout' })).json.diagnosis).toBe('gout');
    const rows = (await get(crm.admin, `/role_assignments?$filter=user_id eq '${both.id}' and role eq 'reader'`)).json;
    expect((await crm.call(crm.admin, 'DELETE', `/role_assignments(${rows.value[0].id})`)).status).toBe(204);
    const less = await principalOf(crm.platform, both.id);
    expect(await get(less, '/patients?$select=diagnosis')).toMatchObject(refusedFor('diagnosis'));
  });

  it('is everything to the system administrator, and nobody passes on a permission that he lacks', async () => {
    expect((await get(crm.admin, `/patients(${id})`)).json).toMatchObject({ diagnosis: 'flu', bill: 5 });
    const clerk = await crm.user('Clerk', ['clerk']);
    const give = (name: string) => crm.call(clerk, 'POST', '/role_assignments', { user_id: registrar.id, role: name });
    expect(await give('reader')).toMatchObject({ status: 403, json: { code: 'escalation' } });
    expect((await give('reader')).text).toContain('read of the secured field patient.diagnosis');
    expect((await give('porter')).status).toBe(201);
  });
});
