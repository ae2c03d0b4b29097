// The indexes of a metadata change: created with a new table, else built and dropped concurrently after the commit. Pure, like
// ddl.ts, of which it is a part.
import type { IndexShape, TableShape } from '@kartoteka/metadata';
import type { DdlStep, MutablePlan } from './ddl.ts';
import { qualified } from './ddl-rows.ts';
import { quoteIdentifier } from './statement.ts';

/** Lock of a step that lets everybody work. */
export const CONCURRENT = 'share update exclusive, reads and writes go on';

/** What takes another's place under a name of its own is built before that one is dropped. */
export function indexLater(plan: MutablePlan, before: TableShape, after: TableShape): void {
  const dropped = changed(before.indexes, after.indexes, sameIndex).map(({ name }) => dropIndex(after.name, name));
  const isNameTaken = (step: DdlStep): boolean => after.indexes.some(({ name }) => name === step.after?.object);
  plan.steps.push(...dropped.filter(isNameTaken));
  createIndexes(plan, before, after);
  plan.steps.push(...dropped.filter((step) => !isNameTaken(step)));
}

function dropIndex(table: string, name: string): DdlStep {
  return {
    sql: `drop index concurrently if exists ${qualified(name)}`,
    description: `index ${name} is no longer needed`,
    phase: 'after',
    lock: CONCURRENT,
    additive: true,
    after: { kind: 'drop_index', object: name, table },
  };
}

function createIndexes(plan: MutablePlan, before: TableShape, after: TableShape): void {
  for (const index of changed(after.indexes, before.indexes, sameIndex)) {
    if (index.unique) requireNoDuplicates(plan, before, after, index);
    plan.steps.push({
      sql: createIndex(after.name, index, 'concurrently '),
      description: `index ${index.name}`,
      phase: 'after',
      lock: CONCURRENT,
      additive: true,
      after: { kind: 'create_index', object: index.name, table: after.name },
    });
  }
}

function requireNoDuplicates(plan: MutablePlan, before: TableShape, after: TableShape, index: IndexShape): void {
  // A key over a column that did not exist has no stored values that could collide.
  if (!index.columns.every((name) => before.columns.some((column) => column.name === name))) return;
  const columns = index.columns.map(quoteIdentifier);
  const conditions = [
    ...(index.where === null ? [] : [index.where]),
    ...columns.map((column) => `${column} is not null`),
  ];
  plan.preconditions.push({
    sql: `select 1 as found from ${qualified(after.name)} where ${conditions.join(' and ')} group by ${columns.join(', ')} having count(*) > 1 limit 1`,
    reason: `stored records of ${after.entity} have equal values of ${index.columns.join(', ')}`,
    underLock: false,
  });
}

/** Members of `from` that `other` does not hold under the same name with the same definition. */
export function changed<T extends { readonly name: string }>(
  from: readonly T[],
  other: readonly T[],
  same: (a: T, b: T) => boolean,
): T[] {
  const byNames = new Map(other.map((member) => [member.name, member]));
  return from.filter((member) => {
    const counterpart = byNames.get(member.name);
    return counterpart === undefined || !same(member, counterpart);
  });
}

const sameIndex = (a: IndexShape, b: IndexShape): boolean =>
  a.unique === b.unique &&
  a.where === b.where &&
  a.method === b.method &&
  a.columns.join() === b.columns.join() &&
  a.include?.join() === b.include?.join() &&
  a.expression?.sql === b.expression?.sql &&
  a.expression?.parameters === b.expression?.parameters;

/** The statement that creates an index; `how` is `concurrently ` or nothing. */
export function createIndex(table: string, index: IndexShape, how: string): string {
  const order = index.method === undefined ? ' nulls first' : '';
  const columns =
    index.expression === undefined
      ? index.columns.map((column) => `${quoteIdentifier(column)}${order}`).join(', ')
      : `(${index.expression.sql}) ${index.expression.operatorClass}`;
  const using = index.method === undefined ? '' : ` using ${index.method}`;
  const include = index.include === undefined ? '' : ` include (${index.include.map(quoteIdentifier).join(', ')})`;
  const { parameters: given = '' } = index.expression ?? {};
  const parameters = given === '' ? '' : ` with (${given})`;
  const where = index.where === null ? '' : ` where ${index.where}`;
  return `create ${index.unique ? 'unique ' : ''}index ${how}${quoteIdentifier(index.name)} on ${qualified(table)}${using} (${columns})${include}${parameters}${where}`;
}
