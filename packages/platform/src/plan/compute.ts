// Computed properties of a request ($compute): texts x Model -> named expressions over the record. Nothing about who may read them.
import type { EntityType, Model, Scope } from '@kartoteka/metadata';
import { type ComputeItem, invalidOption } from '../request/compute.ts';
import { type Aliases, aliasScope, NO_ALIASES, withoutAliases } from './aliases.ts';
import { planConstant } from './expression.ts';
import { propertyAt } from './path.ts';
import { valueTypeOf } from './value-type.ts';

/** The aliases with these items added, each of which may name those before it. Throws invalid_option, invalid_expression ... */
export function planComputes(
  model: Model,
  entity: EntityType,
  items: readonly ComputeItem[],
  option: string,
  before: Aliases = NO_ALIASES,
  nested = false,
): Aliases {
  const aliases = new Map(before);
  for (const { expression: text, alias } of items) {
    refuseTaken(alias, entity, aliases, option);
    const typed = planConstant(scopeOf(aliasScope(entity, model, aliases), nested), text, option);
    const expression = withoutAliases(typed, aliases, option);
    const property = expression.kind === 'path' ? propertyAt(model, entity, expression, option) : null;
    aliases.set(alias, { name: alias, expression, type: valueTypeOf(expression, property, option) });
  }
  return aliases;
}

/** Within an expand $it would be the record that is expanded. */
function scopeOf(scope: Scope, nested: boolean): Scope {
  return nested ? { ...scope, it: 'refused' } : scope;
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
