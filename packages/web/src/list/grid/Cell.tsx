// One value of a row as it is shown: the record's title as a link to it, the title of a related record as a link to that one, everything
// else as its field displays it.
import { Anchor } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import { useText } from '../../data/model.tsx';
import { choiceOptions } from '../../fields/choices.ts';
import { FieldValue } from '../../fields/FieldValue.tsx';
import { type Column, recordAt } from '../columns/columns.ts';
import type { Row } from '../rows/use-rows.ts';
import type { List } from '../use-list.ts';
import classes from './grid.module.css';

export interface CellProps {
  readonly list: List;
  readonly column: Column;
  readonly row: Row;
  /** Records of the recycle bin have no page. */
  readonly isLinked: boolean;
}

export function Cell({ list, column, row, isLinked }: CellProps) {
  const translate = useTranslate();
  const record = recordAt(row, column.steps);
  if (record === undefined) return null;
  const isTitle = column.property === column.entity.display_property;
  const id = record.id;
  if (isTitle && isLinked && typeof id === 'string') {
    const title = record[column.property];
    const text = title === null || title === undefined || title === '' ? translate('list.untitled') : String(title);
    return (
      <Anchor
        component={Link}
        to={`/records/${column.entity.set}/${id}`}
        inherit
        className={column.steps.length === 0 ? classes.title : classes.related}
        tabIndex={-1}
        onClick={(event) => event.stopPropagation()}
      >
        {text}
      </Anchor>
    );
  }
  if (column.field.control.widget === 'select')
    return <ChoiceBadge list={list} column={column} value={record[column.property]} />;
  if (column.field.control.widget === 'address') return <>{String(record[column.property] ?? '')}</>;
  return <FieldValue entity={column.entity} field={column.field} record={record} compact />;
}

/** A value of a choice: its colour as a tint behind its label, which keeps the contrast of text. */
function ChoiceBadge({
  list,
  column,
  value,
}: {
  readonly list: List;
  readonly column: Column;
  readonly value: unknown;
}) {
  const text = useText();
  if (value === null || value === undefined) return null;
  const option = choiceOptions(list.model, column.field).find((each) => each.value === value);
  const style =
    option?.color === undefined ? undefined : { background: `color-mix(in srgb, ${option.color} 22%, transparent)` };
  return (
    <span className={classes.badge} style={style}>
      <span
        className={classes.dot}
        style={option?.color === undefined ? undefined : { background: option.color }}
        aria-hidden
      />
      <span className={classes.badgeText}>{text(option?.label) || String(value)}</span>
    </span>
  );
}
