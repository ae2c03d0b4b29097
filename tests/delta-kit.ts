// What tests of delta links share: notes that belong to users, to folders that pass their shares on, and have parts of their own;
// readers of few rights; and a client that follows a list and knows what it has been shown.
import type { SourceDocument } from '@kartoteka/metadata';
import { type Hook, type Principal, readDocumentFolder } from '@kartoteka/platform';
import { expect } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

const label = { en: 'L' };
const TEXT = { type: 'text', max_length: 200 };

export function document(kind: SourceDocument['kind'], name: string, body: object): SourceDocument {
  return { kind, name, layer: 'base', source: name, body: { name, label, ...body } };
}

const entity = (name: string, ownership: string, fields: object, more: object = {}): SourceDocument =>
  document('entity', name, { set: `${name}s`, plural_label: label, title: 'text', ownership, fields, ...more });

const lookup = (target: string, inverse: string, on_delete: string, more: object = {}): object => ({
  type: 'lookup',
  targets: [target],
  inverse,
  on_delete,
  ...more,
});

export const NOTE = {
  text: { ...TEXT, search: true },
  stage: TEXT,
  rank: { type: 'integer' },
  double: { type: 'formula', result: 'integer', expression: 'rank mul 2' },
  lines_in_all: { type: 'rollup', relation: 'bits', aggregate: 'count' },
  contact: { ...TEXT, personal_data: true },
  scratch: { ...TEXT, audit: false },
  price: { ...TEXT, secured: true },
  due: { type: 'date' },
  tags: { type: 'multi_choice', choice: 'contact_kind' },
  folder: lookup('folder', 'notes', 'set_null', { cascade: { assign: 'all', share: 'probe' } }),
  friends: { type: 'many', target: 'folder', inverse: 'fans' },
};

const part = (target: string, inverse: string): object => lookup(target, inverse, 'cascade', { required: true });
const OWNED = ['folder', 'note', 'bit', 'crumb'];

function role(name: string, privileges: object, more: object = {}): SourceDocument {
  const read = { read: 'organization', append_to: 'organization' };
  return document('role', name, { privileges: { user: read, team: read, ...privileges }, ...more });
}

const at = (depth: string): object => Object.fromEntries(OWNED.map((name) => [name, { '*': depth }]));

const DOCUMENTS: readonly SourceDocument[] = [
  entity('folder', 'user', { text: TEXT }),
  entity('note', 'user', NOTE),
  entity('bit', 'parent', { text: TEXT, note: part('note', 'bits') }, { parent: 'note' }),
  entity('crumb', 'parent', { text: TEXT, bit: part('bit', 'crumbs') }, { parent: 'bit' }),
  role('all', at('organization'), {
    capabilities: ['redact', 'export'],
    fields: { note: { '*': ['read', 'create', 'update'] } },
  }),
  role('own', at('user')),
  role('actor', {}, { capabilities: ['act_as'] }),
  role('unit', at('business_unit')),
  role('visible', { note: { read: { depth: 'organization', when: "stage ne 'hidden'" } } }),
  role('timely', { note: { read: { depth: 'organization', when: 'due ge today()' } } }),
  role('unlogged', { note: { read: { depth: 'organization', when: "scratch eq 'open'" } } }),
];

export interface DeltaKit {
  readonly crm: Crm;
  /** Reads, writes and redacts everything. */
  readonly all: Principal;
  get(principal: Principal, path: string, headers?: Record<string, string>): Promise<Answer>;
  /** Fails unless it is answered with success. */
  done(principal: Principal, method: string, path: string, body?: object): Promise<Answer>;
  /** Makes a record as `all`; its id. */
  make(set: string, values: object, principal?: Principal): Promise<string>;
  /** Starts to follow a list. */
  follow(principal: Principal, path: string, options?: FollowOptions): Promise<Follower>;
}

export async function deltaDocuments(more: readonly SourceDocument[] = []): Promise<readonly SourceDocument[]> {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  const names = new Set(more.map(({ kind, name }) => `${kind} ${name}`));
  return [...shipped, ...DOCUMENTS.filter(({ kind, name }) => !names.has(`${kind} ${name}`)), ...more];
}

export async function startDeltaKit(hooks: readonly Hook[] = []): Promise<DeltaKit> {
  const crm = await startCrm({ documents: await deltaDocuments(), hooks });
  const all = await crm.user('All', ['all']);
  const get: DeltaKit['get'] = (principal, path, headers = {}) => crm.call(principal, 'GET', path, undefined, headers);
  return {
    crm,
    all,
    get,
    async done(principal, method, path, body) {
      const answer = await crm.call(principal, method, path, body);
      expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300);
      return answer;
    },
    make: async (set, values, principal = all) => (await crm.create(set, values, principal)).id,
    follow: (principal, path, options) => Follower.start({ get, again: crm.principal }, principal, path, options),
  };
}

interface FollowOptions {
  readonly pageSize?: number;
  readonly version?: '4.01';
}

