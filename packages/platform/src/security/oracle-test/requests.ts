// Operations of the oracle as requests to the engine, and the engine's answers in the oracle's words. It must not be imported by
// product code.
import type { Model } from '@kartoteka/metadata';
import { PlatformError } from '../../errors.ts';
import { HookRegistry } from '../../hooks.ts';
import { handleRequest } from '../../pipeline.ts';
import type { EngineResponse } from '../../platform-types.ts';
import { LimitedEvents } from '../../security-log/limited.ts';
import type { Database } from '../../storage/types.ts';
import { securityHooks } from '../hooks.ts';
import type { Answer } from '../oracle/answers.ts';
import type { DeepNode } from '../oracle/deep.ts';
import type { HandOverWrite, Trial } from '../oracle/hand-over.ts';
import { relationOf, schemaOf } from '../oracle/schema.ts';
import type { ShareWrite } from '../oracle/share-link.ts';
import { lookupOf } from '../oracle/ways.ts';
import type { Privilege } from '../oracle/world.ts';
import type { AssignWrite, CreateWrite, UpdateWrite, Write } from '../oracle/writes.ts';
import type { Principal } from '../types.ts';
import { lookupValues } from './stored.ts';

export interface Asker {
  readonly database: Database;
  readonly principal: Principal;
  /** Every request is the only one of a batch, by itself or in an atomic group; absent: it is sent as it is. */
  readonly within?: 'batch' | 'group';
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export const BASE = 'http://oracle.test/api/v1';
const hooks = new HookRegistry();
hooks.register(...securityHooks());
/** Refusals are recorded after the request, when the world is gone already. */
const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const events = new LimitedEvents({ run: async () => [] }, quiet);

/** Sends one request through the engine's pipeline, as HTTP does. Throws PlatformError, or from a batch Refused. */
export function send(asker: Asker, request: Request): Promise<EngineResponse> {
  if (asker.within !== undefined) return sendInBatch(asker, request);
  const { database, principal } = asker;
  const { method, path, query = '', body, headers = {} } = request;
  const sent = {
    ...{ method, path, query: encodeURI(query), baseUrl: BASE, client: 'oracle' },
    headers: { 'content-type': 'application/json', prefer: 'return=minimal', ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  };
  return handleRequest({ model: modelOf(principal), principal, database, hooks, events, request: sent });
}

/** What a batch answers of a request that was refused. */
class Refused extends Error {
  readonly told: Parameters<typeof answerOf>[0];

  constructor(told: Parameters<typeof answerOf>[0]) {
    super(told.message);
    this.told = told;
  }
}

async function sendInBatch({ within, ...asker }: Asker, request: Request): Promise<EngineResponse> {
  const { method, path, query = '', body, headers = {} } = request;
  const part = {
    ...{ id: '1', method, url: path.slice(1) + (query === '' ? '' : `?${encodeURI(query)}`) },
    headers: { prefer: 'return=minimal', ...headers },
    ...(body === undefined ? {} : { body }),
    ...(within === 'group' ? { atomicityGroup: 'g' } : {}),
  };
  const answer = await send(asker, { method: 'POST', path: '/$batch', body: { requests: [part] } });
  const [told] = JSON.parse(answer.body ?? '').responses;
  if (told.status >= 400) throw new Refused(told.body.error);
  const text = typeof told.body === 'string' ? told.body : JSON.stringify(told.body);
  return { status: told.status, headers: told.headers, body: text ?? null };
}

/** Users have one. */
export function modelOf({ model }: Principal): Model {
  if (model === undefined) throw new Error('the system asks for nothing');
  return model;
}

/** What a refused request says, in the oracle's words. Throws what is no answer about rights. */
export function answerOf(error: { code: string; message: string; details?: readonly { code: string }[] }): Answer {
  const { code, message, details = [] } = error;
  if (code === 'not_found') return { kind: 'not_found' };
  if (code === 'secured_property') return { kind: 'secured' };
  if (code === 'escalation') return { kind: 'escalation' };
  if (code === 'missing_capability') return { kind: 'capability', name: message.split(' ').at(-1) ?? '' };
  const missing = /^You do not have the privilege (\w+) on (?:this )?(\w+)$/.exec(message);
  if (missing !== null && /^missing_privilege/.test(code))
    return { kind: 'missing', any: [{ privilege: missing[1] as Privilege, entity: missing[2] ?? '' }] };
  if (CONFLICTS.has(code)) return { kind: 'conflict', code };
  const isTarget =
    details.some((detail) => TARGETS.has(detail.code)) &&
    details.every((detail) => TARGETS.has(detail.code) || BESIDE.has(detail.code));
  if (code === 'target_not_found' || (code === 'validation_failed' && isTarget)) return { kind: 'bad_target' };
  const said = `the engine answers ${code}: ${message} ${JSON.stringify(details)}`;
  throw code === 'limit_exceeded' && message.includes('records in one') ? new TooManyRecords(said) : new Error(said);
}

/** Expands within expands that could hold more records than one request may take out; the limit has tests of its own. */
export class TooManyRecords extends Error {}

const CONFLICTS = new Set(['still_referenced', 'not_deleted', 'target_deleted']);
/** A new owner who may not own such records is told so. */
const TARGETS = new Set(['target_not_found', 'invalid_value']);
/** Of several records that are refused together, what the others lack. */
const BESIDE = new Set(['missing_privilege', 'missing_privilege_on_record', 'secured_property', 'explain_access']);

/** The answer of `work`, and what it gives. */
export async function answered<T>(work: () => Promise<T>): Promise<{ answer: Answer; value?: T }> {
  try {
    return { value: await work(), answer: { kind: 'ok' } };
  } catch (error) {
    if (error instanceof Refused) return { answer: answerOf(error.told) };
    if (!(error instanceof PlatformError)) throw error;
    return { answer: answerOf(error) };
  }
}

/** A write as a single request. */
export async function sendWrite(asker: Asker, write: Write): Promise<void> {
  await send(asker, requestOf(write));
}

function requestOf(write: Write): Request {
  const { set } = schemaOf(write.entity);
  const path = `/${set}(${write.id})`;
  if (write.op === 'create') return { method: 'POST', path: `/${set}`, body: { id: write.id, ...payloadOf(write) } };
  if (write.op === 'update') return { method: 'PATCH', path, body: payloadOf(write), headers: { 'if-match': '*' } };
  if (write.op === 'hand_over') return { method: 'POST', path: `${path}/hand_over`, body: { owner_id: write.owner } };
  if (write.op === 'deep') return { method: 'POST', path: `/${set}`, body: deepBody(write.node) };
  if (write.op === 'assign') return { method: 'POST', path: `${path}/assign`, body: { owner_id: write.owner } };
  if (write.op === 'delete') return { method: 'DELETE', path };
  if (write.op === 'restore') return { method: 'POST', path: `${path}/restore` };
  if ('collection' in write) {
    const { collection, other } = write;
    if (write.op === 'unlink') return { method: 'DELETE', path: `${path}/${collection}(${other})/$ref` };
    const target = schemaOf(relationOf(write.entity, collection)?.target ?? '').set;
    return { method: 'POST', path: `${path}/${collection}/$ref`, body: { '@odata.id': `${target}(${other})` } };
  }
  if (!('principal' in write)) throw new Error(`${write.op} is no request`);
  const body = { principal_id: write.principal, ...(write.op === 'revoke' ? {} : { rights: write.rights }) };
  return { method: 'POST', path: `${path}/${write.op}`, body };
}

function deepBody({ create, nested }: DeepNode): object {
  const beside = nested.map(({ navigation, records }) => {
    const bodies = records.map(deepBody);
    return [navigation, lookupOf(create.entity, navigation) === null ? bodies : bodies[0]];
  });
  return { id: create.id, ...payloadOf(create), ...Object.fromEntries(beside) };
}

/** What a trial of a hand-over tells. Throws PlatformError. */
export async function sendTrial(asker: Asker, write: HandOverWrite): Promise<Trial> {
  const request = requestOf(write);
  const answer = await send(asker, { ...request, body: { ...request.body, dry_run: true } });
  const { refused, count, complete } = JSON.parse(answer.body ?? '');
  if (complete !== true) throw new Error('a trial of so few records is complete');
  return { refused: refused.map(({ id }: { id: string }) => id).sort(), count };
}

/** An update of one property, or one lookup, as a resource of its own; null where it is of more. */
export function partOf(write: UpdateWrite): Request | null {
  const { entity, id, values, owner, lookups } = write;
  const path = `/${schemaOf(entity).set}(${id})`;
  const written = [...Object.entries(values), ...Object.entries(lookups)];
  if (written.length !== 1 || owner !== null) return null;
  for (const [name, value] of Object.entries(values)) {
    return value === null
      ? { method: 'DELETE', path: `${path}/${name}` }
      : { method: 'PUT', path: `${path}/${name}`, body: { value } };
  }
  const [field = '', target = null] = Object.entries(lookups)[0] ?? [];
  // Which of several targets is cleared, the path would have to say.
  const several = (schemaOf(entity).lookups[field]?.targets.length ?? 0) > 1;
  if (target === null) return several ? null : { method: 'DELETE', path: `${path}/${field}/$ref` };
  const navigation = several ? `${field}_${target.entity}` : field;
  const body = { '@odata.id': `${schemaOf(target.entity).set}(${target.id})` };
  return { method: 'PUT', path: `${path}/${navigation}/$ref`, body };
}

/** A create or update as a PATCH that would do either. */
export async function sendUpsert(asker: Asker, write: CreateWrite | UpdateWrite): Promise<void> {
  const path = `/${schemaOf(write.entity).set}(${write.id})`;
  await send(asker, { method: 'PATCH', path, body: payloadOf(write) });
}

/** A create or update as the only record of a bulk request. Throws PlatformError, or the error of the record as one. */
export async function sendBulk(
  asker: Asker,
  write: CreateWrite | UpdateWrite,
  mode: 'create' | 'update' | 'upsert',
): Promise<Answer> {
  const { set } = schemaOf(write.entity);
  const records = [{ id: write.id, ...payloadOf(write) }];
  const answer = await send(asker, { method: 'POST', path: `/${set}/bulk`, body: { mode, records } });
  const [result] = JSON.parse(answer.body ?? '').results;
  return result.error === undefined ? { kind: 'ok' } : answerOf(result.error);
}

/** An action as one on many records, of which there is one. Throws as sendBulk. */
export async function sendToMany(asker: Asker, write: AssignWrite | ShareWrite): Promise<Answer> {
  const { path, body } = requestOf(write);
  const many = { method: 'POST', path: path.replace(/\(.*\)/, ''), body: { ids: [write.id], ...body } };
  const answer = await send(asker, many);
  const [result] = JSON.parse(answer.body ?? '').results;
  return result.error === undefined ? { kind: 'ok' } : answerOf(result.error);
}

interface Explanation {
  readonly privileges: Readonly<Record<string, { readonly granted: boolean }>>;
}

/** The privileges that the engine explains as granted on a record. Throws PlatformError. */
export async function explained(asker: Asker, entity: string, id: string): Promise<readonly string[]> {
  const answer = await send(asker, { method: 'GET', path: `/${schemaOf(entity).set}(${id})/explain_access` });
  const { privileges }: Explanation = JSON.parse(answer.body ?? '');
  const granted = Object.keys(privileges).filter((name) => privileges[name]?.granted);
  return granted.sort();
}

function payloadOf(write: CreateWrite | UpdateWrite): object {
  const { entity, values, owner, lookups } = write;
  const creator = write.op === 'create' && write.creator !== undefined ? { created_by_id: write.creator } : {};
  const property = schemaOf(entity).ownership === 'user' ? 'owner_id' : 'owning_business_unit_id';
  return {
    ...values,
    ...creator,
    ...(owner === null ? {} : { [property]: owner }),
    ...cleared(lookupValues({ entity, lookups })),
  };
}

/** A lookup with several targets is cleared by its id alone. */
function cleared(values: Record<string, string | null>): object {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== null || name.endsWith('_id')));
}
