// Soft delete: the record and what `on_delete` of the lookups that name it takes along, in one transaction and under one
// delete_id. Every step after the lock is a statement of its own, because only a new snapshot sees records that were made
// while the lock was waited for. Foreign keys never act here; shares of deleted records stay.
import { randomUUIDv7 } from 'node:crypto';
import { type EntityType, type Model, type OnDelete, type Property, parseExactJson } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { Hook, HookContext, WrittenRecord } from '../hooks.ts';
import { type AuthorizedDelete, authorizeDelete, requirePrivilege } from '../plan/write-authorize.ts';
import type { Principal } from '../security/types.ts';
import { bindStatement } from '../sql/bind.ts';
import {
  type CompiledCheck,
  childrenStatement,
  leafDeleteStatement,
  lockStatement,
  markStatement,
  referrerStatement,
  releaseStatement,
} from '../sql/delete.ts';
import type { CompiledStatement } from '../sql/statement.ts';
import type { Executor, Row } from '../storage/types.ts';
import { keepPlan } from './plan-cache.ts';
import type { DeleteRequest, WriteEnvironment, WriteResult } from './request.ts';
import { verdictError } from './verdict.ts';
import { versionList } from './version-list.ts';

/** Records that go with one delete. */
const MAX_CASCADE = 50_000;

/** Deletes one record. Throws the errors of the verdict, still_referenced, and missing_privilege on what goes along. */
export async function executeDelete(environment: WriteEnvironment, request: DeleteRequest): Promise<WriteResult> {
  const authorized = authorizeDelete(request.entity, environment.model, request.principal);
  const hooks = environment.hooks.for(request.entity.name, 'delete');
  if (request.entity.referencedBy.length === 0 && hooks.length === 0) {
    return new Deletion(environment, request, authorized, environment.database).leaf();
  }
  return environment.database.transaction((tx) => new Deletion(environment, request, authorized, tx).tree());
}

interface Relation {
  readonly child: EntityType;
  readonly property: Property;
  readonly parent: EntityType;
  readonly onDelete: OnDelete;
}

/** A statement of deletes, kept with the principal whose rights it prints. */
function kept<T>(model: Model, principal: Principal, key: string, compile: () => T): T {
  const found = principal.plans.get(key) as { readonly model: Model; readonly compiled: T } | undefined;
  if (found !== undefined && found.model === model) return found.compiled;
  const compiled = compile();
  keepPlan(principal, key, { model, compiled });
  return compiled;
}

/** One delete under way. */
class Deletion {
  readonly #environment: WriteEnvironment;
  readonly #request: DeleteRequest;
  readonly #authorized: AuthorizedDelete;
  readonly #tx: Executor;
  readonly #deleteId = randomUUIDv7();
  readonly #doomed = new Map<EntityType, Set<string>>();

  constructor(environment: WriteEnvironment, request: DeleteRequest, authorized: AuthorizedDelete, tx: Executor) {
    this.#environment = environment;
    this.#request = request;
    this.#authorized = authorized;
    this.#tx = tx;
  }

  /** Nothing can refer to the record: one statement. */
  async leaf(): Promise<WriteResult> {
    const { entity, id } = this.#request;
    const row = await this.#judged('leaf', (versioned) => leafDeleteStatement(this.#authorized, entity, versioned));
    return { id, version: String(row.version), changed: true, body: null };
  }

  async tree(): Promise<WriteResult> {
    const { entity, id } = this.#request;
    await this.#judged('lock', (versioned) => lockStatement(this.#authorized, entity, versioned));
    this.#doomed.set(entity, new Set([id]));
    await this.#gather(entity, [id]);
    await this.#refuseReferrers();
    await this.#release();
    let version = '';
    for (const [doomed, ids] of this.#doomed) {
      const versions = await this.#mark(doomed, [...ids]);
      if (doomed === entity) version = versions.get(id) ?? '';
    }
    return { id, version, changed: true, body: null };
  }

