// What the executor of writes takes and gives: requests after parsing, with lookups resolved to ids. Types only.
import type { EntityType, Model, Navigation } from '@kartoteka/metadata';
import type { HookRegistry } from '../hooks.ts';
import type { Principal } from '../security/types.ts';
import type { RequestSource } from '../security-log/record.ts';
import type { RowPrinter } from '../sql/write-answer.ts';
import type { Database } from '../storage/types.ts';

export interface WriteEnvironment {
  readonly model: Model;
  readonly database: Database;
  readonly hooks: HookRegistry;
  /** The request that asks for it; absent: none. */
  readonly request?: RequestSource;
}

/** The answer's body. Statements are kept by `key`, so it must differ whenever what `print` prints differs. */
export interface Representation {
  readonly key: string;
  readonly print: RowPrinter;
  /** It shows what the record itself holds, and reads no others. */
  readonly brief?: boolean;
}

/** Records that a record is linked to by a many-to-many navigation. */
export interface LinkChange {
  readonly navigation: Navigation;
  readonly ids: readonly string[];
  /** Where the request names the n-th of them, for errors. */
  readonly placeOf: (place: number) => string;
}

interface WriteBase {
  readonly entity: EntityType;
  readonly principal: Principal;
  /** Name of the client program for the change log. */
  readonly client: string | null;
}

export interface CreateRequest extends WriteBase {
  readonly operation: 'create';
  /** Id of the new record; made here (UUID v7) when left out. */
  readonly id?: string;
  /** Payload by property, as parseExactJson gives it. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Made in the transaction of the write. */
  readonly links?: readonly LinkChange[];
  readonly representation: Representation | null;
}

export interface UpdateRequest extends WriteBase {
  readonly operation: 'update';
  readonly id: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly links?: readonly LinkChange[];
  /** Version numbers of If-Match; `*` and null let every version pass. */
  readonly ifMatch: readonly string[] | '*' | null;
  readonly representation: Representation | null;
}

export interface DeleteRequest extends WriteBase {
  readonly operation: 'delete';
  readonly id: string;
  readonly ifMatch: readonly string[] | '*' | null;
}

/** Brings a deleted record back, with what its delete took along. */
export interface RestoreRequest extends WriteBase {
  readonly operation: 'restore';
  readonly id: string;
}

export type WriteRequest = CreateRequest | UpdateRequest | DeleteRequest | RestoreRequest;

export interface WriteResult {
  readonly id: string;
  readonly version: string;
  /** False: an update that sent only values the record already has; version and change log stay as they were. */
  readonly changed: boolean;
  /** The representation asked for; null when none was, or when the principal may not read the written record. */
  readonly body: string | null;
  /** What hooks tell with the answer, by names that begin with `@`. */
  readonly annotations?: Annotations;
}

export type Annotations = Readonly<Record<string, unknown>>;