// biome-ignore lint/suspicious/noExplicitAny: records are JSON of any shape
type Shown = any;

/** What one walk over the pages of a delta told. */
export interface Told {
  readonly changed: readonly string[];
  /** Id to reason. */
  readonly removed: Readonly<Record<string, string>>;
  readonly pages: number;
}

const ROOT = 'http://crm.test/api/v1';
const pathOf = (link: string): string => link.replace(ROOT, '');

interface Asking {
  readonly get: DeltaKit['get'];
  readonly again: Crm['principal'];
}

/** A client that keeps a copy of a list. */
export class Follower {
  readonly copy = new Map<string, Shown>();
  /** Ids of all that it was ever shown. */
  readonly shown = new Set<string>();
  link = '';
  readonly #get: DeltaKit['get'];
  readonly #again: Crm['principal'];
  readonly #path: string;
  readonly #headers: Record<string, string>;
  principal: Principal;

  private constructor({ get, again }: Asking, principal: Principal, path: string, headers: Record<string, string>) {
    this.#get = get;
    this.#again = again;
    this.principal = principal;
    this.#path = path;
    this.#headers = headers;
  }

  static async start(
    asking: Asking,
    principal: Principal,
    path: string,
    { pageSize = 1_000, version }: FollowOptions = {},
  ): Promise<Follower> {
    const headers = {
      prefer: `odata.track-changes,odata.maxpagesize=${pageSize}`,
      ...(version === undefined ? {} : { 'odata-maxversion': version }),
    };
    const follower = new Follower(asking, principal, path, headers);
    await follower.begin();
    return follower;
  }

  /** Reads the list, from the first page on. */
  async begin(): Promise<void> {
    this.copy.clear();
    for (const record of await this.#walk(this.#path, true)) this.#show(record);
  }

  /** Applies what has changed. Every removed id must have been shown, unless pages were read while others wrote. */
  async follow(strict = true): Promise<Told> {
    const removed: Record<string, string> = {};
    const changed: string[] = [];
    const before = this.#pages;
    const items = await this.#walk(this.link, false);
    this.lastPages = this.#pages - before;
    for (const item of items) {
      const gone = removedOf(item);
      if (gone === null) {
        this.#show(item);
        changed.push(item.id);
        continue;
      }
      if (strict) expect(this.shown, `${gone.id} was removed and never shown`).toContain(gone.id);
      removed[gone.id] = gone.reason;
      this.copy.delete(gone.id);
    }
    return { changed, removed, pages: this.#pages - before };
  }

  /** Fails unless the copy is what the list shows now, with the rights as they are now. */
  async expectFresh(): Promise<void> {
    this.principal = await this.#again(this.principal.id);
    const fresh = new Map<string, Shown>();
    // A list that is followed shows ids without being asked.
    for (let path: string | undefined = this.#path.replace('$select=', '$select=id,'); path !== undefined; ) {
      const answer = await this.#get(this.principal, path, { prefer: 'odata.maxpagesize=1000' });
      expect(answer.status, answer.text ?? '').toBe(200);
      for (const record of answer.json.value) fresh.set(record.id, record);
      path = answer.json['@odata.nextLink'] === undefined ? undefined : pathOf(answer.json['@odata.nextLink']);
    }
    expect(sorted(this.copy)).toEqual(sorted(fresh));
  }

  /** GET of the delta link as it is. */
  ask(headers: Record<string, string> = {}): Promise<Answer> {
    return this.#get(this.principal, this.link, { ...this.#headers, ...headers });
  }

  #pages = 0;

  /** That the latest walk over a delta had; 1 before the first. */
  lastPages = 1;

  async #walk(from: string, isList: boolean): Promise<readonly Shown[]> {
    const items: Shown[] = [];
    for (let path: string | undefined = from; path !== undefined; ) {
      const answer = await this.#get(this.principal, path, this.#headers);
      expect(answer.status, answer.text ?? '').toBe(200);
      const { value, '@odata.nextLink': next, '@odata.deltaLink': delta, '@odata.context': context } = answer.json;
      expect([next, delta].filter((link) => link !== undefined)).toHaveLength(1);
      expect(context.endsWith('/$delta')).toBe(!isList);
      items.push(...value);
      this.#pages += 1;
      if (delta !== undefined) this.link = pathOf(delta);
      path = next === undefined ? undefined : pathOf(next);
    }
    return items;
  }

  #show(record: Shown): void {
    this.copy.set(record.id, record);
    this.shown.add(record.id);
  }
}

/** In either version's form. */
function removedOf(item: Shown): { readonly id: string; readonly reason: string } | null {
  if (item['@removed'] !== undefined) return { id: item.id, reason: item['@removed'].reason };
  if (item['@odata.context']?.endsWith('/$deletedEntity') !== true) return null;
  return { id: /\((.*)\)$/.exec(item.id)?.[1] ?? '', reason: item.reason };
}

function sorted(records: ReadonlyMap<string, Shown>): readonly Shown[] {
  return [...records.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}
