// The whole matrix: every entity x privilege x depth x operation x place, with every lookup on both of its sides.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { matrixDocuments, privilegesOf } from './documents.ts';
import { entityNamed } from './generator.ts';
import { playEntity, reduced, type Selection } from './play.ts';
import { startWorld, type World } from './world.ts';

/** What is held otherwise than by an own role is played where it is needed: elsewhere it is as good as any. */
const whole: Selection = (operation, grade) => grade.holding === 'own' || reduced(operation, grade);

const names = (await matrixDocuments()).entities;
let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

it.each(names)('%s answers every operation as the specification says', async (name) => {
  const entity = entityNamed(world.model, name);
  const { cells, differences } = await playEntity(world, entity, whole, true);
  expect(differences).toEqual([]);
  expect([...cells.keys()]).toEqual(privilegesOf(entity));
});
