// The privilege matrix of a role: what its document gives in each cell (as the linker reads it, wildcards included), and which changes of the
// custom layer bring a cell to what is wanted. Pure.
import { depthsOf, isApplicable, type Ownership, PRIVILEGES, type Privilege } from '@kartoteka/metadata';
import type { Change } from '../../model/logic/edit.ts';
import { belowOf, effectiveOf, type LayeredDocument } from '../../model/logic/layered.ts';
import { isObject, type Json, same, valueAt } from '../../model/logic/paths.ts';
import { edited } from './edited.ts';

export type Depth = 'none' | 'user' | 'business_unit' | 'parent_child' | 'organization';

/** An entity as far as rights on it go. */
export interface RightsEntity {
  readonly name: string;
  readonly ownership: Ownership;
}

export interface Cell {
  readonly depth: Depth;
  /** Condition on the record's own fields; never with depth none. */
  readonly when?: string;
}

/** What a cell is to be. */
export interface CellEdit {
  readonly entity: RightsEntity;
  readonly privilege: Privilege;
  readonly cell: Cell;
}

const NONE: Cell = { depth: 'none' };
const EVERY = '*';

/** Depths that a cell can have, `none` first; none at all where the privilege means nothing for the ownership. */
export function depthsFor(ownership: Ownership, privilege: Privilege): readonly Depth[] {
  return isApplicable(privilege, ownership) ? ['none', ...depthsOf(ownership)] : [];
}

/** The depth after (`step` 1) or before (-1) one, in a circle. */
export function nextDepth(ownership: Ownership, privilege: Privilege, depth: Depth, step: 1 | -1): Depth {
  const depths = depthsFor(ownership, privilege);
  return depths[(depths.indexOf(depth) + step + depths.length) % depths.length] ?? 'none';
}

const rowOf = (body: Json | null, entity: string): Json | undefined => {
  const row = valueAt(body, ['privileges', entity]);
  return isObject(row) ? row : undefined;
};

function asCell(entry: unknown): Cell {
  if (typeof entry === 'string') return { depth: entry as Depth };
  if (!isObject(entry)) return NONE;
  const { depth, when } = entry as { readonly depth: Depth; readonly when?: string };
  return depth === 'none' || when === undefined ? { depth } : { depth, when };
}

/** What the role gives: the entity's own entry, else its `*`, else those under the entity `*`; only what means something for the entity. */
export function cellOf(body: Json | null, { name, ownership }: RightsEntity, privilege: Privilege): Cell {
  const row = rowOf(body, name) ?? rowOf(body, EVERY) ?? {};
  const cell = asCell(Object.hasOwn(row, privilege) ? row[privilege] : row[EVERY]);
  return depthsFor(ownership, privilege).includes(cell.depth) ? cell : NONE;
}

/** As the document has it; without a condition the short form, which also takes the place of a lower layer's condition. */
const entryOf = ({ depth, when }: Cell): unknown =>
  depth === 'none' || when === undefined || when.trim() === '' ? depth : { depth, when };

/** Changes of the custom layer by which a cell becomes `cell` and every other stays. */
function cellChanges(document: LayeredDocument, { entity, privilege, cell }: CellEdit): readonly Change[] {
  const body = effectiveOf(document);
  const row = rowOf(body, entity.name);
  if (row === undefined && rowOf(body, EVERY) !== undefined) return wholeRow(body, entity, privilege, cell);
  const way = ['privileges', entity.name, privilege];
  const entry = entryOf(cell);
  const below = valueAt(belowOf(document), way);
  if (same(below, entry)) return [{ way, value: undefined }];
  // Where nothing else would give it, nothing need be said.
  const silent = below === undefined && row?.[EVERY] === undefined && rowOf(body, EVERY) === undefined;
  return [{ way, value: cell.depth === 'none' && silent ? undefined : entry }];
}

/** A row of its own takes the place of the row `*` altogether: it has to say everything that the entity had from there. */
function wholeRow(body: Json | null, entity: RightsEntity, changed: Privilege, cell: Cell): readonly Change[] {
  return PRIVILEGES.filter((privilege) => isApplicable(privilege, entity.ownership)).map((privilege) => ({
    way: ['privileges', entity.name, privilege],
    value: entryOf(privilege === changed ? cell : cellOf(body, entity, privilege)),
  }));
}

/**
 * Changes that bring cells to what is wanted, one after the other. What means nothing (a depth that the ownership does not have, a privilege
 * that does not apply) is left out, so that rows and columns can be filled at once.
 */
export function changesFor(document: LayeredDocument, edits: readonly CellEdit[]): readonly Change[] {
  const changes: Change[] = [];
  let present = document;
  for (const edit of edits) {
    const { entity, privilege, cell } = edit;
    if (!depthsFor(entity.ownership, privilege).includes(cell.depth)) continue;
    const own = cellChanges(present, edit);
    changes.push(...own);
    present = edited(present, own);
  }
  return changes;
}

/** A row at one depth. A condition that stands there stays where the depth does, or only grows or shrinks. */
export function rowFill(body: Json | null, entity: RightsEntity, depth: Depth): readonly CellEdit[] {
  return PRIVILEGES.map((privilege) => {
    const { when } = cellOf(body, entity, privilege);
    return { entity, privilege, cell: depth === 'none' || when === undefined ? { depth } : { depth, when } };
  });
}

/** A column at one depth, for the entities that are shown. */
export function columnFill(
  body: Json | null,
  entities: readonly RightsEntity[],
  privilege: Privilege,
  depth: Depth,
): readonly CellEdit[] {
  return entities.flatMap((entity) => rowFill(body, entity, depth).filter((edit) => edit.privilege === privilege));
}

/** A cell that differs between two bodies of a role. */
export interface CellDifference {
  readonly entity: string;
  readonly privilege: Privilege;
  readonly before: Cell;
  readonly after: Cell;
}

/** What another body of the role gives otherwise. */
export function cellDifferences(
  before: Json | null,
  after: Json | null,
  entities: readonly RightsEntity[],
): readonly CellDifference[] {
  return entities.flatMap((entity) =>
    PRIVILEGES.flatMap((privilege) => {
      const [was, is] = [cellOf(before, entity, privilege), cellOf(after, entity, privilege)];
      return same(was, is) ? [] : [{ entity: entity.name, privilege, before: was, after: is }];
    }),
  );
}
