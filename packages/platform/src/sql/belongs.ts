// Which records a collection of a record holds, as a condition over one record of its target: by the lookup that leads back,
// by a row of the table of links, or by a record of the link entity that is alive and readable.
import type { EntityType, Junction, LinkRecords, Navigation } from '@kartoteka/metadata';
import { linkEntityOf } from '../plan/read.ts';
import { columnOf, holdsSql, nextAlias, readable, type StatementContext, typeSql } from './scope.ts';
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
  const { junction, through, property } = navigation;
  if (junction !== undefined) return pairedSql(junction, nextAlias(context), ownId, `${alias}.id`);
  if (through !== undefined) return linkedSql(context, navigation, through, ownId, `${alias}.id`);
  return `${columnOf(alias, entity, property)} = ${ownId}${holdsSql(alias, entity, navigation)}`;
}

function pairedSql(junction: Junction, link: string, ownId: string, otherId: string): string {
  const [own, other] = [junction.own, junction.other].map((column) => `${link}.${quoteIdentifier(column)}`);
  return `exists (select from ${junctionOf(junction)} ${link} where ${own} = ${ownId} and ${other} = ${otherId})`;
}

function linkedSql(
  context: StatementContext,
  navigation: Navigation,
  { own, other, discriminators }: LinkRecords,
  ownId: string,
  otherId: string,
): string {
  const records = linkEntityOf(context.plan.model, navigation);
  if (records === null) throw new Error(`${navigation.name} has no link entity`);
  const link = nextAlias(context);
  const conditions = [
    `${columnOf(link, records, own)} = ${ownId}`,
    `${columnOf(link, records, other)} = ${otherId}`,
    ...discriminators.map((discriminator) => typeSql(link, records, discriminator)),
    readable(context, records, link),
  ];
  return `exists (select from ${tableOf(records)} ${link} where ${conditions.join(' and ')})`;
}
