// How long records stay in the stages of a choice field, and how many go on: functions of every set with a choice field. Each is one
// statement over the change log; who may see what is decided by past/plan.ts.
import { type EntityType, isStored, type Property } from '@kartoteka/metadata';
import { is, listOf } from '../describe/members.ts';
import type { Shape } from '../describe/types.ts';
import { PlatformError } from '../errors.ts';
import { MOMENT_KEY, NUMBER_KEY, pageAnswer, pageOf, UUID_KEY } from '../extensions/pages.ts';
import type { Arguments, OperationContext, OperationDefinition } from '../extensions/types.ts';
import { ask, isChoice, MOST_RECORDS, type Planned, periodOf, planned, recordPage, shownTitle, textOf } from './ask.ts';
import { conversions, recordsOfValue, staysOfRecord, timeByValue, unmoved } from './statement.ts';

const MOST_STAYS = 1_000;
const MOST_DAYS = 36_500;
const OPTIONAL = { optional: true } as const;
const NULLABLE = { nullable: true } as const;

export const STAY_SHAPES: Readonly<Record<string, Shape>> = {
  stay: {
    description: 'A time during which a record had a value',
    members: {
      value: is('Edm.String', 'The value; null where there was none', NULLABLE),
      entered_on: is('Edm.DateTimeOffset', 'When it got the value'),
      left_on: is(
        'Edm.DateTimeOffset',
        'When it got another one, or went to the recycle bin; null: it has it',
        NULLABLE,
      ),
      days: is('Edm.Decimal', 'How long'),
    },
  },
  time_by_value: {
    description: 'How long records had a value',
    members: {
      value: is('Edm.String', 'The value; null where there was none', NULLABLE),
      stays: is('Edm.Int64', 'Times that records had it'),
      count: is('Edm.Int64', 'How many records these were'),
      present: is('Edm.Int64', 'How many of the times go on: of one record each'),
      average_days: is('Edm.Decimal', 'Of all times, until now where they go on'),
      median_days: is('Edm.Decimal', 'The same'),
      records: is('Edm.String', 'URL of the list of these records'),
      present_records: is('Edm.String', 'URL of the list of those that still have the value'),
    },
  },
  conversion_from: {
    description: 'What became of the records that got a value',
    members: {
      value: is('Edm.String', 'The value; null where there was none', NULLABLE),
      entered: is('Edm.Int64', 'Records that got it in the period for the first time'),
      records: is('Edm.String', 'URL of the list of these records'),
      reached: listOf('conversion_to', 'Other values that they got later, in the order of the choice'),
    },
  },
  conversion_to: {
    description: 'How many got another value later',
    members: {
      value: is('Edm.String', 'The other value; null where there was none', NULLABLE),
      count: is('Edm.Int64', 'Records'),
      percent: is('Edm.Decimal', 'Of those that entered'),
      records: is('Edm.String', 'URL of the list of these records'),
    },
  },
  unmoved_record: {
    description: 'A record that has its value for long',
    members: {
      id: is('Edm.Guid', 'Of the record'),
      title: is('Edm.String', 'Its title; null where the caller may not read it', NULLABLE),
      value: is('Edm.String', 'The value; null where there is none', NULLABLE),
      since: is('Edm.DateTimeOffset', 'When it got the value'),
      days: is('Edm.Int64', 'Whole days'),
    },
  },
  record_of_value: {
    description: 'A record that had a value',
    members: {
      id: is('Edm.Guid', 'Of the record'),
      title: is('Edm.String', 'Its title; null where the caller may not read it', NULLABLE),
    },
  },
};

const property = is('Edm.String', 'A choice field', { example: 'stage' });
const filter = is('Edm.String', 'Which records count, as in $filter, by their own values of now', OPTIONAL);
const period = {
  from: is('Edm.DateTimeOffset', 'Only what began then or later', OPTIONAL),
  until: is('Edm.DateTimeOffset', 'Only what began before', OPTIONAL),
};

