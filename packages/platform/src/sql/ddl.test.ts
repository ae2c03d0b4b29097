// The DDL of changes as text: what runs inside the transaction, what afterwards, and what is never run.
import type { TableShape } from '@kartoteka/metadata';
import { expect, test } from 'vitest';
import { compareColumnTypes } from './column-types.ts';
import { type DdlStep, ddlForChange } from './ddl.ts';

const deal: TableShape = {
  name: 'deal',
  entity: 'deal',
  primaryKey: ['id'],
  columns: [
    { name: 'id', type: 'uuid', notNull: true, property: 'id' },
    { name: 'deleted_on', type: 'timestamptz', notNull: false, property: null },
    { name: 'name', type: 'text collate "und-x-icu"', notNull: true, property: 'name' },
    { name: 'stage', type: 'text', notNull: false, property: 'stage' },
    { name: 'company_id', type: 'uuid', notNull: false, property: 'company_id' },
  ],
  indexes: [{ name: 'deal__stage__idx', columns: ['stage', 'id'], unique: false, where: 'deleted_on is null' }],
  checks: [{ name: 'deal__stage__check', condition: "stage in ('new', 'won')" }],
  foreignKeys: [{ name: 'deal__company_id__fkey', column: 'company_id', references: 'data.company' }],
};

const sqlOf = (steps: readonly DdlStep[], phase: DdlStep['phase']): string[] =>
  steps.filter((step) => step.phase === phase).map((step) => step.sql);

test('a new table gets its columns, checks, indexes and references inside the transaction', () => {
  const { steps, losses } = ddlForChange(null, [deal]);
  expect(sqlOf(steps, 'after')).toEqual([]);
  expect(sqlOf(steps, 'transaction')).toEqual([
    'create schema if not exists data',
    `create table data.deal (
  id uuid not null,
  deleted_on timestamptz,
  name text collate "und-x-icu" not null,
  stage text,
  company_id uuid,
  primary key (id),
  constraint deal__stage__check check (stage in ('new', 'won'))
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02)`,
    'create index deal__stage__idx on data.deal (stage nulls first, id nulls first) where deleted_on is null',
    'alter table data.deal add constraint deal__company_id__fkey foreign key (company_id) references data.company (id)',
  ]);
  expect(losses).toEqual([]);
});

test('equal shapes need no statement', () => {
  expect(ddlForChange([deal], [structuredClone(deal)])).toEqual({ steps: [], preconditions: [], losses: [] });
});

test('a required column on a stored table is nullable, unless a constant fills it', () => {
  const after = {
    ...deal,
    columns: [
      ...deal.columns,
      { name: 'region', type: 'text', notNull: true, property: 'region' },
      { name: 'kind', type: 'text', notNull: true, fill: "'other'", property: 'kind' },
    ],
  };
  expect(sqlOf(ddlForChange([deal], [after]).steps, 'transaction')).toEqual([
    "alter table data.deal add column region text, add column kind text default 'other' not null",
  ]);
});

test('a longer list of values replaces the check without a look at the stored rows and validates it afterwards', () => {
  const after = { ...deal, checks: [{ name: 'deal__stage__check', condition: "stage in ('new', 'won', 'lost')" }] };
  const plan = ddlForChange([deal], [after]);
  expect(plan.preconditions).toEqual([]);
  expect(sqlOf(plan.steps, 'transaction')).toEqual([
    "alter table data.deal drop constraint deal__stage__check, add constraint deal__stage__check check (stage in ('new', 'won', 'lost')) not valid",
  ]);
  expect(sqlOf(plan.steps, 'after')).toEqual(['alter table data.deal validate constraint deal__stage__check']);
});

test('a shorter list of values asks the stored rows first', () => {
  const after = { ...deal, checks: [{ name: 'deal__stage__check', condition: "stage in ('new')" }] };
  expect(ddlForChange([deal], [after]).preconditions).toEqual([
    {
      sql: "select 1 as found from data.deal where not (stage in ('new')) limit 1",
      reason: 'stored records of deal do not fit deal__stage__check',
      constraint: 'deal__stage__check',
      underLock: true,
    },
  ]);
});

