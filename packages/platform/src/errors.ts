// The one error table: every error a client can see has its code, HTTP status, message and hint here.
// Nothing else invents a code, and no entry's text may carry SQL, a stack or another record's values.

interface ErrorEntry {
  readonly status: number;
  /** `{name}` is replaced by the value given when the error is raised. */
  readonly message: string;
  readonly hint?: string;
}

export const ERRORS = {
  // requests
  bad_request: { status: 400, message: 'The request cannot be understood: {reason}' },
  malformed_json: {
    status: 400,
    message: 'The body is not valid JSON',
    hint: 'Send one JSON object, UTF-8, Content-Type application/json',
  },
  body_not_object: { status: 400, message: 'The body must be a JSON object' },
  invalid_text: { status: 400, message: 'Text must not contain NUL or lone surrogates' },
  invalid_query: { status: 400, message: '{reason}' },
  unknown_option: {
    status: 400,
    message: 'There is no query option {name}',
    hint: 'Options that begin with $ are reserved by OData',
  },
  duplicate_option: { status: 400, message: 'The query option {name} is given twice' },
  invalid_option: { status: 400, message: 'The value of {name} is not valid: {reason}' },
  invalid_expression: { status: 400, message: '{reason}' },
  unknown_property: { status: 400, message: 'There is no property {name} on {entity}' },
  operator_not_applicable: { status: 400, message: '{operator} cannot be applied to {name}' },
  type_mismatch: { status: 400, message: '{reason}' },
  invalid_arguments: { status: 400, message: 'The arguments of {name} are not valid' },
  invalid_key: { status: 400, message: 'The key {key} is not valid' },
  invalid_skiptoken: {
    status: 400,
    message: 'The continuation token does not fit this request',
    hint: 'Follow @odata.nextLink unchanged, or start again',
  },
  invalid_deltatoken: {
    status: 400,
    message: 'The token of the delta link does not fit this request',
    hint: 'Follow @odata.deltaLink unchanged, as the same user',
  },
  delta_expired: {
    status: 410,
    message: 'The delta link cannot tell what has changed: {reason}',
    hint: 'Read the list again with Prefer: odata.track-changes',
  },
  schema_moved: {
    status: 410,
    message:
      'The model has changed since version {version} of its schema in a way that programs made for that cannot follow',
    hint: 'Generate the client anew and build the program with it',
  },
  schema_change: { status: 410, message: '{what} {change}' },
  unknown_schema_version: {
    status: 404,
    message: 'There is no version {version} of the schema here',
    hint: 'Send the version of a $metadata or json-schemas document of this service, or * for the present one',
  },
  limit_exceeded: { status: 400, message: 'The limit {limit} ({value}) is exceeded' },
  not_supported: { status: 501, message: '{what} is not supported yet' },
  method_not_allowed: { status: 405, message: '{method} is not allowed here' },
  unsupported_media_type: {
    status: 415,
    message: 'Content-Type {type} is not supported',
    hint: 'Use application/json',
  },
  not_acceptable: { status: 406, message: 'None of the formats in Accept can be produced' },
  invalid_batch: { status: 400, message: 'The batch is not valid' },
  invalid_repeatability: {
    status: 400,
    message: '{reason}',
    hint: 'A repeatable request has Repeatability-Request-ID and Repeatability-First-Sent, the same in every repetition',
  },
  repeated_request_differs: {
    status: 400,
    message: 'Another request was sent with this Repeatability-Request-ID',
    hint: 'Give every request an id of its own, and repeat it as it was, with the same Repeatability-First-Sent',
  },
  repeated_request_expired: {
    status: 412,
    message: 'The request was first sent more than {hours} hours ago: whether it was carried out is not known any more',
  },
  too_many_repeatable_requests: {
    status: 429,
    message: 'No more answers are remembered for you today',
    hint: 'Send many records in one request, ask for less with Prefer: return=minimal, or send it without Repeatability headers',
  },
  failed_dependency: { status: 424, message: 'A request on which this one depends has failed: {id}' },
  payload_too_large: { status: 413, message: 'The body is larger than {limit} bytes' },
  // identity
  unauthenticated: { status: 401, message: 'Sign in: a valid access token is needed' },
  invalid_grant: { status: 400, message: 'The credentials or the refresh token are not valid' },
  invalid_client_request: { status: 400, message: '{reason}' },
  unsupported_grant_type: { status: 400, message: 'The grant type {name} is not supported' },
  too_many_attempts: { status: 429, message: 'Too many attempts; try again later' },
  foreign_origin: { status: 403, message: 'Only pages of this service may ask for this' },
  sign_in_needed: { status: 403, message: 'An API key cannot do this: sign in with a password' },
  // rights
  missing_privilege: { status: 403, message: 'You do not have the privilege {privilege} on {entity}' },
  missing_privilege_on_record: { status: 403, message: 'You do not have the privilege {privilege} on this {entity}' },
  missing_capability: { status: 403, message: 'You do not have the capability {name}' },
  cannot_act_as: { status: 403, message: 'You cannot act as this user: {reason}' },
  escalation: { status: 403, message: 'You cannot give more than you hold: {what}' },
  explain_access: {
    status: 403,
    message: 'Which grants there are, and which would be enough: follow @kartoteka.explain',
  },
  secured_property: { status: 403, message: 'The property {name} is secured' },
  // records
  not_found: { status: 404, message: 'There is no such record' },
  unknown_resource: { status: 404, message: 'There is no resource {name}' },
  precondition_failed: {
    status: 412,
    message: 'The record has changed since it was read',
    hint: 'Read it again and repeat the change',
  },
  isolation_not_supported: { status: 412, message: 'No request is isolated from what others write meanwhile' },
  record_exists: { status: 412, message: 'There is such a record already' },
  is_deleted: {
    status: 409,
    message: 'This record is in the recycle bin',
    hint: 'Restore it, or create another one',
  },
  invalid_if_match: { status: 400, message: 'If-Match is not a valid ETag' },
  validation_failed: { status: 400, message: 'The record is not valid' },
  required: { status: 400, message: '{name} is required' },
  read_only: { status: 400, message: '{name} cannot be written' },
  invalid_value: { status: 400, message: '{name}: {reason}' },
  dependent_value: {
    status: 400,
    message: '{name}: {value} does not go with {parent} {parent_value}; it needs {needed}',
  },
  transition_refused: { status: 400, message: '{name} cannot change from {from} to {value}; {allowed}' },
  required_on_entry: { status: 400, message: '{name} is required when {field} becomes {value}' },
  rule_violated: { status: 400, message: '{reason}' },
  target_not_found: { status: 400, message: '{name} names a record that does not exist' },
  links_are_records: {
    status: 400,
    message: '{name} holds what records of {entity} link to: create or delete a record of {entity} (/{set}) instead',
  },
  duplicate_key: { status: 409, message: 'Another record has the same {name}' },
  duplicate_found: {
    status: 409,
    message: 'There are records that are taken for the same',
    hint: 'Use one of them, or send the request with Kartoteka-Duplicates: allow',
  },
  duplicate_candidate: { status: 409, message: 'The rule {rule} finds one' },
  still_referenced: { status: 409, message: 'Records of {entity} refer to this record' },
  action_not_applicable: {
    status: 400,
    message: 'The action {action} does not apply to records of {entity}: {reason}',
  },
  not_deleted: { status: 409, message: 'This record is not in the recycle bin' },
  target_deleted: {
    status: 409,
    message: '{name} names a record that is deleted',
    hint: 'Restore that record first',
  },
  conflict: { status: 409, message: '{reason}' },
  // metadata
  invalid_documents: { status: 400, message: 'The documents are not valid' },
  revision_conflict: { status: 409, message: 'The metadata is at revision {actual}, not {expected}' },
  plan_moved: {
    status: 409,
    message: 'The plan is another by now than the one that was seen',
    hint: 'Look at the new plan, and publish with its fingerprint',
  },
  package_conflict: { status: 409, message: 'The package {name} does not go with what is installed' },
  capacity_exceeded: {
    status: 409,
    message: 'There is no room for the change: {what}',
    hint: 'Leave out indexes, or fields; columns that were dropped count as well',
  },
  change_set_exists: { status: 409, message: 'There is a change set {name} already' },
  change_set_moved: {
    status: 409,
    message: 'The change set {name} was changed, published or removed meanwhile',
    hint: 'Read it again, and look at its plan',
  },
  documents_moved: {
    status: 409,
    message: 'Others have published changes of the same documents since revision {base}',
    hint: 'Look at the differences; rebase a change set, or make the change anew over what is published now',
  },
  document_conflict: { status: 409, message: '{document}#{pointer} was changed by others as well, in another way' },
  document_difference: { status: 409, message: '{document}#{pointer} was changed' },
  destructive_change: { status: 409, message: 'The change would lose data: {what}', hint: 'Confirm it explicitly' },
  // service
  overloaded: { status: 503, message: 'The service is busy; try again' },
  unavailable: {
    status: 503,
    message: 'The database cannot be reached, or was lost on the way; try again',
    hint: 'Whether something was stored is not known: look, or send what changes something with Repeatability-Request-ID',
  },
  not_ready: { status: 503, message: 'The service is not ready' },
  internal: { status: 500, message: 'An internal error occurred; quote the request id' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetail {
  readonly code: ErrorCode;
  readonly message: string;
  readonly target?: string;
  /** URL of the explanation of a right that is missing. */
  readonly '@kartoteka.explain'?: string;
  /** What else there is to say, as JSON. */
  readonly [annotation: `@kartoteka.${string}`]: unknown;
}

/** The only error type that reaches a client. Everything else becomes `internal`. */
export class PlatformError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly hint: string | undefined;
  readonly target: string | undefined;
  readonly details: readonly ErrorDetail[];
  /**
   * What the message was made with; it does not leave the process. Where a right is missing, `entity` says on what, and `record` on which
   * record where that is known.
   */
  readonly values: Readonly<Record<string, string>>;
  /** Of the answer that tells the error, beside those that every such answer has. */
  readonly headers: Readonly<Record<string, string>> = {};

  constructor(
    code: ErrorCode,
    values: Readonly<Record<string, string>> = {},
    more: { target?: string; details?: readonly ErrorDetail[] } = {},
  ) {
    super(messageOf(code, values));
    this.code = code;
    this.values = values;
    const entry: ErrorEntry = ERRORS[code];
    this.status = entry.status;
    this.hint = entry.hint;
    this.target = more.target;
    this.details = more.details ?? [];
  }

  /** The same error, about this record unless it is about another one already. */
  onRecord(entity: string, id: string): PlatformError {
    if (this.values.entity !== entity || this.values.record !== undefined) return this;
    const { target, details, message } = this;
    const place = target === undefined ? { details } : { target, details };
    const values = { ...this.values, record: id };
    return Object.assign(new PlatformError(this.code, values, place), { message, headers: this.headers });
  }

  /** The same error in another place, with these details. */
  with(more: { target: string | undefined; details: readonly ErrorDetail[] }): PlatformError {
    const { target, details } = more;
    const place = target === undefined ? { details } : { target, details };
    const { message, headers } = this;
    return Object.assign(new PlatformError(this.code, this.values, place), { message, headers });
  }

  /** The same error, told with these headers as well. Subclasses lose what they add. */
  withHeaders(headers: Readonly<Record<string, string>>): PlatformError {
    return Object.assign(this.with(this), { headers: { ...this.headers, ...headers } });
  }
}

/** 405; `allowed` are the methods that the resource has, which the answer names in `Allow` (RFC 9110, 15.5.6). OPTIONS every one has. */
export function methodNotAllowed(method: string, allowed: readonly string[]): PlatformError {
  const all = allowed.flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]));
  return new PlatformError('method_not_allowed', { method }).withHeaders({ allow: [...all, 'OPTIONS'].join(', ') });
}

