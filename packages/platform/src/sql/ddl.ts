// The DDL of a metadata change: the difference of two lists of TableShape as ordered statements.
// Pure: it reads no catalogue and runs nothing (publish/publish.ts does), and it never drops a column or a table.
import type { CheckShape, ColumnShape, ForeignKeyShape, TableShape } from '@kartoteka/metadata';
import { isWiderCheck } from './check-widening.ts';
import { compareColumnTypes } from './column-types.ts';
import { CONCURRENT, changed, createIndex, indexLater } from './ddl-indexes.ts';
import { fillingSteps, numberingSteps, qualified, SCHEMA } from './ddl-rows.ts';
import { quoteIdentifier } from './statement.ts';

/**
 * Lists under many shares or units walk an index without looking at the table, which needs a fresh visibility map: vacuum
 * after 2 % of the rows, not after PostgreSQL's 20 %.
 */
const STORAGE_PARAMETERS = 'autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02';

/** What has to be done when the statement is repeated after a crash; only for statements that run after the commit. */
export type AfterKind = 'create_index' | 'drop_index' | 'validate' | 'number_rows' | 'fill_rows' | 'convert_rows';

/** A lock that a statement takes on a table, which is named as SQL with its schema. */
export interface TableLock {
  readonly table: string;
  readonly mode: 'share row exclusive' | 'access exclusive';
}

export interface DdlStep {
  readonly sql: string;
  readonly description: string;
  /** `transaction`: commits with the documents. `after`: cannot (CONCURRENTLY) or should not (VALIDATE) run inside it. */
  readonly phase: 'transaction' | 'after';
  /** Lock on the table and for how long. */
  readonly lock: string;
  /** False when stored values are no longer reachable through the Model. */
  readonly additive: boolean;
  /** What it locks of that which was there before, in phase `transaction`. */
  readonly locks?: readonly TableLock[];
  /** Table in schema `data` that it locks; absent: none that existed before. */
  readonly table?: string;
  /** Only in phase `after`: how to repeat it, on which object of which table (schema `data`). */
  readonly after?: { readonly kind: AfterKind; readonly object: string; readonly table: string };
}

/** A query that returns a row when stored records do not fit the change. */
export interface DdlPrecondition {
  readonly sql: string;
  /** What a returned row means, for the person who publishes. */
  readonly reason: string;
  /** Repeated under the lock, because rows may arrive between the query and the lock. */
  readonly underLock: boolean;
  /** The check constraint that stored records have to meet, where that is what it asks. */
  readonly constraint?: string;
  /** `table.column` that refers to records of others, where that is what it asks. */
  readonly reference?: string;
}

export interface DdlPlan {
  readonly steps: readonly DdlStep[];
  readonly preconditions: readonly DdlPrecondition[];
  /** What nobody can reach any more after the change, as `entity.property` or `entity`; empty for an additive change. */
  readonly losses: readonly string[];
}

const SHORT = 'access exclusive, short';

/**
 * Statements that turn the tables of `before` (null: an empty database) into those of `after`, in the order to run them.
 * Columns and tables that are missing in `after` are kept; what refers to them (NOT NULL, CHECK, foreign keys, indexes) goes.
 * Throws Error on a column whose type changes in a way that would lose digits or rewrite the table: the caller gives such
 * a property a new column instead.
 */
export function ddlForChange(before: readonly TableShape[] | null, after: readonly TableShape[]): DdlPlan {
  const old = new Map((before ?? []).map((table) => [table.name, table]));
  const next = new Map(after.map((table) => [table.name, table]));
  const created = after.filter((table) => !old.has(table.name)).sort(byName);
  const removed = (before ?? []).filter((table) => !next.has(table.name)).sort(byName);
  const kept = after.filter((table) => old.has(table.name)).sort(byName);
  const plan: MutablePlan = { steps: [], preconditions: [], losses: [] };
  if (before === null) plan.steps.push(transaction(`create schema if not exists ${SCHEMA}`, 'schema data', 'none'));
  for (const table of created) createTable(plan, table);
  // Foreign keys of new tables come after all of them, because two new tables may refer to each other.
  for (const table of created) referenceFromNewTable(plan, table, created);
  for (const table of removed) abandonTable(plan, table);
  for (const table of kept) {
    const previous = old.get(table.name) as TableShape;
    if (previous !== table) alterTable(plan, previous, table);
  }
  return plan;
}

