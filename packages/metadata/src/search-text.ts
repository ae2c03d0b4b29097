// What $search looks through: which properties can be searched, and the one text that a record is searched as. Index and query
// print the same expression, or the index would not serve. It runs no SQL.
import type { EntityType, Property } from './model.ts';

const searched = new WeakMap<EntityType, readonly Property[]>();

/** The properties that $search looks through, in order; empty: the entity cannot be searched. */
export function searchProperties(entity: EntityType): readonly Property[] {
  const known = searched.get(entity);
  if (known !== undefined) return known;
  const properties = [...entity.properties.values()].filter((property) => property.search === true);
  searched.set(entity, properties);
  return properties;
}

type Searched = Pick<Property, 'type' | 'values'> & { readonly computed?: unknown };

/** Whether the values of a property are text, or whole numbers, that somebody would look for. Codes of choices are not. */
export function isSearchable({ type, values, computed }: Searched): boolean {
  return (type === 'Edm.String' || type === 'Edm.Int64') && values === undefined && computed === undefined;
}

/** Two forms of one letter. */
const FORMS = ['ёς', 'еσ'] as const;

/** SQL of a text as it is compared: without case, ё as е. */
export function foldedSql(text: string): string {
  return `translate(lower(${text} collate "und-x-icu"), '${FORMS[0]}', '${FORMS[1]}')`;
}

/** SQL of what a record is searched as, never null; `column` prints the column of a property. Values stand on lines of their own. */
export function searchTextSql(entity: EntityType, column: (property: Property) => string): string {
  const parts = searchProperties(entity).map((property) => {
    const cast = property.type === 'Edm.String' ? '' : '::text';
    return `coalesce(${column(property)}${cast}, '')`;
  });
  return foldedSql(`(${parts.join(` || E'\\n' || `)})`);
}
