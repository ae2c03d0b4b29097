// The JSON Schemas that clients are generated from: valid, complete for the caller's rights, and true of what the service answers and takes.
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

const TICKET = {
  kind: 'entity',
  name: 'ticket',
  layer: 'base',
  source: 'ticket.json',
  body: {
    name: 'ticket',
    set: 'tickets',
    label: { en: 'Ticket', ru: 'Заявка' },
    plural_label: { en: 'Tickets', ru: 'Заявки' },
    ownership: 'user',
    title: 'subject',
    fields: {
      subject: {
        type: 'text',
        label: { en: 'Subject', ru: 'Тема' },
        description: { en: 'What it is about' },
        required: true,
      },
      about: { type: 'lookup', label: { en: 'About' }, targets: ['company', 'contact'], required: true },
      parent: { type: 'lookup', label: { en: 'Parent' }, targets: ['ticket'], inverse: 'children' },
      secret: { type: 'text', label: { en: 'Secret' }, secured: true },
      mood: { type: 'choice', label: { en: 'Mood' }, values: { good: { label: { en: 'Good' }, order: 1 } } },
      spent: { type: 'decimal', label: { en: 'Spent' }, precision: 9, scale: 2 },
      visits: { type: 'integer', label: { en: 'Visits' } },
      text: { type: 'long_text', label: { en: 'Text' } },
      data: { type: 'json', label: { en: 'Data' } },
    },
  },
} as const;

const HELPER = {
  kind: 'role',
  name: 'helper',
  layer: 'base',
  source: 'helper.json',
  body: {
    name: 'helper',
    label: { en: 'Helper' },
    privileges: { ticket: { read: 'organization', create: 'organization' } },
  },
} as const;

let crm: Crm;
let helper: Principal;
beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, TICKET, HELPER] });
  helper = await crm.user('Helper', ['helper']);
});
afterAll(() => crm?.close());

const PATH = '/json-schemas';
// biome-ignore lint/suspicious/noExplicitAny: JSON Schemas are JSON of any shape
const schemas = async (principal: Principal = crm.admin, headers = {}): Promise<any> => {
  const { status, json } = await crm.call(principal, 'GET', PATH, undefined, headers);
  expect(status).toBe(200);
  return json;
};

test('every schema compiles, every reference leads somewhere, and the version is that of $metadata', async () => {
  const document = await schemas();
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ ...document, $id: 'schemas' });
  const names = Object.keys(document.$defs);
  for (const name of names) ajv.compile({ $ref: `schemas#/$defs/${name}` });
  expect(names.length).toBeGreaterThan(40);
  const { json } = await crm.call(crm.admin, 'GET', '/$metadata?$format=json');
  expect(document.schema_version).toBe(json.kartoteka['@Core.SchemaVersion']);
  expect(Object.keys(document.sets).sort()).toEqual([...crm.platform.model().sets.keys()].sort());
});

test('what is answered, and what is taken, are as the schemas say', async () => {
  const document = await schemas();
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ ...document, $id: 'schemas' });
  const fits = (name: string, value: unknown) => ajv.validate({ $ref: `schemas#/$defs/${name}` }, value);
  const company = await crm.create('companies', { name: 'Acme' });
  const bodies: readonly [object, number][] = [
    [
      {
        subject: 'A',
        about_id: company.id,
        about_type: 'company',
        spent: '1.25',
        visits: '9007199254740993',
        mood: 'good',
      },
      201,
    ],
    [{ subject: 'B', 'about_company@odata.bind': `companies(${company.id})`, text: null, data: { a: [1] } }, 201],
    [{ subject: 'C', about_contact: { last_name: 'Smith' } }, 201],
    [
      {
        subject: 'D',
        about_company: { '@id': `companies(${company.id})` },
        children: [{ subject: 'E', about_id: company.id, about_type: 'company' }],
      },
      201,
    ],
    [{ subject: 'F' }, 400],
    [{ about_id: company.id, about_type: 'company' }, 400],
    [{ subject: 'G', about_id: company.id }, 400],
    [{ subject: 'H', about_id: company.id, about_type: 'company', mood: 'bad' }, 400],
    [{ subject: 'I', about_id: company.id, about_type: 'company', nothing: 1 }, 400],
    [{ subject: null, about_id: company.id, about_type: 'company' }, 400],
  ];
  const exact = { accept: 'application/json;IEEE754Compatible=true' };
  for (const [body, status] of bodies) {
    const text = JSON.stringify(body);
    expect(fits('ticket.create', body), text).toBe(status === 201);
    const answer = await crm.call(crm.admin, 'POST', '/tickets', body, exact);
    expect(answer.status, text).toBe(status);
    if (status === 201) expect(fits('ticket.read', answer.json), `${text} ${JSON.stringify(ajv.errors)}`).toBe(true);
  }
  expect(fits('ticket.update', {})).toBe(true);
  expect(fits('ticket.update', { subject: null })).toBe(false);
  expect(fits('ticket.update', { version: '1' })).toBe(false);
});

