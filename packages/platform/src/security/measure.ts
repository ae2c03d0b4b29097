// How much of a table the owners or units of a principal cover, so that lists get the right shape. A measure, not a right.
import type { EntityType } from '@kartoteka/metadata';
import { armColumn } from '../sql/access.ts';
import { quoteIdentifier } from '../sql/statement.ts';
import type { Executor } from '../storage/types.ts';
import type { AccessArm, Coverage } from './types.ts';

/** From this part of the rows on, walking the sort order finds a page of 50 within about 800 rows. */
const DENSE_PART = 0.06;
/** Up to this many rows, reading them all costs less than probing every owner or unit for a page. */
const SPARSE_ROWS = 200;
/** Counting ends here: beyond, a walk still finds a page quickly enough in a table of any likely size. */
const MAX_COUNTED = 200_000;

/** How much of a table of about `rows` rows an arm of many owners or units covers. One bounded index scan. */
export async function measureCoverage(
  executor: Executor,
  entity: EntityType,
  arm: AccessArm,
  rows: number,
): Promise<Coverage> {
  const enough = Math.min(MAX_COUNTED, Math.max(SPARSE_ROWS + 1, Math.ceil(rows * DENSE_PART)));
  const counted = await executor.run(
    `select count(*)::text as n from (select from data.${quoteIdentifier(entity.table)} a
     where a.${armColumn(entity, arm)} = any($1::uuid[]) and a.deleted_on is null limit $2::bigint) a`,
    [arm.ids, String(enough)],
  );
  const covered = Number(counted[0]?.n ?? 0);
  if (covered >= enough) return 'dense';
  return covered <= SPARSE_ROWS ? 'sparse' : 'many';
}
