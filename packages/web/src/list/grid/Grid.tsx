// A list as a grid: only the rows that are seen are drawn, of any number; one cell is active and moved by keys. What its rows are is in
// rows/, what can be done with chosen ones in bulk/.
// biome-ignore-all lint/a11y/useSemanticElements: a grid of which only some rows are drawn is no table
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names its active cell
import { useMediaQuery } from '@mantine/hooks';
import { useTranslate } from 'ra-core';
import { Fragment, useState } from 'react';
import { ListSkeleton } from '../../ui/index.ts';
import type { Column } from '../columns/columns.ts';
import type { Row } from '../rows/use-rows.ts';
import type { List } from '../use-list.ts';
import { CardRow } from './CardRow.tsx';
import { GridRow } from './GridRow.tsx';
import { GroupHead } from './GroupHead.tsx';
import classes from './grid.module.css';
import { Header } from './Header.tsx';
import { type Selection, selectAll } from './selection.ts';
import { type Active, useKeys } from './use-keys.ts';
import { useViewport } from './use-viewport.ts';

export const PHONE = '(max-width: 48em)';
const ROW = 36;
const CARD = 88;
const HEADER = 34;
const HEADING = 32;

export interface GridProps {
  readonly list: List;
  readonly label: string;
  readonly selection: Selection;
  readonly setSelection: (selection: Selection) => void;
  /** Undefined: rows are not opened, peeked at or edited (the recycle bin). */
  readonly onOpen?: (row: Row) => void;
  readonly onPeek?: (row: Row) => void;
}

export function Grid(props: GridProps) {
  const { list, label, selection, setSelection } = props;
  const translate = useTranslate();
  const isPhone = useMediaQuery(PHONE, false, { getInitialValueInEffect: false });
  const { window } = list.rows;
  const [active, setActive] = useState<Active>({ row: 0, column: 0 });
  const [editing, setEditing] = useState<Active>();
  const [resized, setResized] = useState<{ path: string; width: number }>();
  const columns = list.columns.map((column) =>
    column.path === resized?.path ? { ...column, width: resized.width } : column,
  );
  const heads =
    list.group === undefined ? undefined : { height: HEADING, before: (at: number) => window.headsBefore(at) };
  const view = useViewport(list.rows, window.count, isPhone ? CARD : ROW, isPhone ? 0 : HEADER, heads);
  const startEdit = (at: Active): void => {
    if (props.onOpen !== undefined && mayEdit(list, list.columns[at.column])) setEditing(at);
  };
  const onKeyDown = useKeys({
    ...props,
    active,
    setActive,
    reveal: view.reveal,
    perPage: view.perPage,
    onEdit: startEdit,
  });
  const { first, last, total, offset } = view.shown;
  if (window.count === 0 && !window.isEnd) return <ListSkeleton columns={isPhone ? 1 : columns.length} />;
  const indexes = Array.from({ length: last - first }, (_, at) => first + at);
  const cellId = `cell-${active.row}-${active.column}`;
  return (
    <div ref={view.element} onScroll={view.onScroll} className={classes.scroll}>
      <div
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={window.isEnd ? window.count + 1 : -1}
        aria-colcount={columns.length + 1}
        aria-multiselectable
        aria-activedescendant={window.row(active.row) === undefined || isPhone ? undefined : cellId}
        className={classes.grid}
        data-phone={isPhone || undefined}
        style={{ '--columns': template(columns), '--width': `${widthOf(columns)}px` } as object}
        onKeyDown={onKeyDown}
      >
        {!isPhone && (
          <Header
            {...{ list, columns }}
            setWidth={(path, width) => setResized(width === undefined ? undefined : { path, width })}
            checked={
              selection.ids.size === 0 ? 'none' : selection.ids.size >= window.count && window.isEnd ? 'all' : 'some'
            }
            onCheck={() => setSelection(selectAll(selection.ids.size > 0 ? [] : loadedIds(list)))}
          />
        )}
        <div role="rowgroup" className={classes.rows} style={{ height: total }}>
          <div role="presentation" className={classes.drawn} style={{ transform: `translateY(${offset}px)` }}>
            {indexes.map((index) => {
              const row = window.row(index);
              const shared = { ...props, index, row, active, setActive, columns };
              return (
                <Fragment key={index}>
                  {window.headsBefore(index + 1) > window.headsBefore(index) && <GroupHead list={list} row={row} />}
                  {isPhone ? (
                    <CardRow {...shared} />
                  ) : (
                    <GridRow
                      {...shared}
                      editing={editing?.row === index ? editing.column : undefined}
                      onEdit={startEdit}
                      onEdited={() => setEditing(undefined)}
                    />
                  )}
                </Fragment>
              );
            })}
          </div>
        </div>
      </div>
      {!window.isEnd && window.error === undefined && (
        <div className={classes.loading} role="status">
          {translate('list.loading_more')}
        </div>
      )}
    </div>
  );
}

const CHECK = 40;
const template = (columns: readonly Column[]): string =>
  `${CHECK}px ${columns.map(({ width }) => `${width}px`).join(' ')} minmax(48px, 1fr)`;
const widthOf = (columns: readonly Column[]): number => columns.reduce((sum, { width }) => sum + width, CHECK + 48);

/** Ids of the rows that are held at the moment. */
export function loadedIds({ rows: { window } }: List): readonly string[] {
  return Array.from({ length: window.count }, (_, at) => window.row(at)?.id).filter((id) => id !== undefined);
}

/** Whether the values of a column are written by this person, in the list itself. */
export function mayEdit({ entity }: List, column: Column | undefined): boolean {
  if (column === undefined || column.steps.length > 0 || !entity.privileges.write) return false;
  const { field } = column;
  return !field.read_only && field.secured?.update !== false && !NOT_IN_CELLS.has(field.control.widget);
}

const NOT_IN_CELLS: ReadonlySet<string> = new Set(['links', 'json', 'computed', 'auto_number']);
