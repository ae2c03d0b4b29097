// Leads: where they come from, what has become of them, and campaigns that brought them.
import { type Company, type Contact, type Customers, type Person, personValues } from './customers.ts';
import { type Deal, newDeal, stageOf } from './deals.ts';
import { ascii, type DemoRecord, dayAfter, made, numbered, refsOf, rounded, TEAM, type Telling } from './record.ts';
import { MARKETER, SELLERS } from './users.ts';

export interface Lead {
  readonly id: string;
  readonly person: Person;
  readonly companyName: string;
  readonly industry: string;
  /** Null: who loads the data. */
  readonly owner: string | null;
  /** Days from today on which it came. */
  readonly day: number;
  readonly source: string;
  readonly campaign: string | null;
  readonly status: string;
  readonly reason: string | null;
  readonly interest: string;
  readonly conversion: Conversion | null;
}

export interface Conversion {
  readonly day: number;
  readonly company: Company;
  readonly contact: Contact;
  readonly deal: Deal | null;
}

const LEADS = 620;
const SOURCES = {
  web: 30,
  advertising: 18,
  referral: 14,
  partner: 10,
  exhibition: 12,
  email: 7,
  social_media: 7,
  call: 6,
};
/** Of these all come by a campaign. */
const SHORT: ReadonlySet<string> = new Set(['exhibition', 'social_media']);
/** What a campaign costs at least, in US dollars. */
const LEAST_COST = 2500;
/** Chances of what has become of a lead of at most so many days. */
const FATES: readonly (readonly [days: number, Readonly<Record<string, number>>])[] = [
  [2, { new: 80, in_progress: 20 }],
  [10, { new: 18, in_progress: 50, qualified: 15, unqualified: 11, converted: 6 }],
  [30, { in_progress: 28, qualified: 18, unqualified: 28, converted: 26 }],
  [Number.POSITIVE_INFINITY, { in_progress: 3, qualified: 4, unqualified: 53, converted: 40 }],
];
const REASONS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  in_progress: { contacted: 4, attempted: 3, meeting_scheduled: 2, nurturing: 2 },
  qualified: { need_confirmed: 3, budget_confirmed: 2, meeting_scheduled: 1 },
  unqualified: { no_interest: 5, no_budget: 4, unreachable: 4, competitor: 3, wrong_details: 1, spam: 1 },
};
const RATINGS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  unqualified: { cold: 4, warm: 1 },
  qualified: { hot: 2, warm: 2 },
  converted: { hot: 3, warm: 2 },
};

/** Leads with the companies, contacts and deals that became of them, which are added to `customers` and `deals`. */
export function tellLeads(telling: Telling, customers: Customers, deals: Deal[]): readonly Lead[] {
  const { random } = telling;
  const arrivals = Array.from({ length: LEADS }, () => {
    const source = random.weighted(SOURCES);
    return { source, day: dayOf(telling, source) };
  });
  return arrivals
    .toSorted((one, other) => one.day - other.day)
    .map((arrival, index) => tellLead(telling, customers, deals, { id: numbered('lead', index), ...arrival }));
}

/** More come by now than a year ago; those of fairs and films while they go on, and shortly after. */
function dayOf({ random, words }: Telling, source: string): number {
  const short = words.campaigns.filter(
    ({ source: own, costs }) => own === source && SHORT.has(source) && costs !== null,
  );
  if (short.length === 0) return -Math.floor(365 * random.number() ** 1.8);
  const [first, last] = random.pick(short).days;
  return Math.min(-1, random.between(first, last + 10));
}

function tellLead(
  telling: Telling,
  customers: Customers,
  deals: Deal[],
  { id, day, source }: Pick<Lead, 'id' | 'day' | 'source'>,
): Lead {
  const { random, words } = telling;
  const campaign = campaignOf(telling, source, day);
  const fates = FATES.find(([days]) => -day <= days)?.[1] ?? {};
  const status = random.weighted(fates);
  const owner = random.pick(SELLERS);
  // Some are of companies that are known, and become no company a second time.
  const known = status === 'converted' && random.chance(0.25) ? random.pick(customers.companies) : null;
  const [end, industry] = random.pick(words.companyEnds);
  const companyName = known?.name ?? words.joinCompany(random.pick(words.companyBegins), end);
  const person = customers.person(known?.domain ?? `${ascii(companyName)}.example`);
  const lead = { id, day, person, companyName, industry: known?.industry ?? industry, source, campaign, status };
  const converted =
    status === 'converted'
      ? convert(telling, customers, deals, { ...lead, owner: known?.owner ?? owner, known })
      : null;
  return {
    ...lead,
    ...{ companyName: converted?.company.name ?? companyName, conversion: converted },
    owner: converted?.company.owner ?? ownerOf(telling, status, owner),
    reason: REASONS[status] === undefined ? null : random.weighted(REASONS[status]),
    interest: random.pick(words.interests),
  };
}

/** Some new ones wait in the team's queue, some are of who loads the data, so that a first look at the own leads is not empty. */
function ownerOf({ random }: Telling, status: string, seller: string): string | null {
  if (status !== 'new') return random.chance(0.03) ? null : seller;
  return random.weighted({ queue: 4, seller: 5, loader: 1 }) === 'queue' ? TEAM : random.chance(0.15) ? null : seller;
}

/** The campaign that ran on that day, or shortly before, and brings leads of that source. */
function campaignOf({ words, random }: Telling, source: string, day: number): string | null {
  const index = words.campaigns.findIndex(
    ({ source: own, days: [first, last] }) => own === source && first <= day && day <= last + 21,
  );
  return index < 0 || random.chance(0.08) ? null : numbered('campaign', index);
}

