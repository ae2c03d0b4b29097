// Documents, principals and requests for the tests of ownership: remarks on deals and replies to them, which belong to whom the deal
// belongs, and roles that differ in depth.
import type { PrivilegeDocument, SourceDocument } from '@kartoteka/metadata';
import { type Hook, type Principal, readDocumentFolder } from '@kartoteka/platform';
import { expect } from 'vitest';
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
  document('entity', 'quote', {
    ownership: 'parent',
    parent: 'reply',
    fields: { text: TEXT, reply: parent('reply', 'quotes') },
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

const OWNED = ['deal', 'company', 'remark', 'reply', 'quote', 'mark'];
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

export type Stored = Readonly<Record<string, unknown>> & { readonly id: string };

/** Requests as tests make them, to a world that is started later. */
export function requests(world: () => World) {
  let deals = 0;
  const create = (as: Principal, set: string, values: object): Promise<Stored> => world().crm.create(set, values, as);
  const call = (as: Principal, method: string, path: string, body?: object, headers = {}) =>
    world().crm.call(as, method, path, body, headers);
  return {
    create,
    call,
    /** A record as the administrator reads it. */
    async read(set: string, id: string): Promise<Stored> {
      return (await call(world().crm.admin, 'GET', `/${set}(${id})`)).json;
    },
    deal(as: Principal, more: object = {}): Promise<Stored> {
      deals += 1;
      return create(as, 'deals', { name: `Deal ${deals}`, stage: 'prospecting', ...more });
    },
    /** Ids of a set that the principal sees, of those asked for: in a list, its count and one by one alike. */
    async seen(as: Principal, set: string, ids: readonly string[]): Promise<readonly string[]> {
      const list = await call(as, 'GET', `/${set}?$filter=id in (${ids.join(',')})&$select=id&$count=true`);
      expect(list.status, list.text ?? '').toBe(200);
      const found = list.json.value.map(({ id }: Stored) => id) as string[];
      expect(list.json['@odata.count']).toBe(found.length);
      for (const id of ids) {
        const answer = await call(as, 'GET', `/${set}(${id})`);
        expect([id, answer.status]).toEqual([id, found.includes(id) ? 200 : 404]);
      }
      return found.sort();
    },
  };
}
