// The outcome of a repeatable request as it is remembered: an answer, or the refusal of one. Data and its forms only.
import { ERRORS, type ErrorCode, type ErrorDetail, PlatformError } from '../errors.ts';
import type { EngineResponse } from '../platform-types.ts';
import { ACCEPTED } from './header.ts';

export type Outcome =
  | { readonly kind: 'answer'; readonly answer: Pick<EngineResponse, 'status' | 'headers' | 'body'> }
  | { readonly kind: 'refusal'; readonly refusal: Refusal };

/** What is kept of an error; its status, and the hint, come from the table. */
interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly target?: string;
  readonly details: readonly ErrorDetail[];
  /** Left out where there are none. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The outcome that an answer is. Throws what went wrong inside it: it is not the last word. */
export function outcomeOfAnswer({ status, headers, body, failure }: EngineResponse): Outcome {
  if (failure !== undefined) throw failure;
  const { 'server-timing': _timing, ...kept } = headers;
  return { kind: 'answer', answer: { status, headers: kept, body } };
}

/** The outcome that an error is. Throws it on where the same request may be answered otherwise: nothing was done then. */
export function outcomeOfError(error: unknown): Outcome {
  if (!(error instanceof PlatformError)) throw error;
  if (PASSING.has(error.code) || (error.status >= 500 && error.code !== 'not_supported')) {
    throw error.withHeaders(ACCEPTED);
  }
  const { code, message, target, details, headers } = error;
  const told = Object.keys(headers).length === 0 ? {} : { headers };
  return { kind: 'refusal', refusal: { code, message, details, ...(target === undefined ? {} : { target }), ...told } };
}

/** What says itself that it is to be tried again. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['conflict']);

/** Answers as it was answered the first time. Throws the refusal that it was. */
export function replayed(outcome: Outcome): EngineResponse {
  if (outcome.kind === 'answer') {
    const { status, headers, body } = outcome.answer;
    return { status, headers: { ...headers, ...ACCEPTED }, body };
  }
  throw errorOf(outcome.refusal).withHeaders(ACCEPTED);
}

function errorOf({ code, message, target, details, headers = {} }: Refusal): PlatformError {
  // A code of another version of the product may be in the table no more.
  const known = Object.hasOwn(ERRORS, code) ? code : 'bad_request';
  const place = target === undefined ? { details } : { target, details };
  return Object.assign(new PlatformError(known, {}, place), { message, headers });
}
