// Questions about collections in SQL: of the members of an array, along its GIN index where that can serve, and of the records of
// a collection, as a correlated subquery over those that the reader may read.
import { type RecordsSource, THIS, type TypedExpression } from '@kartoteka/metadata';
import {
  as,
  columnOf,
  condition,
  type ExpressionEnvironment,
  type Mode,
  type RecordRows,
  rowsOf,
} from './expression.ts';

type Env = ExpressionEnvironment;
type Of<K extends TypedExpression['kind']> = Extract<TypedExpression, { kind: K }>;

export function printLambda(node: Of<'lambda'>, env: Env, mode: Mode): string {
  const { op, collection, variable, predicate } = node;
  const column = columnOf(collection, env);
  if (predicate === null || variable === null) return `(coalesce(cardinality(${column}), 0) > 0)`;
  const values = op === 'any' ? soughtValues(predicate, variable) : null;
  if (values !== null) {
    // A GIN index over the members serves this.
    const sought = `${column} && array[${values.map((value) => as(value, env, 'text')).join(', ')}]`;
    return mode === 'predicate' ? `(${sought})` : `coalesce(${sought}, false)`;
  }
  const alias = `member_${env.members?.size ?? 0}`;
  const members = new Map([...(env.members ?? []), [variable, `${alias}.value`]]);
  const holds = condition(predicate, { ...env, members }, 'predicate');
  const from = `select from unnest(${column}) as ${alias}(value) where`;
  return op === 'any' ? `exists (${from} ${holds})` : `(not exists (${from} (${holds}) is not true))`;
}

/** The values of which a member is to be one, where that is all that the predicate says. */
function soughtValues(predicate: TypedExpression, variable: string): readonly TypedExpression[] | null {
  const isMember = (node: TypedExpression): boolean => node.kind === 'variable' && node.name === variable;
  const isValue = (node: TypedExpression): boolean => node.kind === 'literal' && node.value !== null;
  if (predicate.kind === 'in')
    return isMember(predicate.operand) && predicate.list.every(isValue) ? predicate.list : null;
  if (predicate.kind !== 'compare' || predicate.op !== 'eq') return null;
  const { left, right } = predicate;
  if (isMember(left) && isValue(right)) return [right];
  return isMember(right) && isValue(left) ? [left] : null;
}

export function printCount({ collection }: Of<'count'>, env: Env): string {
  return `coalesce(cardinality(${columnOf(collection, env)}), 0)::bigint`;
}

export function printMember({ operand, collection }: Of<'member'>, env: Env, mode: Mode): string {
  const [value, column] = [as(operand, env, 'text'), columnOf(collection, env)];
  if (operand.kind === 'literal') return contains(`${column} @> array[${value}]`, mode);
  return contains(`${value} collate "C" = any(${column})`, mode);
}

export function printHas({ collection, values }: Of<'has'>, env: Env, mode: Mode): string {
  return contains(`${columnOf(collection, env)} @> string_to_array(${as(values, env, 'text')}, ',')`, mode);
}

/** Null, of an array or of what is sought in it, counts as no. */
function contains(sql: string, mode: Mode): string {
  return mode === 'predicate' ? `(${sql})` : `coalesce(${sql}, false)`;
}

export function printRecordsLambda(node: Of<'records_lambda'>, env: Env): string {
  const { op, source, variable, predicate } = node;
  const rows = begin(source, env);
  // One within another is asked record by record: joined all together, a wrong guess of the planner at any of them multiplies.
  const end = (env.recordVariables?.size ?? 0) > 0 ? ' offset 0' : '';
  if (predicate === null) return `exists (select from ${sourceText(rows, '')}${end})`;
  const holds = condition(predicate, withRows(env, variable ?? '', rows), 'predicate');
  return op === 'any'
    ? `exists (select from ${sourceText(rows, holds)}${end})`
    : `(not exists (select from ${sourceText(rows, `(${holds}) is not true`)}${end}))`;
}

export function printRecordsCount({ source, predicate }: Of<'records_count'>, env: Env): string {
  const rows = begin(source, env);
  const holds = predicate === null ? '' : condition(predicate, withRows(env, THIS, rows), 'predicate');
  return `(select count(*) from ${sourceText(rows, holds)})`;
}

function begin(source: RecordsSource, env: Env): RecordRows {
  if (env.records === undefined) throw new Error('No expression asks for records here');
  return env.records(source, source.variable === undefined ? undefined : rowsOf(source.variable, env));
}

function withRows(env: Env, variable: string, rows: RecordRows): Env {
  return { ...env, recordVariables: new Map([...(env.recordVariables ?? []), [variable, rows]]) };
}

function sourceText(rows: RecordRows, holds: string): string {
  const { from, where } = rows.source();
  return `${from} where ${where}${holds === '' ? '' : ` and ${holds}`}`;
}
