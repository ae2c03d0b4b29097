// From records to the mails that are sent to them: which address, who has asked for none, which text. What it needs of records it is
// given as their reader was shown them; it writes nothing.
import type { EntityType, Model } from '@kartoteka/metadata';
import { invalidArgument, type MergedValues, type OperationContext, type PlatformError } from '@kartoteka/platform';
import { eventTargets } from '../history/event-targets.ts';
import { isMailAddress } from '../mail/address.ts';
import { filled, navigationsOf, problemOfText } from './template.ts';

export type Values = Readonly<Record<string, unknown>>;

/** Why a record gets no message. */
export type Reason = (typeof REASONS)[number];
export const REASONS = ['not_found', 'no_address', 'opted_out', 'same_address', 'withheld', 'refused'] as const;

/** The property by which people say that they want no mail: `do_not_email`, in a layer such as `x_do_not_email`; null: there is none. */
export function optOutOf(entity: EntityType): string | null {
  const named = [...entity.properties.values()].filter(({ type }) => type === 'Edm.Boolean').map(({ name }) => name);
  return named.find((name) => name === OPT_OUT || name.endsWith(`_${OPT_OUT}`)) ?? null;
}

const OPT_OUT = 'do_not_email';

/** A record that others go into is still of whom said in one of them that he wants no mail. */
export const mergedOptOut: MergedValues = (entity, survivor, others) => {
  const optOut = optOutOf(entity);
  return optOut !== null && survivor[optOut] === false && others.some((other) => other[optOut] === true)
    ? { [optOut]: true }
    : {};
};

export interface Content {
  readonly subject: string;
  readonly text: string;
}

export interface Letter extends Content {
  readonly address: string;
  readonly name: string;
}

/** What one request sends, before it is known to whom. */
export interface Draft {
  readonly model: Model;
  readonly entity: EntityType;
  readonly content: Content;
  /** Properties with addresses, the one that counts first. */
  readonly addresses: readonly string[];
  readonly sender: Values;
  /** What records are asked for with. */
  readonly expand: string;
}

/** Those with addresses, in the order of the entity. */
export const emailProperties = (entity: EntityType): readonly string[] =>
  [...entity.fields.values()]
    .filter(({ document }) => document.type === 'email')
    .map(({ properties }) => properties[0] ?? '');

/** Entities that have a history and an address. */
export const hasMail = (entity: EntityType, model: Model): boolean =>
  eventTargets(model).includes(entity.name) && emailProperties(entity).length > 0;

/** @throws PlatformError for contents that the entity cannot fill, and for a template that is not there, or is of another entity */
export async function draftOf(context: OperationContext, args: Values): Promise<Draft> {
  const { model, entity } = context;
  if (entity === null) throw new Error('a message is sent to records');
  const content = await contentOf(context, entity, args);
  for (const [name, text] of Object.entries(content)) {
    const problem = problemOfText(model, entity, text);
    if (problem !== null) throw invalid(args.template_id === undefined ? name : 'template_id', problem);
  }
  const known = emailProperties(entity);
  const { property } = args;
  if (property !== undefined && !known.includes(String(property)))
    throw invalid('property', `it is one of ${known.join(', ')}`);
  const navigations = navigationsOf(model, entity, Object.values(content));
  return {
    ...{ model, entity, content, addresses: property === undefined ? known : [String(property)] },
    sender: await senderOf(context),
    expand: navigations.length === 0 ? '' : `$expand=${navigations.join(',')}`,
  };
}

/** The user who sends, who knows himself whatever his roles are; without what is secured. */
async function senderOf({ model, system, principal }: OperationContext): Promise<Values> {
  const open = [...(model.entities.get('user')?.properties.values() ?? [])].filter(({ secured }) => !secured);
  return system.get(`/users(${principal.id})?$select=${open.map(({ name }) => name).join(',')}`);
}

async function contentOf(context: OperationContext, entity: EntityType, args: Values): Promise<Content> {
  const { template_id: id, subject, text } = args;
  if (id === undefined) {
    for (const [name, value] of Object.entries({ subject, text }))
      if (typeof value !== 'string' || value.trim() === '') throw invalid(name, 'a message needs it, or a template');
    return { subject: String(subject), text: String(text) };
  }
  if (subject !== undefined || text !== undefined)
    throw invalid(subject === undefined ? 'text' : 'subject', 'it is that of the template');
  const { value } = await context.engine.get(`/message_templates?$filter=id eq ${id}&$top=1`);
  const template: Values | undefined = value[0];
  if (template === undefined) throw invalid('template_id', 'there is no such template');
  if (template.record_type !== entity.name)
    throw invalid('template_id', `the template is for records of ${template.record_type}`);
  return { subject: String(template.subject), text: String(template.text) };
}

/** The mail to a record, or why there is none; `detail` says more for people. */
export function letterTo(draft: Draft, record: Values): Letter | { readonly reason: Reason; readonly detail: string } {
  const { model, entity, sender, content, addresses } = draft;
  // Who may not see whether somebody wants mail sends none.
  const optOut = optOutOf(entity);
  if (optOut !== null && (record[optOut] === true || record[optOut] === undefined))
    return { reason: 'opted_out', detail: 'who it is wants no e-mail' };
  const address = addresses.map((name) => record[name]).find((each) => typeof each === 'string' && isMailAddress(each));
  if (address === undefined) return { reason: 'no_address', detail: 'there is no e-mail address that you may read' };
  const filling = { model, entity, record, sender };
  const [subject, text] = [filled(content.subject, filling), filled(content.text, filling)];
  for (const part of [subject, text])
    if ('withheld' in part) return { reason: 'withheld', detail: `you may not read ${part.withheld}` };
  if (!('text' in subject) || !('text' in text)) throw new Error('not reached');
  return {
    ...{ address: String(address), name: String(record[entity.title] ?? '') },
    ...{ subject: subject.text, text: text.text },
  };
}

export const invalid = (name: string, reason: string): PlatformError => invalidArgument('send_message', name, reason);
