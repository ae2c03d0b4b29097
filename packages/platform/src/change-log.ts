// The change log: SQL fragments that write one row per changed record, with the images of what changed built by PostgreSQL
// from the rows themselves. Every write goes through here; nothing else inserts into kartoteka.change_log.
import type { EntityType, Property } from '@kartoteka/metadata';
import { quoteIdentifier, quoteLiteral, type SlotWriter } from './sql/statement.ts';

/** Arguments a PostgreSQL function takes at most, in pairs. */
const MAX_PAIRS = 50;

/** What a row of the log can say happened: what is done to records, and that values of one were taken out of it. */
export const LOGGED_OPERATIONS = ['create', 'update', 'delete', 'restore', 'redact'] as const;

export type LoggedOperation = (typeof LOGGED_OPERATIONS)[number];

/** Member of an image that names the properties whose values were taken out of it; no property begins with "@". */
export const REDACTED = '@redacted';

/** Known from the log row itself (record_id, version, actor, time), so images leave them out. */
const IN_ROW = new Set(['id', 'version', 'created_on', 'created_by_id', 'modified_on', 'modified_by_id']);

/** Properties whose values the images hold: those marked `audit: false` leave no trace of their values. */
export function loggedProperties(properties: Iterable<Property>): readonly Property[] {
  return [...properties].filter((property) => property.audit !== false && !IN_ROW.has(property.name));
}

/** jsonb object of the properties' values in the row `alias`, keyed by property name. */
export function imageSql(properties: readonly Property[], alias: string): string {
  if (properties.length === 0) return `'{}'::jsonb`;
  const objects: string[] = [];
  for (let start = 0; start < properties.length; start += MAX_PAIRS) {
    const pairs = properties.slice(start, start + MAX_PAIRS).map((property) => pairSql(property, alias));
    objects.push(`jsonb_build_object(${pairs.join(', ')})`);
  }
  return objects.join(' || ');
}

/** As imageSql, but only of the properties in which the rows `alias` and `other` differ. */
export function changedImageSql(properties: readonly Property[], alias: string, other: string): string {
  if (properties.length <= 1) return imageSql(properties, alias);
  const parts = properties.map((property) => {
    const column = quoteIdentifier(property.column);
    const differs = `${alias}.${column} is distinct from ${other}.${column}`;
    return `case when ${differs} then jsonb_build_object(${pairSql(property, alias)}) else '{}' end`;
  });
  return parts.join(' || ');
}

function pairSql(property: Property, alias: string): string {
  return `${quoteLiteral(property.name)}, ${alias}.${quoteIdentifier(property.column)}`;
}

export interface ChangeLogEntry {
  readonly entity: EntityType;
  readonly operation: LoggedOperation;
  /** SQL of the record's id, new version and images; `null::jsonb` where there is none. */
  readonly id: string;
  readonly version: string;
  readonly before: string;
  readonly after: string;
  /** FROM clause whose rows are the written records. */
  readonly from: string;
}

/** INSERT of one log row per written record; binds the actor (`me`), who acts as the actor (`caller`) and the value `@client`. */
export function changeLogInsert(entry: ChangeLogEntry, slots: SlotWriter): string {
  const actor = slots.use({ from: 'context', name: 'me' }, 'uuid');
  const client = slots.use({ from: 'value', name: '@client' }, 'text');
  const caller = slots.use({ from: 'context', name: 'caller' }, 'uuid');
  const values = [
    quoteLiteral(entry.entity.name),
    entry.id,
    quoteLiteral(entry.operation),
    entry.version,
    actor,
    client,
    entry.before,
    entry.after,
    caller,
  ];
  return (
    'insert into kartoteka.change_log (entity, record_id, operation, version, actor_id, client, before, after, caller_id) ' +
    `select ${values.join(', ')} from ${entry.from}`
  );
}
