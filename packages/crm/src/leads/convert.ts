// `POST /leads(ID)/convert`: a lead becomes a contact, a company and a deal, in the transaction of the action. What is created and filled is
// the caller's own requests; that the lead is converted, and what goes along with it, is written by the service.
import { createHash, randomUUID } from 'node:crypto';
import { exactJsonText } from '@kartoteka/metadata';
import { type Arguments, dateIn, PlatformError } from '@kartoteka/platform';
import { isEventKind, kindSubject } from '../history/automatic.ts';
import { recordEvents } from '../history/record-events.ts';
import { carryOver } from './carry-over.ts';
import { childrenOf } from './conversion-children.ts';
import { keepConversion } from './conversion-log.ts';
import { makeRecords } from './conversion-records.ts';
import {
  type Choice,
  type Chosen,
  CONVERTED,
  type Context,
  type ConversionLog,
  type KeptRecord,
  type Made,
  TARGETS,
  type Target,
  type Values,
} from './conversion-types.ts';

/** Throws conflict for a lead that is converted, bad_request, and what its writes are refused with. */
export async function convert(context: Context, args: Arguments): Promise<unknown> {
  const choice = choiceOf(args);
  const { lead, former } = await lockedLead(context);
  if (former.status === 'converted') throw alreadyConverted();
  // Who converts must be one who may write the lead; the rest is written by the service.
  await context.engine.update('leads', context.id, {});
  const made = await makeRecords(context, lead, choice);
  const { carried, left } = await carryOver(context, made);
  await context.system.update('leads', context.id, convertedValues(context, made));
  await tell(context, made);
  const conversion = randomUUID();
  const kept = Object.fromEntries(Object.entries(made).map(([target, each]) => [target, keptOf(conversion, each)]));
  const log: ConversionLog = { ...former, made: kept, carried, own: await childrenOf(context, made, carried) };
  await keepConversion(context, { id: conversion, log });
  const count = carried.reduce((sum, { ids }) => sum + ids.length, 0);
  return { ...Object.fromEntries(TARGETS.map((target) => [target, answered(made[target])])), carried: count, left };
}

function choiceOf(args: Arguments): Choice {
  const bad = (target: string, reason: string) => new PlatformError('bad_request', { reason }, { target });
  const choice = Object.fromEntries(
    TARGETS.flatMap((target) => (args[target] == null ? [] : [[target, args[target] as Chosen]])),
  ) as Choice;
  const chosen = Object.entries(choice);
  if (chosen.length === 0) throw bad('contact', 'contact, company and deal: at least one of them is made or chosen');
  for (const [target, { id, values, fill_empty: fills }] of chosen) {
    if (id !== undefined && values !== undefined) throw bad(`${target}/values`, 'values are for a new record');
    if (id === undefined && fills !== undefined) throw bad(`${target}/fill_empty`, 'a new record has nothing to fill');
  }
  return choice;
}

function alreadyConverted(): PlatformError {
  return new PlatformError('conflict', { reason: 'The lead is converted already' }, { target: 'status' });
}

type Former = Pick<ConversionLog, 'status' | 'status_reason'>;

/** The lead as the caller sees it, and its status as it is; nobody else converts or changes it until this is over. */
export async function lockedLead(context: Context): Promise<{ readonly lead: Values; readonly former: Former }> {
  const { database, engine, system, entity, id } = context;
  await database.run(`select id::text as id from data."${entity?.table}" where id = $1::uuid for update`, [id]);
  const lead: Values = await engine.get(`/leads(${id})`);
  const { status, status_reason } = await system.get(`/leads(${id})?$select=status,status_reason`);
  return { lead, former: { status, status_reason } };
}

const EVENT = 'conversion';

/** The history of the lead, and of each record that it became, has the conversion: ids alone, for who may read what they name. */
async function tell({ model, system, id }: Context, made: Readonly<Partial<Record<Target, Made>>>): Promise<void> {
  if (!isEventKind(model, EVENT)) return;
  const ids = TARGETS.flatMap((target) => (made[target] ? [[`${target}_id`, made[target].id] as const] : []));
  const details = { lead_id: id, ...Object.fromEntries(ids) };
  const records = [
    { type: 'lead', id },
    ...TARGETS.flatMap((type) => (made[type] ? [{ type, id: made[type].id }] : [])),
  ];
  await recordEvents(
    system,
    records.map((regarding) => ({ kind: EVENT, regarding, subject: kindSubject(model, EVENT), details })),
  );
}

/** The history of the lead has that it is one again. */
export async function tellUndone({ model, system, id }: Context): Promise<void> {
  if (!isEventKind(model, EVENT)) return;
  await recordEvents(system, [
    { kind: EVENT, regarding: { type: 'lead', id }, subject: kindSubject(model, EVENT), details: { undone: true } },
  ]);
}

function convertedValues(context: Context, made: Readonly<Partial<Record<Target, Made>>>): Values {
  const { model, principal, entity } = context;
  const lookups = TARGETS.map((target) => [CONVERTED[target], made[target]?.id ?? null]);
  const values = {
    ...{ status: 'converted', status_reason: null, converted_by_id: principal.id },
    converted_on: dateIn(model.organization.timeZone, new Date()),
    ...Object.fromEntries(lookups),
  };
  return Object.fromEntries(Object.entries(values).filter(([name]) => entity?.properties.has(name)));
}

function keptOf(conversion: string, { id, created, version, filled, before }: Made): KeptRecord {
  const hashes = Object.entries(filled).map(([name, value]) => [name, hashOf(conversion, value)]);
  return { id, created, version, filled: Object.fromEntries(hashes), before };
}

/** Of a value, so that it is known again and not told. */
export function hashOf(conversion: string, value: unknown): string {
  return createHash('sha256')
    .update(`${conversion} ${exactJsonText(value)}`)
    .digest('hex');
}

function answered(made: Made | undefined): unknown {
  if (made === undefined) return null;
  const { id, created, filled, withheld, duplicates } = made;
  return { id, created, filled: Object.keys(filled), withheld, duplicates };
}
