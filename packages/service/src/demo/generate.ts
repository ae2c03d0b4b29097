// Turns the tables of names into payloads of companies, contacts and deals. The same every time, except that dates lie
// around the day it is asked for.
import {
  DEMO_COMPANIES,
  DEMO_FIRST_NAMES,
  DEMO_JOB_TITLES,
  DEMO_LAST_NAMES,
  DEMO_PRODUCTS,
  DEMO_USERS,
  type DemoUser,
} from './data.ts';

/** A record to create: `owner` is a demo user's e-mail address, `company` the external id of a company. */
export interface DemoRecord {
  readonly externalId: string;
  readonly owner: string;
  readonly company: string | null;
  readonly values: Readonly<Record<string, unknown>>;
}

const CONTACTS = 60;
const DEALS = 80;
const SOURCES = ['web', 'referral', 'exhibition', 'email', 'existing_customer', 'call'];
const STAGES = ['prospecting', 'engaging', 'won', 'proposal', 'lost', 'won', 'negotiation', 'engaging', 'won', 'lost'];
const LOST_REASONS = ['price', 'no_decision', 'competitor', 'timing'];

export function demoCompanies(): DemoRecord[] {
  return DEMO_COMPANIES.map(([name, industry, country, city, headcount], index) => ({
    externalId: numbered('company', index),
    owner: ownerOf(index).email,
    company: null,
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

export function demoContacts(): DemoRecord[] {
  return Array.from({ length: CONTACTS }, (_, index) => {
    const company = index % DEMO_COMPANIES.length;
    const first = at(DEMO_FIRST_NAMES, index * 7);
    const last = at(DEMO_LAST_NAMES, index * 5);
    return {
      externalId: numbered('contact', index),
      owner: ownerOf(company).email,
      company: numbered('company', company),
      values: {
        first_name: first,
        last_name: last,
        job_title: at(DEMO_JOB_TITLES, index),
        email: `${ascii(first)}.${ascii(last)}@company${company + 1}.example`,
        work_phone: `+1 202 555 01${String(index % 100).padStart(2, '0')}`,
      },
    };
  });
}

/** Deals of the past months and the next ones, in all stages. `today` is a date, `2026-11-22`. */
export function demoDeals(today: string): DemoRecord[] {
  return Array.from({ length: DEALS }, (_, index) => {
    const company = (index * 3) % DEMO_COMPANIES.length;
    const [product, price] = at(DEMO_PRODUCTS, index * 5 + Math.floor(index / 6));
    const stage = at(STAGES, index);
    return {
      externalId: numbered('deal', index),
      owner: ownerOf(company).email,
      company: numbered('company', company),
      values: {
        name: `${at(DEMO_COMPANIES, company)[0]}: ${product}`,
        product,
        stage,
        amount: price + (index % 9) * Math.round(price / 20),
        source: at(SOURCES, index),
        ...datesOf(stage, today, index),
        ...(stage === 'lost' ? { lost_reason: at(LOST_REASONS, index) } : {}),
      },
    };
  });
}

function datesOf(stage: string, today: string, index: number): Record<string, string> {
  const open = stage !== 'won' && stage !== 'lost';
  const end = dayAfter(today, open ? 5 + ((index * 11) % 120) : -3 - ((index * 13) % 200));
  const start = dayAfter(open ? today : end, -10 - ((index * 17) % 80));
  return { engaged_on: start, close_date: end, ...(open ? {} : { actual_close_date: end }) };
}

/** Representatives own most records, managers a few. */
function ownerOf(index: number): DemoUser {
  return at(DEMO_USERS, index * 5 + 1);
}

function at<T>(items: readonly T[], index: number): T {
  return items[index % items.length] as T;
}

function numbered(kind: string, index: number): string {
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
function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
