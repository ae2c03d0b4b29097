// The hidden values of former fields whose names a publish gives to new ones: whether they come back, and whether they could.
import { storedProperties } from '@kartoteka/metadata';
import { compareColumnTypes } from '../../sql/column-types.ts';
import { heldSql } from '../../sql/convert.ts';
import { qualified } from '../../sql/ddl-rows.ts';
import { quoteIdentifier } from '../../sql/statement.ts';
import type { Executor } from '../../storage/types.ts';
import { formerColumns, restorableColumns } from '../hidden/restore.ts';
import type { PublishPlan } from '../plan.ts';
import type { RecordCounter } from './count.ts';
import type { RetiredValues } from './types.ts';

/** By property, in the order of their names. */
export async function retiredValues(tx: Executor, counter: RecordCounter, plan: PublishPlan): Promise<RetiredValues[]> {
  const retired: RetiredValues[] = [];
  const { columns, secured } = await restorableColumns(tx);
  for (const { table, entity, column } of columns) {
    const after = plan.model.entities.get(entity);
    const property =
      after === undefined ? undefined : storedProperties(after).find(({ name }) => name === column.property);
    if (property === undefined) continue;
    const isOpened = secured.includes(`${entity}.${property.name}`) && !property.secured;
    const held = heldSql(`t.${quoteIdentifier(column.name)}`, column.type);
    retired.push({
      ...{ what: `${entity}.${property.name}`, column: column.name },
      restored: plan.restored.includes(`${table}.${column.name}`),
      restorable: !isOpened && compareColumnTypes(column.type, property.sqlType) !== 'lossy',
      ...(await counter.count(`${qualified(table)} t`, held)),
    });
  }
  return [...retired, ...(await formerValues(tx, counter, plan))];
}

/** Of properties that get a former type again. */
async function formerValues(tx: Executor, counter: RecordCounter, plan: PublishPlan): Promise<RetiredValues[]> {
  const retired = new Map<string, RetiredValues>();
  for (const { table, entity, property: name, column, type, secured } of await formerColumns(tx)) {
    const what = `${entity}.${name}`;
    const [before, after] = [plan.before, plan.model].map((model) => model?.entities.get(entity)?.properties.get(name));
    if (retired.has(what) || before === undefined || after === undefined || before.column === after.column) continue;
    if (compareColumnTypes(type, after.sqlType) === 'lossy') continue;
    const count = await counter.count(`${qualified(table)} t`, heldSql(`t.${quoteIdentifier(column)}`, type));
    const restored = plan.conversions.some((each) => each.what === what && each.former === column);
    retired.set(what, { what, column, restored, restorable: after.secured || !secured, ...count });
  }
  return [...retired.values()];
}
