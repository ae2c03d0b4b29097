// One row of a list at desktop width. A row that is not fetched yet stands there as a skeleton of itself, so that nothing jumps.
// biome-ignore-all lint/a11y/useSemanticElements: a grid of which only some rows are drawn is no table
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names its active cell
import { ActionIcon, Checkbox, Skeleton } from '@mantine/core';
import { IconLayoutSidebarRightExpand } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import type { Column } from '../columns/columns.ts';
import type { Row } from '../rows/use-rows.ts';
import { Cell } from './Cell.tsx';
import { CellEditor } from './CellEditor.tsx';
import { type GridProps, mayEdit } from './Grid.tsx';
import classes from './grid.module.css';
import { extend, toggle } from './selection.ts';
import type { Active } from './use-keys.ts';

export interface RowProps extends GridProps {
  readonly index: number;
  readonly row: Row | undefined;
  readonly columns: readonly Column[];
  readonly active: Active;
  readonly setActive: (active: Active) => void;
}

interface GridRowProps extends RowProps {
  /** The column that is being edited. */
  readonly editing: number | undefined;
  readonly onEdit: (at: Active) => void;
  readonly onEdited: () => void;
}

/** The name of a row for those who hear it. */
export const titleOf = (row: Row, property: string, otherwise: string): string =>
  String(row[property] ?? '') || otherwise;

export function GridRow(props: GridRowProps) {
  const { list, index, row, columns, active, selection, setSelection, onPeek } = props;
  const translate = useTranslate();
  if (row === undefined) return <MissingRow columns={columns} index={index} />;
  const isChosen = selection.ids.has(row.id);
  const title = titleOf(row, list.entity.display_property, translate('list.untitled'));
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isChosen}
      className={classes.row}
      data-active={active.row === index || undefined}
      data-peeked={list.state.peek === row.id || undefined}
    >
      <div role="gridcell" className={classes.check}>
        <Checkbox
          size="xs"
          tabIndex={-1}
          aria-label={translate('list.select', { title })}
          checked={isChosen}
          onChange={() => {}}
          onClick={(event) =>
            setSelection(
              event.shiftKey
                ? extend(selection, index, (at) => list.rows.window.row(at)?.id)
                : toggle(selection, row.id, index),
            )
          }
        />
      </div>
      {columns.map((column, at) => (
        <GridCell key={column.path} {...props} row={row} column={column} at={at} />
      ))}
      <div role="gridcell" className={classes.rest}>
        {onPeek !== undefined && (
          <ActionIcon
            size="sm"
            tabIndex={-1}
            className={classes.peek}
            aria-label={translate('list.peek', { title })}
            onClick={() => onPeek(row)}
          >
            <IconLayoutSidebarRightExpand size={16} />
          </ActionIcon>
        )}
      </div>
    </div>
  );
}

interface GridCellProps extends GridRowProps {
  readonly row: Row;
  readonly column: Column;
  readonly at: number;
}

function GridCell({
  list,
  index,
  row,
  column,
  at,
  active,
  setActive,
  onOpen,
  editing,
  onEdit,
  onEdited,
}: GridCellProps) {
  const isActive = active.row === index && active.column === at;
  const isEditable = onOpen !== undefined && mayEdit(list, column);
  const cell = (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the grid's
    <div
      role="gridcell"
      id={`cell-${index}-${at}`}
      className={classes.cell}
      data-numeric={column.isNumeric || undefined}
      data-active={isActive || undefined}
      aria-readonly={!isEditable}
      onClick={() => setActive({ row: index, column: at })}
      onDoubleClick={() => onEdit({ row: index, column: at })}
    >
      <Cell list={list} column={column} row={row} isLinked={onOpen !== undefined} />
    </div>
  );
  if (editing !== at) return cell;
  return (
    <CellEditor list={list} column={column} row={row} onClose={onEdited}>
      {cell}
    </CellEditor>
  );
}

function MissingRow({ columns, index }: { readonly columns: readonly Column[]; readonly index: number }) {
  return (
    <div role="row" aria-rowindex={index + 2} aria-busy className={classes.row}>
      <div role="gridcell" className={classes.check} />
      {columns.map(({ path }) => (
        <div role="gridcell" key={path} className={classes.cell}>
          <Skeleton height={10} width="60%" radius="sm" />
        </div>
      ))}
      <div role="gridcell" className={classes.rest} />
    </div>
  );
}
