// The whole matrix: every entity x privilege x depth x operation x place, with every lookup on both of its sides.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { matrixDocuments, privilegesOf } from './documents.ts';
import { entityNamed } from './generator.ts';
import { playEntity } from './play.ts';
import { startWorld, type World } from './world.ts';

const names = (await matrixDocuments()).entities;
let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

it.each(names)('%s answers every operation as the specification says', async (name) => {
  const entity = entityNamed(world.model, name);
  const { cells, differences } = await playEntity(world, entity, () => true, true);
  expect(differences).toEqual([]);
  expect([...cells.keys()]).toEqual(privilegesOf(entity));
});
