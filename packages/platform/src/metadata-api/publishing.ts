// Validating, planning and publishing what custom documents are to become, for change sets, single requests and roll backs alike. The
// publish itself is publish/publish.ts; here is what a request adds to it: who it is, what he holds, and the node it reached.
import { PlatformError } from '../errors.ts';
import type { MetadataRequest } from '../plan/metadata-authorize.ts';
import { withRestorable } from '../publish/hidden/restore.ts';
import { inSlices } from '../publish/in-slices.ts';
import { InvalidDocuments } from '../publish/invalid-documents.ts';
import { type DocumentChange, nextDocuments, type PublishPlan, planSteps } from '../publish/plan.ts';
import { planReport } from '../publish/plan-report/report.ts';
import type { PlanReport } from '../publish/plan-report/types.ts';
import { type PublishResult, publish } from '../publish/publish.ts';
import { memoryOf, readStored } from '../publish/read-stored.ts';
import { readState, type Stored } from '../publish/store.ts';
import { actorOf, originOf } from '../security-log/record.ts';
import type { Executor } from '../storage/types.ts';
import type { PublishOptions } from './change-set-names.ts';
import { customLayerAt } from './custom-layer.ts';
import { requireNothingGained } from './escalation.ts';
import { documentChanges, type Resolved } from './proposal.ts';

/** What documents are to become, as of the revision that is published when it is asked for. */
export interface Proposal {
  /** Throws what refuses the proposal as it stands over that revision. */
  readonly resolve: (revision: number) => Promise<readonly Resolved[]>;
  /** Fields take up the hidden values of removed ones of their names. */
  readonly restore?: boolean;
  /** Part of the transaction of the publish. */
  readonly within?: (tx: Executor) => Promise<void>;
}

/** A finding as answers have it; a layer, kind and name of null: it is about the documents as a whole. */
interface ShownFinding {
  readonly layer: string | null;
  readonly kind: string | null;
  readonly name: string | null;
  readonly pointer: string;
  readonly code: string;
  readonly reason: string;
  readonly hint?: string;
}

/** Everything that is wrong with the documents as they would be. */
export async function validateProposal(asked: MetadataRequest, proposal: Proposal): Promise<object> {
  const stored = await readStored(asked.database, memoryOf(asked.database));
  const shown = (findings: readonly ShownFinding[]): object => ({
    ...{ revision: stored.revision, valid: findings.length === 0, findings },
  });
  try {
    await planned(asked, stored, proposal);
    return shown([]);
  } catch (error) {
    if (error instanceof InvalidDocuments) return shown(error.findings.map(shownFinding));
    if (error instanceof PlatformError && error.code === 'not_supported') return shown([unsupported(error)]);
    throw error;
  }
}

function shownFinding({ source, pointer, code, reason, hint }: InvalidDocuments['findings'][number]): ShownFinding {
  const [, layer = null, kind = null, name = null] = /^([^/]+)\/([^/]+)\/([^/]+)$/.exec(source) ?? [];
  return { layer, kind, name, pointer, code, reason, ...(hint === undefined ? {} : { hint }) };
}

/** What the linker takes and storage does not, such as another ownership of records that are there. */
function unsupported({ code, message }: PlatformError): ShownFinding {
  return { layer: null, kind: null, name: null, pointer: '', code, reason: message };
}

/** Throws what refuses the publish, but for what stored records say. */
export async function planProposal(asked: MetadataRequest, proposal: Proposal): Promise<PlanReport> {
  const stored = await readFor(asked, proposal);
  const plan = await planned(asked, stored, proposal);
  await asked.database.snapshot((tx) => requireNothingGained(tx, asked, plan));
  return planReport(asked.database, stored, plan);
}

/** What is stored, with what the proposal may take up again. */
async function readFor({ database }: MetadataRequest, { restore }: Proposal): Promise<Stored> {
  const stored = await readStored(database, memoryOf(database));
  return restore === true ? withRestorable(database, stored) : stored;
}

