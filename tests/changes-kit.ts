// What tests of the audit share: an entity with secured, unaudited and personal fields and links, and who sees how much of it.
import type { SourceDocument } from '@kartoteka/metadata';
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { expect } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

const label = { en: 'L', ru: 'Л' };
const readers = { user: { read: 'organization', append_to: 'organization' } };

export function document(kind: 'entity' | 'role', name: string, body: object): SourceDocument {
  return { kind, name, layer: 'base', source: name, body: { name, label, ...body } };
}

export const PATIENT = {
  set: 'patients',
  plural_label: label,
  ownership: 'user',
  title: 'name',
  fields: {
    name: { type: 'text', required: true, personal_data: true },
    nick: { type: 'text', personal_data: true },
    called: { type: 'text', joined: ['name', 'nick'], personal_data: true },
    email: { type: 'email', personal_data: true },
    ward: { type: 'text' },
    born: { type: 'date', personal_data: true },
    diagnosis: { type: 'text', secured: true, personal_data: true },
    bill: { type: 'money' },
    visits: { type: 'integer' },
    seen_on: { type: 'datetime' },
    pin: { type: 'text', audit: false },
    doctor: { type: 'lookup', targets: ['user'] },
    tags: { type: 'multi_choice', choice: 'contact_kind' },
    extra: { type: 'json', personal_data: true },
    friends: { type: 'many', target: 'pet', inverse: 'owners' },
  },
};
const PET = {
  set: 'pets',
  plural_label: label,
  ownership: 'user',
  title: 'name',
  fields: {
    name: { type: 'text' },
    patient: { type: 'lookup', targets: ['patient'], inverse: 'pets', on_delete: 'cascade' },
  },
};
/** With personal data that a record cannot be without. */
const MEMBER = {
  set: 'members',
  plural_label: label,
  ownership: 'organization',
  title: 'email',
  fields: {
    email: { type: 'email', required: true, unique: true, personal_data: true },
    hat: { type: 'text', required: true, default: 'hat', max_length: 10, personal_data: true },
    open: { type: 'boolean', required: true, default: false, personal_data: true },
    joined_on: { type: 'date', required: true, personal_data: true },
    code: { type: 'text', required: true, pattern: '[A-Z]{2}', personal_data: true },
    number: { type: 'auto_number', pattern: 'M-{0000}', personal_data: true },
    boss: { type: 'lookup', targets: ['user'], personal_data: true },
  },
};
const all = (depth: string): object => ({ patient: { '*': depth }, pet: { '*': depth } });
const members = { member: { '*': 'organization' } };
const FIELDS = { patient: { '*': ['read', 'create', 'update'] } };

export const DOCUMENTS: readonly SourceDocument[] = [
  document('entity', 'patient', PATIENT),
  document('entity', 'pet', PET),
  document('entity', 'member', MEMBER),
  document('role', 'surgeon', { privileges: { ...all('organization'), ...members, ...readers }, fields: FIELDS }),
  document('role', 'porter', { privileges: { ...all('organization'), ...readers } }),
  document('role', 'nurse', { privileges: all('user') }),
  document('role', 'sister', { privileges: { ...all('business_unit'), ...readers } }),
  document('role', 'eraser', { privileges: {}, capabilities: ['redact'] }),
  document('role', 'stranger', { privileges: readers }),
];

export interface Change {
  readonly id: number;
  readonly record_id: string;
  readonly operation: string;
  readonly version: number;
  readonly changed_on: string;
  readonly actor_id: string | null;
  readonly actor_name: string | null;
  readonly client: string | null;
  readonly changes: readonly { readonly property: string; readonly before: unknown; readonly after: unknown }[];
}

export interface AuditKit {
  readonly crm: Crm;
  /** Reads every patient with all fields; without the secured one; the own ones only, and no users; nothing. */
  readonly surgeon: Principal;
  readonly porter: Principal;
  readonly nurse: Principal;
  readonly stranger: Principal;
  get(principal: Principal, path: string, headers?: Record<string, string>): Promise<Answer>;
  /** The changes of a page; fails unless it is 200. */
  changes(principal: Principal, path: string, headers?: Record<string, string>): Promise<readonly Change[]>;
  /** All pages, one after the other. */
  everyPage(principal: Principal, path: string, headers?: Record<string, string>): Promise<readonly Change[]>;
}

/** The documents that ship, with a mark on a user that should not be there, and others. */
export async function shippedWith(more: readonly SourceDocument[]): Promise<readonly SourceDocument[]> {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  return [...shipped.map(withPersonalActive), ...more];
}

function withPersonalActive(document: SourceDocument): SourceDocument {
  if (document.kind !== 'entity' || document.name !== 'user') return document;
  const body = structuredClone(document.body) as { fields: { active: { personal_data?: boolean } } };
  body.fields.active.personal_data = true;
  return { ...document, body };
}

export async function startAuditKit(): Promise<AuditKit> {
  const crm = await startCrm({ documents: await shippedWith(DOCUMENTS) });
  const get: AuditKit['get'] = (principal, path, headers = {}) => crm.call(principal, 'GET', path, undefined, headers);
  const shown = async (
    principal: Principal,
    path: string,
    headers?: Record<string, string>,
  ): Promise<Answer['json']> => {
    const answer = await get(principal, path, headers);
    expect(answer.status, `${path}: ${answer.text}`).toBe(200);
    return answer.json;
  };
  return {
    crm,
    surgeon: await crm.user('Surgeon', ['surgeon']),
    porter: await crm.user('Porter', ['porter']),
    nurse: await crm.user('Nurse', ['nurse']),
    stranger: await crm.user('Stranger', ['stranger']),
    get,
    changes: async (principal, path, headers) => (await shown(principal, path, headers)).value,
    async everyPage(principal, path, headers) {
      const found: Change[] = [];
      for (let next: string | undefined = path; next !== undefined; ) {
        const page: Answer['json'] = await shown(principal, next, headers);
        found.push(...page.value);
        next = page['@odata.nextLink']?.replace('http://crm.test/api/v1', '');
      }
      return found;
    },
  };
}