/** A plan under way. */
export interface MutablePlan {
  readonly steps: DdlStep[];
  readonly preconditions: DdlPrecondition[];
  readonly losses: string[];
}

function createTable(plan: MutablePlan, table: TableShape): void {
  createSequences(plan, table.columns);
  const parts = [
    ...table.columns.map((column) => columnDefinition(column, column.notNull, column.numbering?.value)),
    `primary key (${table.primaryKey.map(quoteIdentifier).join(', ')})`,
    ...table.checks.map((check) => checkDefinition(check)),
  ];
  const name = qualified(table.name);
  plan.steps.push(
    transaction(
      `create table ${name} (\n  ${parts.join(',\n  ')}\n) with (${STORAGE_PARAMETERS})`,
      `table ${table.name}`,
      'none: the table is new',
    ),
  );
  ownSequences(plan, table, table.columns);
  for (const index of table.indexes) {
    plan.steps.push(transaction(createIndex(table.name, index, ''), `index ${index.name}`, 'none: the table is new'));
  }
}

function referenceFromNewTable(plan: MutablePlan, table: TableShape, created: readonly TableShape[]): void {
  if (table.foreignKeys.length === 0) return;
  const actions = table.foreignKeys.map((key) => `add ${foreignKeyDefinition(key)}`);
  const lock = 'share row exclusive on the targets, short';
  const made = new Set(created.map(({ name }) => qualified(name)));
  const locks = locksOf(table.foreignKeys, 'share row exclusive').filter(({ table: target }) => !made.has(target));
  plan.steps.push({ ...transaction(alter(table.name, actions), `references of ${table.name}`, lock), locks });
}

const targetOf = ({ references }: ForeignKeyShape): string => references.split('.').map(quoteIdentifier).join('.');

/** On the tables that foreign keys refer to. */
function locksOf(keys: readonly ForeignKeyShape[], mode: TableLock['mode']): TableLock[] {
  return keys.map((key) => ({ table: targetOf(key), mode }));
}

/** Drawn from by defaults, so they come before the columns. A column that had numbers once has its sequence still. */
function createSequences(plan: MutablePlan, columns: readonly ColumnShape[]): void {
  for (const { numbering } of columns) {
    if (numbering === undefined) continue;
    const sql = `create sequence if not exists ${qualified(numbering.sequence)}`;
    plan.steps.push(transaction(sql, `sequence ${numbering.sequence}`, 'none'));
  }
}

/** So that they move with their table. */
function ownSequences(plan: MutablePlan, table: TableShape, columns: readonly ColumnShape[]): void {
  for (const { name, numbering } of columns) {
    if (numbering === undefined) continue;
    const column = `${qualified(table.name)}.${quoteIdentifier(name)}`;
    const sql = `alter sequence ${qualified(numbering.sequence)} owned by ${column}`;
    plan.steps.push(transaction(sql, `numbers of ${table.name}.${name}`, 'share row exclusive on the sequence, short'));
  }
}

/** A removed entity keeps its table; only what would get in the way of other tables' records goes. */
function abandonTable(plan: MutablePlan, table: TableShape): void {
  plan.losses.push(table.entity);
  if (table.foreignKeys.length === 0) return;
  const actions = table.foreignKeys.map((key) => `drop constraint ${quoteIdentifier(key.name)}`);
  const locks = locksOf(table.foreignKeys, 'access exclusive');
  plan.steps.push(alterStep(table.name, actions, `table ${table.name} is kept, its references go`, false, locks));
}

