// What packages above the platform add to it: hooks, jobs, and operations of their own. Types only.
import type { EntityType, Model } from '@kartoteka/metadata';
import type { Member, Operation, Shape } from '../describe/types.ts';
import type { Hook } from '../hooks.ts';
import type { FailedJobs, JobDefinition } from '../jobs/types.ts';
import type { EngineRequest } from '../platform-types.ts';
import type { Principal } from '../security/types.ts';
import type { Database, Executor } from '../storage/types.ts';

export interface Extension {
  /** For messages. */
  readonly name: string;
  readonly hooks?: readonly Hook[];
  /** Makers of hooks for entities that the documents decide about; asked once for each Model, and run after all `hooks`. */
  readonly modelHooks?: readonly ((model: Model) => readonly Hook[])[];
  readonly operations?: readonly OperationDefinition[];
  /** Structures that parameters and answers of the operations name; their names are unique among all extensions. */
  readonly shapes?: Readonly<Record<string, Shape>>;
  readonly jobs?: readonly JobDefinition[];
  /**
   * Values that a record gets in a merge where whoever merges names none: `survivor` and `others` are as he reads them (of a secured
   * property that he may not read there is nothing), and the values are written with his rights.
   */
  readonly mergedValues?: MergedValues;
  /** Ends what it holds open (connections, timers), when the platform closes: after the last job, before the database. */
  readonly close?: () => Promise<void> | void;
}

export type MergedValues = (
  entity: EntityType,
  survivor: Readonly<Record<string, unknown>>,
  others: readonly Readonly<Record<string, unknown>>[],
) => Readonly<Record<string, unknown>>;

/** Values of parameters by name, as their descriptions say; those left out are absent. */
export type Arguments = Readonly<Record<string, unknown>>;

/** An operation: `POST /leads(ID)/convert`, `GET /deals/funnel?...`, `GET /my_day`; also with its namespace and, functions, with parentheses. */
export interface OperationDefinition {
  /** As names of fields are; no property, navigation or other operation of its entities is called so, and a service's like no set. */
  readonly name: string;
  /** Functions are asked by GET and change nothing; actions run in one transaction. */
  readonly kind: 'action' | 'function';
  readonly binding: 'record' | 'collection' | 'service';
  readonly parameters: Readonly<Record<string, Member>>;
  /** Null: 204 and nothing else. A collection is answered as `{ value, '@odata.nextLink'? }`. */
  readonly returns: { readonly shape: string; readonly collection?: true } | null;
  readonly summary: string;
  readonly description: string;
  /** Of a function: all that it asks is answered as of one moment, unless it is part of a transaction that somebody else began. */
  readonly snapshot?: true;
  /** It answers pages: `$top` and `$skiptoken` are among the arguments. */
  readonly list?: Record<string, never>;
  /** Which entities have it; every one where it is left out. */
  readonly entity?: (entity: EntityType, model: Model) => boolean;
  /** Capability that is demanded before anything is looked at. */
  readonly capability?: string;
  /**
   * Whether the caller can use it at all, for descriptions; where it is left out, `read` on the entity (and the capability) does.
   * What it does is judged by the requests that it makes.
   */
  readonly available?: Operation['available'];
  /**
   * Answers the structure (or list of them) that `returns` says. The record it is bound to can be read by the caller. Throws PlatformError for the
   * caller's faults; what an action did is undone then.
   */
  run(context: OperationContext, args: Arguments): Promise<unknown>;
}

export interface OperationContext {
  readonly model: Model;
  readonly principal: Principal;
  readonly request: EngineRequest;
  /** Null for what is bound to nothing. */
  readonly entity: EntityType | null;
  /** Of the record; '' for what is bound to none. */
  readonly id: string;
  /** Requests with the rights of the caller; in the transaction of an action. */
  readonly engine: Engine;
  /** Requests without limits, which the change log shows as the caller's. */
  readonly system: Engine;
  /** Trusted statements of the operation's own, in the transaction of an action. What they show or change is judged by nobody. */
  readonly database: Database;
  /** Jobs that failed for good; in the transaction of an action. Jobs are added by `enqueue(database, ...)`. */
  readonly jobs: FailedJobs;
}

/** Both ways in which a hook or an operation asks the engine for something within its own transaction. */
export interface Engines {
  /** With the rights of the caller. */
  readonly engine: Engine;
  /** Without limits, on behalf of the caller. */
  readonly system: Engine;
}

// biome-ignore lint/suspicious/noExplicitAny: records are JSON of any shape; numbers that a double would round are ExactNumber
export type Json = any;

/**
 * Requests through the whole pipeline: planned, authorized, validated, hooked and logged as over HTTP. Paths are those of the REST API
 * (`/deals?$filter=...`). Throw PlatformError; what a refused request did is undone, the rest of the transaction stands.
 */
export interface Engine {
  readonly principal: Principal;
  /** Also the link to the next page of an answer (`@odata.nextLink`). */
  get(path: string): Promise<Json>;
  /** The new record. */
  create(set: string, values: object): Promise<Json>;
  /** The changed record; null where the caller may not read it. `version`: the one that it must have. */
  update(set: string, id: string, values: object, options?: { readonly version?: string | number }): Promise<Json>;
  remove(set: string, id: string): Promise<void>;
  /** Many-to-many navigations. */
  link(set: string, id: string, navigation: string, otherId: string): Promise<void>;
  unlink(set: string, id: string, navigation: string, otherId: string): Promise<void>;
  /** An action; its answer, null where there is none. */
  post(path: string, body?: object): Promise<Json>;
}

/** In one transaction; `tx` runs trusted statements in it. */
export interface EngineTransaction extends Engines {
  readonly tx: Executor;
  readonly model: Model;
}
