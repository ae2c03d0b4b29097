// Documents, principals and a database for the tests of the write path: a small trade in orders, whose roles differ in one
// right each. It must not be imported by product code.
import { readFileSync } from 'node:fs';
import {
  type EntityType,
  linkModel,
  type Model,
  type PrivilegeDocument,
  parseDocuments,
  type SourceDocument,
  tableShapes,
} from '@kartoteka/metadata';
import { HookRegistry } from '../hooks.ts';
import { principalOf, systemPrincipal } from '../security/principals.ts';
import type { Principal } from '../security/types.ts';
import { ddlForChange } from '../sql/ddl.ts';
import type { Row } from '../storage/types.ts';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { executeWrite } from './execute.ts';
import type { Representation, WriteEnvironment, WriteResult } from './request.ts';

const label = (en: string) => ({ en });

type Fields = Readonly<Record<string, object>>;

function entity(name: string, fields: Fields, more: object = {}): [string, object] {
  return [
    name,
    {
      name,
      set: `${name}s`,
      label: label(name),
      plural_label: label(`${name}s`),
      ownership: 'user',
      title: 'name',
      fields,
      ...more,
    },
  ];
}

const text = { type: 'text', max_length: 200 };
const lookup = (target: string, inverse: string, onDelete: string, more: object = {}) => ({
  type: 'lookup',
  targets: [target],
  inverse,
  on_delete: onDelete,
  ...more,
});
const STAGES = {
  new: { label: label('New'), order: 1 },
  won: { label: label('Won'), order: 2 },
  lost: { label: label('Lost'), order: 3 },
};

const ENTITIES = new Map<string, object>([
  entity(
    'account',
    {
      name: { ...text, required: true },
      code: text,
      status: text,
      email: { type: 'email' },
      last_order: lookup('order', 'last_of', 'set_null'),
    },
    { keys: { code: ['code'] } },
  ),
  entity(
    'order',
    {
      name: { ...text, required: true },
      account: lookup('account', 'orders', 'restrict'),
      referrer: lookup('account', 'referred_orders', 'set_null'),
      watchers: { type: 'many', target: 'account', inverse: 'watched_orders' },
      stage: { type: 'choice', values: STAGES, required: true, default: 'new' },
      phase: {
        type: 'choice',
        values: {
          draft: { label: label('Draft'), order: 1 },
          agreed: { label: label('Agreed'), order: 2 },
          done: { label: label('Done'), order: 3 },
        },
        process: {
          draft: { next: ['agreed'] },
          agreed: { next: ['draft', 'done'], requires: ['units', 'day'] },
          done: { next: [] },
        },
      },
      amount: { type: 'money', required_when: "stage eq 'won'" },
      discount: { type: 'decimal', precision: 30, scale: 10, read_only_when: "stage eq 'won'" },
      units: { type: 'integer' },
      day: { type: 'date' },
      moment: { type: 'datetime' },
      remark: { ...text, audit: false },
      salary: { ...text, secured: true },
      origin: { ...text, read_only_after_create: true },
    },
    {
      rules: {
        won_needs_day: { invalid_when: "stage eq 'won' and day eq null", error: label('A won order needs a day') },
      },
    },
  ),
  entity('order_line', {
    name: { ...text, required: true },
    order: lookup('order', 'lines', 'cascade', { required: true }),
    also: lookup('order', 'other_lines', 'cascade'),
  }),
  entity('reminder', {
    name: { ...text, required: true },
    about: { type: 'lookup', targets: ['order', 'account'], inverse: 'reminders', on_delete: 'cascade' },
  }),
  entity('line_comment', { name: { ...text, required: true }, line: lookup('order_line', 'comments', 'cascade') }),
  entity(
    'folder',
    { name: { ...text, required: true }, parent: lookup('folder', 'children', 'cascade') },
    { ownership: 'organization' },
  ),
]);

const DIRECTORY_ENTITIES = ['user', 'team', 'business_unit', 'team_member', 'role_assignment'];

type Privileges = Readonly<Record<string, PrivilegeDocument>>;

const FULL: Privileges = {
  create: 'user',
  read: 'business_unit',
  write: 'user',
  delete: 'user',
  append: 'user',
  append_to: 'user',
  assign: 'user',
  share: 'user',
};

