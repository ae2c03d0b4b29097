// What deletes and restores share: the relations along which records go together, the set of records under way, and running
// statements that are kept with the principal whose rights they print. It decides nothing.
import { type EntityType, type Model, type OnDelete, parseExactJson, type Reference } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { type Hook, type HookContext, type Operation, refuseWrite, type WrittenRecord } from '../hooks.ts';
import type { Principal } from '../security/types.ts';
import { bindStatement } from '../sql/bind.ts';
import type { CompiledStatement } from '../sql/statement.ts';
import type { Executor, Row } from '../storage/types.ts';
import { keepPlan } from './plan-cache.ts';
import type { WriteEnvironment } from './request.ts';

/** Records that go, or come back, with one. */
const MAX_CASCADE = 50_000;
const ON_DELETE: readonly OnDelete[] = ['restrict', 'cascade', 'set_null'];

/** A lookup of `child`, of several targets one. */
export interface Relation {
  readonly child: EntityType;
  readonly reference: Reference;
}

/** The lookups that lead to records of `parent` and behave like this when one is deleted. */
export function relationsTo(model: Model, parent: EntityType, onDelete: OnDelete): readonly Relation[] {
  return parent.referencedBy.flatMap((reference) => {
    const child = model.entities.get(reference.entity);
    return reference.onDelete !== onDelete || child === undefined ? [] : [{ child, reference }];
  });
}

/** A lookup of records with what it leads to. */
export interface Leading extends Relation {
  readonly parent: EntityType;
}

const leading = new WeakMap<Model, Map<string, Leading[]>>();

/** The lookups of records of `child`. */
export function relationsFrom(model: Model, child: EntityType): readonly Leading[] {
  let byChild = leading.get(model);
  if (byChild === undefined) {
    const relations = [...model.entities.values()].flatMap((parent) =>
      ON_DELETE.flatMap((onDelete) => relationsTo(model, parent, onDelete)).map((relation) => ({
        ...relation,
        parent,
      })),
    );
    byChild = Map.groupBy(relations, (relation) => relation.child.name);
    leading.set(model, byChild);
  }
  return byChild.get(child.name) ?? [];
}

/** Records by entity, in the order in which they were met; each once. */
export class RecordSet {
  readonly #ids = new Map<EntityType, Set<string>>();
  #size = 0;

  /** Records that may still be added. */
  get room(): number {
    return MAX_CASCADE - this.#size;
  }

  /** Throws limit_exceeded, naming what is done to them together. */
  add(entity: EntityType, ids: readonly string[], doing: string): void {
    const known = this.#ids.get(entity) ?? new Set();
    this.#size -= known.size;
    for (const id of ids) known.add(id);
    this.#size += known.size;
    this.#ids.set(entity, known);
    if (this.#size > MAX_CASCADE)
      throw new PlatformError('limit_exceeded', { limit: `records ${doing} together`, value: String(MAX_CASCADE) });
  }

  remove(entity: EntityType, ids: readonly string[]): void {
    const known = this.#ids.get(entity);
    for (const id of ids) if (known?.delete(id)) this.#size -= 1;
    if (known?.size === 0) this.#ids.delete(entity);
  }

  /** As a PostgreSQL array literal. */
  literal(entity: EntityType): string {
    return arrayLiteral(this.#ids.get(entity) ?? []);
  }

  [Symbol.iterator](): Iterator<readonly [EntityType, ReadonlySet<string>]> {
    return this.#ids[Symbol.iterator]();
  }
}

export function arrayLiteral(items: Iterable<string>): string {
  return `{${[...items].join(',')}}`;
}

/** One write of many records under way: its statements and its hooks. */
export class Cascade {
  readonly model: Model;
  readonly principal: Principal;
  readonly tx: Executor;
  readonly environment: WriteEnvironment;

  constructor(environment: WriteEnvironment, principal: Principal, tx: Executor) {
    this.environment = environment;
    this.model = environment.model;
    this.principal = principal;
    this.tx = tx;
  }

  /** What was compiled for the principal before under this key, or now. */
  kept<T>(key: string, compile: () => T): T {
    const { model, principal } = this;
    const found = principal.plans.get(key) as { readonly model: Model; readonly compiled: T } | undefined;
    if (found !== undefined && found.model === model) return found.compiled;
    const compiled = compile();
    keepPlan(principal, key, { model, compiled });
    return compiled;
  }

  /** `prepare: false`: planned anew, for as many records as there are by then. */
  run(
    statement: CompiledStatement,
    values: Readonly<Record<string, string | null>>,
    { prepare }: { readonly prepare: boolean } = { prepare: true },
  ): Promise<readonly Row[]> {
    const bindings = { model: this.model, principal: this.principal, literals: [], values };
    return this.tx.run(statement.text, bindStatement(statement, bindings), { prepare });
  }

  hooks(entity: EntityType, operation: Operation): readonly Hook[] {
    return this.environment.hooks.for(entity.name, operation);
  }

  /** The before-hooks of records that are written without a payload. */
  async before(entity: EntityType, operation: Operation, ids: readonly string[]): Promise<void> {
    const context = this.#hookContext(entity, operation);
    const records = ids.map((id) => ({ id, values: {} }));
    for (const hook of this.hooks(entity, operation)) await hook.before?.(context, records);
  }

  /** The after-hooks of rows with `id`, and `before` and `after` as the change log holds them. */
  async after(entity: EntityType, operation: Operation, rows: readonly Row[]): Promise<void> {
    const acting = this.hooks(entity, operation).filter((hook) => hook.after !== undefined);
    if (acting.length === 0 || rows.length === 0) return;
    const records = rows.map(
      (row): WrittenRecord => ({ id: String(row.id), before: imageOf(row.before), after: imageOf(row.after) }),
    );
    for (const hook of acting) await hook.after?.(this.#hookContext(entity, operation), records);
  }

  #hookContext(entity: EntityType, operation: Operation): HookContext {
    return {
      model: this.model,
      principal: this.principal,
      operation,
      entity: entity.name,
      tx: this.tx,
      engines: () =>
        this.environment.hooks.enginesWithin({
          ...this.environment,
          model: this.model,
          principal: this.principal,
          tx: this.tx,
        }),
      request: this.environment.request,
      refuse: refuseWrite,
    };
  }
}

/** An image as the change log holds it. */
export function imageOf(text: Row[string] | undefined): WrittenRecord['before'] {
  return typeof text === 'string' ? (parseExactJson(text) as Record<string, unknown>) : null;
}
