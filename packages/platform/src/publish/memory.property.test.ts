// Plans and Models that take over what has not changed are those that are worked out from nothing, over sequences of random
// changes; and what is read with a memory is what is read without.
import { fileURLToPath } from 'node:url';
import type { Model } from '@kartoteka/metadata';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, randomAnyChange, seededRandom, type TestDatabase } from '../test-kit/index.ts';
import { readDocumentFolder } from './files.ts';
import { inSlices } from './in-slices.ts';
import { nextDocuments, planPublish, planSteps } from './plan.ts';
import { publish } from './publish.ts';
import { MetadataMemory, readStored } from './read-stored.ts';
import type { Stored } from './store.ts';
import { TEST_DOCUMENTS } from './test/documents.ts';
import { recordedLog } from './test/recorded-log.ts';

const SHIPPED = fileURLToPath(new URL('../../../../metadata', import.meta.url));
const CHANGES = Number(process.env.KARTOTEKA_RUNS ?? 12);
const SEED = Number(process.env.KARTOTEKA_TEST_SEED ?? 20261122);

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

/** All that a value holds, in order; functions by their text. */
function contentOf(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => {
    if (each instanceof Map) return ['map', ...each];
    if (each instanceof Set) return ['set', ...each];
    return typeof each === 'function' ? String(each) : each;
  });
}

function expectSameModel(model: Model, full: Model, when: string): void {
  for (const [name, entity] of full.entities) {
    expect(contentOf(model.entities.get(name)) === contentOf(entity), `${when}: ${name}`).toBe(true);
  }
  expect(contentOf(model) === contentOf(full), when).toBe(true);
}

test('over random changes a plan with a memory is the plan without', async () => {
  const random = seededRandom(SEED);
  const memory = new MetadataMemory();
  const documents = await readDocumentFolder(SHIPPED);
  const empty = { revision: 0, baseVersion: null, documents: [], columns: [], schemaChanges: [], packages: [] };
  let stored: Stored = empty;
  for (let number = 0; number <= CHANGES; number += 1) {
    const change = number === 0 ? null : randomAnyChange(stored.documents, random);
    const next = change === null ? documents : nextDocuments(stored.documents, change);
    if (next === null) throw new Error('a random change changes something');
    const when = `change ${number} (${change?.description}, seed ${SEED})`;
    const plan = await inSlices(planSteps(stored, next, null, memory));
    const full = planPublish(stored, next);
    expectSameModel(plan.model, full.model, when);
    expect([plan.ddl, plan.columns, plan.changes], when).toEqual([full.ddl, full.columns, full.changes]);
    stored = { ...stored, revision: stored.revision + 1, documents: plan.documents, columns: plan.columns };
  }
});

test('what is read with a memory is what is read without, and what is the same is not sent again', async () => {
  const random = seededRandom(SEED);
  const memory = new MetadataMemory();
  const common = { author: null, comment: 'test', log: recordedLog(), allowDestructive: true };
  await publish(db.database, { ...common, documents: TEST_DOCUMENTS });
  let before = await readStored(db.database, memory);
  for (let number = 1; number <= 5; number += 1) {
    const change = randomAnyChange(before.documents, random);
    await publish(db.database, { ...common, changes: change.changes });
    const stored = await readStored(db.database, memory);
    expect(stored, change.description).toEqual(await readStored(db.database));
    const same = stored.documents.filter((document) => before.documents.includes(document));
    expect(stored.documents.length - same.length).toBeLessThanOrEqual(change.changes.length);
    before = stored;
  }
});

test('a memory of another database, or of a later revision, misleads nobody', async () => {
  const memory = new MetadataMemory();
  await readStored(db.database, memory);
  const other = await createTestDatabase();
  const common = { author: null, comment: 'test', log: recordedLog() };
  await publish(other.database, { ...common, documents: TEST_DOCUMENTS });
  expect(await readStored(other.database, memory)).toEqual(await readStored(other.database));
  await other.drop();
});
