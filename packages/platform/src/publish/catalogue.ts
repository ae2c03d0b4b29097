// Compares what PostgreSQL has (pg_catalog, schema `data`) with what the Model needs (TableShape), for checks after a
// publish and in tests. It reads only; it repairs nothing.
import type { CheckShape, ColumnShape, ForeignKeyShape, IndexShape, Model, TableShape } from '@kartoteka/metadata';
import { tableShapes } from '@kartoteka/metadata';
import type { Executor } from '../storage/types.ts';
import { pendingSteps } from './after-steps.ts';
import { readStored } from './read-stored.ts';
import type { StoredColumn } from './store.ts';

/**
 * Differences between the catalogue and the Model, one sentence each; an empty array means agreement. Objects that a
 * pending after step will still build, validate or drop are left out: `pendingSteps` reports them.
 * Run it inside a repeatable-read transaction when publishes may happen at the same time.
 */
export async function compareCatalogue(executor: Executor, model: Model): Promise<string[]> {
  const catalogue = await readCatalogue(executor);
  const { columns: stored } = await readStored(executor);
  const pending = new Set((await pendingSteps(executor)).map((step) => step.object));
  const shapes = tableShapes(model);
  const differences = shapes.flatMap((shape) => compareTable(shape, catalogue, stored, pending));
  const known = new Set([...shapes.map((shape) => shape.name), ...stored.map((column) => column.table)]);
  for (const name of catalogue.tables.keys())
    if (!known.has(name)) differences.push(`table ${name} is not in the model`);
  return differences;
}

interface CatalogueColumn {
  readonly type: string;
  readonly collation: string | null;
  readonly notNull: boolean;
  /** Expression that is not the constant of an added column; null when there is none. */
  readonly draws: string | null;
  /** Sequence that belongs to the column. */
  readonly sequence: string | null;
}
interface CatalogueIndex {
  readonly name: string;
  readonly columns: readonly string[];
  readonly nullsFirst: boolean;
  readonly method: string;
  readonly unique: boolean;
  readonly valid: boolean;
  readonly where: string | null;
}
interface CatalogueConstraint {
  readonly name: string;
  readonly kind: 'c' | 'f';
  readonly columns: readonly string[];
  readonly validated: boolean;
  readonly definition: string;
  readonly references: string | null;
}
interface CatalogueTable {
  readonly columns: Map<string, CatalogueColumn>;
  readonly indexes: Map<string, CatalogueIndex>;
  readonly constraints: Map<string, CatalogueConstraint>;
}
interface Catalogue {
  readonly tables: Map<string, CatalogueTable>;
}

const COLUMNS = `select t.relname as "table", a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
  co.collname as collation, a.attnotnull as not_null,
  (select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d where d.adrelid = t.oid and d.adnum = a.attnum) as "default",
  (select s.relname from pg_depend p join pg_class s on s.oid = p.objid and s.relkind = 'S'
   where p.refobjid = t.oid and p.refobjsubid = a.attnum and p.deptype = 'a') as sequence
from pg_class t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
left join pg_collation co on co.oid = a.attcollation and co.collname <> 'default'
where t.relnamespace = 'data'::regnamespace and t.relkind in ('r', 'p')`;

const INDEXES = `select t.relname as "table", i.relname as name, x.indisunique as is_unique, x.indisvalid and x.indisready as valid,
  pg_get_expr(x.indpred, x.indrelid) as predicate, (select amname from pg_am where oid = i.relam) as method,
  (select json_agg(a.attname order by k.place) from unnest(x.indkey) with ordinality k(attnum, place)
     left join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum)::text as columns,
  (select bool_and(o = 2) from unnest(x.indoption) o) as nulls_first
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
where t.relnamespace = 'data'::regnamespace and not x.indisprimary`;

const CONSTRAINTS = `select t.relname as "table", c.conname as name, c.contype::text as kind, c.convalidated as validated,
  pg_get_constraintdef(c.oid) as definition, n.nspname || '.' || r.relname as "references",
  coalesce((select json_agg(a.attname order by k.place) from unnest(c.conkey) with ordinality k(attnum, place)
     join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum), '[]')::text as columns
from pg_constraint c join pg_class t on t.oid = c.conrelid
left join pg_class r on r.oid = c.confrelid left join pg_namespace n on n.oid = r.relnamespace
where t.relnamespace = 'data'::regnamespace and c.contype in ('c', 'f')`;

