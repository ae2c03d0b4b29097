// A small base layer for tests of publish: every field type once, a shared choice, relations in both directions.
import type { DocumentKind, SourceDocument } from '@kartoteka/metadata';

const label = (en: string): { en: string } => ({ en });

function base(kind: DocumentKind, body: { readonly name: string; readonly [member: string]: unknown }): SourceDocument {
  return { kind, name: body.name, layer: 'base', source: `${kind}/${body.name}.json`, body };
}

const organization = base('organization', {
  name: 'organization',
  base_currency: 'EUR',
  rates: { EUR: '1', USD: '0.9' },
  time_zone: 'Europe/Berlin',
  locale: 'en',
  languages: ['en'],
});

const stage = base('choice', {
  name: 'deal_stage',
  label: label('Stage'),
  values: {
    new: { label: label('New'), order: 10 },
    proposal: { label: label('Proposal'), order: 20 },
    won: { label: label('Won'), order: 30 },
  },
});

const unit = base('entity', {
  name: 'business_unit',
  set: 'business_units',
  label: label('Business unit'),
  plural_label: label('Business units'),
  ownership: 'organization',
  title: 'name',
  fields: {
    name: { type: 'text', max_length: 100, required: true },
    parent: { type: 'lookup', targets: ['business_unit'], inverse: 'children', on_delete: 'restrict' },
  },
});

const user = base('entity', {
  name: 'user',
  set: 'users',
  label: label('User'),
  plural_label: label('Users'),
  ownership: 'business_unit',
  title: 'name',
  fields: {
    name: { type: 'text', max_length: 200, required: true },
    email: { type: 'email', required: true, unique: true },
    active: { type: 'boolean', required: true, default: true },
  },
});

const assignment = base('entity', {
  name: 'role_assignment',
  set: 'role_assignments',
  label: label('Role assignment'),
  plural_label: label('Role assignments'),
  ownership: 'organization',
  title: 'role',
  fields: {
    role: { type: 'text', max_length: 63, required: true },
    user: { type: 'lookup', targets: ['user'], inverse: 'role_assignments', on_delete: 'cascade' },
  },
  keys: { user_role: ['user_id', 'role'] },
});

const company = base('entity', {
  name: 'company',
  set: 'companies',
  label: label('Company'),
  plural_label: label('Companies'),
  ownership: 'user',
  title: 'name',
  fields: {
    name: { type: 'text', max_length: 200, required: true },
    founded: { type: 'date' },
    employees: { type: 'integer', min: 0 },
  },
  indexes: { name: ['name'] },
});

const deal = base('entity', {
  name: 'deal',
  set: 'deals',
  label: label('Deal'),
  plural_label: label('Deals'),
  ownership: 'user',
  title: 'name',
  fields: {
    name: { type: 'text', max_length: 200, required: true },
    company: { type: 'lookup', targets: ['company'], inverse: 'deals', on_delete: 'restrict' },
    stage: { type: 'choice', choice: 'deal_stage', required: true, default: 'new' },
    amount: { type: 'money', min: 0 },
    probability: { type: 'integer', min: 0, max: 100 },
    discount: { type: 'decimal', precision: 10, scale: 2 },
    closed_on: { type: 'datetime' },
    external_id: { type: 'text', max_length: 100 },
  },
  keys: { external_id: ['external_id'] },
  indexes: { stage_closed_on: ['stage', 'closed_on'] },
});

const administrator = base('role', {
  name: 'system_administrator',
  label: label('System administrator'),
  privileges: { '*': { '*': 'organization' } },
  capabilities: ['publish_metadata'],
});

/** The base layer as if read from files. */
export const TEST_DOCUMENTS: readonly SourceDocument[] = [
  organization,
  stage,
  unit,
  user,
  assignment,
  company,
  deal,
  administrator,
];

/** TEST_DOCUMENTS with one document's body changed by `edit`, which works on a copy. */
export function withDocument(name: string, edit: (body: DocumentBody) => unknown): readonly SourceDocument[] {
  return TEST_DOCUMENTS.map((document) => {
    if (document.name !== name) return document;
    const body = structuredClone(document.body) as DocumentBody;
    edit(body);
    return { ...document, body };
  });
}

/** Loose enough to edit in a test. */
export interface DocumentBody {
  fields: Record<string, Record<string, unknown>>;
  values: Record<string, Record<string, unknown>>;
  indexes: Record<string, string[]>;
  keys: Record<string, string[]>;
  [member: string]: unknown;
}

/** TEST_DOCUMENTS after a change that needs every kind of step: a table, columns, checks, references, indexes, another type. */
export const CHANGED_DOCUMENTS: readonly SourceDocument[] = [
  ...withDocument('deal', ({ fields, indexes }) => {
    fields.name = { ...fields.name, max_length: 300 };
    fields.probability = { type: 'text', max_length: 40 };
    fields.code = { type: 'text', unique: true };
    fields.number = { type: 'auto_number', pattern: 'D-{0000}' };
    fields.sponsor = { type: 'lookup', targets: ['project'], inverse: 'deals' };
    delete indexes.stage_closed_on;
  }),
  base('entity', {
    name: 'project',
    set: 'projects',
    label: label('Project'),
    plural_label: label('Projects'),
    ownership: 'organization',
    title: 'name',
    fields: {
      name: { type: 'text', required: true },
      company: { type: 'lookup', targets: ['company'], inverse: 'projects' },
    },
  }),
];