const without = (...names: readonly string[]): Privileges =>
  Object.fromEntries(Object.entries(FULL).filter(([name]) => !names.includes(name)));

const READERS = { user: { read: 'organization' }, team: { read: 'organization' } };

/** Every role reads users and teams; `seller` has all rights on own records, the others lack what their name says. */
const ROLES: Readonly<Record<string, Readonly<Record<string, Privileges>>>> = {
  administrator: { '*': { '*': 'organization' } },
  seller: { account: FULL, order: FULL, order_line: FULL, line_comment: FULL, reminder: FULL },
  no_create: { account: FULL, order: without('create') },
  unit_creator: { account: FULL, order: { ...FULL, create: 'business_unit', assign: 'business_unit' } },
  no_read: { account: FULL, order: without('read') },
  no_write: { account: FULL, order: without('write') },
  no_append: { account: FULL, order: without('append') },
  no_append_to: { account: without('append_to'), order: FULL },
  no_assign: { account: FULL, order: without('assign') },
  no_delete: { account: FULL, order: without('delete'), order_line: FULL },
  no_line_delete: { account: FULL, order: FULL, order_line: without('delete'), line_comment: FULL },
  open_only: {
    account: FULL,
    order: { ...FULL, write: { depth: 'user', when: "stage ne 'won'" } },
    order_line: FULL,
    line_comment: FULL,
  },
  team_writer: { team: { read: 'organization', write: 'business_unit' } },
  small_only: { account: FULL, order: { ...FULL, create: { depth: 'user', when: 'units lt 10' } } },
};

function documents(): SourceDocument[] {
  const root = new URL('../../../../metadata/', import.meta.url);
  const shipped = (path: string): unknown => JSON.parse(readFileSync(new URL(path, root), 'utf8'));
  const source = (kind: SourceDocument['kind'], name: string, body: unknown): SourceDocument => ({
    kind,
    name,
    layer: 'base',
    source: `${name}.json`,
    body,
  });
  return [
    source('organization', 'organization', shipped('organization.json')),
    ...DIRECTORY_ENTITIES.map((name) => source('entity', name, shipped(`entities/${name}.json`))),
    ...[...ENTITIES].map(([name, body]) => source('entity', name, body)),
    ...Object.entries(ROLES).map(([name, privileges]) =>
      source('role', name, {
        name,
        label: label(name),
        privileges: '*' in privileges ? privileges : { ...READERS, ...privileges },
      }),
    ),
  ];
}

/** The Model of these documents. Throws with all findings when one does not link. */
export function fixtureModel(): Model {
  const parsed = parseDocuments(documents());
  if (parsed.errors.length > 0) throw new Error(JSON.stringify(parsed.errors, null, 1));
  const linked = linkModel(parsed.documents, { revision: 1 });
  if (!linked.ok) throw new Error(JSON.stringify(linked.errors, null, 1));
  return linked.model;
}

