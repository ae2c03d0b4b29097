// Names that a request gives to what it computes of a record: what they mean in an expression, and the expression without them, so
// that rights are asked of the properties themselves.
import {
  type EntityType,
  EXPRESSION_LIMITS,
  entityScope,
  exceededLimit,
  type Model,
  type Scope,
  substitutePaths,
  type TypedExpression,
} from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { ValueType } from './value-type.ts';

/** A computed property: its name in the answer, and what it is computed by, over properties of the record alone. */
export interface ComputedNode {
  readonly name: string;
  readonly expression: TypedExpression;
  readonly type: ValueType;
}

export type Aliases = ReadonlyMap<string, ComputedNode>;

export const NO_ALIASES: Aliases = new Map();

/** What a checked expression calls an alias: no property has a space in its name. */
const PREFIX = 'computed ';

/** The names of an entity's properties and of what was computed from them. */
export function aliasScope(entity: EntityType, model: Model, aliases: Aliases): Scope {
  const scope = entityScope(entity, model);
  if (aliases.size === 0) return scope;
  return {
    ...scope,
    resolve(segments) {
      const alias = segments.length === 1 ? aliases.get(segments[0] ?? '') : undefined;
      if (alias === undefined) return scope.resolve(segments);
      const { type, operators, values, normalize } = alias.type;
      return {
        ...{ navigations: [], property: PREFIX + alias.name, type, nullable: true, operators },
        ...(values === undefined ? {} : { values }),
        ...(normalize === undefined ? {} : { normalize }),
      };
    },
  };
}

/** The expression over properties alone. Throws limit_exceeded where it becomes too large. */
export function withoutAliases(expression: TypedExpression, aliases: Aliases, option: string): TypedExpression {
  if (aliases.size === 0) return expression;
  const whole = substitutePaths(expression, (path) => {
    if (path.navigations.length > 0 || !path.property.startsWith(PREFIX)) return path;
    return aliases.get(path.property.slice(PREFIX.length))?.expression ?? path;
  });
  const exceeded = exceededLimit(whole);
  if (exceeded === undefined) return whole;
  const limit = `${exceeded} of an expression with computed properties in it`;
  throw new PlatformError('limit_exceeded', { limit, value: String(EXPRESSION_LIMITS[exceeded]) }, { target: option });
}
