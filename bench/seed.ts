// The SQL that fills the published tables with the bench's data, set-based and the same in every run.
// It writes straight into the tables, as a restored backup would; dates lie in the past, so that new rows can be told.
import { COMPANIES_PER_OWNER, COUNTS, CURRENCY, ID_PREFIX, STAGES } from './dataset.ts';

/** All seeded rows carry this time; rows of measured writes are younger. */
export const SEEDED_ON = '2026-01-01T00:00:00Z';

export const id = (kind: keyof typeof ID_PREFIX, number: string): string =>
  `('${ID_PREFIX[kind]}' || lpad((${number})::text, 12, '0'))::uuid`;
export const BY = 'created_by_id, modified_by_id';
export const SYSTEM = `created_on, modified_on, version`;
export const SYSTEM_VALUES = `'${SEEDED_ON}', '${SEEDED_ON}', 1`;
/** The unit that the first start makes: the only one without a parent. */
const ROOT = '(select id from data.business_unit where parent_id is null and deleted_on is null)';
export const unitOf = (user: string): string => id('unit', `((${user}) - 1) % ${COUNTS.units} + 1`);
const OWNER_NUMBER = `(i - 1) % ${COUNTS.owners} + 1`;
const OWNER = id('user', OWNER_NUMBER);
const OWNED = `${SYSTEM}, ${BY}, owner_id, owning_business_unit_id`;
const OWNED_VALUES = `${SYSTEM_VALUES}, ${OWNER}, ${OWNER}, ${OWNER}, ${unitOf(OWNER_NUMBER)}`;
/** Company of the deal or contact i: one of its owner's. */
const COMPANY = id(
  'company',
  `(((i - 1) / ${COUNTS.owners}) % ${COMPANIES_PER_OWNER}) * ${COUNTS.owners} + ${OWNER_NUMBER}`,
);
const STAGE = `(array['${STAGES.join("','")}'])[((i - 1) / ${COUNTS.owners}) % ${STAGES.length} + 1]`;
const INDUSTRY = `(array['retail','software','medical','finance','construction'])[i % 5 + 1]`;
const AMOUNT = '(i::bigint * 7919 % 10000000) / 100.0';
const CLOSE_DATE = `date '2026-01-01' + (i::bigint * 104729 % 730)::int`;
/** A value that undoing an update can compute again. */
const PROBABILITY = '(i * 37 % 101)';

const series = (count: number): string => `from generate_series(1, ${count}) i`;

/** The statement that makes the contacts with these numbers. */
export function contactRows(first: number, last: number): string {
  return `insert into data.contact (id, ${OWNED}, first_name, last_name, email, company_id, do_not_call, do_not_email,
     do_not_message, personal_data_consent)
   select ${id('contact', 'i')}, ${OWNED_VALUES}, 'First ' || i % 811, 'Last ' || i, 'contact' || i || '@example.com',
     ${COMPANY}, false, false, false, true from generate_series(${first}, ${last}) i`;
}

/** Statements in order; each fills one table. */
export const SEED: readonly string[] = [
  `insert into data.business_unit (id, ${SYSTEM}, ${BY}, name, parent_id)
   select ${id('unit', 'i')}, ${SYSTEM_VALUES}, ${id('user', '1')}, ${id('user', '1')}, 'Unit ' || i, ${ROOT}
   ${series(COUNTS.units)}`,
  `insert into kartoteka.principal (id, kind) select ${id('user', 'i')}, 'user' ${series(COUNTS.owners)}`,
  `insert into data."user" (id, ${SYSTEM}, ${BY}, owning_business_unit_id, full_name, email, active, service_principal, notify_by_email)
   select ${id('user', 'i')}, ${SYSTEM_VALUES}, ${id('user', 'i')}, ${id('user', 'i')}, ${unitOf('i')}, 'Owner ' || i,
     'owner' || i || '@example.com', true, false, true ${series(COUNTS.owners)}`,
  `insert into data.role_assignment (id, ${SYSTEM}, ${BY}, role, user_id)
   select ${id('assignment', 'i')}, ${SYSTEM_VALUES}, ${id('user', 'i')}, ${id('user', 'i')}, 'sales_representative',
     ${id('user', 'i')} ${series(COUNTS.owners)}`,
  `insert into data.company (id, ${OWNED}, name, industry, physical_address_city, physical_address_country, revenue_currency, external_id,
     do_not_email)
   select ${id('company', 'i')}, ${OWNED_VALUES}, 'Company ' || i, ${INDUSTRY}, 'City ' || i % 97, 'DE', '${CURRENCY}',
     'C-' || i, false ${series(COUNTS.companies)}`,
  contactRows(1, COUNTS.contacts),
  `insert into data.deal (id, ${OWNED}, name, company_id, contact_id, pipeline, stage, amount, amount_currency, amount_base,
     probability, product, engaged_on, close_date, source, lost_reason, external_id)
   select ${id('deal', 'i')}, ${OWNED_VALUES}, 'Deal ' || i, ${COMPANY}, ${id('contact', 'i')}, 'sales', ${STAGE}, ${AMOUNT},
     '${CURRENCY}', ${AMOUNT}, ${PROBABILITY}, 'Product ' || i % 7, date '2025-06-01' + i % 200, ${CLOSE_DATE}, 'web',
     case when ${STAGE} = 'lost' then 'price' end, 'D-' || i ${series(COUNTS.deals)}`,
];

/** As many leads as contacts: PostgreSQL would plan what is asked of an empty table otherwise, and keep that plan while it fills. */
export const LEADS = `insert into data.lead (id, ${OWNED}, first_name, last_name, name, email, mobile_phone, company_name, status, expected_amount_currency,
     do_not_call, do_not_email, personal_data_consent)
   select ${id('lead', 'i')}, ${OWNED_VALUES}, 'First ' || i % 811, 'Lead ' || i, 'First ' || i % 811 || ' Lead ' || i,
     'lead' || i || '@example.com', '+7915' || lpad(i::text, 7, '0'), 'Firm ' || i, 'new', '${CURRENCY}', false, false, true
   ${series(COUNTS.contacts)}`;

/** Takes back what measured writes changed, so that every round begins with the same rows. */
export const RESTORE: readonly string[] = [
  `delete from data.deal where created_on > '${SEEDED_ON}'`,
  `update data.deal d set probability = ${PROBABILITY}, version = 1, modified_on = '${SEEDED_ON}',
     modified_by_id = owner_id
   from (select right(id::text, 12)::int as i, id from data.deal where version <> 1) s where s.id = d.id`,
  'alter table kartoteka.change_log disable trigger user',
  'truncate kartoteka.change_log',
  'alter table kartoteka.change_log enable trigger user',
];
