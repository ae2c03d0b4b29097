// Restore: a deleted record and what its delete took along come back in one transaction, the lookups that the delete cleared
// included. Records are locked in the order of a delete, and each step is a statement of its own, with a new snapshot.
import type { EntityType } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { type AuthorizedDelete, authorizeDelete, requirePrivilege } from '../plan/write-authorize.ts';
import { relinkStatement } from '../sql/released-lookups.ts';
import {
  bringBackStatement,
  clearStatement,
  deletedTargetStatement,
  handOverStatement,
  lockDeletedStatement,
  takenAlongStatement,
} from '../sql/restore.ts';
import type { Row } from '../storage/types.ts';
import {
  arrayLiteral,
  Cascade,
  type Leading,
  RecordSet,
  type Relation,
  relationsFrom,
  relationsTo,
} from './cascade.ts';
import { copyOwners } from './owners.ts';
import type { RestoreRequest, WriteEnvironment, WriteResult } from './request.ts';
import { verdictError } from './verdict.ts';

/**
 * Restores one record. Throws not_found (also for a hidden one), missing_privilege, missing_privilege_on_record, not_deleted,
 * target_deleted while a record that it cannot be without is deleted, duplicate_key.
 */
export function executeRestore(environment: WriteEnvironment, request: RestoreRequest): Promise<WriteResult> {
  const authorized = authorizeDelete(request.entity, environment.model, request.principal);
  return environment.database.transaction((tx) =>
    new Restoration(new Cascade(environment, request.principal, tx), request, authorized).run(),
  );
}

/** The delete that is undone. */
interface Undone {
  readonly delete_id: string;
  readonly deleted_on: string;
}

/** One restore under way. */
class Restoration {
  readonly #cascade: Cascade;
  readonly #request: RestoreRequest;
  readonly #authorized: AuthorizedDelete;
  readonly #returning = new RecordSet();

  constructor(cascade: Cascade, request: RestoreRequest, authorized: AuthorizedDelete) {
    this.#cascade = cascade;
    this.#request = request;
    this.#authorized = authorized;
  }

