// Entity x privilege: each cell a depth, changed by click and by keyboard. Arrows move; Space and Enter go one deeper (with Shift back), 0 to 4
// choose a depth, Delete takes the privilege. It draws a body and tells edits; it keeps nothing of the role.

import { PRIVILEGES, type Privilege } from '@kartoteka/metadata';
import { ActionIcon, Button, Menu, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconDots } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { type KeyboardEvent, useRef, useState } from 'react';
import type { Json } from '../model/logic/paths.ts';
import { same } from '../model/logic/paths.ts';
import { DepthGlyph } from './DepthGlyph.tsx';
import {
  type Cell,
  type CellEdit,
  cellOf,
  columnFill,
  type Depth,
  depthsFor,
  nextDepth,
  type RightsEntity,
  rowFill,
} from './logic/matrix.ts';
import classes from './MatrixGrid.module.css';

export interface LabelledEntity extends RightsEntity {
  readonly label: string;
}

const DEPTHS: readonly Depth[] = ['none', 'user', 'business_unit', 'parent_child', 'organization'];
/** Rows that are drawn at first; more come by a button, so that a Model of a thousand entities does not hold the page up. */
const ROWS = 100;

interface GridProps {
  readonly entities: readonly LabelledEntity[];
  /** The role with what is not saved yet. */
  readonly body: Json | null;
  /** The role as it is published. */
  readonly published: Json | null;
  readonly onEdit: (edits: readonly CellEdit[]) => void;
  readonly onConditions: (entity: string) => void;
}

type Place = readonly [row: number, column: number];

