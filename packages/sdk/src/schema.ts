// What a generated file tells the client of one customised CRM: types for the compiler, and the few facts that the runtime needs as
// data. Types only; nothing here runs, and nothing here knows an entity.

/** Decides which operators a property has, and how its values are written in a URL. */
export type PropertyKind =
  | 'string'
  /** Text of many sentences, which has no order. */
  | 'long_text'
  | 'int64'
  | 'decimal'
  | 'boolean'
  /** `2026-11-22` */
  | 'date'
  /** `2026-11-22T10:00:00.123456Z` */
  | 'datetime'
  /** `PT1H30M` */
  | 'duration'
  | 'guid'
  /** One of a closed set of texts: a choice, a currency, a country, the entity that a lookup of several targets leads to. */
  | 'choice'
  /** Several of a closed set. */
  | 'choices'
  | 'json';

export interface NavigationShape {
  /** The entity set that it leads to. */
  set: string;
  /** A collection; else one record. */
  many: boolean;
  /** There may be no record. */
  nullable: boolean;
}

/** An action (POST) or function (GET) of the service. */
export interface OperationShape {
  kind: 'action' | 'function';
  /** The body of an action, the query of a function. */
  parameters: object;
  /** What is answered: `void` for nothing. Of a list (`list: true`) one item of it. */
  returns: unknown;
  list?: boolean;
}

/** Operations by name, under what they are called on. */
export interface OperationShapes {
  record?: object;
  deleted_record?: object;
  collection?: object;
}

/** What is known of one entity set at compile time. `object` stands for an interface with one member for each name. */
export interface EntityShape {
  entity: string;
  /** A record as it is read, all its properties, without what is expanded. */
  read: object;
  /** Bodies, with the members by which related records are named (`company@odata.bind`). */
  create: object;
  update: object;
  /** Alternate keys by name: `{external_id: {external_id: string}}`. */
  keys: object;
  /** NavigationShape by name. */
  navigations: object;
  /** PropertyKind by name, for each member of `read`. */
  kinds: object;
  operations: OperationShapes;
}

/** An interface with one member per entity set. A type parameter is constrained as `S extends CrmSchema<S>`. */
export type CrmSchema<S> = { [Set in keyof S]: EntityShape };

/** What the runtime needs to know of one entity set. */
export interface SetData {
  readonly entity: string;
  readonly kinds: Readonly<Record<string, PropertyKind>>;
  /** Where a navigation leads: `['companies', 'one']`, `['contacts', 'many']`. */
  readonly navigations: Readonly<Record<string, readonly [set: string, many: 'one' | 'many']>>;
  /** Properties of each alternate key. */
  readonly keys: Readonly<Record<string, readonly string[]>>;
  readonly operations: {
    readonly record?: Readonly<Record<string, OperationData>>;
    readonly deleted_record?: Readonly<Record<string, OperationData>>;
    readonly collection?: Readonly<Record<string, OperationData>>;
  };
}

/** `list`: a function that answers page after page. */
export type OperationData = 'action' | 'function' | 'list';

/** The constant `schema` of a generated file. `S` and `O` are there for the compiler alone. */
export interface SchemaData<S = unknown, O = unknown> {
  /** Sent with every request as `$schemaversion`. */
  readonly version: string;
  readonly sets: Readonly<Record<string, SetData>>;
  /** Operations of the service itself, which are called on no record. */
  readonly operations: Readonly<Record<string, OperationData>>;
  /** Never there at run time: it carries the types from the generated constant to the client. */
  readonly types?: { readonly schema: S; readonly operations: O };
}
