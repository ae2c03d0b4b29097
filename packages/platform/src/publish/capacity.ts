// What an entity's table has used of what PostgreSQL gives it, and the refusal of changes that would need more. Columns that were
// dropped count: PostgreSQL never gives them back. It changes nothing.
import { type EntityType, type Model, type TableShape, tableShape } from '@kartoteka/metadata';
import { errorDetail, PlatformError } from '../errors.ts';
import type { Executor } from '../storage/types.ts';
import type { PublishPlan } from './plan.ts';
import type { CapacityWarning } from './plan-report/types.ts';

/** PostgreSQL's MaxHeapAttributeNumber. */
export const MOST_COLUMNS = 1600;
/** Ours: every write of a record pays for every index. */
export const MOST_INDEXES = 64;
/** PostgreSQL's INDEX_MAX_KEYS, included columns among them. */
export const MOST_INDEX_COLUMNS = 32;
/** PostgreSQL's MaxHeapTupleSize: what a row may be long with its long values stored elsewhere. */
export const MOST_ROW_BYTES = 8160;
/** A warning is given from here on. */
const NEARLY = 0.9;

/** Columns of a table: all that it ever had, and those of them that are dropped. */
export interface UsedColumns {
  readonly used: number;
  readonly dropped: number;
}

interface Share {
  readonly used: number;
  readonly limit: number;
  readonly left: number;
}

/** One entity's use of its table. */
export interface EntityCapacity {
  readonly entity: string;
  readonly fields: number;
  readonly columns: Share & {
    /** Of fields that are removed, until they are purged. */
    readonly hidden: number;
    /** Purged; they count all the same. */
    readonly dropped: number;
  };
  /** The primary key's among them. */
  readonly indexes: Share;
  /** Of a row in which every column has a value; values of more than 24 bytes are stored elsewhere where that is needed. */
  readonly row_bytes: Share;
  /** Many-to-many relations. */
  readonly links: number;
}

/** The entities' use of their tables, as the Model has them. */
export async function capacityOf(
  executor: Executor,
  model: Model,
  entities: readonly EntityType[],
): Promise<EntityCapacity[]> {
  const columns = await usedColumns(
    executor,
    entities.map(({ table }) => table),
  );
  return entities.map((entity) => {
    const shape = tableShape(entity, model);
    const { used, dropped } = columns.get(entity.table) ?? { used: shape.columns.length, dropped: 0 };
    const links = [...entity.navigations.values()].filter(({ junction, through }) => junction ?? through);
    return {
      entity: entity.name,
      fields: entity.fields.size,
      columns: { ...share(used, MOST_COLUMNS), hidden: used - dropped - shape.columns.length, dropped },
      indexes: share(indexesOf(shape), MOST_INDEXES),
      row_bytes: share(rowBytes(shape), MOST_ROW_BYTES),
      links: links.length,
    };
  });
}

const share = (used: number, limit: number): Share => ({ used, limit, left: Math.max(0, limit - used) });
const indexesOf = (shape: TableShape): number => shape.indexes.length + 1;

/** Columns of tables in schema `data`, by table; tables that are not there are left out. */
async function usedColumns(executor: Executor, tables: readonly string[]): Promise<Map<string, UsedColumns>> {
  const rows = await executor.run(
    `select c.relname as name, c.relnatts::text as used,
       (select count(*) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and a.attisdropped)::text as dropped
     from pg_class c where c.relnamespace = to_regnamespace('data') and c.relkind in ('r', 'p')
       and c.relname in (select json_array_elements_text($1::json))`,
    [JSON.stringify(tables)],
  );
  return new Map(
    rows.map(({ name, used, dropped }) => [String(name), { used: Number(used), dropped: Number(dropped) }]),
  );
}

/**
 * Refuses a plan whose tables PostgreSQL would refuse, or whose indexes are too many: `capacity_exceeded` with every reason.
 * Returns what is nearly used up after it.
 */
