// Rights proven: rows of lists, the point test, the count, the rules in memory and an independent oracle agree.
import type { EntityType, Privilege, TypedExpression } from '@kartoteka/metadata';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PrintCondition, recordPredicate } from '../sql/access.ts';
import { expressionToSql } from '../sql/expression.ts';
import { keysetRanges } from '../sql/keyset.ts';
import { countSource, listSource } from '../sql/list-keys.ts';
import type { OrderTerm, RowsRequest } from '../sql/list-parts.ts';
import { SlotWriter } from '../sql/statement.ts';
import type { Executor, Row } from '../storage/types.ts';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { can } from './ability.ts';
import { type OracleRecord, oracleAllows } from './access-oracle.ts';
import { resolvePrincipal, type UserPrincipal } from './principals.ts';
import { drawnWorld, insertWorld, makeWorld, testId, type World } from './random-world.ts';
import { indexStatements, smallModel, tableStatements } from './small-model.ts';
import { type Access, type AccessArm, type Cardinality, SHARE_RIGHT_BITS } from './types.ts';

const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 100);

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  const model = smallModel([]);
  await db.database.run('create schema if not exists data');
  for (const statement of tableStatements(model)) await db.database.run(statement);
  for (const type of model.entities.values()) {
    for (const statement of indexStatements(type)) await db.database.run(statement);
  }
});
afterAll(() => db?.drop());

/** How the rows are asked for; every shape must give the same rows. */
const asked = fc.record({
  order: fc.constantFrom<readonly (readonly [string, boolean])[]>(
    [],
    [['id', true]],
    [['stage', false]],
    [['stage', true]],
    [
      ['amount', true],
      ['stage', false],
    ],
    [
      ['stage', false],
      ['amount', false],
    ],
  ),
  filter: fc.constantFrom('', 'a.amount > 2'),
  limit: fc.integer({ min: 1, max: 7 }),
  skip: fc.option(fc.nat(4)),
  narrow: fc.boolean(),
  shapes: fc.array(fc.constantFrom<Cardinality>('one', 'few', 'many', 'sparse', 'dense'), {
    minLength: 4,
    maxLength: 4,
  }),
});
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

test('lists, point tests, counts, the rules in memory and the oracle agree on every record', {
  timeout: 60_000 + RUNS * 1_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(drawnWorld, fc.array(asked, { minLength: 2, maxLength: 4 }), async (drawn, questions) => {
      const world = makeWorld(drawn);
      await inScratch(async (tx) => {
        await insertWorld(tx, world);
        const principal = await resolvePrincipal(tx, world.model, testId('user', 0));
        if (principal === null) throw new Error('the user was not found');
        for (const entity of ['deal', 'user', 'region', 'note', 'reply']) {
          for (const privilege of ['read', 'write'] as const)
            await agree(tx, world, principal, entity, privilege, questions);
        }
      });
    }),
    { numRuns: RUNS },
  );
});

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

async function agree(
  tx: Executor,
  world: World,
  principal: UserPrincipal,
  name: string,
  privilege: Privilege,
  questions: readonly Asked[],
): Promise<void> {
  const records = world.records.get(name) ?? [];
  const expected = records.filter((record) => oracleAllows(world.oracle, principal.id, privilege, record));
  const ids = expected.map(({ id }) => id).sort();
  const judged = records.filter((record) => can(principal.ability, privilege, judgedRecord(world, principal, record)));
  expect(judged.map(({ id }) => id).sort()).toEqual(ids);

  const entity = world.model.entities.get(name) as EntityType;
  const access = principal.access(name, privilege);
  if (!access.granted) expect(ids).toEqual([]);
  for (const shares of ['probe', 'hash'] as const) {
    expect((await rowsOfPredicate(tx, principal, entity, access, shares)).sort()).toEqual(ids);
  }
  for (const question of questions) {
    const shaped = { ...access, arms: access.arms.map((arm, n) => reshaped(arm, question.shapes[n % 4])) };
    const wanted = expected.filter(({ values }) => question.filter === '' || Number(values.amount ?? 0) > 2);
    const found = await walk(tx, principal, entity, shaped, question);
    expect(found.length).toBe(new Set(found).size);
    expect([...found].sort()).toEqual(wanted.map(({ id }) => id).sort());
    expect(await count(tx, principal, entity, shaped, question)).toBe(wanted.length);
  }
}

function judgedRecord(world: World, principal: UserPrincipal, record: OracleRecord) {
  const shares = sharesAbove(world, record, []);
  return {
    entity: record.entity,
    values: record.values as Record<string, string | boolean | number | null>,
    shares: shares.map(({ path, principal: principalId, rights }) => ({
      ...(path === undefined ? {} : { path }),
      principalId,
      rights: rights.reduce((bits, right) => bits | SHARE_RIGHT_BITS[right as 'read'], 0),
    })),
    context: {
      me: principal.id,
      myTeams: principal.teamIds,
      myBusinessUnit: principal.businessUnitId,
      now: '2026-01-01T00:00:00.000000Z',
      today: '2026-01-01',
    },
  };
}

/** The shares of a record and of those above it, with the ways to them. */
function sharesAbove(
  world: World,
  record: OracleRecord,
  way: readonly string[],
): readonly (World['oracle']['shares'][number] & { path: string | undefined })[] {
  const path = way.length === 0 ? undefined : way.join('/');
  const own = world.oracle.shares.filter((share) => share.entity === record.entity && share.record === record.id);
  const { parent } = record;
  const step = record.entity === 'note' ? `on_${parent?.entity}` : 'note';
  const above = parent === null ? [] : sharesAbove(world, parent, [...way, step]);
  return [...own.map((share) => ({ ...share, path })), ...above];
}

