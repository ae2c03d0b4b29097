// The function `funnel` of every entity: how many records there are, and what they come to, by any number of levels, each figure
// with the list of the records behind it. It asks by one $apply of the caller's own: it reads no table and judges no right.
import type { EntityType, Model } from '@kartoteka/metadata';
import {
  type Arguments,
  is,
  listOf,
  type OperationContext,
  type OperationDefinition,
  PlatformError,
} from '@kartoteka/platform';
import { pastGroups } from './funnel-past.ts';
import { literal } from './literal.ts';
import { PERIODS, type Period, type PeriodKeys, periodConditions, periodExpressions, periodText } from './periods.ts';
import { whole } from './whole-filter.ts';

/** Groups of one answer. */
const MOST_GROUPS = 1_000;
const MOST_LEVELS = 10;
const MOST_SUMS = 10;

const PATH = /^[A-Za-z_]\w*(?:\/[A-Za-z_]\w*)*$/;
const OF_PERIOD = new RegExp(`^(${PERIODS.join('|')})\\((.*)\\)$`);

export const funnelShapes = {
  funnel_figures: {
    context: true,
    description: 'Figures by group',
    members: { groups: listOf('figure', 'In the order of the levels', { most: MOST_GROUPS }) },
  },
  figure: {
    description: 'How many records a group has, and where they are',
    members: {
      group: is(
        'Edm.Untyped',
        'Value of each level by its text, null where there is none; periods as 2026, 2026-Q3, 2026-07',
      ),
      count: is('Edm.Int64', 'Records of the group that the caller may read'),
      sums: is('Edm.Untyped', 'Sum by path; amounts of money in the base currency'),
      records: is('Edm.String', 'URL of the list of these records'),
    },
  },
} as const;

export const funnelOperation: OperationDefinition = {
  name: 'funnel',
  kind: 'function',
  binding: 'collection',
  parameters: {
    levels: listOf(
      'Edm.String',
      'Properties, or paths over lookups, or year, quarter or month of one, by which is grouped: the first is the outermost',
      { most: MOST_LEVELS, example: ['stage', 'month(close_date)'] },
    ),
    sum: listOf('Edm.String', 'Properties with numbers or money that are added up', {
      optional: true,
      most: MOST_SUMS,
    }),
    as_of: is('Edm.DateTimeOffset', 'As of this moment in the past: by properties of the records themselves', {
      optional: true,
    }),
    filter: is('Edm.String', 'Which records count, as in $filter', { optional: true, example: "pipeline eq 'sales'" }),
  },
  returns: { shape: 'funnel_figures' },
  summary: 'Figures by group, with the records behind each',
  description: `Counts the records that the caller may read, and adds up what they hold, by up to ${MOST_LEVELS} levels and ${MOST_GROUPS} groups. How many records went on from one value to the next is told by stage_conversion.`,
  run: runFunnel,
};

async function runFunnel(context: OperationContext, args: Arguments): Promise<unknown> {
  const { engine, entity, model, request } = context;
  if (entity === null) throw new Error('a funnel is of a set');
  const levels = levelsOf(model, entity, args.levels);
  const sums = pathsOf('sum', args.sum ?? []);
  if (levels.length === 0) throw invalid('levels', 'name one level at least');
  const filter = args.filter === undefined ? null : whole(String(args.filter));
  if (args.as_of !== undefined) {
    const past = levels.find(({ period }) => period !== null);
    if (past !== undefined)
      throw new PlatformError('not_supported', { what: `${past.text} in the past` }, { target: 'levels' });
    const names = levels.map(({ text }) => text);
    return { groups: await pastGroups(context, entity, { at: String(args.as_of), levels: names, sums, filter }) };
  }
  const columns = [
    '$count as kartoteka_count',
    ...sums.map((path, index) => `${path} with sum as kartoteka_sum_${index}`),
  ];
  const computed = levels.flatMap(({ computes }) => computes);
  const apply = [
    ...(filter === null ? [] : [`filter(${filter})`]),
    ...(computed.length === 0 ? [] : [`compute(${computed.join(',')})`]),
    `groupby((${levels.flatMap(({ keys }) => keys).join(',')}),aggregate(${columns.join(',')}))`,
  ].join('/');
  const query = `$apply=${encodeURIComponent(apply)}&$count=true&$top=${MOST_GROUPS}`;
  const rows = await engine.get(`/${entity.set}?${query}`);
  if (rows['@odata.count'] > MOST_GROUPS)
    throw new PlatformError('limit_exceeded', { limit: 'groups of a funnel', value: String(MOST_GROUPS) });
  const groups = rows.value.map((row: Row) => {
    const conditions = levels.flatMap((level) => level.conditions(row));
    const all = [...(filter === null ? [] : [`(${filter})`]), ...conditions].join(' and ');
    return {
      group: Object.fromEntries(levels.map((level) => [level.text, level.value(row)])),
      count: row.kartoteka_count,
      sums: Object.fromEntries(sums.map((path, index) => [path, row[`kartoteka_sum_${index}`]])),
      records: `${request.baseUrl}/${entity.set}?$filter=${encodeURIComponent(all)}`,
    };
  });
  return { groups };
}

