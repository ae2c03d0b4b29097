// Stored conditions (required_when, rules, role conditions): text -> checked expression over the record's own properties.
import { recordScope, type ScopedEntity } from './entity-scope.ts';
import { checkExpression } from './expression/check.ts';
import { parseExpression } from './expression/parse.ts';
import { referencedPaths } from './expression/print.ts';
import type { ExpressionError, Scope, TypedExpression } from './expression/types.ts';
import type { EntityDraft } from './link-entity.ts';

/** Says one thing that is wrong with a condition. */
export type ReportCondition = (reason: string, hint?: string) => void;

/** The checked condition, or null after reporting everything that is wrong with it (nothing when a field it names is). */
export function linkCondition(
  text: string,
  entity: ScopedEntity & Pick<EntityDraft, 'broken'>,
  report: ReportCondition,
): TypedExpression | null {
  const parsed = parseExpression(text);
  if (!parsed.ok) return refuse(parsed.errors, report);
  const scope = recordScope(entity);
  const foreign = new Set<string>();
  let broken = false;
  const watched: Scope = {
    ...scope,
    resolve: (segments) => {
      broken ||= isBrokenName(entity, segments[0] ?? '');
      if (segments.length > 1) foreign.add(segments.join('/'));
      return scope.resolve(segments);
    },
  };
  const checked = checkExpression(parsed.expression, watched, { expects: 'boolean', strictValues: true });
  if (checked.ok) return withoutUnnamable(checked.expression, entity, report);
  if (broken) return null;
  if (foreign.size === 0) return refuse(checked.errors, report);
  for (const path of foreign) {
    const hint = 'Name properties of the record itself; compare ids such as company_id';
    report(`${path} leads to another record, which a stored condition cannot use`, hint);
  }
  return null;
}

/**
 * Whoever may write the other properties of a condition could find out a secured one by trying; a number is drawn when the
 * row is stored, after conditions are judged.
 */
function withoutUnnamable(
  expression: TypedExpression,
  entity: ScopedEntity,
  report: ReportCondition,
): TypedExpression | null {
  let refused = false;
  for (const { property } of referencedPaths(expression)) {
    const { secured, numbering } = entity.properties.get(property) ?? {};
    if (secured) report(`${property} is secured: whether a condition on it holds would tell its value`, 'Leave it out');
    if (numbering !== undefined) report(`${property} has no value before the record is stored`, 'Leave it out');
    refused ||= secured === true || numbering !== undefined;
  }
  return refused ? null : expression;
}

function refuse(errors: readonly ExpressionError[], report: ReportCondition): null {
  for (const { message, at, hint } of errors) report(`${message} (at character ${at + 1})`, hint);
  return null;
}

/** Whether the name would be a property of a field that could not be linked. */
export function isBrokenName(draft: Pick<EntityDraft, 'broken'>, name: string): boolean {
  return [...draft.broken].some((field) => name === field || name.startsWith(`${field}_`));
}
