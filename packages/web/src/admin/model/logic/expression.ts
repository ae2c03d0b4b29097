// An expression while it is typed: everything that is wrong with it, by the parser and checker that the service uses, with the place in
// the text. What the service alone can tell (formulas within formulas, names that the publish would take away) comes with validate.
import { checkExpression, type ExpressionType, parseExpression } from '@kartoteka/metadata';
import { type ExpressionPlace, type NamedEntity, scopeOf } from './scope.ts';

export interface ExpressionProblem {
  /** Offset in the text. */
  readonly at: number;
  readonly message: string;
  readonly hint?: string;
}

export interface ExpressionRules {
  readonly entity: string;
  readonly place: ExpressionPlace;
  /** Type of the whole; absent: any. */
  readonly expects?: ExpressionType;
  /** Secured fields may not be named: who sees whether it holds would learn their values. */
  readonly secret?: 'refused';
}

/** All problems of a text; an empty one has none: it is no condition. */
export function expressionProblems(
  text: string,
  entities: ReadonlyMap<string, NamedEntity>,
  rules: ExpressionRules,
): readonly ExpressionProblem[] {
  if (text.trim() === '') return [];
  const scope = scopeOf(entities, rules.entity, rules.place);
  if (scope === undefined) return [];
  const parsed = parseExpression(text);
  if (!parsed.ok) return parsed.errors;
  const secured = new Map<string, number>();
  const watched = {
    ...scope,
    resolve: (segments: readonly string[]) => {
      const [name = ''] = segments;
      if (segments.length === 1 && entities.get(rules.entity)?.properties.get(name)?.secured)
        secured.set(name, Math.max(0, text.indexOf(name)));
      return scope.resolve(segments);
    },
  };
  const options = { strictValues: true, ...(rules.expects === undefined ? {} : { expects: rules.expects }) };
  const checked = checkExpression(parsed.expression, watched, options);
  const problems = checked.ok ? [] : checked.errors.map(({ at, message, hint }) => ({ at, message, hint }));
  if (rules.secret !== 'refused') return problems;
  const secrets = [...secured].map(([name, at]) => ({
    at,
    message: `${name} is secured: whether a condition on it holds would tell its value`,
  }));
  return [...problems, ...secrets];
}
