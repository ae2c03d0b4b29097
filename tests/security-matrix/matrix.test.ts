// The matrix, reduced: every entity at every privilege and depth, played with the operations that show the privilege best, at every
// place. The whole of it is in matrix.slow.test.ts.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { gradesOf, matrixDocuments, privilegesOf } from './documents.ts';
import { entityNamed } from './generator.ts';
import { playEntity, reduced, type Selection } from './play.ts';
import { startWorld, type World } from './world.ts';

/** Of what is held through teams and under conditions, one entity of each ownership stands for the others here. */
const selected: Selection = (operation, grade) =>
  reduced(operation, grade) && (grade.holding === 'own' || grade.entity.name.startsWith('owned_by_'));

const names = (await matrixDocuments()).entities;
let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

it.each(names)('%s answers every privilege at every depth as the specification says', async (name) => {
  const entity = entityNamed(world.model, name);
  const { cells, differences } = await playEntity(world, entity, selected, false);
  expect(differences).toEqual([]);
  // Every privilege at every depth, at every place or for a list.
  expect([...cells.keys()]).toEqual(privilegesOf(entity));
  const grades = gradesOf(entity).filter(({ holding }) => holding === 'own');
  for (const count of cells.values()) expect(count).toBeGreaterThanOrEqual(grades.length / cells.size);
});
