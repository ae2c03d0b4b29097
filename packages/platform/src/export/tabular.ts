// Which answers of functions are tables: a list of structures, or a structure with one such list. It runs nothing.
import type { Member, Operation, Shape } from '../describe/types.ts';

export interface Tabular {
  /** The member of the answer that holds the rows; null: the answer is the list. */
  readonly member: string | null;
  /** The structure of a row. */
  readonly shape: Shape;
}

/** The table in what a function returns; null where there is none, or several. */
export function tabularOf(
  { kind, returns }: Pick<Operation, 'kind' | 'returns'>,
  shapeNamed: (name: string) => Shape | undefined,
): Tabular | null {
  if (kind !== 'function' || returns === null || returns === 'record') return null;
  const shape = shapeNamed(returns.shape);
  if (shape === undefined) return null;
  if (returns.collection === true) return { member: null, shape };
  const lists = Object.entries(shape.members).flatMap(([member, { type, collection }]: [string, Member]) => {
    const rows = collection === true ? shapeNamed(type) : undefined;
    return rows === undefined ? [] : [{ member, shape: rows }];
  });
  return lists.length === 1 ? (lists[0] ?? null) : null;
}
