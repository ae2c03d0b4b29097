// Which records a collection of a record holds, as a condition over one record of its target: by the lookup that leads back,
// by a row of the table of links, or by a record of the link entity that is alive and readable.
import type { EntityType, Navigation } from '@kartoteka/metadata';
import { linkEntityOf } from '../plan/read.ts';
import { columnOf, holdsSql, nextAlias, readable, type StatementContext } from './scope.ts';
import { junctionOf, quoteIdentifier, tableOf } from './statement.ts';

/**
 * Boolean SQL: the record `alias`, of the collection's target entity, is in the collection `navigation` of the record whose id
 * `ownId` is SQL of. It does not ask whether either of them is alive and readable.
 */
export function belongsSql(
  context: StatementContext,
  navigation: Navigation,
  alias: string,
  entity: EntityType,
  ownId: string,
): string {
  const { junction, through } = navigation;
  if (junction === undefined && through === undefined)
    return `${columnOf(alias, entity, navigation.property)} = ${ownId}${holdsSql(alias, entity, navigation)}`;
  const link = nextAlias(context);
  if (junction !== undefined) {
    const [own, other] = [junction.own, junction.other].map((column) => `${link}.${quoteIdentifier(column)}`);
    return `exists (select from ${junctionOf(junction)} ${link} where ${own} = ${ownId} and ${other} = ${alias}.id)`;
  }
  return `exists (select from ${linkedThrough(context, navigation, link, alias, ownId)})`;
}

function linkedThrough(
  context: StatementContext,
  navigation: Navigation,
  link: string,
  alias: string,
  ownId: string,
): string {
  const { own, other, discriminators } = navigation.through ?? { own: '', other: '', discriminators: [] };
  const records = linkEntityOf(context.plan.model, navigation);
  if (records === null) throw new Error(`${navigation.name} has no link entity`);
  const conditions = [
    `${columnOf(link, records, own)} = ${ownId}`,
    `${columnOf(link, records, other)} = ${alias}.id`,
    ...discriminators.map((discriminator) => holdsSql(link, records, { discriminator }).slice(' and '.length)),
    readable(context, records, link),
  ];
  return `${tableOf(records)} ${link} where ${conditions.join(' and ')}`;
}
