// Actions on records, `POST /deals(ID)/assign` and `POST /deals/assign` with ids: which there are, and their protocol. Rights are
// judged by what runs, inside its statements.
import type { EntityType } from '@kartoteka/metadata';
import { carryOut } from '../bulk/execute.ts';
import { refuseFailed } from '../bulk/refusal.ts';
import type { Outcome } from '../bulk/types.ts';
import { errorObject, PlatformError } from '../errors.ts';
import { withExplanations } from '../explain/links.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import type { EngineResponse } from '../platform-types.ts';
import { parseFormat, requireJson } from '../request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { header, jsonHeaders, Timing } from '../shape.ts';
import { assign } from './assign.ts';
import { ActionBody } from './body.ts';
import { sharing } from './share.ts';
import type { Action, ActionItem } from './types.ts';

const NO_OPTIONS = new Set<keyof QueryOptions>();

/** Every entity has them. */
const ACTIONS: Readonly<Record<string, Action>> = {
  assign,
  share: sharing('share'),
  modify: sharing('modify'),
  revoke: sharing('revoke'),
};

/** The action of this name; undefined where there is none. */
export function actionNamed(name: string): Action | undefined {
  return Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
}

/** One record: 204 unless the action answers otherwise. */
export async function actOnOne(
  env: RequestEnvironment,
  action: Action,
  target: { readonly entity: EntityType; readonly id: string },
): Promise<EngineResponse> {
  allowOptions(parseQueryOptions(env.request.query), action.options ?? NO_OPTIONS);
  requireJson(header(env.request, 'content-type'));
  const body = new ActionBody(env.request.body);
  const order = action.read(body);
  body.end();
  action.authorize(env, target.entity);
  return order.one(env, target);
}

/**
 * Many records: 200 with a result for each, in the order of the ids. Throws what refuses the request as a whole; an atomic one is
 * refused by its first bad record.
 */
export async function actOnMany(
  env: RequestEnvironment,
  { entity, name }: { readonly entity: EntityType; readonly name: string },
): Promise<EngineResponse> {
  const timing = new Timing();
  const { request, model, database } = env;
  const action = actionNamed(name);
  if (action === undefined) throw new PlatformError('unknown_resource', { name }, { target: name });
  allowOptions(parseQueryOptions(request.query), NO_OPTIONS);
  parseFormat(header(request, 'accept'), undefined);
  requireJson(header(request, 'content-type'));
  const body = new ActionBody(request.body);
  const ids = body.ids('ids');
  const atomic = body.flag('atomic');
  const order = action.read(body);
  body.end();
  action.authorize(env, entity);
  const { atOnce, write } = order.many(env, entity);
  timing.mark('parse');
  const base = { model, database, entity, atomic, dryRun: false, count: ids.length };
  const { outcomes: bare, failure } = await carryOut<ActionItem>({ ...base, waves: () => cut(ids, atOnce), write });
  const outcomes = await withExplanations(env, bare, (at) => ({ entity, id: ids[at] ?? '' }));
  if (atomic) refuseFailed(outcomes, (index) => `ids/${index}`);
  timing.mark('write');
  const results = outcomes.map((outcome, at) => resultOf(ids[at] ?? '', outcome));
  const headers = { ...jsonHeaders(request, 'none', false), 'server-timing': timing.header() };
  const answer = { status: 200, headers, body: JSON.stringify({ results }) };
  return failure === undefined ? answer : { ...answer, failure };
}

function* cut(ids: readonly string[], size: number): Generator<readonly ActionItem[]> {
  for (let start = 0; start < ids.length; start += size)
    yield ids.slice(start, start + size).map((id, at) => ({ index: start + at, id }));
}

function resultOf(id: string, outcome: Outcome): object {
  return outcome instanceof PlatformError ? { status: outcome.status, id, error: errorObject(outcome) } : outcome;
}
