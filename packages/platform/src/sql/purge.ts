// Statements of the purge: find deletes whose time is over, lock what they hold, find who still refers to it, remove. They run
// with the rights of the database role and never touch a live record. No values, no I/O.
import type { EntityType, Reference } from '@kartoteka/metadata';
import { columnOf, holdsSql } from './scope.ts';
import { quoteIdentifier, quoteLiteral, tableOf } from './statement.ts';
import { propertyOf } from './write-row.ts';

/**
 * The oldest deletes of the recycle bin after one moment and before another, as far as their records are among the oldest
 * `$3`. Parameters: after (exclusive), before (exclusive), records. Rows: `delete_id`, `deleted_on`, oldest first.
 */
export function expiredDeletes(entities: readonly EntityType[]): string {
  const arms = entities.map(
    (entity) =>
      `(select t.deleted_on, t.delete_id from ${tableOf(entity)} t where t.deleted_on > $1::timestamptz ` +
      // As the index is ordered, though none of them is null.
      'and t.deleted_on < $2::timestamptz order by t.deleted_on nulls first, t.id nulls first limit $3::bigint)',
  );
  return (
    'select g.delete_id::text as delete_id, max(g.deleted_on)::text as deleted_on from ' +
    `(select * from (${arms.join(' union all ')}) u order by u.deleted_on limit $3::bigint) g group by g.delete_id order by max(g.deleted_on)`
  );
}

/** Locks the records of an entity that the deletes `$1` took, deleted from `$2` to `$3`. Rows: `id`, `delete_id`. */
export function lockExpired(entity: EntityType): string {
  return (
    `select t.id::text as id, t.delete_id::text as delete_id from ${tableOf(entity)} t where t.delete_id = any($1::uuid[]) ` +
    'and t.deleted_on between $2::timestamptz and $3::timestamptz order by t.id for update of t'
  );
}

/**
 * Deletes among whose records of `parent` (`$1`) one is still referred to by a record of `child` that does not go too (`$2`).
 * Rows: `delete_id`.
 */
export function stillReferred(child: EntityType, reference: Reference, parent: EntityType): string {
  const holder = columnOf('r', child, reference.property);
  return (
    `select distinct p.delete_id::text as delete_id from ${tableOf(child)} r join ${tableOf(parent)} p on p.id = ${holder} ` +
    `where ${holder} = any($1::uuid[])${holdsSql('r', child, reference)} and r.id <> all($2::uuid[])`
  );
}

/** Clears a lookup of records `$1` that go after the records it may name. */
export function unlinkExpired(entity: EntityType, reference: Reference): string {
  const column = quoteIdentifier(propertyOf(entity, reference.property).column);
  return `update ${tableOf(entity)} t set ${column} = null where t.id = any($1::uuid[]) and t.${column} is not null`;
}

/** Removes the records `$1` for good, their shares, and what is remembered for their restore. Rows: `id`. */
export function removeExpired(entity: EntityType): string {
  const shares = `delete from kartoteka.share s where s.entity = ${quoteLiteral(entity.name)} and s.record_id = any($1::uuid[])`;
  const released = 'delete from kartoteka.released_lookup l where l.parent_id = any($1::uuid[])';
  return `with s as (${shares}), l as (${released}) delete from ${tableOf(entity)} t where t.id = any($1::uuid[]) returning t.id::text as id`;
}

/** How many records of an entity were deleted before `$1`: column `total`. */
export function countExpired(entity: EntityType): string {
  return `select count(*) as total from ${tableOf(entity)} t where t.deleted_on < $1::timestamptz`;
}

/**
 * Removes the oldest rows of the change log that are older than `$1`, of at most `$2` looked at (prisma/migrations, audit): the
 * log refuses every other DELETE. Column `total`.
 */
export const REMOVE_CHANGES = 'select kartoteka.purge_changes($1::timestamptz, $2::bigint) as total';

/** Lets the statements of a transaction remove security events. */
export const ALLOW_EVENTS_PURGE = `select set_config('kartoteka.purge', 'security_log', true)`;

/** Removes the oldest security events before `$1`, at most `$2`. Column `total`. */
export const REMOVE_EVENTS = `with o as materialized (
  select l.occurred_on, l.id from kartoteka.security_log l where l.occurred_on < $1::timestamptz order by l.occurred_on, l.id limit $2::bigint
), d as (
  delete from kartoteka.security_log s using o where (s.occurred_on, s.id) = (o.occurred_on, o.id) returning 1
) select count(*) as total from d`;

/** Removes remembered requests that were first sent before `$1`, at most `$2`. Column `total`. */
export const REMOVE_REQUESTS = `with d as (
  delete from kartoteka.repeated_request where (principal_id, caller_id, client_id, request_id) in (
    select r.principal_id, r.caller_id, r.client_id, r.request_id from kartoteka.repeated_request r
    where r.first_sent < $1::timestamptz order by r.first_sent limit $2::bigint) returning 1
) select count(*) as total from d`;

export const COUNT_REQUESTS =
  'select count(*) as total from kartoteka.repeated_request where first_sent < $1::timestamptz';

export const COUNT_EVENTS = 'select count(*) as total from kartoteka.security_log where occurred_on < $1::timestamptz';

export const COUNT_CHANGES = 'select count(*) as total from kartoteka.change_log where at < $1::timestamptz';
