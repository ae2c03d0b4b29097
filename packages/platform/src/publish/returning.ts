// Kept tables and columns that come back after others went on without them: lookups and links whose target has gone meanwhile, and owners
// that were copied from parents which have others by now. Pure; it writes the statements and runs none.
import {
  type EntityType,
  type Model,
  type Navigation,
  type Property,
  parentNavigations,
  type TableShape,
} from '@kartoteka/metadata';
import type { DdlPlan, DdlPrecondition, DdlStep } from '../sql/ddl.ts';
import { qualified } from '../sql/ddl-rows.ts';
import { copiedSql, ownershipProperties } from '../sql/owners.ts';
import { columnOf, holdsSql } from '../sql/scope.ts';
import { quoteIdentifier } from '../sql/statement.ts';
import type { Remains } from './package-store.ts';
import type { Revived } from './remains.ts';

/** Rows that one statement goes through. */
const CLEARED_AT_ONCE = 1000;

/** Without tables of links one side of which is not there any more: they would lead from or to records that nobody has. */
export function withoutLooseLinks(offer: Remains, known: Revived, after: readonly TableShape[]): Remains {
  const loose = after.filter(
    ({ name, primaryKey, foreignKeys }) =>
      known.offered.has(name) && primaryKey.length > 1 && foreignKeys.some((key) => !isThere(known, key.references)),
  );
  if (loose.length === 0) return offer;
  return { ...offer, tables: offer.tables.filter((table) => !loose.some(({ name }) => name === table.name)) };
}

/** Lookups whose targets are all gone: their values name nothing. */
export function looseLookups(known: Revived, model: Model): { readonly entity: string; readonly property: string }[] {
  return lookupsBack(known, model)
    .filter(({ targets }) => targets.every(({ table }) => !isThere(known, `data.${table}`)))
    .flatMap(({ entity, stored }) => stored.map((property) => ({ entity: entity.name, property: property.name })));
}

const isThere = ({ shapes }: Revived, references: string): boolean =>
  !references.startsWith('data.') || shapes.some(({ name }) => `data.${name}` === references);

interface LookupBack {
  readonly entity: EntityType;
  readonly navigations: readonly Navigation[];
  readonly targets: readonly EntityType[];
  /** The id, and of several targets the type. */
  readonly stored: readonly Property[];
}

function lookupsBack(known: Revived, model: Model): LookupBack[] {
  if (known.offered.size === 0) return [];
  return [...model.entities.values()].flatMap((entity) => {
    const toOne = [...entity.navigations.values()].filter(({ collection, field }) => !collection && field !== null);
    return [...Map.groupBy(toOne, ({ property }) => property)].flatMap(([name, navigations]): LookupBack[] => {
      const [first] = navigations;
      const stored = [name, first?.discriminator?.property].flatMap((each) => entity.properties.get(each ?? '') ?? []);
      const targets = navigations.flatMap(({ target }) => model.entities.get(target) ?? []);
      return stored.every((property) => isBack(known, entity, property))
        ? [{ entity, navigations, targets, stored }]
        : [];
    });
  });
}

function isBack({ offered, shapes }: Revived, { table }: EntityType, { column }: Property): boolean {
  if (offered.has(`${table}.${column}`)) return true;
  const kept = shapes.find(({ name }) => name === table);
  return offered.has(table) && kept?.columns.some(({ name }) => name === column) === true;
}

/** A row `t` names no record; a live one no live record. */
function isBroken({ entity, navigations, stored: [id] }: LookupBack, known: Revived, model: Model): string {
  const value = columnOf('t', entity, id?.name ?? 'id');
  const found = navigations.flatMap((navigation) => {
    const target = model.entities.get(navigation.target);
    if (target === undefined || !isThere(known, `data.${target.table}`)) return [];
    const live = '(r.deleted_on is null or t.deleted_on is not null)';
    const record = `exists (select from ${qualified(target.table)} r where r.id = ${value} and ${live})`;
    return [`(${record}${holdsSql('t', entity, navigation)})`];
  });
  return `${value} is not null and not (${found.join(' or ') || 'false'})`;
}

/**
 * The plan for tables that went on without what comes back: lookups that may be empty are emptied where their target has gone, others
 * refuse it; links to what has gone go; owners are taken from the parents as they are.
 */
export function withReturning(ddl: DdlPlan, known: Revived, { model, shapes }: Returned): DdlPlan {
  const lookups = lookupsBack(known, model);
  const links = shapes.filter(({ name, primaryKey }) => known.offered.has(name) && primaryKey.length > 1);
  const optional = lookups.filter(({ stored: [id] }) => id?.nullable === true);
  const required = lookups.filter((lookup) => !optional.includes(lookup));
  const looked = new Set([
    ...lookups.flatMap(({ entity, stored }) => stored.map(({ column }) => `${entity.table}.${column}`)),
    ...links.flatMap(({ name, primaryKey }) => primaryKey.map((column) => `${name}.${column}`)),
  ]);
  const inside = ddl.steps.filter(({ phase }) => phase === 'transaction');
  return {
    ...ddl,
    steps: [
      ...inside,
      ...ownerSteps(known, model),
      ...optional.map((lookup) => clearingStep(lookup, isBroken(lookup, known, model))),
      ...links.map(unlinkingStep),
      ...ddl.steps.filter(({ phase }) => phase === 'after'),
    ],
    preconditions: [
      ...ddl.preconditions.filter(({ reference }) => reference === undefined || !looked.has(reference)),
      ...required.map((lookup) => brokenPrecondition(lookup, isBroken(lookup, known, model))),
    ],
  };
}

