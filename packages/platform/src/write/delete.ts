// Soft delete: the record and what `on_delete` of the lookups that name it takes along, in one transaction and under one
// delete_id. Every step after the lock is a statement of its own, because only a new snapshot sees records that were made
// while the lock was waited for. Foreign keys never act here; shares of deleted records stay.
import { randomUUIDv7 } from 'node:crypto';
import type { EntityType } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { type AuthorizedDelete, authorizeDelete, requirePrivilege } from '../plan/write-authorize.ts';
import {
  type CompiledCheck,
  childrenStatement,
  leafDeleteStatement,
  lockStatement,
  markStatement,
  referrerStatement,
  releaseStatement,
} from '../sql/delete.ts';
import type { Executor, Row } from '../storage/types.ts';
import { arrayLiteral, Cascade, RecordSet, type Relation, relationsTo } from './cascade.ts';
import type { DeleteRequest, WriteEnvironment, WriteResult } from './request.ts';
import { verdictError } from './verdict.ts';
import { versionList } from './version-list.ts';

/** Deletes one record. Throws the errors of the verdict, still_referenced, and missing_privilege on what goes along. */
export async function executeDelete(environment: WriteEnvironment, request: DeleteRequest): Promise<WriteResult> {
  const authorized = authorizeDelete(request.entity, environment.model, request.principal);
  const hooks = environment.hooks.for(request.entity.name, 'delete');
  const deletion = (tx: Executor): Deletion =>
    new Deletion(new Cascade(environment, request.principal, tx), request, authorized);
  if (request.entity.referencedBy.length === 0 && hooks.length === 0) return deletion(environment.database).leaf();
  return environment.database.transaction((tx) => deletion(tx).tree());
}

/** One delete under way. */
class Deletion {
  readonly #cascade: Cascade;
  readonly #request: DeleteRequest;
  readonly #authorized: AuthorizedDelete;
  readonly #deleteId = randomUUIDv7();
  readonly #doomed = new RecordSet();

  constructor(cascade: Cascade, request: DeleteRequest, authorized: AuthorizedDelete) {
    this.#cascade = cascade;
    this.#request = request;
    this.#authorized = authorized;
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
    this.#doom(entity, [id]);
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

  #doom(entity: EntityType, ids: readonly string[]): void {
    this.#doomed.add(entity, ids, 'deleted');
  }

  /** Locks and collects what goes along, level by level; a record is met once, so cycles end. */
  async #gather(parent: EntityType, parents: readonly string[]): Promise<void> {
    for (const relation of relationsTo(this.#cascade.model, parent, 'cascade')) {
      const rows = await this.#referring('children', relation, parents, childrenStatement);
      if (rows.length === 0) continue;
      this.#refuseUndeletable(relation.child, rows);
      const ids = rows.map((row) => String(row.id));
      this.#doom(relation.child, ids);
      await this.#gather(relation.child, ids);
    }
  }

  #refuseUndeletable(child: EntityType, rows: readonly Row[]): void {
    requirePrivilege(this.#request.principal, child, 'delete');
    const kept = rows.find((row) => row.deletable !== true);
    if (kept === undefined) return;
    throw new PlatformError(
      'missing_privilege_on_record',
      { privilege: 'delete', entity: child.name, record: String(kept.id) },
      { target: child.name },
    );
  }

  async #refuseReferrers(): Promise<void> {
    for (const [parent, ids] of this.#doomed) {
      for (const relation of relationsTo(this.#cascade.model, parent, 'restrict')) {
        const found = await this.#referring('referrer', relation, ids, referrerStatement);
        if (found.length === 0) continue;
        throw new PlatformError('still_referenced', { entity: relation.child.name }, { target: relation.child.name });
      }
    }
  }

  async #release(): Promise<void> {
    for (const [parent, ids] of this.#doomed) {
      for (const relation of relationsTo(this.#cascade.model, parent, 'set_null')) {
        const rows = await this.#referring('release', relation, ids, releaseStatement);
        await this.#cascade.after(relation.child, 'update', rows);
      }
    }
  }

  /** Runs a statement over the records that refer to `parents` and do not go along. */
  #referring(
    what: string,
    { child, reference }: Relation,
    parents: Iterable<string>,
    compile: typeof childrenStatement,
  ): Promise<readonly Row[]> {
    const { property, discriminator } = reference;
    const statement = this.#kept(`${what} ${child.name} ${property} ${discriminator?.value ?? ''}`, () =>
      compile(this.#authorized, child, reference),
    );
    return this.#cascade.run(statement, {
      '@parents': arrayLiteral(parents),
      '@doomed': this.#doomed.literal(child),
      '@client': this.#request.client,
    });
  }

  async #mark(entity: EntityType, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    await this.#cascade.before(entity, 'delete', ids);
    const images = this.#cascade.hooks(entity, 'delete').some((hook) => hook.after !== undefined);
    const statement = this.#kept(`mark ${entity.name} ${images}`, () =>
      markStatement(this.#authorized, entity, images),
    );
    const rows = await this.#cascade.run(statement, {
      '@ids': arrayLiteral(ids),
      '@delete_id': this.#deleteId,
      '@client': this.#request.client,
    });
    await this.#cascade.after(entity, 'delete', rows);
    return new Map(rows.map((row) => [String(row.id), String(row.version)]));
  }

  #kept<T>(what: string, compile: () => T): T {
    return this.#cascade.kept(`delete ${what}`, compile);
  }

  async #judged(what: string, compile: (versioned: boolean) => CompiledCheck): Promise<Row> {
    const { entity, id, ifMatch, client } = this.#request;
    const versions = versionList(ifMatch);
    const compiled = this.#kept(`${what} ${entity.name} ${versions !== null}`, () => compile(versions !== null));
    const values = { id, '@if_match': versions, '@client': client, '@delete_id': this.#deleteId };
    const row = (await this.#cascade.run(compiled.statement, values))[0];
    if (row === undefined) throw new PlatformError('not_found');
    if (row.failed !== '') throw verdictError(compiled.checks, String(row.failed), id);
    return row;
  }
}
