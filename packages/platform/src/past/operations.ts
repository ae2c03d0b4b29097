// `figures_at` and `records_at` of every set: figures and lists of records as they were at a moment. Each is one statement; who may see
// what is decided by plan.ts, with the rights of today.
import { type EntityType, parseExactJson } from '@kartoteka/metadata';
import { is, listOf } from '../describe/members.ts';
import type { Shape } from '../describe/types.ts';
import { PlatformError } from '../errors.ts';
import type { Arguments, OperationContext, OperationDefinition } from '../extensions/types.ts';
import { isGroupable } from '../plan/apply-records.ts';
import { ask, MOST_RECORDS, recordPage, shownTitle, textOf } from '../stays/ask.ts';
import { planPast } from './plan.ts';
import { pastGroups, pastRecords } from './statement.ts';

const MOST_GROUPS = 1_000;
const MOST_LEVELS = 10;
const MOST_SUMS = 10;
const DAY = 86_400_000;

const OPTIONAL = { optional: true } as const;
const NULLABLE = { nullable: true } as const;

export const PAST_SHAPES: Readonly<Record<string, Shape>> = {
  past_figures: {
    context: true,
    description: 'Figures of a moment',
    members: { groups: listOf('past_figure', 'In the order of the levels', { most: MOST_GROUPS }) },
  },
  past_figure: {
    description: 'How many records a group had',
    members: {
      values: listOf('Edm.Untyped', 'Value of each level; null where there was none'),
      count: is('Edm.Int64', 'Records of the group that the caller may read now'),
      sums: listOf('Edm.Untyped', 'Sum of each property; amounts of money in the base currency'),
    },
  },
  past_record: {
    description: 'A record that there was',
    members: {
      id: is('Edm.Guid', 'Of the record'),
      title: is('Edm.String', 'Its title, as it is now; null where the caller may not read it', NULLABLE),
    },
  },
};

const at = is('Edm.DateTimeOffset', 'The moment; no earlier than the change log reaches back', {
  example: '2026-06-30T21:00:00Z',
});
const filter = is('Edm.String', 'Which records count, as in $filter, by their own values of that moment', OPTIONAL);

export const pastOperations: readonly OperationDefinition[] = [
  {
    ...{ name: 'figures_at', kind: 'function', binding: 'collection', returns: { shape: 'past_figures' } },
    parameters: {
      at,
      levels: listOf('Edm.String', 'Properties by which is grouped: the first is the outermost', { most: MOST_LEVELS }),
      sum: listOf('Edm.String', 'Properties that are added up', { ...OPTIONAL, most: MOST_SUMS }),
      filter,
    },
    summary: 'Figures of a moment in the past',
    description: `Counts the records that the caller may read now as they were at a moment, and adds up what they held. ${MOST_GROUPS} groups at most. Records that were deleted since do not count.`,
    run: figuresAt,
  },
  {
    ...{
      name: 'records_at',
      kind: 'function',
      binding: 'collection',
      returns: { shape: 'past_record', collection: true },
    },
    parameters: {
      at,
      filter,
    },
    list: {},
    summary: 'The records behind figures of a moment',
    description: `Records that the caller may read now and that the filter took at the moment, by id, ${MOST_RECORDS} on a page.`,
    run: recordsAt,
  },
];

async function figuresAt(context: OperationContext, args: Arguments): Promise<unknown> {
  const entity = entityOf(context);
  const names = { levels: namesOf('levels', args.levels), sums: namesOf('sum', args.sum ?? []) };
  if (names.levels.length === 0) throw invalid('levels', 'name one level at least');
  const { query, levels, sums } = planPast(context.model, context.principal, entity, {
    ...names,
    filter: textOf(args.filter),
  });
  // As in $apply: what may be long has no place in the link to its records.
  const wrong = levels.find((level) => !isGroupable(level));
  if (wrong !== undefined)
    throw new PlatformError('operator_not_applicable', { operator: 'groupby', name: wrong.name }, { target: 'levels' });
  const statement = pastGroups(query, levels, sums);
  const at = momentOf(context, args.at);
  const rows = await ask(context, statement, { at, limit: String(MOST_GROUPS + 1) });
  await requireKept(context, at);
  if (rows.length > MOST_GROUPS)
    throw new PlatformError('limit_exceeded', { limit: 'groups of a figure', value: String(MOST_GROUPS) });
  return {
    groups: rows.map((row) => ({
      values: parseExactJson(String(row.g)),
      count: Number(row.count),
      sums: parseExactJson(String(row.sums)),
    })),
  };
}

async function recordsAt(context: OperationContext, args: Arguments): Promise<unknown> {
  const entity = entityOf(context);
  const names = { levels: [], sums: [], filter: textOf(args.filter) };
  const { query } = planPast(context.model, context.principal, entity, names);
  const statement = pastRecords(query, shownTitle(context, entity));
  const at = momentOf(context, args.at);
  const answer = await recordPage(context, 'records_at', args, statement, { at });
  await requireKept(context, at);
  return answer;
}

function entityOf({ entity }: OperationContext): EntityType {
  if (entity === null) throw new Error('bound to nothing');
  return entity;
}

function namesOf(target: string, given: unknown): readonly string[] {
  const names = given as readonly string[];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(target, `${twice} is named twice`);
  return names;
}

/** Throws where nothing is known of it. */
function momentOf({ model }: OperationContext, given: unknown): string {
  const moment = Date.parse(String(given));
  const days = model.organization.retention.changesDays;
  const earliest = Date.now() - days * DAY;
  if (moment > Date.now()) throw invalid('at', 'it lies in the future');
  if (moment < earliest)
    throw invalid('at', `changes are kept for ${days} days, back to ${new Date(earliest).toISOString()}`);
  return String(given);
}

/** Throws where changes since the moment are gone; asked after they were read, because a purge may come between. */
async function requireKept({ database }: OperationContext, at: string): Promise<void> {
  const [row] = await database.run(
    `select to_char(s.changes_purged_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as until ` +
      'from kartoteka.state s where s.changes_purged_until > $1::timestamptz',
    [at],
  );
  if (row !== undefined) throw invalid('at', `changes were purged up to ${String(row.until)}`);
}

const invalid = (name: string, reason: string): PlatformError =>
  new PlatformError('invalid_option', { name, reason }, { target: name });
