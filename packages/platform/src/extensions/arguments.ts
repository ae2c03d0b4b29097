// Arguments of extension operations, from the body of an action or the query and parentheses of a function, held against their
// descriptions. Everything that is wrong is told at once.
import { ExactNumber, parseExactJson } from '@kartoteka/metadata';
import type { Member, Shape } from '../describe/types.ts';
import { type ErrorDetail, errorDetail, PlatformError } from '../errors.ts';
import type { EngineRequest } from '../platform-types.ts';
import { requireJson } from '../request/headers.ts';
import { parseObject } from '../request/json-object.ts';
import { parseParameters, type QueryOptions } from '../request/query-options.ts';
import { header } from '../shape.ts';
import type { Arguments, OperationDefinition } from './types.ts';

/** As much of an operation as its arguments are held against. */
type Described = Pick<OperationDefinition, 'name' | 'kind' | 'parameters' | 'list'>;
type Shapes = Readonly<Record<string, Shape>>;

const MOST_DETAILS = 100;
/** Members of a list in a query. */
const MOST_IN_QUERY = 1_000;
const NO_OPTIONS: ReadonlySet<keyof QueryOptions> = new Set(['format'] as const);
const LIST_OPTIONS: ReadonlySet<keyof QueryOptions> = new Set(['format', 'top', 'skiptoken'] as const);

/** Arguments and query options. Throws invalid_arguments with each finding, and what the body or the query is refused with. */
export function argumentsOf(
  request: EngineRequest,
  operation: Described,
  shapes: Shapes,
  given: string | null,
): { readonly args: Arguments; readonly options: QueryOptions } {
  const { kind, parameters, list } = operation;
  const allowed = list === undefined ? NO_OPTIONS : LIST_OPTIONS;
  if (kind === 'action') {
    const { options } = parseParameters(request.query, new Set(), allowed);
    const { body } = request;
    const isEmpty = body === null || body.trim() === '';
    if (!isEmpty) requireJson(header(request, 'content-type'));
    return { args: checked(isEmpty ? {} : parseObject(body), operation, shapes), options };
  }
  const found = parseParameters(request.query, new Set(Object.keys(parameters)), allowed);
  const { options } = found;
  const texts = given === null ? new Map(found) : withCall(found, given);
  const values = [...texts].map(([name, text]): [string, unknown] => [name, parsedText(text, parameters[name])]);
  const args = checked(Object.fromEntries(values), operation, shapes);
  return { args: list === undefined ? args : { ...args, ...pageArguments(options) }, options };
}

function pageArguments({ top, skiptoken }: QueryOptions): Arguments {
  return { ...(top === undefined ? {} : { $top: top }), ...(skiptoken === undefined ? {} : { $skiptoken: skiptoken }) };
}

/** `name=literal` in the parentheses of a call, separated by commas. */
function withCall(query: ReadonlyMap<string, string>, given: string): ReadonlyMap<string, string> {
  const all = new Map(query);
  const part = /\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*('(?:[^']|'')*'|\[[^\]]*\]|[^,'\s]+)\s*(,|$)/y;
  while (part.lastIndex < given.length) {
    const at = part.lastIndex;
    const [, name, literal = ''] = part.exec(given) ?? [];
    if (name === undefined) throw new PlatformError('invalid_key', { key: given.slice(at) });
    if (all.has(name)) throw new PlatformError('duplicate_option', { name }, { target: name });
    all.set(name, literal.startsWith("'") ? literal.slice(1, -1).replaceAll("''", "'") : literal);
  }
  return all;
}

/** The text of a query as the value that JSON would have in its place; what fits no type stays text, and is refused as such. */
function parsedText(text: string, member: Member | undefined): unknown {
  if (member === undefined) return text;
  if (member.collection === true) {
    const one = { ...member, collection: undefined } as unknown as Member;
    if (text.startsWith('[')) return jsonOf(text);
    return text === ''
      ? []
      : text
          .split(',')
          .slice(0, MOST_IN_QUERY + 1)
          .map((each) => parsedText(each.trim(), one));
  }
  if (member.nullable === true && text === 'null') return null;
  if (TEXTS.has(member.type)) return text;
  return jsonOf(text);
}

