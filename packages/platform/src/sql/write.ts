// An authorized create or update as one SQL statement: it locks the record and the records it refers to, judges every
// condition, writes the row and its change-log line only when none fails, and answers with the verdict. No values, no I/O.
import type { EntityType, Property } from '@kartoteka/metadata';
import { changedImageSql, changeLogInsert, imageSql, loggedProperties } from '../change-log.ts';
import { ownerProperty, PRINCIPAL_ENTITIES } from '../plan/write.ts';
import type { AuthorizedWrite } from '../plan/write-authorize.ts';
import type { WritePlan } from '../plan/write-plan.ts';
import { columnOf, tableOf } from './scope.ts';
import { type CompiledStatement, quoteIdentifier, quoteLiteral, SlotWriter } from './statement.ts';
import { CheckWriter, type WriteCheck } from './write-checks.ts';
import { addConditionChecks } from './write-conditions.ts';
import {
  accessSql,
  columnList,
  givenValue,
  newRow,
  newRowAccessSql,
  type WriteContext,
  writtenValues,
} from './write-row.ts';
import { addAccessCheck, lookupTargets, newOwner } from './write-targets.ts';

/** Prints the answer's JSON text of the written row, whose columns are those of the entity under `alias`. */
export type RowPrinter = (alias: string, slots: SlotWriter) => string;

/** Which columns the statement answers with besides `failed` and `version`. */
export interface WriteAnswer {
  /** `body`: the written (or, when nothing changed, the unchanged) row, null when the principal may not read it. */
  readonly body: RowPrinter | null;
  /** `before` and `after`: the images as the change log holds them. */
  readonly images: boolean;
}

/**
 * Rows: none when an update finds no readable record; else one with `failed` (numbers into `checks`, '' = written),
 * `changed` (false: an update that changes nothing, so nothing was written), `version`, and what WriteAnswer asks for.
 * Parameters by name: each given property, `id`, `@client` and `@if_match` (bigint array).
 */
export interface CompiledWrite {
  readonly statement: CompiledStatement;
  readonly checks: readonly WriteCheck[];
}

/** Prints the statement. The same plan and the same access shapes give the same text. */
export function compileWrite(authorized: AuthorizedWrite, answer: WriteAnswer): CompiledWrite {
  const slots = new SlotWriter();
  const context: WriteContext = { authorized, plan: authorized.plan, slots };
  const checks = new CheckWriter();
  const text =
    authorized.plan.operation === 'create' ? createSql(context, checks, answer) : updateSql(context, checks, answer);
  return { statement: { text, slots: slots.slots }, checks: checks.checks };
}

function createSql(context: WriteContext, checks: CheckWriter, answer: WriteAnswer): string {
  const { plan, slots } = context;
  const { entity } = plan;
  const values = systemValues(context);
  for (const [name, value] of writtenValues(context, null)) values.set(name, value);
  const owner = newOwner(context, checks, null);
  addCreateAccess(context, checks);
  addConditionChecks(context, checks, 'n', null);
  const targets = lookupTargets(context, checks, 'n', null);
  const unit = owner === '' ? '' : ', new_owner.unit as "@unit"';
  const judged = `select ${checks.sql()} as "@failed"${unit} from (select) one${owner} cross join lateral (${newRow(entity, values, null)}) n${targets}`;
  if (plan.owner === 'given' && entity.ownership === 'user') values.set('owning_business_unit_id', 'c."@unit"');
  const set = [...values].map(([name, value]) => ({ property: propertyOf(entity, name), value }));
  const columns = set.map(({ property }) => quoteIdentifier(property.column)).join(', ');
  const insert =
    `insert into ${tableOf(entity)} as t (${columns}) select ${set.map(({ value }) => value).join(', ')} ` +
    `from c where c."@failed" = '' returning ${columnList(entity, 't', answer.body === null ? new Set(values.keys()) : null)}`;
  const logged = loggedProperties(set.map(({ property }) => property));
  const log = changeLogInsert(
    {
      entity,
      operation: 'create',
      id: 'w.id',
      version: 'w.version',
      before: 'null::jsonb',
      after: imageSql(logged, 'w'),
      from: 'w',
    },
    slots,
  );
  return assemble(context, answer, [
    `c as materialized (${judged})`,
    ...principalRow(context),
    `w as (${insert})`,
    `l as (${log}${answer.images ? ' returning before, after' : ''})`,
  ]);
}

