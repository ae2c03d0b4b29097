// Conversion with an administrator's own fields and roles: what is mapped, which right is missing, and what is secured.
import type { SourceDocument } from '@kartoteka/metadata';
import { readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

const custom = (kind: SourceDocument['kind'], name: string, body: object): SourceDocument => ({
  ...{ kind, name, layer: 'custom', source: name, body },
});
const label = { en: 'X', ru: 'Х' };
const extending = (kind: SourceDocument['kind'], name: string, body: object) =>
  custom(kind, name, { extends: name, ...body });
const text = { type: 'text', label };
const secret = { ...text, secured: true };

type Privileges = Readonly<Record<string, Readonly<Record<string, string>>>>;
const ENTITIES = ['lead', 'contact', 'company', 'deal'];
const each = ['create', 'read', 'write', 'delete', 'append', 'append_to', 'assign'].map((name) => [
  name,
  'organization',
]);
const FULL: Privileges = {
  ...Object.fromEntries(ENTITIES.map((name) => [name, Object.fromEntries(each)])),
  user: { read: 'organization', append_to: 'organization' },
};
const OWN: Privileges = {
  ...Object.fromEntries(
    ENTITIES.map((name) => [name, { ...FULL[name], read: 'user', write: 'user', delete: 'user', append_to: 'user' }]),
  ),
  user: { read: 'organization', append_to: 'organization' },
};
const without = (privilege: string, entity: string): Privileges => {
  const { [privilege]: _, ...rest } = FULL[entity] ?? {};
  return { ...FULL, [entity]: rest };
};
const role = (name: string, privileges: Privileges, fields: object = {}) =>
  custom('role', name, { name, label: { en: name, ru: name }, privileges, fields });

const MISSING = [
  ['write', 'lead'],
  ['create', 'contact'],
  ['create', 'company'],
  ['create', 'deal'],
  ['append', 'contact'],
  ['append', 'deal'],
  ['append_to', 'company'],
  ['append_to', 'contact'],
  ['append_to', 'lead'],
] as const;
const roleOf = (privilege: string, entity: string): string => `x_no_${privilege}_${entity}`;

let crm: Crm;
beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  const fields = { x_rank: text, x_amount: { type: 'integer', label }, x_secret: secret };
  const documents = [
    ...shipped,
    extending('entity', 'lead', { fields: { ...fields, x_other: secret } }),
    extending('entity', 'contact', { fields: { ...fields, x_twice: { type: 'integer', label }, x_channel: text } }),
    extending('entity', 'company', { fields: { x_other: secret } }),
    extending('mapping', 'lead_to_contact', {
      fields: {
        ...{ x_rank: 'x_rank', x_amount: 'x_amount', x_twice: 'x_amount mul 2' },
        ...{ x_channel: { value: 'web' }, x_secret: 'x_secret' },
      },
    }),
    extending('mapping', 'lead_to_company', { fields: { x_other: "concat(x_other,'!')" } }),
    ...MISSING.map(([privilege, entity]) => role(roleOf(privilege, entity), without(privilege, entity))),
    role('x_full', FULL),
    role('x_own', OWN),
    role('x_reader', FULL, { contact: { x_secret: ['read'] } }),
    role('x_source', FULL, { lead: { x_secret: ['read'] } }),
    role('x_all', FULL, { '*': { '*': ['read', 'create', 'update'] } }),
  ];
  crm = await startCrm({ documents });
});
afterAll(() => crm?.close());

const read = async (path: string, who = crm.admin) => (await crm.call(who, 'GET', path)).json;
const convert = (id: string, body: unknown, who = crm.admin) => crm.call(who, 'POST', `/leads(${id})/convert`, body);
async function all() {
  return crm.user(`All ${Math.random()}`, ['x_all']);
}

test("fields of an administrator's own layer are mapped: copied, computed and given", async () => {
  const lead = await crm.create('leads', { last_name: 'Own', x_rank: 'A', x_amount: 21 });
  const { json } = await convert(lead.id, { contact: {} });
  expect(await read(`/contacts(${json.contact.id})`)).toMatchObject({
    ...{ x_rank: 'A', x_amount: 21, x_twice: 42, x_channel: 'web' },
  });
});

test.each(MISSING)('without %s on %s nothing is converted, and the right is named', async (privilege, entity) => {
  const who = await crm.user(`No ${privilege} ${entity}`, [roleOf(privilege, entity)]);
  const lead = await crm.create('leads', {
    last_name: 'Right',
    company_name: `${privilege} ${entity}`,
    owner_id: who.id,
  });
  const { status, text: words, json } = await convert(lead.id, { contact: {}, company: {}, deal: {} }, who);
  expect(status, String(words)).toBe(403);
  expect(`${words} ${JSON.stringify(json)}`).toMatch(new RegExp(`privilege ${privilege} on (this )?${entity}`));
  expect(await read(`/leads(${lead.id})`)).toMatchObject({ status: 'new', converted_contact_id: null });
  for (const set of ['contacts', 'companies', 'deals'])
    expect((await read(`/${set}?$filter=originating_lead_id eq ${lead.id}`)).value).toEqual([]);
});

