// The hidden values and records of former fields, entities and links whose names a publish gives to new ones: whether they come back, and
// whether they could.
import { storedProperties, tableShapeSteps } from '@kartoteka/metadata';
import { compareColumnTypes } from '../../sql/column-types.ts';
import { heldSql } from '../../sql/convert.ts';
import { qualified } from '../../sql/ddl-rows.ts';
import { quoteIdentifier } from '../../sql/statement.ts';
import type { Executor } from '../../storage/types.ts';
import { ownershipOf } from '../fixed-ownership.ts';
import { formerColumns, restorable } from '../hidden/restore.ts';
import { inSlices } from '../in-slices.ts';
import type { Remains } from '../package-store.ts';
import type { PublishPlan } from '../plan.ts';
import type { RecordCounter } from './count.ts';
import type { RetiredValues } from './types.ts';

/** Tables, then properties, in the order of their names; of tables that come back those properties that do not come with them. */
export async function retiredValues(tx: Executor, counter: RecordCounter, plan: PublishPlan): Promise<RetiredValues[]> {
  const kept = await restorable(tx);
  const { secured } = kept;
  const retired = await retiredTables(counter, plan, kept);
  const whole = new Set(kept.tables.map(({ name }) => name));
  for (const { table, entity, column } of columnsOf(kept)) {
    const after = plan.model.entities.get(entity);
    const property =
      after === undefined ? undefined : storedProperties(after).find(({ name }) => name === column.property);
    if (property === undefined) continue;
    if (whole.has(table) && (!plan.restored.includes(table) || property.column === column.name)) continue;
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

/** Those of hidden tables among them. */
function columnsOf({ tables, columns }: Remains): Remains['columns'] {
  const own = tables.flatMap(({ name, entity, columns: all }) =>
    all.map((column) => ({ table: name, entity, column })),
  );
  return [...own, ...columns];
}

/** Records and links of entities and relations that are there again. */
async function retiredTables(
  counter: RecordCounter,
  plan: PublishPlan,
  { tables, ownerships = {} }: Remains,
): Promise<RetiredValues[]> {
  const next = new Set((await inSlices(tableShapeSteps(plan.model))).map(({ name }) => name));
  const retired: RetiredValues[] = [];
  for (const { name, entity } of tables) {
    if (!next.has(name)) continue;
    const type = plan.model.entities.get(entity);
    const kept = ownerships[name];
    const fits = type === undefined || kept === undefined || ownershipOf(type).ownership === kept.ownership;
    const count = await counter.count(qualified(name), 'true');
    retired.push({ what: entity, column: null, restored: plan.restored.includes(name), restorable: fits, ...count });
  }
  return retired;
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
