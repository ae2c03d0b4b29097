// One operation of the document from its parts: what is the same for all of them is written here.
import type { ErrorCode } from '../errors.ts';
import { type Cause, errorResponses, header } from './error-responses.ts';
import { type HeaderName, headers, type OptionName, options } from './parameters.ts';
import type { JsonObject, OpenApiScope } from './types.ts';

export interface OperationParts {
  /** Unique in the document. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  readonly options?: readonly OptionName[];
  readonly headers?: readonly HeaderName[];
  /** Parameters of its own, those of the path aside. */
  readonly parameters?: readonly JsonObject[];
  readonly body?: JsonObject;
  /** Status -> response. */
  readonly answers: JsonObject;
  readonly causes: readonly Cause[];
  /** Errors that belong to no cause. */
  readonly codes?: readonly ErrorCode[];
}

/** Headers that every request below /api/v1 may have. */
const ANY: readonly HeaderName[] = ['max_version', 'act_as'];

/** The query option likewise. */
const ANY_OPTION: readonly OptionName[] = ['schemaversion'];

const REPEATABLE: readonly HeaderName[] = ['repeatability_id', 'repeatability_sent'];

/** What changes something has one of these, and may be repeated. */
const CHANGING: readonly Cause[] = ['write', 'delete', 'restore', 'share', 'batch', 'edit'];

export function operation(scope: OpenApiScope, parts: OperationParts): JsonObject {
  const { id, tag, summary, description, body, answers, causes } = parts;
  const changes = causes.some((cause) => CHANGING.includes(cause));
  const parameters = [
    ...options(scope, [...(parts.options ?? []), ...ANY_OPTION]),
    ...(parts.parameters ?? []),
    ...headers(scope, [...(parts.headers ?? []), ...(changes ? REPEATABLE : []), ...ANY]),
  ];
  const all: readonly Cause[] = [
    ...causes,
    ...(changes ? (['repeatable'] as const) : []),
    ...(parts.options === undefined ? [] : (['options'] as const)),
    ...(body === undefined ? [] : (['body'] as const)),
  ];
  return {
    operationId: id,
    tags: [tag],
    summary,
    description,
    parameters,
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { ...sharedAnswers(scope, answers), ...errorResponses(scope, all, parts.codes) },
  };
}

/** Many operations answer alike. */
function sharedAnswers({ components }: OpenApiScope, answers: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(answers).map(([status, response]) => [
      status,
      components.same('responses', `${status}.${contentName(response as JsonObject)}`, response as JsonObject),
    ]),
  );
}

/** The name of the schema that a response has, or `empty`. */
function contentName({ content }: JsonObject): string {
  const [first] = Object.values((content ?? {}) as Readonly<Record<string, { readonly schema: JsonObject }>>);
  if (first === undefined) return 'empty';
  return String(first.schema.$ref ?? 'value').replace(/^.*\//, '');
}

/** A body that is needed, as JSON. */
export function jsonBody(schema: JsonObject, description: string, required = true): JsonObject {
  return { required, description, content: { 'application/json': { schema } } };
}

interface AnswerParts {
  readonly description: string;
  /** Names of headers with what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

const VERSION = { 'OData-Version': 'Version of OData that the answer has' } as const;

/** Header names as components know them. */
export const ETAG = { ETag: 'Version of the record, for If-Match and If-None-Match' } as const;
export const LOCATION = { Location: 'URL of the new record', 'OData-EntityId': 'The same' } as const;
export const PREFERENCE = { 'Preference-Applied': 'Which preferences were honoured' } as const;

/** An answer with JSON. */
export function answer(scope: OpenApiScope, schema: JsonObject, parts: AnswerParts): JsonObject {
  return { ...empty(scope, parts), content: { 'application/json': { schema } } };
}

/** An answer without a body. */
export function empty(scope: OpenApiScope, parts: AnswerParts): JsonObject {
  const named = { ...VERSION, ...parts.headers };
  return {
    description: parts.description,
    headers: Object.assign({}, ...Object.entries(named).map(([name, text]) => header(scope, name, text))),
  };
}

/** An answer that is a text. */
export function textAnswer(scope: OpenApiScope, description: string, type = 'text/plain'): JsonObject {
  return { ...empty(scope, { description }), content: { [type]: { schema: { type: 'string' } } } };
}
