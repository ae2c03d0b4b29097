// Which errors of the one table an operation can answer, by what it does, and the responses that say so. A table of data and what
// makes OpenAPI of it.
import { SHAPES } from '../describe/shapes.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';
import { checksum, own } from './components.ts';
import { membersSchema } from './shape-schema.ts';
import type { JsonObject, OpenApiScope } from './types.ts';

/** What a request does that can fail. An operation has several of these. */
const CAUSES = {
  /** Every request below /api/v1: who sends it, by which protocol, and what the service is able to do. */
  any: [
    ...(['bad_request', 'limit_exceeded', 'invalid_text', 'target_not_found', 'unauthenticated'] as const),
    ...(['missing_capability', 'cannot_act_as', 'sign_in_needed', 'too_many_attempts'] as const),
    ...(['schema_moved', 'unknown_schema_version', 'invalid_option', 'duplicate_option'] as const),
    ...(['isolation_not_supported', 'not_supported', 'overloaded', 'unavailable', 'not_ready', 'internal'] as const),
  ],
  /** May be sent again without being carried out twice. */
  repeatable: [
    ...(['invalid_repeatability', 'repeated_request_differs', 'repeated_request_expired'] as const),
    ...(['too_many_repeatable_requests'] as const),
  ],
  options: ['invalid_query', 'unknown_option', 'duplicate_option', 'invalid_option'],
  format: ['not_acceptable'],
  privilege: ['missing_privilege', 'secured_property'],
  /** Names a record. */
  record: ['not_found', 'unknown_resource', 'invalid_key', 'type_mismatch'],
  /** Filters, orders, selects or expands. */
  expression: [
    'invalid_expression',
    'unknown_property',
    'operator_not_applicable',
    'type_mismatch',
    'secured_property',
  ],
  pages: ['invalid_skiptoken'],
  delta: ['invalid_deltatoken', 'delta_expired'],
  upsert: ['record_exists', 'is_deleted'],
  body: ['malformed_json', 'body_not_object', 'unsupported_media_type', 'payload_too_large', 'validation_failed'],
  write: [
    'validation_failed',
    ...([
      'unknown_property',
      'invalid_value',
      'secured_property',
      'type_mismatch',
      'missing_privilege_on_record',
    ] as const),
    ...([
      'target_not_found',
      'rule_violated',
      'required',
      'read_only',
      'dependent_value',
      'transition_refused',
      'required_on_entry',
      'links_are_records',
    ] as const),
    ...(['duplicate_key', 'duplicate_found', 'duplicate_candidate', 'conflict', 'escalation', 'not_found'] as const),
  ],
  precondition: ['precondition_failed', 'invalid_if_match'],
  delete: ['still_referenced', 'missing_privilege_on_record', 'conflict', 'not_found'],
  restore: [
    'escalation',
    'not_deleted',
    'target_deleted',
    'duplicate_key',
    'conflict',
    'missing_privilege_on_record',
    'not_found',
  ],
  share: [
    'missing_privilege_on_record',
    'escalation',
    'target_not_found',
    'action_not_applicable',
    'not_found',
    'conflict',
  ],
  /** Tells with whom a record is shared. */
  shares: ['missing_privilege_on_record'],
  batch: [
    ...(['invalid_batch', 'unknown_property', 'unsupported_media_type', 'payload_too_large'] as const),
    ...(['malformed_json', 'body_not_object'] as const),
  ],
  documents: ['invalid_documents', 'revision_conflict', 'destructive_change'],
  /** Parameters are held against their description. */
  arguments: ['invalid_arguments'],
  /** An operation of an extension. */
  extension: ['invalid_arguments', 'unknown_resource', 'is_deleted', 'record_exists'],
  /** Below /metadata. */
  route: ['unknown_resource'],
  /** Changes something there. */
  edit: ['validation_failed', 'conflict'],
} as const satisfies Readonly<Record<string, readonly ErrorCode[]>>;

export type Cause = Exclude<keyof typeof CAUSES, 'any'>;

/** Status -> reference to a response, for each status that these causes and codes can have; what the service cannot do is one. */
export function errorResponses(
  scope: OpenApiScope,
  causes: readonly Cause[],
  codes: readonly ErrorCode[] = [],
): JsonObject {
  const byStatus = new Map<string, ErrorCode[]>();
  for (const code of new Set<ErrorCode>([...CAUSES.any, ...causes.flatMap((cause) => CAUSES[cause]), ...codes])) {
    const { status } = ERRORS[code];
    const key = status >= 500 ? '5XX' : String(status);
    byStatus.set(key, [...(byStatus.get(key) ?? []), code]);
  }
  const statuses = [...byStatus].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(statuses.map(([status, codes]) => [status, errorResponse(scope, status, codes)]));
}

/** One per set of codes: operations that can fail alike share it. */
function errorResponse(scope: OpenApiScope, status: string, codes: readonly ErrorCode[]): JsonObject {
  const sorted = [...codes].sort();
  const name = `error.${status}.${sorted.length === 1 ? sorted[0] : checksum(sorted.join())}`;
  return scope.components.ref('responses', name, () => ({
    description: sorted.map((code) => `\`${code}\`: ${messageOf(code)}`).join('\n\n'),
    headers: headersOf(scope, status),
    content: { 'application/json': { schema: errorAnswer(scope), example: exampleOf(sorted[0] ?? 'internal') } },
    'x-error-codes': sorted,
  }));
}

const messageOf = (code: ErrorCode): string => ERRORS[code].message;

function exampleOf(code: ErrorCode): JsonObject {
  const message = messageOf(code).replaceAll(/\{(\w+)\}/g, (_, name: string) => name);
  return { error: { code, message, innererror: { request_id: '0193570e-5f3a-7c3e-9d3b-3f1c2a4b5c6d' } } };
}

/** The error object of OData with the id of the request. */
function errorAnswer(scope: OpenApiScope): JsonObject {
  const innererror: JsonObject = {
    type: 'object',
    required: ['request_id'],
    properties: {
      request_id: { type: 'string', description: 'Of the request, as X-Request-Id has it' },
      hint: { type: 'string', description: 'What may help' },
    },
    additionalProperties: false,
  };
  return scope.components.ref('schemas', own('error_answer'), () => {
    const error = membersSchema(scope, SHAPES.error?.members ?? {});
    const properties = { ...(error.properties as JsonObject), innererror };
    return {
      type: 'object',
      description: 'The error object of OData',
      required: ['error'],
      properties: { error: { ...error, properties, additionalProperties: false } },
      additionalProperties: false,
    };
  });
}

const RETRY: ReadonlySet<string> = new Set(['429', '5XX']);

function headersOf(scope: OpenApiScope, status: string): JsonObject {
  const id = header(scope, 'X-Request-Id', 'Names the request in the logs');
  if (status === '401') return { ...id, ...header(scope, 'WWW-Authenticate', 'How to sign in') };
  return RETRY.has(status) ? { ...id, ...header(scope, 'Retry-After', 'Seconds to wait') } : id;
}

/** A header of answers under its own name. */
export function header({ components }: OpenApiScope, name: string, description: string): JsonObject {
  return { [name]: components.ref('headers', name, () => ({ description, schema: { type: 'string' } })) };
}