async function readCatalogue(executor: Executor): Promise<Catalogue> {
  const tables = new Map<string, CatalogueTable>();
  const table = (name: unknown): CatalogueTable => {
    const found = tables.get(String(name)) ?? { columns: new Map(), indexes: new Map(), constraints: new Map() };
    tables.set(String(name), found);
    return found;
  };
  for (const row of await executor.run(COLUMNS)) {
    const column = {
      type: String(row.type),
      collation: row.collation as string | null,
      notNull: row.not_null === true,
      draws: String(row.default).includes('nextval(') ? String(row.default) : null,
      sequence: row.sequence as string | null,
    };
    table(row.table).columns.set(String(row.name), column);
  }
  for (const row of await executor.run(INDEXES)) {
    table(row.table).indexes.set(String(row.name), {
      name: String(row.name),
      columns: JSON.parse(String(row.columns)) as string[],
      nullsFirst: row.nulls_first === true,
      method: String(row.method),
      unique: row.is_unique === true,
      valid: row.valid === true,
      where: row.predicate as string | null,
    });
  }
  for (const row of await executor.run(CONSTRAINTS)) {
    table(row.table).constraints.set(String(row.name), {
      name: String(row.name),
      kind: row.kind as 'c' | 'f',
      columns: JSON.parse(String(row.columns)) as string[],
      validated: row.validated === true,
      definition: String(row.definition),
      references: row.references as string | null,
    });
  }
  return { tables };
}

function compareTable(
  shape: TableShape,
  catalogue: Catalogue,
  stored: readonly StoredColumn[],
  pending: ReadonlySet<string>,
): string[] {
  const table = catalogue.tables.get(shape.name);
  if (table === undefined) return [`table ${shape.name} is missing`];
  const records = new Map(
    stored.filter((column) => column.table === shape.name).map((column) => [column.column, column]),
  );
  const found = [
    ...shape.columns.flatMap((column) => compareColumn(column, table, records.get(column.name))),
    ...extraColumns(shape, table, records),
    ...shape.indexes.flatMap((index) => (pending.has(index.name) ? [] : compareIndex(index, table))),
    ...extra('index', table.indexes, shape.indexes, pending),
    ...shape.checks.flatMap((check) => compareCheck(check, table, pending)),
    ...shape.foreignKeys.flatMap((key) => compareForeignKey(key, table, pending)),
    ...extra('constraint', table.constraints, [...shape.checks, ...shape.foreignKeys], pending),
  ];
  return found.map((difference) => `${shape.name}: ${difference}`);
}

function compareColumn(column: ColumnShape, table: CatalogueTable, record: StoredColumn | undefined): string[] {
  const found = table.columns.get(column.name);
  if (found === undefined) return [`column ${column.name} is missing`];
  const differences: string[] = [];
  const expected = columnType(column.type);
  if (found.type !== expected.type) differences.push(`column ${column.name} is ${found.type}, not ${expected.type}`);
  if (found.collation !== expected.collation) {
    differences.push(`column ${column.name} has collation ${found.collation}, not ${expected.collation}`);
  }
  // A property that became required later, or on a table that had rows, has no NOT NULL (sql/ddl.ts says why).
  const notNull = column.notNull && record?.notNull !== false;
  if (found.notNull !== notNull)
    differences.push(`column ${column.name} is ${found.notNull ? 'not null' : 'nullable'}`);
  return [...differences, ...compareNumbering(column, found)];
}

function compareNumbering({ name, numbering }: ColumnShape, { draws, sequence }: CatalogueColumn): string[] {
  if (numbering === undefined) return draws === null ? [] : [`column ${name} draws ${draws}`];
  const differences: string[] = [];
  if (constants(draws ?? '') !== constants(numbering.value)) {
    differences.push(`column ${name} draws ${draws}, not ${numbering.value}`);
  }
  if (sequence !== numbering.sequence) {
    differences.push(`column ${name} has the sequence ${sequence}, not ${numbering.sequence}`);
  }
  return differences;
}

function extraColumns(shape: TableShape, table: CatalogueTable, records: ReadonlyMap<string, StoredColumn>): string[] {
  return [...table.columns].flatMap(([name, column]) => {
    if (shape.columns.some((wanted) => wanted.name === name)) return [];
    if (records.get(name)?.hidden !== true) return [`column ${name} is not in the model`];
    return column.notNull ? [`hidden column ${name} is not null`] : [];
  });
}

