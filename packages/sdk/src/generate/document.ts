// The document that types are generated from (GET /json-schemas), as far as the generator reads it. Types, and the one check that what a
// server answered is such a document.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly title?: string;
  readonly description?: string;
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly readOnly?: boolean;
  readonly 'x-sortable'?: boolean;
}

export interface DescribedOperation {
  readonly kind: 'action' | 'function';
  readonly description?: string;
  readonly list?: boolean;
  readonly parameters: JsonSchema;
  /** Null: nothing is answered. */
  readonly returns: JsonSchema | null;
}

export interface DescribedSet {
  readonly entity: string;
  readonly title: string;
  /** Absent: the caller may not do that. */
  readonly read?: JsonSchema;
  readonly create?: JsonSchema;
  readonly update?: JsonSchema;
  readonly deletable: boolean;
  readonly keys: Readonly<Record<string, readonly string[]>>;
  readonly navigations: Readonly<
    Record<string, { readonly set: string; readonly many: boolean; readonly nullable: boolean }>
  >;
  /** By what they are called on, then by name. */
  readonly operations: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
}

export interface SchemaDocument {
  readonly schema_version: string;
  readonly sets: Readonly<Record<string, DescribedSet>>;
  readonly operations: Readonly<Record<string, DescribedOperation>>;
  readonly $defs: Readonly<Record<string, JsonSchema>>;
}

export function isSchemaDocument(value: unknown): value is SchemaDocument {
  if (!isObject(value)) return false;
  const { schema_version: version, sets, operations, $defs } = value;
  return (
    typeof version === 'string' &&
    isObject(operations) &&
    isObject($defs) &&
    isObject(sets) &&
    Object.values(sets).every(isSet)
  );
}

function isSet(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { entity, keys, navigations, operations } = value;
  return typeof entity === 'string' && [keys, navigations, operations].every(isObject);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The name in `$defs` that a reference leads to; undefined for a schema that is none. */
export function referenced({ $ref }: JsonSchema): string | undefined {
  return $ref?.startsWith('#/$defs/') ? $ref.slice('#/$defs/'.length) : undefined;
}

/** The schema itself, a reference followed. Throws where it leads nowhere. */
export function resolved({ $defs }: Pick<SchemaDocument, '$defs'>, schema: JsonSchema): JsonSchema {
  const name = referenced(schema);
  if (name === undefined) return schema;
  const found = Object.hasOwn($defs, name) ? $defs[name] : undefined;
  if (found === undefined) throw new Error(`the schemas refer to ${name}, which they do not have`);
  return found;
}

/** Entries in the order of their names, so that what is made of them does not depend on the order in which they came. */
export function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
