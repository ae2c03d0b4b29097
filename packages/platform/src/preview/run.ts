// POST /preview_role_change: who would gain or lose how many records by a change of roles or of the directory (3-security,
// "Explain"). Everything is read in one read-only transaction, of one moment; nothing is written or locked.
import type { Model } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import { type AuthorizedPreview, authorizePreview } from '../plan/preview-authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { parseFormat, requireJson } from '../request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { header, jsonHeaders } from '../shape.ts';
import type { Executor } from '../storage/types.ts';
import { PreviewAnswer, type PreviewBody } from './answer.ts';
import { Budget, OutOfTime, tooLong } from './budget.ts';
import { type Candidate, candidates } from './candidates.ts';
import { type Counted, RecordCounter } from './count.ts';
import { type Difference, differencesOf, resolvePairs } from './differences.ts';
import { requireGivable, requireKnownRoles, requireTree } from './giving.ts';
import { parsePreview } from './request.ts';
import { modelWithRoles } from './role-edits.ts';
import { requireSavable } from './savable.ts';
import { savesOf } from './saves.ts';

/** Users whose records are counted in one preview. */
const MOST_COUNTED = 500;
/** Users worked out at a time: few at first, so that there is an answer where counting takes long. */
const FIRST_CHUNK = 50;
const LARGEST_CHUNK = 400;

const OPTIONS = new Set<keyof QueryOptions>(['format']);

/**
 * Throws what making the change would (validation_failed, invalid_documents, missing_capability, missing_privilege,
 * missing_privilege_on_record, secured_property, escalation, conflict), revision_conflict, limit_exceeded and overloaded.
 */
export async function previewRoleChange(env: RequestEnvironment): Promise<EngineResponse> {
  const { model, principal, database, request } = env;
  const options = parseQueryOptions(request.query);
  allowOptions(options, OPTIONS);
  const format = parseFormat(header(request, 'accept'), options.format);
  requireJson(header(request, 'content-type'));
  const asked = parsePreview(request.body, model);
  const preview = authorizePreview(asked, savesOf(asked.change, model), model, principal);
  const body = await oneOfFew(() => database.snapshot((tx) => work(tx, preview)));
  return { status: 200, headers: jsonHeaders(request, format.metadata, format.ieee754), body: JSON.stringify(body) };
}

/** Previews of this process that keep a connection for as long as they take; everybody else needs the others. */
const MOST_AT_ONCE = 2;
let running = 0;

/** Throws overloaded. */
async function oneOfFew<T>(run: () => Promise<T>): Promise<T> {
  if (running >= MOST_AT_ONCE) throw new PlatformError('overloaded');
  running += 1;
  try {
    return await run();
  } finally {
    running -= 1;
  }
}

async function work(tx: Executor, preview: AuthorizedPreview): Promise<PreviewBody> {
  const { request, model } = preview;
  const after = request.roles.length === 0 ? model : await modelWithRoles(tx, model, request.roles);
  requireKnownRoles(preview, after);
  await requireSavable(tx, preview);
  await requireTree(tx, preview);
  await requireGivable(tx, preview, after);
  return effects(tx, preview, after);
}

/** The body of the answer: what the change does when `after` is the Model. */
export async function effects(tx: Executor, preview: AuthorizedPreview, after: Model): Promise<PreviewBody> {
  const { users, total } = await candidates(tx, preview, after);
  const answer = new PreviewAnswer(users);
  const examined = await examine(tx, preview, after, users, answer);
  return answer.body(examined, total);
}

/** Counts for one user after the other, as far as limits reach; how many of them were worked out. */
async function examine(
  tx: Executor,
  preview: AuthorizedPreview,
  after: Model,
  users: readonly Candidate[],
  answer: PreviewAnswer,
): Promise<number> {
  const budget = new Budget();
  const counter = new RecordCounter(tx, preview, budget);
  let examined = 0;
  let size = FIRST_CHUNK;
  let counted = 0;
  while (examined < users.length && counted < MOST_COUNTED) {
    const ids = users.slice(examined, examined + size).map(({ id }) => id);
    try {
      const chunk = await countChunk(
        tx,
        preview,
        { after, ids, most: MOST_COUNTED - counted, budget, counter },
        answer,
      );
      counted += chunk.counted;
      examined += chunk.examined;
    } catch (error) {
      if (!(error instanceof OutOfTime)) throw error;
      if (examined === 0) throw tooLong();
      break;
    }
    size = Math.min(2 * size, LARGEST_CHUNK);
  }
  return examined;
}

interface Chunk {
  readonly after: Model;
  readonly ids: readonly string[];
  /** Users whose rights differ that are counted. */
  readonly most: number;
  readonly budget: Budget;
  readonly counter: RecordCounter;
}

async function countChunk(
  tx: Executor,
  { request, model }: AuthorizedPreview,
  { after, ids, most, budget, counter }: Chunk,
  answer: PreviewAnswer,
): Promise<{ counted: number; examined: number }> {
  const pairs = await resolvePairs(tx, ids, { before: model, after }, request.change, budget);
  const entities = request.entities ?? [...model.entities.keys()];
  const all = await differencesOf(pairs, entities, request.privileges, budget);
  const differing = new Set(all.flatMap(({ principalIds }) => principalIds));
  const kept = new Set(ids.filter((id) => differing.has(id)).slice(0, most));
  const last = ids.findLastIndex((id) => kept.has(id));
  const examined = kept.size < differing.size ? last + 1 : ids.length;
  const differences = all.flatMap((difference) => {
    const principalIds = difference.principalIds.filter((id) => kept.has(id));
    return principalIds.length === 0 ? [] : [{ ...difference, principalIds }];
  });
  await countNew(counter, answer.addKnown(differences), answer);
  answer.addPrincipals(pairs.slice(0, examined));
  return { counted: kept.size, examined };
}

/** Differences that no chunk before had. */
async function countNew(
  counter: RecordCounter,
  differences: readonly Difference[],
  answer: PreviewAnswer,
): Promise<void> {
  const counted: Counted[] = [];
  const nameOf = ({ after: { access } }: Difference): string => `${access.entity} ${access.privilege}`;
  for (const group of Map.groupBy(differences, nameOf).values()) counted.push(...(await counter.count(group)));
  const gained = await counter.show(counted, 'gained');
  const lost = await counter.show(counted, 'lost');
  answer.addCounted(differences, counted, { gained, lost, leftOut: counter.leftOut });
}
