// The checker's part for functions and `case`.
import type { Check, Of } from './check.ts';
import { FUNCTIONS, ZONED_FUNCTIONS } from './functions.ts';
import { asOther, isAssignable, typeOfBoth, withArticle } from './type-rules.ts';
import type { Branch, ExpressionType, TypedExpression } from './types.ts';

export function checkCall(check: Check, node: Of<'call'>): TypedExpression | undefined {
  const { name, at } = node;
  const signature = FUNCTIONS.get(name);
  if (signature === undefined) return check.error('invalid_expression', at, `There is no function ${name}`);
  if (name === 'my_teams')
    return check.error(
      'invalid_expression',
      at,
      'my_teams() can stand only on the right of in',
      'Write owner_id in my_teams()',
    );
  if (name === 'is_stale') return checkStale(check, node);
  const { parameters, optional, result } = signature;
  const least = parameters.length - optional;
  if (node.args.length < least || node.args.length > parameters.length) {
    const count = optional === 0 ? String(least) : `${least} to ${parameters.length}`;
    check.error('invalid_expression', at, `${name} takes ${count} arguments, not ${node.args.length}`);
  }
  const args = node.args.map((_argument, i) => checkArgument(check, node, i, parameters[i]));
  return args.every((typed) => typed !== undefined) ? { kind: 'call', type: result, name, args } : undefined;
}

/** Of a property that goes stale by itself, where the change log can be asked. */
function checkStale(check: Check, { name, args, at }: Of<'call'>): TypedExpression | undefined {
  const [only, ...others] = args;
  if (only === undefined || others.length > 0)
    return check.error('invalid_expression', at, `${name} takes 1 arguments, not ${args.length}`);
  const typed = check.node(only);
  if (typed === undefined) return undefined;
  if (only.kind === 'path' && typed.kind === 'path' && check.resolve(only.segments)?.goesStale === true)
    return { kind: 'call', type: 'boolean', name, args: [typed] };
  const path = only.kind === 'path' ? only.segments.join('/') : withArticle(typed.type);
  const hint = 'It takes a choice, in filters and views';
  return check.error('operator_not_applicable', only.at, `${name} cannot be applied to ${path} here`, hint, {
    operator: name,
    name: path,
  });
}

function checkArgument(
  check: Check,
  { name, args }: Of<'call'>,
  i: number,
  expected: readonly ExpressionType[] | undefined,
): TypedExpression | undefined {
  const argument = args[i];
  if (argument === undefined) return undefined;
  if (expected !== undefined) check.applies(name, argument);
  const given = check.node(argument);
  if (given === undefined || expected === undefined) return undefined;
  const [only] = expected;
  const typed = expected.length === 1 && only !== undefined ? asOther(given, only) : given;
  if (!expected.some((type) => isAssignable(typed.type, type))) {
    const types = expected.map(withArticle).join(' or ');
    return check.error('type_mismatch', argument.at, `${name} takes ${types} here, not ${withArticle(typed.type)}`);
  }
  // OData: where offsets are not kept, parts of a timestamp written with one must not be told.
  if (typed.kind === 'literal' && typed.type === 'datetime' && ZONED_FUNCTIONS.has(name)) {
    const reason = `${name} is told in the time zone of the organization, not in that of a literal`;
    return check.error('invalid_expression', argument.at, reason, 'Name a property, or write the part itself');
  }
  return typed;
}

export function checkCase(check: Check, { branches, at }: Of<'case'>): TypedExpression | undefined {
  const typed: Branch<TypedExpression>[] = [];
  let type: ExpressionType | undefined = 'null';
  for (const branch of branches) {
    const [when, value] = [check.boolean(branch.when, 'case'), check.node(branch.value)];
    if (when === undefined || value === undefined || type === undefined) continue;
    const both = typeOfBoth(type, value.type);
    if (both === undefined)
      check.error(
        'type_mismatch',
        branch.value.at,
        `case gives ${withArticle(type)} before, and cannot give ${withArticle(value.type)} here`,
      );
    type = both;
    typed.push({ when, value });
  }
  if (type === undefined || typed.length !== branches.length) return undefined;
  if (type === 'null') return check.error('type_mismatch', at, 'case gives null in every branch');
  if (type === 'json' || type === 'collection')
    return check.error('type_mismatch', at, `case cannot give ${withArticle(type)}`);
  return { kind: 'case', type, branches: typed };
}

/** What a literal says is known here; other values keep the type that they have. */
export function checkCast(check: Check, { operand, type, at }: Of<'cast'>): TypedExpression | undefined {
  const given = check.node(operand);
  if (given === undefined || given.type === type || given.type === 'null') return given;
  if (given.kind !== 'literal' || given.type !== 'string') {
    const what = `cast of ${withArticle(given.type)} to ${withArticle(type)}`;
    return check.error('not_supported', at, `${what} is not supported yet`, undefined, { what });
  }
  const typed = asOther(given, type);
  if (typed.type === type) return typed;
  return check.error('invalid_expression', operand.at, `The text in quotes is not ${withArticle(type)}`);
}
