// Records that somebody has entered a second time, for duplicate rules and merges to find.
import type { Company, Contact, Customers } from './customers.ts';
import type { Lead } from './leads.ts';
import { numbered, type Telling } from './record.ts';

const COMPANIES = 6;
const CONTACTS = 10;
const LEADS = 8;

/** The same companies in other letters, the same people with the same address: as records beside the others. */
export function addDuplicates(telling: Telling, customers: Customers, leads: readonly Lead[]): readonly Lead[] {
  const { random } = telling;
  const { companies, contacts } = customers;
  for (const company of random.some(companies.slice(10), COMPANIES))
    companies.push(sameCompany(company, companies.length));
  const known = contacts.filter(({ lead }) => lead === null);
  for (const contact of random.some(known, CONTACTS)) contacts.push(sameContact(contact, contacts.length));
  // People who are customers, and write through the website all the same.
  const fresh = leads.filter(({ status, source }) => status === 'new' && source === 'web').slice(0, LEADS);
  const people = random.some(known, fresh.length);
  return leads.map((lead) => {
    const contact = people[fresh.indexOf(lead)];
    if (contact === undefined) return lead;
    return { ...lead, person: { ...contact, email: contact.email.toUpperCase() }, companyName: contact.company.name };
  });
}

function sameCompany(company: Company, index: number): Company {
  const name = company.name.toUpperCase();
  return { ...company, id: numbered('company', index), name, contacts: [], since: -20, lead: null, isCustomer: false };
}

function sameContact(contact: Contact, index: number): Contact {
  const { first, last } = contact.person;
  const person = { first: `${first.slice(0, 1)}.`, middle: null, last };
  return { ...contact, id: numbered('contact', index), person, since: -15, jobTitle: '', mobile: null };
}