const ofSets = {
  kind: 'function',
  entity: ({ properties }: EntityType) => [...properties.values()].some((each) => isChoice(each) && isStored(each)),
} as const satisfies Partial<OperationDefinition>;

export const stayOperations: readonly OperationDefinition[] = [
  {
    ...{ ...ofSets, name: 'stage_history', binding: 'record', returns: { shape: 'stay', collection: true } },
    parameters: { property },
    list: {},
    summary: 'When the record had which value',
    description: `Times during which the record had each value of the field, the first one first, ${MOST_STAYS} on a page.`,
    run: history,
  },
  {
    ...{
      ...ofSets,
      name: 'time_in_stage',
      binding: 'collection',
      returns: { shape: 'time_by_value', collection: true },
    },
    parameters: { property, filter, ...period },
    summary: 'How long records have each value',
    description:
      'Average and median of the times during which the records that the caller may read had each value of the field.',
    run: timeInStage,
  },
  {
    ...{
      ...ofSets,
      name: 'stage_conversion',
      binding: 'collection',
      returns: { shape: 'conversion_from', collection: true },
    },
    parameters: { property, filter, ...period },
    summary: 'How many records go on from each value',
    description: 'Of the records that first got a value in the period, how many got each other value later.',
    run: conversion,
  },
  {
    ...{ ...ofSets, name: 'stale', binding: 'collection', returns: { shape: 'unmoved_record', collection: true } },
    parameters: {
      property,
      days: is(
        'Edm.Int32',
        'At least so many days; left out: as many as stale_after of the value in the process says',
        {
          ...OPTIONAL,
          example: 30,
        },
      ),
      filter,
    },
    list: {},
    summary: 'Records that do not move',
    description: `Records that have their value of the field for so many days, or as many as its process says (stale_after), the longest first, ${MOST_RECORDS} on a page.`,
    run: stale,
  },
  {
    ...{
      ...ofSets,
      name: 'stage_records',
      binding: 'collection',
      returns: { shape: 'record_of_value', collection: true },
    },
    parameters: {
      property,
      value: is('Edm.String', 'The value; empty: none', { example: 'proposal' }),
      first: is('Edm.Boolean', 'Only its first time in each record counts, as in stage_conversion', OPTIONAL),
      present: is('Edm.Boolean', 'Only times that go on', OPTIONAL),
      reached: is('Edm.String', 'Only records that got this value later; empty: none', OPTIONAL),
      filter,
      ...period,
    },
    list: {},
    summary: 'The records behind figures of stages',
    description: `Records that got a value in the period, by id, ${MOST_RECORDS} on a page: those that time_in_stage and stage_conversion count.`,
    run: stageRecords,
  },
];

async function history(context: OperationContext, args: Arguments): Promise<unknown> {
  const { query, field } = planned(context, args);
  const page = pageOf(context, 'stage_history', args, { most: MOST_STAYS, keys: [NUMBER_KEY] });
  const values = { id: context.id, limit: page.limit, after: page.after?.[0] ?? null };
  return pageAnswer(context, page, await ask(context, staysOfRecord(query, field), values), {
    shown: (row) => ({
      ...{ value: row.value, entered_on: moment(row.entered_on) },
      ...{ left_on: row.left_on === null ? null : moment(row.left_on), days: Number(row.days) },
    }),
    keys: ({ version }) => [String(version)],
  });
}

async function timeInStage(context: OperationContext, args: Arguments): Promise<unknown> {
  const { query, field } = planned(context, args);
  const rows = await ask(context, timeByValue(query, field), periodOf(args));
  const value = rows.map((row) => ({
    ...{ value: row.value, stays: Number(row.stays), count: Number(row.records), present: Number(row.present) },
    ...{ average_days: Number(row.average), median_days: Number(row.median) },
    records: recordsUrl(context, args, row.value, {}),
    present_records: recordsUrl(context, args, row.value, { present: 'true' }),
  }));
  return { value: value.sort(inOrder(field)) };
}