const TEXTS: ReadonlySet<string> = new Set(['Edm.String', 'Edm.Guid', 'Edm.DateTimeOffset', 'Edm.Date']);

function jsonOf(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return text;
  }
}

function checked(values: Arguments, { name, parameters }: Described, shapes: Shapes): Arguments {
  const check = new Check(shapes);
  const args = check.object(values, parameters, '', false);
  if (check.details.length > 0) throw new PlatformError('invalid_arguments', { name }, { details: check.details });
  return args;
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

const isInteger = (value: unknown, most: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= most;
const isMoment = (value: unknown, form: RegExp): boolean =>
  typeof value === 'string' && form.test(value) && !Number.isNaN(Date.parse(value));

/** What a value of the type is, in words, and how it is told. */
const TYPES: Readonly<Record<string, readonly [words: string, test: (value: unknown) => boolean]>> = {
  'Edm.String': ['a text', (value) => typeof value === 'string'],
  'Edm.Boolean': ['true or false', (value) => typeof value === 'boolean'],
  'Edm.Int32': ['a whole number', (value) => isInteger(value, 2 ** 31 - 1)],
  'Edm.Int64': ['a whole number', (value) => isInteger(value, Number.MAX_SAFE_INTEGER)],
  'Edm.Decimal': ['a number', (value) => typeof value === 'number' || value instanceof ExactNumber],
  'Edm.Guid': ['an id', (value) => typeof value === 'string' && GUID.test(value)],
  'Edm.Date': ['a date (2026-12-31)', (value) => isMoment(value, DATE)],
  'Edm.DateTimeOffset': ['a moment (2026-12-31T12:00:00Z)', (value) => isMoment(value, TIME)],
  'Edm.Untyped': ['any value', () => true],
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

class Check {
  readonly details: ErrorDetail[] = [];
  readonly #shapes: Shapes;

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
  }

  object(values: Arguments, members: Readonly<Record<string, Member>>, at: string, open: boolean): Arguments {
    const checked: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(values)) {
      const member = Object.hasOwn(members, name) ? members[name] : undefined;
      if (member !== undefined) checked[name] = this.#value(value, member, `${at}${name}`);
      else if (open) checked[name] = value;
      else this.#wrong(`${at}${name}`, 'there is no such parameter');
    }
    for (const [name, { optional }] of Object.entries(members))
      if (optional !== true && !Object.hasOwn(values, name)) this.#add('required', `${at}${name}`, {});
    return checked;
  }

  #value(value: unknown, member: Member, at: string): unknown {
    if (value === null && (member.nullable === true || member.type === 'Edm.Untyped')) return null;
    if (member.collection !== true) return this.#one(value, member, at);
    if (!Array.isArray(value)) return this.#wrong(at, 'a list is needed');
    if (value.length > (member.most ?? MOST_IN_QUERY))
      return this.#wrong(at, `${member.most ?? MOST_IN_QUERY} at most`);
    return value.map((one, index) => this.#one(one, member, `${at}/${index}`));
  }

  #one(value: unknown, { type, values }: Member, at: string): unknown {
    const primitive = TYPES[type];
    if (primitive === undefined) return this.#structure(value, type, at);
    const [words, test] = primitive;
    if (!test(value)) return this.#wrong(at, `${words} is needed`);
    if (values !== undefined && !values.includes(String(value)))
      return this.#wrong(at, `one of ${values.join(', ')} is needed`);
    return type === 'Edm.Guid' ? String(value).toLowerCase() : value;
  }

  #structure(value: unknown, type: string, at: string): unknown {
    if (!isObject(value)) return this.#wrong(at, 'an object is needed');
    if (type === 'record') return value;
    const shape = this.#shapes[type];
    if (shape === undefined) throw new Error(`there is no structure ${type}`);
    return this.object(value, shape.members, `${at}/`, shape.open === true);
  }

  #wrong(at: string, reason: string): undefined {
    this.#add('invalid_value', at, { reason });
  }

  #add(code: 'required' | 'invalid_value', at: string, values: Record<string, string>): void {
    if (this.details.length < MOST_DETAILS) this.details.push(errorDetail(code, { name: at, ...values }, at));
  }
}
