// Turns the tables of names into payloads of companies, contacts and deals. The same every time, except that dates lie
// around the day it is asked for. Leads, campaigns and what people do are in generate-work.ts.
import {
  DEMO_COMPANIES,
  DEMO_FIRST_NAMES,
  DEMO_JOB_TITLES,
  DEMO_LAST_NAMES,
  DEMO_PRODUCTS,
  DEMO_SELLERS,
  type DemoUser,
} from './data.ts';

/** A record to create. */
export interface DemoRecord {
  /** Null for links, which are known by what they connect. */
  readonly externalId: string | null;
  /** A demo user's e-mail address; null: who loads the data. */
  readonly owner: string | null;
  /** Lookups: property -> external id of a record that comes before, or a demo user's e-mail address. */
  readonly refs: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

const CONTACTS = 60;
export const DEALS = 80;
const SOURCES = ['web', 'referral', 'exhibition', 'email', 'existing_customer', 'call'];
const STAGES = ['prospecting', 'engaging', 'won', 'proposal', 'lost', 'won', 'negotiation', 'review', 'won', 'lost'];
const LOST_REASONS = ['price', 'no_decision', 'competitor', 'timing'];

export function demoCompanies(): DemoRecord[] {
  return DEMO_COMPANIES.map(([name, industry, country, city, headcount], index) => ({
    externalId: numbered('company', index),
    owner: ownerOf(index).email,
    refs: {},
    values: {
      name,
      industry,
      physical_address_country: country,
      physical_address_city: city,
      headcount,
      kind: index % 3 === 0 ? 'prospect' : 'customer',
    },
  }));
}

/** Two of three have agreed that their data are kept. */
export function demoContacts(today: string): DemoRecord[] {
  return Array.from({ length: CONTACTS }, (_, index) => {
    const company = index % DEMO_COMPANIES.length;
    return {
      externalId: numbered('contact', index),
      owner: ownerOf(company).email,
      refs: { company_id: numbered('company', company) },
      values: {
        ...personOf(index, `company${company + 1}.example`),
        job_title: at(DEMO_JOB_TITLES, index),
        kind: 'client',
        personal_data_consent: index % 3 !== 0,
        ...(index % 3 === 0 ? {} : { consent_date: dayAfter(today, -30 - index) }),
      },
    };
  });
}

/** Name, address and number of the n-th invented person. */
export function personOf(index: number, domain: string): Record<string, string> {
  const first = at(DEMO_FIRST_NAMES, index * 7);
  const last = at(DEMO_LAST_NAMES, index * 5);
  return {
    first_name: first,
    last_name: last,
    email: `${ascii(first)}.${ascii(last)}@${domain}`,
    work_phone: `+1 202 555 01${String(index % 100).padStart(2, '0')}`,
  };
}

/** Deals of the past months and the next ones, in all stages. `today` is a date, `2026-11-22`. */
export function demoDeals(today: string): DemoRecord[] {
  return Array.from({ length: DEALS }, (_, index) => {
    const company = companyOfDeal(index);
    const [product, price] = at(DEMO_PRODUCTS, index * 5 + Math.floor(index / 6));
    const stage = at(STAGES, index);
    // The first two campaigns brought some of the deals.
    const campaign: DemoRecord['refs'] = index % 8 < 2 ? { campaign_id: numbered('campaign', index % 8) } : {};
    return {
      externalId: numbered('deal', index),
      owner: ownerOf(company).email,
      refs: { company_id: numbered('company', company), contact_id: numbered('contact', company), ...campaign },
      values: {
        name: `${at(DEMO_COMPANIES, company)[0]}: ${product}`,
        product,
        pipeline: stage === 'review' ? 'renewal' : 'sales',
        stage,
        amount: price + (index % 9) * Math.round(price / 20),
        source: at(SOURCES, index),
        ...datesOf(stage, today, index),
        ...(stage === 'lost' ? { lost_reason: at(LOST_REASONS, index) } : {}),
      },
    };
  });
}

/** Number of the company of the n-th deal; its first contact has the same number. */
export function companyOfDeal(index: number): number {
  return (index * 3) % DEMO_COMPANIES.length;
}

/** Everybody of the company who takes part: its first contact decides, its second one has a say. */
export function demoDealContacts(): DemoRecord[] {
  return Array.from({ length: DEALS }, (_, index) => index).flatMap((index) =>
    ['decision_maker', 'influencer'].map((role, place) => ({
      externalId: null,
      owner: null,
      refs: {
        deal_id: numbered('deal', index),
        contact_id: numbered('contact', companyOfDeal(index) + place * DEMO_COMPANIES.length),
      },
      values: { role },
    })),
  );
}

function datesOf(stage: string, today: string, index: number): Record<string, string> {
  const open = stage !== 'won' && stage !== 'lost';
  const end = dayAfter(today, open ? 5 + ((index * 11) % 120) : -3 - ((index * 13) % 200));
  const start = dayAfter(open ? today : end, -10 - ((index * 17) % 80));
  return { engaged_on: start, close_date: end, ...(open ? {} : { actual_close_date: end }) };
}

/** Representatives own most records, managers a few. */
export function ownerOf(index: number): DemoUser {
  return at(DEMO_SELLERS, index * 5 + 1);
}

export function at<T>(items: readonly T[], index: number): T {
  return items[index % items.length] as T;
}

/** External id of the n-th record of a kind. */
export function numbered(kind: string, index: number): string {
  return `demo-${kind}-${String(index + 1).padStart(3, '0')}`;
}

function ascii(name: string): string {
  return name
    .normalize('NFD')
    .replace(/ø/gi, 'o')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase();
}

/** The date `days` after a date; both are calendar days, so no time zone plays a part. */
export function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