async function conversion(context: OperationContext, args: Arguments): Promise<unknown> {
  const { query, field } = planned(context, args);
  const rows = await ask(context, conversions(query, field), periodOf(args));
  const order = inOrder(field);
  const value = [...Map.groupBy(rows, (row) => row.value)].map(([from, own]) => {
    const entered = Number(own.find((row) => row.itself === true)?.records ?? 0);
    const reached = own
      .filter((row) => row.itself !== true)
      .map((row) => ({ value: row.next, count: Number(row.records) }))
      .map((each) => ({
        ...{ ...each, percent: Math.round((each.count / entered) * 10_000) / 100 },
        records: recordsUrl(context, args, from, { first: 'true', reached: String(each.value ?? '') }),
      }))
      .sort(order);
    return { value: from, entered, records: recordsUrl(context, args, from, { first: 'true' }), reached };
  });
  return { value: value.sort(order) };
}

/** The list of the records that a figure counts. */
function recordsUrl(
  { entity, request }: OperationContext,
  args: Arguments,
  value: unknown,
  more: Readonly<Record<string, string>>,
): string {
  const given = Object.entries(args).map(([name, each]): [string, string] => [name, String(each)]);
  const query = new URLSearchParams([...given, ['value', String(value ?? '')], ...Object.entries(more)]);
  return `${request.baseUrl}/${entity?.set}/stage_records?${query}`;
}

async function stageRecords(context: OperationContext, args: Arguments): Promise<unknown> {
  const { query, field } = planned(context, args);
  const { value, reached } = args;
  const asked = { first: args.first === true, present: args.present === true, reached: reached !== undefined };
  const statement = recordsOfValue(query, field, { ...asked, title: shownTitle(context, query.entity) });
  const values = { ...periodOf(args), value: String(value), reached: textOf(reached) };
  return recordPage(context, 'stage_records', args, statement, values);
}

async function stale(context: OperationContext, args: Arguments): Promise<unknown> {
  const { query, field } = planned(context, args);
  const days = leastDays(field, args.days);
  const page = pageOf(context, 'stale', args, { most: MOST_RECORDS, keys: [MOMENT_KEY, UUID_KEY] });
  const statement = unmoved(query, field, { title: shownTitle(context, query.entity), byProcess: days === null });
  const [since = null, after = null] = page.after ?? [];
  const rows = await ask(context, statement, { days, limit: page.limit, since, after });
  return pageAnswer(context, page, rows, {
    shown: ({ id, title, value, since: from, days: whole }) => ({ id, title, value, since: from, days: Number(whole) }),
    keys: ({ id, since: from }) => [String(from), String(id)],
  });
}

/** Null: as the process says. Throws invalid_option. */
function leastDays({ name, staleAfter = {} }: Planned['field'], given: unknown): string | null {
  const refuse = (reason: string) => new PlatformError('invalid_option', { name: 'days', reason }, { target: 'days' });
  if (given === undefined && Object.keys(staleAfter).length === 0)
    throw refuse(`no value of ${name} has stale_after in its process`);
  if (given === undefined) return null;
  const days = Number(given);
  if (days < 0 || days > MOST_DAYS) throw refuse(`it is from 0 to ${MOST_DAYS}`);
  return String(days);
}

const moment = (value: unknown): string => new Date(String(value)).toISOString();

/** Null first, then as the choice has them; values that it has no more come last. */
function inOrder({ values = [] }: Property) {
  const at = (value: unknown): number => {
    if (value === null) return -1;
    const found = values.indexOf(String(value));
    return found === -1 ? values.length : found;
  };
  return (a: { readonly value: unknown }, b: { readonly value: unknown }): number => at(a.value) - at(b.value);
}
