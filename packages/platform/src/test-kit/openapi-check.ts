// Whether answers are those that the OpenAPI document of the same Model promises: a status that the operation has, the content type, the
// error codes, and the body by its schema. Test kits send answers through it. Not for product code.

import type { Model } from '@kartoteka/metadata';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonObject } from '../openapi/types.ts';
import type { Platform } from '../platform-types.ts';
import { systemPrincipal } from '../security/principals.ts';
import { OperationFinder } from './openapi-operations.ts';

/** A request with its answer, as a test saw it. */
export interface Exchange {
  readonly method: string;
  /** From the root of the host, with the query if there is one. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | undefined;
  /** Null or empty: there is none. */
  readonly body: string | null;
}

interface Response {
  readonly content?: Readonly<Record<string, { readonly schema: JsonObject }>>;
  readonly 'x-error-codes'?: readonly string[];
}

/** What $apply answers: rows with members that the request names. */
const ROWS: JsonObject = {
  type: 'object',
  required: ['value'],
  properties: { value: { type: 'array', items: { type: 'object' } } },
};

const option = (name: string): RegExp => new RegExp(`[?&(;](\\$|%24)?${name}=`, 'i');

/** Each pair of operation and status is looked at so many times per process: further ones tell nothing new. */
const MOST_PER_ANSWER = 20;

const FORMATS: Readonly<Record<string, RegExp | true>> = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  date: /^\d{4}-\d\d-\d\d$/,
  'date-time': /^\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/,
  duration: /^-?P(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/,
  decimal: true,
  int32: true,
  int64: true,
  uri: true,
  'uri-reference': true,
  password: true,
};

/** One document's operations with validators that are compiled when they are needed. */
class DocumentCheck {
  readonly #finder: OperationFinder;
  readonly #document: JsonObject;
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #seen = new Map<string, number>();
  readonly #instances = new Map<boolean, Ajv2020>();

  constructor(document: JsonObject) {
    this.#document = document;
    this.#finder = new OperationFinder(document.paths as JsonObject);
  }

  /** Throws where the answer is not one of the document's. */
  check(exchange: Exchange): void {
    // A template takes any name where the document lists those that there are; what has no such method is no operation of it.
    const operation = exchange.status === 405 ? undefined : this.#finder.find(exchange.method, exchange.path);
    const name = operation === undefined ? 'no operation' : String(operation.operationId);
    const key = `${name} ${exchange.status}`;
    const times = this.#seen.get(key) ?? 0;
    if (times >= MOST_PER_ANSWER) return;
    // Every path has it (RFC 9110, 9.3.7), so that the document names it nowhere.
    if (exchange.method === 'OPTIONS' && exchange.status === 204 && !exchange.body) return;
    this.#seen.set(key, times + 1);
    if (operation === undefined && exchange.status < 400 && this.#finder.goesOn(exchange.path)) return;
    const reason = operation === undefined ? this.#unknown(exchange) : this.#known(exchange, operation);
    if (reason === undefined) return;
    const { method, path, status, body } = exchange;
    throw new Error(
      `The OpenAPI document does not promise this answer of ${name}: ${reason}\n${method} ${path} answered ${status} ${body?.slice(0, 2000)}`,
    );
  }

  /** What has no operation is refused. */
  #unknown({ method, status, contentType, body }: Exchange): string | undefined {
    if (status < 400) return `there is no such path or method, and it answers ${status}`;
    if (method === 'HEAD') return undefined;
    return this.#bodyReason({ $ref: '#/components/schemas/kartoteka.error_answer' }, contentType, body, true);
  }

