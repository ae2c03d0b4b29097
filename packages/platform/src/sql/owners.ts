// Statements by which records follow the owner of the record that a lookup of theirs names. Each is one statement over an array
// of ids, so that a change of owner costs statements per relation, not per record. No values, no I/O.
import { type EntityType, type Model, type OwnerRelation, ownerRelations } from '@kartoteka/metadata';
import { changedImageSql, changeLogInsert } from '../change-log.ts';
import { columnOf, holdsSql } from './scope.ts';
import { type CompiledStatement, quoteIdentifier, quoteLiteral, SlotWriter, tableOf } from './statement.ts';
import { propertyOf } from './write-row.ts';

/** Properties that say to whom a record belongs, those that the entity has. */
export function ownershipProperties(entity: EntityType): readonly string[] {
  return ['owner_id', 'owning_business_unit_id'].filter((name) => entity.properties.has(name));
}

/**
 * Copies owner and unit of the records `@parents` to the live records of ownership `parent` that refer to them, at most
 * `@most`. A copy is no work on the record: version and change log say it, who modified it last stays. Rows: `id`, and
 * `before` and `after` when `images`.
 */
export function copyOwnerStatement(model: Model, relation: OwnerRelation, images: boolean): CompiledStatement {
  const slots = new SlotWriter();
  const { child } = relation;
  const names = ownershipProperties(child);
  const columns = (alias: string, list: readonly string[]): string =>
    list.map((name) => columnOf(alias, child, name)).join(', ');
  const set = names.map((name) => `${quoteIdentifier(propertyOf(child, name).column)} = c.${copyName(name)}`);
  const version = `${quoteIdentifier(propertyOf(child, 'version').column)} = ${columnOf('t', child, 'version')} + 1`;
  // The old values are handed on by the update: a join of the two sets would have no index to go by.
  const former = names.map((name) => `${columnOf('c', child, name)} as ${formerName(name)}`);
  const shown = [columns('t', ['id', 'version', ...names]), ...former].join(', ');
  const update = `update ${tableOf(child)} t set ${[...set, version].join(', ')} from c where t.id = c.id returning ${shown}`;
  const before = names.map((name) => `w.${formerName(name)} as ${quoteIdentifier(propertyOf(child, name).column)}`);
  const logged = names.map((name) => propertyOf(child, name));
  const log = changeLogInsert(
    {
      entity: child,
      operation: 'update',
      id: 'w.id',
      version: 'w.version',
      before: changedImageSql(logged, 'b', 'w'),
      after: changedImageSql(logged, 'w', 'b'),
      from: `w cross join lateral (select ${before.join(', ')}) b`,
    },
    slots,
  );
  const parts = [
    `p as materialized (${parentsSql(model, relation, slots)})`,
    `c as materialized (${followersSql(model, relation, columns('t', ['id', ...names]), slots)})`,
    `w as (${update})`,
    `l as (${log} returning record_id, before, after)`,
  ];
  const logs = images ? ', l.before::text as before, l.after::text as after' : '';
  return {
    text: `with ${parts.join(', ')} select l.record_id::text as id${logs} from l`,
    slots: slots.slots,
  };
}

/**
 * Locks the live records that are assigned with those they refer to (`@parents`, whose owner was `@formers` and is `@owner`), at
 * most `@most`, without those that have the owner already. Rows: `id`. Whether they may be assigned is not judged here.
 */
export function assignedStatement(relation: OwnerRelation): CompiledStatement {
  const slots = new SlotWriter();
  const { child, navigation, follows } = relation;
  const owner = columnOf('t', child, ownershipProperties(child)[0] ?? 'owner_id');
  const ids = (name: string): string => slots.use({ from: 'value', name }, 'uuid[]');
  const which = { copy: [], all: [], owned: [`${owner} = p.former`], active: openTests(child) }[follows];
  const tests = [
    't.deleted_on is null',
    `${owner} is distinct from ${slots.use({ from: 'value', name: '@owner' }, 'uuid')}`,
    ...which,
  ];
  const text =
    `select t.id::text as id from unnest(${ids('@parents')}, ${ids('@formers')}) p(id, former) ` +
    `join ${tableOf(child)} t on ${columnOf('t', child, navigation.property)} = p.id${holdsSql('t', child, navigation)} ` +
    `where ${tests.join(' and ')} order by t.id limit ${slots.use({ from: 'value', name: '@most' }, 'bigint')} for no key update of t`;
  return { text, slots: slots.slots };
}

