// The checker's part for collections: `any`, `all`, `$count`, `has` and `in` over a property.
import { type Check, checkPath, type Of } from './check.ts';
import { withArticle } from './type-rules.ts';
import {
  type ExpressionError,
  type RecordsSource,
  type ResolvedPath,
  type ResolvedRecords,
  THIS,
  type TypedExpression,
} from './types.ts';

type Path = Extract<TypedExpression, { kind: 'path' }>;
type Members = NonNullable<ResolvedPath['members']>;

export function checkLambda(check: Check, node: Of<'lambda'>): TypedExpression | undefined {
  const { op, path, variable, predicate, at } = node;
  const records = check.records(path);
  if (records === 'refused') return refuseRecords(check, path, at);
  if (records !== undefined) {
    const source = sourceOf(records);
    if (predicate === null || variable === null)
      return { kind: 'records_lambda', type: 'boolean', op, source, variable: null, predicate: null };
    const typed = check.withVariable(variable, { kind: 'record', scope: records.target }).boolean(predicate, op);
    return typed && { kind: 'records_lambda', type: 'boolean', op, source, variable, predicate: typed };
  }
  const found = arrayAt(check, op, path, at);
  if (found === undefined) return undefined;
  const { collection } = found;
  if (predicate === null || variable === null)
    return { kind: 'lambda', type: 'boolean', op, collection, variable: null, predicate: null };
  const typed = check.withVariable(variable, { kind: 'value', path: memberOf(found, variable) }).boolean(predicate, op);
  return typed && { kind: 'lambda', type: 'boolean', op, collection, variable, predicate: typed };
}

export function checkCount(check: Check, { path, predicate, at }: Of<'count'>): TypedExpression | undefined {
  const records = check.records(path);
  if (records === 'refused') return refuseRecords(check, path, at);
  if (records === undefined) {
    const found = arrayAt(check, '$count', path, at);
    if (found === undefined) return undefined;
    if (predicate === null) return { kind: 'count', type: 'integer', collection: found.collection };
    return notSupported(check, at, 'A filter within the $count of an array');
  }
  const source = sourceOf(records);
  if (predicate === null) return { kind: 'records_count', type: 'integer', source, predicate: null };
  const scope = records.target;
  const inside = check.withVariable(THIS, { kind: 'record', scope }).within({ scope, root: THIS });
  const typed = inside.boolean(predicate, '$filter');
  return typed && { kind: 'records_count', type: 'integer', source, predicate: typed };
}

/** `'a' in kinds`. */
export function checkMember(check: Check, node: Of<'member'>): TypedExpression | undefined {
  const { operand, collection: path, at } = node;
  check.applies('in', operand);
  const typed = check.node(operand);
  const found = arrayAt(check, 'in', path, at);
  if (typed === undefined || found === undefined) return undefined;
  check.choiceAt(path, operand);
  if (typed.type !== 'null' && typed.type !== found.members.type) {
    const message = `${withArticle(typed.type)} cannot be a member of ${path.join('/')}`;
    return check.error('type_mismatch', operand.at, message);
  }
  return { kind: 'member', type: 'boolean', operand: typed, collection: found.collection };
}

/** `kinds has 'a'`; several values with commas between them: it has each. */
export function checkHas(check: Check, node: Of<'has'>): TypedExpression | undefined {
  const { collection: left, values: right, at } = node;
  const values = check.node(right);
  if (left.kind !== 'path')
    return check.error('invalid_expression', at, 'has asks for values of a property', "Write kinds has 'a'");
  const found = arrayAt(check, 'has', left.segments, left.at);
  if (values === undefined || found === undefined) return undefined;
  if (values.kind !== 'literal' || values.type !== 'string')
    return check.error('invalid_expression', right.at, 'has takes a text in quotes', "Write kinds has 'a'");
  if (right.kind === 'literal')
    for (const value of String(values.value).split(',')) check.choiceAt(left.segments, { ...right, value });
  return { kind: 'has', type: 'boolean', collection: found.collection, values };
}

function sourceOf({ root, navigations, navigation }: ResolvedRecords & { readonly root?: string }): RecordsSource {
  return root === undefined ? { navigations, navigation } : { variable: root, navigations, navigation };
}

interface FoundArray {
  readonly collection: Path;
  readonly members: Members;
  readonly values: readonly string[] | undefined;
}

/** The array that a path names; undefined after reporting that it names none. */
function arrayAt(check: Check, op: string, path: readonly string[], at: number): FoundArray | undefined {
  // What can be asked for its members can be asked for their number, and for one of them.
  check.applies(op === 'all' ? op : 'any', { kind: 'path', segments: path, at }, op);
  const collection = checkPath(check, { segments: path, at });
  const resolved = check.resolve(path);
  if (collection?.kind !== 'path' || resolved?.members === undefined) return undefined;
  return { collection, members: resolved.members, values: resolved.values };
}

/** What the name of a member means: one of the values of the array. */
function memberOf({ members, values }: FoundArray, variable: string): ResolvedPath {
  return {
    navigations: [],
    property: variable,
    nullable: false,
    ...members,
    ...(values === undefined ? {} : { values }),
  };
}

function refuseRecords(check: Check, path: readonly string[], at: number): undefined {
  const reason = `${path.join('/')} leads to other records, which cannot be asked for here`;
  return check.error('invalid_expression', at, reason, 'Only queries ask for records of a collection');
}

function notSupported(check: Check, at: number, what: string): undefined {
  const code: ExpressionError['code'] = 'not_supported';
  return check.error(code, at, `${what} is not supported yet`, undefined, { what });
}
