// What a view can show of an entity: its properties, and those of the records that its lookups name. Pure.
import type { ClientModel, Text } from '@kartoteka/metadata';
import type { EditedModel, NamedEntity } from './scope.ts';

type Say = (text: Text | undefined) => string;

/** Where labels are: of published fields, and of those that are in the draft alone. */
export interface Labels {
  readonly client: ClientModel;
  readonly model: EditedModel;
  readonly say: Say;
}

/** Label of a property: of its field where it is the field's first, else with its name. */
function labelOf({ client, model, say }: Labels, entity: NamedEntity, property: string, field: string | null): string {
  if (field === null) return property;
  const drafted = model.entities.get(entity.name)?.fields[field]?.label as Text | undefined;
  const label = say(drafted ?? client.entities[entity.name]?.fields[field]?.label);
  if (label === '') return property;
  const first = [...entity.properties.values()].find((each) => each.field === field);
  return first?.name === property ? label : `${label} (${property})`;
}

/** Paths of one step over lookups at most; longer ones can be typed by who writes documents. */
export function columnChoices(
  entities: ReadonlyMap<string, NamedEntity>,
  labels: Labels,
  entity: string,
): readonly { readonly value: string; readonly label: string }[] {
  const start = entities.get(entity);
  if (start === undefined) return [];
  const own = [...start.properties.values()].map(({ name, field }) => ({
    value: name,
    label: labelOf(labels, start, name, field),
  }));
  const related = [...start.navigations.values()]
    .filter(({ collection }) => !collection)
    .flatMap(({ name, target }) => {
      const other = entities.get(target);
      return [...(other?.properties.values() ?? [])].map((property) => ({
        value: `${name}/${property.name}`,
        label: `${name} / ${other === undefined ? '' : labelOf(labels, other, property.name, property.field)}`,
      }));
    });
  return [...own, ...related];
}
