// The answer of a write statement: its verdict, version, images and the written record's JSON, over the parts `c` (judged),
// `w` (written) and `l` (logged) of its WITH list.
import type { EntityType } from '@kartoteka/metadata';
import { ownershipProperties } from './owners.ts';
import { ROW_NUMBER } from './row-source.ts';
import { columnOf } from './scope.ts';
import { type CompiledStatement, SlotWriter, tableOf } from './statement.ts';
import { accessSql, columnList, newRowAccessSql, type RightsContext, type WriteContext } from './write-row.ts';

/** Prints the answer's JSON text of the written row, whose columns are those of the entity under `alias`. */
export type RowPrinter = (alias: string, slots: SlotWriter) => string;

/** Which columns the statement answers with besides `failed`, `changed` and `version`. */
export interface WriteAnswer {
  /** `body`: the written (or, when nothing changed, the unchanged) row, null when the principal may not read it. */
  readonly body: RowPrinter | null;
  /** What is printed is the record's own: no others are read for it. */
  readonly brief?: boolean;
  /** `before` and `after`: the images as the change log holds them. */
  readonly images: boolean;
}

/** What the log line answers with where images are asked for. */
export const RETURNING_IMAGES = ' returning record_id, before, after';

/** The WITH parts and the answer's columns. */
export function assemble(context: WriteContext, answer: WriteAnswer, parts: readonly string[]): string {
  const { entity, operation } = context.plan;
  if (context.source !== null) return assembleMany(context, answer, parts);
  const update = operation === 'update';
  const version = update ? `coalesce(w.version, ${columnOf('c', entity, 'version')})` : 'w.version';
  const columns = [
    'c."@failed" as failed',
    `${update ? 'c."@changed"' : 'true'} as changed`,
    `${version}::text as version`,
  ];
  let from = 'c left join w on true';
  if (answer.body !== null) {
    if (update) from += ` ${unchangedOrWritten(entity)}`;
    columns.push(`${bodySql(context, answer.body, update ? 'r' : 'w')} as body`);
  }
  if (context.plan.followed) columns.push(...movedColumns(entity));
  if (answer.images) {
    columns.push('l.before::text as before', 'l.after::text as after');
    from += ' left join l on true';
  }
  return `with ${parts.join(', ')} select ${columns.join(', ')} from ${from}`;
}

/** The same for many records: a row for each, told apart by its position. */
function assembleMany(context: WriteContext, answer: WriteAnswer, parts: readonly string[]): string {
  const id = context.slots.use({ from: 'value', name: 'id' }, 'uuid');
  const changed = context.plan.operation === 'update' ? 'c."@changed"' : 'true';
  const columns = [
    `${ROW_NUMBER}::text as n`,
    'c."@failed" as failed',
    `${changed} as changed`,
    'w.id is not null as written',
  ];
  if (context.plan.followed) columns.push(...movedColumns(context.plan.entity));
  let from = `c left join w on w.id = ${id}`;
  if (answer.images) {
    columns.push('l.before::text as before', 'l.after::text as after');
    from += ' left join l on l.record_id = w.id';
  }
  return `with ${parts.join(', ')} select ${columns.join(', ')} from ${from}`;
}

/** Whether the record has another owner or unit than before, and who owned and owns it: the owner, or where there is none the unit. */
function movedColumns(entity: EntityType): readonly string[] {
  const owned = ownershipProperties(entity);
  const differs = owned.map((name) => `${columnOf('c', entity, name)} is distinct from ${columnOf('w', entity, name)}`);
  const owner = (alias: string): string => `${columnOf(alias, entity, owned[0] ?? 'owner_id')}::text`;
  return [
    `w.id is not null and (${differs.join(' or ')}) as moved`,
    `${owner('c')} as former_owner`,
    `${owner('w')} as new_owner`,
  ];
}

function unchangedOrWritten(entity: EntityType): string {
  const kept = `select ${columnList(entity, 'c')} where c."@failed" = '' and not c."@changed"`;
  return `left join lateral (select ${columnList(entity, 'w')} where w.id is not null union all ${kept}) r on true`;
}

function bodySql(context: WriteContext, print: RowPrinter, alias: string): string {
  const { plan } = context;
  const created = plan.operation === 'create';
  const readable = created ? newRowAccessSql(context, 'read', alias) : accessSql(context, plan.entity, 'read', alias);
  const shown = readable === 'true' ? `${alias}.id is not null` : `${alias}.id is not null and ${readable}`;
  return `case when ${shown} then ${print(alias, context.slots)} end`;
}

/** One record as the printer shows it, by `id`: column `body`. No row where the principal may not read it. */
export function printedStatement(
  authorized: RightsContext['authorized'],
  entity: EntityType,
  print: RowPrinter,
): CompiledStatement {
  const context: RightsContext = { authorized, slots: new SlotWriter() };
  const id = context.slots.use({ from: 'value', name: 'id' }, 'uuid');
  const readable = accessSql(context, entity, 'read', 't');
  const body = print('t', context.slots);
  const text = `select ${body} as body from ${tableOf(entity)} t where t.id = ${id} and t.deleted_on is null and ${readable}`;
  return { text, slots: context.slots.slots };
}
