// The access of a principal as one boolean SQL test of a record (OR of its arms): for reads by key, writes, to-one
// expands and lookup targets. Lists have shapes of their own (list-keys.ts). It decides no rights.
import type { EntityType, TypedExpression } from '@kartoteka/metadata';
import type { Access, AccessArm } from '../security/types.ts';
import { isShared, type ShareTables, sharedColumn, sharedSource, sharedType } from './shares.ts';
import { quoteIdentifier, type SlotWriter } from './statement.ts';

export type PrintCondition = (when: TypedExpression, alias: string) => string;

/** An access about to be printed over an alias of its entity's table. */
export interface AccessPrinter {
  readonly access: Access;
  readonly alias: string;
  readonly entity: EntityType;
  readonly slots: SlotWriter;
  readonly printCondition: PrintCondition;
  /** Number of its first arm in the statement; 0 but for an `also`. */
  readonly firstArm?: number;
  /** The shares of another time; absent: as they are now. */
  readonly sharesThen?: ShareTables;
}

/**
 * Boolean SQL over `alias` that is true exactly for the records the access covers: `true` when unrestricted, `false` when
 * not granted. It never answers null. It does not test `deleted_on`. `shares` says how shares are looked up: `probe` (one
 * index probe per record, for few records) or `hash` (all of the principal's shares once, for scans).
 */
export function recordPredicate(
  access: Access,
  alias: string,
  entity: EntityType,
  slots: SlotWriter,
  printCondition: PrintCondition,
  shares: 'probe' | 'hash' = 'probe',
): string {
  return printedPredicate({ access, alias, entity, slots, printCondition }, shares);
}

/** As recordPredicate. Shares of another time are probed, never hashed. */
export function printedPredicate(printer: AccessPrinter, shares: 'probe' | 'hash' = 'probe'): string {
  const { access } = printer;
  if (!access.granted) return 'false';
  if (access.unrestricted) return 'true';
  const own = armsPredicate(printer, shares);
  return access.also === undefined ? own : `(${own} and ${alsoPredicate(printer, shares)})`;
}

/** As recordPredicate, for the second access alone; '' where there is none. */
export function alsoPredicate(printer: AccessPrinter, shares: 'probe' | 'hash'): string {
  const { also: access, arms } = printer.access;
  return access === undefined ? '' : armsPredicate({ ...printer, access, firstArm: arms.length }, shares);
}

function armsPredicate(printer: AccessPrinter, shares: 'probe' | 'hash'): string {
  const { access, alias, printCondition } = printer;
  const groups = new Map<string, string[]>();
  access.arms.forEach((arm, index) => {
    const when = arm.when === null ? '' : `coalesce(${printCondition(arm.when, alias)}, false)`;
    const group = groups.get(when) ?? [];
    group.push(armTest(printer, arm, index, shares));
    groups.set(when, group);
  });
  const tests = [...groups].map(([when, group]) => withCondition(disjunction(group), when));
  return tests.length === 0 ? 'false' : disjunction(tests);
}

function withCondition(test: string, when: string): string {
  if (when === '') return test;
  return test === 'true' ? when : `(${test} and ${when})`;
}

function disjunction(tests: readonly string[]): string {
  return tests.length === 1 ? (tests[0] ?? 'false') : `(${tests.join(' or ')})`;
}

/** Placeholder of the ids of an arm. */
export function armIds(printer: AccessPrinter, index: number): string {
  const { entity, privilege } = printer.access;
  return printer.slots.use({ from: 'access', entity, privilege, arm: index + (printer.firstArm ?? 0) }, 'uuid[]');
}

/** The column that the ids of an arm of owners or units are compared with. */
export function armColumn(entity: EntityType, arm: AccessArm): string {
  const name = arm.source === 'owners' ? ownerProperty(entity) : 'owning_business_unit_id';
  const property = entity.properties.get(name);
  if (property === undefined) throw new Error(`${entity.name} has no property ${name}`);
  return quoteIdentifier(property.column);
}

/** A principal owns itself where records have no owner (users, teams). */
function ownerProperty(entity: EntityType): 'owner_id' | 'id' {
  return entity.properties.has('owner_id') ? 'owner_id' : 'id';
}

/** Boolean SQL of an arm without its condition; never null. */
function armTest(printer: AccessPrinter, arm: AccessArm, index: number, shares: 'probe' | 'hash'): string {
  if (arm.source === 'all') return 'true';
  const { access, alias, entity } = printer;
  const ids = armIds(printer, index);
  if (!isShareArm(arm)) return `coalesce(${alias}.${armColumn(entity, arm)} = any(${ids}), false)`;
  if (shares === 'probe') return isShared(arm, access, alias, ids, printer.sharesThen);
  const { column, from } = sharedSource(arm, access, ids);
  return `coalesce(${sharedColumn(arm, alias)} in (select ${column} from ${from})${sharedType(arm, alias)}, false)`;
}

/** Whether the arm's records are those that shares say, of their own or of records above them. */
export function isShareArm({ source }: AccessArm): boolean {
  return source === 'shares' || source === 'parent_shares';
}