test('who has the rights converts, and takes it back', async () => {
  const who = await crm.user('Full', ['x_full']);
  const lead = await crm.create('leads', { last_name: 'Full', company_name: 'Full', owner_id: who.id });
  expect((await convert(lead.id, { contact: {}, company: {}, deal: {} }, who)).status).toBe(200);
  const undone = await crm.call(who, 'POST', `/leads(${lead.id})/undo_conversion`);
  expect(undone.status, `${undone.text} ${JSON.stringify(undone.json)}`).toBe(200);
});

test('a secured value goes along where nobody learns it by that, and stays with the lead otherwise', async () => {
  const officer = await all();
  const values = { last_name: 'Secret', company_name: 'Secret', x_secret: 'hush', x_other: 'quiet' };
  const contact = async (name: string) => {
    const who = await crm.user(`${name} user`, [name]);
    const lead = await crm.create('leads', { ...values, owner_id: who.id }, officer);
    const { status, json, text: words } = await convert(lead.id, { contact: {}, company: {} }, who);
    expect(status, String(words)).toBe(200);
    expect(words).not.toMatch(/hush|quiet/);
    expect((await read(`/leads(${lead.id})`, officer)).x_secret).toBe('hush');
    const stored = await read(`/contacts(${json.contact.id})`, officer);
    const company = await read(`/companies(${json.company.id})`, officer);
    return [json.contact.withheld, stored.x_secret, company.x_other];
  };
  // Neither side can be read, or the source can: the mapping is carried out as its author meant it.
  expect(await contact('x_full')).toEqual([[], 'hush', 'quiet!']);
  expect(await contact('x_source')).toEqual([[], 'hush', 'quiet!']);
  // He could read in the contact what he may not read in the lead.
  expect(await contact('x_reader')).toEqual([['x_secret'], null, 'quiet!']);
  expect(await contact('x_all')).toEqual([[], 'hush', 'quiet!']);
});

test('a secured property of an existing record is filled by nobody who may not see and change it', async () => {
  const officer = await all();
  const who = await crm.user('Filler', ['x_source']);
  const lead = await crm.create(
    'leads',
    { last_name: 'Fill', x_secret: 'hush', x_rank: 'B', owner_id: who.id },
    officer,
  );
  const { id } = await crm.create('contacts', { last_name: 'Fill' });
  const { json } = await convert(lead.id, { contact: { id, fill_empty: true } }, who);
  expect(json.contact.filled.toSorted()).toEqual(['x_channel', 'x_rank']);
  expect(await read(`/contacts(${id})`, officer)).toMatchObject({ x_secret: null, x_rank: 'B' });
});

test('a proposal shows no secured value, and what is given besides is judged as of any create', async () => {
  const officer = await all();
  const who = await crm.user('Proposed', ['x_full']);
  const lead = await crm.create('leads', { last_name: 'P', x_secret: 'hush', owner_id: who.id }, officer);
  const told = await crm.call(who, 'GET', `/leads(${lead.id})/conversion_candidates`);
  expect(told.json.contact).toMatchObject({ withheld: ['x_secret'], values: { last_name: 'P' } });
  expect(told.text).not.toMatch(/hush/);
  const given = await convert(lead.id, { contact: { values: { x_secret: 'mine' } } }, who);
  expect([given.status, given.json]).toMatchObject([
    403,
    { code: 'secured_property', target: 'contact/values/x_secret' },
  ]);
});

test('a new record may be given to another, who has it alone from then on', async () => {
  const [who, other] = [await crm.user('Giver', ['x_own']), await crm.user('Taker', ['x_own'])];
  const lead = await crm.create('leads', { last_name: 'Given', company_name: 'Given', owner_id: who.id });
  const { status, json } = await convert(lead.id, { company: {}, deal: { values: { owner_id: other.id } } }, who);
  expect([status, json]).toMatchObject([200, { deal: { created: true } }]);
  expect((await crm.call(who, 'GET', `/deals(${json.deal.id})`)).status).toBe(404);
  expect(await read(`/deals(${json.deal.id})`, other)).toMatchObject({
    owner_id: other.id,
    company_id: json.company.id,
  });
  expect((await crm.call(who, 'POST', `/leads(${lead.id})/undo_conversion`)).status).toBe(404);
  expect(await read(`/leads(${lead.id})`)).toMatchObject({ status: 'converted' });
});