/** Values the engine gives a new row: identity, stamps, version and, unless the payload names it, the owner. */
function systemValues(context: WriteContext): Map<string, string> {
  const { plan, slots } = context;
  const me = slots.use({ from: 'context', name: 'me' }, 'uuid');
  const values = new Map([
    ['id', slots.use({ from: 'value', name: 'id' }, 'uuid')],
    ['created_on', 'now()'],
    ['created_by_id', me],
    ['modified_on', 'now()'],
    ['modified_by_id', me],
    ['version', '1'],
  ]);
  if (plan.owner === 'creator' && plan.entity.ownership === 'user') values.set('owner_id', me);
  if (plan.owner === 'creator')
    values.set('owning_business_unit_id', slots.use({ from: 'context', name: 'my_business_unit' }, 'uuid'));
  if (plan.owner === 'given' && plan.entity.ownership === 'user')
    values.set('owning_business_unit_id', 'new_owner.unit');
  return values;
}

/** Users and teams are owners of records: their row in the common supertable is made with them. */
function principalRow(context: WriteContext): readonly string[] {
  const kind = PRINCIPAL_ENTITIES.find((name) => name === context.plan.entity.name);
  if (kind === undefined) return [];
  const id = context.slots.use({ from: 'value', name: 'id' }, 'uuid');
  return [
    `p as (insert into kartoteka.principal (id, kind) select ${id}, ${quoteLiteral(kind)} from c where c."@failed" = '')`,
  ];
}

function addCreateAccess(context: WriteContext, checks: CheckWriter): void {
  const { plan } = context;
  const { entity } = plan;
  const create = newRowAccessSql(context, 'create', 'n');
  if (create !== 'true')
    addAccessCheck(context, checks, `not ${create}`, { entity, privilege: 'create', rank: 'record' });
  if (plan.owner !== 'given') return;
  const assign = accessSql(context, entity, 'assign', 'n');
  if (assign === 'true') return;
  const me = context.slots.use(
    { from: 'context', name: entity.ownership === 'user' ? 'me' : 'my_business_unit' },
    'uuid',
  );
  const property = ownerProperty(entity);
  const other = property === undefined ? 'true' : `${columnOf('n', entity, property.name)} <> ${me}`;
  addAccessCheck(context, checks, `${other} and not ${assign}`, { entity, privilege: 'assign', rank: 'record' });
}

function updateSql(context: WriteContext, checks: CheckWriter, answer: WriteAnswer): string {
  const { plan, slots } = context;
  const { entity } = plan;
  const id = slots.use({ from: 'value', name: 'id' }, 'uuid');
  const readable = accessSql(context, entity, 'read', 't');
  addUpdateAccess(context, checks);
  const owner = newOwner(context, checks, 'o');
  const next = new Map(writtenValues(context, 'o'));
  if (owner !== '' && entity.ownership === 'user') {
    next.set(
      'owning_business_unit_id',
      `coalesce(new_owner.unit, ${columnOf('o', entity, 'owning_business_unit_id')})`,
    );
  }
  addConditionChecks(context, checks, 'n', 'o');
  const targets = lookupTargets(context, checks, 'o', 'o');
  const compared = plan.given.map(
    (property) => `${columnOf('o', entity, property.name)} is distinct from ${givenValue(context, property)}`,
  );
  const kept = answer.body === null ? keptColumns(plan) : null;
  const locked =
    `select ${columnList(entity, 't')} from ${tableOf(entity)} t where t.id = ${id} and t.deleted_on is null` +
    `${readable === 'true' ? '' : ` and ${readable}`} for no key update of t`;
  const judged =
    `select ${columnList(entity, 'o', kept)}${owner === '' ? '' : ', new_owner.unit as "@unit"'}, ${checks.sql()} as "@failed", ` +
    `${compared.length === 0 ? 'false' : compared.join(' or ')} as "@changed", clock_timestamp() as "@at" ` +
    `from (${locked}) o${owner} cross join lateral (${newRow(entity, next, 'o')}) n${targets}`;
  const set = new Map(writtenValues(context, 'c'));
  if (next.has('owning_business_unit_id') && entity.ownership === 'user') {
    set.set('owning_business_unit_id', `coalesce(c."@unit", ${columnOf('c', entity, 'owning_business_unit_id')})`);
  }
  return assemble(context, answer, [
    `c as materialized (${judged})`,
    `w as (${applySql(context, set, id, kept)})`,
    `l as (${updateLog(context, set)}${answer.images ? ' returning before, after' : ''})`,
  ]);
}

