// Change sets: made, listed, read, described anew and removed; and the documents in them, put, patched and taken away by several people.
// Versions and locks keep them from overwriting each other. What the documents mean is not looked at here.
import type { DocumentKind } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { MetadataRequest } from '../plan/metadata-authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { Findings } from '../preview/findings.ts';
import { readState } from '../publish/store.ts';
import { actorOf } from '../security-log/record.ts';
import { noContent } from '../shape.ts';
import type { Executor } from '../storage/types.ts';
import { etagOf, jsonAnswer, pagedRequest, parametersOf, requireVersion, unchanged } from './answer.ts';
import { jsonBody } from './body.ts';
import { changeSetName, commentOf } from './change-set-names.ts';
import {
  type ChangedDocument,
  type ChangeSet,
  createChangeSet,
  listChangeSets,
  putDocuments,
  readChangedDocuments,
  readChangeSet,
  removeChangeSet,
  takeOutDocuments,
  touchChangeSet,
} from './change-set-store.ts';
import { customLayerAt, type DocumentKey, type Json, keyOf } from './custom-layer.ts';
import { kindInPath } from './names.ts';
import { isNamed, type Proposed, parseProposed, type Resolved, resolveProposed } from './proposal.ts';
import { rolledBack } from './revision-store.ts';
import type { RouteTable } from './types.ts';

const SET = 'change_sets/{change_set}';
const DOCUMENT = `${SET}/documents/{kind}/{name}`;

export const CHANGE_SET_ROUTES: RouteTable = {
  change_sets: { GET: list, POST: create },
  [SET]: { GET: read, PATCH: describe, DELETE: remove },
  [`${SET}/documents`]: { POST: addDocuments },
  [DOCUMENT]: { GET: readDocument, PUT: putDocument, PATCH: patchDocument, DELETE: removeDocument },
  [`${DOCUMENT}/revert`]: { POST: revertDocument },
};

const NO_NAMES: ReadonlySet<string> = new Set();
const KEYS = [/^[a-z0-9_-]{1,63}$/] as const;

async function list({ request, database }: MetadataRequest): Promise<EngineResponse> {
  const page = pagedRequest(request, NO_NAMES, KEYS);
  const sets = await listChangeSets(database, page.after?.[0] ?? null, page.most);
  return page.answer(sets, ({ name }) => [name]);
}

const MEMBERS = ['name', 'comment', 'documents', 'roll_back_to'] as const;

async function create(asked: MetadataRequest): Promise<EngineResponse> {
  const { request, database } = asked;
  parametersOf(request);
  const body = jsonBody(request);
  const findings = new Findings();
  findings.only(body, '', MEMBERS);
  const name = changeSetName(body, findings);
  const comment = commentOf(body, findings) ?? '';
  const { documents, roll_back_to: backTo } = body;
  const proposed = documents === undefined ? [] : parseProposed(documents, findings);
  if (backTo !== undefined && !(Number.isSafeInteger(backTo) && Number(backTo) > 0))
    findings.add('roll_back_to', 'the number of a revision is needed');
  if (backTo !== undefined && documents !== undefined)
    findings.add('roll_back_to', 'the documents are those of the revision: give none');
  findings.settle();
  const made = await database.transaction(async (tx) => {
    const { revision } = await readState(tx);
    const author = authorOf(asked);
    const set = await createChangeSet(tx, { name, comment, baseRevision: revision, author });
    const resolved =
      backTo === undefined
        ? await resolveProposed(tx, revision, proposed, findings)
        : await rolledBack(tx, Number(backTo), revision);
    findings.settle();
    if (resolved.length > 0) await putDocuments(tx, { set: { ...set, version: 0 }, author }, resolved);
    return set;
  });
  const location = `${request.baseUrl}/metadata/change_sets/${name}`;
  return answerSet(asked, made, { status: 201, location });
}

/** A set with its documents by name, without their bodies. */
export async function answerSet(
  { request, database }: MetadataRequest,
  set: ChangeSet,
  more: { readonly status?: number; readonly location?: string } = {},
): Promise<EngineResponse> {
  const documents = (await readChangedDocuments(database, set.name)).map(listed);
  const { revision } = await readState(database);
  return jsonAnswer(request, { ...set, revision, documents }, { ...more, etag: etagOf(set.version) });
}

function listed({ kind, name, body, version, modified_by_id, modified_on }: ChangedDocument): object {
  return { kind, name, removed: body === null, version, modified_by_id, modified_on };
}

async function read(asked: MetadataRequest): Promise<EngineResponse> {
  parametersOf(asked.request);
  const set = await readChangeSet(asked.database, setName(asked));
  return answerSet(asked, set);
}

async function describe(asked: MetadataRequest): Promise<EngineResponse> {
  parametersOf(asked.request);
  const body = jsonBody(asked.request);
  const findings = new Findings();
  findings.only(body, '', ['comment']);
  const comment = commentOf(body, findings);
  if (body.comment === undefined) findings.add('comment', 'there is nothing else to change');
  findings.settle();
  const set = await edited(asked, async (tx, before) => {
    requireVersion(asked.request, before.version);
    return touchChangeSet(tx, { set: before, author: authorOf(asked) }, { comment: comment ?? '' });
  });
  return answerSet(asked, set);
}

async function remove(asked: MetadataRequest): Promise<EngineResponse> {
  parametersOf(asked.request);
  await edited(asked, async (tx, set) => {
    requireVersion(asked.request, set.version);
    await removeChangeSet(tx, set);
  });
  return noContent(asked.request, {});
}