interface Converting extends Pick<Lead, 'id' | 'day' | 'person' | 'source' | 'campaign' | 'companyName' | 'industry'> {
  readonly owner: string;
  readonly known: Company | null;
}

function convert(telling: Telling, customers: Customers, deals: Deal[], lead: Converting): Conversion {
  const { random, words } = telling;
  const day = Math.min(-1, lead.day + random.between(1, 18));
  const { known, owner, companyName, industry, person } = lead;
  const [country, city] = random.pick(words.places);
  const fresh = (): Company =>
    customers.company(day, owner, lead.id, [companyName, industry, country, city, random.between(8, 400)]);
  const company = known ?? customers.companies.find(({ name }) => name === companyName) ?? fresh();
  const contact = customers.contact(company, person, day, lead.id);
  if (random.chance(0.14)) return { day, company, contact, deal: null };
  const { source, campaign } = lead;
  const beginning = { company, contact, owner: company.owner, start: day, source, campaign, lead: lead.id };
  const deal = newDeal(telling, deals.length, beginning, 'sales');
  deals.push(deal);
  return { day, company, contact, deal };
}

/** The lookups of converted ones come later (see conversionsOf): what they lead to refers to the leads. */
export function leadRecords(telling: Telling, leads: readonly Lead[]): readonly DemoRecord[] {
  const { random, today, words } = telling;
  return leads.map((lead) => ({
    externalId: lead.id,
    owner: lead.owner,
    refs: refsOf({ campaign_id: lead.campaign }),
    values: {
      ...personValues(lead.person),
      ...{ company_name: lead.companyName, industry: lead.industry, source: lead.source, interest: lead.interest },
      ...{ status: lead.status, status_reason: lead.reason },
      rating: random.weighted(RATINGS[lead.status] ?? { warm: 3, cold: 2, hot: 1 }),
      expected_amount: rounded(
        (lead.conversion?.deal?.amount ?? random.between(2500, 40_000) * words.perDollar) * 0.9,
        500,
      ),
      expected_amount_currency: words.currency,
      ...(lead.conversion === null ? {} : { converted_on: dayAfter(today, lead.conversion.day) }),
      ...made(telling, lead.day, lead.conversion?.day),
    },
  }));
}

/** What converted leads have become. */
export function conversionsOf(leads: readonly Lead[]): readonly DemoRecord[] {
  return leads.flatMap(({ id, conversion }) => {
    if (conversion === null) return [];
    const { company, contact, deal } = conversion;
    const converted = { converted_company_id: company.id, converted_contact_id: contact.id };
    const refs = { ...converted, converted_by_id: company.owner };
    return [
      { externalId: id, owner: null, refs: deal === null ? refs : { ...refs, converted_deal_id: deal.id }, values: {} },
    ];
  });
}

/** What they cost is told by what they have won, so that most of them paid. */
export function campaignRecords(telling: Telling, deals: readonly Deal[]): readonly DemoRecord[] {
  const { words, today } = telling;
  const step = 100 * words.perDollar;
  return words.campaigns.map(({ name, kind, status, days: [first, last], costs, audience }, index) => {
    const id = numbered('campaign', index);
    const won = deals.filter((deal) => deal.campaign === id && stageOf(deal) === 'won');
    const sum = won.reduce((total, { amount }) => total + amount, 0);
    const cost = costs === null ? null : rounded(Math.max(sum * costs, LEAST_COST * words.perDollar), step);
    const budget = rounded((cost ?? 12_000 * words.perDollar) * 1.1, step * 5);
    return {
      externalId: id,
      owner: MARKETER,
      refs: {},
      values: {
        ...{ name, kind, status, audience, starts_on: dayAfter(today, first), ends_on: dayAfter(today, last) },
        ...{
          budget,
          budget_currency: words.currency,
          expected_revenue: budget * 5,
          expected_revenue_currency: words.currency,
        },
        ...(cost === null ? {} : { actual_cost: cost, actual_cost_currency: words.currency }),
        ...made(telling, Math.min(first, 0) - 30, Math.min(last, -1)),
      },
    };
  });
}

const LEAD_RESPONSES: Readonly<Record<string, string>> = {
  unqualified: 'declined',
  converted: 'attended',
  qualified: 'registered',
};
const CONTACT_RESPONSES = { none: 2, sent: 8, opened: 6, interested: 2, registered: 1, declined: 1, unsubscribed: 1 };
const ADDRESSED = 60;

/** Leads that came by a campaign, and contacts whom the running and past ones addressed. */
export function campaignMemberRecords(
  telling: Telling,
  leads: readonly Lead[],
  { contacts }: Customers,
): readonly DemoRecord[] {
  const { random, words, today } = telling;
  const member = (campaign: string, type: string, id: string, response: string, day: number): DemoRecord => ({
    ...{ externalId: null, owner: null, refs: { campaign_id: campaign, member_id: id } },
    values: {
      ...{ member_type: type, response },
      ...(['none', 'sent'].includes(response) ? {} : { responded_on: dayAfter(today, Math.min(-1, day)) }),
    },
  });
  const came = leads.flatMap(({ id, campaign, status, day }) =>
    campaign === null ? [] : [member(campaign, 'lead', id, LEAD_RESPONSES[status] ?? 'interested', day)],
  );
  const addressed = words.campaigns.flatMap(({ kind, costs, days: [first] }, index) => {
    if (costs === null || !['email', 'webinar', 'exhibition'].includes(kind)) return [];
    const old = contacts.filter(({ since }) => since < first);
    return random
      .some(old, ADDRESSED)
      .map(({ id }) =>
        member(
          numbered('campaign', index),
          'contact',
          id,
          random.weighted(CONTACT_RESPONSES),
          first + random.between(1, 14),
        ),
      );
  });
  return [...came, ...addressed];
}
