// Values that the engine makes of others when it stores a record (names joined, amounts in the base currency), for conditions on records
// that are not stored yet. PostgreSQL makes them, by the expressions of the write itself.
import type { EntityType, Property, TypedExpression } from '@kartoteka/metadata';
import { referencedPaths } from '@kartoteka/metadata';
import type { PendingWrite } from '../hooks.ts';
import { castType } from '../sql/column-types.ts';
import { ROW_NUMBER, RowSlotWriter, rowsOf, textArray } from '../sql/row-source.ts';
import { quoteIdentifier } from '../sql/statement.ts';
import { propertyOf } from '../sql/write-row.ts';
import type { Executor } from '../storage/types.ts';
import { payloadTexts } from '../write/payload-texts.ts';

/** Canonical texts by property. */
export type DerivedValues = Readonly<Record<string, string | null>>;

/** The made properties that conditions name. */
export function derivedIn(entity: EntityType, conditions: readonly (TypedExpression | null)[]): readonly Property[] {
  const named = new Set(
    conditions.flatMap((each) => (each === null ? [] : referencedPaths(each).map(({ property }) => property))),
  );
  return [...named].map((name) => propertyOf(entity, name)).filter(({ derived }) => derived !== undefined);
}

/** Values of `made` for each record, in one statement, and in none where nothing is made. */
export async function derivedValues(
  entity: EntityType,
  made: readonly Property[],
  records: readonly PendingWrite[],
  tx: Executor,
): Promise<ReadonlyMap<PendingWrite, DerivedValues>> {
  if (made.length === 0 || records.length === 0) return new Map();
  const sources = [...new Set(made.flatMap(({ derived }) => derived?.from ?? []))];
  const rows = new RowSlotWriter(sources.map((name) => ({ name, cast: castType(propertyOf(entity, name)) })));
  const source = rows.source();
  const value = (name: string): string => rows.use({ from: 'value', name }, castType(propertyOf(entity, name)));
  const columns = made.map(({ name, derived }) => `(${derived?.sql(value)})::text as ${quoteIdentifier(name)}`);
  const texts = records.map(({ values }) => payloadTexts(entity, sources, values, 'create'));
  const parameters = rows.slots.map((slot) => {
    const name = sources.find((each) => slot.from === 'value' && slot.name === rowsOf(each));
    if (name === undefined) throw new Error('a made value asks for more than its sources');
    return textArray(texts.map((each) => each[name] ?? null));
  });
  const answers = await tx.run(`select ${columns.join(', ')} from ${source} order by ${ROW_NUMBER}`, parameters);
  return new Map(records.map((record, at) => [record, (answers[at] ?? {}) as DerivedValues]));
}
