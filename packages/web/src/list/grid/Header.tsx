// The headers of a list's columns: sorting (Shift adds a key), width by dragging or by arrow keys, order by dragging. The same can be
// done without a pointer in the menu of columns.
// biome-ignore-all lint/a11y/useSemanticElements: a grid of which only some rows are drawn is no table
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names its active cell
import { Checkbox, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import { type Column, clampWidth, nextSort } from '../columns/columns.ts';
import { useColumnLabel } from '../columns/labels.ts';
import type { List } from '../use-list.ts';
import classes from './grid.module.css';

export interface HeaderProps {
  readonly list: List;
  readonly columns: readonly Column[];
  readonly setWidth: (path: string, width: number | undefined) => void;
  readonly checked: 'none' | 'some' | 'all';
  readonly onCheck: () => void;
}

export function Header({ list, columns, setWidth, checked, onCheck }: HeaderProps) {
  const translate = useTranslate();
  const [dragged, setDragged] = useState<string>();
  const drop = (path: string): void => {
    if (dragged !== undefined && dragged !== path) list.setColumns(moved(columns, dragged, path));
    setDragged(undefined);
  };
  return (
    <div role="row" aria-rowindex={1} className={classes.header}>
      <div role="columnheader" className={classes.check} aria-label={translate('list.select_all')}>
        <Checkbox
          size="xs"
          aria-label={translate('list.select_all')}
          checked={checked === 'all'}
          indeterminate={checked === 'some'}
          onChange={onCheck}
        />
      </div>
      {columns.map((column) => (
        <HeaderCell key={column.path} {...{ list, column, setWidth, setDragged }} onDrop={() => drop(column.path)} />
      ))}
      <div role="columnheader" className={classes.rest}>
        <span className={classes.hidden}>{translate('list.more')}</span>
      </div>
    </div>
  );
}

function moved(columns: readonly Column[], from: string, to: string) {
  const paths = columns.map(({ path, width }) => ({ path, width }));
  const [one] = paths.splice(
    paths.findIndex(({ path }) => path === from),
    1,
  );
  const before = columns.findIndex(({ path }) => path === to);
  if (one !== undefined) paths.splice(before, 0, one);
  return paths;
}

interface HeaderCellProps {
  readonly list: List;
  readonly column: Column;
  readonly setWidth: (path: string, width: number | undefined) => void;
  readonly setDragged: (path: string | undefined) => void;
  readonly onDrop: () => void;
}

const DIRECTIONS = { asc: 'ascending', desc: 'descending' } as const;

function HeaderCell({ list, column, setWidth, setDragged, onDrop }: HeaderCellProps) {
  const translate = useTranslate();
  const label = useColumnLabel()(column);
  const at = list.sort.findIndex(({ path }) => path === column.path);
  const direction = list.sort[at]?.direction;
  const Arrow = direction === 'desc' ? IconArrowDown : IconArrowUp;
  return (
    <div
      role="columnheader"
      aria-label={label}
      aria-sort={direction === undefined ? 'none' : DIRECTIONS[direction]}
      className={classes.head}
      data-numeric={column.isNumeric || undefined}
      draggable
      onDragStart={() => setDragged(column.path)}
      onDragEnd={() => setDragged(undefined)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={onDrop}
    >
      {column.sortable ? (
        <UnstyledButton
          className={classes.sort}
          title={translate('list.sort_hint', { column: label })}
          onClick={(event) => list.setSort(nextSort(list.sort, column.path, event.shiftKey))}
        >
          <span className={classes.label}>{label}</span>
          {direction !== undefined && <Arrow size={13} aria-hidden />}
          {direction !== undefined && list.sort.length > 1 && <span className={classes.rank}>{at + 1}</span>}
        </UnstyledButton>
      ) : (
        <span className={classes.label} title={label}>
          {label}
        </span>
      )}
      <Resizer
        label={label}
        width={column.width}
        onWidth={(width) => setWidth(column.path, width)}
        onEnd={(width) => keep(list, column.path, width)}
      />
    </div>
  );
}

/** The width is the person's own from now on. */
function keep(list: List, path: string, width: number): void {
  list.setColumns(
    list.columns.map((column) => ({ path: column.path, width: column.path === path ? width : column.width })),
  );
}

const STEP = 16;

interface ResizerProps {
  readonly label: string;
  readonly width: number;
  /** While it is dragged; undefined afterwards. */
  readonly onWidth: (width: number | undefined) => void;
  readonly onEnd: (width: number) => void;
}

function Resizer({ label, width, onWidth, onEnd }: ResizerProps) {
  const translate = useTranslate();
  const [start, setStart] = useState<{ x: number; width: number }>();
  const widthAt = (event: PointerEvent): number =>
    clampWidth((start?.width ?? width) + event.clientX - (start?.x ?? event.clientX));
  const onKey = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = { ArrowLeft: -STEP, ArrowRight: STEP };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onEnd(clampWidth(width + step));
  };
  return (
    <div
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={translate('list.width_of', { column: label })}
      aria-valuenow={width}
      className={classes.resizer}
      draggable
      onDragStart={(event) => {
        event.preventDefault();
        event.stopPropagation();
      }}
      onKeyDown={onKey}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setStart({ x: event.clientX, width });
      }}
      onPointerMove={(event) => start !== undefined && onWidth(widthAt(event))}
      onPointerUp={(event) => {
        if (start !== undefined) onEnd(widthAt(event));
        onWidth(undefined);
        setStart(undefined);
      }}
      onPointerCancel={() => {
        onWidth(undefined);
        setStart(undefined);
      }}
    />
  );
}
