// The process of a choice field over a real database: refused transitions, fields required on entry, and that neither costs a
// statement.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PlatformError } from '../errors.ts';
import { type Fixture, openFixture } from './fixture.ts';

let f: Fixture;
beforeAll(async () => {
  f = await openFixture();
});
afterAll(() => f.test.drop());

async function details(work: Promise<unknown>): Promise<string[]> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PlatformError)) throw error ?? new Error('the write went through');
  return error.details.map(({ code, target, message }) => `${code} ${target}: ${message}`);
}

const order = async (values: Record<string, unknown>) => {
  const seller = await f.principal('seller');
  const { id } = await f.create(seller, 'order', { name: 'order', ...values });
  return { id, set: (more: Record<string, unknown>) => f.update(seller, 'order', id, more) };
};
const FULL = { units: 1, day: '2026-01-01' };

it('lets a value change to those that may follow it, and names them when it refuses another', async () => {
  const { set } = await order({ phase: 'draft', ...FULL });
  expect(await details(set({ phase: 'done' }))).toEqual([
    'transition_refused phase: phase cannot change from draft to done; it may change to agreed',
  ]);
  await set({ phase: 'agreed' });
  await set({ phase: 'done' });
  expect(await details(set({ phase: 'draft' }))).toEqual([
    'transition_refused phase: phase cannot change from done to draft; it does not change any more',
  ]);
  expect(await details(set({ phase: null }))).toEqual([
    'transition_refused phase: phase cannot change from done to (none); it does not change any more',
  ]);
});

it('takes any value where there was none, and the same value again', async () => {
  const { set } = await order(FULL);
  await set({ phase: 'done' });
  await set({ phase: 'done', units: null });
});

it('asks for every missing field when a value is entered, at create as well, and never afterwards', async () => {
  const seller = await f.principal('seller');
  const missing = ['units', 'day'].map(
    (name) => `required_on_entry ${name}: ${name} is required when phase becomes agreed`,
  );
  expect(await details(f.create(seller, 'order', { name: 'new', phase: 'agreed' }))).toEqual(missing);
  const { set } = await order({ phase: 'draft' });
  expect(await details(set({ phase: 'agreed' }))).toEqual(missing);
  expect(await details(set({ phase: 'agreed', units: 2, day: null }))).toEqual(missing.slice(1));
  await set({ phase: 'agreed', ...FULL });
  await set({ day: null });
  await set({ phase: 'agreed', units: null });
});

it('judges in the statement of the write', async () => {
  const { set } = await order({ phase: 'draft', ...FULL });
  const { counters } = f.test.database;
  const before = counters.statements;
  await set({ phase: 'agreed' });
  await set({ units: 5 });
  expect(counters.statements - before).toBe(2);
});

it('lets one of two writes that exclude each other through', async () => {
  const { id, set } = await order({ phase: 'agreed', ...FULL });
  const outcomes = await Promise.allSettled([set({ phase: 'draft' }), set({ phase: 'done' })]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(['draft', 'done']).toContain((await f.row('order', id)).phase);
});
