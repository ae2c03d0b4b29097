// Computed properties of a request ($compute): texts x Model -> named expressions over the record. Where a name stands in another
// expression, what it stands for is put in its place, so that rights are asked of the properties themselves.
import {
  type EntityType,
  EXPRESSION_LIMITS,
  entityScope,
  exceededLimit,
  type Model,
  type Property,
  type Scope,
  substitutePaths,
  type TypedExpression,
} from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { type ComputeItem, invalidOption } from '../request/compute.ts';
import { planConstant } from './expression.ts';
import { propertyAt } from './path.ts';
import { type ValueType, valueTypeOf } from './value-type.ts';

/** A computed property: its name in the answer, and what it is computed by, over properties of the record alone. */
export interface ComputedNode {
  readonly name: string;
  readonly expression: TypedExpression;
  readonly type: ValueType;
  /** Of a property that it repeats. */
  readonly property: Property | null;
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

/** The aliases with these items added, each of which may name those before it. Throws invalid_option, invalid_expression ... */
export function planComputes(
  model: Model,
  entity: EntityType,
  items: readonly ComputeItem[],
  option: string,
  before: Aliases = NO_ALIASES,
): Aliases {
  const aliases = new Map(before);
  for (const { expression: text, alias } of items) {
    refuseTaken(alias, entity, aliases, option);
    const typed = planConstant(aliasScope(entity, model, aliases), text, option);
    const expression = withoutAliases(typed, aliases, option);
    const property = expression.kind === 'path' ? propertyAt(model, entity, expression, option) : null;
    aliases.set(alias, { name: alias, expression, type: valueTypeOf(expression, property, option), property });
  }
  return aliases;
}

/** Throws invalid_option for a name that the record, or an earlier alias, has. */
export function refuseTaken(
  alias: string,
  entity: EntityType,
  taken: { has(name: string): boolean },
  option: string,
): void {
  if (entity.properties.has(alias) || entity.navigations.has(alias))
    throw invalidOption(option, `${alias} is a property of ${entity.name}: give another name`);
  if (taken.has(alias)) throw invalidOption(option, `the name ${alias} is given twice`);
}