/** A record is closed by a value that says so (won, lost) in any of its choices; else it is active. */
function openTests(entity: EntityType): readonly string[] {
  const closing = [...entity.properties.values()].filter(({ closed = [] }) => closed.length > 0);
  return closing.flatMap(({ name, closed = [] }) => {
    const column = columnOf('t', entity, name);
    return [`(${column} is null or ${column} not in (${closed.map(quoteLiteral).join(', ')}))`];
  });
}

/** Copies owner and unit of what they refer to to the records `@ids` of ownership `parent`, locked before, without a trace. */
export function takeOwnerStatement(
  model: Model,
  { child, navigation }: Pick<OwnerRelation, 'child' | 'navigation'>,
): CompiledStatement {
  const slots = new SlotWriter();
  const names = ownershipProperties(child);
  const parent = parentOf(model, navigation);
  const set = names.map(
    (name) => `${quoteIdentifier(propertyOf(child, name).column)} = ${copiedSql(parent, name, 'p')}`,
  );
  const ids = slots.use({ from: 'value', name: '@ids' }, 'uuid[]');
  const refers = `${columnOf('t', child, navigation.property)} = p.id${holdsSql('t', child, navigation)}`;
  const text = `update ${tableOf(child)} t set ${set.join(', ')} from ${tableOf(parent)} p where t.id = any(${ids}) and ${refers}`;
  return { text, slots: slots.slots };
}

function parentOf(model: Model, { target }: OwnerRelation['navigation']): EntityType {
  const parent = model.entities.get(target);
  if (parent === undefined) throw new Error(`the Model has no entity ${target}`);
  return parent;
}

/** What a record of ownership `parent` copies of its parent; null where the parent has none. */
export function copiedSql(parent: EntityType, name: string, alias: string): string {
  return parent.properties.has(name) ? columnOf(alias, parent, name) : 'null::uuid';
}

const copyName = (property: string): string => quoteIdentifier(`@${property}`);
const formerName = (property: string): string => quoteIdentifier(`@former_${property}`);

/** The parents with what is copied of them, null where they have none. */
function parentsSql(model: Model, { child, navigation }: OwnerRelation, slots: SlotWriter): string {
  const parent = parentOf(model, navigation);
  const copied = ownershipProperties(child).map((name) => `${copiedSql(parent, name, 't')} as ${copyName(name)}`);
  const ids = slots.use({ from: 'value', name: '@parents' }, 'uuid[]');
  return `select t.id, ${copied.join(', ')} from ${tableOf(parent)} t where t.id = any(${ids})`;
}

/** Locked as a record whose owner changes by an update of its own (write-update.ts). */
function followersSql(model: Model, relation: OwnerRelation, columns: string, slots: SlotWriter): string {
  const { child, navigation } = relation;
  const names = ownershipProperties(child);
  const differs = names.map((name) => `${columnOf('t', child, name)} is distinct from p.${copyName(name)}`);
  const refers = `${columnOf('t', child, navigation.property)} = p.id${holdsSql('t', child, navigation)}`;
  const most = slots.use({ from: 'value', name: '@most' }, 'bigint');
  const lock = ownerRelations(model, child).length > 0 ? 'update' : 'no key update';
  const copies = names.map((name) => `p.${copyName(name)}`).join(', ');
  return (
    `select ${columns}, ${copies} from p join ${tableOf(child)} t on ${refers} ` +
    `where t.deleted_on is null and (${differs.join(' or ')}) order by t.id limit ${most} for ${lock} of t`
  );
}
