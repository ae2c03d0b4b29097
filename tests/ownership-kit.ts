// Documents and principals for the tests of ownership: remarks on deals and replies to them, which belong to whom the deal
// belongs, and roles that differ in depth.
import type { PrivilegeDocument, SourceDocument } from '@kartoteka/metadata';
import { type Hook, type Principal, readDocumentFolder } from '@kartoteka/platform';
import { type Crm, startCrm } from './crm-kit.ts';

export function document(kind: SourceDocument['kind'], name: string, body: object): SourceDocument {
  const plural = kind === 'entity' ? { set: `${name}s`, plural_label: { en: `${name}s` }, title: 'text' } : {};
  const whole = { name, label: { en: name }, ...plural, ...body };
  return { kind, name, layer: 'base', source: `${name}.json`, body: whole };
}

const TEXT = { type: 'text', max_length: 200 };

/** A lookup that decides the owner. */
export const parent = (target: string, inverse: string) => ({
  type: 'lookup',
  targets: [target],
  inverse,
  required: true,
  on_delete: 'cascade',
});

const ENTITIES: readonly SourceDocument[] = [
  document('entity', 'remark', {
    ownership: 'parent',
    parent: 'deal',
    fields: { text: TEXT, deal: parent('deal', 'remarks'), rank: { type: 'integer' } },
    indexes: { by_rank: ['rank'] },
  }),
  document('entity', 'reply', {
    set: 'replies',
    ownership: 'parent',
    parent: 'remark',
    fields: { text: TEXT, remark: parent('remark', 'replies') },
  }),
  document('entity', 'mark', {
    ownership: 'parent',
    parent: 'on',
    fields: { text: TEXT, on: { ...parent('deal', 'marks'), targets: ['deal', 'company', 'site', 'topic'] } },
  }),
  document('entity', 'site', { ownership: 'business_unit', fields: { text: TEXT }, indexes: { by_text: ['text'] } }),
  document('entity', 'visit', {
    ownership: 'parent',
    parent: 'site',
    fields: { text: TEXT, site: parent('site', 'visits') },
  }),
  document('entity', 'topic', { ownership: 'organization', fields: { text: TEXT } }),
  document('entity', 'answer', {
    ownership: 'parent',
    parent: 'topic',
    fields: { text: TEXT, topic: parent('topic', 'answers') },
  }),
];

type Privileges = Readonly<Record<string, PrivilegeDocument>>;

/** Every privilege at one depth; users, teams and units can be read by all. */
export function role(name: string, privileges: Readonly<Record<string, Privileges>>): SourceDocument {
  const read = { read: 'organization' };
  return document('role', name, {
    privileges: { user: read, team: read, business_unit: { ...read, append_to: 'organization' }, ...privileges },
  });
}

const OWNED = ['deal', 'company', 'remark', 'reply', 'mark'];
const UNITS = ['site', 'visit'];
const at = (depth: string, names: readonly string[]) => Object.fromEntries(names.map((name) => [name, { '*': depth }]));

const ROLES: readonly SourceDocument[] = [
  role('own', { ...at('user', OWNED), ...at('business_unit', UNITS) }),
  role('unit', at('business_unit', [...OWNED, ...UNITS])),
  role('tree', at('parent_child', [...OWNED, ...UNITS])),
  role('all', at('organization', [...OWNED, ...UNITS, 'topic', 'answer'])),
  role('reader', {
    deal: { read: 'organization', append_to: 'organization' },
    remark: { '*': 'user', read: 'organization', append: 'organization' },
  }),
  role('unappending', { ...at('organization', ['deal']), remark: { '*': 'organization', append: 'user' } }),
  role('deals_only', at('user', ['deal'])),
  role('creates_everywhere', { remark: { create: 'organization' } }),
  role('own_answers', { topic: { '*': 'organization' }, answer: { '*': 'user' } }),
];

export interface World {
  readonly crm: Crm;
  /** Units: `north` and `south` below the root, `city` below north. */
  readonly units: Readonly<Record<'north' | 'south' | 'city', string>>;
  /** By name; the name is `<role> in <unit>`. */
  principal(role: string, unit: keyof World['units'] | 'root'): Promise<Principal>;
}

/** A CRM with these documents besides the shipped ones. */
export async function startWorld(more: readonly SourceDocument[] = [], hooks: readonly Hook[] = []): Promise<World> {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  const crm = await startCrm({ documents: [...shipped, ...ENTITIES, ...ROLES, ...more], hooks });
  const unit = async (name: string, parent_id: string): Promise<string> =>
    (await crm.create('business_units', { name, parent_id })).id;
  const north = await unit('North', crm.rootUnitId);
  const units = { north, south: await unit('South', crm.rootUnitId), city: await unit('City', north) };
  const made = new Map<string, Promise<Principal>>();
  return {
    crm,
    units,
    principal(name, place) {
      const key = `${name} in ${place}`;
      const known = made.get(key) ?? crm.user(key, [name], place === 'root' ? crm.rootUnitId : units[place]);
      made.set(key, known);
      return known;
    },
  };
}