  /** Locks and collects what goes along, level by level; a record is met once, so cycles end. */
  async #gather(parent: EntityType, parents: readonly string[]): Promise<void> {
    for (const relation of this.#relations(parent, 'cascade')) {
      const rows = await this.#run(this.#relation('children', relation, childrenStatement), {
        '@parents': arrayLiteral(parents),
        '@doomed': this.#doomedIds(relation.child),
      });
      if (rows.length === 0) continue;
      this.#refuseUndeletable(relation.child, rows);
      const ids = rows.map((row) => String(row.id));
      const known = this.#doomed.get(relation.child) ?? new Set();
      for (const child of ids) known.add(child);
      this.#doomed.set(relation.child, known);
      const total = [...this.#doomed.values()].reduce((sum, set) => sum + set.size, 0);
      if (total > MAX_CASCADE)
        throw new PlatformError('limit_exceeded', { limit: 'records deleted together', value: String(MAX_CASCADE) });
      await this.#gather(relation.child, ids);
    }
  }

  #refuseUndeletable(child: EntityType, rows: readonly Row[]): void {
    requirePrivilege(this.#request.principal, child, 'delete');
    if (rows.every((row) => row.deletable === true)) return;
    throw new PlatformError(
      'missing_privilege_on_record',
      { privilege: 'delete', entity: child.name },
      { target: child.name },
    );
  }

  async #refuseReferrers(): Promise<void> {
    for (const [parent, ids] of this.#doomed) {
      for (const relation of this.#relations(parent, 'restrict')) {
        const found = await this.#run(this.#relation('referrer', relation, referrerStatement), {
          '@parents': arrayLiteral(ids),
          '@doomed': this.#doomedIds(relation.child),
        });
        if (found.length === 0) continue;
        throw new PlatformError('still_referenced', { entity: relation.child.name }, { target: relation.child.name });
      }
    }
  }

  async #release(): Promise<void> {
    for (const [parent, ids] of this.#doomed) {
      for (const relation of this.#relations(parent, 'set_null')) {
        const rows = await this.#run(this.#relation('release', relation, releaseStatement), {
          '@parents': arrayLiteral(ids),
          '@doomed': this.#doomedIds(relation.child),
          '@client': this.#request.client,
        });
        const hooks = this.#environment.hooks.for(relation.child.name, 'update');
        if (rows.length > 0) await this.#after(relation.child, 'update', hooks, rows);
      }
    }
  }

  async #mark(entity: EntityType, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const hooks = this.#environment.hooks.for(entity.name, 'delete');
    const context = this.#hookContext(entity, 'delete');
    for (const hook of hooks)
      await hook.before?.(
        context,
        ids.map((id) => ({ id, values: {} })),
      );
    const images = hooks.some((hook) => hook.after !== undefined);
    const rows = await this.#run(
      this.#kept(`mark ${entity.name} ${images}`, () => markStatement(this.#authorized, entity, images)),
      {
        '@ids': arrayLiteral(ids),
        '@delete_id': this.#deleteId,
        '@client': this.#request.client,
      },
    );
    await this.#after(entity, 'delete', hooks, rows);
    return new Map(rows.map((row) => [String(row.id), String(row.version)]));
  }

  async #after(
    entity: EntityType,
    operation: 'update' | 'delete',
    hooks: readonly Hook[],
    rows: readonly Row[],
  ): Promise<void> {
    const acting = hooks.filter((hook) => hook.after !== undefined);
    if (acting.length === 0) return;
    const records = rows.map(
      (row): WrittenRecord => ({ id: String(row.id), before: imageOf(row.before), after: imageOf(row.after) }),
    );
    for (const hook of acting) await hook.after?.(this.#hookContext(entity, operation), records);
  }

  #hookContext(entity: EntityType, operation: 'update' | 'delete'): HookContext {
    const { model } = this.#environment;
    return { model, principal: this.#request.principal, operation, entity: entity.name, tx: this.#tx };
  }

  #relations(parent: EntityType, onDelete: OnDelete): readonly Relation[] {
    return parent.referencedBy.flatMap((reference) => {
      const child = this.#environment.model.entities.get(reference.entity);
      const property = child?.properties.get(reference.property);
      if (reference.onDelete !== onDelete || child === undefined || property === undefined) return [];
      return [{ child, property, parent, onDelete }];
    });
  }

  #doomedIds(entity: EntityType): string {
    return arrayLiteral(this.#doomed.get(entity) ?? []);
  }

  #kept<T>(what: string, compile: () => T): T {
    return kept(this.#environment.model, this.#request.principal, `delete ${what}`, compile);
  }

  #relation(what: string, { child, property }: Relation, compile: typeof childrenStatement): CompiledStatement {
    return this.#kept(`${what} ${child.name} ${property.name}`, () => compile(this.#authorized, child, property));
  }

  async #judged(what: string, compile: (versioned: boolean) => CompiledCheck): Promise<Row> {
    const { entity, id, ifMatch, client } = this.#request;
    const versioned = versionList(ifMatch) !== null;
    const compiled = this.#kept(`${what} ${entity.name} ${versioned}`, () => compile(versioned));
    const values = {
      id,
      '@if_match': versionList(ifMatch),
      '@client': client,
      '@delete_id': this.#deleteId,
    };
    const row = (await this.#run(compiled.statement, values))[0];
    if (row === undefined) throw new PlatformError('not_found');
    if (row.failed !== '') throw verdictError(compiled.checks, String(row.failed));
    return row;
  }

  #run(statement: CompiledStatement, values: Readonly<Record<string, string | null>>): Promise<readonly Row[]> {
    const bindings = { model: this.#environment.model, principal: this.#request.principal, literals: [], values };
    return this.#tx.run(statement.text, bindStatement(statement, bindings), { prepare: true });
  }
}

function arrayLiteral(items: Iterable<string>): string {
  return `{${[...items].join(',')}}`;
}

function imageOf(text: Row[string] | undefined): WrittenRecord['before'] {
  return typeof text === 'string' ? (parseExactJson(text) as Record<string, unknown>) : null;
}