function alterTable(plan: MutablePlan, before: TableShape, after: TableShape): void {
  const old = new Map(before.columns.map((column) => [column.name, column]));
  const numbered = after.columns.filter(({ name, numbering }) => numbering && !old.get(name)?.numbering);
  createSequences(plan, numbered);
  const actions = [...columnActions(plan, before, after), ...constraintActions(plan, before, after)];
  const additive = before.columns.every((column) => after.columns.some((other) => other.name === column.name));
  if (actions.length > 0)
    plan.steps.push(
      alterStep(after.name, actions, `columns and constraints of ${after.name}`, additive, keyLocks(before, after)),
    );
  ownSequences(plan, after, numbered);
  // Before the unique index, which would make every one of their updates dearer.
  for (const column of numbered) plan.steps.push(...numberingSteps(after, column));
  for (const column of after.columns) plan.steps.push(...fillingSteps(after, column, old.get(column.name)));
  validateLater(plan, before, after);
  indexLater(plan, before, after);
}

/** On the targets of foreign keys that come, and of those that go. */
function keyLocks(before: TableShape, after: TableShape): TableLock[] {
  return [
    ...locksOf(changed(after.foreignKeys, before.foreignKeys, sameForeignKey), 'share row exclusive'),
    ...locksOf(changed(before.foreignKeys, after.foreignKeys, sameForeignKey), 'access exclusive'),
  ];
}

function columnActions(plan: MutablePlan, before: TableShape, after: TableShape): string[] {
  const actions: string[] = [];
  const old = new Map(before.columns.map((column) => [column.name, column]));
  for (const column of after.columns) {
    const previous = old.get(column.name);
    if (previous === undefined) {
      // No NOT NULL on a new column without a constant default, though the property is required: nodes of the previous revision
      // go on inserting rows without it, and the rows that exist have no value. The engine requires it from now on.
      actions.push(`add column ${columnDefinition(column, column.notNull && column.fill !== undefined, column.fill)}`);
      // By itself: a default that came with the column would number, and rewrite, the whole table under the lock.
      if (column.numbering !== undefined) actions.push(setDefault(column, column.numbering.value));
      continue;
    }
    actions.push(...changedColumnActions(after, previous, column));
  }
  for (const column of before.columns) {
    if (after.columns.some((other) => other.name === column.name)) continue;
    plan.losses.push(`${before.entity}.${column.property ?? column.name}`);
    if (column.notNull) actions.push(`alter column ${quoteIdentifier(column.name)} drop not null`);
    if (column.fill !== undefined || column.numbering !== undefined)
      actions.push(`alter column ${quoteIdentifier(column.name)} drop default`);
  }
  return actions;
}

function changedColumnActions(table: TableShape, before: ColumnShape, after: ColumnShape): string[] {
  const column = `alter column ${quoteIdentifier(after.name)}`;
  const actions: string[] = [];
  const types = compareColumnTypes(before.type, after.type);
  if (types === 'lossy')
    throw new Error(`${table.name}.${after.name}: ${before.type} cannot become ${after.type} in place`);
  if (before.numbering?.value !== after.numbering?.value) actions.push(setDefault(after, after.numbering?.value));
  if (types === 'widening') actions.push(`${column} type ${after.type}`);
  // The other direction (a property that becomes required) adds no NOT NULL: see columnActions.
  if (before.notNull && !after.notNull) actions.push(`${column} drop not null`);
  return actions;
}

function setDefault(column: ColumnShape, value: string | undefined): string {
  const action = value === undefined ? 'drop default' : `set default ${value}`;
  return `alter column ${quoteIdentifier(column.name)} ${action}`;
}

function constraintActions(plan: MutablePlan, before: TableShape, after: TableShape): string[] {
  const dropped = [
    ...changed(before.checks, after.checks, sameCheck),
    ...changed(before.foreignKeys, after.foreignKeys, sameForeignKey),
  ];
  const checks = changed(after.checks, before.checks, sameCheck);
  for (const check of checks) {
    const previous = before.checks.find((other) => other.name === check.name);
    if (
      isNewColumnCheck(before, after, check) ||
      (previous !== undefined && isWiderCheck(previous.condition, check.condition))
    )
      continue;
    plan.preconditions.push({
      sql: `select 1 as found from ${qualified(after.name)} where not (${check.condition}) limit 1`,
      reason: `stored records of ${after.entity} do not fit ${check.name}`,
      underLock: true,
      constraint: check.name,
    });
  }
  requireTargets(plan, before, after);
  return [
    ...dropped.map((constraint) => `drop constraint ${quoteIdentifier(constraint.name)}`),
    ...checks.map((check) => `add ${checkDefinition(check)} not valid`),
    ...changed(after.foreignKeys, before.foreignKeys, sameForeignKey).map(
      (key) => `add ${foreignKeyDefinition(key)} not valid`,
    ),
  ];
}