/** What later parts of an update need of the old and the new row when the answer does not show all of it. */
function keptColumns(plan: WritePlan): ReadonlySet<string> {
  const names = plan.given.map((property) => property.name);
  for (const property of plan.derived) names.push(property.name, ...(property.derived?.from ?? []));
  if (plan.owner === 'given') names.push('owning_business_unit_id');
  return new Set(['id', 'version', ...names]);
}

function applySql(
  context: WriteContext,
  set: ReadonlyMap<string, string>,
  id: string,
  kept: ReadonlySet<string> | null,
): string {
  const { plan, slots } = context;
  const { entity } = plan;
  const assignments = [...set].map(([name, value]) => `${quoteIdentifier(propertyOf(entity, name).column)} = ${value}`);
  const column = (name: string): string => quoteIdentifier(propertyOf(entity, name).column);
  assignments.push(
    `${column('version')} = ${columnOf('t', entity, 'version')} + 1`,
    `${column('modified_on')} = c."@at"`,
    `${column('modified_by_id')} = ${slots.use({ from: 'context', name: 'me' }, 'uuid')}`,
  );
  return (
    `update ${tableOf(entity)} t set ${assignments.join(', ')} from c ` +
    `where t.id = ${id} and c."@failed" = '' and c."@changed" returning ${columnList(entity, 't', kept)}`
  );
}

function updateLog(context: WriteContext, set: ReadonlyMap<string, string>): string {
  const { entity } = context.plan;
  const logged = loggedProperties([...set.keys()].map((name) => propertyOf(entity, name)));
  const before = changedImageSql(logged, 'c', 'w');
  const after = changedImageSql(logged, 'w', 'c');
  return changeLogInsert(
    { entity, operation: 'update', id: 'w.id', version: 'w.version', before, after, from: 'w, c' },
    context.slots,
  );
}

function addUpdateAccess(context: WriteContext, checks: CheckWriter): void {
  const { plan, slots } = context;
  const { entity } = plan;
  const write = accessSql(context, entity, 'write', 'o');
  if (write !== 'true') addAccessCheck(context, checks, `not ${write}`, { entity, privilege: 'write', rank: 'record' });
  const owner = ownerProperty(entity);
  if (plan.owner === 'given' && owner !== undefined) {
    const assign = accessSql(context, entity, 'assign', 'o');
    const changes = `${columnOf('o', entity, owner.name)} is distinct from ${givenValue(context, owner)}`;
    if (assign !== 'true')
      addAccessCheck(context, checks, `${changes} and not ${assign}`, { entity, privilege: 'assign', rank: 'record' });
  }
  if (!plan.versioned) return;
  const versions = slots.use({ from: 'value', name: '@if_match' }, 'bigint[]');
  checks.failsWhen(`${columnOf('o', entity, 'version')} <> all(${versions})`, {
    rank: 'version',
    code: 'precondition_failed',
    values: {},
  });
}

/** The WITH parts and the answer's columns. */
function assemble(context: WriteContext, answer: WriteAnswer, parts: readonly string[]): string {
  const { entity, operation } = context.plan;
  const update = operation === 'update';
  const version = update ? `coalesce(w.version, ${columnOf('c', entity, 'version')})` : 'w.version';
  const columns = [
    'c."@failed" as failed',
    `${update ? 'c."@changed"' : 'true'} as changed`,
    `${version}::text as version`,
  ];
  let from = 'c left join w on true';
  if (answer.body !== null) {
    if (update) from += ` ${unchangedOrWritten(entity)}`;
    columns.push(`${bodySql(context, answer.body, update ? 'r' : 'w')} as body`);
  }
  if (answer.images) {
    columns.push('l.before::text as before', 'l.after::text as after');
    from += ' left join l on true';
  }
  return `with ${parts.join(', ')} select ${columns.join(', ')} from ${from}`;
}

function unchangedOrWritten(entity: EntityType): string {
  const kept = `select ${columnList(entity, 'c')} where c."@failed" = '' and not c."@changed"`;
  return `left join lateral (select ${columnList(entity, 'w')} where w.id is not null union all ${kept}) r on true`;
}

function bodySql(context: WriteContext, print: RowPrinter, alias: string): string {
  const { plan } = context;
  const created = plan.operation === 'create';
  const readable = created ? newRowAccessSql(context, 'read', alias) : accessSql(context, plan.entity, 'read', alias);
  const shown = readable === 'true' ? `${alias}.id is not null` : `${alias}.id is not null and ${readable}`;
  return `case when ${shown} then ${print(alias, context.slots)} end`;
}

function propertyOf(entity: EntityType, name: string): Property {
  const property = entity.properties.get(name);
  if (property === undefined) throw new Error(`${entity.name} has no property ${name}`);
  return property;
}
