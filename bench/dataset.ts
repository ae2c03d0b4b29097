// The data the bench runs on, as arithmetic: which user owns which deal, in which stage, at which company.
// The SQL that fills the tables and the load generator both follow it, so that every request hits a row its user may see.

/** Numbers of records, `bulk` of those in one bulk request; `tiny` is for the test that the bench still runs. Every deal has the contact of its number. */
const SCALES = {
  full: { companies: 10_000, contacts: 100_000, deals: 100_000, owners: 200, units: 20, bulk: 10_000 },
  tiny: { companies: 200, contacts: 2_400, deals: 2_400, owners: 40, units: 4, bulk: 300 },
} as const;
export const COUNTS = SCALES[process.env.BENCH_SCALE === 'tiny' ? 'tiny' : 'full'];

export const DEALS_PER_OWNER = COUNTS.deals / COUNTS.owners;
export const COMPANIES_PER_OWNER = COUNTS.companies / COUNTS.owners;

/** Prefixes of the deterministic ids; the last group is the record's number (1-based) in decimal digits. */
export const ID_PREFIX = {
  unit: '01900000-0000-7000-8001-',
  user: '01900000-0000-7000-8002-',
  company: '01900000-0000-7000-8003-',
  contact: '01900000-0000-7000-8004-',
  deal: '01900000-0000-7000-8005-',
  assignment: '01900000-0000-7000-8006-',
  lead: '01900000-0000-7000-8008-',
} as const;

/** The id of the record with this number (1-based). */
export const idOf = (kind: keyof typeof ID_PREFIX, number: number): string =>
  ID_PREFIX[kind] + String(number).padStart(12, '0');

/** Number of the `index`-th deal (0-based, below DEALS_PER_OWNER) of an owner (1-based). */
export const dealNumber = (owner: number, index: number): number => index * COUNTS.owners + owner;

/** Number of the `index`-th company (0-based, below COMPANIES_PER_OWNER) of an owner (1-based). */
export const companyNumber = (owner: number, index: number): number => index * COUNTS.owners + owner;

/** An owner's deals go through the stages in turn. */
export const STAGES = ['prospecting', 'engaging', 'proposal', 'negotiation', 'won', 'lost'] as const;
/** The stages before the last two, in which a representative may change a deal. */
export const OPEN_STAGES = STAGES.length - 2;

/** A seeded generator (mulberry32): the same requests in the same order in every run. Returns integers below `bound`. */
export function seededRandom(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * bound);
  };
}

/** The organization's base currency, in which all amounts are. */
export const CURRENCY = 'USD';
