// The values of many records as the rows of one source `c`: one array parameter per property. Statements printed over it read
// a column where a statement for one record reads a parameter, so that both are printed by the same code.
import { type Slot, SlotWriter } from './statement.ts';

/** A value that each record has of its own, by the name that the statement asks for it. */
export interface RowColumn {
  readonly name: string;
  /** PostgreSQL type. */
  readonly cast: string;
}

/** Alias of the source, and of the WITH part made of it. */
export const ROWS = 'c';
/** Position of the record among those given, from 1. */
export const ROW_NUMBER = `${ROWS}."@n"`;

/** Slots of a statement for many records. The parameter of a column is the slot value `@rows <name>`: an array literal. */
export class RowSlotWriter extends SlotWriter {
  readonly #columns: readonly RowColumn[];

  constructor(columns: readonly RowColumn[]) {
    super();
    this.#columns = columns;
  }

  override use(slot: Slot, cast: string): string {
    const index = slot.from === 'value' ? this.#columns.findIndex(({ name }) => name === slot.name) : -1;
    if (index < 0) return super.use(slot, cast);
    const column = `${ROWS}."@${index}"`;
    return this.#columns[index]?.cast === cast ? column : `${column}::${cast}`;
  }

  /** FROM item of the records' values, with `@n`. */
  source(): string {
    const arrays: string[] = [];
    const names: string[] = [];
    const columns = this.#columns.map(({ name, cast }, index) => {
      // unnest takes arrays apart to the last member, so that members which are arrays travel as text.
      const nested = cast.endsWith('[]');
      arrays.push(super.use({ from: 'value', name: rowsOf(name) }, nested ? 'text[]' : `${cast}[]`));
      names.push(`v${index}`);
      return `u.v${index}${nested ? `::${cast}` : ''} as "@${index}"`;
    });
    const unnested = `unnest(${arrays.join(', ')}) with ordinality u(${names.join(', ')}, n)`;
    return `(select u.n as "@n", ${columns.join(', ')} from ${unnested}) ${ROWS}`;
  }
}

/** Name of the array of a column's values. */
export function rowsOf(name: string): string {
  return `@rows ${name}`;
}

/** Array literal of texts and nulls. */
export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : quoted(value))).join(',')}}`;
}

/** Quoted always: unquoted, a member could be read as NULL or as several. */
function quoted(value: string): string {
  return /["\\]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : `"${value}"`;
}
