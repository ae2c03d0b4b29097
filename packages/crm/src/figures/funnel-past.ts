// The funnel as of a moment: the same figures, asked of the past, each with the records that there were. It asks as the caller and
// judges no right.
import type { EntityType } from '@kartoteka/metadata';
import type { OperationContext } from '@kartoteka/platform';
import { literal } from './literal.ts';

export interface PastFunnel {
  readonly at: string;
  readonly levels: readonly string[];
  readonly sums: readonly string[];
  readonly filter: string | null;
}

interface PastGroup {
  readonly values: readonly unknown[];
  readonly count: number;
  readonly sums: readonly unknown[];
}

/** Groups as `funnel` answers them. Throws what `figures_at` throws. */
export async function pastGroups(
  { engine, request }: OperationContext,
  entity: EntityType,
  { at, levels, sums, filter }: PastFunnel,
): Promise<readonly unknown[]> {
  const query = new URLSearchParams({ at, levels: JSON.stringify(levels), sum: JSON.stringify(sums) });
  if (filter !== null) query.set('filter', filter);
  const { groups } = await engine.get(`/${entity.set}/figures_at?${query}`);
  return groups.map(({ values, count, sums: added }: PastGroup) => {
    const conditions = levels.map((name, index) => {
      return `${name} eq ${literal(values[index], entity.properties.get(name)?.type)}`;
    });
    const all = [...(filter === null ? [] : [`(${filter})`]), ...conditions].join(' and ');
    return {
      group: Object.fromEntries(levels.map((name, index) => [name, values[index]])),
      count,
      sums: Object.fromEntries(sums.map((name, index) => [name, added[index]])),
      records: `${request.baseUrl}/${entity.set}/records_at?${new URLSearchParams({ at, filter: all })}`,
    };
  });
}
