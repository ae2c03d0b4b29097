// What an entity needs of PostgreSQL (docs/architecture.md, "Storage conventions"), as data. It derives; statements are the
// platform's.
import { canonicalValue } from './canonical-value.ts';
import { contentHash } from './content-hash.ts';
import { duplicateIndexes } from './duplicate-keys.ts';
import { fieldContext } from './field-context.ts';
import { FIELD_TYPES } from './field-types/registry.generated.ts';
import type { EntityType, Model, Numbering, Property } from './model.ts';
import { checkName, foreignKeyName, indexName, keyIndexName, sequenceName } from './names.ts';
import { shareNavigations } from './ownership.ts';
import { searchTextSql, searchWordsSql } from './search-text.ts';
import type {
  CheckShape,
  ColumnShape,
  ForeignKeyShape,
  IndexShape,
  NumberingShape,
  TableShape,
} from './storage-shape-types.ts';
import { storedProperties } from './stored-properties.ts';
import { PRINCIPAL_ENTITIES } from './system-properties.ts';

/** Records that are not in the recycle bin, and those that are. */
const LIVE = 'deleted_on is null';
const DELETED = 'deleted_on is not null';
const PRINCIPAL_TABLE = 'kartoteka.principal';
const PRINCIPALS: ReadonlySet<string> = new Set([PRINCIPAL_ENTITIES.user, PRINCIPAL_ENTITIES.team]);

/** The table of an entity: columns in the order of its properties, then those that are not properties. */
export function tableShape(entity: EntityType, model: Model): TableShape {
  return {
    name: entity.table,
    entity: entity.name,
    primaryKey: ['id'],
    columns: [
      ...storedProperties(entity).map((property) => columnOf(entity, property)),
      { name: 'deleted_on', type: 'timestamptz', notNull: false, property: null },
      { name: 'delete_id', type: 'uuid', notNull: false, property: null },
    ],
    indexes: [...indexesOf(entity), ...duplicateIndexes(entity, model)],
    checks: checksOf(entity, model),
    foreignKeys: foreignKeysOf(entity, model),
  };
}

function columnOf(entity: EntityType, property: Property): ColumnShape {
  const { table } = entity;
  const { column, sqlType, nullable, name, derived } = property;
  const fill = nullable || property.default === undefined ? null : canonicalValue(property, property.default);
  return {
    name: column,
    type: sqlType,
    notNull: !nullable,
    property: name,
    ...(fill === null ? {} : { fill: sqlLiteral(fill) }),
    ...(derived?.fillsStored === undefined ? {} : { derived: derived.sql((other) => storedValue(entity, other)) }),
    ...(property.numbering === undefined ? {} : { numbering: numberingOf(table, column, property.numbering) }),
  };
}

const storedValue = (entity: EntityType, property: string): string =>
  `t."${entity.properties.get(property)?.column ?? property}"`;

function numberingOf(table: string, column: string, numbering: Numbering): NumberingShape {
  const sequence = sequenceName(table, column);
  const quoted = /^[a-z_][a-z0-9_]*$/.test(sequence) ? sequence : `"${sequence}"`;
  return {
    sequence,
    value: numbering.sql(`nextval('data.${quoted}'::regclass)`, 'now()'),
    storedValue: numbering.sql('b.n', 'b.created_on'),
  };
}

/** Names of the sequences of an entity's table. */
export function sequencesOf(entity: EntityType): readonly string[] {
  return storedProperties(entity).flatMap(({ column, numbering }) =>
    numbering === undefined ? [] : [sequenceName(entity.table, column)],
  );
}

const sqlLiteral = (text: string): string =>
  text.includes('\\') ? `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'` : `'${text.replaceAll("'", "''")}'`;

/** Per declared index one for each grant source that the records have; per lookup one; keys unique. No two alike. */
export function indexesOf(entity: EntityType): readonly IndexShape[] {
  const shapes = [
    ...grantIndexes(entity),
    ...lookupIndexes(entity),
    ...typeIndexes(entity),
    ...declaredIndexes(entity),
  ];
  const distinct = new Map<string, IndexShape>();
  for (const shape of shapes) {
    const columns = shape.columns.join(' ');
    if (!distinct.has(columns)) distinct.set(columns, shape);
  }
  const keys = [...entity.keys.values()].map((key) => ({
    name: keyIndexName(entity.table, key.name),
    columns: columnsOf(entity, key.properties),
    unique: true,
    where: LIVE,
  }));
  return [...distinct.values(), ...keys, ...searchIndexes(entity), deletedIndex(entity)];
}

/**
 * One index over the trigrams of all that is searched by its parts, and one over the words of all long texts: terms may stand in
 * different fields. Their names tell what they are over, so that another set of fields is built beside it.
 */
function searchIndexes(entity: EntityType): readonly IndexShape[] {
  const column = (property: Property): string => `"${property.column}"`;
  return [
    ...expressionIndex(entity, 'search', searchTextSql(entity, column), 'kartoteka.gin_trgm_ops', LIVE),
    // Over deleted rows, too: the planner asks a partial index for no statistics, and could not tell a rare word from a frequent one.
    ...expressionIndex(entity, 'words', searchWordsSql(entity, column), 'tsvector_ops', null),
  ];
}

