// Requests that name a record, of a user who may read his own only: one per way of naming it, over an entity that others refer to and one
// that none does.
import { randomUUID } from 'node:crypto';
import { readDocumentFolder } from '@kartoteka/platform';
import { expect } from 'vitest';
import { UPDATE_ONLY } from './cells.ts';
import { entityDocument, roleDocument } from './documents.ts';
import { compare, differs } from './hidden-kit.ts';
import { type HttpAnswer, type HttpCrm, startHttpCrm } from './http.ts';

const name = { type: 'text', required: true, max_length: 100 };
const DOCUMENTS = [
  ...(await readDocumentFolder(new URL('../../metadata', import.meta.url).pathname)),
  entityDocument('paper', {
    ownership: 'user',
    fields: {
      name,
      of: { type: 'lookup', targets: ['paper'], inverse: 'parts', on_delete: 'set_null' },
      tags: { type: 'many', target: 'paper', inverse: 'tagged' },
    },
  }),
  entityDocument('leaf', { ownership: 'user', fields: { name } }),
  roleDocument('own', {
    '*': { '*': 'organization' },
    paper: { '*': 'user' },
    leaf: { '*': 'user' },
  }),
];

let http: HttpCrm;
let actor: string;
let stranger: string;
/** Of each set: a record of the actor, one that is hidden, and a hidden one in the recycle bin. */
const ids = new Map<string, Readonly<Record<'own' | 'hidden' | 'gone', string>>>();

/** A service with records of a stranger, among which a hidden one and a deleted one are asked for. */
export async function startHidden(): Promise<HttpCrm> {
  http = await startHttpCrm(DOCUMENTS);
  [actor, stranger] = [(await http.crm.user('Actor', ['own'])).id, (await http.crm.user('Stranger', ['own'])).id];
  for (const set of ['papers', 'leafs']) {
    // Enough records that tables are read along their indexes, as in earnest.
    const records = Array.from({ length: 1000 }, (_, index) => ({ name: `filler ${index}` }));
    const filled = await http.send(stranger, 'POST', `/${set}/bulk`, { mode: 'create', records });
    const made = async (user: string): Promise<string> =>
      (await http.send(user, 'POST', `/${set}`, { name: 'x' })).json.id;
    const gone = filled.json.results[500].id;
    await http.send(stranger, 'DELETE', `/${set}(${gone})`);
    // The hidden one has a history, parts and links, none of which may be looked at before it is known to be hidden.
    const hidden = filled.json.results[499].id;
    for (let version = 0; version < 30; version += 1)
      await http.send(stranger, 'PATCH', `/${set}(${hidden})`, { name: `version ${version}` });
    if (set === 'papers') {
      const parts = Array.from({ length: 30 }, () => ({ name: 'part', of_id: hidden }));
      const made = await http.send(stranger, 'POST', `/${set}/bulk`, { mode: 'create', records: parts });
      const tags = made.json.results.map(({ id }: { id: string }) => `${set}(${id})`);
      await http.send(stranger, 'PATCH', `/${set}(${hidden})`, { 'tags@odata.bind': tags });
    }
    ids.set(set, { own: await made(actor), hidden, gone });
  }
  await http.crm.platform.database.run('analyze');
  return http;
}

export interface Request {
  readonly title: string;
  readonly set: 'papers' | 'leafs';
  /** Which of the stranger's records is asked for. */
  readonly of: 'hidden' | 'gone';
  readonly status: number;
  send(id: string): Promise<HttpAnswer>;
}

/** The id of the stranger's record that a request is about. */
export const hiddenId = ({ set, of }: Pick<Request, 'set' | 'of'>): string => ids.get(set)?.[of] ?? '';

const own = (set: string): string => ids.get(set)?.own ?? '';

function request(
  title: string,
  method: string,
  path: (id: string, set: string) => string,
  more: {
    body?: (id: string, set: string) => unknown;
    headers?: Readonly<Record<string, string>>;
    of?: 'gone';
    status?: number;
    papers?: true;
  } = {},
): readonly Request[] {
  const sets = more.papers ? (['papers'] as const) : (['papers', 'leafs'] as const);
  return sets.map((set) => ({
    title: `${title} (${set})`,
    set,
    of: more.of ?? 'hidden',
    status: more.status ?? 404,
    send: (id) => http.send(actor, method, path(id, set), more.body?.(id, set), more.headers),
  }));
}

const record = (id: string, set: string): string => `/${set}(${id})`;
const onRecord = (rest: string) => (id: string, set: string) => `/${set}(${id})${rest}`;
const receiver = () => ({ principal_id: stranger, rights: ['read'] });

