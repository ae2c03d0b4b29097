// One row of a list at phone width: the title and the next four values.
// biome-ignore-all lint/a11y/useSemanticElements: a grid of which only some rows are drawn is no table
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names its active cell
import { Checkbox, Skeleton } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { recordAt } from '../columns/columns.ts';
import { useColumnLabel } from '../columns/labels.ts';
import { Cell } from './Cell.tsx';
import { type RowProps, titleOf } from './GridRow.tsx';
import classes from './grid.module.css';
import { toggle } from './selection.ts';

const VALUES = 4;

export function CardRow({ list, index, row, columns, selection, setSelection, onOpen }: RowProps) {
  const translate = useTranslate();
  const labelOf = useColumnLabel();
  if (row === undefined) {
    return (
      <div role="row" aria-rowindex={index + 1} aria-busy className={classes.card}>
        <div role="gridcell" className={classes.cardBody}>
          <Skeleton height={12} width="50%" radius="sm" />
          <Skeleton height={10} width="80%" radius="sm" />
        </div>
      </div>
    );
  }
  const { entity } = list;
  const title = titleOf(row, entity.display_property, translate('list.untitled'));
  const isFilled = ({ steps, property }: (typeof columns)[number]) => (recordAt(row, steps)?.[property] ?? '') !== '';
  const titleColumn = columns.find(({ path }) => path === entity.display_property);
  const shown = columns.filter((column) => column !== titleColumn && isFilled(column)).slice(0, VALUES);
  return (
    <div role="row" aria-rowindex={index + 1} aria-selected={selection.ids.has(row.id)} className={classes.card}>
      <div role="gridcell" className={classes.cardCheck}>
        <Checkbox
          size="sm"
          aria-label={translate('list.select', { title })}
          checked={selection.ids.has(row.id)}
          onChange={() => setSelection(toggle(selection, row.id, index))}
        />
      </div>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the title within is the link */}
      <div role="gridcell" className={classes.cardBody} onClick={() => onOpen?.(row)}>
        <div className={classes.cardTitle}>
          {titleColumn === undefined ? (
            title
          ) : (
            <Cell list={list} column={titleColumn} row={row} isLinked={onOpen !== undefined} />
          )}
        </div>
        <div className={classes.cardValues}>
          {shown.map((column) => (
            <span key={column.path} className={classes.cardValue} title={labelOf(column)}>
              <span className={classes.hidden}>{`${labelOf(column)}: `}</span>
              <Cell list={list} column={column} row={row} isLinked={false} />
            </span>
          ))}
        </div>
      </div>
    </div>
  );
}
