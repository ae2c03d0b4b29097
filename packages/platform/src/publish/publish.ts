// A metadata change, the one function for first start, files, command line and administrators:
// read -> plan (parse, link, diff, DDL) -> one transaction (lock, compare, store, DDL, notify) -> after steps.
// Documents and tables change together or not at all; nobody's request waits long for it (exclusively.ts).
import { compareVersions, type ModelChange, modelHash, type SourceDocument } from '@kartoteka/metadata';
import { errorDetail, PlatformError } from '../errors.ts';
import type { Log } from '../platform-types.ts';
import { awaitRightsChanges } from '../security/counter.ts';
import { type Origin, recordSecurityEvent } from '../security-log/record.ts';
import type { DdlPrecondition, DdlStep } from '../sql/ddl.ts';
import type { Database, Executor } from '../storage/types.ts';
import { type PendingStep, pendingSteps, recordAfterSteps, runAfterSteps } from './after-steps.ts';
import { checkCapacity } from './capacity.ts';
import { deadlineFromNow, exclusively } from './exclusively.ts';
import { faultPoint } from './fault.ts';
import { planFingerprint } from './fingerprint.ts';
import { withRestorable } from './hidden/restore.ts';
import { writeHiddenTables } from './hidden/tables.ts';
import { inSlices } from './in-slices.ts';
import { type PackageChange, type PackageEffect, packageEffect } from './package-change.ts';
import { writePackages } from './package-store.ts';
import { type DocumentChange, nextDocuments, type PublishPlan, planSteps } from './plan.ts';
import { unfitConflict } from './plan-report/unfit.ts';
import { memoryOf, readStored } from './read-stored.ts';
import {
  announceRevision,
  noteBaseVersion,
  type Stored,
  writeRevision,
  writeSchemaChange,
  writeStorageColumns,
} from './store.ts';
import { lockTables } from './table-locks.ts';

export interface PublishInput {
  /** The whole base layer, as read from files; stored custom documents stay on top of it. */
  readonly documents?: readonly SourceDocument[];
  /** Version of the product that ships `documents`. A stored base of a newer version is left alone. */
  readonly baseVersion?: string;
  /** Single documents of a layer. */
  readonly changes?: readonly DocumentChange[];
  /** Instead of documents: a package to install, upgrade or uninstall. */
  readonly package?: PackageChange;
  /** Refuse unless the stored revision is this one. */
  readonly expectedRevision?: number;
  /** Id of the user who publishes; null for the product itself. */
  readonly author: string | null;
  /** Id of who acts as the author. */
  readonly callerId?: string | undefined;
  /** The request that publishes, for security events. */
  readonly origin?: Origin;
  readonly comment: string;
  /** Of the plan that was seen (planReport): refused where the plan is another by now. */
  readonly fingerprint?: string;
  /** Go on although stored values are no longer reachable afterwards. */
  readonly allowDestructive?: boolean;
  /** Fields and entities whose name a removed one had take up its hidden values and records, where they fit. */
  readonly restore?: boolean;
  /** Do not wait for the background steps: whoever runs them (step-runner.ts) hears of the revision. */
  readonly background?: boolean;
  /** Part of the transaction, before anything is stored: what it throws refuses the publish. */
  readonly within?: (tx: Executor, plan: PublishPlan) => Promise<void>;
  /** Milliseconds to get through between other publishes and long transactions; two minutes unless said otherwise. */
  readonly patience?: number;
  readonly log: Log;
}

export interface PublishResult {
  /** The revision that is stored now. */
  readonly revision: number;
  /** `unchanged`: the documents were stored already. `older_base`: a newer version's base is stored; nothing was done. */
  readonly outcome: 'published' | 'unchanged' | 'older_base';
  readonly changes: readonly ModelChange[];
  readonly ddl: readonly DdlStep[];
  /** Background steps that are not done yet. */
  readonly pending: readonly PendingStep[];
}

