// Acting as another, proven: the rows of lists, counts and point tests, and the rules in memory, are those that both users have.
import type { EntityType } from '@kartoteka/metadata';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PrintCondition, recordPredicate } from '../sql/access.ts';
import { expressionToSql } from '../sql/expression.ts';
import { countSource, listSource } from '../sql/list-keys.ts';
import { SlotWriter } from '../sql/statement.ts';
import type { Executor } from '../storage/types.ts';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { armOf } from './access.ts';
import { oracleAllows } from './access-oracle.ts';
import { type ActingPrincipal, combine } from './acting.ts';
import { resolvePrincipal } from './principals.ts';
import { drawnWorld, insertWorld, makeWorld, testId, type World } from './random-world.ts';
import { smallModel, tableStatements } from './small-model.ts';
import type { Access, AccessArm, Cardinality, Principal } from './types.ts';

const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 100);

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await db.database.run('create schema if not exists data');
  for (const statement of tableStatements(smallModel([]))) await db.database.run(statement);
});
afterAll(() => db?.drop());

const asked = fc.record({
  order: fc.constantFrom<readonly string[]>(['id'], ['stage', 'id']),
  narrow: fc.boolean(),
  skip: fc.boolean(),
  shape: fc.constantFrom<Cardinality>('one', 'few', 'many', 'sparse', 'dense'),
});
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

/** How often both users were restricted, and how often they then had a part of their records in common. */
const met = { restricted: 0, overlapping: 0 };

test('whoever acts as another has the records that both have, in every way of asking for them', {
  timeout: 60_000 + RUNS * 1_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(drawnWorld, fc.array(asked, { minLength: 2, maxLength: 3 }), async (drawn, questions) => {
      fc.pre(drawn.users.length > 1);
      const world = makeWorld(drawn);
      await inScratch(async (tx) => {
        await insertWorld(tx, world);
        const [first, second] = await Promise.all(
          [0, 1].map((n) => resolvePrincipal(tx, world.model, testId('user', n))),
        );
        if (!first || !second) throw new Error('a user was not found');
        for (const acting of [combine(first, second), combine(second, first)])
          for (const entity of ['deal', 'user', 'region', 'note', 'reply'])
            for (const privilege of ['read', 'write'] as const)
              await agree(tx, world, acting, acting.access(entity, privilege), questions);
      });
    }),
    { numRuns: RUNS },
  );
  expect(met.restricted).toBeGreaterThan(0);
  expect(met.overlapping).toBeGreaterThan(0);
});

async function agree(
  tx: Executor,
  world: World,
  acting: ActingPrincipal,
  access: Access,
  questions: readonly Asked[],
): Promise<void> {
  const { entity: name, privilege } = access;
  const records = world.records.get(name) ?? [];
  const [user, caller] = [acting.id, acting.callerId].map((id) =>
    records.filter((record) => oracleAllows(world.oracle, id, privilege, record)).map((record) => record.id),
  );
  const ids = (user ?? []).filter((id) => caller?.includes(id)).sort();
  if (!access.granted) expect(ids).toEqual([]);
  if (access.also !== undefined) met.restricted += 1;
  const isPart = ids.length < (user?.length ?? 0) || ids.length < (caller?.length ?? 0);
  if (ids.length > 0 && access.also !== undefined && isPart) met.overlapping += 1;
  const entity = world.model.entities.get(name) as EntityType;
  for (const shares of ['probe', 'hash'] as const)
    expect(await rowsOfPredicate(tx, acting, entity, access, shares)).toEqual(ids);
  for (const question of questions) {
    const shaped = { ...access, arms: access.arms.map((arm) => reshaped(arm, question.shape)) };
    expect((await listed(tx, acting, entity, shaped, question)).sort()).toEqual(ids);
    expect(await counted(tx, acting, entity, shaped, question)).toBe(ids.length);
  }
}

/** The arm with another cardinality: never of influence on the rows. `one` only where there is one id. */
function reshaped(arm: AccessArm, cardinality: Cardinality): AccessArm {
  const ids = arm.ids.split(',').length;
  const shares = arm.source === 'shares' || arm.source === 'parent_shares';
  const wanted = cardinality === 'one' && (ids > 1 || shares) ? 'few' : cardinality;
  const probes = wanted === 'one' ? 1 : wanted === 'few' ? 2 ** Math.ceil(Math.log2(ids)) : 0;
  return { ...arm, cardinality: wanted, probes };
}

function rowsRequest(entity: EntityType, access: Access, narrow: boolean, slots: SlotWriter) {
  return { entity, alias: 'a', access, slots, printCondition: printer(slots), narrow };
}

function printer(slots: SlotWriter): PrintCondition {
  return (when, alias) =>
    expressionToSql(when, { slots, column: (_navigations, property) => `${alias}.${property}`, boundLiterals: false });
}

async function rowsOfPredicate(
  tx: Executor,
  acting: Principal,
  entity: EntityType,
  access: Access,
  shares: 'probe' | 'hash',
): Promise<string[]> {
  const slots = new SlotWriter();
  const test = recordPredicate(access, 'a', entity, slots, printer(slots), shares);
  const text = `select a.id::text as id, (${test}) is null as unknown from data."${entity.table}" a where a.deleted_on is null and (${test} or ${test} is null) order by a.id`;
  const rows = await run(tx, acting, access, slots, text);
  expect(rows.filter((row) => row.unknown === true)).toEqual([]);
  return rows.map((row) => String(row.id));
}

async function listed(
  tx: Executor,
  acting: Principal,
  entity: EntityType,
  access: Access,
  { order, narrow, skip }: Asked,
): Promise<string[]> {
  const slots = new SlotWriter();
  const source = listSource({
    ...rowsRequest(entity, access, narrow, slots),
    order: order.map((name) => ({ sql: `a.${name}`, descending: false })),
    limitSql: slots.use({ from: 'constant', value: '1000' }, 'bigint'),
    ...(skip ? { skipSql: slots.use({ from: 'constant', value: '0' }, 'bigint') } : {}),
  });
  const text = `select a.id::text as id from ${source.from} where ${source.where} order by ${source.orderBy} ${source.limit}`;
  return (await run(tx, acting, access, slots, text)).map((row) => String(row.id));
}

async function counted(
  tx: Executor,
  acting: Principal,
  entity: EntityType,
  access: Access,
  { narrow }: Asked,
): Promise<number> {
  const slots = new SlotWriter();
  const source = countSource(rowsRequest(entity, access, narrow, slots));
  const text = `select count(*)::text as n from ${source.from} where ${source.where}`;
  return Number((await run(tx, acting, access, slots, text))[0]?.n);
}

function run(tx: Executor, acting: Principal, access: Access, slots: SlotWriter, text: string) {
  const parameters = slots.slots.map((slot) => {
    if (slot.from === 'access') return armOf(access, slot.arm)?.ids ?? null;
    if (slot.from === 'context' && slot.name === 'me') return acting.id;
    if (slot.from === 'constant') return slot.value;
    throw new Error(`no value for ${JSON.stringify(slot)}`);
  });
  return tx.run(text, parameters);
}

/** Runs `work` in a transaction that leaves nothing behind. */
async function inScratch(work: (tx: Executor) => Promise<void>): Promise<void> {
  const undo = new Error('undo');
  await db.database
    .transaction(async (tx) => {
      await work(tx);
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
}
