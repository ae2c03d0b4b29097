// Shares as SQL: those of a record itself, and those of the records above it that count for it too. They are looked up where
// they are, never copied, so that what is taken back is gone at once. It decides no rights.
import type { Privilege, ShareStep } from '@kartoteka/metadata';
import { type AccessArm, SHARE_RIGHT_BITS } from '../security/types.ts';
import { quoteIdentifier, quoteLiteral, tableOf } from './statement.ts';

/** What the shares are asked for. */
export interface SharedRight {
  readonly entity: string;
  readonly privilege: Privilege;
}

/** Where shares are looked up: as they are now, or relations with the same columns that hold those of another time. */
export interface ShareTables {
  /** In place of kartoteka.share. */
  readonly shares: string;
  /** In place of the table of the records that a step, which is not the first, begins at. */
  between(step: ShareStep): string;
}

const NOW: ShareTables = { shares: 'kartoteka.share', between: ({ from }) => tableOf(from) };

/** FROM and WHERE, alias `s`, of the shares of records of an entity that give the right to one of the principals `ids`. */
export function sharesOf({ entity, privilege }: SharedRight, ids: string, { shares } = NOW): string {
  return `${shares} s where ${shareTest({ entity, privilege }, ids)}`;
}

function shareTest({ entity, privilege }: SharedRight, ids: string): string {
  if (privilege === 'create') throw new Error('create cannot be shared');
  return (
    `s.principal_id = any(${ids}) and s.entity = ${quoteLiteral(entity)} ` +
    `and s.rights & ${SHARE_RIGHT_BITS[privilege]} <> 0`
  );
}

/** Steps of an arm over shares of other records; empty: shares of the record itself. */
function stepsOf({ path }: AccessArm): readonly ShareStep[] {
  return path?.steps ?? [];
}

/** What sharedColumn of a record is to be one of for the arm to cover it: `select ${column} from ${from}`, not each once. */
export function sharedSource(
  arm: AccessArm,
  right: SharedRight,
  ids: string,
): { readonly column: string; readonly from: string } {
  const above = stepsOf(arm).slice(1);
  if (above.length === 0) return { column: 's.record_id', from: sharesOf(rightOf(arm, right), ids) };
  const joins = above.map((step, n) => {
    const shared = n + 1 === above.length ? 's.record_id' : `p${n + 2}.id`;
    return ` join ${tableOf(step.from)} p${n + 1} on ${leadsTo(step, `p${n + 1}`, shared)}`;
  });
  return {
    column: 'p1.id',
    from: `kartoteka.share s${joins.reverse().join('')} where ${shareTest(rightOf(arm, right), ids)}`,
  };
}

/** Boolean SQL, never null: the record `alias` is shared, looked up record by record. */
export function isShared(arm: AccessArm, right: SharedRight, alias: string, ids: string, where = NOW): string {
  const [first, ...above] = stepsOf(arm);
  const shared = sharesOf(rightOf(arm, right), ids, where);
  if (first === undefined) return `exists (select 1 from ${shared} and s.record_id = ${alias}.id)`;
  if (above.length === 0) return `exists (select 1 from ${shared} and ${leadsTo(first, alias, 's.record_id')})`;
  const { tables, tests } = alongPath(stepsOf(arm), alias, 'p', where);
  const all = [...tests, shareTest(rightOf(arm, right), ids)];
  return `exists (select 1 from ${tables.join(', ')}, ${where.shares} s where ${all.join(' and ')})`;
}

/**
 * What leads from the record `alias` over lookups to the shared record `s.record_id`: the tables of the records between, aliases
 * `<prefix>1`, `<prefix>2` and so on, and the tests that join them.
 */
export function alongPath(
  [first, ...above]: readonly ShareStep[],
  alias: string,
  prefix: string,
  where = NOW,
): { readonly tables: readonly string[]; readonly tests: readonly string[] } {
  if (first === undefined) return { tables: [], tests: [`s.record_id = ${alias}.id`] };
  const tables = above.map((step, n) => `${where.between(step)} ${prefix}${n + 1}`);
  const next = (n: number): string => (n === above.length ? 's.record_id' : `${prefix}${n + 1}.id`);
  const tests = above.map((step, n) => leadsTo(step, `${prefix}${n + 1}`, next(n + 1)));
  return { tables, tests: [leadsTo(first, alias, next(0)), ...tests] };
}

/** The column of a record that sharedSource is compared with: its own id, or the lookup that the way begins with. */
export function sharedColumn(arm: AccessArm, alias: string): string {
  const first = stepsOf(arm)[0];
  return first === undefined ? `${alias}.id` : columnOf(first, alias, first.navigation.property);
}

/** ` and ...` where the lookup may lead to records of several entities, else ''. */
export function sharedType(arm: AccessArm, alias: string): string {
  const first = stepsOf(arm)[0];
  return first === undefined ? '' : typeTest(first, alias);
}

function rightOf({ path }: AccessArm, right: SharedRight): SharedRight {
  return path === undefined ? right : { entity: path.target, privilege: right.privilege };
}

function leadsTo(step: ShareStep, alias: string, id: string): string {
  return `${columnOf(step, alias, step.navigation.property)} = ${id}${typeTest(step, alias)}`;
}

function typeTest(step: ShareStep, alias: string): string {
  const { discriminator } = step.navigation;
  if (discriminator === undefined) return '';
  return ` and ${columnOf(step, alias, discriminator.property)} = ${quoteLiteral(discriminator.value)}`;
}

function columnOf({ from }: ShareStep, alias: string, name: string): string {
  const column = from.properties.get(name)?.column;
  if (column === undefined) throw new Error(`${from.name} has no property ${name}`);
  return `${alias}.${quoteIdentifier(column)}`;
}