function expressionIndex(
  { table }: EntityType,
  kind: string,
  sql: string | null,
  operatorClass: string,
  where: string | null,
): readonly IndexShape[] {
  if (sql === null) return [];
  const name = indexName(table, `${kind}_${contentHash(sql).slice(0, 8)}`);
  // New rows wait in a list until they are sorted in together. Measured per new contact: 65 us with PostgreSQL's list of 4 MB,
  // 340 us with one of 256 kB, 430 us without.
  const expression = { sql, operatorClass, parameters: 'fastupdate = on' };
  return [{ name, columns: [], expression, method: 'gin', unique: false, where }];
}

/** For the list of the recycle bin, restore and purge; a live record has no place in it. */
function deletedIndex(entity: EntityType): IndexShape {
  const name = indexName(entity.table, 'deleted_on');
  return { name, columns: ['deleted_on', 'id'], unique: false, where: DELETED };
}

const liveIndex = (name: string, columns: readonly string[]): IndexShape => ({
  name,
  columns: columns.at(-1) === 'id' ? columns : [...columns, 'id'],
  unique: false,
  where: LIVE,
});

function columnsOf(entity: EntityType, properties: readonly string[]): readonly string[] {
  return properties.map((name) => entity.properties.get(name)?.column ?? name);
}

function grantIndexes(entity: EntityType): readonly IndexShape[] {
  const sources = ['owner_id', 'owning_business_unit_id'].filter((name) => entity.properties.has(name));
  return sources.map((name) => liveIndex(indexName(entity.table, name), [name]));
}

/**
 * Over deleted rows, too: whether anything still refers to a record has to be found quickly when it is purged, also by the
 * foreign key itself. The entries say who is deleted, so that counting the live ones needs the index alone.
 */
function lookupIndexes(entity: EntityType): readonly IndexShape[] {
  const lookups = [...entity.navigations.values()].filter(({ collection, field }) => !collection && field !== null);
  return lookups.map(({ property }) => {
    const columns = [...columnsOf(entity, [property]), 'id'];
    return { name: indexName(entity.table, property), columns, include: ['deleted_on'], unique: false, where: null };
  });
}

/** What field types need: no id behind the column, for there is no order. */
function typeIndexes(entity: EntityType): readonly IndexShape[] {
  return storedProperties(entity).flatMap(({ name, column, index }) =>
    index === undefined
      ? []
      : [{ name: indexName(entity.table, name), columns: [column], method: index, unique: false, where: LIVE }],
  );
}

function declaredIndexes(entity: EntityType): readonly IndexShape[] {
  return [...entity.indexes.values()].flatMap((index) => {
    const columns = columnsOf(entity, index.properties);
    const all = withShared(entity, liveIndex(indexName(entity.table, index.name), columns));
    const sources = GRANT_SOURCES.filter(([name]) => entity.properties.has(name) && !columns.includes(name));
    return [all, ...sources.map(([property, role]) => grantIndex(entity, index.name, role, [property, ...columns]))];
  });
}

/**
 * A reader with many shared parents has a list walked in its order and each record's parent looked up among them: the index
 * holds the parent, so that the records themselves need not be read for that.
 */
function withShared(entity: EntityType, index: IndexShape): IndexShape {
  const names = shareNavigations(entity).flatMap(({ property, discriminator }) => [
    property,
    ...(discriminator === undefined ? [] : [discriminator.property]),
  ]);
  const include = columnsOf(entity, [...new Set(names)]).filter((column) => !index.columns.includes(column));
  return include.length === 0 ? index : { ...index, include };
}

const GRANT_SOURCES = [
  ['owner_id', 'owner'],
  ['owning_business_unit_id', 'unit'],
] as const;

function grantIndex(entity: EntityType, name: string, role: 'owner' | 'unit', columns: readonly string[]): IndexShape {
  return liveIndex(indexName(entity.table, name, role), columns);
}

/** Column names are quoted always: they need no other test than names.ts has made. */
function checksOf(entity: EntityType, model: Model): readonly CheckShape[] {
  return [...entity.fields.values()].flatMap((field) => {
    const specs = FIELD_TYPES.get(field.type)?.properties(field.document, fieldContext(field.name, model)) ?? [];
    const quoted = (property: string): string => `"${entity.properties.get(property)?.column ?? property}"`;
    return specs.flatMap(({ name, check }) => {
      const column = entity.properties.get(name)?.column;
      if (check === undefined || column === undefined) return [];
      return [{ name: checkName(entity.table, column), condition: check(quoted(name), quoted) }];
    });
  });
}

function foreignKeysOf(entity: EntityType, model: Model): readonly ForeignKeyShape[] {
  const keys: ForeignKeyShape[] = [];
  const add = (column: string, references: string): number =>
    keys.push({ name: foreignKeyName(entity.table, column), column, references });
  if (PRINCIPALS.has(entity.name)) add('id', PRINCIPAL_TABLE);
  if (entity.properties.has('owner_id')) add('owner_id', PRINCIPAL_TABLE);
  const unit = model.entities.get(PRINCIPAL_ENTITIES.businessUnit);
  if (unit !== undefined && entity.properties.has('owning_business_unit_id')) {
    add('owning_business_unit_id', `data.${unit.table}`);
  }
  for (const { collection, field, property, target, discriminator } of entity.navigations.values()) {
    const table = model.entities.get(target)?.table;
    // A lookup with several targets has none: a foreign key refers to one table. Writers lock the target they name, and deletes
    // look at every reference, so that nothing live refers to a deleted record all the same.
    if (collection || field === null || table === undefined || discriminator !== undefined) continue;
    add(columnsOf(entity, [property])[0] ?? property, `data.${table}`);
  }
  return keys;
}
