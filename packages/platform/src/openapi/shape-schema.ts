// Structures of describe/shapes.ts as JSON Schemas.

import type { Member, PrimitiveName } from '../describe/types.ts';
import { shapeOf } from '../extensions/registry.ts';
import { own } from './components.ts';
import type { Json, JsonObject, OpenApiScope } from './types.ts';

/** Int64 are strings with IEEE754Compatible. */
const PRIMITIVES: Readonly<Record<PrimitiveName, JsonObject>> = {
  'Edm.String': { type: 'string' },
  'Edm.Boolean': { type: 'boolean' },
  'Edm.Int32': { type: 'integer', format: 'int32' },
  'Edm.Int64': { type: ['integer', 'string'], format: 'int64' },
  'Edm.Decimal': { type: ['number', 'string'], format: 'decimal' },
  'Edm.Date': { type: 'string', format: 'date' },
  'Edm.Guid': { type: 'string', format: 'uuid' },
  'Edm.DateTimeOffset': { type: 'string', format: 'date-time' },
  'Edm.Untyped': {},
};

const isPrimitive = (type: string): type is PrimitiveName => Object.hasOwn(PRIMITIVES, type);

/** A reference to the schema of a structure. */
export function shapeSchema(scope: OpenApiScope, name: string): JsonObject {
  if (name === 'record') return { type: 'object' };
  const shape = shapeOf(scope.model, name);
  if (shape === undefined) throw new Error(`there is no structure ${name}`);
  const context: JsonObject = shape.context === true ? { '@odata.context': { type: 'string' } } : {};
  return scope.components.ref('schemas', own(name), () => ({
    ...membersSchema(scope, shape.members, context),
    description: shape.description,
    ...(shape.open === true ? {} : { additionalProperties: false }),
  }));
}

/** An object with these members, and `besides` (schemas by name), which may be left out. */
export function membersSchema(
  scope: OpenApiScope,
  members: Readonly<Record<string, Member>>,
  besides: JsonObject = {},
): JsonObject {
  const required = Object.entries(members).flatMap(([name, { optional }]) => (optional === true ? [] : [name]));
  return {
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    properties: {
      ...besides,
      ...Object.fromEntries(Object.entries(members).map(([name, member]) => [name, memberSchema(scope, member)])),
    },
  };
}

/** A list of values says for itself that null is among them. */
const orNull = ({ collection, nullable }: Member, values: readonly string[]): readonly Json[] =>
  nullable === true && collection !== true ? [...values, null] : values;

/** A member's value. */
export function memberSchema(scope: OpenApiScope, member: Member): JsonObject {
  const { type, collection, nullable, values, most, description, example } = member;
  const one: JsonObject = isPrimitive(type)
    ? { ...PRIMITIVES[type], ...(values === undefined ? {} : { enum: orNull(member, values) }) }
    : shapeSchema(scope, type);
  const words = { description, ...(example === undefined ? {} : { examples: [example as Json] }) };
  if (collection === true)
    return { type: 'array', ...(most === undefined ? {} : { maxItems: most }), items: one, ...words };
  if (nullable !== true || Object.keys(one).length === 0) return { ...one, ...words };
  if (one.type === undefined) return { anyOf: [one, { type: 'null' }], ...words };
  return { ...one, type: [...(Array.isArray(one.type) ? one.type : [one.type as string]), 'null'], ...words };
}