async function planned(asked: MetadataRequest, stored: Stored, proposal: Proposal): Promise<PublishPlan> {
  const changes = await changesOf(asked, stored.revision, proposal);
  const documents = nextDocuments(stored.documents, { changes }) ?? stored.documents;
  return inSlices(planSteps(stored, documents, null, memoryOf(asked.database)));
}

async function changesOf(
  { database }: MetadataRequest,
  revision: number,
  proposal: Proposal,
): Promise<readonly DocumentChange[]> {
  const resolved = await proposal.resolve(revision);
  return documentChanges(resolved, await customLayerAt(database, revision, resolved));
}

/** Milliseconds that a request tries to get through between other publishes and long transactions. */
const PATIENCE_MS = 30_000;
/** Publishes of others that come between before it gives up. */
const MOST_ATTEMPTS = 20;

/** Changes told of in one answer; the revision has the others. */
const MOST_CHANGES = 1_000;

/**
 * Publishes and answers once this node serves the result. Throws as publish does, escalation, documents_moved, and plan_moved with the
 * new plan as its detail.
 */
export async function publishProposal(
  asked: MetadataRequest,
  proposal: Proposal,
  options: PublishOptions & { readonly comment: string },
): Promise<object> {
  const { database, node } = asked;
  if (database.inTransaction === true) {
    throw new PlatformError('not_supported', { what: 'Publishing in a repeatable request or a transaction of others' });
  }
  if (node === undefined) throw new PlatformError('not_ready');
  const deadline = Date.now() + PATIENCE_MS;
  for (let attempt = 1; ; attempt += 1) {
    const { revision } = await readState(database);
    try {
      const changes = await changesOf(asked, revision, proposal);
      const result = await commit(asked, proposal, { ...options, changes, revision, patience: deadline - Date.now() });
      // Nothing was stored then, nor what belongs to it.
      if (result.outcome === 'unchanged') await database.transaction(async (tx) => proposal.within?.(tx));
      await node.published(result.revision);
      return shownResult(result);
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      if (error.code === 'plan_moved') throw await withNewPlan(asked, proposal, error);
      // Somebody else published between: what was asked for is worked out again over that.
      const isRaced = error.code === 'revision_conflict' && error.values.expected === String(revision);
      if (!isRaced || attempt === MOST_ATTEMPTS || Date.now() > deadline) throw error;
    }
  }
}

interface Commit extends PublishOptions {
  readonly comment: string;
  readonly changes: readonly DocumentChange[];
  readonly revision: number;
  readonly patience: number;
}

function commit(
  asked: MetadataRequest,
  proposal: Proposal,
  { changes, revision, patience, comment, fingerprint, allowDestructive }: Commit,
): Promise<PublishResult> {
  const { principal, request, database, node } = asked;
  const { actorId, callerId } = actorOf(principal);
  if (node === undefined) throw new PlatformError('not_ready');
  return publish(database, {
    ...{ changes, comment, allowDestructive, callerId, patience, background: true },
    restore: proposal.restore === true,
    ...(fingerprint === null ? {} : { fingerprint }),
    author: actorId,
    expectedRevision: revision,
    origin: originOf(request),
    log: node.log,
    async within(tx, plan) {
      await requireNothingGained(tx, asked, plan);
      await proposal.within?.(tx);
    },
  });
}

/** The plan as it is by now stands beside the refusal, so that the next request may have its fingerprint. */
async function withNewPlan(asked: MetadataRequest, proposal: Proposal, error: PlatformError): Promise<PlatformError> {
  const { code, message } = error;
  const plan = await planProposal(asked, proposal);
  return error.with({ target: 'fingerprint', details: [{ code, message, '@kartoteka.plan': plan }] });
}

function shownResult({ revision, outcome, changes, pending }: PublishResult): object {
  const shown = changes.slice(0, MOST_CHANGES);
  return { revision, outcome, changes: shown, change_count: changes.length, pending_steps: pending.length };
}
