// Every table that the Model needs: one per entity, and one per many-to-many relation whose links are no records.
import { duplicateIndexes } from './duplicate-keys.ts';
import type { EntityType, Junction, Model, Navigation } from './model.ts';
import { foreignKeyName, indexName, JUNCTION_COLUMNS } from './names.ts';
import { atOnce, type Steps } from './steps.ts';
import { tableShape } from './storage-shape.ts';
import type { ColumnShape, ForeignKeyShape, TableShape } from './storage-shape-types.ts';
import { PRINCIPAL_ENTITIES } from './system-properties.ts';

/** Each entity's table, and after it those of its links. */
export function tableShapes(model: Model): readonly TableShape[] {
  return atOnce(tableShapeSteps(model));
}

/** As tableShapes, in pieces. */
export function* tableShapeSteps(model: Model): Steps<readonly TableShape[]> {
  const shapes: TableShape[] = [];
  for (const entity of model.entities.values()) {
    shapes.push(...shapesOf(entity, model));
    yield;
  }
  return shapes;
}

const known = new WeakMap<
  EntityType,
  { readonly units: boolean; readonly rules: string; readonly shapes: readonly TableShape[] }
>();

/**
 * Found once, because revisions share entities: an entity that is the same has the same choices, settings and targets. Only who
 * the units are it does not say, and which rules look through its records.
 */
function shapesOf(entity: EntityType, model: Model): readonly TableShape[] {
  const units = model.entities.has(PRINCIPAL_ENTITIES.businessUnit);
  const rules = duplicateIndexes(entity, model)
    .map(({ name }) => name)
    .join();
  const found = known.get(entity);
  if (found?.units === units && found.rules === rules) return found.shapes;
  const links = junctionsOf(entity).map((navigation) => junctionShape(entity, navigation, model));
  const shapes = [tableShape(entity, model), ...links];
  known.set(entity, { units, rules, shapes });
  return shapes;
}

/** Tables of links that the fields of an entity make, and their indexes, by name. */
export function junctionNames(entity: EntityType): readonly string[] {
  return junctionsOf(entity).flatMap(({ junction }) => [junction.table, otherIndex(junction.table)]);
}

type JunctionNavigation = Navigation & { readonly junction: Junction };

/** Not the inverse ones: they stand on the other side. */
function junctionsOf(entity: EntityType): readonly JunctionNavigation[] {
  return [...entity.navigations.values()].filter(
    (navigation): navigation is JunctionNavigation => navigation.junction?.own === JUNCTION_COLUMNS.own,
  );
}

/** Links go for good with either record; a soft delete hides them. The primary key serves one side, the index the other. */
function junctionShape(entity: EntityType, { name, target, junction }: JunctionNavigation, model: Model): TableShape {
  const { table, own, other } = junction;
  const column = (id: string): ColumnShape => ({ name: id, type: 'uuid', notNull: true, property: id });
  const reference = (id: string, to: EntityType | undefined): ForeignKeyShape => {
    if (to === undefined) throw new Error(`the Model has no entity ${target}`);
    return { name: foreignKeyName(table, id), column: id, references: `data.${to.table}`, onDelete: 'cascade' };
  };
  return {
    name: table,
    entity: `${entity.name}.${name}`,
    primaryKey: [own, other],
    columns: [column(own), column(other)],
    indexes: [{ name: otherIndex(table), columns: [other, own], unique: false, where: null }],
    checks: [],
    foreignKeys: [reference(own, entity), reference(other, model.entities.get(target))],
  };
}

const otherIndex = (table: string): string => indexName(table, JUNCTION_COLUMNS.other);
