// Which stored records do not meet what documents ask from now on: values that a choice has no longer, and fields that are required and
// empty. Pure; it writes conditions and counts nothing.
import { checkName, type EntityType, type Model, type Property, storedProperties } from '@kartoteka/metadata';
import { quoteIdentifier, quoteLiteral } from '../sql/statement.ts';

/** Records `t` of a table that meet the condition do not fit. */
export interface Unfit {
  /** `deal.stage`. */
  readonly what: string;
  /** `value_removed` refuses the publish; `value_missing` is asked for when somebody changes such a record. */
  readonly why: 'value_removed' | 'value_missing';
  /** The value that is removed; null of one that is missing. */
  readonly value: string | null;
  readonly table: string;
  readonly condition: string;
  /** Constraint of the table that refuses such records; null: none. */
  readonly constraint: string | null;
}

/** Values of one choice that are looked for; whoever removes more is told of these. */
const MOST_VALUES = 50;

/** The parts of a plan that questions come from. */
interface Questioned {
  readonly before: Model | null;
  readonly model: Model;
  readonly restored: readonly string[];
}

/** In the order of entities and properties. */
export function unfitQuestions({ before, model, restored }: Questioned): Unfit[] {
  return [...model.entities.values()].flatMap((entity) => {
    const old = before?.entities.get(entity.name);
    if (old === undefined || old === entity || old.table !== entity.table) return [];
    return storedProperties(entity).flatMap((property) => [
      ...removedValues(old, entity, property),
      ...missingValues(old, entity, property, restored),
    ]);
  });
}

function removedValues(old: EntityType, { name, table }: EntityType, property: Property): Unfit[] {
  const previous = old.properties.get(property.name);
  const { values, column } = property;
  if (previous?.values === undefined || values === undefined || previous.column !== column) return [];
  const place = `t.${quoteIdentifier(column)}`;
  const removed = previous.values.filter((value) => !values.includes(value)).slice(0, MOST_VALUES);
  return removed.map((value) => ({
    ...{ what: `${name}.${property.name}`, why: 'value_removed', value, table },
    condition: property.type.startsWith('Collection')
      ? `${place} @> array[${quoteLiteral(value)}]::text[]`
      : `${place} = ${quoteLiteral(value)}`,
    constraint: checkName(table, column),
  }));
}

/** A default fills what is there, and what the engine makes is no demand on anybody. */
function missingValues(
  old: EntityType,
  { name, table }: EntityType,
  property: Property,
  restored: readonly string[],
): Unfit[] {
  if (property.field === null || property.nullable || property.readOnly) return [];
  const previous = old.properties.get(property.name);
  const isNew = previous === undefined;
  // What becomes of the values of another type is told as a conversion.
  if (isNew ? property.default !== undefined : !previous.nullable || previous.column !== property.column) return [];
  const isEmpty = isNew && !restored.includes(`${table}.${property.column}`);
  const condition = isEmpty ? 'true' : `t.${quoteIdentifier(property.column)} is null`;
  const live = `t.deleted_on is null and ${condition}`;
  return [
    { what: `${name}.${property.name}`, why: 'value_missing', value: null, table, condition: live, constraint: null },
  ];
}
