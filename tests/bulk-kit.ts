// Documents, users and records for tests of many records in one request: items on shelves, with every kind of check that a
// write knows, and a clerk whose rights end at his own records.
import type { SourceDocument } from '@kartoteka/metadata';
import { errorDetail, type Hook, PlatformError, type Principal, readDocumentFolder } from '@kartoteka/platform';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

const label = (en: string) => ({ en });
const choices = (...names: string[]) =>
  Object.fromEntries(names.map((name, order) => [name, { label: label(name), order }]));

const ITEM = {
  set: 'items',
  plural_label: label('Items'),
  ownership: 'user',
  title: 'name',
  fields: {
    name: { type: 'text', max_length: 50, required: true },
    code: { type: 'text', max_length: 50 },
    serial: { type: 'integer', unique: true },
    shelf: { type: 'lookup', targets: ['shelf'], inverse: 'items' },
    also_on: { type: 'many', target: 'shelf', inverse: 'also_items' },
    part_of: { type: 'lookup', targets: ['item'], inverse: 'parts' },
    kind: { type: 'choice', values: choices('new', 'used', 'sold'), required: true, default: 'new' },
    price: { type: 'money', required_when: "kind eq 'sold'" },
    size: { type: 'decimal', precision: 20, scale: 10, read_only_when: "kind eq 'sold'" },
    tags: { type: 'multi_choice', values: choices('red', 'green', 'blue') },
    spec: { type: 'json' },
    secret_code: { type: 'text', max_length: 50, secured: true, unique: true },
    note: { type: 'text', audit: false },
    origin: { type: 'text', read_only_after_create: true },
    weighed_on: { type: 'datetime' },
  },
  keys: { code: ['code'], place: ['shelf_id', 'size'] },
  rules: { size_is_positive: { invalid_when: 'size lt 0', error: label('The size must be positive') } },
};
const SHELF = {
  set: 'shelves',
  plural_label: label('Shelves'),
  ownership: 'user',
  title: 'name',
  fields: { name: { type: 'text', required: true } },
};

const ROLES = {
  keeper: { '*': { '*': 'organization' } },
  clerk: {
    item: {
      create: { depth: 'user', when: "kind ne 'used'" },
      read: 'user',
      write: { depth: 'user', when: "kind ne 'sold'" },
      append: 'user',
      append_to: 'user',
      assign: 'user',
    },
    shelf: { read: 'business_unit', append: 'user', append_to: 'user' },
    user: { read: 'organization' },
  },
  reader: { item: { read: 'organization' } },
  importer: { item: { '*': 'organization' }, shelf: { '*': 'organization' }, user: { read: 'organization' } },
} as const;

const CAPABILITIES: Readonly<Record<string, readonly string[]>> = { importer: ['import', 'export'] };

function document(kind: SourceDocument['kind'], name: string, body: object): SourceDocument {
  return { kind, name, layer: 'base', source: `${name}.json`, body: { name, label: label(name), ...body } };
}

async function documents(): Promise<readonly SourceDocument[]> {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  const roles = Object.entries(ROLES).map(([name, privileges]) =>
    document('role', name, { privileges, capabilities: CAPABILITIES[name] ?? [] }),
  );
  return [...shipped, document('entity', 'item', ITEM), document('entity', 'shelf', SHELF), ...roles];
}

/** What the hooks were given after a write, for tests to look at. */
export interface HookLog {
  readonly after: { readonly operation: string; readonly ids: readonly string[] }[];
}

/** Fails at `crashes`; refuses names: `throws` by throwing, `refused` one by one; writes a note of its own for `noted`. */
export function itemHook(log: HookLog): Hook {
  return {
    entity: 'item',
    operations: ['create', 'update'],
    before: (context, records) => {
      for (const record of records) {
        if (record.values.name === 'noted') record.values.note = 'by the hook';
        if (record.values.name === 'refused')
          context.refuse(record, new PlatformError('conflict', { reason: 'Refused' }));
        if (record.values.name === 'crashes') throw new Error('A mistake in the hook');
        if (record.values.name === 'throws') {
          const details = [errorDetail('rule_violated', { reason: 'Thrown' }, 'name')];
          throw new PlatformError('validation_failed', {}, { details });
        }
      }
    },
    after: ({ operation }, records) => {
      log.after.push({ operation, ids: records.map(({ id }) => id) });
    },
  };
}

export interface BulkWorld {
  readonly crm: Crm;
  readonly clerk: Principal;
  readonly keeper: Principal;
  readonly reader: Principal;
  readonly importer: Principal;
  readonly shelves: Readonly<Record<'own' | 'others' | 'hidden', string>>;
  bulk(principal: Principal, body: object): Promise<Answer>;
}

/** Ids that are the same in every world. */
export const testId = (kind: number, number: number): string =>
  `0${kind}900000-0000-7000-8000-${String(number).padStart(12, '0')}`;

/** `seen`: hooks of the item that write down what they saw. */
export async function startBulkWorld(seen: HookLog | null = null): Promise<BulkWorld> {
  const crm = await startCrm({ documents: await documents(), hooks: seen === null ? [] : [itemHook(seen)] });
  let users = 0;
  const user = async (role: string, unit: string): Promise<Principal> => {
    users += 1;
    const id = testId(1, users);
    const values = { id, full_name: role, email: `${role}${users}@example.com`, owning_business_unit_id: unit };
    await crm.create('users', values);
    await crm.create('role_assignments', { user_id: id, role });
    return crm.principal(id);
  };
  const branch = await crm.create('business_units', {
    id: testId(2, 1),
    name: 'Branch',
    parent_id: crm.rootUnitId,
  });
  const clerk = await user('clerk', branch.id);
  const colleague = await user('clerk', branch.id);
  const keeper = await user('keeper', crm.rootUnitId);
  const shelves = { own: testId(3, 1), others: testId(3, 2), hidden: testId(3, 3) };
  await crm.create('shelves', { id: shelves.own, name: 'Own', owner_id: clerk.id });
  await crm.create('shelves', { id: shelves.others, name: 'Others', owner_id: colleague.id });
  await crm.create('shelves', { id: shelves.hidden, name: 'Hidden', owner_id: keeper.id });
  return {
    crm,
    clerk,
    keeper,
    reader: await user('reader', crm.rootUnitId),
    importer: await user('importer', crm.rootUnitId),
    shelves,
    bulk: (principal, body) => crm.call(principal, 'POST', '/items/bulk', body),
  };
}
