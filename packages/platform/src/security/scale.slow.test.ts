// Rights at scale: a page of 50 and a read by id cost little, whatever part of a million records the reader may see, for every
// privilege and with conditions.
import { type Model, PRIVILEGES, type Privilege } from '@kartoteka/metadata';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PrintCondition, recordPredicate } from '../sql/access.ts';
import { expressionToSql } from '../sql/expression.ts';
import { keysetRanges } from '../sql/keyset.ts';
import { listSource } from '../sql/list-keys.ts';
import { SlotWriter } from '../sql/statement.ts';
import { connectDatabase } from '../storage/database.ts';
import type { Executor } from '../storage/types.ts';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { entityOf } from './directory.ts';
import { resolvePrincipal } from './principals.ts';
import { conditionedScaleModel, createScaleData, SCALE_ENTITIES, scaleModel, scaleUsers } from './scale-data.ts';
import type { Access, Principal } from './types.ts';

/** Shared buffers that a page of 50, and a read of one record, may touch. */
const PAGE_BUFFERS = 1_000;
const RECORD_BUFFERS = 30;
const MODES = ['force_custom_plan', 'force_generic_plan'] as const;

const model = scaleModel();
const conditioned = conditionedScaleModel();
/** Contacts belong to owners and are shared; events belong to their contacts, whose shares are theirs. */
const ENTITIES = SCALE_ENTITIES;
/** Every privilege but read, which is measured more closely. */
const OTHERS = PRIVILEGES.filter((privilege) => privilege !== 'read');
const orders = {
  'by id': [{ name: 'id', descending: false, nullable: false }],
  'by id, newest first': [{ name: 'id', descending: true, nullable: false }],
  'by name': [
    { name: 'last_name', descending: false, nullable: true },
    { name: 'id', descending: false, nullable: false },
  ],
  'by name, last first': [
    { name: 'last_name', descending: true, nullable: true },
    { name: 'id', descending: true, nullable: false },
  ],
};
type OrderName = keyof typeof orders;
type Order = (typeof orders)[OrderName];
type Values = Readonly<Record<string, string | null>>;

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  const patient = await connectDatabase(db.url, { statementTimeout: 0 });
  await patient.run('create schema if not exists data');
  await createScaleData(patient, model);
  await patient.close();
});
afterAll(() => db?.drop());

interface Measured {
  readonly what: string;
  readonly buffers: number;
  readonly shape: string;
}

test('a page of 50 touches at most 1,000 shared buffers for every reader, order and plan', async () => {
  const measured = await measurePages(model, ['read'], Object.keys(orders) as OrderName[], MODES);
  report(measured);
  expect(measured.filter(({ buffers }) => buffers > PAGE_BUFFERS)).toEqual([]);
});

test('so does a page of 50 of what every other privilege covers', async () => {
  const measured = await measurePages(model, OTHERS, ['by id', 'by name'], ['force_generic_plan']);
  report(measured);
  expect(new Set(measured.map(({ what }) => what.split(', ')[1])).size).toBe(OTHERS.length);
  expect(measured.filter(({ buffers }) => buffers > PAGE_BUFFERS)).toEqual([]);
});

test('so does a page of 50 under conditions', async () => {
  const measured = await measurePages(conditioned, ['read'], Object.keys(orders) as OrderName[], [
    'force_generic_plan',
  ]);
  report(measured);
  expect(measured.filter(({ buffers }) => buffers > PAGE_BUFFERS)).toEqual([]);
});

test('a record is found and judged by its id with few shared buffers for every reader, privilege and plan, with conditions and without', async () => {
  const measured: Measured[] = [];
  for (const served of [model, conditioned]) measured.push(...(await measureRecords(served)));
  report(measured);
  expect(measured.length).toBe(2 * ENTITIES.length * scaleUsers().length * PRIVILEGES.length * MODES.length);
  expect(measured.filter(({ buffers }) => buffers > RECORD_BUFFERS)).toEqual([]);
});

async function measurePages(
  served: Model,
  privileges: readonly Privilege[],
  names: readonly OrderName[],
  modes: readonly (typeof MODES)[number][],
): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const entity of ENTITIES) {
    const pages = (await startsOfPages(entity)).filter(({ order }) => names.includes(order));
    for (const user of scaleUsers()) {
      const principal = await principalOf(served, user.id);
      for (const privilege of privileges) {
        const access = principal.access(entity, privilege);
        for (const { order, page, after } of pages) {
          const { text, parameters } = pageStatement(access, orders[order], after, principal);
          for (const mode of modes) {
            const what = [entity, privilege, user.name, order, page, mode].join(', ');
            measured.push({ what, buffers: await buffersOf(mode, text, parameters), shape: access.shapeKey });
          }
        }
      }
    }
  }
  return measured;
}

