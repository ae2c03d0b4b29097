// Keyset paging: "everything after this row" as conditions that an index can serve, null order included.
// Nulls sort first ascending and last descending (OData 4.01 Part 2, 5.1.4; the indexes are made so).

export interface KeysetColumn {
  /** SQL of the order key. */
  readonly sql: string;
  readonly descending: boolean;
  readonly nullable: boolean;
  /** SQL of the last row's value; ignored when `isNull`. */
  readonly value: string;
  /** The last row holds null here. */
  readonly isNull: boolean;
}

/**
 * Conditions, each usable as an index range and disjoint from the others, whose union is all rows after the given one.
 * Keys of one direction without nulls need one row comparison; otherwise one condition per key.
 */
export function keysetRanges(columns: readonly KeysetColumn[]): readonly string[] {
  const uniform = columns.every((column) => column.descending === columns[0]?.descending && !column.isNull);
  const descendingNulls = columns.some((column) => column.nullable && column.descending);
  if (uniform && !descendingNulls) return [rowComparison(columns)];
  if (uniform && columns.slice(1).every((column) => !column.nullable)) {
    return [rowComparison(columns), `${columns[0]?.sql} is null`];
  }
  return columns.flatMap((column, index) => {
    const equal = columns
      .slice(0, index)
      .map((before) => (before.isNull ? `${before.sql} is null` : `${before.sql} = ${before.value}`));
    return after(column).map((condition) => [...equal, condition].join(' and '));
  });
}

function rowComparison(columns: readonly KeysetColumn[]): string {
  const operator = columns[0]?.descending ? '<' : '>';
  return `(${columns.map((c) => c.sql).join(', ')}) ${operator} (${columns.map((c) => c.value).join(', ')})`;
}

function after(column: KeysetColumn): readonly string[] {
  if (column.isNull) return column.descending ? [] : [`${column.sql} is not null`];
  if (!column.descending) return [`${column.sql} > ${column.value}`];
  return column.nullable
    ? [`${column.sql} < ${column.value}`, `${column.sql} is null`]
    : [`${column.sql} < ${column.value}`];
}
