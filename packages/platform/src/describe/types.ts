// How operations and the structures in their bodies are described: once, for CSDL and OpenAPI alike. Types only.
import type { EntityType, Model } from '@kartoteka/metadata';
import type { ErrorCode } from '../errors.ts';
import type { Principal } from '../security/types.ts';

/** Primitive types of members that are no properties of records. */
export type PrimitiveName =
  | 'Edm.String'
  | 'Edm.Boolean'
  | 'Edm.Int32'
  | 'Edm.Int64'
  | 'Edm.Decimal'
  | 'Edm.Date'
  | 'Edm.Guid'
  | 'Edm.DateTimeOffset'
  | 'Edm.Untyped';

/** A member of a structure, or a parameter of an operation. */
export interface Member {
  /** A primitive type, the name of a shape, or `record`: of the entity that the operation is called on. */
  readonly type: PrimitiveName | (string & {});
  readonly collection?: true;
  /** Null may stand in its place. */
  readonly nullable?: true;
  /** It may be left out. */
  readonly optional?: true;
  /** The values that there are. */
  readonly values?: readonly string[];
  /** Of a collection. */
  readonly most?: number;
  readonly description: string;
  readonly example?: unknown;
}

/** A structure. `open`: it has members that are not described. */
export interface Shape {
  readonly open?: true;
  /** Answers of it begin with their context URL. */
  readonly context?: true;
  readonly description: string;
  readonly members: Readonly<Record<string, Member>>;
}

/** What a description depends on. */
export interface Caller {
  readonly model: Model;
  readonly principal: Principal;
}

/** What an operation answers: the record itself, or a structure. */
export type Returned = 'record' | { readonly shape: string; readonly collection?: true };

/** What an operation is called on: a record, one in the recycle bin, a set, the recycle bin's list, or nothing. */
export type Binding = 'record' | 'deleted_record' | 'collection' | 'service';

/** A method of a path below /metadata. */
export interface Route {
  /** Below /metadata, with parameters in braces; '' for /metadata itself. */
  readonly path: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Unique among them. */
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  /** Parameters of the query. */
  readonly query?: Readonly<Record<string, Member>>;
  /** Members of the body, or the name of the structure that it is. */
  readonly body?: Readonly<Record<string, Member>> | string;
  /** Null: 204 and nothing else. A collection is a list with pages. */
  readonly returns: { readonly shape: string; readonly collection?: true } | null;
  /** 201 in place of 200, with `Location`. */
  readonly creates?: true;
  /** The answer has an ETag: If-None-Match counts for what reads, If-Match for what changes. */
  readonly tagged?: true;
  /** Errors beyond those of its kind of request. */
  readonly errors?: readonly ErrorCode[];
}

export interface Operation {
  readonly name: string;
  /** Functions are asked by GET and change nothing. */
  readonly kind: 'action' | 'function';
  readonly binding: Binding;
  readonly parameters: Readonly<Record<string, Member>>;
  /** Null: 204 and nothing else. */
  readonly returns: Returned | null;
  readonly summary: string;
  readonly description: string;
  /** Changes the record itself: If-Match counts, and `Prefer: return=representation` answers it. */
  readonly versioned?: true;
  /** Answers a list: with paging and these query options. */
  readonly list?: { readonly filter?: string };
  /** Of an extension. */
  readonly extended?: true;
  /** The one entity that has it; every one where it is left out. */
  readonly entity?: string;
  /** Whether the caller may use it on any record of the entity; `entity` is null for the service's own. */
  readonly available: (caller: Caller, entity: EntityType | null) => boolean;
}
