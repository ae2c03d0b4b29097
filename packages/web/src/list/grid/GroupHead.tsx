// The heading of a group of rows: what their values have in common. It stands above the first of them.
// biome-ignore-all lint/a11y/useSemanticElements: a grid of which only some rows are drawn is no table
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names its active cell
import { Skeleton } from '@mantine/core';
import { EmptyValue } from '../../fields/EmptyValue.tsx';
import { recordAt } from '../columns/columns.ts';
import { useColumnLabel } from '../columns/labels.ts';
import type { Row } from '../rows/use-rows.ts';
import type { List } from '../use-list.ts';
import { Cell } from './Cell.tsx';
import classes from './grid.module.css';

export function GroupHead({ list, row }: { readonly list: List; readonly row: Row | undefined }) {
  const label = useColumnLabel();
  const { group } = list;
  if (group === undefined) return null;
  return (
    <div role="row" className={classes.group}>
      <div role="gridcell" className={classes.groupValue}>
        <span className={classes.groupLabel}>{label(group)}</span>
        {row === undefined ? (
          <Skeleton height={10} width={120} radius="sm" />
        ) : (recordAt(row, group.steps)?.[group.property] ?? null) === null ? (
          <EmptyValue />
        ) : (
          <Cell list={list} column={group} row={row} isLinked={false} />
        )}
      </div>
    </div>
  );
}
