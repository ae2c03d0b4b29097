// Stored expressions (conditions of fields, rules and roles; formulas; filters of rollups): text -> checked expression over the
// record's own properties. A formula that a condition names is put in its place, so that whoever judges a condition, in SQL
// or in JavaScript, finds columns only.
import { recordScope, type ScopedEntity } from './entity-scope.ts';
import { checkExpression } from './expression/check.ts';
import { parseExpression } from './expression/parse.ts';
import { referencedPaths } from './expression/print.ts';
import { exceededLimit, substitutePaths } from './expression/substitute.ts';
import type { ExpressionError, ExpressionType, Scope, TypedExpression } from './expression/types.ts';
import type { EntityDraft } from './link-entity.ts';
import type { Property } from './model.ts';
import { readsRecords } from './stored-properties.ts';

/** Says one thing that is wrong with a condition. */
export type ReportCondition = (reason: string, hint?: string) => void;

/** The entity that an expression stands on. */
export type ExpressionEntity = ScopedEntity & Pick<EntityDraft, 'broken'>;

export interface StoredExpression {
  readonly expression: TypedExpression;
  /** The properties that the text names, each once. */
  readonly named: readonly Property[];
}

/** The checked condition, or null after reporting everything that is wrong with it (nothing when a field it names is). */
export function linkCondition(text: string, entity: ExpressionEntity, report: ReportCondition): TypedExpression | null {
  const linked = linkStoredCondition(text, entity, report);
  return linked !== null && isNamable(linked, entity, report) ? linked.expression : null;
}

/**
 * Whoever may write the other properties of a condition could find out a secured one by trying; a number is drawn when the
 * row is stored, after conditions are judged.
 */
function isNamable({ expression, named }: StoredExpression, entity: ScopedEntity, report: ReportCondition): boolean {
  const secured = named.filter((property) => property.secured);
  const numbers = referencedPaths(expression).filter(({ property }) => entity.properties.get(property)?.numbering);
  for (const { name } of secured)
    report(`${name} is secured: whether a condition on it holds would tell its value`, 'Leave it out');
  for (const { property } of numbers) report(`${property} has no value before the record is stored`, 'Leave it out');
  return secured.length === 0 && numbers.length === 0;
}

/** A condition on records that are stored: it may name what is secured or numbered. With the properties that it names. */
export function linkStoredCondition(
  text: string,
  entity: ExpressionEntity,
  report: ReportCondition,
): StoredExpression | null {
  const linked = linkExpression(text, entity, { expects: 'boolean', what: 'a stored condition' }, report);
  if (linked === null) return null;
  const others = linked.named.filter((property) => readsRecords(property));
  for (const { name } of others) {
    const hint = 'Name what the record itself holds';
    report(`${name} is computed from other records, which a stored condition cannot use`, hint);
  }
  if (others.length > 0) return null;
  const expression = expandFormulas(linked.expression, entity, report);
  return expression === null ? null : { expression, named: linked.named };
}

/**
 * A checked expression as its text says it, formulas not yet put in their places; null after reporting what is wrong. `what`
 * names the place in messages.
 */
export function linkExpression(
  text: string,
  entity: ExpressionEntity,
  place: { readonly expects: ExpressionType; readonly what: string },
  report: ReportCondition,
): StoredExpression | null {
  const parsed = parseExpression(text);
  if (!parsed.ok) return refuse(parsed.errors, report);
  const scope = recordScope(entity);
  const foreign = new Set<string>();
  const named = new Map<string, Property>();
  let broken = false;
  const watched: Scope = {
    ...scope,
    resolve: (segments) => {
      const [name = ''] = segments;
      const resolved = scope.resolve(segments);
      broken ||= isBrokenName(entity, name);
      if (segments.length > 1) foreign.add(segments.join('/'));
      const property = entity.properties.get(name);
      if (segments.length === 1 && property !== undefined) named.set(name, property);
      return resolved;
    },
  };
  const checked = checkExpression(parsed.expression, watched, { expects: place.expects, strictValues: true });
  if (broken) return null;
  if (checked.ok) return { expression: checked.expression, named: [...named.values()] };
  if (foreign.size === 0) return refuse(checked.errors, report);
  for (const path of foreign) {
    // The checker asks for the id of what may be a navigation beside null.
    if (path.endsWith('/id') && foreign.has(path.slice(0, -'/id'.length))) continue;
    const hint = 'Name properties of the record itself; compare ids such as company_id';
    report(`${path} leads to another record, which ${place.what} cannot use`, hint);
  }
  return null;
}

/** The expression with its formulas put in place; what is left are columns and rollups. Null after reporting its size. */
export function expandFormulas(
  expression: TypedExpression,
  entity: ScopedEntity,
  report: ReportCondition,
): TypedExpression | null {
  const expanded = substitutePaths(expression, (path) => {
    const computed = entity.properties.get(path.property)?.computed;
    return computed?.kind === 'formula' ? computed.expression : path;
  });
  const limit = exceededLimit(expanded);
  if (limit === undefined) return expanded;
  report(`With the formulas it names the expression exceeds the limit ${limit}`, 'Use fewer formulas in one another');
  return null;
}

function refuse(errors: readonly ExpressionError[], report: ReportCondition): null {
  for (const { message, at, hint } of errors) report(`${message} (at character ${at + 1})`, hint);
  return null;
}

/** Whether the name would be a property of a field that could not be linked. */
export function isBrokenName(draft: Pick<EntityDraft, 'broken'>, name: string): boolean {
  return [...draft.broken].some((field) => name === field || name.startsWith(`${field}_`));
}
