// What a view can show of an entity: its properties, and those of the records that its lookups name. Pure.
import type { ClientModel, Text } from '@kartoteka/metadata';
import type { NamedEntity } from './scope.ts';

type Say = (text: Text | undefined) => string;

/** Label of a property: of its field where it is the field's first, else its name. */
function labelOf(client: ClientModel, entity: string, property: string, field: string | null, say: Say): string {
  const found = field === null ? undefined : client.entities[entity]?.fields[field];
  const label = say(found?.label);
  if (label === '') return property;
  return found?.properties[0] === property ? label : `${label} (${property})`;
}

/** Paths of one step over lookups at most; longer ones can be typed by who writes documents. */
export function columnChoices(
  entities: ReadonlyMap<string, NamedEntity>,
  client: ClientModel,
  entity: string,
  say: Say,
): readonly { readonly value: string; readonly label: string }[] {
  const start = entities.get(entity);
  if (start === undefined) return [];
  const own = [...start.properties.values()].map(({ name, field }) => ({
    value: name,
    label: labelOf(client, entity, name, field, say),
  }));
  const related = [...start.navigations.values()]
    .filter(({ collection }) => !collection)
    .flatMap(({ name, target }) =>
      [...(entities.get(target)?.properties.values() ?? [])].map((property) => ({
        value: `${name}/${property.name}`,
        label: `${name} / ${labelOf(client, target, property.name, property.field, say)}`,
      })),
    );
  return [...own, ...related];
}
