// How large an answer can become, and the bound that PostgreSQL puts on it: a text that the service could not hold must not
// reach it. Decided when a read is compiled, so that small answers pay nothing.
import type { EntityType, Property } from '@kartoteka/metadata';
import type { SelectNode } from '../plan/read-plan.ts';

/** Longest JSON text of the records in one answer. */
export const MOST_BYTES = 64 * 1024 * 1024;

const MOST_OF_A_VALUE = 60;
const MOST_OF_AN_UNBOUNDED_VALUE = 1_000_000;
const MOST_OF_A_CHARACTER = 6;

/** Types whose values are short; of others `maxLength` tells. */
const SHORT: ReadonlySet<string> = new Set([
  ...['Edm.Int64', 'Edm.Decimal', 'Edm.Boolean', 'Edm.Date', 'Edm.DateTimeOffset', 'Edm.Guid', 'Edm.Duration'],
]);

/** Bytes of one record's JSON at most, expands included; `visible` tells the properties of an entity shown without $select. */
export function mostBytes(select: SelectNode, visible: (entity: EntityType) => readonly Property[]): number {
  const own = (select.properties ?? visible(select.entity)).reduce((sum, property) => sum + bytesOf(property), 0);
  const computed = (select.computed ?? []).reduce((sum, { name, type: { edm: type, maxLength } }) => {
    const length = maxLength === undefined ? {} : { maxLength };
    return sum + 2 * bytesOf({ name, type, ...length });
  }, own);
  return select.expands.reduce((sum, expand) => sum + expand.page * mostBytes(expand.select, visible), computed);
}

function bytesOf(property: Pick<Property, 'name' | 'type' | 'maxLength'>): number {
  const name = property.name.length + MOST_OF_A_VALUE;
  if (SHORT.has(property.type)) return name;
  return (
    name + (property.maxLength === undefined ? MOST_OF_AN_UNBOUNDED_VALUE : property.maxLength * MOST_OF_A_CHARACTER)
  );
}

/** A statement whose column `column` is null where it would be longer than `most` (SQL); `others` are its further columns. */
export function boundedAnswer(
  text: string,
  column: string,
  others: readonly string[],
  most = String(MOST_BYTES),
): string {
  const bounded = `case when octet_length(a.${column}) <= ${most} then a.${column} end as ${column}`;
  return `select ${[bounded, ...others.map((name) => `a.${name}`)].join(', ')} from (${text}) a`;
}