type Row = Readonly<Record<string, unknown>>;

/** What is grouped by: a property at the end of a path, or the period in which it lies. */
interface Level {
  /** As it was asked for. */
  readonly text: string;
  readonly period: Period | null;
  /** What is computed before the records are grouped, with its names. */
  readonly computes: readonly string[];
  readonly keys: readonly string[];
  value(row: Row): unknown;
  /** Which records are of the row's group. */
  conditions(row: Row): readonly string[];
}

function levelsOf(model: Model, entity: EntityType, given: unknown): readonly Level[] {
  const texts = given as readonly string[];
  pathsOf(
    'levels',
    texts.map((text) => OF_PERIOD.exec(text)?.[2] ?? text),
    texts,
  );
  return texts.map((text, index) => {
    const [, period, path = text] = OF_PERIOD.exec(text) ?? [];
    const type = typeOf(model, entity, path);
    return period === undefined ? plainLevel(path, type) : periodLevel(text, period as Period, path, type, index);
  });
}

const plainLevel = (path: string, type: string | undefined): Level => ({
  ...{ text: path, period: null, computes: [], keys: [path] },
  value: (row) => valueAt(row, path),
  conditions: (row) => [`${path} eq ${literal(valueAt(row, path), type)}`],
});

/** Of what is not there, $apply tells. */
function periodLevel(text: string, period: Period, path: string, type: string | undefined, index: number): Level {
  if (type !== undefined && type !== 'Edm.Date' && type !== 'Edm.DateTimeOffset')
    throw invalid('levels', `${path} is no date, which ${text} needs`);
  const expressions = periodExpressions(period, path);
  const keys = expressions.map((_, part) => `kartoteka_period_${index}_${part}`);
  const keysOf = (row: Row): PeriodKeys => [row[keys[0] ?? ''], row[keys[1] ?? '']];
  return {
    ...{ text, period, keys },
    computes: expressions.map((expression, part) => `${expression} as ${keys[part]}`),
    value: (row) => periodText(period, keysOf(row)),
    conditions: (row) => periodConditions(period, path, keysOf(row), type === 'Edm.Date'),
  };
}

/** Names only; what was asked for (`texts`), each once. */
function pathsOf(name: string, given: unknown, texts = given as readonly string[]): readonly string[] {
  const paths = given as readonly string[];
  const wrong = texts.find((text, index) => !PATH.test(paths[index] ?? '') || texts.indexOf(text) !== index);
  if (wrong !== undefined) throw invalid(name, `${JSON.stringify(wrong)} is no property or path, or is named twice`);
  return paths;
}

const invalid = (name: string, reason: string): PlatformError =>
  new PlatformError('invalid_option', { name, reason }, { target: name });

/** Type of the property at the end of a path that the question has been answered for. */
function typeOf(model: Model, entity: EntityType, path: string): string | undefined {
  const names = path.split('/');
  let at: EntityType | undefined = entity;
  for (const name of names.slice(0, -1)) at = model.entities.get(at?.navigations.get(name)?.target ?? '');
  return at?.properties.get(names.at(-1) ?? '')?.type;
}

function valueAt(row: Row, path: string): unknown {
  let value: unknown = row;
  for (const name of path.split('/')) value = (value as Row | null | undefined)?.[name];
  return value ?? null;
}
