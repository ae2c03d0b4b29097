// The service as the engine of imports asks it, over the application's API: refusals are answers, and who does not answer is asked again
// for a while where that does no harm.
import { type ApiAnswer, type ApiError, ServiceAway, type ServiceClient } from '@kartoteka/metadata/transfer';
import { ConnectionError, CrmError, RateLimitError, readJson, UnavailableError } from '@kartoteka/sdk';
import type { Api } from '../../data/api.ts';

/** Waits between tries of a request that gets no answer, in milliseconds. */
const WAITS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000];

/** Duplicate rules do what they say of imports. */
const IMPORTED = { 'kartoteka-duplicates': 'import' };

/** `signal` ends every request; what it ends is told as a service that is away. */
export function serviceClient(api: Api, signal: AbortSignal): ServiceClient {
  return {
    get: (path) => asked(() => api.ask('GET', path, undefined, { signal }), signal, true),
    post: (path, body, repeatable) =>
      // What is repeatable by itself takes none of the service's memory for repeated requests.
      asked(
        () => api.ask('POST', path, readJson(body), { signal, repeatable: !repeatable, headers: IMPORTED }),
        signal,
        repeatable,
      ),
  };
}

async function asked(
  ask: () => Promise<{ readonly status: number; readonly json: unknown }>,
  signal: AbortSignal,
  again: boolean,
): Promise<ApiAnswer> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { status, json } = await ask();
      return { status, json, error: null };
    } catch (error) {
      if (signal.aborted) throw new ServiceAway('stopped');
      if (!(error instanceof CrmError)) throw error;
      if (!isAway(error)) return { status: error.status, json: null, error: toApiError(error) };
      const wait = again ? WAITS[attempt] : undefined;
      if (wait === undefined) throw new ServiceAway(error.message);
      await sleep(Math.max(wait, error.retryAfter ?? 0), signal);
    }
  }
}

const isAway = (error: CrmError): boolean =>
  [ConnectionError, UnavailableError, RateLimitError].some((each) => error instanceof each);

function toApiError({ code, message, target, details, requestId }: CrmError): ApiError {
  return {
    ...{ code, message, details },
    ...(target === undefined ? {} : { target }),
    ...(requestId === undefined ? {} : { innererror: { request_id: requestId } }),
  };
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
