// Companies and the people in them, those that have been customers for long and those that leads become.
import { ascii, type DemoRecord, dayAfter, made, numbered, refsOf, type Telling } from './record.ts';
import { SELLERS } from './users.ts';
import type { PersonName } from './words.ts';

export interface Company {
  readonly id: string;
  readonly name: string;
  readonly industry: string;
  readonly country: string;
  readonly city: string;
  readonly headcount: number;
  readonly domain: string;
  readonly owner: string;
  /** Days from today on which it was made. */
  readonly since: number;
  readonly contacts: Contact[];
  /** External id of the lead that became it. */
  readonly lead: string | null;
  /** Whether it has ever bought something. */
  isCustomer: boolean;
}

export interface Contact {
  readonly id: string;
  readonly person: PersonName;
  readonly email: string;
  readonly mobile: string | null;
  readonly phone: string;
  readonly jobTitle: string;
  readonly company: Company;
  readonly since: number;
  readonly lead: string | null;
}

/** A person before it is known whether a contact, a lead or both. */
export type Person = Pick<Contact, 'person' | 'email' | 'mobile' | 'phone' | 'jobTitle'>;

/** Numbers of employees. */
const SIZES = { '18': 3, '45': 4, '90': 3, '240': 2, '700': 1 };
const OLD_COMPANIES = 110;
/** Area codes in each of which the numbers 555-0100 to 555-0199 are reserved for fiction. */
const AREAS = [202, 212, 213, 303, 305, 312, 404, 415, 503, 512, 602, 615, 617, 702, 713, 808];
/** British cities in each of which the numbers 496 0000 to 496 0999 are. */
const CITIES = [113, 114, 116, 117, 118, 121, 131, 141, 151, 161];

/** Makes companies and people, none twice. Telephone numbers are of ranges reserved for fiction, in every language: Russia has none. */
export class Customers {
  readonly companies: Company[] = [];
  readonly contacts: Contact[] = [];
  readonly #telling: Telling;
  readonly #names = new Set<string>();
  readonly #emails = new Set<string>();
  #phones = 0;
  #mobiles = 0;

  constructor(telling: Telling) {
    this.#telling = telling;
    const { random, words } = telling;
    for (let index = 0; index < OLD_COMPANIES; index += 1) {
      const [since, drawn] = [random.between(-700, -200), random.pick(SELLERS)];
      const known = words.companies[index];
      // The first ones are shared out, so that everybody has some whose names are known.
      const owner = known === undefined ? drawn : (SELLERS[index % SELLERS.length] ?? drawn);
      const company = this.company(since, owner, null, known);
      company.isCustomer = random.chance(0.72);
      for (let count = random.between(1, 4); count > 0; count -= 1)
        this.contact(company, this.person(company.domain), random.between(company.since, -30), null);
    }
  }

  company(since: number, owner: string, lead: string | null, known = this.#invented()): Company {
    const [name, industry, country, city, headcount] = known;
    this.#names.add(name);
    const company: Company = {
      ...{ id: numbered('company', this.companies.length), name, industry, country, city, headcount },
      domain: `${ascii(name).slice(0, 40)}.example`,
      ...{ owner, since, lead, contacts: [], isCustomer: false },
    };
    this.companies.push(company);
    return company;
  }

  #invented(): readonly [string, string, string, string, number] {
    const { random, words } = this.#telling;
    const [country, city] = random.pick(words.places);
    for (;;) {
      const [end, industry] = random.pick(words.companyEnds);
      const name = words.joinCompany(random.pick(words.companyBegins), end);
      if (this.#names.has(name)) continue;
      return [name, industry, country, city, Number(random.weighted(SIZES))];
    }
  }

  person(domain: string): Person {
    const { random, words } = this.#telling;
    const person = words.person(random);
    const name = `${ascii(person.first)}.${ascii(person.last)}`;
    let email = `${name}@${domain}`;
    for (let more = 2; this.#emails.has(email); more += 1) email = `${name}${more}@${domain}`;
    this.#emails.add(email);
    return {
      ...{ person, email, jobTitle: random.pick(words.jobTitles), phone: this.#phone() },
      mobile: random.chance(0.55) ? this.#mobile() : null,
    };
  }

  #phone(): string {
    const number = this.#phones++;
    return `+44 ${CITIES[Math.floor(number / 1000) % CITIES.length]} 496 0${String(number % 1000).padStart(3, '0')}`;
  }

  #mobile(): string {
    const number = this.#mobiles++;
    return `+1 ${AREAS[Math.floor(number / 100) % AREAS.length]} 555 01${String(number % 100).padStart(2, '0')}`;
  }

  contact(company: Company, person: Person, since: number, lead: string | null): Contact {
    const contact = { id: numbered('contact', this.contacts.length), ...person, company, since, lead };
    this.contacts.push(contact);
    company.contacts.push(contact);
    return contact;
  }
}

export function companyRecords(telling: Telling, { companies }: Customers): readonly DemoRecord[] {
  return companies.map((company) => ({
    externalId: company.id,
    owner: company.owner,
    refs: refsOf({ originating_lead_id: company.lead }),
    values: {
      ...{ name: company.name, industry: company.industry, headcount: company.headcount },
      ...{ kind: company.isCustomer ? 'customer' : 'prospect', website: `https://${company.domain}` },
      ...{ email: `info@${company.domain}`, phone: company.contacts[0]?.phone ?? null },
      ...{ physical_address_country: company.country, physical_address_city: company.city },
      ...made(telling, company.since),
    },
  }));
}

/** Names and addresses, as contacts and leads have them. */
export function personValues({ person, email, mobile, phone, jobTitle }: Person): Readonly<Record<string, unknown>> {
  const { first, middle, last } = person;
  const name = { first_name: first, middle_name: middle, last_name: last };
  return { ...name, email, work_phone: phone, mobile_phone: mobile, job_title: jobTitle };
}

/** Two of three have agreed that their data are kept. */
export function contactRecords(telling: Telling, { contacts }: Customers): readonly DemoRecord[] {
  const { random, today } = telling;
  return contacts.map((contact) => ({
    externalId: contact.id,
    owner: contact.company.owner,
    refs: refsOf({ company_id: contact.company.id, originating_lead_id: contact.lead }),
    values: {
      ...personValues(contact),
      kind: 'client',
      ...(random.chance(0.66)
        ? { personal_data_consent: true, consent_date: dayAfter(today, random.between(contact.since, -1)) }
        : {}),
      ...made(telling, contact.since),
    },
  }));
}