  async run(): Promise<WriteResult> {
    const { entity, id } = this.#request;
    const undone = await this.#lock();
    this.#returning.add(entity, [id], 'restored');
    await this.#gather(entity, [id], undone);
    while (await this.#leaveBehind()) {
      // What belongs to something left behind stays as well.
    }
    for (const [returning, ids] of this.#returning) await this.#cascade.before(returning, 'restore', [...ids]);
    for (const [returning] of this.#returning) await this.#mendLookups(returning);
    await copyOwners(this.#cascade, this.#returning);
    let version = '';
    for (const [returning, ids] of this.#returning) {
      const rows = await this.#bringBack(returning, arrayLiteral(ids));
      version ||= String(rows.find((row) => returning === entity && row.id === id)?.version ?? '');
    }
    await this.#relink();
    return { id, version, changed: true, body: null };
  }

  async #lock(): Promise<Undone> {
    const { entity, id } = this.#request;
    const { statement, checks } = this.#kept(`lock ${entity.name}`, () =>
      lockDeletedStatement(this.#authorized, entity),
    );
    const row = (await this.#cascade.run(statement, { id }))[0];
    if (row === undefined) throw new PlatformError('not_found');
    if (row.failed !== '') throw verdictError(checks, String(row.failed), id);
    if (row.deleted_on === null) throw new PlatformError('not_deleted');
    return row as unknown as Undone;
  }

  /** Locks and collects what went along, level by level, as the delete did. */
  async #gather(parent: EntityType, parents: readonly string[], undone: Undone): Promise<void> {
    for (const relation of relationsTo(this.#cascade.model, parent, 'cascade')) {
      const { child, reference } = relation;
      const statement = this.#kept(`taken ${keyOf(relation)}`, () =>
        takenAlongStatement(this.#authorized, child, reference),
      );
      const rows = await this.#cascade.run(statement, {
        '@delete_id': undone.delete_id,
        '@deleted_on': undone.deleted_on,
        '@parents': arrayLiteral(parents),
        '@known': this.#returning.literal(child),
      });
      if (rows.length === 0) continue;
      this.#refuseUnrestorable(child, rows);
      const ids = rows.map((row) => String(row.id));
      this.#returning.add(child, ids, 'restored');
      await this.#gather(child, ids, undone);
    }
  }

  #refuseUnrestorable(child: EntityType, rows: readonly Row[]): void {
    requirePrivilege(this.#request.principal, child, 'delete');
    if (rows.every((row) => row.deletable === true)) return;
    throw new PlatformError(
      'missing_privilege_on_record',
      { privilege: 'delete', entity: child.name },
      { target: child.name },
    );
  }

  /**
   * What went along, and belongs to another deleted record as well, comes back with that one: it is handed over to its delete.
   * Answers whether there was any.
   */
  async #leaveBehind(): Promise<boolean> {
    let left = false;
    for (const [entity] of this.#returning) {
      for (const relation of relationsFrom(this.#cascade.model, entity)) {
        if (relation.reference.onDelete !== 'cascade') continue;
        const ids = await this.#withoutTarget(relation);
        if (ids.length === 0) continue;
        if (ids.includes(this.#request.id)) throw targetDeleted(relation);
        await this.#change('hand over', relation, handOverStatement, ids);
        this.#returning.remove(entity, ids);
        left = true;
      }
    }
    return left;
  }

  /** A record does not come back without what it needs; a lookup that a delete would clear is cleared now. */
  async #mendLookups(entity: EntityType): Promise<void> {
    for (const relation of relationsFrom(this.#cascade.model, entity)) {
      const ids = await this.#withoutTarget(relation);
      if (ids.length === 0) continue;
      if (relation.reference.onDelete !== 'set_null') throw targetDeleted(relation);
      await this.#change('clear', relation, clearStatement, ids);
    }
  }

  /** Records that are to come back and refer to one that stays deleted. */
  async #withoutTarget(relation: Leading): Promise<readonly string[]> {
    const { child, parent, reference } = relation;
    const statement = this.#kept(`target ${keyOf(relation)} ${parent.name}`, () =>
      deletedTargetStatement(child, reference, parent),
    );
    const parameters = { '@ids': this.#returning.literal(child), '@known': this.#returning.literal(parent) };
    return (await this.#cascade.run(statement, parameters)).map((row) => String(row.id));
  }

  async #change(
    what: string,
    relation: Leading,
    compile: typeof handOverStatement,
    ids: readonly string[],
  ): Promise<void> {
    const { child, parent, reference } = relation;
    const key = `${what} ${keyOf(relation)} ${parent.name}`;
    await this.#cascade.run(
      this.#kept(key, () => compile(child, reference, parent)),
      { '@ids': arrayLiteral(ids) },
    );
  }

  async #bringBack(entity: EntityType, ids: string): Promise<readonly Row[]> {
    const images = this.#cascade.hooks(entity, 'restore').some((hook) => hook.after !== undefined);
    const statement = this.#kept(`back ${entity.name} ${images}`, () =>
      bringBackStatement(this.#authorized, entity, images),
    );
    const rows = await this.#cascade.run(statement, { '@ids': ids, '@client': this.#request.client });
    await this.#cascade.after(entity, 'restore', rows);
    return rows;
  }

  async #relink(): Promise<void> {
    for (const [parent, ids] of this.#returning) {
      for (const relation of relationsTo(this.#cascade.model, parent, 'set_null')) {
        const { child, reference } = relation;
        const statement = this.#kept(`relink ${keyOf(relation)}`, () =>
          relinkStatement(this.#authorized, child, reference),
        );
        const rows = await this.#cascade.run(statement, {
          '@parents': arrayLiteral(ids),
          '@client': this.#request.client,
        });
        await this.#cascade.after(child, 'update', rows);
      }
    }
  }

  #kept<T>(what: string, compile: () => T): T {
    return this.#cascade.kept(`restore ${what}`, compile);
  }
}

function targetDeleted({ reference }: Relation): PlatformError {
  const name = reference.property;
  return new PlatformError('target_deleted', { name }, { target: name });
}

function keyOf({ child, reference }: Relation): string {
  return `${child.name} ${reference.property} ${reference.discriminator?.value ?? ''}`;
}
