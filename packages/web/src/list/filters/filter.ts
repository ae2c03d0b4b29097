// A list's filter as chips and as the OData expression that it is in URLs, requests and view documents. What no chip can say stays as
// the expression that it is, so that nothing of a filter is ever lost by showing it.
import { type Expression, parseExpression, printExpression } from '@kartoteka/metadata';
import { type FilterKind, OPERATORS, type Operator, operatorOf } from './operators.ts';
import { isValue, readValue, writeValue } from './values.ts';

/** One question to one property. */
export interface Chip {
  /** As OData names it: `amount`, `company/industry`, `company_id`. */
  readonly path: string;
  readonly kind: FilterKind;
  readonly operator: string;
  /** As many as the operator takes; numbers as text. */
  readonly values: readonly string[];
}

/** What of a filter no chip can say, in OData. */
export interface RawPart {
  readonly raw: string;
}

export type FilterPart = Chip | RawPart;

export const isRaw = (part: FilterPart): part is RawPart => 'raw' in part;

const MOST_DAYS = 36_500;
const MOST_VALUES = 500;

/** Whether a chip's values are what its operator asks for. */
export function isComplete({ kind, operator, values }: Chip): boolean {
  const arity = operatorOf(kind, operator)?.arity;
  if (arity === 'none') return true;
  if (arity === 'days') return values.length === 1 && isDays(values[0] ?? '');
  if (arity === 'many')
    return values.length > 0 && values.length <= MOST_VALUES && values.every((v) => isValue(kind, v));
  const wanted = arity === 'one' ? 1 : 2;
  return arity !== undefined && values.length === wanted && values.every((value) => isValue(kind, value));
}

const isDays = (value: string): boolean => /^[1-9]\d{0,4}$/.test(value) && Number(value) <= MOST_DAYS;

/** One chip in OData. Throws RangeError for values that are not what the operator asks for. */
export function writeChip(chip: Chip): string {
  const operator = operatorOf(chip.kind, chip.operator);
  if (operator === undefined || !isComplete(chip))
    throw new RangeError(`${chip.path} ${chip.operator} is not complete`);
  if (operator.arity === 'days') return fill(operator.template, chip.path, [], chip.values[0]);
  return fill(
    operator.template,
    chip.path,
    chip.values.map((value) => writeValue(chip.kind, value)),
  );
}

/** In one go: what stands for a value may hold the letters of the template. */
function fill(template: string, path: string, values: readonly string[], days?: string): string {
  return template.replace(/\(A\)|\b[PABD]\b/g, (letter) => {
    if (letter === '(A)') return `(${values.join(',')})`;
    if (letter === 'P') return path;
    if (letter === 'D') return `duration'P${days}D'`;
    return values[letter === 'A' ? 0 : 1] ?? '';
  });
}

/** The whole filter in OData; empty when there is none. Chips that are not complete yet are left out. */
export function writeFilter(parts: readonly FilterPart[]): string {
  const written = parts.flatMap((part) => {
    if (!isRaw(part)) return isComplete(part) ? [writeChip(part)] : [];
    return part.raw.trim() === '' ? [] : [closed(part.raw.trim())];
  });
  return written.join(' and ');
}

/** In parentheses where `and` would otherwise take the text apart, and where it is no expression: the service says what is wrong. */
function closed(raw: string): string {
  const parsed = parseExpression(raw);
  const isOr = parsed.ok && parsed.expression.kind === 'logical' && parsed.expression.op === 'or';
  return isOr ? `(${raw})` : raw;
}

/**
 * A filter as chips. `kindOf` says of which kind a path is, undefined for what is unknown. Parts of which no chip can be made come
 * as raw parts, a text that is no expression as one.
 */
export function readFilter(text: string, kindOf: (path: string) => FilterKind | undefined): readonly FilterPart[] {
  if (text.trim() === '') return [];
  const parsed = parseExpression(text);
  if (!parsed.ok) return [{ raw: text }];
  const conditions = conjuncts(parsed.expression);
  const parts: FilterPart[] = [];
  for (let at = 0; at < conditions.length; at += 1) {
    const [one, other] = [conditions[at] as Expression, conditions[at + 1]];
    const pair = other && readChip({ kind: 'logical', op: 'and', left: one, right: other, at: 0 }, kindOf);
    if (pair !== undefined) at += 1;
    parts.push(pair ?? readChip(one, kindOf) ?? { raw: printExpression(one) });
  }
  return parts;
}

