// Payloads of campaigns, leads, activities and the history of records, over the companies, contacts and deals of generate.ts.
// The same every time, except that days lie around the day it is asked for.
import {
  DEMO_CAMPAIGNS,
  DEMO_HAPPENINGS,
  DEMO_INTERESTS,
  DEMO_JOB_TITLES,
  DEMO_MARKETER,
  DEMO_PROSPECTS,
  DEMO_TASKS,
} from './data.ts';
import { at, companyOfDeal, type DemoRecord, dayAfter, numbered, ownerOf, personOf } from './generate.ts';

const LEADS = 36;
/** Deals with something to do and with a history. */
const BUSY_DEALS = 40;
const STATUSES = [
  'new',
  'in_progress',
  'new',
  'qualified',
  'in_progress',
  'unqualified',
  'new',
  'converted',
  'qualified',
];
const REASONS: Readonly<Record<string, readonly string[]>> = {
  in_progress: ['contacted', 'attempted'],
  qualified: ['need_confirmed', 'budget_confirmed'],
  unqualified: ['no_budget', 'unreachable'],
};
const RATINGS = ['warm', 'hot', 'cold'];
const LEAD_SOURCES = ['web', 'exhibition', 'email', 'call', 'referral', 'advertising'];

export function demoCampaigns(today: string): DemoRecord[] {
  return DEMO_CAMPAIGNS.map(([name, kind, status, first, last, budget, cost, audience], index) => ({
    externalId: numbered('campaign', index),
    owner: DEMO_MARKETER.email,
    refs: {},
    values: {
      name,
      kind,
      status,
      starts_on: dayAfter(today, first),
      ends_on: dayAfter(today, last),
      budget,
      actual_cost: cost,
      expected_revenue: budget * 6,
      audience,
    },
  }));
}

/** Some belong to who loads the data, so that a first look at the own leads is not empty. */
export function demoLeads(today: string): DemoRecord[] {
  return Array.from({ length: LEADS }, (_, index) => {
    const status = at(STATUSES, index);
    const campaign: DemoRecord['refs'] = index % 2 === 0 ? { campaign_id: numbered('campaign', index % 3) } : {};
    const converted: DemoRecord['refs'] = status === 'converted' ? conversionOf(index) : {};
    return {
      externalId: numbered('lead', index),
      owner: index % 6 === 0 ? null : ownerOf(index).email,
      refs: { ...campaign, ...converted },
      values: {
        ...personOf(index + 200, `prospect${(index % DEMO_PROSPECTS.length) + 1}.example`),
        company_name: at(DEMO_PROSPECTS, index),
        job_title: at(DEMO_JOB_TITLES, index),
        source: at(LEAD_SOURCES, index),
        status,
        status_reason: REASONS[status] === undefined ? null : at(REASONS[status], index),
        rating: at(RATINGS, index),
        interest: at(DEMO_INTERESTS, index),
        expected_amount: 2500 + ((index * 1700) % 30_000),
        ...(status === 'converted' ? { converted_on: dayAfter(today, -5 - index) } : {}),
      },
    };
  });
}

/** The deal that came of a lead, with its company and contact. */
function conversionOf(index: number): Record<string, string> {
  const company = companyOfDeal(index);
  return {
    converted_deal_id: numbered('deal', index),
    converted_company_id: numbered('company', company),
    converted_contact_id: numbered('contact', company),
  };
}

/** Leads and contacts that the campaigns addressed, the contacts with an answer. */
export function demoCampaignMembers(today: string): DemoRecord[] {
  const member = (campaign: number, type: string, id: string, response: string): DemoRecord => ({
    externalId: null,
    owner: null,
    refs: { campaign_id: numbered('campaign', campaign), member_id: id },
    values: {
      member_type: type,
      response,
      ...(response === 'sent' ? {} : { responded_on: dayAfter(today, -20 + campaign) }),
    },
  });
  const responses = ['sent', 'opened', 'interested', 'registered', 'attended', 'declined'];
  const contacts = Array.from({ length: 30 }, (_, index) =>
    member(index % 3, 'contact', numbered('contact', index), at(responses, index)),
  );
  const leads = Array.from({ length: LEADS / 2 }, (_, index) =>
    member((index * 2) % 3, 'lead', numbered('lead', index * 2), 'interested'),
  );
  return [...contacts, ...leads];
}

/** Done, overdue and to come, about deals; some of each of who loads the data. */
export function demoActivities(today: string): DemoRecord[] {
  return Array.from({ length: BUSY_DEALS }, (_, index) => {
    const [kind, subject] = at(DEMO_TASKS, index);
    const days = ((index * 7) % 30) - 12;
    const done = days < -4;
    const day = dayAfter(today, days);
    const starts = { starts_on: `${day}T09:00:00Z`, due_on: `${day}T10:00:00Z`, place: 'Video call' };
    return {
      externalId: numbered('activity', index),
      owner: index % 8 === 3 ? null : ownerOf(companyOfDeal(index)).email,
      refs: { regarding_id: numbered('deal', index) },
      values: {
        kind,
        subject,
        regarding_type: 'deal',
        status: done ? 'done' : 'planned',
        priority: index % 5 === 0 ? 'high' : 'normal',
        ...(kind === 'meeting' ? starts : { due_on: `${day}T15:00:00Z` }),
        ...(done ? { outcome: 'As planned' } : { reminder_on: `${day}T08:30:00Z` }),
      },
    };
  });
}

/** Of every meeting: the owner of the deal, and the contact who decides. */
export function demoParticipants(): DemoRecord[] {
  const meetings = Array.from({ length: BUSY_DEALS }, (_, index) => index).filter(
    (index) => at(DEMO_TASKS, index)[0] === 'meeting',
  );
  const participant = (index: number, type: string, id: string, role: string, reply: string): DemoRecord => ({
    externalId: null,
    owner: null,
    refs: { activity_id: numbered('activity', index), participant_id: id },
    values: { participant_type: type, role, reply },
  });
  return meetings.flatMap((index) => [
    participant(index, 'user', ownerOf(companyOfDeal(index)).email, 'organizer', 'accepted'),
    participant(index, 'contact', numbered('contact', companyOfDeal(index)), 'required', 'none'),
  ]);
}

/** Two entries for each busy deal, and the first message of each lead. */
export function demoEvents(today: string): DemoRecord[] {
  const event = (
    index: number,
    [kind, direction, text]: (typeof DEMO_HAPPENINGS)[number],
    type: string,
    id: string,
    days: number,
  ): DemoRecord => ({
    externalId: numbered('event', index),
    owner: null,
    refs: { regarding_id: id },
    values: {
      kind,
      regarding_type: type,
      text,
      direction,
      happened_on: `${dayAfter(today, days)}T${10 + (index % 7)}:20:00Z`,
      ...(kind === 'call' ? { duration: `PT${3 + (index % 15)}M`, outcome: 'reached' } : {}),
    },
  });
  const deals = Array.from({ length: BUSY_DEALS * 2 }, (_, index) =>
    event(index, at(DEMO_HAPPENINGS, index), 'deal', numbered('deal', index % BUSY_DEALS), -1 - ((index * 5) % 28)),
  );
  const leads = Array.from({ length: LEADS }, (_, index) => {
    const message = ['message', 'incoming', `Please send us information: ${at(DEMO_INTERESTS, index)}`] as const;
    return event(BUSY_DEALS * 2 + index, message, 'lead', numbered('lead', index), -1 - (index % 20));
  });
  return [...deals, ...leads];
}
