// Where lookups lead: targets and properties of a field, and requests for records to choose from. Pure but for the names that the
// service gives to what it knows.
import type { ClientEntity, ClientField, ClientModel } from '@kartoteka/metadata';
import { formattedKey, mainProperty, type RecordValues } from './types.ts';

export interface Lookup {
  /** Entities that it may name, those that the user may see. */
  readonly targets: readonly ClientEntity[];
  readonly idProperty: string;
  /** With several targets: where the name of the entity stands; null: with one, or where the id tells itself (an owner). */
  readonly typeProperty: string | null;
  /** Navigations in the order of the targets; undefined where none leads there. */
  readonly navigations: readonly (string | undefined)[];
}

/** The lookup that a field is; undefined for what is none. */
export function lookupOf(model: ClientModel, entity: ClientEntity, field: ClientField | undefined): Lookup | undefined {
  const names = (field?.control.props as { targets?: readonly string[] } | undefined)?.targets;
  if (field === undefined || names === undefined) return undefined;
  const targets = names.flatMap((name) => {
    const target = Object.values(model.entities).find((each) => each.name === name);
    return target === undefined ? [] : [target];
  });
  const idProperty = mainProperty(field);
  const typeProperty =
    field.properties.find((property) => property !== idProperty && property.endsWith('_type')) ?? null;
  const leading = Object.entries(entity.navigations).filter(
    ([, { many, property }]) => !many && property === idProperty,
  );
  const navigations = targets.map((target) => leading.find(([, navigation]) => navigation.entity === target.name)?.[0]);
  return { targets, idProperty, typeProperty, navigations };
}

/** The target of which a record names one; the first where only the id stands there. */
export function targetOf(lookup: Lookup, record: RecordValues): ClientEntity | undefined {
  if (lookup.typeProperty !== null) {
    const type = record[lookup.typeProperty];
    return lookup.targets.find(({ name }) => name === type);
  }
  if (lookup.targets.length > 1) {
    const at = lookup.navigations.findIndex((name) => name !== undefined && record[name] != null);
    return at < 0 ? undefined : lookup.targets[at];
  }
  return lookup.targets[0];
}

/** The title that a record brings of what its lookup names: the annotation, or the expanded record. */
export function knownTitle(lookup: Lookup, record: RecordValues): string | undefined {
  const formatted = record[formattedKey(lookup.idProperty)];
  if (typeof formatted === 'string') return formatted;
  for (const [at, navigation] of lookup.navigations.entries()) {
    const expanded = navigation === undefined ? undefined : (record[navigation] as RecordValues | null | undefined);
    const title = expanded?.[lookup.targets[at]?.display_property ?? ''];
    if (typeof title === 'string') return title;
  }
  return undefined;
}

/** A text within `$search`: its words, each to be found as it is. */
export const searchText = (text: string): string =>
  text
    .trim()
    .split(/\s+/)
    .map((word) => `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
    .join(' ');

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The list of records to choose from: those that a text finds by title or search, without one those changed last. */
export function choicesPath(target: ClientEntity, text: string, most: number): string {
  const title = target.display_property;
  const query = new URLSearchParams({ $select: `id,${title}`, $top: String(most) });
  const isSearched = Object.values(target.fields).some((field) => field.searchable && field.properties.includes(title));
  if (text.trim() === '') query.set('$orderby', 'modified_on desc');
  else if (isSearched) query.set('$search', searchText(text));
  else query.set('$filter', `contains(tolower(${title}),${quoted(text.trim().toLowerCase())})`);
  return `${target.set}?${query}`;
}