test('a set tells its keys, where its navigations lead, and its operations', async () => {
  const { sets, operations, $defs } = await schemas();
  expect(sets.companies).toMatchObject({
    entity: 'company',
    read: { $ref: '#/$defs/company.read' },
    create: { $ref: '#/$defs/company.create' },
    deletable: true,
    keys: { external_id: ['external_id'] },
    navigations: {
      contacts: { set: 'contacts', many: true, nullable: false },
      owning_user: { set: 'users', property: 'owner_id' },
    },
    operations: {
      record: { assign: { kind: 'action' }, changes: { kind: 'function', list: true } },
      collection: { bulk: {} },
    },
  });
  expect(Object.keys(operations)).toEqual(expect.arrayContaining(['preview_role_change', 'security_events']));
  expect(sets.tickets.create).toEqual({ $ref: '#/$defs/ticket.create' });
  const { properties, required } = $defs['ticket.read'];
  expect(properties.version).toMatchObject({ readOnly: true, format: 'int64' });
  expect(properties.text).toMatchObject({ 'x-sortable': false });
  expect(required).toEqual(Object.keys(properties));
  expect($defs['ticket.update'].properties.version).toBeUndefined();
});

test('who may less is told less', async () => {
  const document = await schemas(helper);
  expect(Object.keys(document.sets)).toEqual(['tickets']);
  const { create, update, navigations, deletable } = document.sets.tickets;
  expect([create, update, deletable, Object.keys(navigations)]).toEqual([
    { $ref: '#/$defs/ticket.create' },
    undefined,
    false,
    ['parent', 'children'],
  ]);
  expect(JSON.stringify(document)).not.toContain('secret');
  expect(JSON.stringify(document)).not.toContain('company.');
  expect(JSON.stringify(await schemas())).toContain('secret');
});

test('labels are English whoever asks, unless another language is asked for', async () => {
  const about = ({ $defs }: { $defs: Record<string, { title: string; properties: Record<string, object> }> }) => [
    $defs['ticket.read']?.title,
    $defs['ticket.read']?.properties.subject,
  ];
  expect(about(await schemas())).toMatchObject(['Ticket', { title: 'Subject', description: 'What it is about' }]);
  expect(about(await schemas(crm.admin, { 'accept-language': 'ru-RU,en;q=0.5' }))).toMatchObject([
    'Заявка',
    { title: 'Тема' },
  ]);
  for (const language of ['*', '', 'x'.repeat(500), 'toString', '__proto__'])
    expect(about(await schemas(crm.admin, { 'accept-language': language })), language).toMatchObject(['Ticket', {}]);
});

test('it is the same each time, known by its ETag, and takes no options', async () => {
  const first = await crm.call(crm.admin, 'GET', PATH);
  expect((await crm.call(crm.admin, 'GET', PATH)).text).toBe(first.text);
  const etag = first.headers.etag ?? '';
  expect((await crm.call(crm.admin, 'GET', PATH, undefined, { 'if-none-match': etag })).status).toBe(304);
  expect((await crm.call(helper, 'GET', PATH, undefined, { 'if-none-match': etag })).status).toBe(200);
  expect((await crm.call(crm.admin, 'GET', `${PATH}?$top=1`)).json.code).toBe('invalid_option');
  expect((await crm.call(crm.admin, 'GET', PATH, undefined, { accept: 'text/csv' })).status).toBe(406);
  expect((await crm.call(crm.admin, 'POST', PATH, {})).status).toBe(405);
});
