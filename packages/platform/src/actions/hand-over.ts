// `POST /users(ID)/hand_over`: all records that a user owns go to another user or team, or none does; with `dry_run` it is only told
// what would. Memberships, roles and shares of the user stay.
import type { EntityType } from '@kartoteka/metadata';
import { refuseFailed } from '../bulk/refusal.ts';
import { errorDetail, errorObject, PlatformError } from '../errors.ts';
import { withExplanations } from '../explain/links.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import { requirePrivilege } from '../plan/write-authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { parseFormat, requireJson } from '../request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { isReceiver, mayRead } from '../security/sharing.ts';
import { actorOf, originOf, recordSecurityEvent } from '../security-log/record.ts';
import { header, jsonHeaders, Timing } from '../shape.ts';
import type { Executor } from '../storage/types.ts';
import { withRetries } from '../write/database-errors.ts';
import { type HandedOver, type HandOver, handRecordsOver, type NamedRecord } from '../write/hand-over.ts';
import { ActionBody } from './body.ts';

const NO_OPTIONS = new Set<keyof QueryOptions>();

/**
 * 200 with what moved, or would. Throws not_found for a user that is hidden, missing or deleted, validation_failed for a new owner
 * that cannot be, and the first record's error, with those of others, where a record may not be assigned: then nothing moves.
 */
export async function handOver(
  env: RequestEnvironment,
  { entity, id }: { readonly entity: EntityType; readonly id: string },
): Promise<EngineResponse> {
  const timing = new Timing();
  const { request, principal } = env;
  allowOptions(parseQueryOptions(request.query), NO_OPTIONS);
  parseFormat(header(request, 'accept'), undefined);
  requireJson(header(request, 'content-type'));
  const body = new ActionBody(request.body);
  const to = body.id('owner_id', 'the user or team that takes over');
  const dryRun = body.flag('dry_run');
  body.end();
  requirePrivilege(principal, entity, 'read');
  if (to === id) throw badOwner('invalid_value', 'it is the user whose records are handed over');
  timing.mark('parse');
  const done = await explained(
    env,
    await run(env, entity, { from: id, to, principal, client: request.client }, dryRun),
  );
  const errors = done.refused.map(({ error }) => error);
  if (!dryRun) refuseFailed(errors, (at) => placeOf(done.refused[at]));
  timing.mark('write');
  const headers = { ...jsonHeaders(request, 'none', false), 'server-timing': timing.header() };
  return { status: 200, headers, body: JSON.stringify(answerOf(done, dryRun)) };
}

/** Ends a transaction whose effects must not last. */
class Undone extends Error {}

async function run(env: RequestEnvironment, user: EntityType, order: HandOver, dryRun: boolean): Promise<HandedOver> {
  const { model, database, hooks, principal, request } = env;
  return withRetries(model, user, async () => {
    const undone = new Undone();
    let done: HandedOver | undefined;
    try {
      await database.transaction(async (tx) => {
        await requireBoth(tx, user, order);
        done = await handRecordsOver({ model, database, hooks, request }, tx, order);
        if (dryRun || done.refused.length > 0) throw undone;
        await recordSecurityEvent(tx, {
          kind: 'records_handed_over',
          ...actorOf(principal),
          origin: originOf(request),
          target: { entity: user.name, id: order.from },
          details: { owner_id: order.to, counts: countsByName(done) },
        });
      });
    } catch (error) {
      if (error !== undone) throw error;
    }
    if (done === undefined) throw new Error('the hand-over ended without a result');
    return done;
  });
}

/** Locks the two against deletion. As in an assignment, everybody may name oneself. */
async function requireBoth(tx: Executor, user: EntityType, { from, to, principal }: HandOver): Promise<void> {
  if (!(await mayRead(tx, principal, user, from))) throw new PlatformError('not_found');
  if (to !== principal.id && !(await isReceiver(tx, principal, to))) throw badOwner('target_not_found');
}

function badOwner(code: 'target_not_found' | 'invalid_value', reason = ''): PlatformError {
  const detail = errorDetail(code, { name: 'owner_id', reason }, 'owner_id');
  return new PlatformError('validation_failed', {}, { details: [detail] });
}

/** `deals(ID)`. */
const placeOf = (record: NamedRecord | undefined): string => `${record?.entity.set}(${record?.id})`;

/** The same, with errors of rights that lead to their explanation. */
async function explained(env: RequestEnvironment, done: HandedOver): Promise<HandedOver> {
  const bare = done.refused.map(({ error }) => error);
  const errors = await withExplanations(env, bare, (at) => done.refused[at] ?? null);
  return { ...done, refused: done.refused.map((record, at) => ({ ...record, error: errors[at] ?? record.error })) };
}

const countsByName = ({ counts }: HandedOver): Readonly<Record<string, number>> =>
  Object.fromEntries([...counts].map(([{ name }, count]) => [name, count]));

function answerOf({ counts, records, refused, complete }: HandedOver, dryRun: boolean): object {
  const entities = [...counts].map(([{ name, set }, count]) => ({ entity: name, set, count }));
  return {
    dry_run: dryRun,
    complete,
    count: entities.reduce((sum, { count }) => sum + count, 0),
    entities,
    records: records.map(({ entity, id, title }) => ({ entity: entity.name, set: entity.set, id, title })),
    refused: refused.map(({ entity, id, error }) => ({
      ...{ entity: entity.name, set: entity.set, id, status: error.status },
      error: errorObject(error),
    })),
  };
}