  #known({ method, path, status, contentType, body }: Exchange, operation: JsonObject): string | undefined {
    const responses = operation.responses as Readonly<Record<string, JsonObject>>;
    const reference = responses[status] ?? responses[`${String(status)[0]}XX`];
    if (reference === undefined) return `status ${status} is not among ${Object.keys(responses).join(', ')}`;
    const response = this.#resolved(reference) as Response;
    const empty = body === null || body === '';
    if (response.content === undefined) return empty ? undefined : `there is a body where none is promised`;
    if (method === 'HEAD') return undefined;
    const type = contentType?.split(';')[0] ?? '';
    const schema = response.content[type]?.schema;
    if (schema === undefined) return `content type ${type} is not among ${Object.keys(response.content).join(', ')}`;
    if (type !== 'application/json') return undefined;
    const shown = status < 400 && option('apply').test(path) ? ROWS : schema;
    return this.#bodyReason(shown, type, body, !option('compute').test(path)) ?? codeReason(response, body);
  }

  #bodyReason(
    schema: JsonObject,
    contentType: string | undefined,
    body: string | null,
    closed: boolean,
  ): string | undefined {
    if (contentType !== undefined && !contentType.startsWith('application/json')) return `content type ${contentType}`;
    const validate = this.#validator(schema, closed);
    if (validate(JSON.parse(body ?? 'null'))) return undefined;
    const [error] = (validate.errors ?? []).toSorted((a, b) => b.instancePath.length - a.instancePath.length);
    return `${error?.instancePath} ${error?.message} ${JSON.stringify(error?.params)} (${error?.schemaPath})`;
  }

  #resolved(reference: JsonObject): JsonObject {
    if (typeof reference.$ref !== 'string') return reference;
    const [, , kind = '', name = ''] = reference.$ref.split('/');
    const components = this.#document.components as Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
    const found = components[kind]?.[name];
    if (found === undefined) throw new Error(`${reference.$ref} leads nowhere`);
    return found;
  }

  #validator(schema: JsonObject, closed: boolean): ValidateFunction {
    const key = `${closed} ${JSON.stringify(schema)}`;
    let validate = this.#validators.get(key);
    if (validate === undefined) {
      validate = this.#instance(closed).compile({
        ...schema,
        ...(typeof schema.$ref === 'string' ? { $ref: `document${schema.$ref}` } : {}),
      });
      this.#validators.set(key, validate);
    }
    return validate;
  }

  /** `closed`: records have no members beside those of the document, although it does not forbid what $compute adds. */
  #instance(closed: boolean): Ajv2020 {
    const known = this.#instances.get(closed);
    if (known !== undefined) return known;
    const { schemas } = this.#document.components as { readonly schemas: Readonly<Record<string, JsonObject>> };
    // Most validators see few values: making them is what costs.
    const quick = { inlineRefs: false, code: { optimize: false } } as const;
    const ajv = new Ajv2020({
      strict: false,
      allErrors: false,
      validateSchema: false,
      formats: { ...FORMATS },
      ...quick,
    });
    const close = ([name, schema]: [string, JsonObject]): [string, JsonObject] => [
      name,
      closed && /\.(read|deleted)$/.test(name) ? { ...schema, unevaluatedProperties: false } : schema,
    ];
    ajv.addSchema({ $id: 'document', components: { schemas: Object.fromEntries(Object.entries(schemas).map(close)) } });
    this.#instances.set(closed, ajv);
    return ajv;
  }
}

function codeReason({ 'x-error-codes': codes }: Response, body: string | null): string | undefined {
  if (codes === undefined) return undefined;
  const { code } = (JSON.parse(body ?? '{}') as { error: { code: string } }).error;
  return codes.includes(code) ? undefined : `the code ${code} is not among ${codes.join(', ')}`;
}

const checks = new WeakMap<Model, Promise<DocumentCheck>>();

/**
 * Checks an answer of the platform, or of the service over it, against the document of its Model with all rights. Throws an Error
 * that names the operation and the pointer.
 */
export async function checkAnswer(platform: Platform, exchange: Exchange): Promise<void> {
  const model = platform.model();
  let check = checks.get(model);
  if (check === undefined) {
    check = loadCheck(platform);
    checks.set(model, check);
  }
  (await check).check(exchange);
}

async function loadCheck(platform: Platform): Promise<DocumentCheck> {
  const baseUrl = 'http://openapi.test/api/v1';
  const request = { method: 'GET', path: '/openapi.json', query: '', headers: {}, body: null, baseUrl, client: null };
  const { body } = await platform.handle(request, systemPrincipal());
  return new DocumentCheck(JSON.parse(body ?? '', withoutExtensions) as JsonObject);
}

/** Ajv looks for `$id` in extensions too, where it names nothing. */
const withoutExtensions = (key: string, value: unknown): unknown =>
  key.startsWith('x-') && key !== 'x-error-codes' ? undefined : value;
