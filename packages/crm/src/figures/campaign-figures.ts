// `GET /campaigns(ID)/figures`: what a campaign cost and brought, each figure with the list of the records behind it. It counts what the
// caller may read, by four requests of his own, and judges no right.
import type { Model } from '@kartoteka/metadata';
import { is, listOf, type OperationContext, type OperationDefinition, type Shape } from '@kartoteka/platform';
import { endedStages, isAmong } from './stages.ts';

const NULLABLE = { nullable: true } as const;

export const campaignShapes: Readonly<Record<string, Shape>> = {
  campaign_figures: {
    context: true,
    description: 'What a campaign cost and brought, as far as the caller may read it; money in the base currency',
    members: {
      cost: is('Edm.Decimal', 'Spent', NULLABLE),
      budget: is('Edm.Decimal', 'Planned', NULLABLE),
      won_amount: is('Edm.Decimal', 'Amounts of the won deals'),
      roi: is('Edm.Decimal', 'What was won above the cost, in percent of the cost; null without cost', NULLABLE),
      response_rate: is('Edm.Decimal', 'Members who responded, in percent; null without members', NULLABLE),
      cost_per_lead: is('Edm.Decimal', 'Null without leads or cost', NULLABLE),
      figures: listOf('campaign_figure', 'In the order of the way from a member to a won deal'),
    },
  },
  campaign_figure: {
    description: 'How many records there are, and where',
    members: {
      name: is('Edm.String', 'What is counted', {
        values: [
          'members',
          'responses',
          'declined',
          'leads',
          'converted_leads',
          'deals',
          'open_deals',
          'won_deals',
          'lost_deals',
        ],
      }),
      count: is('Edm.Int64', 'Records that the caller may read'),
      amount: is('Edm.Decimal', 'What they come to, of deals', NULLABLE),
      records: is('Edm.String', 'URL of the list of these records'),
    },
  },
};

export const campaignFiguresOperation: OperationDefinition = {
  name: 'figures',
  kind: 'function',
  binding: 'record',
  entity: ({ name }) => name === 'campaign',
  parameters: {},
  returns: { shape: 'campaign_figures' },
  summary: 'What the campaign cost and brought',
  description:
    'Members, responses, leads and deals that name the campaign, with cost and ROI. A deal counts for the one campaign that it names.',
  run: figures,
};

/** Responses of members: nobody answered, or the answer was no. */
const SILENT = ['none', 'sent', 'opened'];
const DECLINED = ['declined', 'unsubscribed'];

type Counted = readonly [name: string, list: 'members' | 'leads' | 'deals', groups: Groups | null];

/** What is counted, of which list, and which of its groups; null: all of them. */
function countedOf(model: Model): readonly Counted[] {
  const { won, lost } = endedStages(model);
  return [
    ['members', 'members', null],
    ['responses', 'members', { not: [...SILENT, ...DECLINED] }],
    ['declined', 'members', { in: DECLINED }],
    ['leads', 'leads', null],
    ['converted_leads', 'leads', { in: ['converted'] }],
    ['deals', 'deals', null],
    ['open_deals', 'deals', { not: [...won, ...lost] }],
    ['won_deals', 'deals', { in: won }],
    ['lost_deals', 'deals', { in: lost }],
  ];
}

type Groups = { readonly in: readonly string[] } | { readonly not: readonly string[] };

const LISTS = {
  members: { set: 'campaign_members', by: 'response', sum: null },
  leads: { set: 'leads', by: 'status', sum: null },
  deals: { set: 'deals', by: 'stage', sum: 'amount' },
} as const;

interface Group {
  readonly value: string;
  readonly count: number;
  readonly amount: number;
}

async function figures({ engine, id, model, request }: OperationContext): Promise<unknown> {
  const campaign = await engine.get(`/campaigns(${id})?$select=actual_cost_base,budget_base`);
  const groups = {
    members: await groupsOf(engine, id, 'members'),
    leads: await groupsOf(engine, id, 'leads'),
    deals: await groupsOf(engine, id, 'deals'),
  };
  const counted = countedOf(model).map(([name, list, only]) => {
    const own = groups[list].filter(({ value }) => isOf(only, value));
    const { set, by, sum } = LISTS[list];
    const filter = `campaign_id eq ${id}${only === null ? '' : ` and ${textOf(by, only)}`}`;
    return {
      name,
      count: own.reduce((total, { count }) => total + count, 0),
      amount: sum === null ? null : exact(own.reduce((total, { amount }) => total + amount, 0)),
      records: `${request.baseUrl}/${set}?$filter=${encodeURIComponent(filter)}`,
    };
  });
  const count = (name: string): number => counted.find((each) => each.name === name)?.count ?? 0;
  const won = counted.find(({ name }) => name === 'won_deals')?.amount ?? 0;
  const cost = numberOf(campaign.actual_cost_base);
  const share = (part: number, whole: number | null): number | null =>
    whole === null || whole === 0 ? null : rounded(part / whole);
  return {
    ...{ cost, budget: numberOf(campaign.budget_base), won_amount: won },
    roi: cost === null ? null : share((won - cost) * 100, cost),
    response_rate: share(count('responses') * 100, count('members')),
    cost_per_lead: cost === null ? null : share(cost, count('leads')),
    figures: counted,
  };
}

async function groupsOf(
  engine: OperationContext['engine'],
  id: string,
  list: keyof typeof LISTS,
): Promise<readonly Group[]> {
  const { set, by, sum } = LISTS[list];
  const added = sum === null ? '' : `,${sum} with sum as kartoteka_sum`;
  const apply = `filter(campaign_id eq ${id})/groupby((${by}),aggregate($count as kartoteka_count${added}))`;
  const { value } = await engine.get(`/${set}?$apply=${encodeURIComponent(apply)}&$top=1000`);
  return value.map((row: Readonly<Record<string, unknown>>) => ({
    value: String(row[by]),
    count: Number(row.kartoteka_count),
    amount: numberOf(row.kartoteka_sum) ?? 0,
  }));
}

function isOf(groups: Groups | null, value: string): boolean {
  if (groups === null) return true;
  return 'in' in groups ? groups.in.includes(value) : !groups.not.includes(value);
}

function textOf(by: string, groups: Groups): string {
  return 'in' in groups ? isAmong(by, groups.in) : `not (${isAmong(by, groups.not)})`;
}

const numberOf = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));
/** Without what adding doubles leaves behind; money has four digits at most. */
const exact = (value: number): number => Math.round(value * 10_000) / 10_000;
const rounded = (value: number): number => Math.round(value * 100) / 100;
