// The story of the demo: a year and more of a small sales team, as records to create. Pure: the same seed, day and language tell the same.
import { Customers, companyRecords, contactRecords } from './customers.ts';
import { type Deal, dealContactRecords, dealRecords, repeatDeals, stageOf } from './deals.ts';
import { addDuplicates } from './duplicates.ts';
import { eventRecords } from './events.ts';
import { campaignMemberRecords, campaignRecords, conversionsOf, leadRecords, tellLeads } from './leads.ts';
import { Random } from './random.ts';
import type { DemoRecord, Telling } from './record.ts';
import type { DemoLanguage, DemoWords } from './words.ts';
import { EN } from './words-en.ts';
import { RU } from './words-ru.ts';
import { activityRecords, participantRecords, reviewRecords, tellActivities } from './work.ts';

export interface DemoStory {
  readonly words: DemoWords;
  /** In an order in which every record finds those that it refers to. */
  readonly sets: readonly (readonly [set: string, records: readonly DemoRecord[]])[];
  /** Lookups of leads that are written last, because what they lead to refers to the leads. */
  readonly conversions: readonly DemoRecord[];
}

export const DEMO_WORDS: Readonly<Record<DemoLanguage, DemoWords>> = { en: EN, ru: RU };
const DEMO_SEED = 2;

/** `today` is a date, `2026-11-22`. */
export function demoStory({
  today,
  language,
  seed = DEMO_SEED,
}: {
  today: string;
  language: DemoLanguage;
  seed?: number;
}): DemoStory {
  const words = DEMO_WORDS[language];
  const telling: Telling = { random: new Random(seed), words, today };
  const customers = new Customers(telling);
  const deals: Deal[] = [];
  const told = tellLeads(telling, customers, deals);
  deals.push(...repeatDeals(telling, customers, deals.length));
  for (const deal of deals) if (stageOf(deal) === 'won') deal.company.isCustomer = true;
  const leads = addDuplicates(telling, customers, told);
  const activities = tellActivities(telling, leads, deals);
  return {
    words,
    sets: [
      ['campaigns', campaignRecords(telling, deals)],
      ['leads', leadRecords(telling, leads)],
      ['companies', companyRecords(telling, customers)],
      ['contacts', contactRecords(telling, customers)],
      ['deals', dealRecords(telling, deals)],
      ['deal_contacts', dealContactRecords(deals)],
      ['campaign_members', campaignMemberRecords(telling, leads, customers)],
      ['activities', [...activityRecords(telling, activities), ...reviewRecords(telling)]],
      ['activity_participants', participantRecords(telling, activities)],
      ['events', eventRecords(telling, leads, deals)],
    ],
    conversions: conversionsOf(leads),
  };
}

/** What `refs` call the form of the website. */
const FORM = 'form';

/** What a sales team needs besides: the website's form, two posts that were kept for review, and a webhook that is off. */
export function demoSettings({ form, webhook, interests }: DemoWords): DemoStory['sets'] {
  const fields = Object.entries(form.labels).map(([name, label], order) => [
    name,
    { label, order, required: order < 2 },
  ]);
  const kept = (index: number, reason: string, sent_values: Readonly<Record<string, string>>): DemoRecord => ({
    ...{ externalId: null, owner: null, refs: { form_id: FORM } },
    values: { status: 'review', reason, sent_values, post_id: `demo-${index}` },
  });
  const common = { owner: null, refs: {} } as const;
  const formValues = { name: form.name, record_type: 'lead', accepted_fields: Object.fromEntries(fields) };
  const marks = { fixed_values: { source: 'web' }, attribution: { utm_source: 'source', utm_campaign: 'campaign_id' } };
  const hook = { name: webhook, url: 'https://accounting.example/hooks/deals', entity: 'deal', operations: ['update'] };
  const sent = { filter: "stage eq 'won'", properties: 'name,amount,company_id', status: 'off' };
  return [
    ['web_forms', [{ ...common, externalId: FORM, refs: {}, values: { ...formValues, ...marks } }]],
    [
      'web_form_submissions',
      [
        kept(1, 'email: must be an e-mail address', {
          last_name: 'A. N.',
          email: 'a.n at home',
          interest: interests[0] ?? '',
        }),
        kept(2, 'last_name: must be given', { email: 'somebody@post.example', interest: interests[1] ?? '' }),
      ],
    ],
    ['webhooks', [{ ...common, externalId: WEBHOOK, values: { ...hook, ...sent } }]],
  ];
}

const WEBHOOK = 'webhook';

/** Enquiries of the website go to the sellers in turns, past who is absent, and to the team's queue while all are. */
export function demoRule({ rule, language, team }: DemoWords): { readonly name: string; readonly body: object } {
  const assign = {
    method: 'round_robin',
    users: RULE_SELLERS.map((login) => `${login}@demo.example`),
    queue: team.name,
  };
  const body = { name: RULE, entity: 'lead', label: { [language]: rule }, order: 10, when: "source eq 'web'", assign };
  return { name: RULE, body };
}

const RULE = 'x_website';
const RULE_SELLERS = ['ravi', 'olga', 'lucia', 'ken'];
