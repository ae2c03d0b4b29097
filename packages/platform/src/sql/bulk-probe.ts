// Which key stands in the way of new records that were not written: one statement for many records.
import type { AuthorizedWrite } from '../plan/write-authorize.ts';
import { ROW_NUMBER } from './row-source.ts';
import { columnOf } from './scope.ts';
import { type CompiledStatement, tableOf } from './statement.ts';
import { manyContext } from './write.ts';
import { newRow, writtenValues } from './write-row.ts';

export interface CompiledProbe {
  readonly statement: CompiledStatement;
  /** Property names of the keys that are looked at. */
  readonly keys: readonly (readonly string[])[];
}

/**
 * Rows: one per record, with `n` (its position, from 1) and `key`: the number in `keys` of the first that another record has, or
 * null. It looks at hidden records as well, as the unique index does. Parameters: those of compileManyWrites.
 */
export function compileProbe(authorized: AuthorizedWrite): CompiledProbe {
  const context = manyContext(authorized);
  const { entity } = context.plan;
  const values = new Map(writtenValues(context, null));
  values.set('id', context.slots.use({ from: 'value', name: 'id' }, 'uuid'));
  const written = [...entity.keys.values()]
    .map((key) => key.properties)
    .filter((key) => key.every((name) => values.has(name)));
  const keys = [['id'], ...written];
  const cases = keys.map((key, number) => {
    const equal = key.map((name) => `${columnOf('t', entity, name)} = ${columnOf('n', entity, name)}`);
    const alive = number === 0 ? [] : ['t.deleted_on is null'];
    return `when exists (select from ${tableOf(entity)} t where ${[...equal, ...alive].join(' and ')}) then '${number}'`;
  });
  const text = `select ${ROW_NUMBER}::text as n, case ${cases.join(' ')} end as key from ${context.source} cross join lateral (${newRow(entity, values, null)}) n`;
  return { statement: { text, slots: context.slots.slots }, keys };
}