function compareIndex(index: IndexShape, table: CatalogueTable): string[] {
  const found = table.indexes.get(index.name);
  if (found === undefined) return [`index ${index.name} is missing`];
  const differences: string[] = [];
  if (found.columns.join() !== [...index.columns, ...(index.include ?? [])].join())
    differences.push(`index ${index.name} is over ${found.columns.join()}`);
  if (found.unique !== index.unique) differences.push(`index ${index.name} is ${found.unique ? '' : 'not '}unique`);
  if (!found.valid) differences.push(`index ${index.name} is invalid`);
  const method = index.method ?? 'btree';
  if (found.method !== method) differences.push(`index ${index.name} is ${found.method}, not ${method}`);
  if (method === 'btree' && !found.nullsFirst) differences.push(`index ${index.name} is not ascending, nulls first`);
  const where = index.where === null ? null : `(${index.where})`.toLowerCase();
  if ((found.where?.toLowerCase() ?? null) !== where)
    differences.push(`index ${index.name} has the predicate ${found.where}`);
  return differences;
}

function compareCheck(check: CheckShape, table: CatalogueTable, pending: ReadonlySet<string>): string[] {
  const found = table.constraints.get(check.name);
  if (found === undefined || found.kind !== 'c') return [`check ${check.name} is missing`];
  const differences: string[] = [];
  // PostgreSQL prints a condition in its own words; the constants in it say whether it is the condition of this revision.
  const [has, wants] = [constants(found.definition), constants(check.condition)];
  if (has !== wants) differences.push(`check ${check.name} is ${found.definition}, not ${check.condition}`);
  if (!found.validated && !pending.has(check.name)) differences.push(`check ${check.name} is not validated`);
  return differences;
}

function compareForeignKey(key: ForeignKeyShape, table: CatalogueTable, pending: ReadonlySet<string>): string[] {
  const found = table.constraints.get(key.name);
  if (found === undefined || found.kind !== 'f') return [`foreign key ${key.name} is missing`];
  const differences: string[] = [];
  if (found.columns.join() !== key.column) differences.push(`foreign key ${key.name} is over ${found.columns.join()}`);
  if (found.references !== key.references) differences.push(`foreign key ${key.name} refers to ${found.references}`);
  if (/on delete cascade/i.test(found.definition) !== (key.onDelete === 'cascade'))
    differences.push(`foreign key ${key.name} is ${found.definition}`);
  if (!found.validated && !pending.has(key.name)) differences.push(`foreign key ${key.name} is not validated`);
  return differences;
}

function extra(
  kind: string,
  found: ReadonlyMap<string, unknown>,
  wanted: readonly { readonly name: string }[],
  pending: ReadonlySet<string>,
): string[] {
  const names = new Set(wanted.map((member) => member.name));
  return [...found.keys()]
    .filter((name) => !names.has(name) && !pending.has(name))
    .map((name) => `${kind} ${name} is not in the model`);
}

/** The numbers and string literals of a condition, each once, in order of their text. */
function constants(condition: string): string {
  const withoutCasts = condition.replace(/::[a-z][a-z ]*(\(\d+(,\s*\d+)?\))?(\[\])?/g, '');
  const found = withoutCasts.match(/'(?:[^']|'')*'|(?<![\w.])\d+(?:\.\d+)?/g) ?? [];
  return [...new Set(found.map((text) => text.replace(/^'(\d+(?:\.\d+)?)'$/, '$1')))].sort().join(' ');
}

const TYPE_NAMES: readonly (readonly [RegExp, string])[] = [
  [/^timestamptz\b/, 'timestamp with time zone'],
  [/^char\b/, 'character'],
  [/^varchar\b/, 'character varying'],
  [/^(int8)\b/, 'bigint'],
  [/^(int4|int)\b/, 'integer'],
  [/^bool\b/, 'boolean'],
];

/** The type of a column definition in the words of format_type, and its collation when it is not the type's default. */
function columnType(definition: string): { type: string; collation: string | null } {
  const match = /^(.*?)(?:\s+collate\s+"([^"]+)")?$/i.exec(definition);
  let type = (match?.[1] ?? definition).trim();
  for (const [short, long] of TYPE_NAMES) type = type.replace(short, long);
  return { type: type.replace(/,\s+/g, ','), collation: match?.[2] ?? null };
}
