// Records that a write refers to: the targets of its lookups and its new owner, each locked FOR KEY SHARE in the write's own
// statement, so that none of them is deleted before the write commits, and judged by the rights on both sides.
import type { EntityType, Privilege } from '@kartoteka/metadata';
import { isParent, ownerEntities, ownerProperty } from '../plan/write.ts';
import type { LookupNode } from '../plan/write-plan.ts';
import { arrayLiteral, DIRECTORY, DIRECTORY_PROPERTIES, entityOf } from '../security/directory.ts';
import { copiedSql } from './owners.ts';
import { columnOf } from './scope.ts';
import { quoteLiteral, tableOf } from './statement.ts';
import type { CheckWriter } from './write-checks.ts';
import { accessSql, givenValue, newRowAccessSql, type RightsContext, type WriteContext } from './write-row.ts';

/**
 * Failure of a right on a record, worded by whether any role gives the privilege at all. `id`: SQL of the record's id where it is another
 * one than is written; it is evaluated where the check fails.
 */
export function addAccessCheck(
  context: RightsContext,
  checks: CheckWriter,
  failsWhen: string,
  right: {
    readonly entity: EntityType;
    readonly privilege: Privilege;
    readonly rank: 'record' | 'targets';
    readonly target?: string;
    readonly id?: string;
  },
): void {
  const { granted } = context.authorized.access(right.entity, right.privilege);
  const check = {
    rank: right.rank,
    code: granted ? 'missing_privilege_on_record' : 'missing_privilege',
    values: { privilege: right.privilege, entity: right.entity.name },
    record: right.id === undefined ? 'own' : 'shown',
    ...(right.target === undefined ? {} : { target: right.target }),
  } as const;
  checks.failsWhen(failsWhen, check, right.id === undefined ? [] : [`${right.id}::text`]);
}

/**
 * Joins that find and lock the targets of the lookups that change, with the checks that judge them. `row` is the alias of the
 * record as the right `append` on it is judged (update: as it was; create: as it will be), `old` the row before, if any.
 */
export function lookupTargets(context: WriteContext, checks: CheckWriter, row: string, old: string | null): string {
  return context.plan.lookups
    .map((lookup, index) => lookupTarget(context, checks, lookup, `l${index}`, row, old))
    .join('');
}

/** A lookup that a statement moves: its new value, when it changes, and on which row. */
interface Move {
  readonly lookup: LookupNode;
  /** SQL of the new id, and that of the old one (update only). */
  readonly value: string;
  readonly before: string | null;
  readonly changes: string;
}

function lookupTarget(
  context: WriteContext,
  checks: CheckWriter,
  lookup: LookupNode,
  alias: string,
  row: string,
  old: string | null,
): string {
  const { property, target } = lookup;
  const entity = context.plan.entity;
  const move = moveOf(context, lookup, old);
  const append = old === null ? newRowAccessSql(context, 'append', row) : accessSql(context, entity, 'append', row);
  if (append !== 'true') {
    const right = { entity, privilege: 'append', rank: 'record', target: property.name } as const;
    const judged = old === null ? `${move.changes}${parentFound(context)}` : move.changes;
    addAccessCheck(context, checks, `${judged} and not ${append}`, right);
  }
  const joined = target === null ? '' : newTarget(context, checks, move, target, alias);
  if (old !== null) addFormerChecks(context, checks, move, old);
  return joined;
}

function moveOf(context: WriteContext, lookup: LookupNode, old: string | null): Move {
  const { entity } = context.plan;
  const value = givenValue(context, lookup.property);
  if (old === null) return { lookup, value, before: null, changes: `${value} is not null` };
  const before = columnOf(old, entity, lookup.property.name);
  const moves = `${before} is distinct from ${value}`;
  if (lookup.type === null) return { lookup, value, before, changes: moves };
  const retyped = `${columnOf(old, entity, lookup.type.name)} is distinct from ${givenValue(context, lookup.type)}`;
  return { lookup, value, before, changes: `(${moves} or ${retyped})` };
}

