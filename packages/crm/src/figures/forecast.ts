// `GET /deals/forecast`: what open deals are expected to bring, by the month in which they are to close, each figure with the list of
// the deals behind it. It asks by one $apply of the caller's own and judges no right.
import {
  is,
  listOf,
  type OperationContext,
  type OperationDefinition,
  PlatformError,
  type Shape,
} from '@kartoteka/platform';
import { type PeriodKeys, periodConditions, periodText } from './periods.ts';
import { endedStages, isAmong } from './stages.ts';
import { whole } from './whole-filter.ts';

/** Months, deals without one, and each of them by what it is split. */
const MOST_GROUPS = 1_000;
const SPLITS = ['owner_id', 'pipeline', 'stage', 'company_id', 'source'];

export const forecastShapes: Readonly<Record<string, Shape>> = {
  forecast_figures: {
    context: true,
    description: 'What is expected, by month; amounts in the base currency',
    members: { months: listOf('forecast_month', 'In order; deals without a date come first', { most: MOST_GROUPS }) },
  },
  forecast_month: {
    description: 'Open deals that are to close in one month',
    members: {
      month: is('Edm.String', 'As 2026-07; null: they have no date', { nullable: true }),
      split: is('Edm.String', 'Value by which the month is split; null where there is none', { nullable: true }),
      count: is('Edm.Int64', 'Deals that the caller may read'),
      amount: is('Edm.Decimal', 'What they come to'),
      weighted_amount: is('Edm.Decimal', 'The same, each by its probability'),
      records: is('Edm.String', 'URL of the list of these deals'),
    },
  },
};

export const forecastOperation: OperationDefinition = {
  name: 'forecast',
  kind: 'function',
  binding: 'collection',
  entity: ({ name }) => name === 'deal',
  parameters: {
    by: is('Edm.String', 'Each month split by this property', { optional: true, values: SPLITS }),
    filter: is('Edm.String', 'Which open deals count, as in $filter', {
      optional: true,
      example: "pipeline eq 'sales'",
    }),
  },
  returns: { shape: 'forecast_figures' },
  summary: 'What open deals are expected to bring, by month',
  description:
    'Counts the open deals that the caller may read by the month of close_date, with amounts as they are and weighted by probability.',
  run: async (context, { by, filter }) => ({ months: await months(context, textOf(by), textOf(filter)) }),
};

const textOf = (value: unknown): string | null => (value === undefined ? null : String(value));

type Row = Readonly<Record<string, unknown>>;

async function months(
  { engine, model, request }: OperationContext,
  by: string | null,
  filter: string | null,
): Promise<readonly unknown[]> {
  const { won, lost } = endedStages(model);
  const open = `not (${isAmong('stage', [...won, ...lost])})`;
  const only = filter === null ? open : `${open} and (${whole(filter)})`;
  const keys = ['kartoteka_year', 'kartoteka_month', ...(by === null ? [] : [by])];
  const columns =
    '$count as kartoteka_count,amount with sum as kartoteka_sum,weighted_amount with sum as kartoteka_weighted';
  const apply =
    `filter(${only})/compute(year(close_date) as kartoteka_year,month(close_date) as kartoteka_month)` +
    `/groupby((${keys.join(',')}),aggregate(${columns}))`;
  const order = keys.join(',');
  const answer = await engine.get(
    `/deals?$apply=${encodeURIComponent(apply)}&$orderby=${order}&$count=true&$top=${MOST_GROUPS}`,
  );
  if (answer['@odata.count'] > MOST_GROUPS)
    throw new PlatformError('limit_exceeded', { limit: 'groups of a forecast', value: String(MOST_GROUPS) });
  return answer.value.map((row: Row) => {
    const split = by === null ? null : (row[by] ?? null);
    const conditions = [
      only,
      ...periodConditions('month', 'close_date', keysOf(row), true),
      ...(by === null ? [] : [equals(by, split)]),
    ];
    return {
      month: periodText('month', keysOf(row)),
      split: split === null ? null : String(split),
      count: Number(row.kartoteka_count),
      amount: row.kartoteka_sum ?? 0,
      weighted_amount: row.kartoteka_weighted ?? 0,
      records: `${request.baseUrl}/deals?$filter=${encodeURIComponent(conditions.join(' and '))}`,
    };
  });
}

const keysOf = ({ kartoteka_year: year, kartoteka_month: month }: Row): PeriodKeys => [year, month];

function equals(name: string, value: unknown): string {
  if (value === null) return `${name} eq null`;
  return name.endsWith('_id') ? `${name} eq ${String(value)}` : `${name} eq '${String(value).replaceAll("'", "''")}'`;
}