async function measureRecords(served: Model): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const entity of ENTITIES) {
    const [record] = await db.database.run(
      `select id::text as id from data.${entity} order by id offset 500000 limit 1`,
    );
    for (const user of scaleUsers()) {
      const principal = await principalOf(served, user.id);
      for (const privilege of PRIVILEGES) {
        const access = principal.access(entity, privilege);
        const slots = new SlotWriter();
        const predicate = recordPredicate(access, 'a', entityOf(model, entity), slots, printer(slots));
        const id = slots.use({ from: 'value', name: 'id' }, 'uuid');
        const text = `select a.* from data.${entity} a where a.id = ${id} and a.deleted_on is null and ${predicate}`;
        const parameters = bind(slots, access, { id: String(record?.id) }, principal);
        for (const mode of MODES) {
          const what = [entity, privilege, user.name, mode].join(', ');
          measured.push({ what, buffers: await buffersOf(mode, text, parameters), shape: access.shapeKey });
        }
      }
    }
  }
  return measured;
}

async function principalOf(served: Model, id: string): Promise<Principal> {
  const principal = await resolvePrincipal(db.database, served, id);
  if (principal === null) throw new Error(`there is no user ${id}`);
  await principal.ready(ENTITIES);
  return principal;
}

function printer(slots: SlotWriter): PrintCondition {
  return (when, alias) =>
    expressionToSql(when, { slots, column: (_navigations, name) => `${alias}.${name}`, boundLiterals: false });
}

function pageStatement(access: Access, order: Order, after: Values | null, principal: Principal) {
  const slots = new SlotWriter();
  const terms = order.map((term) => ({ ...term, sql: `a.${term.name}` }));
  const keys = terms.map((term) => {
    const isNull = after?.[term.name] === null;
    const cast = term.name === 'id' ? 'uuid' : 'text';
    return {
      ...term,
      isNull,
      value: isNull || after === null ? 'null' : slots.use({ from: 'value', name: term.name }, cast),
    };
  });
  const source = listSource({
    entity: entityOf(model, access.entity),
    alias: 'a',
    access,
    slots,
    printCondition: printer(slots),
    order: terms,
    ranges: after === null ? [] : keysetRanges(keys),
    limitSql: slots.use({ from: 'value', name: 'limit' }, 'bigint'),
  });
  const text = `select a.id, a.last_name, a.city from ${source.from} where ${source.where} order by ${source.orderBy} ${source.limit}`;
  return { text, parameters: bind(slots, access, { ...after, limit: '50' }, principal) };
}

/** The first page of each order, one that begins in the middle of the table, and one that begins among the nulls. */
async function startsOfPages(entity: (typeof ENTITIES)[number]) {
  const starts: { order: OrderName; page: string; after: Values | null }[] = [];
  const [middle] =
    await db.database.run(`select (select id::text from data.${entity} order by id offset 500000 limit 1) as id,
    (select last_name from data.${entity} where last_name is not null order by last_name offset 490000 limit 1) as name`);
  const id = String(middle?.id);
  for (const order of Object.keys(orders) as OrderName[]) {
    starts.push({ order, page: 'first page', after: null });
    starts.push({ order, page: 'later page', after: { id, last_name: String(middle?.name) } });
    if (order.includes('name')) starts.push({ order, page: 'page of nulls', after: { id, last_name: null } });
  }
  return starts;
}

function bind(slots: SlotWriter, access: Access, values: Values, principal: Principal): readonly (string | null)[] {
  return slots.slots.map((slot) => {
    if (slot.from === 'access') return access.arms[slot.arm]?.ids ?? null;
    if (slot.from === 'value') return values[slot.name] ?? null;
    if (slot.from === 'constant') return slot.value;
    if (slot.from === 'context' && slot.name === 'me') return principal.id;
    throw new Error(`no value for ${JSON.stringify(slot)}`);
  });
}

async function buffersOf(mode: string, text: string, parameters: readonly (string | null)[]): Promise<number> {
  return db.database.transaction(async (tx) => {
    await tx.run(`set local plan_cache_mode = ${mode}`);
    await tx.run(`prepare measured as ${text}`);
    const values = parameters.map((value) => (value === null ? 'null' : `'${value}'`));
    const execute = parameters.length === 0 ? 'execute measured' : `execute measured(${values.join(', ')})`;
    const plan = await explain(tx, execute);
    await tx.run('deallocate measured');
    return plan;
  });
}

async function explain(tx: Executor, execute: string): Promise<number> {
  const rows = await tx.run(`explain (analyze, buffers, timing off, format json) ${execute}`);
  const value: unknown = Object.values(rows[0] ?? {})[0];
  const plans = (typeof value === 'string' ? JSON.parse(value) : value) as { Plan: Record<string, number> }[];
  const plan = plans[0]?.Plan;
  return (plan?.['Shared Hit Blocks'] ?? Number.NaN) + (plan?.['Shared Read Blocks'] ?? Number.NaN);
}

/** The dearest pages, for whoever reads the log. */
function report(measured: readonly Measured[]): void {
  const dearest = [...measured].sort((a, b) => b.buffers - a.buffers).slice(0, 8);
  console.info(dearest.map(({ what, buffers, shape }) => `${buffers} buffers: ${what} [${shape}]`).join('\n'));
}
