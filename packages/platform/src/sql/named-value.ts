// A value of an expression that SQL uses several times.
import type { TypedExpression } from '@kartoteka/metadata';
import type { PrintAs } from './expression-calls.ts';

/**
 * SQL that uses a value several times. A compound value is computed once, in a subselect, which `offset 0` keeps the planner
 * from merging: nested calls would otherwise repeat it several times at every level.
 */
export function named(node: TypedExpression, print: PrintAs, sqlType: string, use: (sql: string) => string): string {
  const sql = print(node, sqlType);
  return node.kind === 'path' || node.kind === 'literal' ? use(sql) : computedOnce(sql, use);
}

/** The same for SQL that is printed already. */
export function computedOnce(sql: string, use: (sql: string) => string): string {
  return `(select ${use('computed."argument"')} from (select ${sql} as "argument" offset 0) computed)`;
}
