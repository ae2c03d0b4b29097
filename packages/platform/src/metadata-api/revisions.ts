// GET of what was published when and by whom, and the way back: a roll back is a publish like any other, of what was there before.
import { PlatformError } from '../errors.ts';
import type { MetadataRequest } from '../plan/metadata-authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { Findings, type Members } from '../preview/findings.ts';
import { jsonAnswer, pagedRequest, parametersOf } from './answer.ts';
import { optionalBody } from './body.ts';
import { PUBLISH_MEMBERS, publishOptions, restoreOf } from './change-set-names.ts';
import { type Proposal, planProposal, publishProposal } from './publishing.ts';
import { listRevisions, readRevision, rolledBack } from './revision-store.ts';
import type { RouteTable } from './types.ts';

export const REVISION_ROUTES: RouteTable = {
  revisions: { GET: list },
  'revisions/{revision}': { GET: one },
  'revisions/{revision}/roll_back/plan': { POST: plan },
  'revisions/{revision}/roll_back': { POST: rollBack },
};

const NO_NAMES: ReadonlySet<string> = new Set();
const KEYS = [/^[1-9]\d{0,14}$/] as const;

async function list({ request, database }: MetadataRequest): Promise<EngineResponse> {
  const page = pagedRequest(request, NO_NAMES, KEYS);
  const revisions = await listRevisions(database, page.after?.[0] ?? null, page.most);
  return page.answer(revisions, ({ number }) => [String(number)]);
}

async function one(asked: MetadataRequest): Promise<EngineResponse> {
  parametersOf(asked.request);
  return jsonAnswer(asked.request, await readRevision(asked.database, numberOf(asked)));
}

async function plan(asked: MetadataRequest): Promise<EngineResponse> {
  parametersOf(asked.request);
  const body = optionalBody(asked.request);
  const findings = new Findings();
  findings.only(body, '', ['restore']);
  const restore = restoresBack(body, findings);
  findings.settle();
  return jsonAnswer(asked.request, await planProposal(asked, backTo(asked, restore)));
}

async function rollBack(asked: MetadataRequest): Promise<EngineResponse> {
  parametersOf(asked.request);
  const body = optionalBody(asked.request);
  const findings = new Findings();
  findings.only(body, '', PUBLISH_MEMBERS);
  const restore = restoresBack(body, findings);
  const options = publishOptions(body, findings);
  findings.settle();
  const comment = options.comment || `Roll back to revision ${numberOf(asked)}`;
  return jsonAnswer(asked.request, await publishProposal(asked, backTo(asked, restore), { ...options, comment }));
}

/** It is the way back: values and records come, too, unless it is said that they shall not. */
function restoresBack({ restore = true }: Members, findings: Findings): boolean {
  return restoreOf({ restore }, findings);
}

function backTo(asked: MetadataRequest, restore: boolean): Proposal {
  const to = numberOf(asked);
  return { resolve: (revision) => rolledBack(asked.database, to, revision), restore };
}

/** The revision in the path. Throws unknown_resource. */
function numberOf({ named }: MetadataRequest): number {
  const { revision = '' } = named;
  if (KEYS[0].test(revision)) return Number(revision);
  throw new PlatformError('unknown_resource', { name: `revisions/${revision}` }, { target: 'revision' });
}