/** The join that finds and locks the record a lookup is going to name, and its checks. */
function newTarget(
  context: WriteContext,
  checks: CheckWriter,
  { lookup, value, before, changes }: Move,
  target: EntityType,
  alias: string,
): string {
  const { name } = lookup.property;
  const readable = accessSql(context, target, 'read', 't');
  const appendable = accessSql(context, target, 'append_to', 't');
  checks.failsWhen(`${value} is not null and ${before === null ? '' : `${changes} and `}${alias}.id is null`, {
    rank: 'values',
    code: 'target_not_found',
    values: { name },
    target: name,
  });
  const right = { entity: target, privilege: 'append_to', rank: 'targets', target: name, id: `${alias}.id` } as const;
  if (appendable !== 'true') addAccessCheck(context, checks, `not ${alias}."@appendable"`, right);
  const conditions = [
    `t.id = ${value}`,
    // Not "is null": as long as a table has no statistics, PostgreSQL takes the indexes of living records to be all but empty
    // and reads one of them from end to end for every target.
    'num_nonnulls(t.deleted_on) = 0',
    ...(readable === 'true' ? [] : [readable]),
    ...(before === null ? [] : [changes]),
  ];
  const owner = isParent(context.plan.entity, lookup) ? `, ${ownershipColumns(target)}` : '';
  return (
    ` left join lateral (select t.id, ${appendable} as "@appendable"${owner} from ${tableOf(target)} t ` +
    `where ${conditions.join(' and ')} for key share of t${context.hasty === true ? ' skip locked' : ''}) ${alias} on true`
  );
}

/** The record that a lookup leaves is judged as the one it goes to; of several targets the one that it named. */
function addFormerChecks(context: WriteContext, checks: CheckWriter, move: Move, old: string): void {
  const { lookup, before, changes } = move;
  for (const target of lookup.former) {
    const named =
      lookup.type === null
        ? `${before} is not null`
        : `${columnOf(old, context.plan.entity, lookup.type.name)} = ${quoteLiteral(target.name)}`;
    // Each by itself, so that the refusal names the one that is missing: the record lets its reader know that there is a target.
    for (const privilege of ['append_to', 'read'] as const) {
      const held = accessSql(context, target, privilege, 't');
      if (held === 'true') continue;
      const found = `exists (select from ${tableOf(target)} t where t.id = ${before} and ${held})`;
      const place = { rank: 'targets', target: lookup.property.name, id: before ?? 'null' } as const;
      const right = { entity: target, privilege, ...place };
      addAccessCheck(context, checks, `${named} and ${changes} and not ${found}`, right);
    }
  }
}

/** Owner and unit of a parent `t`. */
function ownershipColumns(parent: EntityType): string {
  const copied = (name: string): string => copiedSql(parent, name, 't');
  return `${copied('owner_id')} as "@owner", ${copied('owning_business_unit_id')} as "@unit"`;
}

/**
 * Owner and unit of a record of ownership `parent` by property, over the joins of lookupTargets, which have to stand before:
 * those of the parent that was found, else those of the row `old`. Empty when the write does not touch the parent.
 */
export function copiedOwner(context: WriteContext, old: string | null): ReadonlyMap<string, string> {
  const { entity, lookups, owner } = context.plan;
  if (owner !== 'parent') return new Map();
  const copied = (name: string, from: string): [string, string] => {
    const found = lookups.flatMap((lookup, index) =>
      isParent(entity, lookup) ? [`when l${index}.id is not null then l${index}."${from}"`] : [],
    );
    const kept = old === null ? '' : ` else ${columnOf(old, entity, name)}`;
    return [name, `case ${found.join(' ')}${kept} end`];
  };
  return new Map([copied('owner_id', '@owner'), copied('owning_business_unit_id', '@unit')]);
}

/** ` and l0.id is not null`: without its parent a new row belongs to nobody, and that the parent is missing is what to say. */
export function parentFound({ plan }: WriteContext): string {
  if (plan.owner !== 'parent') return '';
  return plan.lookups
    .map((lookup, index) => (isParent(plan.entity, lookup) ? ` and l${index}.id is not null` : ''))
    .join('');
}

/** The same two of the row `next`, for the statement's later parts: a select list that goes on, and the values by property. */
export function carriedOwner(
  context: WriteContext,
  next: string,
): { readonly list: string; readonly values: ReadonlyMap<string, string> } {
  const { entity, owner } = context.plan;
  if (owner !== 'parent') return { list: '', values: new Map() };
  const list = `, ${columnOf(next, entity, 'owner_id')} as "@owner", ${columnOf(next, entity, 'owning_business_unit_id')} as "@unit"`;
  const values = [
    ['owner_id', 'c."@owner"'],
    ['owning_business_unit_id', 'c."@unit"'],
  ] as const;
  return { list, values: new Map(values) };
}

