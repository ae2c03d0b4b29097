// $select as a plan: which properties of a record are shown, and what of that which is computed. What is expanded is planned elsewhere.
import type { EntityType, Property } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { SelectItems } from '../request/select-expand.ts';
import type { Aliases } from './aliases.ts';
import type { SelectNode } from './read-plan.ts';

/** What $select and $compute show of a record. Throws unknown_property. */
export function planProperties(
  entity: EntityType,
  select: SelectItems | null,
  aliases: Aliases,
): Omit<SelectNode, 'expands'> {
  const properties: Property[] = [];
  for (const name of select?.names ?? []) {
    const property = entity.properties.get(name);
    if (property !== undefined) properties.push(property);
    else if (!entity.navigations.has(name) && !aliases.has(name)) throw unknown(name, entity, '$select');
  }
  return {
    entity,
    properties: select === null || select.all ? null : properties,
    named: select === null ? null : select.all ? ['*', ...navigationsOf(entity, select.names)] : select.names,
    ...(aliases.size === 0 ? {} : { computed: shownAliases(select, aliases) }),
  };
}

/** Without $select, and with `*`, everything computed is shown (OData 4.01 Part 1, 11.2.5.3). */
export function shownAliases(select: SelectItems | null, aliases: Aliases): SelectNode['computed'] {
  return [...aliases.values()].map((node) => ({
    ...node,
    shown: select === null || select.all || select.names.includes(node.name),
  }));
}

function navigationsOf(entity: EntityType, names: readonly string[]): readonly string[] {
  return names.filter((name) => entity.navigations.has(name));
}

function unknown(name: string, entity: EntityType, target: string): PlatformError {
  return new PlatformError('unknown_property', { name, entity: entity.name }, { target });
}
