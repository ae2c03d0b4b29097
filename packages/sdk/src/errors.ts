// Everything that the client throws beside an abort and wrong arguments (RangeError, TypeError): one class per thing a program does about
// it. Codes, targets and details are the service's own.

/** One thing that is wrong. */
export interface ErrorDetail {
  readonly code: string;
  readonly message: string;
  /** A property, an option, a header, or a place in the body (`records/17/name`). */
  readonly target?: string;
  /** Where a right is missing: the URL that explains it. */
  readonly '@kartoteka.explain'?: string;
}

export interface ErrorFacts {
  /** Of the answer; 0: there was none. */
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly target?: string;
  readonly details?: readonly ErrorDetail[];
  readonly hint?: string;
  readonly requestId?: string;
  /** Milliseconds after which the service says that another try makes sense. */
  readonly retryAfter?: number;
  /** `GET deals` */
  readonly request?: string;
  readonly cause?: unknown;
}

/** The service refused a request, or could not be asked. */
export class CrmError extends Error {
  readonly status: number;
  readonly code: string;
  readonly target: string | undefined;
  /** Everything that was found, of which the message tells the first. */
  readonly details: readonly ErrorDetail[];
  readonly hint: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;
  readonly request: string | undefined;

  constructor(facts: ErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.status = facts.status;
    this.code = facts.code;
    this.target = facts.target;
    this.details = facts.details ?? [];
    this.hint = facts.hint;
    this.requestId = facts.requestId;
    this.retryAfter = facts.retryAfter;
    this.request = facts.request;
  }
}

/** 400: what was sent is not valid; `details` name every bad property. */
export class ValidationError extends CrmError {}

/** 401, or the token endpoint refused the credentials. */
export class AuthenticationError extends CrmError {}

/** 403. */
export class ForbiddenError extends CrmError {
  /** URL of the service that explains which right is missing, and what would give it. */
  get explainUrl(): string | undefined {
    return this.details.find((detail) => detail['@kartoteka.explain'] !== undefined)?.['@kartoteka.explain'];
  }
}

/** 404: it is not there, or hidden. */
export class NotFoundError extends CrmError {}

/** 409: a key is taken, something refers to the record, or it is in the recycle bin. */
export class ConflictError extends CrmError {}

/** 412: the record is no longer the version that `ifMatch` names, or there is one already. */
export class PreconditionFailedError extends CrmError {}

/** 410: a delta state tells nothing any more. Begin again without a state. */
export class DeltaExpiredError extends CrmError {}

/**
 * The model of the service is no longer one that the client can follow, `details` name what changed (`schema_moved`), or it never was
 * the one that the client was generated for (`unknown_schema_version`). Generate the types anew.
 */
export class SchemaMovedError extends CrmError {}

/** 429. */
export class RateLimitError extends CrmError {}

/** 502, 503, 504, for longer than the client had patience. */
export class UnavailableError extends CrmError {}

/** There was no whole answer. */
export class ConnectionError extends CrmError {
  /** Whether the request may have been carried out all the same. False: it read only. */
  readonly maybeDone: boolean;

  constructor(facts: ErrorFacts & { readonly maybeDone: boolean }) {
    super(facts);
    this.maybeDone = facts.maybeDone;
  }
}

/** In a batch: an earlier request had failed, so that this one was not begun. */
export class NotStartedError extends CrmError {}

// Under names of their own, which are read in logs: what a minifier leaves of the names of classes tells nothing.
const NAMED = {
  ...{ CrmError, ValidationError, AuthenticationError, ForbiddenError, NotFoundError, ConflictError },
  ...{ PreconditionFailedError, DeltaExpiredError, SchemaMovedError, RateLimitError, UnavailableError },
  ...{ ConnectionError, NotStartedError },
};
for (const [value, { prototype }] of Object.entries(NAMED))
  Object.defineProperty(prototype, 'name', { value, writable: true, configurable: true });

type ErrorClass = new (facts: ErrorFacts) => CrmError;

const BY_CODE: Readonly<Record<string, ErrorClass>> = {
  delta_expired: DeltaExpiredError,
  schema_moved: SchemaMovedError,
  unknown_schema_version: SchemaMovedError,
};

const BY_STATUS: Readonly<Record<number, ErrorClass>> = {
  400: ValidationError,
  401: AuthenticationError,
  403: ForbiddenError,
  404: NotFoundError,
  409: ConflictError,
  410: DeltaExpiredError,
  412: PreconditionFailedError,
  429: RateLimitError,
  502: UnavailableError,
  503: UnavailableError,
  504: UnavailableError,
};

interface WireError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly target?: string;
  readonly details?: readonly ErrorDetail[];
  readonly innererror?: { readonly request_id?: string; readonly hint?: string };
}

/** The error that an answer tells; one that is not the service's own (of a proxy) has the code `unexpected_answer`. */
export function errorOf(
  status: number,
  body: unknown,
  more: Pick<ErrorFacts, 'retryAfter' | 'request' | 'requestId'>,
): CrmError {
  const error = (body as { error?: WireError } | null)?.error;
  const isOurs = typeof error === 'object' && error !== null && typeof error.code === 'string';
  const code = isOurs ? String(error.code) : 'unexpected_answer';
  const facts: ErrorFacts = {
    ...more,
    status,
    code,
    message: isOurs ? messageOf(String(error.message), error.details) : `the answer ${status} is none of the service`,
    ...(isOurs
      ? {
          target: error.target,
          details: error.details,
          hint: error.innererror?.hint,
          requestId: error.innererror?.request_id ?? more.requestId,
        }
      : {}),
  };
  const Class = (Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined) ?? BY_STATUS[status] ?? CrmError;
  return new Class(facts);
}

/** The service's message, and of several findings the first, for those who read logs. */
function messageOf(message: string, details: readonly ErrorDetail[] = []): string {
  const more = details.slice(0, 3).flatMap((detail) => (detail.message === message ? [] : [detail.message]));
  const rest = details.length > 3 ? `; and ${details.length - 3} more` : '';
  return more.length === 0 ? message : `${message}: ${more.join('; ')}${rest}`;
}

/** The error of a request that began with record `start` of all: its targets name records by their place among all. */
export function placedFrom(start: number, error: CrmError): CrmError {
  const { target, details } = error;
  const placed = (each: string | undefined): string | undefined =>
    each?.replace(/^records\/(\d+)/, (_, at) => `records/${start + Number(at)}`);
  const moved = details.map((detail) =>
    detail.target === undefined ? detail : { ...detail, target: placed(detail.target) },
  );
  return Object.assign(error, { target: placed(target), details: moved });
}

/** An answer of success that is none of the service: `what` it lacks. */
export function unexpectedAnswer(what: string): CrmError {
  return new CrmError({ status: 0, code: 'unexpected_answer', message: `The answer is none of the service: ${what}` });
}