export interface Returned {
  readonly model: Model;
  /** Of the Model. */
  readonly shapes: readonly TableShape[];
}

function brokenPrecondition({ entity, navigations, stored: [id] }: LookupBack, broken: string): DdlPrecondition {
  const targets = navigations.map(({ target }) => target).join(' or ');
  return {
    sql: `select 1 as found from ${qualified(entity.table)} t where ${broken} limit 1`,
    reason: `kept records of ${entity.name} name, by ${id?.field}, a ${targets} that has been deleted meanwhile`,
    underLock: false,
  };
}

/** The next rows after an id, as fill_rows has them. Nothing new can break: the references are there by then. */
function clearingStep({ entity, stored }: LookupBack, broken: string): DdlStep {
  const [id] = stored;
  const table = qualified(entity.table);
  const batch = `select id from ${table} where ($1::uuid is null or id > $1::uuid) order by id limit ${CLEARED_AT_ONCE}`;
  const empty = stored.map(({ column }) => `${quoteIdentifier(column)} = null`).join(', ');
  return {
    sql:
      `with b as materialized (${batch}), w as (update ${table} t set ${empty} from b where t.id = b.id and ${broken}) ` +
      'select id::text as last, (select count(*) from b)::text as rows from b order by id desc limit 1',
    description: `${entity.name}.${id?.field} is emptied where what it names has been deleted meanwhile`,
    phase: 'after',
    lock: 'rows of one batch, short',
    additive: true,
    table: entity.table,
    after: { kind: 'fill_rows', object: id?.column ?? 'id', table: entity.table },
  };
}

/** Few, if any: each batch looks for those that are left. */
function unlinkingStep({ name, entity, primaryKey, foreignKeys }: TableShape): DdlStep {
  const [table, key] = [qualified(name), primaryKey.map(quoteIdentifier).join(', ')];
  const gone = foreignKeys.map(
    ({ column, references }) => `not exists (select from ${references} r where r.id = l.${quoteIdentifier(column)})`,
  );
  return {
    sql:
      `with w as (delete from ${table} where (${key}) in (select ${key} from ${table} l ` +
      `where ($1::uuid is null or true) and (${gone.join(' or ')}) limit ${CLEARED_AT_ONCE}) returning own_id) ` +
      'select max(own_id::text) as last, count(*)::text as rows from w having count(*) > 0',
    description: `links of ${entity} whose record has been purged meanwhile go`,
    phase: 'after',
    lock: 'rows of one batch, short',
    additive: true,
    table: name,
    after: { kind: 'fill_rows', object: primaryKey[0] ?? 'own_id', table: name },
  };
}

/**
 * At once, because nobody may see for a moment what is not his any more: under the locks of the references, so that no parent changes
 * its owner meanwhile. Parents before their children.
 */
function ownerSteps({ offered }: Revived, model: Model): DdlStep[] {
  const back = [...model.entities.values()].filter(({ table, parent }) => parent !== undefined && offered.has(table));
  const depth = (entity: EntityType, seen: readonly EntityType[] = []): number => {
    const parents = parentNavigations(entity).flatMap(({ target }) => model.entities.get(target) ?? []);
    const above = parents.filter((each) => each.parent !== undefined && !seen.includes(each));
    return 1 + Math.max(0, ...above.map((each) => depth(each, [...seen, entity])));
  };
  return back
    .map((child) => ({ child, level: depth(child) }))
    .sort((a, b) => a.level - b.level)
    .flatMap(({ child }) => parentNavigations(child).map((navigation) => ownerStep(child, navigation, model)));
}

function ownerStep(child: EntityType, navigation: Navigation, model: Model): DdlStep {
  const parent = model.entities.get(navigation.target) as EntityType;
  const names = ownershipProperties(child);
  const [own, theirs] = [
    names.map((name) => columnOf('t', child, name)),
    names.map((name) => copiedSql(parent, name, 'p')),
  ];
  const set = names.map((name, at) => `${quoteIdentifier(child.properties.get(name)?.column ?? name)} = ${theirs[at]}`);
  const refers = `${columnOf('t', child, navigation.property)} = p.id${holdsSql('t', child, navigation)}`;
  const differs = `(${own.join(', ')}) is distinct from (${theirs.join(', ')})`;
  return {
    sql: `update ${qualified(child.table)} t set ${set.join(', ')} from ${qualified(parent.table)} p where ${refers} and t.deleted_on is null and ${differs}`,
    description: `records of ${child.name} belong to whom their ${parent.name} belongs by now`,
    phase: 'transaction',
    lock: `share row exclusive on ${parent.table} while the owners are compared`,
    additive: true,
    table: child.table,
    locks: [{ table: qualified(parent.table), mode: 'share row exclusive' }],
  };
}