test('an index that keeps its name is dropped before it is built anew; included columns and expressions count', () => {
  const index = { name: 'deal__stage__idx', columns: ['stage', 'id'], unique: false, where: null };
  const changed = { ...deal, indexes: [{ ...index, include: ['name'] }] };
  expect(sqlOf(ddlForChange([{ ...deal, indexes: [index] }], [changed]).steps, 'after')).toEqual([
    'drop index concurrently if exists data.deal__stage__idx',
    'create index concurrently deal__stage__idx on data.deal (stage nulls first, id nulls first) include (name)',
  ]);
  const searched = (sql: string) => ({
    ...deal,
    indexes: [
      {
        ...index,
        columns: [],
        method: 'gin' as const,
        expression: { sql, operatorClass: 'ops', parameters: 'fastupdate = on' },
      },
    ],
  });
  expect(sqlOf(ddlForChange([searched('lower(name)')], [searched('upper(name)')]).steps, 'after')).toEqual([
    'drop index concurrently if exists data.deal__stage__idx',
    'create index concurrently deal__stage__idx on data.deal using gin ((upper(name)) ops) with (fastupdate = on)',
  ]);
  expect(ddlForChange([searched('lower(name)')], [searched('lower(name)')]).steps).toEqual([]);
});

test('indexes of a stored table are built and dropped concurrently, after the transaction', () => {
  const after = {
    ...deal,
    indexes: [{ name: 'deal__name__key', columns: ['name'], unique: true, where: 'deleted_on is null' }],
  };
  const plan = ddlForChange([deal], [after]);
  expect(sqlOf(plan.steps, 'transaction')).toEqual([]);
  expect(sqlOf(plan.steps, 'after')).toEqual([
    'create unique index concurrently deal__name__key on data.deal (name nulls first) where deleted_on is null',
    'drop index concurrently if exists data.deal__stage__idx',
  ]);
  expect(plan.preconditions.map((precondition) => precondition.reason)).toEqual([
    'stored records of deal have equal values of name',
  ]);
});

test('a removed column is kept without NOT NULL, checks and references, and is named as a loss', () => {
  const after = {
    ...deal,
    columns: deal.columns.filter((column) => column.name !== 'name' && column.name !== 'company_id'),
    foreignKeys: [],
  };
  const plan = ddlForChange([deal], [after]);
  expect(plan.losses).toEqual(['deal.name', 'deal.company_id']);
  expect(plan.steps.every((step) => !/drop (table|column)/.test(step.sql))).toBe(true);
  expect(plan.steps.map((step) => [step.sql, step.additive])).toEqual([
    ['alter table data.deal alter column name drop not null, drop constraint deal__company_id__fkey', false],
  ]);
});

test('a removed table is kept and only its references go', () => {
  const plan = ddlForChange([deal], []);
  expect(plan.losses).toEqual(['deal']);
  expect(plan.steps.map((step) => step.sql)).toEqual(['alter table data.deal drop constraint deal__company_id__fkey']);
});

test('only a numeric with more precision and the same scale changes its type in place', () => {
  expect(compareColumnTypes('numeric(10,2)', 'numeric(12,2)')).toBe('widening');
  expect(compareColumnTypes('numeric(10,2)', 'numeric(12,3)')).toBe('lossy');
  expect(compareColumnTypes('bigint', 'text')).toBe('lossy');
  const typed = (type: string): TableShape => ({
    ...deal,
    columns: [...deal.columns, { name: 'amount', type, notNull: false, property: 'amount' }],
  });
  expect(sqlOf(ddlForChange([typed('numeric(10,2)')], [typed('numeric(12,2)')]).steps, 'transaction')).toEqual([
    'alter table data.deal alter column amount type numeric(12,2)',
  ]);
  expect(() => ddlForChange([typed('bigint')], [typed('text')])).toThrow(/cannot become/);
});

test('an index over the members of an array has no order, and takes the place of another of its name', () => {
  const gin = { name: 'deal__tags__idx', columns: ['tags'], method: 'gin' as const, unique: false, where: null };
  const { method: _method, ...plain } = gin;
  expect(sqlOf(ddlForChange([{ ...deal, indexes: [plain] }], [{ ...deal, indexes: [gin] }]).steps, 'after')).toEqual([
    'drop index concurrently if exists data.deal__tags__idx',
    'create index concurrently deal__tags__idx on data.deal using gin (tags)',
  ]);
});
