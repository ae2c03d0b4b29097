// The keys of a list: arrows and page keys move, Enter opens, x chooses, Shift extends, p looks beside, e edits, Escape lets go.
import type { KeyboardEvent } from 'react';
import type { GridProps } from './Grid.tsx';
import { loadedIds } from './Grid.tsx';
import { extend, NONE, selectAll, toggle } from './selection.ts';

/** The cell that keys act on; counted from 0. */
export interface Active {
  readonly row: number;
  readonly column: number;
}

interface Keys extends GridProps {
  readonly active: Active;
  readonly setActive: (active: Active) => void;
  readonly reveal: (row: number) => void;
  readonly perPage: number;
  readonly onEdit: (at: Active) => void;
}

type Step = (keys: Keys) => number;

const last = ({ list }: Keys): number => Math.max(0, list.rows.window.count - 1);
const ROWS: Readonly<Record<string, Step>> = {
  ArrowDown: ({ active }) => active.row + 1,
  ArrowUp: ({ active }) => active.row - 1,
  j: ({ active }) => active.row + 1,
  k: ({ active }) => active.row - 1,
  PageDown: ({ active, perPage }) => active.row + perPage,
  PageUp: ({ active, perPage }) => active.row - perPage,
  Home: () => 0,
  End: last,
};
const COLUMNS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 };

type Action = (keys: Keys) => void;

const choose: Action = ({ list, active, selection, setSelection }) => {
  const row = list.rows.window.row(active.row);
  if (row !== undefined) setSelection(toggle(selection, row.id, active.row));
};
const withRow =
  (act: (keys: Keys) => ((row: never) => void) | undefined): Action =>
  (keys) => {
    const row = keys.list.rows.window.row(keys.active.row);
    if (row !== undefined) act(keys)?.(row as never);
  };
const ACTIONS: Readonly<Record<string, Action>> = {
  x: choose,
  ' ': choose,
  Enter: withRow(({ onOpen }) => onOpen),
  p: withRow(({ onPeek }) => onPeek),
  e: ({ active, onEdit }) => onEdit(active),
  F2: ({ active, onEdit }) => onEdit(active),
  Escape: ({ setSelection }) => setSelection(NONE),
};

export function useKeys(keys: Keys): (event: KeyboardEvent<HTMLElement>) => void {
  return (event) => {
    // Keys of a link, a button or an input within are theirs.
    if (event.target !== event.currentTarget || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key !== 'a') return;
      event.preventDefault();
      keys.setSelection(selectAll(loadedIds(keys.list)));
      return;
    }
    const known = ROWS[event.key] ?? COLUMNS[event.key] ?? ACTIONS[event.key];
    if (known === undefined) return;
    event.preventDefault();
    if (typeof known === 'number') moveColumn(keys, known);
    else if (event.key in ROWS) moveRow(keys, (known as Step)(keys), event.shiftKey);
    else (known as Action)(keys);
  };
}

function moveColumn({ list, active, setActive }: Keys, step: number): void {
  const column = Math.min(list.columns.length - 1, Math.max(0, active.column + step));
  setActive({ ...active, column });
}

function moveRow(keys: Keys, to: number, isExtended: boolean): void {
  const { list, active, setActive, reveal, selection, setSelection } = keys;
  const row = Math.min(last(keys), Math.max(0, to));
  if (isExtended) {
    const from = selection.anchor === undefined ? { ...selection, anchor: active.row } : selection;
    setSelection(extend(from, row, (index) => list.rows.window.row(index)?.id));
  }
  setActive({ ...active, row });
  reveal(row);
}
