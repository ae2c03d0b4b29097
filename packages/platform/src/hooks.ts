// Hooks: behaviour that metadata cannot express, registered per entity by packages above the platform.
// They take arrays of records, never one at a time, and run inside the write's transaction.
import type { Model } from '@kartoteka/metadata';
import type { PlatformError } from './errors.ts';
import type { Engines } from './extensions/types.ts';
import type { Principal } from './security/types.ts';
import type { RequestSource } from './security-log/record.ts';
import type { Executor } from './storage/types.ts';

/**
 * What happens to records. `restore` brings deleted ones back: its `before` gets no values (the stored row is whole), its
 * `after` an image of all that came back.
 */
export type Operation = 'create' | 'update' | 'delete' | 'restore';

/** A record about to be written. `values` is the payload by property and may be patched; `id` is known at create too. */
export interface PendingWrite {
  readonly id: string;
  readonly values: Record<string, unknown>;
}

/** A record that was written: images by property, as the change log holds them. */
export interface WrittenRecord {
  readonly id: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

export interface HookContext {
  readonly model: Model;
  readonly principal: Principal;
  readonly operation: Operation;
  readonly entity: string;
  /** Runs in the write's transaction with the rights of the database role: for the hook's own, trusted statements. */
  readonly tx: Executor;
  /**
   * Requests through the pipeline within the write's transaction, for what a hook writes or reads as others would. Made when they are
   * asked for. Throws where the write has no transaction (`needsTransaction`).
   */
  readonly engines: () => Engines;
  /** The request that the write is part of, for security events; absent: none. */
  readonly request?: RequestSource | undefined;
  /**
   * Refuses one of the records given to `before`; the others go on. Throwing refuses them too, until each has been tried without
   * the rest, so that a hook which throws is right as well, only slower.
   */
  refuse(record: PendingWrite, error: PlatformError): void;
  /** Tells something with the answer of the write, under a name that begins with `@`; absent where there is no such answer. */
  annotate?(record: PendingWrite, name: `@${string}`, value: unknown): void;
}

/** `refuse` where records are written one by one: refusing the record refuses the write. */
export function refuseWrite(_record: PendingWrite, error: PlatformError): never {
  throw error;
}

export interface Hook {
  readonly entity: string;
  readonly operations: readonly Operation[];
  /**
   * Whether these payloads need `tx` inside the write's transaction; asked before one is opened, and for `after` once more when hooks
   * have patched them. Without it: yes. Where every hook says no, the write needs no transaction for their sake, and `tx` is the
   * database. A hook that says no is not asked `after` such a write; with others, it may be, and finds nothing there that concerns it.
   */
  readonly needsTransaction?: (
    model: Model,
    operation: Operation,
    records: readonly PendingWrite[],
    principal: Principal,
  ) => boolean;
  /**
   * Before validation: may patch `values` or refuse by throwing a PlatformError. Not asked where a record only follows the owner
   * of its parent; `after` is told that.
   */
  readonly before?: (context: HookContext, records: readonly PendingWrite[]) => Promise<void> | void;
  /** The hook judges by what is stored and not by the records beside it: it is given one at a time, each after the other is written. */
  readonly oneByOne?: true;
  /** After the rows and their change log are written, before commit. */
  readonly after?: (context: HookContext, records: readonly WrittenRecord[]) => Promise<void> | void;
}

/** What the requests of a hook are part of; `tx` null: nothing. */
export interface HookScope {
  readonly model: Model;
  readonly principal: Principal;
  readonly tx: Executor | null;
  readonly request?: RequestSource | undefined;
}

export class HookRegistry {
  readonly #engines: ((scope: HookScope & { readonly tx: Executor }) => Engines) | undefined;
  readonly #hooks: Hook[] = [];
  /** By entity and operation, in the order of registration: asked on every write. */
  readonly #found = new Map<string, readonly Hook[]>();
  readonly #makers: ((model: Model) => readonly Hook[])[] = [];
  /** With the hooks that a Model makes; they go when it goes. */
  #made = new WeakMap<Model, HookRegistry>();

  /** `engines`: what hooks ask the engine with; without it they cannot. */
  constructor(engines?: (scope: HookScope & { readonly tx: Executor }) => Engines) {
    this.#engines = engines;
  }

  /** Throws an Error where there is no transaction that requests could be part of. */
  enginesWithin(scope: HookScope): Engines {
    const { tx } = scope;
    if (tx === null || this.#engines === undefined)
      throw new Error('the write has no transaction for requests of a hook');
    return this.#engines({ ...scope, tx });
  }

  register(...hooks: readonly Hook[]): void {
    this.#hooks.push(...hooks);
    this.#found.clear();
    this.#made = new WeakMap();
  }

  /** Hooks that documents decide about: made of each Model anew, after those that are always there. */
  registerMade(...makers: readonly ((model: Model) => readonly Hook[])[]): void {
    this.#makers.push(...makers);
    this.#made = new WeakMap();
  }

  /** These hooks, and after them those that are made of the Model. */
  of(model: Model): HookRegistry {
    const known = this.#made.get(model);
    if (known !== undefined) return known;
    const registry = new HookRegistry(this.#engines);
    registry.register(...this.#hooks, ...this.#makers.flatMap((make) => make(model)));
    this.#made.set(model, registry);
    return registry;
  }

  /** Hooks of an entity and operation in the order of registration; empty when there are none. */
  for(entity: string, operation: Operation): readonly Hook[] {
    const key = `${operation} ${entity}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const found = this.#hooks.filter((hook) => hook.entity === entity && hook.operations.includes(operation));
    this.#found.set(key, found);
    return found;
  }
}