export const UNIT = '01900000-0000-7000-8000-0000000000a1';
export const OTHER_UNIT = '01900000-0000-7000-8000-0000000000a2';
const id = (number: number): string => `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;

export interface Fixture {
  readonly test: TestDatabase;
  readonly model: Model;
  readonly environment: WriteEnvironment;
  /** A user with one role, made at the first call: in UNIT unless another unit is named. Only `unit_creator` has shares. */
  principal(role: string, unit?: string): Promise<Principal>;
  readonly system: Principal;
  entity(name: string): EntityType;
  create(
    as: Principal,
    name: string,
    values: Record<string, unknown>,
    representation?: Representation | null,
  ): Promise<WriteResult>;
  update(
    as: Principal,
    name: string,
    record: string,
    values: Record<string, unknown>,
    options?: UpdateOptions,
  ): Promise<WriteResult>;
  remove(as: Principal, name: string, record: string, ifMatch?: readonly string[]): Promise<WriteResult>;
  restore(as: Principal, name: string, record: string): Promise<WriteResult>;
  /** A row of a table by id, every column as text. */
  row(name: string, record: string): Promise<Row>;
  /** Change-log rows of a record, oldest first, images parsed. */
  log(record: string): Promise<readonly LogRow[]>;
}

export interface UpdateOptions {
  readonly ifMatch?: readonly string[] | '*' | null;
  readonly representation?: Representation | null;
}

export interface LogRow {
  readonly operation: string;
  readonly version: string;
  readonly actor: string;
  readonly client: string | null;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

/** A database with the fixture's tables, two units and no user yet. */
export async function openFixture(): Promise<Fixture> {
  const test = await createTestDatabase();
  const model = fixtureModel();
  const { database } = test;
  for (const step of ddlForChange(null, tableShapes(model)).steps) {
    await database.run(step.sql, [], { script: true });
  }
  const environment: WriteEnvironment = { model, database, hooks: new HookRegistry() };
  const system = systemPrincipal({ id: id(1), businessUnitId: UNIT });
  const principals = new Map<string, Promise<Principal>>();
  const fixture: Fixture = {
    test,
    model,
    environment,
    system,
    entity: (name) => entityNamed(model, name),
    create: (as, name, values, representation = null) =>
      executeWrite(environment, {
        operation: 'create',
        entity: entityNamed(model, name),
        values,
        principal: as,
        client: 'test',
        representation,
      }),
    update: (as, name, record, values, { ifMatch = null, representation = null } = {}) =>
      executeWrite(environment, {
        operation: 'update',
        entity: entityNamed(model, name),
        id: record,
        values,
        ifMatch,
        principal: as,
        client: 'test',
        representation,
      }),
    remove: (as, name, record, ifMatch) =>
      executeWrite(environment, {
        operation: 'delete',
        entity: entityNamed(model, name),
        id: record,
        ifMatch: ifMatch ?? null,
        principal: as,
        client: 'test',
      }),
    restore: (as, name, record) =>
      executeWrite(environment, {
        operation: 'restore',
        entity: entityNamed(model, name),
        id: record,
        principal: as,
        client: 'test',
      }),
    principal(role, unit = UNIT) {
      const key = `${role} ${unit}`;
      const known = principals.get(key) ?? makePrincipal(fixture, role, unit, 100 + principals.size);
      principals.set(key, known);
      return known;
    },
    row: async (name, record) => {
      const rows = await database.run(`select row_to_json(t)::text as row from data."${name}" t where id = $1::uuid`, [
        record,
      ]);
      return JSON.parse(String(rows[0]?.row ?? 'null')) as Row;
    },
    log: async (record) => logOf(fixture, record),
  };
  for (const [number, unit] of [UNIT, OTHER_UNIT].entries()) {
    await executeWrite(environment, {
      operation: 'create',
      entity: entityNamed(model, 'business_unit'),
      id: unit,
      values: { name: `unit ${number}` },
      principal: system,
      client: null,
      representation: null,
    });
  }
  return fixture;
}

async function makePrincipal(fixture: Fixture, role: string, unit: string, number: number): Promise<Principal> {
  const { model, test, system } = fixture;
  const name = `${role}${number}`;
  const user = await fixture.create(system, 'user', {
    full_name: name,
    email: `${name}@example.org`,
    owning_business_unit_id: unit,
  });
  await fixture.create(system, 'role_assignment', { user_id: user.id, role });
  return principalOf(test.database, model, {
    id: user.id,
    unit,
    teams: [],
    roles: [{ role, holder: user.id, unit }],
    subtrees: { [unit]: [unit] },
    entities: role === 'unit_creator' ? { order: { shares: 1, rows: 0 } } : {},
  });
}

async function logOf(fixture: Fixture, record: string): Promise<readonly LogRow[]> {
  const rows = await fixture.test.database.run(
    'select operation, version::text as version, actor_id::text as actor, client, before::text as before, after::text as after ' +
      'from kartoteka.change_log l where record_id = $1::uuid order by l.version, l.id',
    [record],
  );
  const image = (value: Row[string] | undefined) =>
    typeof value === 'string' ? (JSON.parse(value) as Record<string, unknown>) : null;
  return rows.map((row) => ({ ...(row as unknown as LogRow), before: image(row.before), after: image(row.after) }));
}

function entityNamed(model: Model, name: string): EntityType {
  const found = model.entities.get(name);
  if (found === undefined) throw new Error(`no entity ${name}`);
  return found;
}