/** How long a start waits for another node that is still at the after steps of a revision. */
const LEFTOVER_WAIT_MS = 5_000;

/**
 * Publishes documents. Throws PlatformError `invalid_documents`, `package_conflict`, `revision_conflict`, `plan_moved`, `capacity_exceeded`,
 * `destructive_change` (names what is
 * lost), `conflict` (stored records do not fit), `not_supported` or `overloaded` (no lock for two minutes); nothing is
 * changed then. Resolves when the background steps have been run, too, unless `background` says otherwise.
 */
export async function publish(database: Database, input: PublishInput): Promise<PublishResult> {
  const deadline = deadlineFromNow(input.patience);
  for (;;) {
    const memory = memoryOf(database);
    const found = await readStored(database, memory);
    const stored = input.restore === true ? await withRestorable(database, found) : found;
    const skipped = reasonToSkip(stored, input);
    const effect = input.package === undefined ? null : packageEffect(stored, input.package, input.author);
    const documents = skipped === null ? (effect?.documents ?? nextDocuments(stored.documents, input)) : null;
    if (documents === null) return settle(database, stored, input, skipped ?? 'unchanged');
    const plan = await inSlices(planSteps(stored, documents, effect, memory));
    if (input.fingerprint !== undefined && planFingerprint(stored, plan) !== input.fingerprint) {
      throw new PlatformError('plan_moved');
    }
    await checkCapacity(database, plan);
    if (plan.ddl.losses.length > 0 && input.allowDestructive !== true) throw destructiveChange(plan.ddl.losses);
    for (const precondition of plan.ddl.preconditions) await verify(database, plan, precondition);
    // False: somebody else published meanwhile, and everything is worked out again.
    const effective = { ...plan, effect };
    if (await exclusively(database, stored.revision, deadline, (tx) => commitPlan(tx, stored, effective, input))) {
      faultPoint('after_commit');
      return finish(database, plan, input);
    }
  }
}

/** Nothing to publish; what earlier publishes left behind is finished all the same. */
async function settle(
  database: Database,
  stored: Stored,
  input: PublishInput,
  outcome: 'unchanged' | 'older_base',
): Promise<PublishResult> {
  const { baseVersion } = input;
  if (outcome === 'unchanged' && baseVersion !== undefined && baseVersion !== stored.baseVersion) {
    await noteBaseVersion(database, stored, baseVersion);
  }
  const pending = await runSteps(database, input, LEFTOVER_WAIT_MS);
  return { revision: stored.revision, outcome, changes: [], ddl: [], pending };
}

async function finish(database: Database, plan: PublishPlan, input: PublishInput): Promise<PublishResult> {
  const { revision } = plan.model;
  const { steps } = plan.ddl;
  input.log.info({ revision, changes: plan.changes.length, steps: steps.length }, 'published');
  const pending = await runSteps(database, input);
  return { revision, outcome: 'published', changes: plan.changes, ddl: steps, pending };
}

async function runSteps(database: Database, input: PublishInput, waitMs?: number): Promise<PendingStep[]> {
  if (input.background === true) return pendingSteps(database);
  return runAfterSteps(database, input.log, waitMs === undefined ? {} : { waitMs });
}

function reasonToSkip(stored: Stored, input: PublishInput): 'older_base' | null {
  const { baseVersion, expectedRevision } = input;
  if (expectedRevision !== undefined && expectedRevision !== stored.revision) {
    throw new PlatformError('revision_conflict', {
      actual: String(stored.revision),
      expected: String(expectedRevision),
    });
  }
  if (input.documents === undefined || baseVersion === undefined || stored.baseVersion === null) return null;
  if (compareVersions(stored.baseVersion, baseVersion) <= 0) return null;
  input.log.warn(
    { stored: stored.baseVersion, own: baseVersion },
    'the stored documents come from a newer version of the product; they are left as they are',
  );
  return 'older_base';
}

