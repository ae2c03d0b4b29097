// One operation on many records inside one transaction: hooks, validation per record, one statement per set of properties.
// The statements are those of single writes, printed for many (sql/write.ts).

import type { EntityType } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { Hook, HookContext, PendingWrite, WrittenRecord } from '../hooks.ts';
import { ruledOwner, trustedProperties } from '../plan/secured.ts';
import { targetTypes } from '../plan/write.ts';
import { authorizeWrite, requirePrivilege } from '../plan/write-authorize.ts';
import type { TargetTypes } from '../plan/write-plan.ts';
import type { Principal } from '../security/types.ts';
import { bindStatement } from '../sql/bind.ts';
import { compileProbe } from '../sql/bulk-probe.ts';
import { rowsOf, textArray } from '../sql/row-source.ts';
import type { CompiledStatement } from '../sql/statement.ts';
import type { Executor, Row } from '../storage/types.ts';
import { Cascade, imageOf, type RecordSet } from './cascade.ts';
import { followOwner, type MovedRecord, movedRecord } from './owners.ts';
import { compiledWrite, plannedWrite, typesKey, type WriteShape } from './plan-cache.ts';
import type { Annotations, WriteEnvironment } from './request.ts';
import { columnValues } from './values.ts';
import { verdictError } from './verdict.ts';

/**
 * Whether a statement for so many records is a prepared one. Of many it is planned anew, for as many, and for its tables as
 * they are: while a table is filled, a plan kept from when it was empty would read all of it for every record.
 */
export function keepsPlan(records: number): boolean {
  return records < 100;
}

type Operation = 'create' | 'update';

export type Values = Readonly<Record<string, unknown>>;

/** What the write of a set is part of. */
export interface SetEnvironment extends WriteEnvironment {
  readonly entity: EntityType;
  readonly principal: Principal;
  /** Name of the client program for the change log. */
  readonly client: string | null;
  /** Records that change their owner with others already: what follows these counts with them. */
  readonly together?: RecordSet;
}

export interface SetRecord {
  readonly id: string;
  /** What the client sent for it. */
  readonly sent: Values;
}

/**
 * What became of a record. `gone`: an update found nothing to read. `taken`: another record has the id or key of a new one, by
 * these properties; null when nothing is in the way any more.
 */
export type SetResult =
  | { readonly kind: 'written'; readonly changed: boolean; readonly annotations?: Annotations }
  | { readonly kind: 'refused'; readonly error: PlatformError }
  | { readonly kind: 'gone' }
  | { readonly kind: 'taken'; readonly key: readonly string[] | null };

/** The result of each record, in order. Throws what concerns all of them, or cannot be told to concern one. */
export async function writeSet(
  environment: SetEnvironment,
  tx: Executor,
  operation: Operation,
  records: readonly SetRecord[],
): Promise<readonly SetResult[]> {
  if (records.length === 0) return [];
  return new SetWrite(environment, tx, operation, records).run();
}

/** Records that give the same properties, and so are written by one statement. */
interface Group {
  readonly names: readonly string[];
  /** Those of them that are secured and given by hooks. */
  readonly trusted: readonly string[];
  /** Which of several targets their lookups name. */
  readonly types: TargetTypes;
  /** Positions among the records. */
  readonly members: number[];
  readonly values: Record<string, string | null>[];
}

class SetWrite {
  readonly #environment: SetEnvironment;
  readonly #tx: Executor;
  readonly #operation: Operation;
  readonly #records: readonly SetRecord[];
  readonly #hooks: readonly Hook[];
  readonly #results: SetResult[] = [];
  readonly #written: WrittenRecord[] = [];
  /** Hooks that are asked after the write. */
  #acting: readonly Hook[] = [];
  readonly #annotations = new Map<number, Record<string, unknown>>();

  constructor(environment: SetEnvironment, tx: Executor, operation: Operation, records: readonly SetRecord[]) {
    this.#environment = environment;
    this.#tx = tx;
    this.#operation = operation;
    this.#records = records;
    this.#hooks = environment.hooks.for(environment.entity.name, operation);
  }

