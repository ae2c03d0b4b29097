// What is remembered of lookups that were cleared because their target was deleted (kartoteka.released_lookup), and how they
// are set again. Parts of statements; who may delete and restore is decided elsewhere.
import type { EntityType, Property, Reference } from '@kartoteka/metadata';
import { changeLogInsert, imageSql, loggedProperties } from '../change-log.ts';
import { columnOf } from './scope.ts';
import { type CompiledStatement, quoteIdentifier, quoteLiteral, SlotWriter, tableOf } from './statement.ts';
import { columnList, propertyOf, type RightsContext, stampSql } from './write-row.ts';

/** The properties of a lookup: its id and, with several targets, the type of its target. */
export function heldBy(entity: EntityType, { property, discriminator }: Reference): readonly Property[] {
  const names = discriminator === undefined ? [property] : [property, discriminator.property];
  return names.map((name) => propertyOf(entity, name));
}

/** INSERT that remembers the rows of the source `c` as they were, with the version they have since (SQL over `c`). */
export function rememberReleased(entity: EntityType, reference: Reference, version: string): string {
  const values = [
    columnOf('c', entity, reference.property),
    quoteLiteral(entity.name),
    quoteLiteral(reference.property),
  ];
  return (
    'insert into kartoteka.released_lookup (parent_id, entity, property, record_id, version) ' +
    `select ${[...values, 'c.id', version].join(', ')} from c ` +
    'on conflict (parent_id, entity, property, record_id) do update set version = excluded.version'
  );
}

/**
 * Sets the lookup of records of `entity` again that was cleared when one of `@parents` was deleted, where it holds nothing and
 * nobody changed it since: in live records as a write, in deleted ones without a trace, for when they are restored. Rows:
 * `id`, `before`, `after` of the live ones. Parameters: `@parents`, `@client`.
 */
export function relinkStatement(
  authorized: RightsContext['authorized'],
  entity: EntityType,
  reference: Reference,
): CompiledStatement {
  const context: RightsContext = { authorized, slots: new SlotWriter() };
  const { slots } = context;
  const [name, rows] = [quoteLiteral(reference.property), tableOf(entity)];
  const remembered =
    'delete from kartoteka.released_lookup l ' +
    `where l.parent_id = any(${slots.use({ from: 'value', name: '@parents' }, 'uuid[]')}) ` +
    `and l.entity = ${quoteLiteral(entity.name)} and l.property = ${name} returning l.parent_id, l.record_id, l.version`;
  const untouched =
    'not exists (select from kartoteka.change_log n where n.record_id = r.record_id and n.version > r.version ' +
    `and n.operation = 'update' and n.after ? ${name})`;
  const locked =
    `select ${columnList(entity, 't')}, t.deleted_on, r.parent_id as "@parent" from r join ${rows} t on t.id = r.record_id ` +
    `where ${columnOf('t', entity, reference.property)} is null and ${untouched} order by t.id for no key update of t`;
  const set = linkedAgain(entity, reference);
  const live = `update ${rows} t set ${set}, ${stampSql(context, entity)} from c where t.id = c.id and c.deleted_on is null returning ${columnList(entity, 't')}`;
  const logged = loggedProperties(heldBy(entity, reference));
  const log = changeLogInsert(
    {
      entity,
      operation: 'update',
      id: 'w.id',
      version: columnOf('w', entity, 'version'),
      before: imageSql(logged, 'c'),
      after: imageSql(logged, 'w'),
      from: 'w join c on c.id = w.id',
    },
    slots,
  );
  const parts = [
    `r as materialized (${remembered})`,
    `c as materialized (${locked})`,
    `s as (update ${rows} t set ${set} from c where t.id = c.id and c.deleted_on is not null)`,
    `w as (${live})`,
    `l as (${log} returning record_id, before, after)`,
  ];
  return {
    text: `with ${parts.join(', ')} select l.record_id::text as id, l.before::text as before, l.after::text as after from l`,
    slots: slots.slots,
  };
}

function linkedAgain(entity: EntityType, { property, discriminator }: Reference): string {
  const column = (name: string): string => quoteIdentifier(propertyOf(entity, name).column);
  const type =
    discriminator === undefined ? '' : `, ${column(discriminator.property)} = ${quoteLiteral(discriminator.value)}`;
  return `${column(property)} = c."@parent"${type}`;
}
