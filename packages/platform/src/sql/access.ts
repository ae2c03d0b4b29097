// The access of a principal as one boolean SQL test of a record (OR of its arms): for reads by key, writes, to-one
// expands and lookup targets. Lists have shapes of their own (list-keys.ts). It decides no rights.
import type { EntityType, TypedExpression } from '@kartoteka/metadata';
import type { Access } from '../security/types.ts';
import type { SlotWriter } from './statement.ts';

export type PrintCondition = (when: TypedExpression, alias: string) => string;

/**
 * Boolean SQL over `alias` that is true exactly for the records the access covers: `true` when unrestricted, `false` when
 * not granted. It never answers null. It does not test `deleted_on`. `shares` says how shares are looked up: `probe` (one
 * index probe per record, for few records) or `hash` (all of the principal's shares once, for scans).
 */
export function recordPredicate(
  _access: Access,
  _alias: string,
  _entity: EntityType,
  _slots: SlotWriter,
  _printCondition: PrintCondition,
  _shares: 'probe' | 'hash' = 'probe',
): string {
  throw new Error('not written yet');
}