/**
 * Join `new_owner` that finds and locks the owner named by the payload, with `unit`, the business unit its records belong to.
 * Adds the checks: the owner exists, is active and readable, and may read records of this entity through a role.
 */
export function newOwner(context: WriteContext, checks: CheckWriter, old: string | null): string {
  const { plan, authorized } = context;
  const property = ownerProperty(plan.entity);
  if (property === undefined || (plan.owner !== 'given' && plan.owner !== 'ruled')) return '';
  const value = givenValue(context, property);
  const changes = old === null ? 'true' : `${columnOf(old, plan.entity, property.name)} is distinct from ${value}`;
  checks.failsWhen(`${changes} and new_owner.id is null`, {
    rank: 'values',
    code: 'target_not_found',
    values: { name: property.name },
    target: property.name,
  });
  if (plan.entity.ownership === 'user') {
    checks.failsWhen(`${changes} and new_owner.id is not null and not ${holdsRead(context, value)}`, {
      rank: 'values',
      code: 'invalid_value',
      values: { name: property.name, reason: `the new owner holds no role that reads ${plan.entity.name} records` },
      target: property.name,
    });
  }
  const sources = ownerEntities(authorized.model, plan.entity).map((owner) =>
    ownerSource(context, owner, value, changes),
  );
  return ` left join lateral (${sources.join(' union all ')}) new_owner on true`;
}

function ownerSource(context: WriteContext, owner: EntityType, value: string, changes: string): string {
  const unit = context.plan.entity.ownership === 'user' ? columnOf('t', owner, DIRECTORY_PROPERTIES.unit) : 't.id';
  const conditions = [`t.id = ${value}`, changes, 't.deleted_on is null', ownerReadable(context, owner, value)];
  if (owner.properties.has(DIRECTORY_PROPERTIES.active)) {
    conditions.push(`${columnOf('t', owner, DIRECTORY_PROPERTIES.active)} is not false`);
  }
  const wanted = conditions.filter((condition) => condition !== 'true');
  return `select * from (select t.id, ${unit} as unit from ${tableOf(owner)} t where ${wanted.join(' and ')} for key share of t) ${owner.name}_owner`;
}

/** Everybody may name oneself, and one's own unit. */
function ownerReadable(context: WriteContext, owner: EntityType, value: string): string {
  // A rule gives records to whom its author wants, whether or not their creator sees him.
  if (context.plan.owner === 'ruled') return 'true';
  const readable = accessSql(context, owner, 'read', 't');
  if (readable === 'true') return readable;
  return `(${value} = ${ownOwner(context)} or ${readable})`;
}

/** The owner that a record created by the principal gets when none is named: the principal, or the principal's unit. */
export function ownOwner(context: WriteContext): string {
  const name = context.plan.entity.ownership === 'user' ? 'me' : 'my_business_unit';
  return context.slots.use({ from: 'context', name }, 'uuid');
}

/** Whether the owner, or a team of the owner, is assigned a role that reads the entity at some depth. */
function holdsRead(context: WriteContext, owner: string): string {
  const { model } = context.authorized;
  const roles = [...model.roles.values()].filter((role) =>
    role.grants.some((grant) => grant.privilege === 'read' && grant.entity === context.plan.entity.name),
  );
  const names = context.slots.use({ from: 'constant', value: arrayLiteral(roles.map((role) => role.name)) }, 'text[]');
  const assignment = entityOf(model, DIRECTORY.roleAssignment);
  const member = entityOf(model, DIRECTORY.teamMember);
  const property = DIRECTORY_PROPERTIES;
  const teams =
    `select ${columnOf('m', member, property.team)} from ${tableOf(member)} m ` +
    `where ${columnOf('m', member, property.user)} = ${owner} and m.deleted_on is null`;
  return (
    `exists (select from ${tableOf(assignment)} a where a.deleted_on is null and ${columnOf('a', assignment, property.role)} = any(${names}) ` +
    `and (${columnOf('a', assignment, property.user)} = ${owner} or ${columnOf('a', assignment, property.team)} = ${owner} ` +
    `or ${columnOf('a', assignment, property.team)} in (${teams})))`
  );
}
