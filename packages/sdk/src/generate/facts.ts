// What a program relies on of a CRM, one fact for each thing that it may name: what a generated file carries along in a comment, so that it
// can be compared with the server's present schemas without reading TypeScript.
import { createHash } from 'node:crypto';
import {
  type DescribedOperation,
  type DescribedSet,
  type JsonSchema,
  resolved,
  type SchemaDocument,
  sorted,
} from './document.ts';
import { isNullable, kindOf, valuesOf } from './kinds.ts';

/** Of a property; of a set, a navigation, a key or an operation `is` alone. */
export interface Fact {
  /** What it is, in one text: `decimal`, `set of deal`, `leads to companies[]`, `key of name,city`, `action ...`. */
  readonly is: string;
  readonly nullable?: true;
  readonly values?: readonly string[];
  /** In a create and an update: which values are taken where not all are. */
  readonly create?: 'needed' | 'optional';
  readonly update?: true;
  readonly taken?: readonly string[];
}

/** By path: `deals`, `deals/amount`, `deals/company`, `deals#number`, `deals/record:assign`. */
export type Facts = Readonly<Record<string, Fact>>;

export function factsOf(document: SchemaDocument): Facts {
  const facts = sorted(document.sets).flatMap(([set, described]) => setFacts(document, set, described));
  const own = sorted(document.operations).map(([name, operation]): [string, Fact] => [
    `:${name}`,
    operationFact(document, operation),
  ]);
  return Object.fromEntries([...facts, ...own].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function setFacts(document: SchemaDocument, set: string, described: DescribedSet): [string, Fact][] {
  const { entity, navigations, keys, operations } = described;
  const may = (['read', 'create', 'update'] as const).filter((right) => described[right] !== undefined);
  const names = new Set(may.flatMap((right) => Object.keys(membersOf(document, described[right]).properties)));
  return [
    [set, { is: `set of ${entity}` }],
    ...may.map((right): [string, Fact] => [`${set}:${right}`, { is: right }]),
    ...(described.deletable ? [[`${set}:delete`, { is: 'delete' }] as [string, Fact]] : []),
    // Navigations as members of bodies follow from the navigations.
    ...[...names]
      .filter((name) => !name.includes('@') && !Object.hasOwn(navigations, name))
      .map((name): [string, Fact] => [`${set}/${name}`, propertyFact(document, described, name)]),
    ...Object.entries(navigations).map(([name, { set: to, many }]): [string, Fact] => [
      `${set}/${name}`,
      { is: `leads to ${to}${many ? '[]' : ''}` },
    ]),
    ...Object.entries(keys).map(([name, properties]): [string, Fact] => [
      `${set}#${name}`,
      { is: `key of ${properties.join(',')}` },
    ]),
    ...Object.entries(operations).flatMap(([binding, named]) =>
      Object.entries(named).map(([name, operation]): [string, Fact] => [
        `${set}/${binding}:${name}`,
        operationFact(document, operation),
      ]),
    ),
  ];
}

interface Members {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: ReadonlySet<string>;
}

/** The members of a record or body; what is needed in one of several ways counts as needed by the first of them. */
function membersOf(document: SchemaDocument, schema: JsonSchema | undefined): Members {
  const whole = resolved(document, schema ?? {});
  const [base = whole, ...ways] = whole.allOf ?? [];
  const { properties = {}, required = [] } = resolved(document, base);
  return {
    properties,
    required: new Set([...required, ...ways.flatMap(({ anyOf = [] }) => anyOf[0]?.required ?? [])]),
  };
}

function propertyFact(document: SchemaDocument, described: DescribedSet, name: string): Fact {
  const [read, create, update] = [described.read, described.create, described.update].map((schema) =>
    membersOf(document, schema),
  );
  const [shown, made, changed] = [read, create, update].map((members) => members?.properties[name]);
  const schema = shown ?? made ?? changed ?? {};
  const values = valuesOf(document, schema);
  const written = made ?? changed;
  const taken = written === undefined ? undefined : valuesOf(document, written);
  return {
    is: kindOf(document, schema),
    ...(isNullable(schema) ? { nullable: true } : {}),
    ...(values === undefined ? {} : { values: [...values].sort() }),
    ...(made === undefined ? {} : { create: create?.required.has(name) ? 'needed' : 'optional' }),
    ...(changed === undefined ? {} : { update: true }),
    ...(taken === undefined || taken.length === values?.length ? {} : { taken: [...taken].sort() }),
  };
}

function operationFact(document: SchemaDocument, { kind, list, parameters, returns }: DescribedOperation): Fact {
  const text = JSON.stringify([
    signature(document, parameters, 0),
    returns === null ? null : signature(document, returns, 0),
  ]);
  // Told apart, not told: what parameters were before says little to people.
  return { is: `${list === true ? 'list' : kind} ${createHash('sha256').update(text).digest('hex').slice(0, 16)}` };
}

/** Structures deeper than this are told by their names. */
const DEEPEST = 4;

/** A schema without its words, members in the order of their names. */
function signature(document: SchemaDocument, schema: JsonSchema, depth: number): unknown {
  const { $ref, type, format, enum: all, items } = schema;
  if ($ref?.endsWith('.read') || depth > DEEPEST) return $ref ?? type;
  const { properties, required = [] } = resolved(document, schema);
  if (properties === undefined)
    return [type, format, all, items === undefined ? undefined : signature(document, items, depth + 1)].filter(
      (each) => each !== undefined,
    );
  return Object.fromEntries(
    sorted(properties).map(([name, member]) => [
      required.includes(name) ? name : `${name}?`,
      signature(document, member, depth + 1),
    ]),
  );
}
