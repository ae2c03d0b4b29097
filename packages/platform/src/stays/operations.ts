// How long records stay in the stages of a choice field, and how many go on: functions of every set with a choice field. Each is one
// statement over the change log; who may see what is decided by past/plan.ts.
import { type EntityType, isStored, type Property } from '@kartoteka/metadata';
import { is, listOf } from '../describe/members.ts';
import type { Shape } from '../describe/types.ts';
import { PlatformError } from '../errors.ts';
import type { Arguments, OperationContext, OperationDefinition } from '../extensions/types.ts';
import { type PlannedPast, planPast } from '../past/plan.ts';
import { mayUse } from '../plan/secured.ts';
import { bindStatement } from '../sql/bind.ts';
import type { CompiledStatement } from '../sql/statement.ts';
import { conversions, staysOfRecord, timeByValue, unmoved } from './statement.ts';

const MOST_STAYS = 1_000;
const MOST_RECORDS = 1_000;
const MOST_DAYS = 36_500;
const OPTIONAL = { optional: true } as const;
const NULLABLE = { nullable: true } as const;

export const STAY_SHAPES: Readonly<Record<string, Shape>> = {
  stay: {
    description: 'A time during which a record had a value',
    members: {
      value: is('Edm.String', 'The value; null where there was none', NULLABLE),
      entered_on: is('Edm.DateTimeOffset', 'When it got the value'),
      left_on: is('Edm.DateTimeOffset', 'When it got another one; null: it has it', NULLABLE),
      days: is('Edm.Decimal', 'How long'),
    },
  },
  time_by_value: {
    description: 'How long records had a value',
    members: {
      value: is('Edm.String', 'The value; null where there was none', NULLABLE),
      stays: is('Edm.Int64', 'Times that records had it'),
      records: is('Edm.Int64', 'How many records these were'),
      present: is('Edm.Int64', 'How many of the times go on'),
      average_days: is('Edm.Decimal', 'Of all times, until now where they go on'),
      median_days: is('Edm.Decimal', 'The same'),
    },
  },
  conversion_from: {
    description: 'What became of the records that got a value',
    members: {
      value: is('Edm.String', 'The value; null where there was none', NULLABLE),
      entered: is('Edm.Int64', 'Records that got it in the period for the first time'),
      reached: listOf('conversion_to', 'Other values that they got later, in the order of the choice'),
    },
  },
  conversion_to: {
    description: 'How many got another value later',
    members: {
      value: is('Edm.String', 'The other value; null where there was none', NULLABLE),
      count: is('Edm.Int64', 'Records'),
      percent: is('Edm.Decimal', 'Of those that entered'),
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
};

const property = is('Edm.String', 'A choice field', { example: 'stage' });
const filter = is('Edm.String', 'Which records count, as in $filter, by their own values of now', OPTIONAL);
const period = {
  from: is('Edm.DateTimeOffset', 'Only what began then or later', OPTIONAL),
  until: is('Edm.DateTimeOffset', 'Only what began before', OPTIONAL),
};

const isChoice = ({ values, type }: Property): boolean => values !== undefined && type === 'Edm.String';
const ofSets = {
  kind: 'function',
  entity: ({ properties }: EntityType) => [...properties.values()].some((each) => isChoice(each) && isStored(each)),
} as const satisfies Partial<OperationDefinition>;

export const stayOperations: readonly OperationDefinition[] = [
  {
    ...{ ...ofSets, name: 'stage_history', binding: 'record', returns: { shape: 'stay', collection: true } },
    parameters: { property },
    summary: 'When the record had which value',
    description: `Times during which the record had each value of the field, the first one first, ${MOST_STAYS} at most.`,
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
      after_since: is('Edm.DateTimeOffset', '`since` of the last record of the answer before, with its id', OPTIONAL),
      after_id: is('Edm.Guid', 'Its id', OPTIONAL),
    },
    summary: 'Records that do not move',
    description: `Records that have their value of the field for so many days, or as many as its process says (stale_after), the longest first, ${MOST_RECORDS} at a time.`,
    run: stale,
  },
];

async function history(context: OperationContext, args: Arguments): Promise<unknown> {
  const { query, field } = planned(context, args);
  const rows = await ask(context, staysOfRecord(query, field), { id: context.id, limit: String(MOST_STAYS) });
  const value = rows.map((row) => ({
    ...{ value: row.value, entered_on: moment(row.entered_on) },
    ...{ left_on: row.left_on === null ? null : moment(row.left_on), days: Number(row.days) },
  }));
  return { value };
}

async function timeInStage(context: OperationContext, args: Arguments): Promise<unknown> {
  const { query, field } = planned(context, args);
  const rows = await ask(context, timeByValue(query, field), periodOf(args));
  const value = rows.map((row) => ({
    ...{ value: row.value, stays: Number(row.stays), records: Number(row.records), present: Number(row.present) },
    ...{ average_days: Number(row.average), median_days: Number(row.median) },
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
      .map((each) => ({ ...each, percent: Math.round((each.count / entered) * 10_000) / 100 }))
      .sort(order);
    return { value: from, entered, reached };
  });
  return { value: value.sort(order) };
}

async function stale(context: OperationContext, args: Arguments): Promise<unknown> {
  const days = args.days === undefined ? null : Number(args.days);
  if (days !== null && (days < 0 || days > MOST_DAYS))
    throw new PlatformError(
      'invalid_option',
      { name: 'days', reason: `it is from 0 to ${MOST_DAYS}` },
      { target: 'days' },
    );
  if ((args.after_since === undefined) !== (args.after_id === undefined))
    throw new PlatformError(
      'invalid_option',
      { name: 'after_id', reason: 'it comes with after_since' },
      { target: 'after_id' },
    );
  const { query, field } = planned(context, args);
  if (days === null && field.staleAfter === undefined)
    throw new PlatformError(
      'invalid_option',
      { name: 'days', reason: `no value of ${field.name} has stale_after in its process` },
      { target: 'days' },
    );
  const title = query.entity.properties.get(query.entity.title);
  const isShown = title !== undefined && isStored(title) && mayUse(context.principal, query.entity, title, 'read');
  const values = {
    days: days === null ? null : String(days),
    limit: String(MOST_RECORDS),
    since: textOf(args.after_since),
    after: textOf(args.after_id),
  };
  const rows = await ask(
    context,
    unmoved(query, field, { title: isShown ? title : null, byProcess: days === null }),
    values,
  );
  const value = rows.map(({ id, title: called, value: has, since, days: whole }) => ({
    ...{ id, title: called, value: has, since, days: Number(whole) },
  }));
  return { value };
}

interface Planned {
  readonly query: PlannedPast['query'];
  readonly field: Property;
}

/** Throws invalid_option for what is no choice field, and what planPast throws. */
function planned({ model, principal, entity }: OperationContext, args: Arguments): Planned {
  if (entity === null) throw new Error('bound to nothing');
  const names = { levels: [String(args.property)], sums: [], filter: textOf(args.filter) };
  const { query, levels } = planPast(model, principal, entity, names);
  const [field] = levels;
  if (field === undefined || !isChoice(field))
    throw new PlatformError(
      'invalid_option',
      { name: 'property', reason: 'it is no choice field' },
      { target: 'property' },
    );
  return { query, field };
}

const textOf = (value: unknown): string | null => (value === undefined ? null : String(value));
const periodOf = ({ from, until }: Arguments) => ({ from: textOf(from), until: textOf(until) });
const moment = (value: unknown): string => new Date(String(value)).toISOString();

function ask(
  { model, principal, database }: OperationContext,
  statement: CompiledStatement,
  values: Readonly<Record<string, string | null>>,
) {
  return database.run(statement.text, bindStatement(statement, { model, principal, literals: [], values }));
}

/** Null first, then as the choice has them; values that it has no more come last. */
function inOrder({ values = [] }: Property) {
  const at = (value: unknown): number => {
    if (value === null) return -1;
    const found = values.indexOf(String(value));
    return found === -1 ? values.length : found;
  };
  return (a: { readonly value: unknown }, b: { readonly value: unknown }): number => at(a.value) - at(b.value);
}
