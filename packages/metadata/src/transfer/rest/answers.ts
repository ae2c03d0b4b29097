// What the service answers, as the engine of imports reads it, and what it asks of whoever sends its requests. It sends nothing.
import { TransferError } from '../transfer-error.ts';

export interface ApiError {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
  readonly details?: readonly ApiErrorDetail[];
  readonly innererror?: { readonly request_id?: string };
}

export interface ApiErrorDetail {
  readonly code?: string;
  readonly message: string;
  readonly target?: string;
  /** Where a right is missing: the URL that explains it. */
  readonly '@kartoteka.explain'?: string;
}

export interface ApiAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape
  readonly json: any;
  readonly error: ApiError | null;
}

/** The service as one user of it sees it; trying again is the business of whoever implements it. */
export interface ServiceClient {
  /** GET of a path below `/api/v1`. Throws TransferError when the service stays away. */
  get(path: string): Promise<ApiAnswer>;
  /**
   * POST of a JSON text. `repeatable`: sending it twice does no more than sending it once by itself. Throws TransferError when the service
   * stays away.
   */
  post(path: string, body: string, repeatable: boolean): Promise<ApiAnswer>;
}

/** An error of the service as the command's own. */
export function refusal({ status, error }: ApiAnswer): TransferError {
  return new TransferError(error === null ? `The service answers ${status}` : errorText(error));
}

/** What an error says of itself, and the URL that explains a right that is missing; null without one. */
export function findingsOf({ details = [] }: ApiError): {
  readonly findings: readonly ApiErrorDetail[];
  readonly link: string | null;
} {
  const findings = details.filter((detail) => detail['@kartoteka.explain'] === undefined);
  const link = details.map((detail) => detail['@kartoteka.explain']).find((url) => url !== undefined);
  return { findings, link: link ?? null };
}

/** All that an error says, in one line. */
export function errorText(error: ApiError): string {
  const { message, innererror } = error;
  const { findings, link } = findingsOf(error);
  const texts = findings.map(({ message: text }) => text).filter((text) => text !== message);
  const id =
    message.includes('request id') && innererror?.request_id !== undefined ? ` (${innererror.request_id})` : '';
  const why = link === null ? '' : ` (why: ${link})`;
  return `${message}${id}${texts.length === 0 ? '' : `: ${texts.join('; ')}`}${why}`;
}
