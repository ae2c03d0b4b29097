// What becomes of a change set, or of documents that come in one request: findings, plan, publish, and the base moved to what others
// have published meanwhile.
import type { MetadataRequest } from '../plan/metadata-authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { Findings, type Members } from '../preview/findings.ts';
import { readState } from '../publish/store.ts';
import type { Executor } from '../storage/types.ts';
import { jsonAnswer, parametersOf } from './answer.ts';
import { jsonBody, optionalBody } from './body.ts';
import { PUBLISH_MEMBERS, publishOptions, requireMember, restoreOf } from './change-set-names.ts';
import {
  type ChangeSet,
  putDocuments,
  readChangedDocuments,
  readChangeSet,
  removeChangeSet,
  takeOutDocuments,
  touchChangeSet,
} from './change-set-store.ts';
import { answerSet, authorOf, edited, setName } from './change-sets.ts';
import { documentsMoved, isConflicting, movedDocuments, shownDocument } from './differences.ts';
import { type Proposed, parseProposed, resolveProposed } from './proposal.ts';
import { type Proposal, planProposal, publishProposal, validateProposal } from './publishing.ts';
import type { RouteTable } from './types.ts';

const SET = 'change_sets/{change_set}';

export const PUBLISH_ROUTES: RouteTable = {
  validate: { POST: validateDirect },
  plan: { POST: planDirect },
  publish: { POST: publishDirect },
  [`${SET}/differences`]: { GET: differences },
  [`${SET}/validate`]: { POST: validate },
  [`${SET}/plan`]: { POST: plan },
  [`${SET}/publish`]: { POST: publish },
  [`${SET}/rebase`]: { POST: rebase },
};

const DIRECT = ['documents', 'base_revision'] as const;

async function validateDirect(asked: MetadataRequest): Promise<EngineResponse> {
  const { proposal } = direct(asked, []);
  return jsonAnswer(asked.request, await validateProposal(asked, proposal));
}

async function planDirect(asked: MetadataRequest): Promise<EngineResponse> {
  const { proposal, findings } = direct(asked, ['restore']);
  findings.settle();
  return jsonAnswer(asked.request, await planProposal(asked, proposal));
}

async function publishDirect(asked: MetadataRequest): Promise<EngineResponse> {
  const { proposal, body, findings } = direct(asked, PUBLISH_MEMBERS);
  const options = publishOptions(body, findings);
  requireMember(findings, 'comment', options.comment);
  findings.settle();
  return jsonAnswer(
    asked.request,
    await publishProposal(asked, proposal, { ...options, comment: options.comment ?? '' }),
  );
}

/** Documents that come with the request, over what is published when it is carried out. */
function direct(
  asked: MetadataRequest,
  more: readonly string[],
): { readonly proposal: Proposal; readonly body: Members; readonly findings: Findings } {
  parametersOf(asked.request);
  const body = jsonBody(asked.request);
  const findings = new Findings();
  findings.only(body, '', [...DIRECT, ...more]);
  const proposed = parseProposed(body.documents, findings);
  const { base_revision: base } = body;
  if (base !== undefined && !(Number.isSafeInteger(base) && Number(base) > 0))
    findings.add('base_revision', 'the number of a revision is needed');
  if (more.length === 0) findings.settle();
  const resolve = (revision: number) =>
    resolveDirect(asked, proposed, base === undefined ? null : Number(base), revision);
  return { proposal: { resolve, restore: restoreOf(body, findings) }, body, findings };
}

async function resolveDirect(
  { database }: MetadataRequest,
  proposed: readonly Proposed[],
  base: number | null,
  revision: number,
): ReturnType<Proposal['resolve']> {
  const findings = new Findings();
  const resolved = await resolveProposed(database, revision, proposed, findings);
  if (base !== null && base > revision)
    findings.add('base_revision', `there is no revision ${base}, the latest is ${revision}`);
  findings.settle();
  if (base === null) return resolved;
  const moved = await movedDocuments(database, resolved, { base, now: revision });
  if (moved.length > 0) throw documentsMoved(base, moved);
  return resolved;
}

