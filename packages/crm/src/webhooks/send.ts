// One POST to a receiver: bounded in time and size, to a judged address, without following anything it answers.
import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { judgedLookup, type Networks, refusalOfUrl } from './network.ts';

export interface Sent {
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
  /** Why it does not count as received; null: it does. */
  readonly reason: string | null;
}

export interface Outgoing {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Bytes of an answer that are read, and thrown away, so that the connection ends in order. */
const MOST_ANSWER = 65_536;

/** Sends it; never throws. Every status but 2xx is a failure; 3xx is one, too. */
export function send(
  { url, headers, body }: Outgoing,
  options: { readonly allowed: Networks; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Sent> {
  const refusal = refusalOfUrl(url, options.allowed);
  if (refusal !== null) return Promise.resolve({ status: null, reason: refusal });
  return new Promise((resolve) => {
    const isPlain = new URL(url).protocol === 'http:';
    let status: number | null = null;
    const limit = AbortSignal.timeout(options.timeoutMs);
    const end = (reason: string | null): void => resolve({ status, reason });
    const outgoing = (isPlain ? requestPlain : requestTls)(url, {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Kartoteka-Webhooks/1',
      },
      agent: false,
      lookup: judgedLookup(options.allowed, isPlain),
      signal: AbortSignal.any([limit, options.signal]),
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (status !== null) return end(reasonOf(status));
      end(
        limit.aborted ? `No answer within ${options.timeoutMs / 1000} s` : error.message || error.code || 'No answer',
      );
    });
    outgoing.on('response', (response) => {
      status = response.statusCode ?? null;
      const answered = reasonOf(status);
      let read = 0;
      response.on('data', (chunk: Buffer) => {
        read += chunk.length;
        if (read > MOST_ANSWER) response.destroy();
      });
      // The status is the answer: what becomes of the rest of it does not change that.
      response.on('close', () => end(answered)).on('error', () => end(answered));
    });
    outgoing.end(body);
  });
}

function reasonOf(status: number | null): string | null {
  if (status !== null && status >= 200 && status < 300) return null;
  if (status !== null && status >= 300 && status < 400) return `It answered ${status}; redirects are not followed`;
  return `It answered ${status}`;
}
