// The hidden values of former fields whose names a publish gives to new ones: whether they come back, and whether they could.
import { storedProperties } from '@kartoteka/metadata';
import { compareColumnTypes } from '../../sql/column-types.ts';
import { heldSql } from '../../sql/convert.ts';
import { qualified } from '../../sql/ddl-rows.ts';
import { quoteIdentifier } from '../../sql/statement.ts';
import type { Executor } from '../../storage/types.ts';
import { restorableColumns } from '../hidden/restore.ts';
import type { PublishPlan } from '../plan.ts';
import type { RecordCounter } from './count.ts';
import type { RetiredValues } from './types.ts';

/** By property, in the order of their names. */
export async function retiredValues(tx: Executor, counter: RecordCounter, plan: PublishPlan): Promise<RetiredValues[]> {
  const retired: RetiredValues[] = [];
  for (const { table, entity, column } of (await restorableColumns(tx)).columns) {
    const after = plan.model.entities.get(entity);
    const property =
      after === undefined ? undefined : storedProperties(after).find(({ name }) => name === column.property);
    if (property === undefined) continue;
    const held = heldSql(`t.${quoteIdentifier(column.name)}`, column.type);
    retired.push({
      ...{ what: `${entity}.${property.name}`, column: column.name },
      restored: plan.restored.includes(`${table}.${column.name}`),
      restorable: compareColumnTypes(column.type, property.sqlType) !== 'lossy',
      ...(await counter.count(`${qualified(table)} t`, held)),
    });
  }
  return retired;
}
