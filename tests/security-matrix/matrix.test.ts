// The matrix, reduced: every entity at every privilege and depth, played with the operations that show the privilege best, at every
// place. The whole of it is in matrix.slow.test.ts.

import type { Privilege } from '@kartoteka/metadata';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gradesOf, matrixDocuments, privilegesOf } from './documents.ts';
import { entityNamed } from './generator.ts';
import { playEntity, type Selection } from './play.ts';
import { startWorld, type World } from './world.ts';

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

const reduced: Selection = (operation, { privilege }) =>
  SHOWN_BY[privilege].some((name) => operation === name || operation.startsWith(`${name}.`));

const names = (await matrixDocuments()).entities;
let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

it.each(names)('%s answers every privilege at every depth as the specification says', async (name) => {
  const entity = entityNamed(world.model, name);
  const { cells, differences } = await playEntity(world, entity, reduced, false);
  expect(differences).toEqual([]);
  // Every privilege at every depth, at every place or for a list.
  expect([...cells.keys()]).toEqual(privilegesOf(entity));
  for (const count of cells.values()) expect(count).toBeGreaterThanOrEqual(gradesOf(entity).length / cells.size);
});
