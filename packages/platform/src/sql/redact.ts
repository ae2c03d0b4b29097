// Statements of a redaction: lock, judge and clear the record; take the values out of its images; leave a trace. No I/O.
import type { EntityType } from '@kartoteka/metadata';
import { changeLogInsert, REDACTED } from '../change-log.ts';
import type { RedactionPlan } from '../plan/redact.ts';
import type { AuthorizedRedaction } from '../plan/write-authorize.ts';
import type { CompiledCheck } from './delete.ts';
import { columnOf } from './scope.ts';
import { type CompiledStatement, presentSql, quoteIdentifier, quoteLiteral, SlotWriter, tableOf } from './statement.ts';
import { CheckWriter } from './write-checks.ts';
import { accessSql, columnList, givenValue, type RightsContext, stampSql } from './write-row.ts';
import { addAccessCheck } from './write-targets.ts';

/**
 * Clears the properties in the record `id` itself, where they hold something else. Row: none when there is no readable record; else
 * `failed`, `version` and `changed`. A deleted record keeps its version: who wrote it last is who deleted it. Parameters: `id`, and
 * the value of each property.
 */
export function clearStatement(authorized: AuthorizedRedaction): CompiledCheck {
  const context: RightsContext = { authorized, slots: new SlotWriter() };
  const { entity, values, derived } = authorized.plan;
  const checks = new CheckWriter();
  const write = accessSql(context, entity, 'write', 'o');
  if (write !== 'true') addAccessCheck(context, checks, `not ${write}`, { entity, privilege: 'write', rank: 'record' });
  const given = new Map([...values.keys()].map((property) => [property.name, givenValue(context, property)]));
  const column = (name: string): string => given.get(name) ?? columnOf('c', entity, name);
  const differs = [...given].map(([name, value]) => `${columnOf('o', entity, name)} is distinct from ${value}`);
  const set = [
    ...[...values.keys()].map((property) => `${quoteIdentifier(property.column)} = ${given.get(property.name)}`),
    ...derived.map((property) => `${quoteIdentifier(property.column)} = ${property.derived?.sql(column) ?? 'null'}`),
    ...(entity.records === 'deleted' ? [] : [stampSql(context, entity)]),
  ];
  const version = columnOf('t', entity, 'version');
  const text =
    `with c as materialized (select o.*, ${checks.sql()} as "@failed", ${differs.join(' or ')} as "@changed" from (${lockedSql(context, entity)}) o), ` +
    `w as (update ${tableOf(entity)} t set ${set.join(', ')} from c where t.id = c.id and c."@failed" = '' and c."@changed" returning ${version} as version) ` +
    `select c."@failed" as failed, coalesce(w.version, ${columnOf('c', entity, 'version')})::text as version, w.version is not null as changed ` +
    'from c left join w on true';
  return { statement: { text, slots: context.slots.slots }, checks: checks.checks };
}

/** What writes the record waits: its images are of this side of the redaction or of the other. */
function lockedSql(context: RightsContext, entity: EntityType): string {
  const tests = [
    `t.id = ${context.slots.use({ from: 'value', name: 'id' }, 'uuid')}`,
    presentSql('t', entity),
    accessSql(context, entity, 'read', 't'),
    ...(entity.records === 'deleted' ? [accessSql(context, entity, 'delete', 't')] : []),
  ].filter((test) => test !== 'true');
  return `select ${columnList(entity, 't')} from ${tableOf(entity)} t where ${tests.join(' and ')} for no key update of t`;
}

/**
 * Columns that fields have left behind in the entity's table: those of `@names`, or all where the plan says so. Rows: `property`, `column`.
 * Parameter: `@names`.
 */
export function formerColumnsStatement({ entity, whole }: RedactionPlan): CompiledStatement {
  const slots = new SlotWriter();
  const names = slots.use({ from: 'value', name: '@names' }, 'text[]');
  const text =
    'select s.property, s.column_name as column from kartoteka.storage_column s ' +
    `where s.table_name = ${quoteLiteral(entity.table)} and s.hidden_on is not null and (${whole} or s.property = any(${names}))`;
  return { text, slots: slots.slots };
}

/** Empties such columns of the record, locked before. Row: `id`, where one held something. Parameter: `id`. */
export function clearColumnsStatement(entity: EntityType, columns: readonly string[]): CompiledStatement {
  const slots = new SlotWriter();
  const id = slots.use({ from: 'value', name: 'id' }, 'uuid');
  const names = columns.map(quoteIdentifier);
  const text =
    `update ${tableOf(entity)} t set ${names.map((name) => `${name} = null`).join(', ')} ` +
    `where t.id = ${id} and num_nonnulls(${names.map((name) => `t.${name}`).join(', ')}) > 0 returning t.id::text as id`;
  return { text, slots: slots.slots };
}

/** Takes the values out of every image of the record. Row: `changes`, how many held one. Parameters: `id`, `@names`. */
export function redactChangesStatement(entity: EntityType): CompiledStatement {
  const slots = new SlotWriter();
  const id = slots.use({ from: 'value', name: 'id' }, 'uuid');
  const names = slots.use({ from: 'value', name: '@names' }, 'text[]');
  const text = `select kartoteka.redact_changes(${quoteLiteral(entity.name)}, ${id}, ${names})::text as changes`;
  return { text, slots: slots.slots };
}

/** The trace: who redacted which properties, and nothing of what they held. Parameters: `id`, `@version`, `@names`, `@client`. */
export function traceStatement(entity: EntityType): CompiledStatement {
  const slots = new SlotWriter();
  const names = slots.use({ from: 'value', name: '@names' }, 'text[]');
  const text = changeLogInsert(
    {
      entity,
      operation: 'redact',
      id: slots.use({ from: 'value', name: 'id' }, 'uuid'),
      version: slots.use({ from: 'value', name: '@version' }, 'bigint'),
      before: 'null::jsonb',
      after: `jsonb_build_object(${quoteLiteral(REDACTED)}, to_jsonb(${names}))`,
      from: '(select) r',
    },
    slots,
  );
  return { text, slots: slots.slots };
}
