// How large the value of a numeric expression can become, from how large the values can be that it names: what cannot
// overflow need not be watched in every record.
import {
  addDecimals,
  compareDecimals,
  type Decimal,
  divideDecimals,
  multiplyDecimals,
  parseDecimal,
  roundDecimal,
} from './decimal.ts';
import type { TypedExpression } from './types.ts';

type Path = Extract<TypedExpression, { kind: 'path' }>;

/**
 * A number that the value never exceeds in either direction, not always the smallest; undefined where nothing is known.
 * `ofPath` gives one for the values of a path.
 */
export function largestMagnitude(
  node: TypedExpression,
  ofPath: (path: Path) => Decimal | undefined,
): Decimal | undefined {
  switch (node.kind) {
    case 'literal':
      return typeof node.value === 'string' ? absolute(parseDecimal(node.value)) : undefined;
    case 'path':
      return ofPath(node);
    case 'negate':
      return largestMagnitude(node.operand, ofPath);
    case 'round': {
      const limit = node.limit === null ? undefined : parseDecimal(node.limit);
      const operand = largestMagnitude(node.operand, ofPath);
      const rounded = operand && roundDecimal(operand, node.scale);
      return limit && rounded ? smaller(limit, rounded) : (limit ?? rounded);
    }
    case 'arithmetic':
      return ofArithmetic(node, ofPath);
    default:
      return undefined;
  }
}

function ofArithmetic(
  { op, left, right }: Extract<TypedExpression, { kind: 'arithmetic' }>,
  ofPath: (path: Path) => Decimal | undefined,
): Decimal | undefined {
  const [a, b] = [largestMagnitude(left, ofPath), largestMagnitude(right, ofPath)];
  if (a === undefined || b === undefined) return undefined;
  if (op === 'add' || op === 'sub') return addDecimals(a, b);
  if (op === 'mul') return multiplyDecimals(a, b);
  if (op === 'mod') return smaller(a, b);
  // What a value divides by may be next to nothing; a number says how much it is.
  return right.kind === 'literal' ? (divideDecimals(a, b) ?? undefined) : undefined;
}

/** The larger of two numbers without their signs. */
export function largerMagnitude(left: Decimal, right: Decimal): Decimal {
  const [a, b] = [absolute(left), absolute(right)];
  return compareDecimals(a, b) >= 0 ? a : b;
}

function absolute(value: Decimal): Decimal;
function absolute(value: Decimal | undefined): Decimal | undefined;
function absolute(value: Decimal | undefined): Decimal | undefined {
  return value && value.digits < 0n ? { digits: -value.digits, scale: value.scale } : value;
}

function smaller(a: Decimal, b: Decimal): Decimal {
  return compareDecimals(a, b) <= 0 ? a : b;
}
