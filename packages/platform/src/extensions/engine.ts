// Requests that hooks, operations and jobs make of the engine themselves, each through the whole pipeline. It judges no right.
import { exactJsonText, parseExactJson } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import { targetOf } from '../plan/read.ts';
import type { EngineRequest, EngineResponse } from '../platform-types.ts';
import { systemPrincipal } from '../security/principals.ts';
import type { Principal } from '../security/types.ts';
import type { RequestSource } from '../security-log/record.ts';
import type { Engine, Engines, Json } from './types.ts';

/** The pipeline for one request. */
export type Handle = (env: RequestEnvironment) => Promise<EngineResponse>;

/** Both engines over the database of the environment, within its request. */
export function enginesOf(env: RequestEnvironment, handle: Handle): Engines {
  const { principal } = env;
  return { engine: new RequestingEngine(env, handle), system: systemEngine(env, principal, handle) };
}

/** The same for what must not change anything: they throw an Error for every request but GET. */
export function readingEnginesOf(env: RequestEnvironment, handle: Handle): Engines {
  return enginesOf(env, (within) => {
    if (within.request.method === 'GET') return handle(within);
    throw new Error('a function changes nothing');
  });
}

function systemEngine(env: RequestEnvironment, principal: Principal, handle: Handle): Engine {
  const { id, businessUnitId } = principal;
  const system = principal.kind === 'system' ? principal : systemPrincipal({ id, businessUnitId });
  return new RequestingEngine({ ...env, principal: system }, handle);
}

const REPRESENTATION = { prefer: 'return=representation' };

class RequestingEngine implements Engine {
  readonly #env: RequestEnvironment;
  readonly #handle: Handle;

  constructor(env: RequestEnvironment, handle: Handle) {
    this.#env = env;
    this.#handle = handle;
  }

  get principal(): Principal {
    return this.#env.principal;
  }

  get(path: string): Promise<Json> {
    return this.#ask('GET', path);
  }

  create(set: string, values: object): Promise<Json> {
    return this.#ask('POST', `/${set}`, values, REPRESENTATION);
  }

  update(
    set: string,
    id: string,
    values: object,
    { version }: { readonly version?: string | number } = {},
  ): Promise<Json> {
    const headers = { ...REPRESENTATION, 'if-match': version === undefined ? '*' : `W/"${version}"` };
    return this.#ask('PATCH', `/${set}(${id})`, values, headers);
  }

  async remove(set: string, id: string): Promise<void> {
    await this.#ask('DELETE', `/${set}(${id})`);
  }

  async link(set: string, id: string, navigation: string, otherId: string): Promise<void> {
    const { model } = this.#env;
    const found = model.sets.get(set)?.navigations.get(navigation);
    if (found === undefined) throw new PlatformError('unknown_resource', { name: navigation }, { target: navigation });
    const reference = { '@odata.id': `${targetOf(model, found).set}(${otherId})` };
    await this.#ask('POST', `/${set}(${id})/${navigation}/$ref`, reference);
  }

  async unlink(set: string, id: string, navigation: string, otherId: string): Promise<void> {
    await this.#ask('DELETE', `/${set}(${id})/${navigation}(${otherId})/$ref`);
  }

  post(path: string, body: object = {}): Promise<Json> {
    return this.#ask('POST', path, body);
  }

  async #ask(method: string, target: string, body?: object, headers: Record<string, string> = {}): Promise<Json> {
    const { request } = this.#env;
    // Links of answers are whole.
    const local = target.startsWith(`${request.baseUrl}/`) ? target.slice(request.baseUrl.length) : target;
    const [path = '', ...query] = local.split('?');
    const sent = {
      ...request,
      method,
      path,
      query: query.join('?'),
      headers: { ...passedOn(request.headers), ...headers, ...(body === undefined ? {} : JSON_BODY) },
      body: body === undefined ? null : exactJsonText(body),
    };
    const answer = await this.#handle({ ...this.#env, request: sent });
    if (answer.failure !== undefined) throw answer.failure;
    return answer.body === null || answer.body === '' ? null : parseExactJson(answer.body);
  }
}

const JSON_BODY = { 'content-type': 'application/json' };

/** In which language errors are told, and what becomes of duplicates. */
const PASSED_ON = ['accept-language', 'kartoteka-duplicates'] as const;

/** Of the request around it, what its own requests are to know. */
function passedOn(headers: RequestEnvironment['request']['headers']): Record<string, string | readonly string[]> {
  const known = PASSED_ON.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]] as const]));
  return Object.fromEntries(known);
}

/** A request of the process itself, or (`source`) within another one, as the change log is to name it. */
export function innerRequest(source?: RequestSource): EngineRequest {
  const { client = null, sender } = source ?? {};
  const base = { method: 'GET', path: '', query: '', headers: {}, body: null, baseUrl: '', client };
  return sender === undefined ? base : { ...base, sender };
}
