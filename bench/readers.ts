// Who reads in the set `security`: users of every depth, some of each, so that no single user's rows are all that is read.
// The SQL that makes them and the load follow these numbers.
import { COUNTS } from './dataset.ts';

/** Depths in the order of measuring; the first is what the others are compared with. */
export const READERS = ['unrestricted', 'user', 'unit', 'organization', 'shares'] as const;
export type Reader = (typeof READERS)[number];

/** Users of each kind: one per business unit. */
export const READERS_OF_A_KIND = COUNTS.units;
/** Deals of others that are shared with each reader of `shares`, beside the own ones. */
export const SHARES = Math.min(200, COUNTS.deals / 20);

/** Number of the user before the first of a kind: owners of the data set, or users behind them. */
const BEFORE: Readonly<Record<Reader, number>> = {
  user: 0,
  shares: COUNTS.owners / 2,
  unrestricted: COUNTS.owners,
  unit: COUNTS.owners + READERS_OF_A_KIND,
  organization: COUNTS.owners + 2 * READERS_OF_A_KIND,
};

/** The shipped role of the users that are made for this set; the others are owners, with the role they have. */
export const MADE_READERS = {
  unrestricted: 'system_administrator',
  unit: 'sales_manager',
  organization: 'marketing',
} as const satisfies Partial<Record<Reader, string>>;

/** Numbers of the users of a kind. */
export function readers(kind: Reader): readonly number[] {
  return Array.from({ length: READERS_OF_A_KIND }, (_, index) => BEFORE[kind] + index + 1);
}

/** Number of the first user of a kind, less one. */
export function beforeReaders(kind: Reader): number {
  return BEFORE[kind];
}
