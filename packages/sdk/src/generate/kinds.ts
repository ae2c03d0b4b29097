// Which kind a property is of, from the schema of what it shows.
import type { PropertyKind } from '../schema.ts';
import { type JsonSchema, resolved, type SchemaDocument } from './document.ts';

const FORMATS: Readonly<Record<string, PropertyKind>> = {
  int64: 'int64',
  decimal: 'decimal',
  date: 'date',
  'date-time': 'datetime',
  duration: 'duration',
  uuid: 'guid',
};

export function kindOf(document: SchemaDocument, schema: JsonSchema): PropertyKind {
  const { type, format } = schema;
  const types = typeof type === 'string' ? [type] : (type ?? []);
  if (types.includes('array')) return 'choices';
  if (valuesOf(document, schema) !== undefined) return 'choice';
  const kind = format === undefined ? undefined : FORMATS[format];
  if (kind !== undefined) return kind;
  if (types.includes('boolean')) return 'boolean';
  if (types.includes('string')) return schema['x-sortable'] === false ? 'long_text' : 'string';
  return 'json';
}

/** The closed set of texts that a value is one of (of an array its members); undefined where any is taken. */
export function valuesOf(document: SchemaDocument, schema: JsonSchema): readonly string[] | undefined {
  const { enum: all, oneOf, anyOf, items } = resolved(document, schema);
  if (items !== undefined) return valuesOf(document, items);
  if (all !== undefined) return all.filter((value): value is string => typeof value === 'string');
  if (oneOf !== undefined) return oneOf.map((each) => String(each.const));
  const [one] = (anyOf ?? []).filter((each) => each.type !== 'null');
  return one === undefined ? undefined : valuesOf(document, one);
}

/** Whether null is a value. */
export function isNullable({ type, anyOf, enum: all }: JsonSchema): boolean {
  if (Array.isArray(type)) return type.includes('null');
  return type === 'null' || all?.includes(null) === true || anyOf?.some(isNullable) === true;
}
