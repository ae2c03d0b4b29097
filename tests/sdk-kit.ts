// A client against a running service, with faults between the two: each can be put before a request leaves, or in place of its answer.
import { type ClientOptions, createClient } from '../packages/sdk/src/index.ts';
import { ADMIN, startTestService, type TestService } from '../packages/service/src/testing/test-service.ts';
import { schema } from './sdk-schema.ts';

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** Decides what happens to a request: an answer in place of the service's, or `send` (which may be called and its answer lost). */
export type Fault = (request: Sent, send: () => Promise<Response>) => Promise<Response> | undefined;

export interface FaultyFetch {
  readonly fetch: NonNullable<ClientOptions['fetch']>;
  /** Every request that the client made, also those that never arrived. */
  readonly sent: Sent[];
  fault: Fault;
}

export function faultyFetch(): FaultyFetch {
  const self: FaultyFetch = {
    sent: [],
    fault: () => undefined,
    async fetch(url, init) {
      init.signal?.throwIfAborted();
      const { pathname, search } = new URL(url);
      const headers = new Headers(init.headers);
      const request = {
        method: String(init.method),
        path: `${pathname}${search}`,
        headers,
        body: String(init.body ?? ''),
      };
      self.sent.push(request);
      const send = (): Promise<Response> => fetch(url, init);
      return (await self.fault(request, send)) ?? send();
    },
  };
  return self;
}

/** As the service refuses with an error of the table. */
export function refusal(status: number, code: string, headers: Record<string, string> = {}): Response {
  return Response.json({ error: { code, message: code } }, { status, headers });
}

/** What fetch does when the connection is lost. */
export const lost = (): Promise<never> => Promise.reject(new TypeError('fetch failed'));

export const FAST = { firstWait: 1, longestWait: 5 } as const;

export function clientFor(service: TestService, more: Partial<ClientOptions> = {}) {
  return createClient({
    url: service.address,
    schema,
    auth: { username: ADMIN.email, password: ADMIN.password },
    retry: FAST,
    ...more,
  });
}

export { startTestService, type TestService };
