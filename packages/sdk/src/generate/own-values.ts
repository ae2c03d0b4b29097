// Closed sets of values under names of their own property. The service shares one schema among all properties that have the same values,
// under the name of the first; the types of a program must not be called otherwise because an entity came or is hidden from somebody.
import { type JsonSchema, referenced, type SchemaDocument, sorted } from './document.ts';

/** The document with `values.deal.stage` for each property; what differs in bodies (values no longer used) is `values.deal.stage.taken`. */
export function withOwnValues(document: SchemaDocument): SchemaDocument {
  const defs: Record<string, JsonSchema> = {};
  // Records before bodies: `read` stands last, but names its values first.
  const schemas = sorted(document.$defs).filter(([name]) => !isValues(name));
  for (const [name, schema] of schemas.toSorted(
    ([a], [b]) => Number(b.endsWith('.read')) - Number(a.endsWith('.read')),
  )) {
    const [entity = ''] = name.split('.');
    const own = (property: string, shared: string): string =>
      ownName(document, defs, `values.${entity}.${property}`, shared);
    defs[name] = schema.properties === undefined ? schema : { ...schema, properties: renamed(schema.properties, own) };
  }
  return { ...document, $defs: defs };
}

const isValues = (name: string): boolean => name.startsWith('values.');

type Own = (property: string, shared: string) => string;

function renamed(properties: Readonly<Record<string, JsonSchema>>, own: Own): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, inPlace(schema, (shared) => own(name, shared))]),
  );
}

/** The schema with references to values replaced, wherever they stand in it. */
function inPlace(schema: JsonSchema, own: (shared: string) => string): JsonSchema {
  const name = referenced(schema);
  if (name !== undefined && isValues(name)) return { ...schema, $ref: `#/$defs/${own(name)}` };
  const { anyOf, items } = schema;
  return {
    ...schema,
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map((each) => inPlace(each, own)) }),
    ...(items === undefined ? {} : { items: inPlace(items, own) }),
  };
}

/** The name under which the values stand for the property, put there where they are new. */
function ownName(
  { $defs }: Pick<SchemaDocument, '$defs'>,
  defs: Record<string, JsonSchema>,
  name: string,
  shared: string,
): string {
  const values = $defs[shared];
  if (values === undefined) throw new Error(`the schemas refer to ${shared}, which they do not have`);
  const known = defs[name];
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(values))
    return ownName({ $defs }, defs, `${name}.taken`, shared);
  defs[name] = values;
  return name;
}
