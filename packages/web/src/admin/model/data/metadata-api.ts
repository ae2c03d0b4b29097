// What the editor asks of `metadata`: documents by layer, change sets and their documents, validation, capacity. Requests and the shapes of
// answers (docs/rest.md, "Changing the model"); it keeps nothing and decides nothing.
import type { Api } from '../../../data/api.ts';
import type { EditRequest } from '../logic/edit.ts';
import type { Json } from '../logic/paths.ts';

export interface ListedDocument {
  readonly kind: string;
  readonly name: string;
  readonly layers: readonly string[];
  readonly revision: number;
}

export interface ChangeSet {
  readonly name: string;
  readonly comment: string;
  readonly base_revision: number;
  readonly version: number;
}

export interface DraftDocument {
  readonly kind: string;
  readonly name: string;
  readonly removed: boolean;
  readonly version: number;
}

export interface ChangeSetDetail extends ChangeSet {
  readonly revision: number;
  readonly documents: readonly DraftDocument[];
}

export interface Finding {
  readonly layer: string | null;
  readonly kind: string | null;
  readonly name: string | null;
  readonly pointer: string;
  readonly code: string;
  readonly reason: string;
  readonly hint?: string;
}

export interface Limited {
  readonly used: number;
  readonly limit: number;
  readonly left: number;
}

export interface Capacity {
  readonly entity: string;
  readonly fields: number;
  readonly columns: Limited & { readonly hidden: number; readonly dropped: number };
  readonly indexes: Limited;
  readonly row_bytes: Limited;
}

export interface Revision {
  readonly number: number;
  readonly created_on: string;
  readonly author_id: string | null;
  readonly comment: string | null;
}

export interface RevisionDetail extends Revision {
  readonly documents: readonly {
    readonly layer: string;
    readonly kind: string;
    readonly name: string;
    readonly change: 'added' | 'changed' | 'removed';
    readonly before?: Json;
    readonly after?: Json;
  }[];
}

interface Page<T> {
  readonly value: readonly T[];
  readonly '@odata.nextLink'?: string;
}

/** Pages of a list that are followed at most: of 1,000 each. */
const MOST_PAGES = 10;
const LARGEST_PAGE = { headers: { prefer: 'maxpagesize=1000' } } as const;

/** A list whole, up to 10,000 items. */
async function all<T>(api: Api, path: string): Promise<readonly T[]> {
  const items: T[] = [];
  let next: string | undefined = path;
  for (let page = 0; next !== undefined && page < MOST_PAGES; page += 1) {
    const answer: Page<T> = await api.get(next, LARGEST_PAGE);
    items.push(...answer.value);
    const link = answer['@odata.nextLink'];
    next = link === undefined ? undefined : api.pathOf(link);
  }
  return items;
}

const part = encodeURIComponent;
const setPath = (set: string): string => `metadata/change_sets/${part(set)}`;
const documentPath = (set: string, kind: string, name: string): string =>
  `${setPath(set)}/documents/${part(kind)}/${part(name)}`;

export const listDocuments = (api: Api): Promise<readonly ListedDocument[]> =>
  all<ListedDocument>(api, 'metadata/documents');

export const listChangeSets = (api: Api): Promise<readonly ChangeSet[]> => all<ChangeSet>(api, 'metadata/change_sets');

export const readChangeSet = (api: Api, set: string): Promise<ChangeSetDetail> => api.get(setPath(set));

export const createChangeSet = (api: Api, name: string, comment: string): Promise<ChangeSetDetail> =>
  api.send('POST', 'metadata/change_sets', { name, ...(comment === '' ? {} : { comment }) });

/** A document as all layers make it together. */
export async function readEffective(api: Api, kind: string, name: string): Promise<Json> {
  const answer: { readonly body: Json } = await api.get(`metadata/documents/${part(kind)}/${part(name)}`);
  return answer.body;
}

/** What one layer says of a document. */
export async function readLayer(api: Api, kind: string, name: string, layer: string): Promise<Json> {
  const answer: { readonly body: Json } = await api.get(
    `metadata/documents/${part(kind)}/${part(name)}?layer=${part(layer)}`,
  );
  return answer.body;
}

/** A document as a change set has it. */
export async function readDraft(api: Api, set: string, kind: string, name: string): Promise<Json> {
  const answer: { readonly body: Json } = await api.get(documentPath(set, kind, name));
  return answer.body;
}

/** Carries an edit out. Throws the errors of the API. */
export async function carryOut(
  api: Api,
  set: string,
  { kind, name }: { readonly kind: string; readonly name: string },
  edit: EditRequest,
): Promise<void> {
  const path = documentPath(set, kind, name);
  if (edit.method === 'NONE') return;
  if (edit.method === 'REVERT') await api.send('POST', `${path}/revert`);
  else if (edit.method === 'DELETE') await api.send('DELETE', path);
  else await api.send(edit.method, path, edit.body);
}

export const validateChangeSet = (
  api: Api,
  set: string,
): Promise<{ readonly valid: boolean; readonly findings: readonly Finding[] }> =>
  api.send('POST', `${setPath(set)}/validate`);

export async function readCapacity(api: Api, entity: string): Promise<Capacity | null> {
  const answer: Page<Capacity> = await api.get(`metadata/capacity?entity=${part(entity)}`);
  return answer.value[0] ?? null;
}

/** A page of publishes, newest first. */
export async function listRevisions(
  api: Api,
  path: string | null,
): Promise<{ readonly revisions: readonly Revision[]; readonly next: string | null }> {
  const answer: Page<Revision> = await api.get(path ?? 'metadata/revisions', { headers: { prefer: 'maxpagesize=20' } });
  const link = answer['@odata.nextLink'];
  return { revisions: answer.value, next: link === undefined ? null : api.pathOf(link) };
}

export const readRevision = (api: Api, number: number): Promise<RevisionDetail> =>
  api.get(`metadata/revisions/${number}`);