async function differences(asked: MetadataRequest): Promise<EngineResponse> {
  const { request, database } = asked;
  parametersOf(request);
  const set = await readChangeSet(database, setName(asked));
  const { revision } = await readState(database);
  const documents = await readChangedDocuments(database, set.name);
  const moved = await movedDocuments(database, documents, { base: set.base_revision, now: revision });
  const body = { base_revision: set.base_revision, revision, documents: moved.map(shownDocument) };
  return jsonAnswer(request, body);
}

async function validate(asked: MetadataRequest): Promise<EngineResponse> {
  const { proposal } = await ofSet(asked, []);
  return jsonAnswer(asked.request, await validateProposal(asked, proposal));
}

async function plan(asked: MetadataRequest): Promise<EngineResponse> {
  const { proposal } = await ofSet(asked, ['restore']);
  return jsonAnswer(asked.request, await planProposal(asked, proposal));
}

async function publish(asked: MetadataRequest): Promise<EngineResponse> {
  const { proposal, set, body } = await ofSet(asked, PUBLISH_MEMBERS);
  const findings = new Findings();
  const options = publishOptions(body, findings);
  const comment = options.comment || set.comment;
  if (findings.details.length === 0) requireMember(findings, 'fingerprint', options.fingerprint);
  requireMember(findings, 'comment', comment);
  findings.settle();
  return jsonAnswer(asked.request, await publishProposal(asked, proposal, { ...options, comment }));
}

/** The documents of a set as it is now; it goes with the publish, if nobody has changed it since. */
async function ofSet(
  asked: MetadataRequest,
  members: readonly string[],
): Promise<{ readonly proposal: Proposal; readonly set: ChangeSet; readonly body: Members }> {
  const { request, database } = asked;
  parametersOf(request);
  const body = optionalBody(request);
  const findings = new Findings();
  findings.only(body, '', members);
  const restore = restoreOf(body, findings);
  findings.settle();
  const set = await readChangeSet(database, setName(asked));
  const documents = await readChangedDocuments(database, set.name);
  const proposal: Proposal = {
    restore,
    async resolve(revision) {
      const moved = await movedDocuments(database, documents, { base: set.base_revision, now: revision });
      if (moved.length > 0) throw documentsMoved(set.base_revision, moved);
      return documents;
    },
    within: (tx) => removeChangeSet(tx, set),
  };
  return { proposal, set, body };
}

const SIDES: readonly unknown[] = ['yours', 'theirs'];

/** The set over what is published now; where both changed a place in different ways, `take` says whose change it is, or it is refused. */
async function rebase(asked: MetadataRequest): Promise<EngineResponse> {
  const { request } = asked;
  parametersOf(request);
  const body = optionalBody(request);
  const findings = new Findings();
  findings.only(body, '', ['take']);
  const { take } = body;
  if (take !== undefined && !SIDES.includes(take)) findings.add('take', `one of ${SIDES.join(', ')} is needed`);
  findings.settle();
  const set = await edited(asked, (tx, before) => rebased(tx, asked, before, take as 'yours' | 'theirs' | undefined));
  return answerSet(asked, set);
}

async function rebased(
  tx: Executor,
  asked: MetadataRequest,
  set: ChangeSet,
  take: 'yours' | 'theirs' | undefined,
): Promise<ChangeSet> {
  const { revision } = await readState(tx);
  const documents = await readChangedDocuments(tx, set.name);
  const moved = await movedDocuments(tx, documents, { base: set.base_revision, now: revision }, take);
  if (take === undefined && moved.some(isConflicting)) throw documentsMoved(set.base_revision, moved);
  const edit = { set, author: authorOf(asked) };
  // What others have published just so is no change any more.
  const isDone = ({ merged, theirs }: (typeof moved)[number]): boolean =>
    JSON.stringify(merged) === JSON.stringify(theirs);
  await takeOutDocuments(tx, set.name, moved.filter(isDone));
  const left = moved.filter((document) => !isDone(document));
  if (left.length > 0)
    await putDocuments(
      tx,
      edit,
      left.map(({ kind, name, merged }) => ({ kind, name, body: merged })),
    );
  return touchChangeSet(tx, edit, { baseRevision: revision });
}
