// Statements over shares of many records with one user or team, and the one that judges the records. Each takes an array of ids,
// so that one record and a thousand cost the same round trips. Shares are locked in the order of their records. No decisions.
import type { EntityType } from '@kartoteka/metadata';
import { recordPredicate } from '../sql/access.ts';
import { expressionToSql } from '../sql/expression.ts';
import { type CompiledStatement, quoteIdentifier, SlotWriter, tableOf } from '../sql/statement.ts';
import { columnOf } from './directory.ts';
import type { Principal, SHARE_RIGHT_BITS } from './types.ts';

export type ShareRight = keyof typeof SHARE_RIGHT_BITS;

const SAME = 's.principal_id = $1::uuid and s.entity = $2::text';

/** Adds the rights `$4` for every record of `$3`. Rows: `id` of those for which that changed anything. */
export const GIVE = `insert into kartoteka.share as s (principal_id, entity, record_id, rights, granted_by_id)
select $1::uuid, $2::text, r.id, $4::smallint, $5::uuid from unnest($3::uuid[]) r(id) order by r.id
on conflict (principal_id, entity, record_id)
do update set rights = s.rights | excluded.rights, granted_by_id = excluded.granted_by_id, granted_on = now()
where s.rights | excluded.rights <> s.rights
returning s.record_id::text as id`;

/** Locks what is shared. Rows: `id`, `rights`. */
export const FIND = `select s.record_id::text as id, s.rights::text as rights from kartoteka.share s
where ${SAME} and s.record_id = any($3::uuid[]) order by s.record_id for update`;

/** Sets the rights of shares that FIND has locked. Rows: `id` of those that had others. */
export const CHANGE = `update kartoteka.share s set rights = $4::smallint, granted_by_id = $5::uuid, granted_on = now()
where ${SAME} and s.record_id = any($3::uuid[]) and s.rights <> $4::smallint returning s.record_id::text as id`;

/** Takes shares back. Rows: `id` of those that were there. The ids are an array again, so that the index is read for them alone. */
export const TAKE = `with found as materialized (select s.record_id from kartoteka.share s
where ${SAME} and s.record_id = any($3::uuid[]) order by s.record_id for update)
delete from kartoteka.share s where ${SAME} and s.record_id = any(array(select f.record_id from found f))
returning s.record_id::text as id`;

/**
 * Locks the live records `@ids` that may be read against deletion. Rows: `id`, and a boolean per right: held on that record.
 * `test` is a further condition over `a`.
 */
export function judgeStatement(
  principal: Principal,
  entity: EntityType,
  rights: readonly ShareRight[],
  test = 'true',
): CompiledStatement {
  const slots = new SlotWriter();
  const printCondition = (when: Parameters<typeof expressionToSql>[0], alias: string): string =>
    expressionToSql(when, {
      slots,
      column: (_navigations, property) => `${alias}.${columnOf(entity, property)}`,
      boundLiterals: false,
    });
  const holds = (right: ShareRight): string =>
    recordPredicate(principal.access(entity.name, right), 'a', entity, slots, printCondition);
  const columns = rights.map((right) => `, (${holds(right)}) as ${quoteIdentifier(right)}`);
  const ids = slots.use({ from: 'value', name: '@ids' }, 'uuid[]');
  const text =
    `select a.id::text as id${columns.join('')} from ${tableOf(entity)} a where a.id = any(${ids}) ` +
    `and a.deleted_on is null and ${test} and (${holds('read')}) order by a.id for key share of a`;
  return { text, slots: slots.slots };
}