export const REQUESTS: readonly Request[] = [
  ...request('GET', 'GET', record),
  ...request('GET with a select', 'GET', onRecord('?$select=name')),
  ...request('GET with If-None-Match', 'GET', record, { headers: { 'if-none-match': 'W/"1"' } }),
  ...request('GET with If-Match', 'GET', record, { headers: { 'if-match': 'W/"7"' } }),
  ...request('GET with an expand', 'GET', onRecord('?$expand=of,parts($expand=of),tags'), { papers: true }),
  ...request('GET of a collection', 'GET', onRecord('/parts'), { papers: true }),
  ...request('GET of the count of a collection', 'GET', onRecord('/tags/$count'), { papers: true }),
  ...request('GET of changes', 'GET', onRecord('/changes')),
  ...request('GET of an explanation', 'GET', onRecord('/explain_access')),
  ...request('GET of shares', 'GET', onRecord('/shares')),
  ...request('PATCH', 'PATCH', record, { body: () => ({ name: 'y' }), headers: UPDATE_ONLY }),
  ...request('PATCH of nothing that could be created', 'PATCH', record, { body: () => ({}), status: 400 }),
  ...request('PATCH with If-Match', 'PATCH', record, { body: () => ({ name: 'y' }), headers: { 'if-match': 'W/"7"' } }),
  ...request('PATCH of the owner', 'PATCH', record, { body: () => ({ owner_id: stranger }), headers: UPDATE_ONLY }),
  ...request('PATCH of a lookup', 'PATCH', record, {
    body: (_id, set) => ({ of_id: own(set) }),
    headers: UPDATE_ONLY,
    papers: true,
  }),
  ...request('PUT of a property', 'PUT', onRecord('/name'), { body: () => ({ value: 'y' }) }),
  ...request('DELETE', 'DELETE', record),
  ...request('DELETE with If-Match', 'DELETE', record, { headers: { 'if-match': 'W/"7"' } }),
  ...request('assign', 'POST', onRecord('/assign'), { body: () => ({ owner_id: stranger }) }),
  ...request('share', 'POST', onRecord('/share'), { body: receiver }),
  ...request('modify', 'POST', onRecord('/modify'), { body: receiver }),
  ...request('revoke', 'POST', onRecord('/revoke'), { body: () => ({ principal_id: stranger }) }),
  ...request('restore of what is deleted', 'POST', onRecord('/restore'), { of: 'gone' }),
  ...request('restore of what is not', 'POST', onRecord('/restore')),
  ...request('GET in the recycle bin', 'GET', (id, set) => `/${set}/deleted(${id})`, { of: 'gone' }),
  ...request('link', 'POST', onRecord('/tags/$ref'), {
    body: (_id, set) => ({ '@odata.id': `${set}(${own(set)})` }),
    papers: true,
  }),
  ...request('unlink', 'DELETE', (id, set) => `/${set}(${id})/tags/$ref?$id=${set}(${own(set)})`, { papers: true }),
  ...request('link to it', 'POST', (_id, set) => `/${set}(${own(set)})/tags/$ref`, {
    body: (id, set) => ({ '@odata.id': `${set}(${id})` }),
    status: 400,
    papers: true,
  }),
  ...request('new member of it', 'POST', onRecord('/parts/$ref'), {
    body: (_id, set) => ({ '@odata.id': `${set}(${own(set)})` }),
    papers: true,
  }),
  ...request('member taken from it', 'DELETE', (id, set) => `/${set}(${id})/parts(${own(set)})/$ref`, { papers: true }),
  ...request('it as a member', 'POST', (_id, set) => `/${set}(${own(set)})/parts/$ref`, {
    body: (id, set) => ({ '@odata.id': `${set}(${id})` }),
    status: 400,
    papers: true,
  }),
  ...request('lookup to it', 'PATCH', (_id, set) => `/${set}(${own(set)})`, {
    body: (id) => ({ of_id: id }),
    status: 400,
    papers: true,
  }),
];

export const ROUNDS = 200;
const WARM_UP = 15;
const ATTEMPTS = 3;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * Asks for a hidden and for a missing record by turns; nothing when no difference is seen beyond the noise. A difference has to
 * be seen in every attempt: what is one shows in all of them, what the machine does besides does not.
 */
export async function expectSameTime(request: Request): Promise<void> {
  const seen: unknown[] = [];
  const there = hiddenId(request);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    for (let round = 0; round < WARM_UP; round += 1) for (const id of [there, randomUUID()]) await request.send(id);
    const pairs: [number, number][] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const missing = randomUUID();
      // Neither kind is always the first of its pair.
      const first = round % 2 === 0;
      const one = await timed(() => request.send(first ? there : missing));
      const two = await timed(() => request.send(first ? missing : there));
      pairs.push(first ? [one, two] : [two, one]);
    }
    const comparison = compare(pairs);
    if (!differs(comparison)) return;
    seen.push(comparison);
  }
  expect(seen).toEqual('no difference beyond noise');
}
