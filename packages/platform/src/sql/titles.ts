// Titles of the records that lookups name, printed beside their ids for answers with formatted values: of what the reader may not
// read there is none. Only such answers pay for it.
import { contentHash, type EntityType, MAX_IDENTIFIER_BYTES, type Property } from '@kartoteka/metadata';
import { targetOf } from '../plan/targets.ts';
import { columnOf, holdsSql, nextAlias, readable, type StatementContext } from './scope.ts';
import { tableOf } from './statement.ts';

const members = new WeakMap<EntityType, ReadonlyMap<string, string>>();

/** The properties that hold lookups, by the member under which the title stands in the JSON that PostgreSQL prints. */
export function titledProperties(entity: EntityType): ReadonlyMap<string, string> {
  let found = members.get(entity);
  if (found === undefined) {
    const lookups = [...entity.navigations.values()].filter(({ collection }) => !collection);
    found = new Map(lookups.map(({ property }) => [titleMember(property), property]));
    members.set(entity, found);
  }
  return found;
}

/** No property is called so. */
function titleMember(property: string): string {
  const member = `${property}@title`;
  return member.length <= MAX_IDENTIFIER_BYTES ? member : `@title.${contentHash(property).slice(0, 16)}`;
}

/** The title as a column, or nothing for what is no lookup, or leads to nothing that the reader could read. */
export function titleColumns(
  context: StatementContext,
  entity: EntityType,
  alias: string,
  property: Property,
): readonly string[] {
  if (context.titles !== true) return [];
  const ways = [...entity.navigations.values()].filter(
    (navigation) => !navigation.collection && navigation.property === property.name,
  );
  const titles = ways.flatMap((navigation) => {
    const target = targetOf(context.plan.model, navigation);
    const title = context.plan.titleOf(target);
    if (title === null) return [];
    const inner = nextAlias(context);
    const holder = columnOf(alias, entity, property.name);
    const tests = `${inner}.id = ${holder}${holdsSql(alias, entity, navigation)} and ${readable(context, target, inner)}`;
    return [`(select ${columnOf(inner, target, title.name)} from ${tableOf(target)} ${inner} where ${tests})`];
  });
  return titles.length === 0 ? [] : [`coalesce(${titles.join(', ')}) as "${titleMember(property.name)}"`];
}