/** Puts, patches and takes away several documents at once. */
async function addDocuments(asked: MetadataRequest): Promise<EngineResponse> {
  parametersOf(asked.request);
  const body = jsonBody(asked.request);
  const findings = new Findings();
  findings.only(body, '', ['documents']);
  const proposed = parseProposed(body.documents, findings);
  findings.settle();
  const set = await edited(asked, async (tx, before) => {
    const resolved = await resolvedIn(tx, before, proposed, findings);
    findings.settle();
    return store(tx, asked, before, resolved);
  });
  return answerSet(asked, set);
}

async function readDocument(asked: MetadataRequest): Promise<EngineResponse> {
  const { request, database } = asked;
  parametersOf(request);
  const set = await readChangeSet(database, setName(asked));
  const key = keyIn(asked);
  const document = await changedDocument(database, set, key);
  return unchanged(request, document.version) ?? answerDocument(asked, document);
}

function answerDocument({ request }: MetadataRequest, document: ChangedDocument): EngineResponse {
  const { body, version } = document;
  const shown = { ...listed(document), ...(body === null ? {} : { body }) };
  return jsonAnswer(request, shown, { etag: etagOf(version) });
}

async function putDocument(asked: MetadataRequest): Promise<EngineResponse> {
  parametersOf(asked.request);
  const key = keyIn(asked);
  const body = jsonBody(asked.request) as Json;
  return change(asked, { ...key, how: 'put', body });
}

async function patchDocument(asked: MetadataRequest): Promise<EngineResponse> {
  parametersOf(asked.request);
  const key = keyIn(asked);
  const patch = jsonBody(asked.request) as Json;
  return change(asked, { ...key, how: 'patch', patch });
}

async function change(asked: MetadataRequest, proposed: Proposed): Promise<EngineResponse> {
  const findings = new Findings();
  const document = await edited(asked, async (tx, set) => {
    await requireDocumentVersion(tx, asked, set, proposed);
    const [resolved] = await resolvedIn(tx, set, [proposed], findings);
    if (resolved?.body !== null && resolved !== undefined && proposed.how === 'put')
      isNamed(proposed, resolved.body, '', findings);
    findings.settle();
    const next = await store(tx, asked, set, resolved === undefined ? [] : [resolved]);
    return changedDocument(tx, next, proposed);
  });
  return answerDocument(asked, document);
}

/** The custom document is to be taken away by the publish. */
async function removeDocument(asked: MetadataRequest): Promise<EngineResponse> {
  parametersOf(asked.request);
  const key = keyIn(asked);
  await edited(asked, async (tx, set) => {
    await requireDocumentVersion(tx, asked, set, key);
    const published = await customLayerAt(tx, set.base_revision, [key]);
    if (published.has(keyOf(key))) return store(tx, asked, set, [{ ...key, body: null }]);
    // It is in this set alone.
    if (!(await takeOutDocuments(tx, set.name, [key]))) throw missing(set, key);
    return touchChangeSet(tx, { set, author: authorOf(asked) });
  });
  return noContent(asked.request, {});
}

/** The set says nothing of the document any more. */
async function revertDocument(asked: MetadataRequest): Promise<EngineResponse> {
  parametersOf(asked.request);
  const key = keyIn(asked);
  await edited(asked, async (tx, set) => {
    if (!(await takeOutDocuments(tx, set.name, [key]))) throw missing(set, key);
    await touchChangeSet(tx, { set, author: authorOf(asked) });
  });
  return noContent(asked.request, {});
}

/** Throws precondition_failed where If-Match names another version of the document than the set has. */
async function requireDocumentVersion(
  tx: Executor,
  { request }: MetadataRequest,
  set: ChangeSet,
  key: DocumentKey,
): Promise<void> {
  const [present] = await readChangedDocuments(tx, set.name, key);
  requireVersion(request, present?.version ?? 0);
}

async function resolvedIn(
  tx: Executor,
  set: ChangeSet,
  proposed: readonly Proposed[],
  findings: Findings,
): Promise<readonly Resolved[]> {
  const present = await readChangedDocuments(tx, set.name);
  const before = new Map(present.map((document) => [keyOf(document), document.body]));
  return resolveProposed(tx, set.base_revision, proposed, findings, before);
}

async function store(
  tx: Executor,
  asked: MetadataRequest,
  set: ChangeSet,
  documents: readonly Resolved[],
): Promise<ChangeSet> {
  const edit = { set, author: authorOf(asked) };
  await putDocuments(tx, edit, documents);
  return touchChangeSet(tx, edit);
}

/** Works on a set that nobody else changes meanwhile. Throws unknown_resource. */
export function edited<T>(asked: MetadataRequest, work: (tx: Executor, set: ChangeSet) => Promise<T>): Promise<T> {
  return asked.database.transaction(async (tx) => work(tx, await readChangeSet(tx, setName(asked), true)));
}

export function setName({ named }: MetadataRequest): string {
  return named.change_set ?? '';
}

function keyIn({ named }: MetadataRequest): { readonly kind: DocumentKind; readonly name: string } {
  return { kind: kindInPath(named.kind), name: named.name ?? '' };
}

async function changedDocument(executor: Executor, set: ChangeSet, key: DocumentKey): Promise<ChangedDocument> {
  const [document] = await readChangedDocuments(executor, set.name, key);
  if (document === undefined) throw missing(set, key);
  return document;
}

function missing({ name }: ChangeSet, key: DocumentKey): PlatformError {
  return new PlatformError('unknown_resource', { name: `change_sets/${name}/documents/${key.kind}/${key.name}` });
}

/** Who is noted for a change. */
export function authorOf({ principal }: MetadataRequest): string | null {
  return actorOf(principal).actorId;
}