export async function checkCapacity(executor: Executor, plan: PublishPlan): Promise<CapacityWarning[]> {
  const changed = changedTables(plan);
  if (changed.length === 0) return [];
  const kept = changed.flatMap(({ before, after }) => (before === undefined ? [] : [after.name]));
  const columns = kept.length === 0 ? new Map<string, UsedColumns>() : await usedColumns(executor, kept);
  const uses = changed.flatMap(({ before, after }) => [
    {
      table: after,
      what: 'columns',
      limit: MOST_COLUMNS,
      used: columnsAfter(before, after, columns) - restoredIn(plan, after),
    } as const,
    { table: after, what: 'indexes', limit: MOST_INDEXES, used: indexesOf(after) } as const,
  ]);
  const refused = [
    ...uses.filter(({ used, limit }) => used > limit).map(({ table, ...use }) => tooMany(table.entity, use)),
    ...changed.flatMap(({ after }) => wideIndexes(after)),
  ];
  if (refused.length > 0) {
    const details = refused.map(({ target, what }) => errorDetail('capacity_exceeded', { what }, target));
    throw new PlatformError('capacity_exceeded', { what: refused.map(({ what }) => what).join('; ') }, { details });
  }
  return [
    ...uses
      .filter(({ used, limit }) => used >= limit * NEARLY)
      .map(({ table, what, used, limit }) => ({
        ...{ entity: table.entity, what, used, limit },
        words: `${table.entity} has used ${used} of ${limit} ${what}`,
      })),
    ...changed.flatMap(({ after }) => wideRows(after)),
  ];
}

interface ChangedTable {
  readonly before: TableShape | undefined;
  readonly after: TableShape;
}

/** Tables of entities that get columns or indexes; those of links have two columns always. */
function changedTables({ before, model, revived }: PublishPlan): ChangedTable[] {
  return [...model.entities.values()].flatMap((entity) => {
    const old = before?.entities.get(entity.name);
    if (old?.hash === entity.hash) return [];
    const after = tableShape(entity, model);
    const kept = revived.find(({ name }) => name === entity.table);
    const previous = before === null || old === undefined ? kept : tableShape(old, before);
    const grows =
      previous === undefined ||
      newMembers(previous.columns, after.columns) > 0 ||
      newMembers(previous.indexes, after.indexes) > 0;
    return grows ? [{ before: previous, after }] : [];
  });
}

type Named = readonly { readonly name: string }[];

function newMembers(before: Named, after: Named): number {
  const names = new Set(before.map(({ name }) => name));
  return after.filter(({ name }) => !names.has(name)).length;
}

function columnsAfter(
  before: TableShape | undefined,
  after: TableShape,
  columns: ReadonlyMap<string, UsedColumns>,
): number {
  if (before === undefined) return after.columns.length;
  const used = columns.get(after.name)?.used ?? before.columns.length;
  return used + newMembers(before.columns, after.columns);
}

/** Hidden columns that are taken up again are there already. */
function restoredIn({ restored }: PublishPlan, { name, columns }: TableShape): number {
  // Of a table that is taken up again they are counted with it.
  if (restored.includes(name)) return 0;
  return columns.filter((column) => restored.includes(`${name}.${column.name}`)).length;
}

interface Refusal {
  readonly target: string;
  readonly what: string;
}

function tooMany(entity: string, { what, used, limit }: { what: string; used: number; limit: number }): Refusal {
  return { target: entity, what: `${entity} would have ${used} ${what}, ${used - limit} more than ${limit}` };
}

function wideIndexes({ entity, indexes }: TableShape): Refusal[] {
  return indexes.flatMap(({ name, columns, include = [] }) => {
    const used = columns.length + include.length;
    if (used <= MOST_INDEX_COLUMNS) return [];
    return [
      {
        target: entity,
        what: `the index ${name} of ${entity} would have ${used} columns, ${MOST_INDEX_COLUMNS} is the most`,
      },
    ];
  });
}

function wideRows(table: TableShape): CapacityWarning[] {
  const used = rowBytes(table);
  if (used < MOST_ROW_BYTES * NEARLY) return [];
  const words = `A record of ${table.entity} with a value in every field may take ${used} bytes of the ${MOST_ROW_BYTES} that a row has: one that takes more is refused`;
  return [{ entity: table.entity, what: 'row_bytes', used, limit: MOST_ROW_BYTES, words }];
}

/** What values of a type take in a row at most, by the beginning of the type's name. */
const FIXED_BYTES: readonly (readonly [RegExp, number])[] = [
  [/^(uuid|interval)\b/, 16],
  [/^(bigint|timestamptz)\b/, 8],
  [/^date\b/, 4],
  [/^boolean\b/, 1],
];
/** Values of variable length that are longer are stored elsewhere when a row becomes too long (TOAST). */
const VARIABLE_BYTES = 24;
const HEADER_BYTES = 23;
const ALIGNMENT = 8;

/** Of a row with a value in every column, none of them compressed. */
function rowBytes({ columns }: TableShape): number {
  const header = HEADER_BYTES + Math.ceil(columns.length / 8);
  const values = columns.reduce((sum, { type }) => {
    const fixed = FIXED_BYTES.find(([pattern]) => pattern.test(type))?.[1];
    return sum + (fixed ?? VARIABLE_BYTES);
  }, 0);
  return Math.ceil(header / ALIGNMENT) * ALIGNMENT + values;
}
