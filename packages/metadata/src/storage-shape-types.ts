// What an entity needs of PostgreSQL, as data: the DDL is the difference of two of these, and the catalogue check
// compares one with pg_catalog. No SQL statements here, only the parts of them.

export interface ColumnShape {
  readonly name: string;
  /** As in a column definition: `numeric(19,4)`, `text collate "und-x-icu"`. */
  readonly type: string;
  /** NOT NULL: system columns, and required fields that were there when the table was created. */
  readonly notNull: boolean;
  /** SQL literal for the rows that exist when the column is added (constant DEFAULT of ADD COLUMN; it stays, so that older nodes can insert). */
  readonly fill?: string;
  /** Value of a stored row `t`, made from its other columns; rows that are there when it changes are brought to it. */
  readonly derived?: string;
  /** The database draws the value of a new row: the expression of the column's default. */
  readonly numbering?: NumberingShape;
  /** Property it stores; null for `deleted_on` and `delete_id`. */
  readonly property: string | null;
}

export interface NumberingShape {
  /** Sequence, without schema; the schema is `data`. */
  readonly sequence: string;
  /** Default of the column. */
  readonly value: string;
  /** Value of a stored row from `b.n`, a number of the sequence, and `b.created_on`. */
  readonly storedValue: string;
}

export interface IndexShape {
  readonly name: string;
  /** Column names in order; all `nulls first`. */
  readonly columns: readonly string[];
  /** Columns that entries carry without being ordered by them. */
  readonly include?: readonly string[];
  /** Instead of columns: SQL over them, with its operator class and storage parameters (empty: none). */
  readonly expression?: { readonly sql: string; readonly operatorClass: string; readonly parameters: string };
  /** Access method when it is not a B-tree; a GIN index has no order. */
  readonly method?: 'gin';
  readonly unique: boolean;
  /** `deleted_on is null` or `is not null`, or null for an index over all rows. */
  readonly where: string | null;
}

export interface CheckShape {
  readonly name: string;
  /** SQL condition over columns of the table. */
  readonly condition: string;
}

export interface ForeignKeyShape {
  readonly name: string;
  readonly column: string;
  /** Qualified table, e.g. `data.company` or `kartoteka.principal`; the referenced column is `id`. */
  readonly references: string;
  /** What happens to the row when the row it refers to goes for good; absent: that is refused. */
  readonly onDelete?: 'cascade';
}

export interface TableShape {
  /** Without schema; the schema is `data`. */
  readonly name: string;
  /** Entity whose records it holds; of a table of links the field that makes it, as `deal.contacts`. */
  readonly entity: string;
  /** Column names; of an entity `id`. */
  readonly primaryKey: readonly string[];
  readonly columns: readonly ColumnShape[];
  readonly indexes: readonly IndexShape[];
  readonly checks: readonly CheckShape[];
  readonly foreignKeys: readonly ForeignKeyShape[];
}

/** Physical columns by entity and property, as recorded at publish; what is not in it takes the property's name. */
export interface StorageRecord {
  column(entity: string, property: string): string | undefined;
}
