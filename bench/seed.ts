// The SQL that fills the published tables with the bench's data, set-based and the same in every run.
// It writes straight into the tables, as a restored backup would; dates lie in the past, so that new rows can be told.
import { COMPANIES_PER_OWNER, COUNTS, ID_PREFIX, STAGES } from './dataset.ts';

/** All seeded rows carry this time; rows of measured writes are younger. */
export const SEEDED_ON = '2026-01-01T00:00:00Z';

const id = (kind: keyof typeof ID_PREFIX, number: string): string =>
  `('${ID_PREFIX[kind]}' || lpad((${number})::text, 12, '0'))::uuid`;
const SYSTEM = 'created_on, modified_on, version';
const SYSTEM_VALUES = `'${SEEDED_ON}', '${SEEDED_ON}', 1`;
const unitOf = (user: string): string => id('unit', `(${user} - 1) % ${COUNTS.units} + 1`);
const OWNER = `(i - 1) % ${COUNTS.owners} + 1`;
const OWNED = 'owner_id, owning_business_unit_id, created_by_id, modified_by_id';
const OWNED_VALUES = `${id('user', OWNER)}, ${unitOf(`(${OWNER})`)}, ${id('user', OWNER)}, ${id('user', OWNER)}`;
/** Company of the deal or contact i: one of its owner's. */
const COMPANY = id('company', `(((i - 1) / ${COUNTS.owners}) % ${COMPANIES_PER_OWNER}) * ${COUNTS.owners} + ${OWNER}`);
const STAGE = `(array['${STAGES.join("','")}'])[((i - 1) / ${COUNTS.owners}) % ${STAGES.length} + 1]`;
/** A value of probability that undoing an update can compute again. */
const PROBABILITY = '(i * 37 % 101)';

const series = (count: number): string => `from generate_series(1, ${count}) i`;

/** Statements in order; each fills one table. */
export const SEED: readonly string[] = [
  `insert into data.business_unit (id, ${SYSTEM}, name)
   select ${id('unit', 'i')}, ${SYSTEM_VALUES}, 'Unit ' || i ${series(COUNTS.units)}`,
  `insert into kartoteka.principal (id, kind) select ${id('user', 'i')}, 'user' ${series(COUNTS.owners)}`,
  `insert into data."user" (id, ${SYSTEM}, owning_business_unit_id, name, email)
   select ${id('user', 'i')}, ${SYSTEM_VALUES}, ${unitOf('i')}, 'Owner ' || i, 'owner' || i || '@example.com'
   ${series(COUNTS.owners)}`,
  `insert into data.company (id, ${SYSTEM}, ${OWNED}, name, sector)
   select ${id('company', 'i')}, ${SYSTEM_VALUES}, ${OWNED_VALUES}, 'Company ' || i, 'retail'
   ${series(COUNTS.companies)}`,
  `insert into data.deal (id, ${SYSTEM}, ${OWNED}, name, company_id, stage, amount, amount_currency, amount_base,
     probability, close_date, external_id)
   select ${id('deal', 'i')}, ${SYSTEM_VALUES}, ${OWNED_VALUES}, 'Deal ' || i, ${COMPANY}, ${STAGE},
     (i::bigint * 7919 % 10000000) / 100.0, 'EUR', (i::bigint * 7919 % 10000000) / 100.0, ${PROBABILITY},
     date '2026-01-01' + (i::bigint * 104729 % 730)::int, 'D-' || i
   ${series(COUNTS.deals)}`,
];

/** Takes back what measured writes changed, so that every round begins with the same rows. */
export const RESTORE: readonly string[] = [
  `delete from data.deal where created_on > '${SEEDED_ON}'`,
  `update data.deal d set probability = ${PROBABILITY}, version = 1, modified_on = '${SEEDED_ON}',
     modified_by_id = owner_id
   from (select right(id::text, 12)::int as i, id from data.deal where version <> 1) s where s.id = d.id`,
  'truncate kartoteka.change_log',
];
