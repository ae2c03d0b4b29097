// Plays cells and collects those that differ from the specification, in words.
import type { EntityType, Privilege } from '@kartoteka/metadata';
import { type Grade, gradesOf } from './documents.ts';
import { expectedPlaces, LIST_OPERATIONS, type Listing, shownPlaces } from './list-operations.ts';
import { foreignLookups, links, ownLookups, ownMoves } from './lookup-operations.ts';
import { type Cell, type Operation, RECORD_OPERATIONS } from './operations.ts';
import { reaches } from './places.ts';
import { setStage } from './stage.ts';
import type { World } from './world.ts';

/** What was played, and what differed. */
export interface Outcome {
  /** Cells by privilege. */
  readonly cells: ReadonlyMap<Privilege, number>;
  readonly differences: readonly string[];
}

/** Which operations a grade plays; the reduced matrix takes those that need the grade's privilege most of all. */
export type Selection = (operation: string, grade: Grade) => boolean;

/** The operation of each privilege; `read` decides over all of them, and is played with each list as well. */
const SHOWN_BY: Readonly<Record<Privilege, readonly string[]>> = {
  create: ['create', 'create by upsert'],
  read: ['read', 'list', 'count', 'expand from another entity', 'link and unlink from the other side'],
  write: ['update'],
  delete: ['delete, read in the recycle bin and restore'],
  append: ['link and unlink', 'move to another above of owned_by_parent'],
  append_to: ['set and clear pointer', 'create within another record'],
  assign: ['assign by the action', 'assign many'],
  share: ['share, modify and revoke'],
};

export const reduced: Selection = (operation, { privilege }) =>
  SHOWN_BY[privilege].some((name) => operation === name || operation.startsWith(`${name}.`));

export async function playEntity(
  world: World,
  entity: EntityType,
  selected: Selection,
  all: boolean,
): Promise<Outcome> {
  const stage = await setStage(world, entity);
  const operations = [
    ...RECORD_OPERATIONS,
    ...links(stage),
    ...ownLookups(stage).slice(0, all ? undefined : 1),
    ...ownMoves(stage),
    ...foreignLookups(stage, (holder) => all || holder === 'pointer'),
  ];
  const differences: string[] = [];
  const cells = new Map<Privilege, number>();
  const compare = ({ privilege, depth, holding }: Grade, what: string, expected: string, seen: string): void => {
    cells.set(privilege, (cells.get(privilege) ?? 0) + 1);
    const where = `${entity.name} ${privilege}=${depth} (${holding}), ${what}`;
    if (expected !== seen) differences.push(`${where}: expected ${expected}, answered ${seen}`);
  };
  for (const grade of gradesOf(entity)) {
    const actor = world.actor(grade);
    const act: Cell['act'] = (method, path, body, headers) => world.http.send(actor, method, path, body, headers);
    const placed = stage.placed(grade);
    for (const operation of LIST_OPERATIONS) {
      if (!selected(operation.name, grade) || operation.applies?.(stage) === false) continue;
      const listing: Listing = { stage, grade, placed, act };
      compare(grade, operation.name, expectedPlaces(listing), await shownPlaces(operation, listing));
    }
    const reached = placed.find(({ place }) => reaches(grade, place)) ?? placed[0];
    for (const operation of operations.filter(({ name }) => selected(name, grade))) {
      for (const each of placed) {
        const cell: Cell = {
          ...each,
          nearest: reached ?? each,
          stage,
          grade,
          path: `/${entity.set}(${each.id})`,
          act,
          admin: world.asAdmin,
        };
        if (operation.applies?.(cell) === false) continue;
        compare(grade, `${operation.name}, ${each.place}`, operation.expected(cell), await played(operation, cell));
      }
    }
  }
  return { cells, differences };
}

async function played(operation: Operation, cell: Cell): Promise<string> {
  try {
    return await operation.run(cell);
  } catch (error) {
    return `broken off: ${(error as Error).message}`;
  }
}
