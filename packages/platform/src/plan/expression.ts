// An expression of a request against the Model: text -> checked nodes, or the errors of the one table.
import {
  type CheckOptions,
  checkExpression,
  type EntityType,
  type ExpressionError,
  type Model,
  parseExpression,
  type Scope,
  type TypedExpression,
} from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { type Aliases, aliasScope, NO_ALIASES, withoutAliases } from './aliases.ts';

/**
 * Parses and checks the text of `option`. `nested`: within an expand, where $it would be the record that is expanded. `aliases`: what the request
 * computes, whose names it may use; none of them is left. Throws
 * invalid_expression and its kin, all findings as details.
 */
export function planExpression(
  model: Model,
  entity: EntityType,
  text: string,
  option: string,
  expects?: 'boolean',
  nested = false,
  aliases: Aliases = NO_ALIASES,
): TypedExpression {
  const scope = aliasScope(entity, model, aliases);
  const named: Scope = nested ? { ...scope, it: 'refused' } : scope;
  return withoutAliases(checked(named, text, option, expects === undefined ? {} : { expects }), aliases, option);
}

/** The same over names that are no entity's; a value that a closed set does not have is refused. */
export function planScoped(scope: Scope, text: string, option: string, expects: 'boolean'): TypedExpression {
  return checked(scope, text, option, { expects, strictValues: true });
}

/** An expression that is kept with its literals, whatever request asks it. */
export function planConstant(scope: Scope, text: string, option: string, expects?: 'boolean'): TypedExpression {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw expressionError(parsed.errors, option);
  const typed = checkExpression(withoutIndexes(parsed.expression), scope, expects === undefined ? {} : { expects });
  if (!typed.ok) throw expressionError(typed.errors, option);
  return typed.expression;
}

/** An expression of the request's own names: its literals are bound by their place in the text. */
export function planBound(scope: Scope, text: string, option: string, expects?: 'boolean'): TypedExpression {
  return checked(scope, text, option, expects === undefined ? {} : { expects });
}

/** The parsed nodes, which are plain data, with literals that stand at no place of a text. */
function withoutIndexes<T>(node: T): T {
  if (Array.isArray(node)) return node.map(withoutIndexes) as T;
  if (node === null || typeof node !== 'object') return node;
  const members = Object.entries(node).map(([name, member]) => [
    name,
    name === 'index' && 'kind' in node && node.kind === 'literal' ? null : withoutIndexes(member),
  ]);
  return Object.fromEntries(members) as T;
}

function checked(scope: Scope, text: string, option: string, options: CheckOptions): TypedExpression {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw expressionError(parsed.errors, option);
  const typed = checkExpression(parsed.expression, scope, options);
  if (!typed.ok) throw expressionError(typed.errors, option);
  return typed.expression;
}

/** Codes of the expression language that are codes of the error table as well. */
const SHARED_CODES = [
  'limit_exceeded',
  'invalid_text',
  'unknown_property',
  'operator_not_applicable',
  'type_mismatch',
] as const;

function expressionError(errors: readonly ExpressionError[], option: string): PlatformError {
  const first = errors[0];
  const reason = first?.message ?? 'the expression is not valid';
  if (first?.code === 'not_supported') {
    return new PlatformError('not_supported', { what: first.values?.what ?? reason }, { target: option });
  }
  const details = errors.map((error) => ({
    code: SHARED_CODES.find((code) => code === error.code) ?? ('invalid_expression' as const),
    message: error.hint === undefined ? error.message : `${error.message} (${error.hint})`,
    target: `${option}@${error.at}`,
  }));
  return new PlatformError('invalid_expression', { reason }, { target: option, details });
}
