// Since when a record has its value of a property, as the change log tells, and whether that is longer than the property's process says.
import type { EntityType, Property } from '@kartoteka/metadata';
import { columnOf } from './scope.ts';
import { quoteLiteral, type SlotWriter } from './statement.ts';

/** Rows `property`, `hidden_on`: until when names of the entity's properties were those of others, whose values say nothing of them. */
export function formerNames(entity: EntityType): string {
  const name = quoteLiteral(entity.name);
  return (
    `select property, hidden_on from kartoteka.storage_column where entity = ${name} and hidden_on is not null ` +
    `union all select property, hidden_on from kartoteka.former_property where entity = ${name}`
  );
}

/** Days after which a value is stale; null for values that never are. */
export function staleAfterSql({ name, staleAfter = {} }: Property, value: string): string {
  const days = Object.entries(staleAfter).map(([each, after]) => `when ${quoteLiteral(each)} then ${after}`);
  if (days.length === 0) throw new Error(`${name} never goes stale`);
  return `(case ${value} ${days.join(' ')} end)`;
}

/** True where the row has had its value for as many days as the process says, or more; never null. */
export function staleSql(slots: SlotWriter, entity: EntityType, alias: string, property: Property): string {
  const value = columnOf(alias, entity, property.name);
  const values = Object.keys(property.staleAfter ?? {}).map(quoteLiteral);
  if (values.length === 0) return 'false';
  const now = slots.use({ from: 'context', name: 'now' }, 'timestamptz');
  const longest = `${now} - ${staleAfterSql(property, value)} * interval '1 day'`;
  // The log is asked of records alone that can be stale.
  return `(case when ${value} in (${values.join(', ')}) then ${sinceSql(entity, alias, property)} <= ${longest} else false end)`;
}

/** A record without an entry that tells has had its value since it was made; one that was restored, since then. */
function sinceSql(entity: EntityType, alias: string, property: Property): string {
  const key = quoteLiteral(property.name);
  const last =
    `select l.at from kartoteka.change_log l where l.record_id = ${alias}.id and l.entity = ${quoteLiteral(entity.name)} ` +
    `and (l.operation = 'restore' or l.operation in ('create', 'update') and l.after ? ${key} ` +
    `and not exists (select from (${formerNames(entity)}) h where h.property = ${key} and h.hidden_on >= l.at)) order by l.version desc limit 1`;
  return `coalesce((${last}), ${alias}.created_on)`;
}
