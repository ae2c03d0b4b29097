// Hooks around writes over a real database: what they see, what they may change, and that they share the transaction.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PlatformError } from '../errors.ts';
import { type Hook, type HookContext, HookRegistry, type WrittenRecord } from '../hooks.ts';
import { executeWrite } from './execute.ts';
import { type Fixture, openFixture } from './fixture.ts';
import type { WriteEnvironment, WriteRequest } from './request.ts';

let f: Fixture;
beforeAll(async () => {
  f = await openFixture();
});
afterAll(() => f.test.drop());

async function withHooks(hooks: readonly Hook[], request: Partial<WriteRequest>) {
  const registry = new HookRegistry();
  registry.register(...hooks);
  const environment: WriteEnvironment = { ...f.environment, hooks: registry };
  const principal = await f.principal('seller');
  return executeWrite(environment, {
    entity: f.entity('order'),
    principal,
    client: null,
    representation: null,
    ifMatch: null,
    ...request,
  } as WriteRequest);
}

const ALL = ['create', 'update', 'delete'] as const;

it('a before-hook patches the payload before validation, also with what clients may not write', async () => {
  const hook: Hook = {
    entity: 'order',
    operations: ['create', 'update'],
    before: (_context, records) => {
      for (const record of records) Object.assign(record.values, { units: 7, origin: 'hook' });
    },
  };
  const { id } = await withHooks([hook], { operation: 'create', values: { name: 'a' } });
  expect(await f.row('order', id)).toMatchObject({ units: 7, origin: 'hook' });
  const sent = { operation: 'update', id, values: { origin: 'client' } } as const;
  await expect(withHooks([hook], sent)).rejects.toMatchObject({ code: 'validation_failed' });
  const bad: Hook = {
    ...hook,
    before: (_context, [record]) => void Object.assign(record?.values ?? {}, { units: 'many' }),
  };
  await expect(withHooks([bad], { operation: 'create', values: { name: 'b' } })).rejects.toMatchObject({
    code: 'validation_failed',
  });
});

it('what a before-hook puts into the payload is normalized as what a client sends', async () => {
  const entity = f.entity('account');
  const hook: Hook = {
    entity: 'account',
    operations: ['create', 'update'],
    before: (_context, [record]) => void Object.assign(record?.values ?? {}, { email: ' Anna@EXAMPLE.com ' }),
  };
  const { id, version } = await withHooks([hook], { entity, operation: 'create', values: { name: 'a' } });
  expect(await f.row('account', id)).toMatchObject({ email: 'Anna@example.com' });
  const again = await withHooks([], { entity, operation: 'update', id, values: { email: 'Anna@Example.COM' } });
  expect(again).toMatchObject({ changed: false, version });
});

it('an after-hook sees the images of the change log, for create, update and delete, and none when nothing changed', async () => {
  const seen: { operation: string; records: readonly WrittenRecord[] }[] = [];
  const hook: Hook = {
    entity: 'order',
    operations: ALL,
    after: (context: HookContext, records) => void seen.push({ operation: context.operation, records }),
  };
  const { id } = await withHooks([hook], { operation: 'create', values: { name: 'a', units: 1 } });
  await withHooks([hook], { operation: 'update', id, values: { units: 2 } });
  await withHooks([hook], { operation: 'update', id, values: { units: 2 } });
  await withHooks([hook], { operation: 'delete', id });
  expect(seen.map(({ operation }) => operation)).toEqual(['create', 'update', 'delete']);
  expect(seen[0]?.records).toMatchObject([{ id, before: null, after: { name: 'a', units: 1 } }]);
  expect(seen[1]?.records).toEqual([{ id, before: { units: 1 }, after: { units: 2 } }]);
  expect(seen[2]?.records).toMatchObject([{ id, before: { name: 'a', units: 2 }, after: null }]);
});

it('what hooks write commits with the record or not at all', async () => {
  const writesFolder: Hook = {
    entity: 'order',
    operations: ['create'],
    before: async ({ tx }) => {
      await tx.run("insert into kartoteka.setting (key, value) values ('from-hook', 'x')");
    },
  };
  const settings = () => f.test.database.run("select value from kartoteka.setting where key = 'from-hook'");
  await expect(
    withHooks([writesFolder], { operation: 'create', values: { name: 'a', stage: 'won' } }),
  ).rejects.toMatchObject({
    code: 'validation_failed',
  });
  expect(await settings()).toEqual([]);
  const refuses: Hook = {
    entity: 'order',
    operations: ['create'],
    after: () => {
      throw new PlatformError('conflict', { reason: 'no' });
    },
  };
  await expect(
    withHooks([writesFolder, refuses], { operation: 'create', values: { name: 'a' } }),
  ).rejects.toMatchObject({ code: 'conflict' });
  expect(await settings()).toEqual([]);
  await withHooks([writesFolder], { operation: 'create', values: { name: 'a' } });
  expect(await settings()).toHaveLength(1);
});

it('a hook that says its payloads are not concerned costs no transaction, and is not asked after them', async () => {
  const asked: string[] = [];
  const hook: Hook = {
    entity: 'order',
    operations: ['create', 'update'],
    needsTransaction: (_model, _operation, records) => records.some(({ values }) => values.units === 5),
    after: (_context, records) => void asked.push(...records.map(({ id }) => id)),
  };
  const { counters } = f.environment.database;
  const begun = counters.statements;
  const { id } = await withHooks([hook], { operation: 'create', values: { name: 'a', units: 1 } });
  expect([asked, counters.statements - begun]).toEqual([[], 1]);
  await withHooks([hook], { operation: 'update', id, values: { units: 5 } });
  expect([asked, counters.statements - begun]).toEqual([[id], 4]);
});

it('what a hook before has patched may be what concerns the hook after, which then has a transaction', async () => {
  const seen: unknown[] = [];
  const patching: Hook = {
    entity: 'order',
    operations: ['create'],
    needsTransaction: () => false,
    before: (_context, [record]) => void Object.assign(record?.values ?? {}, { units: 5 }),
  };
  const told: Hook = {
    entity: 'order',
    operations: ['create'],
    needsTransaction: (_model, _operation, records) => records.some(({ values }) => values.units === 5),
    after: async ({ tx }, records) => {
      const [row] = await tx.run('select pg_current_xact_id_if_assigned() is not null as written', []);
      seen.push(row?.written, records[0]?.after?.units);
    },
  };
  await withHooks([patching, told], { operation: 'create', values: { name: 'a', units: 1 } });
  expect(seen).toEqual([true, 5]);
  await withHooks([told], { operation: 'create', values: { name: 'a', units: 1 } });
  expect(seen).toHaveLength(2);
});