  async run(): Promise<readonly SetResult[]> {
    const pending = await this.#before();
    this.#acting = this.#hooks.filter((hook) => this.#isAsked(hook, pending));
    for (const group of this.#groups(pending)) await this.#writeGroup(group);
    if (this.#written.length > 0) for (const hook of this.#acting) await hook.after?.(this.#context(), this.#written);
    return this.#results;
  }

  #isAsked(hook: Hook, pending: readonly PendingWrite[]): boolean {
    const { model, principal } = this.#environment;
    if (hook.after === undefined) return false;
    return hook.needsTransaction?.(model, this.#operation, pending, principal) ?? true;
  }

  #refuse(at: number, error: unknown): void {
    if (!(error instanceof PlatformError)) throw error;
    const id = this.#updatedId(at);
    const { name } = this.#environment.entity;
    this.#results[at] = { kind: 'refused', error: id === undefined ? error : error.onRecord(name, id) };
  }

  #context(refuse: (record: PendingWrite, error: PlatformError) => void = refuseTooLate) {
    const { model, principal, entity, request, hooks } = this.#environment;
    const scope = { model, principal, tx: this.#tx, request };
    const engines = () => hooks.enginesWithin(scope);
    return { ...scope, operation: this.#operation, entity: entity.name, engines, refuse };
  }

  /** Hooks run for nobody who may not do this at all; then every record is refused. */
  #mayAny(): boolean {
    const { principal, entity } = this.#environment;
    try {
      requirePrivilege(principal, entity, this.#operation === 'create' ? 'create' : 'write');
      return true;
    } catch (error) {
      for (const at of this.#records.keys()) this.#refuse(at, error);
      return false;
    }
  }

  /** Payloads as the hooks leave them; those of refused records are not looked at again. */
  async #before(): Promise<readonly PendingWrite[]> {
    if (this.#hooks.length === 0) return this.#records.map(({ id, sent }) => ({ id, values: sent }));
    if (!this.#mayAny()) return [];
    const pending = this.#records.map(({ id, sent }) => ({ id, values: { ...sent } }));
    const places = new Map<PendingWrite, number>(pending.map((record, at) => [record, at]));
    const placeOf = (record: PendingWrite): number => {
      const at = places.get(record);
      if (at === undefined) throw new Error('a hook speaks of a record that it was not given');
      return at;
    };
    const context: HookContext = {
      ...this.#context((record, error) => this.#refuse(placeOf(record), error)),
      annotate: (record, name, value) => {
        const at = placeOf(record);
        this.#annotations.set(at, { ...this.#annotations.get(at), [name]: value });
      },
    };
    for (const hook of this.#hooks) {
      const open = pending.filter((_, at) => this.#results[at] === undefined);
      if (open.length > 0) await hook.before?.(context, open);
    }
    return pending;
  }

  #groups(pending: readonly { readonly values: Values }[]): Iterable<Group> {
    const { entity, principal } = this.#environment;
    const groups = new Map<string, Group>();
    this.#records.forEach(({ sent }, at) => {
      if (this.#results[at] !== undefined) return;
      try {
        const given = pending[at]?.values ?? sent;
        const values = columnValues({ entity, operation: this.#operation, principal, values: given, sent });
        const names = Object.keys(values).sort();
        const types = targetTypes(entity, values);
        const trusted = [
          ...trustedProperties(entity, values, sent),
          ...ruledOwner(entity, this.#operation, values, sent),
        ];
        const key = `${names.join()} ${trusted.join()}${typesKey(types)}`;
        const group = groups.get(key) ?? { names, trusted, types, members: [], values: [] };
        if (group.members.length === 0) groups.set(key, group);
        group.members.push(at);
        group.values.push(values);
      } catch (error) {
        this.#refuse(at, error);
      }
    });
    return groups.values();
  }

  async #writeGroup(group: Group): Promise<void> {
    const { model, principal, entity } = this.#environment;
    const images = this.#acting.length > 0;
    const { names, trusted, types } = group;
    const base = { entity, operation: this.#operation, names, trusted, types } as const;
    const shape: WriteShape = { ...base, versioned: false, representation: null, images, many: true };
    let compiled: ReturnType<typeof compiledWrite>;
    try {
      compiled = compiledWrite(model, principal, shape);
    } catch (error) {
      for (const at of group.members) this.#refuse(at, error);
      return;
    }
    for (const at of group.members) this.#results[at] = { kind: 'gone' };
    const taken: number[] = [];
    const moved: MovedRecord[] = [];
    for (const row of await this.#execute(compiled.statement, group)) {
      const position = Number(row.n) - 1;
      const at = group.members[position] ?? -1;
      if (row.failed !== '') this.#refuse(at, verdictError(compiled.checks, String(row.failed)));
      else if (row.written !== true && row.changed === true) taken.push(position);
      else this.#take(at, row, images);
      if (row.moved === true) moved.push(movedRecord(this.#records[at]?.id ?? '', row));
    }
    if (moved.length > 0) {
      const { client, together } = this.#environment;
      await followOwner(
        new Cascade(this.#environment, principal, this.#tx),
        { entity, records: moved },
        client,
        together,
      );
    }
    if (taken.length > 0) await this.#tellTaken(group, shape, taken);
  }

  /** Of a record that was there before. */
  #updatedId(at: number): string | undefined {
    return this.#operation === 'update' ? this.#records[at]?.id : undefined;
  }

  #take(at: number, row: Row, images: boolean): void {
    const changed = row.changed === true;
    const annotations = this.#annotations.get(at);
    this.#results[at] = { kind: 'written', changed, ...(annotations === undefined ? {} : { annotations }) };
    const id = this.#records[at]?.id;
    if (!images || !changed || id === undefined) return;
    this.#written.push({ id, before: imageOf(row.before), after: imageOf(row.after) });
  }

  #execute(statement: CompiledStatement, group: Group): Promise<readonly Row[]> {
    const { model, principal, client } = this.#environment;
    const values: Record<string, string | null> = {
      '@client': client,
      [rowsOf('id')]: textArray(group.members.map((at) => this.#records[at]?.id ?? null)),
    };
    for (const name of group.names) values[rowsOf(name)] = textArray(group.values.map((given) => given[name] ?? null));
    const parameters = bindStatement(statement, { model, principal, literals: [], values });
    return this.#tx.run(statement.text, parameters, { prepare: keepsPlan(group.members.length) });
  }

  /** Positions in the group of new records that were not written although nothing failed. */
  async #tellTaken(group: Group, shape: WriteShape, taken: readonly number[]): Promise<void> {
    const { model, principal } = this.#environment;
    const probe = compileProbe(authorizeWrite(plannedWrite(model, shape), model, principal, shape.trusted));
    const pick = <T>(list: readonly T[]): T[] => taken.flatMap((position) => list.slice(position, position + 1));
    const probed = { ...group, members: pick(group.members), values: pick(group.values) };
    for (const row of await this.#execute(probe.statement, probed)) {
      const at = probed.members[Number(row.n) - 1] ?? -1;
      this.#results[at] = { kind: 'taken', key: row.key === null ? null : (probe.keys[Number(row.key)] ?? null) };
    }
  }
}

function refuseTooLate(): never {
  throw new Error('records are refused before they are written');
}