/** A reference over stored values (a lookup that goes to another entity) would never be validated where one leads nowhere. */
function requireTargets(plan: MutablePlan, before: TableShape, after: TableShape): void {
  for (const { column, references } of changed(after.foreignKeys, before.foreignKeys, sameForeignKey)) {
    if (!before.columns.some(({ name }) => name === column)) continue;
    const value = `t.${quoteIdentifier(column)}`;
    const target = references.split('.').map(quoteIdentifier).join('.');
    plan.preconditions.push({
      sql: `select 1 as found from ${qualified(after.name)} t where ${value} is not null and not exists (select from ${target} r where r.id = ${value}) limit 1`,
      reason: `stored records of ${after.entity} have values of ${column} that are not in ${references}`,
      underLock: false,
      reference: `${after.name}.${column}`,
    });
  }
}

/** A check over a column that did not exist holds for every stored row: it is null, or the default the documents allow. */
function isNewColumnCheck(before: TableShape, after: TableShape, check: CheckShape): boolean {
  if (before.checks.some((other) => other.name === check.name)) return false;
  return after.columns.some(
    (column) =>
      !before.columns.some((other) => other.name === column.name) &&
      new RegExp(`(?<![\\w"])"?${column.name}"?(?![\\w"])`).test(check.condition),
  );
}

function validateLater(plan: MutablePlan, before: TableShape, after: TableShape): void {
  const constraints = [
    ...changed(after.checks, before.checks, sameCheck),
    ...changed(after.foreignKeys, before.foreignKeys, sameForeignKey),
  ];
  for (const { name } of constraints) {
    plan.steps.push({
      sql: alter(after.name, [`validate constraint ${quoteIdentifier(name)}`]),
      description: `stored records fit ${name}`,
      phase: 'after',
      lock: CONCURRENT,
      additive: true,
      after: { kind: 'validate', object: name, table: after.name },
    });
  }
}

function transaction(sql: string, description: string, lock: string, additive = true): DdlStep {
  return { sql, description, phase: 'transaction', lock, additive };
}

/** A change of the catalogue alone: it reads and writes no row. */
function alterStep(
  table: string,
  actions: readonly string[],
  description: string,
  additive: boolean,
  others: readonly TableLock[],
): DdlStep {
  const locks: readonly TableLock[] = [{ table: qualified(table), mode: 'access exclusive' }, ...others];
  return { ...transaction(alter(table, actions), description, SHORT, additive), table, locks };
}

const byName = (a: TableShape, b: TableShape): number => (a.name < b.name ? -1 : 1);
const sameCheck = (a: CheckShape, b: CheckShape): boolean => a.condition === b.condition;
const sameForeignKey = (a: ForeignKeyShape, b: ForeignKeyShape): boolean =>
  a.column === b.column && a.references === b.references && a.onDelete === b.onDelete;

function alter(table: string, actions: readonly string[]): string {
  return `alter table ${qualified(table)} ${actions.join(', ')}`;
}

/**
 * `fill` becomes a DEFAULT that stays: it gives the stored rows their value without a rewrite, and the rows that nodes of
 * the previous revision still insert without naming the column.
 */
function columnDefinition(column: ColumnShape, notNull: boolean, fill: string | undefined): string {
  const constant = fill === undefined ? '' : ` default ${fill}`;
  return `${quoteIdentifier(column.name)} ${column.type}${constant}${notNull ? ' not null' : ''}`;
}

function checkDefinition(check: CheckShape): string {
  return `constraint ${quoteIdentifier(check.name)} check (${check.condition})`;
}

function foreignKeyDefinition(key: ForeignKeyShape): string {
  const target = targetOf(key);
  const action = key.onDelete === undefined ? '' : ` on delete ${key.onDelete}`;
  return `constraint ${quoteIdentifier(key.name)} foreign key (${quoteIdentifier(key.column)}) references ${target} (id)${action}`;
}