export function MatrixGrid({ entities, body, published, onEdit, onConditions }: GridProps) {
  const t = useTranslate();
  const [rows, setRows] = useState(ROWS);
  const [[activeRow, activeColumn], setActive] = useState<Place>([0, 0]);
  const table = useRef<HTMLTableElement>(null);
  const shown = entities.slice(0, rows);
  const focus = ([row, column]: Place): void => {
    const at = [
      Math.max(0, Math.min(shown.length - 1, row)),
      Math.max(0, Math.min(PRIVILEGES.length - 1, column)),
    ] as const;
    setActive(at);
    table.current?.querySelector<HTMLElement>(`[data-cell="${at[0]}-${at[1]}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent, place: Place): void => {
    const entity = shown[place[0]];
    const privilege = PRIVILEGES[place[1]];
    if (entity === undefined || privilege === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const target = movedTo(event.key, place);
    const depth = typedDepth(event, entity, privilege, cellOf(body, entity, privilege));
    if (target === undefined && depth === undefined) return;
    event.preventDefault();
    if (target !== undefined) focus(target);
    if (depth !== undefined) onEdit([withDepth(body, entity, privilege, depth)]);
  };
  return (
    <>
      <div className={classes.legend}>
        {DEPTHS.map((depth) => (
          <span key={depth}>
            <DepthGlyph depth={depth} size={14} /> {t(`rights.depth.${depth}`)}
          </span>
        ))}
        <span>{t('rights.matrix.keys')}</span>
      </div>
      <div className={classes.frame}>
        {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: the pattern of editable grids, whose cells take the keyboard */}
        <table className={classes.table} role="grid" aria-label={t('rights.matrix.label')} ref={table}>
          <thead>
            <tr>
              <th scope="col">{t('rights.entity')}</th>
              {PRIVILEGES.map((privilege) => (
                <th scope="col" key={privilege}>
                  <ColumnHead
                    privilege={privilege}
                    onFill={(depth) => onEdit(columnFill(body, entities, privilege, depth))}
                  />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((entity, row) => (
              <tr key={entity.name}>
                <th scope="row">
                  <RowHead
                    entity={entity}
                    onFill={(depth) => onEdit(rowFill(body, entity, depth))}
                    onConditions={() => onConditions(entity.name)}
                  />
                </th>
                {PRIVILEGES.map((privilege, column) => (
                  <td key={privilege}>
                    <MatrixCell
                      entity={entity}
                      privilege={privilege}
                      cell={cellOf(body, entity, privilege)}
                      changed={!same(cellOf(body, entity, privilege), cellOf(published, entity, privilege))}
                      place={`${row}-${column}`}
                      isActive={row === activeRow && column === activeColumn}
                      onKeyDown={(event) => onKeyDown(event, [row, column])}
                      onFocus={() => setActive([row, column])}
                      onDepth={(depth) => onEdit([withDepth(body, entity, privilege, depth)])}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {entities.length > rows && (
        <Button variant="default" mt="xs" onClick={() => setRows(rows + ROWS)}>
          {t('rights.matrix.more', { count: entities.length - rows })}
        </Button>
      )}
    </>
  );
}

const MOVES: Readonly<Record<string, (place: Place) => Place>> = {
  ArrowUp: ([row, column]) => [row - 1, column],
  ArrowDown: ([row, column]) => [row + 1, column],
  ArrowLeft: ([row, column]) => [row, column - 1],
  ArrowRight: ([row, column]) => [row, column + 1],
  Home: ([row]) => [row, 0],
  End: ([row]) => [row, PRIVILEGES.length - 1],
  PageUp: ([row, column]) => [row - 10, column],
  PageDown: ([row, column]) => [row + 10, column],
};
const movedTo = (key: string, place: Place): Place | undefined =>
  Object.hasOwn(MOVES, key) ? MOVES[key]?.(place) : undefined;

/** The depth that a key chooses; undefined where it chooses none that the entity has. */
function typedDepth(
  event: KeyboardEvent,
  entity: RightsEntity,
  privilege: Privilege,
  { depth }: Cell,
): Depth | undefined {
  const depths = depthsFor(entity.ownership, privilege);
  if (depths.length === 0) return undefined;
  if (event.key === ' ' || event.key === 'Enter')
    return nextDepth(entity.ownership, privilege, depth, event.shiftKey ? -1 : 1);
  const wanted = event.key === 'Delete' ? 'none' : DEPTHS[event.key.length === 1 ? '01234'.indexOf(event.key) : -1];
  return wanted !== undefined && depths.includes(wanted) ? wanted : undefined;
}

/** The depth changes; the condition stays as long as the privilege is given. */
function withDepth(body: Json | null, entity: RightsEntity, privilege: Privilege, depth: Depth): CellEdit {
  const { when } = cellOf(body, entity, privilege);
  return { entity, privilege, cell: depth === 'none' || when === undefined ? { depth } : { depth, when } };
}

function MatrixCell(props: {
  readonly entity: LabelledEntity;
  readonly privilege: Privilege;
  readonly cell: Cell;
  readonly changed: boolean;
  readonly place: string;
  readonly isActive: boolean;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onFocus: () => void;
  readonly onDepth: (depth: Depth) => void;
}) {
  const t = useTranslate();
  const { entity, privilege, cell, isActive } = props;
  const applies = depthsFor(entity.ownership, privilege).length > 0;
  const name = t('rights.matrix.cell', { entity: entity.label, privilege: t(`rights.privilege.${privilege}`) });
  const depth = applies ? t(`rights.depth.${cell.depth}`) : t('rights.matrix.not_applicable');
  const said = [depth, ...(cell.when === undefined ? [] : [t('rights.matrix.when', { condition: cell.when })])];
  if (props.changed) said.push(t('rights.matrix.changed'));
  const text = `${name}: ${said.join(', ')}`;
  return (
    <UnstyledButton
      className={classes.cell ?? ''}
      data-cell={props.place}
      data-depth={cell.depth}
      data-condition={cell.when === undefined ? undefined : t('rights.matrix.if')}
      data-changed={props.changed || undefined}
      aria-label={text}
      aria-disabled={!applies}
      title={text}
      tabIndex={isActive ? 0 : -1}
      onFocus={props.onFocus}
      onKeyDown={props.onKeyDown}
      onClick={() => {
        if (applies) props.onDepth(nextDepth(entity.ownership, privilege, cell.depth, 1));
      }}
    >
      {applies ? <DepthGlyph depth={cell.depth} /> : <span className={classes.without}>–</span>}
    </UnstyledButton>
  );
}

function DepthItems({ onPick }: { readonly onPick: (depth: Depth) => void }) {
  const t = useTranslate();
  return DEPTHS.map((depth) => (
    <Menu.Item key={depth} leftSection={<DepthGlyph depth={depth} size={14} />} onClick={() => onPick(depth)}>
      {t(`rights.depth.${depth}`)}
    </Menu.Item>
  ));
}

function ColumnHead({ privilege, onFill }: { readonly privilege: Privilege; readonly onFill: (depth: Depth) => void }) {
  const t = useTranslate();
  const label = t(`rights.privilege.${privilege}`);
  return (
    <Menu>
      <Menu.Target>
        <UnstyledButton className={classes.column ?? ''} title={t('rights.matrix.fill_column', { privilege: label })}>
          {label} <IconChevronDown size={12} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('rights.matrix.fill_column', { privilege: label })}</Menu.Label>
        <DepthItems onPick={onFill} />
      </Menu.Dropdown>
    </Menu>
  );
}

function RowHead(props: {
  readonly entity: LabelledEntity;
  readonly onFill: (depth: Depth) => void;
  readonly onConditions: () => void;
}) {
  const t = useTranslate();
  const { label, name } = props.entity;
  return (
    <div className={classes.row}>
      <span title={name}>{label}</span>
      <Menu>
        <Menu.Target>
          <ActionIcon size="sm" aria-label={t('rights.matrix.row_menu', { entity: label })}>
            <IconDots size={14} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={props.onConditions}>{t('rights.conditions.open')}</Menu.Item>
          <Menu.Divider />
          <Menu.Label>{t('rights.matrix.fill_row', { entity: label })}</Menu.Label>
          <DepthItems onPick={props.onFill} />
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
