// The Model for applications: what the caller may see of it and nothing else, whole, and unchanged for who has it.
import type { SourceDocument } from '@kartoteka/metadata';
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
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
    icon: 'ticket',
    order: 15,
    title: 'subject',
    fields: {
      subject: { type: 'text', label: { en: 'Subject', ru: 'Тема' }, max_length: 40, required: true, search: true },
      about: { type: 'lookup', label: { en: 'About' }, targets: ['company', 'contact'] },
      firm: { type: 'lookup', label: { en: 'Firm' }, targets: ['company'], inverse: 'tickets' },
      secret: { type: 'text', label: { en: 'Secret' }, secured: true },
      spent: { type: 'money', label: { en: 'Spent' }, required_when: "subject eq 'x'" },
    },
  },
} as const;

const view = (name: string, filter: string | undefined, columns: readonly string[]): SourceDocument => ({
  kind: 'view',
  name,
  layer: 'base',
  source: `${name}.json`,
  body: {
    name,
    entity: 'ticket',
    label: { en: name },
    columns: Object.fromEntries(columns.map((path, order) => [path, { order: order + 1 }])),
    ...(filter === undefined ? {} : { filter }),
  },
});

const HELPER = {
  kind: 'role',
  name: 'helper',
  layer: 'base',
  source: 'helper.json',
  body: {
    name: 'helper',
    label: { en: 'Helper' },
    privileges: { ticket: { read: 'organization', create: 'user' }, contact: { read: 'user' } },
  },
} as const;

let crm: Crm;
let helper: Principal;
beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({
    documents: [
      ...shipped,
      TICKET,
      HELPER,
      view('tickets_of_all', undefined, ['subject', 'secret', 'firm/name', 'owning_user/full_name']),
      view('tickets_with_secrets', "secret eq 'x'", ['subject']),
      view('tickets_of_firms', "firm/name eq 'x'", ['subject']),
    ],
  });
  helper = await crm.user('Helper', ['helper']);
});
afterAll(() => crm?.close());

// biome-ignore lint/suspicious/noExplicitAny: the test looks into parts of every kind
const model = async (principal: Principal = crm.admin): Promise<any> => {
  const { status, json } = await crm.call(principal, 'GET', '/client-model');
  expect(status).toBe(200);
  return json;
};

test('who may everything is told every entity, field, view and form with labels in all languages', async () => {
  const told = await model();
  expect(Object.keys(told.entities).sort()).toEqual([...crm.platform.model().entities.keys()].sort());
  const { ticket } = told.entities;
  expect(ticket).toMatchObject({
    set: 'tickets',
    label: { en: 'Ticket', ru: 'Заявка' },
    icon: 'ticket',
    order: 15,
    display_property: 'subject',
    ownership: 'user',
    history: true,
    soft_delete: true,
    privileges: { create: true, read: true, share: true, append_to: true },
  });
  expect(ticket.fields.subject).toMatchObject({
    type: 'text',
    options: { max_length: 40 },
    required: true,
    searchable: true,
    control: { widget: 'text' },
    properties: ['subject'],
  });
  expect(ticket.fields.spent).toMatchObject({
    required_when: "subject eq 'x'",
    properties: ['spent', 'spent_currency', 'spent_base'],
  });
  expect(ticket.fields.secret.secured).toEqual({ read: true, create: true, update: true });
  expect(ticket.navigations.firm).toMatchObject({
    set: 'companies',
    many: false,
    inverse: 'tickets',
    label: { en: 'Firm' },
  });
  expect(ticket.navigations.about_company.discriminator).toEqual({ property: 'about_type', value: 'company' });
  expect(told.entities.company.navigations.tickets).toMatchObject({ set: 'tickets', many: true });
  expect(ticket.views.map(({ name }: { name: string }) => name)).toHaveLength(3);
  expect(ticket.forms).toHaveLength(1);
  expect(told.choices.deal_stage.values.won).toMatchObject({ category: 'won', active: true });
  expect(told.user).toMatchObject({ id: crm.admin.id });
});

test('what somebody may not read is not in what he is told', async () => {
  const told = await model(helper);
  expect(Object.keys(told.entities).sort()).toEqual(['contact', 'ticket']);
  const { ticket } = told.entities;
  expect(ticket.privileges).toEqual({
    ...{ create: true, read: true, write: false, delete: false },
    ...{ append: false, append_to: false, assign: false, share: false },
  });
  expect(ticket.fields.secret).toBeUndefined();
  expect(JSON.stringify(ticket.forms)).not.toContain('secret');
  expect(JSON.stringify(ticket.forms)).toContain('subject');
  expect(JSON.stringify(told.entities.contact.forms)).not.toContain('"navigation":"deals"');
  expect(Object.keys(ticket.navigations)).toEqual(['about_contact']);
  expect(ticket.views.map(({ name, columns }: { name: string; columns: unknown }) => [name, columns])).toEqual([
    ['tickets_of_all', [{ path: 'subject' }]],
  ]);
  expect(told.choices.deal_stage).toBeUndefined();
  expect(told.user.name).toBe('Helper');
});

test('every view that is told can be asked', async () => {
  for (const principal of [crm.admin, helper]) {
    const { entities } = await model(principal);
    // biome-ignore lint/suspicious/noExplicitAny: as above
    for (const { set, views } of Object.values<any>(entities)) {
      for (const { filter } of views) {
        const query = filter === null ? '' : `&$filter=${encodeURIComponent(filter)}`;
        expect((await crm.call(principal, 'GET', `/${set}?$top=1${query}`)).status, `${set} ${filter}`).toBe(200);
      }
    }
  }
});

test('who has it is told so, and two who may the same are told of themselves', async () => {
  const first = await crm.call(helper, 'GET', '/client-model');
  const etag = String(first.headers.etag);
  const known = await crm.call(helper, 'GET', '/client-model', undefined, { 'if-none-match': etag });
  expect([known.status, known.headers.etag]).toEqual([304, etag]);
  const other = await crm.user('Other', ['helper']);
  const second = await crm.call(other, 'GET', '/client-model', undefined, { 'if-none-match': etag });
  expect([second.status, second.json.user.name, second.json.hash === first.json.hash]).toEqual([200, 'Other', false]);
  expect(second.json.entities).toEqual(first.json.entities);
});
