// `GET /campaigns(ID)/figures`: what a campaign cost and brought, each figure with the list of the records behind it. It counts what the
// caller may read, by four requests of his own as of one moment, and judges no right. Amounts are added up by the database.
import type { Model } from '@kartoteka/metadata';
import { is, listOf, type OperationContext, type OperationDefinition, type Shape } from '@kartoteka/platform';
import { percentOf, quotientOf, subtract } from './exact.ts';
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
  snapshot: true,
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
  deals: { set: 'deals', by: 'stage', sum: 'amount_base' },
} as const;

interface Figure {
  readonly count: number;
  /** As JSON has it, to its last digit. */
  readonly amount: unknown;
}

async function figures({ engine, id, model, request }: OperationContext): Promise<unknown> {
  const campaign = await engine.get(`/campaigns(${id})?$select=actual_cost_base,budget_base`);
  const counted = countedOf(model);
  const found = new Map<string, Figure>();
  for (const list of ['members', 'leads', 'deals'] as const) {
    const own = counted.filter(([, of]) => of === list);
    for (const [name, figure] of await figuresOf(engine, id, list, own)) found.set(name, figure);
  }
  const figureOf = (name: string): Figure => found.get(name) ?? { count: 0, amount: 0 };
  const [cost = null, won] = [campaign.actual_cost_base, figureOf('won_deals').amount];
  const { leads, members, responses } = {
    leads: figureOf('leads').count,
    members: figureOf('members').count,
    responses: figureOf('responses').count,
  };
  return {
    ...{ cost, budget: campaign.budget_base ?? null, won_amount: won },
    roi: cost === null ? null : percentOf(subtract(won, cost), cost),
    response_rate: percentOf(responses, members),
    cost_per_lead: cost === null ? null : quotientOf(cost, leads),
    figures: counted.map(([name, list, only]) => {
      const { set, by, sum } = LISTS[list];
      const { count, amount } = figureOf(name);
      const filter = `campaign_id eq ${id}${only === null ? '' : ` and ${textOf(by, only)}`}`;
      return {
        ...{ name, count, amount: sum === null ? null : amount },
        records: `${request.baseUrl}/${set}?$filter=${encodeURIComponent(filter)}`,
      };
    }),
  };
}

/** All figures of one list, in one row. */
async function figuresOf(
  engine: OperationContext['engine'],
  id: string,
  list: keyof typeof LISTS,
  counted: readonly Counted[],
): Promise<readonly (readonly [string, Figure])[]> {
  const { set, by, sum } = LISTS[list];
  const computed = counted.flatMap(([, , only], index) => {
    const test = only === null ? 'true' : textOf(by, only);
    const count = `case(${test}:1,true:0) as kartoteka_is_${index}`;
    return sum === null ? [count] : [count, `case(${test}:${sum}) as kartoteka_of_${index}`];
  });
  const added = counted.flatMap((_, index) => {
    const count = `kartoteka_is_${index} with sum as kartoteka_count_${index}`;
    return sum === null ? [count] : [count, `kartoteka_of_${index} with sum as kartoteka_sum_${index}`];
  });
  const apply = `filter(campaign_id eq ${id})/compute(${computed.join(',')})/aggregate(${added.join(',')})`;
  const { value } = await engine.get(`/${set}?$apply=${encodeURIComponent(apply)}`);
  const [row = {}] = value;
  return counted.map(([name], index) => [
    name,
    // Over no records a sum is null.
    { count: Number(row[`kartoteka_count_${index}`] ?? 0), amount: row[`kartoteka_sum_${index}`] ?? 0 },
  ]);
}

function textOf(by: string, groups: Groups): string {
  return 'in' in groups ? isAmong(by, groups.in) : `not (${isAmong(by, groups.not)})`;
}
