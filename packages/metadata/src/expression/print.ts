// Nodes to canonical text, and the paths an expression names. The text parses and checks back to the same nodes.
import { EDM_TYPES } from './functions.ts';
import { INFIX_OPERATORS } from './infix.ts';
import { childrenOf } from './traverse.ts';
import type { Expression, RecordsSource, TypedExpression } from './types.ts';

type Node = Expression | TypedExpression;
const UNARY = 7;
/** The widest type of each. */
const EDM_NAMES = new Map([...EDM_TYPES].map(([name, type]) => [type, name]));

/** Canonical text: lower-case operators, single spaces, no parentheses that are not needed, canonical literals. */
export function printExpression(node: Node): string {
  switch (node.kind) {
    case 'literal':
      if (node.type === 'boolean' && typeof node.value === 'string') return `cast('${node.value}',Edm.Boolean)`;
      if (node.type === 'duration') return `duration'${String(node.value)}'`;
      return node.type === 'string' ? `'${String(node.value).replaceAll("'", "''")}'` : String(node.value);
    case 'variable':
      return node.name;
    case 'lambda':
    case 'records_lambda':
      return printLambda(node);
    case 'count':
    case 'records_count':
      return `${printCollection(node)}/$count${printFilter(node)}`;
    case 'member':
      return `${printOperand(node.operand, precedenceOf(node))} in ${printCollection(node)}`;
    case 'has':
      return `${printOperand(node.collection, precedenceOf(node))} has ${printOperand(node.values, UNARY)}`;
    case 'case':
      return `case(${node.branches.map(({ when, value }) => `${printExpression(when)} : ${printExpression(value)}`).join(',')})`;
    case 'cast':
      return `cast(${printExpression(node.operand)},${EDM_NAMES.get(node.type)})`;
    case 'path':
      return 'segments' in node ? node.segments.join('/') : printPath(node);
    case 'call':
      return `${node.name}(${node.args.map(printExpression).join(',')})`;
    case 'not':
      return `not ${printOperand(node.operand, UNARY)}`;
    case 'negate':
      return `- ${printOperand(node.operand, UNARY)}`;
    case 'round':
      return `round(${printExpression(node.operand)},${node.scale})`;
    case 'in':
      return `${printOperand(node.operand, precedenceOf(node))} in ${printList(node.list)}`;
    default: {
      const precedence = precedenceOf(node);
      return `${printOperand(node.left, precedence)} ${node.op} ${printOperand(node.right, precedence + 1)}`;
    }
  }
}

function printPath({ variable, navigations, property }: Path): string {
  return [...(variable === undefined ? [] : [variable]), ...navigations, property].join('/');
}

function printSource({ variable, navigations, navigation }: RecordsSource): string {
  return [...(variable === undefined ? [] : [variable]), ...navigations, navigation].join('/');
}

type OfCollection = Extract<Node, { kind: 'lambda' | 'records_lambda' | 'count' | 'records_count' | 'member' }>;

function printCollection(node: OfCollection): string {
  if ('path' in node) return node.path.join('/');
  if ('source' in node) return printSource(node.source);
  return 'kind' in node.collection ? printExpression(node.collection) : node.collection.join('/');
}

function printLambda(node: Extract<Node, { kind: 'lambda' | 'records_lambda' }>): string {
  const predicate = node.predicate === null ? '' : `${node.variable}:${printExpression(node.predicate)}`;
  return `${printCollection(node)}/${node.op}(${predicate})`;
}

/** What only some members count by. */
function printFilter(node: Extract<Node, { kind: 'count' | 'records_count' }>): string {
  const predicate = 'predicate' in node ? node.predicate : null;
  return predicate === null ? '' : `($filter=${printExpression(predicate)})`;
}

function printList(list: readonly Node[]): string {
  const [only] = list;
  if (list.length === 1 && only?.kind === 'call' && only.name === 'my_teams') return 'my_teams()';
  return `(${list.map(printExpression).join(',')})`;
}

function printOperand(node: Node, precedence: number): string {
  const text = printExpression(node);
  return precedenceOf(node) < precedence ? `(${text})` : text;
}

const IN_KINDS: ReadonlySet<Node['kind']> = new Set(['in', 'member', 'has']);

function precedenceOf(node: Node): number {
  if (IN_KINDS.has(node.kind)) return INFIX_OPERATORS.get('in')?.precedence ?? 0;
  if (node.kind === 'compare' || node.kind === 'arithmetic' || node.kind === 'logical') {
    return INFIX_OPERATORS.get(node.op)?.precedence ?? 0;
  }
  return UNARY;
}

type Path = Extract<TypedExpression, { kind: 'path' }>;

/** Every path an expression names, each once, in order of appearance; those that begin at members of records among them. */
export function referencedPaths(expression: TypedExpression): readonly Path[] {
  const paths = new Map<string, Path>();
  const visit = (node: TypedExpression): void => {
    if (node.kind === 'path') paths.set(printExpression(node), paths.get(printExpression(node)) ?? node);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(expression);
  return [...paths.values()];
}
