// What names mean in the expressions of an entity that is being edited: the properties that its fields make, with those of the draft, and
// the navigations between entities. Made of the field types' own derivation, as the service does when it links; what only linking tells
// (types of rollups) is left to the service. Pure.
import {
  choiceValuesOf,
  entityScope,
  FIELD_TYPES,
  type FieldContext,
  type FieldDocument,
  type OrganizationSettings,
  type Ownership,
  type Property,
  recordScope,
  type Scope,
  type ScopedEntity,
  systemNavigations,
  systemProperties,
} from '@kartoteka/metadata';

/** An entity as far as expressions read it. */
export interface EditedEntity {
  readonly name: string;
  readonly ownership: Ownership;
  readonly fields: Readonly<Record<string, FieldDocument>>;
}

export type ChoiceValueDocuments = Readonly<
  Record<string, { readonly label: Readonly<Record<string, string>>; readonly order: number }>
>;

/** Everything that expressions may name. */
export interface EditedModel {
  readonly organization: OrganizationSettings;
  readonly entities: ReadonlyMap<string, EditedEntity>;
  /** Values of shared choices. */
  readonly choices: ReadonlyMap<string, ChoiceValueDocuments>;
}

type ScopedProperty = Pick<
  Property,
  'name' | 'type' | 'nullable' | 'operators' | 'values' | 'normalize' | 'secured'
> & {
  readonly field: string | null;
};
interface Navigation {
  readonly name: string;
  readonly target: string;
  readonly collection: boolean;
  readonly property: string | null;
}

/** An entity with what its fields make. */
export interface NamedEntity {
  readonly name: string;
  readonly properties: ReadonlyMap<string, ScopedProperty>;
  readonly navigations: Map<string, Navigation>;
}

/** What a field type may look at, for one field of the edited Model. */
export function contextOf(model: EditedModel, field: string): FieldContext {
  return {
    field,
    organization: model.organization,
    choice(name) {
      const values = model.choices.get(name);
      return values === undefined ? undefined : choiceValuesOf(Object.entries(values));
    },
  };
}

/** Runs what a field type makes of a document that may be half written; undefined where it cannot. */
export function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

function fieldProperties(model: EditedModel, name: string, field: FieldDocument): readonly ScopedProperty[] {
  const type = FIELD_TYPES.get(field.type);
  const specs = attempt(() => type?.properties(field, contextOf(model, name))) ?? [];
  return specs.map((spec, at) => ({
    name: spec.name,
    field: name,
    type: spec.type,
    nullable: spec.nullable ?? !(at === 0 && field.required === true),
    operators: new Set(spec.operators ?? type?.operators ?? []),
    values: spec.values,
    normalize: spec.normalize,
    secured: field.secured === true,
  }));
}

/** Every entity with its properties and navigations, in both directions. */
export function namedEntities(model: EditedModel): ReadonlyMap<string, NamedEntity> {
  const named = new Map<string, NamedEntity>();
  for (const entity of model.entities.values()) {
    const own = systemProperties(entity.ownership).map((property) => ({ ...property, values: property.values }));
    const ofFields = Object.entries(entity.fields).flatMap(([name, field]) => fieldProperties(model, name, field));
    const properties = new Map<string, ScopedProperty>([...own, ...ofFields].map((each) => [each.name, each]));
    const navigations = systemNavigations(entity.ownership).filter(({ target }) => model.entities.has(target));
    named.set(entity.name, {
      name: entity.name,
      properties,
      navigations: new Map(navigations.map((each) => [each.name, each])),
    });
  }
  for (const entity of model.entities.values())
    for (const [name, field] of Object.entries(entity.fields)) addRelations(model, named, entity.name, name, field);
  return named;
}

function addRelations(
  model: EditedModel,
  named: ReadonlyMap<string, NamedEntity>,
  entity: string,
  name: string,
  field: FieldDocument,
): void {
  const type = FIELD_TYPES.get(field.type);
  const context = contextOf(model, name);
  const own = named.get(entity)?.navigations;
  for (const { navigation, target, property, inverse } of attempt(() => type?.relations?.(field, context)) ?? []) {
    own?.set(navigation, { name: navigation, target, collection: false, property });
    if (inverse !== null)
      named.get(target)?.navigations.set(inverse, { name: inverse, target: entity, collection: true, property });
  }
  for (const { navigation, target, inverse } of attempt(() => type?.associations?.(field, context)) ?? []) {
    own?.set(navigation, { name: navigation, target, collection: true, property: null });
    if (inverse !== null)
      named.get(target)?.navigations.set(inverse, { name: inverse, target: entity, collection: true, property: null });
  }
}

/** Where an expression stands: `record` conditions name the record's own properties, `list` filters related records as well. */
export type ExpressionPlace = 'record' | 'list';

/** Scope of an entity's expressions; undefined for an entity that there is not. */
export function scopeOf(
  entities: ReadonlyMap<string, NamedEntity>,
  entity: string,
  place: ExpressionPlace,
): Scope | undefined {
  const found = entities.get(entity) as ScopedEntity | undefined;
  if (found === undefined) return undefined;
  return place === 'record'
    ? recordScope(found)
    : entityScope(found, { entities: entities as unknown as ReadonlyMap<string, ScopedEntity> });
}