/** The arm with another cardinality: never of influence on the rows. `one` only where there is one id. */
function reshaped(arm: AccessArm, cardinality: Cardinality = 'few'): AccessArm {
  const ids = arm.ids.split(',').length;
  const shares = arm.source === 'shares' || arm.source === 'parent_shares';
  const wanted = cardinality === 'one' && (ids > 1 || shares) ? 'few' : cardinality;
  const probes = wanted === 'one' ? 1 : wanted === 'few' ? 2 ** Math.ceil(Math.log2(ids)) : 0;
  return { ...arm, cardinality: wanted, probes };
}

function printer(slots: SlotWriter): PrintCondition {
  return (when: TypedExpression, alias: string) =>
    expressionToSql(when, { slots, column: (_navigations, property) => `${alias}.${property}`, boundLiterals: false });
}

function rowsRequest(entity: EntityType, access: Access, question: Asked, slots: SlotWriter): RowsRequest {
  const { filter, narrow } = question;
  return { entity, alias: 'a', access, slots, printCondition: printer(slots), filterSql: filter, narrow };
}

async function rowsOfPredicate(
  tx: Executor,
  principal: UserPrincipal,
  entity: EntityType,
  access: Access,
  shares: 'probe' | 'hash',
): Promise<string[]> {
  const slots = new SlotWriter();
  const test = recordPredicate(access, 'a', entity, slots, printer(slots), shares);
  const text = `select a.id::text as id, (${test}) is null as unknown from data."${entity.table}" a where a.deleted_on is null and (${test} or ${test} is null)`;
  const rows = await run(tx, principal, access, slots, text, {});
  expect(rows.filter((row) => row.unknown === true)).toEqual([]);
  return rows.map((row) => String(row.id));
}

async function count(
  tx: Executor,
  principal: UserPrincipal,
  entity: EntityType,
  access: Access,
  question: Asked,
): Promise<number> {
  const slots = new SlotWriter();
  const source = countSource(rowsRequest(entity, access, question, slots));
  const rows = await run(
    tx,
    principal,
    access,
    slots,
    `select count(*)::text as n from ${source.from} where ${source.where}`,
    {},
  );
  return Number(rows[0]?.n);
}

/** All pages of a list; the first with $skip where it is asked for, after which the skipped rows are fetched as well. */
async function walk(
  tx: Executor,
  principal: UserPrincipal,
  entity: EntityType,
  access: Access,
  question: Asked,
): Promise<string[]> {
  const names = [
    ...question.order.map(([name]) => name),
    ...(question.order.some(([name]) => name === 'id') ? [] : ['id']),
  ];
  const last = question.order.at(-1)?.[1] ?? false;
  const order = names.map((name, n): OrderTerm & { name: string } => ({
    name,
    sql: `a.${name}`,
    descending: question.order[n]?.[1] ?? last,
  }));
  const ids: string[] = [];
  const all: Row[] = [];
  if (question.skip !== null && question.skip > 0) {
    const skipped = await page(tx, principal, entity, access, question, order, null, question.skip, null);
    const first = await page(tx, principal, entity, access, question, order, null, question.limit, question.skip);
    all.push(...skipped, ...first);
    ids.push(...all.map((row) => String(row.id)));
    if (first.length < question.limit) return ids;
  }
  for (;;) {
    const rows = await page(tx, principal, entity, access, question, order, all.at(-1) ?? null, question.limit, null);
    all.push(...rows);
    ids.push(...rows.map((row) => String(row.id)));
    if (rows.length < question.limit) return ids;
  }
}

async function page(
  tx: Executor,
  principal: UserPrincipal,
  entity: EntityType,
  access: Access,
  question: Asked,
  order: readonly (OrderTerm & { name: string })[],
  after: Row | null,
  limit: number,
  skip: number | null,
): Promise<readonly Row[]> {
  const slots = new SlotWriter();
  const ranges =
    after === null
      ? []
      : keysetRanges(
          order.map(({ name, sql, descending }, n) => ({
            sql,
            descending,
            nullable: name !== 'id',
            isNull: after[name] === null,
            value:
              after[name] === null
                ? 'null'
                : slots.use(
                    { from: 'value', name: `key${n}` },
                    { id: 'uuid', stage: 'text', amount: 'bigint' }[name] ?? '',
                  ),
          })),
        );
  const source = listSource({
    ...rowsRequest(entity, access, question, slots),
    order,
    ranges,
    limitSql: slots.use({ from: 'value', name: 'limit' }, 'bigint'),
    ...(skip === null ? {} : { skipSql: slots.use({ from: 'value', name: 'skip' }, 'bigint') }),
  });
  const text = `select a.id::text as id, a.stage, a.amount::text as amount from ${source.from} where ${source.where} order by ${source.orderBy} ${source.limit}`;
  const keys = order.map(({ name }, n) => [`key${n}`, after?.[name] ?? null]);
  return run(tx, principal, access, slots, text, {
    ...Object.fromEntries(keys),
    limit: String(limit),
    skip: String(skip ?? 0),
  });
}

async function run(
  tx: Executor,
  principal: UserPrincipal,
  access: Access,
  slots: SlotWriter,
  text: string,
  values: Readonly<Record<string, string | null>>,
): Promise<readonly Row[]> {
  const parameters = slots.slots.map((slot) => {
    if (slot.from === 'access') return access.arms[slot.arm]?.ids ?? null;
    if (slot.from === 'value') return values[slot.name] ?? null;
    if (slot.from === 'context' && slot.name === 'me') return principal.id;
    if (slot.from === 'constant') return slot.value;
    throw new Error(`no value for ${JSON.stringify(slot)}`);
  });
  return tx.run(text, parameters);
}