/** What a client sees of an error, without what concerns the request as a whole. */
export type ErrorObject = Pick<PlatformError, 'code' | 'message'> & Partial<Pick<PlatformError, 'target' | 'details'>>;

/** The error as the member `error` of an answer holds it. */
export function errorObject({ code, message, target, details }: PlatformError): ErrorObject {
  return { code, message, ...(target === undefined ? {} : { target }), ...(details.length === 0 ? {} : { details }) };
}

/** One detail line of an error, worded by the table. */
export function errorDetail(code: ErrorCode, values: Readonly<Record<string, string>>, target?: string): ErrorDetail {
  return { code, message: messageOf(code, values), ...(target === undefined ? {} : { target }) };
}

/** Why one record of many was refused, in words: what is wrong in particular; a detail that only leads to more is no reason. */
export const reasonOfRefusal = ({ message, details = [] }: Refusal): string =>
  details.find(({ code }) => code !== 'explain_access')?.message ?? message;

/** An error as answers have it. */
interface Refusal {
  readonly message: string;
  readonly details?: readonly { readonly code: string; readonly message: string }[];
}

/** The refusal of one argument of an operation. */
export function invalidArgument(operation: string, argument: string, reason: string): PlatformError {
  const detail = errorDetail('invalid_value', { name: argument, reason }, argument);
  return new PlatformError('invalid_arguments', { name: operation }, { details: [detail] });
}

function messageOf(code: ErrorCode, values: Readonly<Record<string, string>>): string {
  return ERRORS[code].message.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
}
