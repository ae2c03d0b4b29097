// How the application asks the service: the SDK's transport (tokens, trying again, Repeatability headers, one error per kind of failure)
// under two functions. Areas use these or the data provider, never fetch.
import type { ClientModel } from '@kartoteka/metadata';
import { type Answer, jsonText, Transport } from '@kartoteka/sdk';
import { createContext, useContext } from 'react';
import type { Session } from '../auth/session.ts';
import { ErrorLanguage } from './error-language.ts';

export interface SendOptions {
  readonly ifMatch?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** False for what the service does not serve as a repeatable request (plans, publishes): it is sent once. */
  readonly repeatable?: boolean;
}

export type { Answer };

export interface Api {
  /** The JSON of `GET /api/v1/<path>`; `path` is percent-encoded. Throws the SDK's CrmError, or the signal's reason. */
  get<T = unknown>(path: string, options?: SendOptions): Promise<T>;
  /** A write; a repetition of it is not carried out twice. Answers JSON, or null without a body. Throws as `get` does. */
  send<T = unknown>(
    method: 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    options?: SendOptions,
  ): Promise<T>;
  /** The whole answer with status and headers (ETag, Location, 304). */
  ask(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    options?: SendOptions,
  ): Promise<Answer>;
  /** The path of a link of the service (`@odata.nextLink`). Throws CrmError for what is none. */
  pathOf(link: string): string;
  /** The Model from now on: what entities and fields are called in errors, and whether there are JSON fields. */
  know(model: ClientModel): void;
}

/** An API at the origin of the page, for who is signed in. */
export function apiOf(session: Session, locale: () => string): Api {
  const transportOf = (hasJson: boolean): Transport =>
    new Transport(
      { url: location.origin, auth: { accessToken: () => session.accessToken() }, retry: { attempts: 3 } },
      '',
      hasJson,
    );
  // Digits of numbers are looked at where there are JSON fields: elsewhere every answer would pay for nothing.
  const [plain, exact] = [transportOf(false), transportOf(true)];
  let transport = plain;
  const words = new ErrorLanguage(locale);
  const sent: Api['ask'] = (method, path, body, { ifMatch, headers, signal, repeatable } = {}) =>
    transport.send({
      method,
      path,
      signal,
      repeatable,
      headers: { 'accept-language': locale(), ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }), ...headers },
      ...(body === undefined ? {} : { body: jsonText(body) }),
    });
  const ask: Api['ask'] = async (...request) => {
    try {
      return await words.ofResults(await sent(...request));
    } catch (error) {
      throw await words.of(error);
    }
  };
  return {
    ask,
    get: async (path, options) => (await ask('GET', path, undefined, options)).json,
    send: async (method, path, body, options) => (await ask(method, path, body, options)).json,
    pathOf: (link) => transport.pathOf(link),
    know: (model) => {
      words.know(model);
      transport = hasJson(model) ? exact : plain;
    },
  };
}

const hasJson = ({ entities }: ClientModel): boolean =>
  Object.values(entities).some(({ fields }) => Object.values(fields).some(({ control }) => control.widget === 'json'));

const ApiContext = createContext<Api | undefined>(undefined);
export const ApiProvider = ApiContext.Provider;

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (api === undefined) throw new Error('useApi is called outside of the application');
  return api;
}
