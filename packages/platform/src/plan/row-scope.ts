// What names mean in an expression over grouped rows: their columns, called as the answer calls them. A checked expression names
// them by number (`c1`), so that it is printed without knowing the rows.
import type { EntityType, Scope, TypedExpression } from '@kartoteka/metadata';
import { invalidOption } from '../request/compute.ts';
import type { RowColumn, RowOrder } from './apply-plan.ts';

/** Characters by which a text is ordered that is no key of the rows: the continuation token holds them. */
const SORTED_CHARACTERS = 1_000;

export function columnName(number: number): string {
  return `c${number + 1}`;
}

/** Number of the column that a path of a checked expression names. */
export function columnNumber({ property }: { readonly property: string }): number {
  return Number(property.slice(1)) - 1;
}

export function rowScope(columns: readonly RowColumn[]): Scope {
  const numbers = new Map(columns.map(({ path }, number) => [path.join('/'), number]));
  return {
    entity: 'the result of $apply',
    resolve(segments) {
      const number = numbers.get(segments.join('/'));
      const column = number === undefined ? undefined : columns[number];
      if (number === undefined || column === undefined) return undefined;
      const { type, operators, values, normalize } = column.type;
      return {
        ...{ navigations: [], property: columnName(number), type, nullable: true, operators },
        ...(values === undefined ? {} : { values }),
        ...(normalize === undefined ? {} : { normalize }),
      };
    },
  };
}

/** The order by an expression over the rows, whose first `keys` columns no two of them have in common. */
export function rowOrder(
  expression: TypedExpression,
  { sqlType, maxLength = Number.POSITIVE_INFINITY }: RowColumn['type'],
  descending: boolean,
  keys: number,
): RowOrder {
  const isKey = expression.kind === 'path' && columnNumber(expression) < keys;
  const characters = sqlType === 'text' && !isKey && maxLength > SORTED_CHARACTERS ? SORTED_CHARACTERS : null;
  return { expression, descending, sqlType, characters };
}

/** The order with the keys of the rows, their first columns, behind it, so that it is total. */
export function totalOrder(
  order: readonly RowOrder[],
  columns: readonly RowColumn[],
  keys: number,
): readonly RowOrder[] {
  const named = new Set(order.map(({ expression: e }) => (e.kind === 'path' ? e.property : '')));
  const descending = order.at(-1)?.descending ?? false;
  const behind = columns.slice(0, keys).flatMap(({ type }, number) => {
    const property = columnName(number);
    const path: TypedExpression = { kind: 'path', type: type.type, navigations: [], property, nullable: true };
    return named.has(property) ? [] : [rowOrder(path, type, descending, keys)];
  });
  return [...order, ...behind];
}

/** Throws invalid_option for a name that the record or a column has. */
export function refuseColumn(name: string, entity: EntityType, columns: readonly RowColumn[], option: string): void {
  if (entity.properties.has(name) || entity.navigations.has(name))
    throw invalidOption(option, `${name} is a property of ${entity.name}: give another name`);
  if (columns.some(({ path }) => path[0] === name)) throw invalidOption(option, `the name ${name} is given twice`);
}
