// Deals on their way through the stages: how long each took, where it stands today, what it was worth.
import type { Company, Contact, Customers } from './customers.ts';
import { type DemoRecord, dayAfter, made, numbered, refsOf, rounded, type Telling } from './record.ts';

export interface Deal {
  readonly id: string;
  readonly company: Company;
  readonly contact: Contact;
  readonly owner: string;
  readonly pipeline: string;
  /** Stages in their order, with the days from today on which they were entered. */
  readonly path: readonly { readonly stage: string; readonly day: number }[];
  readonly product: string;
  readonly amount: number;
  readonly source: string;
  /** External ids. */
  readonly campaign: string | null;
  readonly lead: string | null;
  readonly lostReason: string | null;
}

export interface Beginning {
  readonly company: Company;
  readonly contact: Contact;
  readonly owner: string;
  /** Days from today. */
  readonly start: number;
  readonly source: string;
  readonly campaign: string | null;
  readonly lead: string | null;
}

const REPEAT_DEALS = 230;
/** Open stages of each pipeline, with the chance to be lost in each, and the days that it takes at least and at most. */
const PIPELINES: Readonly<
  Record<string, readonly (readonly [stage: string, lost: number, least: number, most: number])[]>
> = {
  sales: [
    ['prospecting', 0.14, 1, 12],
    ['engaging', 0.15, 3, 17],
    ['proposal', 0.16, 3, 20],
    ['negotiation', 0.12, 2, 16],
  ],
  renewal: [
    ['review', 0.08, 5, 20],
    ['proposal', 0.08, 4, 18],
    ['negotiation', 0.06, 2, 14],
  ],
  tender: [
    ['preparing_bid', 0.12, 8, 30],
    ['bid_submitted', 0.38, 15, 50],
    ['negotiation', 0.15, 5, 25],
  ],
};
const LOST_REASONS = { price: 5, competitor: 4, no_decision: 4, timing: 3, no_budget: 2, missing_feature: 1 };
const REPEAT_SOURCES = { existing_customer: 6, referral: 3, call: 1 };

export const stageOf = ({ path }: Deal): string => path.at(-1)?.stage ?? 'prospecting';
export const isOpen = (deal: Deal): boolean => !['won', 'lost'].includes(stageOf(deal));
export const startOf = ({ path }: Deal): number => path[0]?.day ?? 0;
export const lastDay = ({ path }: Deal): number => path.at(-1)?.day ?? 0;

/** A deal that begins on a day, as far as it has come by today. */
export function newDeal(telling: Telling, index: number, beginning: Beginning, pipeline: string): Deal {
  const { random, words } = telling;
  const path: { stage: string; day: number }[] = [];
  let day = beginning.start;
  let end = 'won';
  for (const [stage, lost, least, most] of PIPELINES[pipeline] ?? []) {
    path.push({ stage, day });
    // Some are left lying.
    day += random.between(least, most) * (random.chance(0.07) ? 4 : 1);
    if (random.chance(lost)) {
      end = 'lost';
      break;
    }
  }
  path.push({ stage: end, day });
  const reached = path.filter((step) => step.day < 0);
  const [product, dollars] = random.pick(words.products);
  const size = random.weighted({ '1': 5, '2': 3, '4': 1 });
  const { start: _, ...rest } = beginning;
  return {
    ...rest,
    ...{ id: numbered('deal', index), pipeline, path: reached.length === 0 ? path.slice(0, 1) : reached, product },
    amount: rounded(dollars * Number(size) * words.perDollar * (0.8 + random.number() * 0.4), 50 * words.perDollar),
    lostReason: reached.at(-1)?.stage === 'lost' ? random.weighted(LOST_REASONS) : null,
  };
}

/** What those who are known buy again, or may buy. */
export function repeatDeals(telling: Telling, { companies }: Customers, first: number): readonly Deal[] {
  const { random } = telling;
  const known = companies.filter(({ lead }) => lead === null);
  return Array.from({ length: REPEAT_DEALS }, (_, index) => {
    const company = random.pick(known);
    const contact = company.contacts[0] as Contact;
    const pipeline = random.weighted({ sales: 5, renewal: company.isCustomer ? 5 : 0, tender: 1 });
    const start = -Math.round(2 + 430 * random.number() ** 1.7);
    const beginning = { company, contact, owner: company.owner, start, source: random.weighted(REPEAT_SOURCES) };
    return newDeal(telling, first + index, { ...beginning, campaign: null, lead: null }, pipeline);
  });
}

export function dealRecords(telling: Telling, deals: readonly Deal[]): readonly DemoRecord[] {
  return deals.map((deal) => ({
    externalId: deal.id,
    owner: deal.owner,
    refs: refsOf({
      ...{ company_id: deal.company.id, contact_id: deal.contact.id },
      ...{ campaign_id: deal.campaign, originating_lead_id: deal.lead },
    }),
    values: {
      name: `${deal.company.name}: ${deal.product}`,
      ...{ pipeline: deal.pipeline, stage: stageOf(deal), product: deal.product, source: deal.source },
      ...{ amount: deal.amount, amount_currency: telling.words.currency },
      ...datesOf(telling, deal),
      ...(deal.lostReason === null ? {} : { lost_reason: deal.lostReason }),
      ...made(telling, startOf(deal), lastDay(deal)),
    },
  }));
}

/** Where it is open the day on which it should close, some of which have passed. */
function datesOf({ random, words, today }: Telling, deal: Deal): Readonly<Record<string, unknown>> {
  const start = { engaged_on: dayAfter(today, startOf(deal)) };
  const last = lastDay(deal);
  if (isOpen(deal)) {
    const expected = random.chance(0.15) ? random.between(-20, -1) : random.between(3, 100);
    const next = random.chance(0.6) ? { next_step: random.pick(words.nextSteps) } : {};
    return { ...start, ...next, close_date: dayAfter(today, Math.max(expected, last)) };
  }
  const planned = dayAfter(today, last + random.between(-12, 12));
  return { ...start, close_date: planned, actual_close_date: dayAfter(today, last) };
}

/** Who takes part: the contact decides, somebody else of the company has a say. */
export function dealContactRecords(deals: readonly Deal[]): readonly DemoRecord[] {
  return deals.flatMap(({ id, contact, company }) => {
    const other = company.contacts.find((each) => each !== contact);
    const link = (who: Contact, role: string): DemoRecord => ({
      ...{ externalId: null, owner: null },
      ...{ refs: { deal_id: id, contact_id: who.id }, values: { role } },
    });
    return [link(contact, 'decision_maker'), ...(other === undefined ? [] : [link(other, 'influencer')])];
  });
}