function conjuncts(expression: Expression): readonly Expression[] {
  if (expression.kind !== 'logical' || expression.op !== 'and') return [expression];
  return [...conjuncts(expression.left), ...conjuncts(expression.right)];
}

/** The chip that would be written like this condition. */
function readChip(condition: Expression, kindOf: (path: string) => FilterKind | undefined): Chip | undefined {
  const path = pathIn(condition);
  const kind = path === undefined ? undefined : kindOf(path);
  if (path === undefined || kind === undefined) return undefined;
  for (const operator of OPERATORS[kind]) {
    const found: Found = { path, values: [] };
    if (!isLike(shapeOf(operator), condition, found)) continue;
    const values = found.values.map((literal) => readOperand(kind, operator, literal));
    const chip = { path, kind, operator: operator.name, values: values.filter((value) => value !== undefined) };
    if (chip.values.length === values.length && isComplete(chip)) return chip;
  }
  return undefined;
}

function readOperand(kind: FilterKind, { arity }: Operator, literal: string): string | undefined {
  return arity === 'days' ? /^duration'P(\d+)D'$/.exec(literal)?.[1] : readValue(kind, literal);
}

/** The first path of a condition. */
function pathIn(node: unknown): string | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  const { kind, segments, path } = node as { kind?: string; segments?: readonly string[]; path?: readonly string[] };
  if (kind === 'path') return segments?.join('/');
  if (kind === 'lambda') return path?.join('/');
  for (const child of Object.values(node)) {
    const found = pathIn(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

const shapes = new Map<string, Expression | undefined>();

/** A template as an expression, in which the letters are paths. */
function shapeOf({ template }: Operator): Expression | undefined {
  if (!shapes.has(template)) {
    const parsed = parseExpression(template);
    shapes.set(template, parsed.ok ? parsed.expression : undefined);
  }
  return shapes.get(template);
}

interface Found {
  readonly path: string;
  /** Literals in canonical text, in the order of the template. */
  readonly values: string[];
}

/** Whether a template's node can stand for a node; what its letters stand for is gathered in `found`. */
function isLike(shape: unknown, node: unknown, found: Found): boolean {
  if (Array.isArray(shape)) return Array.isArray(node) && areLike(shape, node, found);
  if (typeof shape !== 'object' || shape === null) return shape === node;
  if (typeof node !== 'object' || node === null) return false;
  const letter = letterOf(shape);
  if (letter === 'P') return letterOf(node, found.path) === 'P';
  if (letter !== undefined)
    return isLiteral(node as Expression) && found.values.push(printExpression(node as Expression)) > 0;
  return Object.entries(shape).every(
    ([key, value]) => IGNORED.has(key) || isLike(value, (node as Record<string, unknown>)[key], found),
  );
}

/** A list of one letter stands for a list of any length; a path of one letter for the path. */
function areLike(shape: readonly unknown[], node: readonly unknown[], found: Found): boolean {
  if (shape.length === 1 && shape[0] === 'P') return node.join('/') === found.path;
  if (shape.length === 1 && letterOf(shape[0]) === 'A')
    return node.length > 0 && node.every((each) => isLike(shape[0], each, found));
  return shape.length === node.length && shape.every((each, at) => isLike(each, node[at], found));
}

/** Where a node stands, and how many literals are before it, is not what it says. */
const IGNORED: ReadonlySet<string> = new Set(['at', 'index']);
const LETTERS: ReadonlySet<string> = new Set(['P', 'A', 'B', 'D']);

function letterOf(node: unknown, path = 'P'): string | undefined {
  const { kind, segments } = node as { kind?: string; segments?: readonly string[] };
  if (kind !== 'path' || segments === undefined) return undefined;
  const name = segments.join('/');
  if (name === path) return 'P';
  return LETTERS.has(name) ? name : undefined;
}

function isLiteral(node: Expression): boolean {
  return node.kind === 'literal' ? node.value !== null : node.kind === 'negate' && isLiteral(node.operand);
}
