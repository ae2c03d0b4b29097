// JSON Schemas as TypeScript, by json-schema-to-typescript: each schema by itself, with the names of others in place of references, so
// that every type is declared once and under the name that it was given.
import { compile } from 'json-schema-to-typescript';
import { type JsonSchema, referenced, type SchemaDocument } from './document.ts';

export interface Scope {
  readonly document: SchemaDocument;
  /** Type names by the names in `$defs`. */
  readonly names: ReadonlyMap<string, string>;
}

/** What the tool takes: `tsType` stands for the type of a schema, `description` becomes its comment. */
type ToolSchema = { readonly [keyword: string]: unknown };

const STYLE = { singleQuote: true, semi: true, printWidth: 120 } as const;

/** The declaration of a type, exported. */
export async function declaration(scope: Scope, name: string, schema: JsonSchema): Promise<string> {
  const ways = schema.allOf;
  if (ways !== undefined) return comment(schema.description) + intersection(scope, name, ways);
  const text = await compile({ ...toolSchema(scope, schema), title: name } as never, name, {
    bannerComment: '',
    additionalProperties: false,
    unknownAny: true,
    ignoreMinAndMaxItems: true,
    style: STYLE,
  });
  if (!new RegExp(`^export (?:interface|type) ${name}\\b`, 'm').test(text))
    throw new Error(`no type ${name} came of its schema`);
  return text.trimEnd();
}

/** Members of which some are needed in one of several ways: `DealCreateMembers & (Required<Pick<...>> | ...)`. */
function intersection(scope: Scope, name: string, parts: readonly JsonSchema[]): string {
  const [base, ...ways] = parts;
  const members = typeText(scope, base ?? {});
  const choices = ways.map(({ anyOf = [] }) => {
    const each = anyOf.map(
      ({ required = [] }) => `Required<Pick<${members}, ${required.map((one) => JSON.stringify(one)).join(' | ')}>>`,
    );
    return `(\n  | ${each.join('\n  | ')}\n)`;
  });
  return `export type ${name} = ${[members, ...choices].join(' & ')};`;
}

function comment(text: string | undefined): string {
  return text === undefined
    ? ''
    : `/**\n${escaped(text)
        .split('\n')
        .map((line) => ` * ${line}`)
        .join('\n')}\n */\n`;
}

const escaped = (text: string): string => text.replaceAll('*/', '* /');

/** The schema for the tool: titles are words for people here, not names. */
function toolSchema(scope: Scope, schema: JsonSchema): ToolSchema {
  const described = description(schema);
  const words = described === undefined ? {} : { description: described };
  if (schema.properties === undefined) return { ...words, tsType: typeText(scope, schema) };
  const members = Object.entries(schema.properties).sort(([a], [b]) => order(a) - order(b) || (a < b ? -1 : 1));
  return {
    ...words,
    type: 'object',
    required: schema.required ?? [],
    properties: Object.fromEntries(members.map(([name, member]) => [name, memberSchema(scope, member)])),
    additionalProperties: false,
  };
}

const order = (name: string): number => (name === 'id' ? 0 : 1);

function memberSchema(scope: Scope, schema: JsonSchema): ToolSchema {
  const described = description(schema);
  return { ...(described === undefined ? {} : { description: described }), tsType: typeText(scope, schema) };
}

/** Title and description, and of a closed set of values what each means. */
function description({ title, description: text, oneOf }: JsonSchema): string | undefined {
  const values = oneOf?.map((each) => `- \`${String(each.const)}\`: ${each.title ?? ''}`).join('\n');
  const parts = [title, text, values].filter((part) => part !== undefined && part !== '');
  return parts.length === 0 ? undefined : parts.join('\n\n');
}

const FORMATS: Readonly<Record<string, string>> = { int64: 'Int64', decimal: 'Decimal' };
const PRIMITIVES: Readonly<Record<string, string>> = {
  string: 'string',
  boolean: 'boolean',
  integer: 'number',
  number: 'number',
  null: 'null',
  object: 'object',
};

/** The type of a value, in one line. Exact numbers have types of their own; what is not described is unknown. */
export function typeText(scope: Scope, schema: JsonSchema): string {
  const name = referenced(schema);
  if (name !== undefined) return nameOf(scope, name);
  const { enum: all, oneOf, anyOf, type, format, items } = schema;
  if (all !== undefined) return union(all.map((value) => JSON.stringify(value)));
  if (oneOf !== undefined) return union(oneOf.map((each) => JSON.stringify(each.const)));
  if (anyOf !== undefined) return union(anyOf.map((each) => typeText(scope, each)));
  const types = typeof type === 'string' ? [type] : (type ?? []);
  if (types.length === 0) return 'unknown';
  const exact = format === undefined ? undefined : FORMATS[format];
  const ofType = (each: string): string => {
    if (exact !== undefined && each !== 'null') return exact;
    if (each === 'array') return `(${items === undefined ? 'unknown' : typeText(scope, items)})[]`;
    if (each === 'object' && schema.properties !== undefined) return objectText(scope, schema);
    return PRIMITIVES[each] ?? 'unknown';
  };
  return union(types.map(ofType));
}

function objectText(scope: Scope, { properties = {}, required = [] }: JsonSchema): string {
  const members = Object.entries(properties).map(
    ([name, member]) => `${JSON.stringify(name)}${required.includes(name) ? '' : '?'}: ${typeText(scope, member)}`,
  );
  return members.length === 0 ? 'object' : `{ ${members.join('; ')} }`;
}

const union = (types: readonly string[]): string => (types.length === 0 ? 'never' : [...new Set(types)].join(' | '));

function nameOf({ names }: Scope, name: string): string {
  const found = names.get(name);
  if (found === undefined) throw new Error(`the schemas refer to ${name}, which they do not have`);
  return found;
}
