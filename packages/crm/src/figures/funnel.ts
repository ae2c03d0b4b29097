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
import { whole } from './whole-filter.ts';

/** Groups of one answer. */
const MOST_GROUPS = 1_000;
const MOST_LEVELS = 10;
const MOST_SUMS = 10;

const PATH = /^[A-Za-z_]\w*(\/[A-Za-z_]\w*)*$/;

export const funnelShapes = {
  funnel_figures: {
    context: true,
    description: 'Figures by group',
    members: { groups: listOf('figure', 'In the order of the levels', { most: MOST_GROUPS }) },
  },
  figure: {
    description: 'How many records a group has, and where they are',
    members: {
      group: is('Edm.Untyped', 'Value of each level by its path, null where there is none'),
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
    levels: listOf('Edm.String', 'Properties, or paths over lookups, by which is grouped: the first is the outermost', {
      most: MOST_LEVELS,
      example: ['stage', 'owner_id'],
    }),
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
  description: `Counts the records that the caller may read, and adds up what they hold, by up to ${MOST_LEVELS} levels and ${MOST_GROUPS} groups.`,
  run: runFunnel,
};

async function runFunnel(context: OperationContext, args: Arguments): Promise<unknown> {
  const { engine, entity, model, request } = context;
  if (entity === null) throw new Error('a funnel is of a set');
  const levels = pathsOf('levels', args.levels);
  const sums = pathsOf('sum', args.sum ?? []);
  if (levels.length === 0) throw invalid('levels', 'name one level at least');
  const filter = args.filter === undefined ? null : whole(String(args.filter));
  if (args.as_of !== undefined) {
    const groups = await pastGroups(context, entity, { at: String(args.as_of), levels, sums, filter });
    return { groups };
  }
  const columns = [
    '$count as kartoteka_count',
    ...sums.map((path, index) => `${path} with sum as kartoteka_sum_${index}`),
  ];
  const before = filter === null ? '' : `filter(${filter})/`;
  const apply = `${before}groupby((${levels.join(',')}),aggregate(${columns.join(',')}))`;
  const query = `$apply=${encodeURIComponent(apply)}&$count=true&$top=${MOST_GROUPS}`;
  const rows = await engine.get(`/${entity.set}?${query}`);
  if (rows['@odata.count'] > MOST_GROUPS)
    throw new PlatformError('limit_exceeded', { limit: 'groups of a funnel', value: String(MOST_GROUPS) });
  const types = levels.map((path) => typeOf(model, entity, path));
  const groups = rows.value.map((row: Row) => {
    const values = levels.map((path) => valueAt(row, path));
    const conditions = levels.map((path, index) => `${path} eq ${literal(values[index], types[index])}`);
    const all = [...(filter === null ? [] : [`(${filter})`]), ...conditions].join(' and ');
    return {
      group: Object.fromEntries(levels.map((path, index) => [path, values[index]])),
      count: row.kartoteka_count,
      sums: Object.fromEntries(sums.map((path, index) => [path, row[`kartoteka_sum_${index}`]])),
      records: `${request.baseUrl}/${entity.set}?$filter=${encodeURIComponent(all)}`,
    };
  });
  return { groups };
}

type Row = Readonly<Record<string, unknown>>;

/** Names only, each once. */
function pathsOf(name: string, given: unknown): readonly string[] {
  const paths = given as readonly string[];
  const wrong = paths.find((path, index) => !PATH.test(path) || paths.indexOf(path) !== index);
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
