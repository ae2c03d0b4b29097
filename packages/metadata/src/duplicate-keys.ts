// What duplicate rules compare, as SQL: index and query print the same expressions, or the indexes would not serve. It runs no SQL.
import { contentHash } from './content-hash.ts';
import type { DuplicateMatch, DuplicateRule, EntityType, Model, Property } from './model.ts';
import { indexName } from './names.ts';
import { foldedSql } from './search-text.ts';
import type { IndexShape } from './storage-shape-types.ts';

const LIVE = 'deleted_on is null';
/** Types whose text is the same in every session, so that an index can be made over it. */
const TEXTUAL: ReadonlySet<Property['type']> = new Set([
  'Edm.String',
  'Edm.Int64',
  'Edm.Decimal',
  'Edm.Boolean',
  'Edm.Guid',
]);

/**
 * SQL of the form in which texts are compared: null where nothing is left. What has a form of its own (addresses, numbers) keeps its
 * punctuation. `property` is the one that is looked through, whose form both sides take.
 */
export function comparedSql({ how }: Pick<DuplicateMatch, 'how'>, property: Property, sql: string): string {
  if (how === 'exact') return property.type === 'Edm.String' ? `nullif(${sql}, '')` : sql;
  if (property.normalize !== undefined) return `nullif(btrim(${foldedSql(sql)}), '')`;
  return `nullif(btrim(regexp_replace(${foldedSql(sql)}, '[^[:alnum:]]+', ' ', 'g')), '')`;
}

/** The parts of a rule by how they are looked for: those of the one key, those compared one by one, those that are similar. */
export interface MatchParts {
  readonly keyed: readonly DuplicateMatch[];
  readonly plain: readonly DuplicateMatch[];
  readonly fuzzy: readonly DuplicateMatch[];
}

/** Parts of a rule that looks through `against`. */
export function matchParts(rule: Pick<DuplicateRule, 'match'>, against: EntityType): MatchParts {
  const isKeyed = ({ other }: DuplicateMatch): boolean =>
    TEXTUAL.has(against.properties.get(other)?.type ?? 'Edm.Date');
  const equal = rule.match.filter(({ how }) => how !== 'fuzzy');
  const fuzzy = rule.match.filter(({ how }) => how === 'fuzzy');
  return { keyed: equal.filter(isKeyed), plain: equal.filter((each) => !isKeyed(each)), fuzzy };
}

/** SQL of the one text of the keyed parts; null where one of them is empty. `printed` prints the value of a part. */
export function keySql(
  keyed: readonly DuplicateMatch[],
  against: EntityType,
  printed: (match: DuplicateMatch) => string,
): string {
  const texts = keyed.map((match) => {
    const property = propertyOf(against, match);
    const sql = comparedSql(match, property, printed(match));
    return property.type === 'Edm.String' ? sql : `(${sql})::text`;
  });
  return texts.length === 1 ? (texts[0] ?? 'null') : `(${texts.join(` || E'\\n' || `)})`;
}

/** Hash of a key, of which the index is made: keys may be longer than an entry of an index. */
export const hashedSql = (key: string): string => `hashtextextended(${key}, 0)`;

function propertyOf(entity: EntityType, { other }: DuplicateMatch): Property {
  const property = entity.properties.get(other);
  if (property === undefined) throw new Error(`${entity.name} has no property ${other}`);
  return property;
}

/** Active rules that look through records of the entity. */
export function rulesAgainst(entity: EntityType, model: Pick<Model, 'duplicateRules'>): readonly DuplicateRule[] {
  return [...model.duplicateRules.values()].filter(({ against, active }) => active && against === entity.name);
}

/** The indexes that the active rules need, no two alike. */
export function duplicateIndexes(entity: EntityType, model: Pick<Model, 'duplicateRules'>): readonly IndexShape[] {
  const shapes = rulesAgainst(entity, model).map((rule) => ruleIndex(entity, rule));
  return [...new Map(shapes.map((shape) => [shape.name, shape])).values()];
}

function ruleIndex(entity: EntityType, rule: DuplicateRule): IndexShape {
  const column = (match: DuplicateMatch): string => `"${propertyOf(entity, match).column}"`;
  const { keyed, plain, fuzzy } = matchParts(rule, entity);
  const [similar] = fuzzy;
  const named = (kind: string, sql: string): string =>
    indexName(entity.table, `${kind}_${contentHash(sql).slice(0, 8)}`);
  const base = { columns: [], unique: false, where: LIVE };
  if (keyed.length > 0) {
    const sql = hashedSql(keySql(keyed, entity, column));
    return {
      ...base,
      name: named('same', sql),
      expression: { sql, operatorClass: 'int8_ops nulls first', parameters: '' },
    };
  }
  if (plain.length > 0) {
    const columns = plain.map((match) => propertyOf(entity, match).column);
    return { ...base, name: named('same', columns.join()), columns };
  }
  if (similar === undefined) throw new Error(`the rule ${rule.name} matches nothing`);
  const sql = comparedSql(similar, propertyOf(entity, similar), column(similar));
  const expression = { sql, operatorClass: 'kartoteka.gin_trgm_ops', parameters: 'fastupdate = on' };
  return { ...base, name: named('similar', sql), method: 'gin', expression };
}