/** A plan with the change of packages that it carries out. */
type EffectivePlan = PublishPlan & { readonly effect: PackageEffect | null };

async function commitPlan(tx: Executor, stored: Stored, plan: EffectivePlan, input: PublishInput): Promise<void> {
  const revision = plan.model.revision;
  if (plan.changes.some(({ what }) => what === 'role')) await awaitRightsChanges(tx);
  await input.within?.(tx, plan);
  faultPoint('before_store');
  const { author, callerId = null, comment } = input;
  const { changes, model } = plan;
  const record = { number: revision, author, callerId, comment, modelHash: modelHash(model), changes };
  await writeRevision(tx, stored.documents, plan.documents, record);
  if (plan.schemaChange !== null) await writeSchemaChange(tx, plan.schemaChange);
  await writeStorageColumns(tx, stored.columns, plan.columns);
  await writeHiddenTables(tx, revision, plan.hidden);
  if (plan.packages !== null) await writePackages(tx, plan.packages);
  await recordRoles(tx, plan, input);
  await recordPackage(tx, plan, input);
  await recordAfterSteps(tx, revision, plan.ddl.steps);
  faultPoint('after_store');
  // The tables come last, so that their locks are held for as short as possible.
  const steps = plan.ddl.steps.filter((step) => step.phase === 'transaction');
  const first = steps.find(({ locks = [] }) => locks.length > 0);
  for (const [index, step] of steps.entries()) {
    faultPoint('before_ddl', index + 1);
    if (step === first)
      await lockTables(
        tx,
        steps.flatMap(({ locks = [] }) => locks),
      );
    await tx.run(step.sql);
    faultPoint('after_ddl', index + 1);
  }
  for (const precondition of plan.ddl.preconditions) if (precondition.underLock) await verify(tx, plan, precondition);
  faultPoint('before_notify');
  await announceRevision(tx, revision, input.baseVersion ?? stored.baseVersion);
  faultPoint('after_notify');
  faultPoint('before_commit');
}

/** Who publishes role documents changes the rights of everybody who holds them. */
async function recordRoles(tx: Executor, { model, changes }: PublishPlan, input: PublishInput): Promise<void> {
  const roles = changes.flatMap(({ what, change, subject }) => (what === 'role' ? [{ name: subject, change }] : []));
  if (roles.length === 0) return;
  const { author, callerId, origin } = input;
  const from = origin === undefined ? {} : { origin };
  const details = { revision: model.revision, roles };
  await recordSecurityEvent(tx, { kind: 'roles_published', actorId: author, callerId, ...from, details });
}

/** A package may bring roles and fields of its own: who let it in is a matter of security. */
async function recordPackage(tx: Executor, { model, effect }: EffectivePlan, input: PublishInput): Promise<void> {
  if (effect === null) return;
  const { author, callerId, origin } = input;
  const sent = origin === undefined ? {} : { origin };
  const { name, from, to } = effect;
  const details = {
    revision: model.revision,
    package: name,
    ...(to === null ? {} : { version: to }),
    ...(from === null ? {} : { from }),
  };
  await recordSecurityEvent(tx, { kind: PACKAGE_EVENTS[effect.action], actorId: author, callerId, ...sent, details });
}

const PACKAGE_EVENTS = {
  install: 'package_installed',
  upgrade: 'package_upgraded',
  uninstall: 'package_uninstalled',
} as const;

async function verify(executor: Executor, plan: PublishPlan, precondition: DdlPrecondition): Promise<void> {
  const rows = await executor.run(precondition.sql);
  if (rows.length > 0) throw await unfitConflict(executor, plan, precondition);
}

function destructiveChange(losses: readonly string[]): PlatformError {
  const details = losses.map((loss) => errorDetail('destructive_change', { what: loss }, loss));
  return new PlatformError('destructive_change', { what: losses.join(', ') }, { details });
}
