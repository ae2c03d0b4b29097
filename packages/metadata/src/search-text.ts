// What $search looks through: which properties can be searched, the one text in which parts of words are looked for, and the one
// list of words of the long texts. Index and query print the same expressions, or the indexes would not serve. It runs no SQL.
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

type Column = (property: Property) => string;

/**
 * SQL of the text in which parts of words are looked for, never null: names, numbers, addresses. `column` prints the column of a
 * property. Values stand on lines of their own. Null where all that is searched is prose.
 */
export function searchTextSql(entity: EntityType, column: Column): string | null {
  const parts = searchProperties(entity).filter(({ prose }) => prose === undefined);
  const texts = parts.map((property) => filled(property.type === 'Edm.String' ? '' : '::text', column(property)));
  return texts.length === 0 ? null : foldedSql(`(${lines(texts)})`);
}

/**
 * Characters of the long texts of a record that are searched: PostgreSQL keeps no list of words above a megabyte, and the
 * shortest words in the rarest scripts take four and a half bytes per character.
 */
export const MOST_SEARCHED_CHARACTERS = 200_000;

/** SQL of the words of the long texts that are searched, as a tsvector, never null; null where none is. */
export function searchWordsSql(entity: EntityType, column: Column): string | null {
  const parts = searchProperties(entity).filter(({ prose }) => prose === true);
  return parts.length === 0 ? null : vectorSql(parts.map((property) => column(property)));
}

/** The long texts that are searched, each alone: its text in which parts are looked for, and its words. */
export function searchedProse(
  entity: EntityType,
  column: Column,
): readonly { readonly text: string; readonly words: string }[] {
  const parts = searchProperties(entity).filter(({ prose }) => prose === true);
  return parts.map((property) => ({
    text: foldedSql(cut(filled('', column(property)))),
    words: vectorSql([column(property)]),
  }));
}

/** The function comes with the platform's own tables (prisma/migrations). */
function vectorSql(columns: readonly string[]): string {
  return `kartoteka.search_words(${wordsSql(cut(lines(columns.map((column) => filled('', column)))))})`;
}

const cut = (text: string): string => `left(${text}, ${MOST_SEARCHED_CHARACTERS})`;

/**
 * SQL of the words of a text, folded, with a blank between them. PostgreSQL's own parser would take what looks like an address or
 * a path for one word.
 */
export function wordsSql(text: string): string {
  return `regexp_replace(${foldedSql(text)}, '[^[:alnum:]]+', ' ', 'g')`;
}

const filled = (cast: string, column: string): string => `coalesce(${column}${cast}, '')`;

const lines = (texts: readonly string[]): string => texts.join(` || E'\\n' || `);
