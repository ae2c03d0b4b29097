// How much of a table the owners, units or shared parents of a principal cover, so that lists get the right shape. A measure,
// not a right.
import type { EntityType } from '@kartoteka/metadata';
import { armColumn } from '../sql/access.ts';
import { sharedColumn, sharedSource, sharedType } from '../sql/shares.ts';
import { tableOf } from '../sql/statement.ts';
import type { Executor } from '../storage/types.ts';
import { fewRows } from './access.ts';
import type { AccessArm, Coverage } from './types.ts';

/** From this part of the rows on, walking the sort order finds a page of 50 within about 800 rows. */
const DENSE_PART = 0.06;
/** Up to this many rows, reading them all costs less than probing every owner or unit for a page. */
const SPARSE_ROWS = 200;
/** Counting ends here: beyond, a walk still finds a page quickly enough in a table of any likely size. */
const MAX_COUNTED = 200_000;

/** How much of a table of about `rows` rows an arm of many owners or units, or of shared parents, covers. One bounded index scan. */
export async function measureCoverage(
  executor: Executor,
  entity: EntityType,
  arm: AccessArm,
  rows: number,
): Promise<Coverage> {
  const sparse = arm.source === 'parent_shares' ? fewRows(rows) : SPARSE_ROWS;
  const enough = Math.min(MAX_COUNTED, Math.max(sparse + 1, Math.ceil(rows * DENSE_PART)));
  const counted = await executor.run(
    `select count(*)::text as n from (select from ${rowsOf(entity, arm)} and a.deleted_on is null limit $2::bigint) a`,
    [arm.ids, String(Math.ceil(enough))],
  );
  const covered = Number(counted[0]?.n ?? 0);
  if (covered >= enough) return 'dense';
  return covered <= sparse ? 'sparse' : 'many';
}

/** FROM and WHERE of what the arm covers, alias `a`, without its condition; its ids are `$1`. */
function rowsOf(entity: EntityType, arm: AccessArm): string {
  if (arm.source !== 'parent_shares') return `${tableOf(entity)} a where a.${armColumn(entity, arm)} = any($1::uuid[])`;
  const { column, from } = sharedSource(arm, { entity: entity.name, privilege: 'read' }, '$1::uuid[]');
  const shared = `(select distinct ${column} as id from ${from}) s`;
  return `${shared} join ${tableOf(entity)} a on ${sharedColumn(arm, 'a')} = s.id where true${sharedType(arm, 'a')}`;
}
