// Messages by e-mail to one record or to many, each with its event in the history of the record. Records are read and events written as
// the caller: who may not write into a history sends nothing that would have to stand there.
import { randomUUIDv7 } from 'node:crypto';
import type { EntityType } from '@kartoteka/metadata';
import {
  type Arguments,
  CHOSEN,
  chosenRecords,
  is,
  listOf,
  MOST_CHOSEN,
  type OperationContext,
  type OperationDefinition,
  PlatformError,
  reasonOfRefusal,
  type Shape,
} from '@kartoteka/platform';
import { isMailAddress } from '../mail/address.ts';
import { enqueueMails } from '../mail/send.ts';
import type { Mail } from '../mail/types.ts';
import { type Draft, draftOf, hasMail, type Letter, letterTo, optOutOf, REASONS, type Reason } from './letters.ts';
import { unsubscribeSecret, unsubscribeToken, unsubscribeWords } from './unsubscribe.ts';

/** What sending needs to know of how mail is set up. */
export interface Sending {
  readonly isSetUp: boolean;
  /** Where links of mails lead; null: they have none. */
  readonly publicUrl: string | null;
}

export const messageShapes: Readonly<Record<string, Shape>> = {
  message_sent: {
    context: true,
    description: 'A message that is sent',
    members: {
      event_id: is('Edm.Guid', 'Of the event in the history of the record'),
      address: is('Edm.String', 'Where it is sent'),
    },
  },
  messages_sent: {
    context: true,
    description: 'To whom of the records a message is sent',
    members: {
      found: is('Edm.Int32', 'Records that the caller may read'),
      sent: is('Edm.Int32', 'To how many it is sent, or with dry_run would be'),
      skipped: listOf('skipped_records', 'How many get none, by reason', { most: REASONS.length }),
      others: listOf('unsent_message', 'Those that get none', { most: MOST_CHOSEN }),
    },
  },
  skipped_records: {
    description: 'Records that get no message for one reason',
    members: { reason: is('Edm.String', 'Reason', { values: REASONS }), count: is('Edm.Int32', 'How many') },
  },
  unsent_message: {
    description: 'A record that gets no message',
    members: {
      id: is('Edm.Guid', 'Of the record'),
      reason: is('Edm.String', 'Why', { values: REASONS }),
      message: is('Edm.String', 'The same for people'),
    },
  },
};

const OPTIONAL = { optional: true } as const;
const CONTENT = {
  subject: is('Edm.String', 'Subject, with placeholders as {{first_name}}; left out with a template', OPTIONAL),
  text: is('Edm.String', 'Text, with placeholders; left out with a template', OPTIONAL),
  template_id: is('Edm.Guid', 'A template of messages for these records', OPTIONAL),
  property: is('Edm.String', 'Which address counts; the first that there is unless given', {
    ...OPTIONAL,
    example: 'email',
  }),
};

export function messageOperations(sending: Sending): readonly OperationDefinition[] {
  return [toOne(sending), toMany(sending)];
}

function toOne({ isSetUp }: Sending): OperationDefinition {
  return {
    ...{ name: 'send_message', kind: 'action', binding: 'record', entity: hasMail, parameters: CONTENT },
    returns: { shape: 'message_sent' },
    summary: 'Send an e-mail, and put it into the history',
    description:
      'Sends the message to the address of the record, from the service with answers to the caller, and writes it into the history as the caller. Who has asked for no e-mail gets none.',
    async run(context, args) {
      requireMail(isSetUp);
      const draft = await draftOf(context, args);
      const { entity } = draft;
      const { engine, id, database } = context;
      const letter = letterTo(draft, await engine.get(`/${entity.set}(${id})?${draft.expand}`));
      if ('reason' in letter) throw new PlatformError('rule_violated', { reason: `No message: ${letter.detail}` });
      const event = eventOf(entity, id, letter);
      await engine.create('events', event).catch((error: unknown) => {
        throw ofArguments(error);
      });
      await enqueueMails(database, [{ ...mailOf(draft, event.id, letter), personal: true }]);
      return { event_id: event.id, address: letter.address };
    },
  };
}

function toMany(sending: Sending): OperationDefinition {
  return {
    ...{ name: 'send_message', kind: 'action', binding: 'collection', entity: hasMail, capability: 'send_to_many' },
    parameters: {
      ...CONTENT,
      ...CHOSEN,
      dry_run: is('Edm.Boolean', 'Say who would get it, and send nothing', OPTIONAL),
    },
    returns: { shape: 'messages_sent' },
    summary: 'Send an e-mail to many',
    description: `Sends a message to each of the records, ${MOST_CHOSEN} at most, once to each address, with a link to have no more where the service has a public address; each is in the history of its record. Who has asked for no e-mail is passed over.`,
    run: (context, args) => sendToMany(context, args, sending),
  };
}

function requireMail(isSetUp: boolean): void {
  if (!isSetUp) throw new PlatformError('not_supported', { what: 'Sending by a service without a mail server' });
}

interface Unsent {
  readonly id: string;
  readonly reason: Reason;
  readonly message: string;
}

async function sendToMany(context: OperationContext, args: Arguments, sending: Sending): Promise<unknown> {
  requireMail(sending.isSetUp);
  const draft = await draftOf(context, args);
  const choice = { name: 'send_message', entity: draft.entity, options: draft.expand };
  const linkOf = await linksOf(context, draft, sending);
  const send: Send = async (letters) => (args.dry_run === true ? [] : await sendPart(context, draft, letters, linkOf));
  const addresses = new Set<string>();
  const others: Unsent[] = [];
  let found = 0;
  let sent = 0;
  for await (const { records, missing } of chosenRecords(context.engine, choice, args)) {
    found += records.length;
    others.push(...missing.map((id) => unsent(id, 'not_found', 'there is no such record that you may read')));
    const letters = new Map<string, Letter>();
    for (const record of records) {
      const id = String(record.id);
      const letter = letterTo(draft, record);
      if ('reason' in letter) others.push(unsent(id, letter.reason, letter.detail));
      else letters.set(id, letter);
    }
    const left = await sendOnce(letters, addresses, send);
    others.push(...left);
    sent += letters.size - left.length;
  }
  const counts = Map.groupBy(others, ({ reason }) => reason);
  const skipped = [...counts].map(([reason, { length: count }]) => ({ reason, count }));
  return { found, sent, skipped, others };
}

/** Sends letters by id of their records; those that were refused. */
type Send = (letters: ReadonlyMap<string, Letter>) => Promise<readonly Unsent[]>;

/**
 * Sends once to each address that is not among `addresses`, which get it; answers what was not sent. What is refused has not used its
 * address: the next record that has it is tried, so that the address gets its mail.
 */
async function sendOnce(
  all: ReadonlyMap<string, Letter>,
  addresses: Set<string>,
  send: Send,
): Promise<readonly Unsent[]> {
  const others: Unsent[] = [];
  for (let waiting = all; waiting.size > 0; ) {
    const letters = new Map([...waiting].filter(([, { address }]) => isNew(addresses, address)));
    const refused = await send(letters);
    others.push(...refused);
    for (const { id } of refused) addresses.delete(addressKey(letters.get(id)?.address ?? ''));
    const later = new Map<string, Letter>();
    for (const [id, letter] of waiting) {
      if (letters.has(id)) continue;
      if (addresses.has(addressKey(letter.address)))
        others.push(unsent(id, 'same_address', 'another of the records has the address'));
      else later.set(id, letter);
    }
    waiting = later;
  }
  return others;
}

const unsent = (id: string, reason: Reason, message: string): Unsent => ({ id, reason, message });

const addressKey = (address: string): string => address.toLowerCase();

function isNew(addresses: Set<string>, address: string): boolean {
  const key = addressKey(address);
  return !addresses.has(key) && addresses.add(key).size > 0;
}

/** Where the record says that it wants no more; null: nowhere. */
type LinkOf = (id: string) => string | null;

/** What has no property for it cannot be told. */
async function linksOf({ database }: OperationContext, { entity }: Draft, { publicUrl }: Sending): Promise<LinkOf> {
  if (publicUrl === null || optOutOf(entity) === null) return () => null;
  const secret = await unsubscribeSecret(database);
  return (id) => `${publicUrl}/public/unsubscribe/${unsubscribeToken(secret, entity.name, id)}`;
}

/** Writes the events and adds the mails of those that were taken; those that were not. */
async function sendPart(
  { engine, database }: OperationContext,
  draft: Draft,
  letters: ReadonlyMap<string, Letter>,
  linkOf: LinkOf,
): Promise<readonly Unsent[]> {
  if (letters.size === 0) return [];
  const { entity } = draft;
  const events = [...letters].map(([id, letter]) => ({ record: id, letter, event: eventOf(entity, id, letter) }));
  const { results } = await engine.post('/events/bulk', { records: events.map(({ event }) => event) });
  const refused: Unsent[] = [];
  const mails: Mail[] = [];
  for (const [at, { record, letter, event }] of events.entries()) {
    const { error } = results[at];
    if (error === undefined) {
      const link = linkOf(record);
      const mail = mailOf(draft, event.id, letter);
      mails.push(
        link === null
          ? mail
          : { ...mail, unsubscribe: link, text: `${mail.text}\n\n${unsubscribeWords(draft.model, link)}` },
      );
    } else refused.push(unsent(record, 'refused', reasonOfRefusal(error)));
  }
  await enqueueMails(database, mails);
  return refused;
}

function eventOf({ name }: EntityType, id: string, { address, subject, text }: Letter) {
  const what = { kind: 'message', direction: 'outgoing', address, subject, text };
  return { id: randomUUIDv7(), ...what, regarding_id: id, regarding_type: name };
}

/** One mail of one event: sent twice it is the same. */
function mailOf({ sender }: Draft, eventId: string, { address, name, subject, text }: Letter): Mail {
  const { full_name, email } = sender;
  const answers = typeof email === 'string' && isMailAddress(email) ? email : null;
  return {
    ...{ key: `message ${eventId}`, eventId },
    to: { address, name },
    ...{ subject, text },
    ...(typeof full_name === 'string' ? { fromName: full_name } : {}),
    ...(answers === null ? {} : { replyTo: { address: answers, name: String(full_name ?? '') } }),
  };
}

/** What is wrong with an event is wrong with the arguments that it is made of; what has no argument is told as it is. */
function ofArguments(error: unknown): unknown {
  if (!(error instanceof PlatformError) || error.code !== 'validation_failed') return error;
  const isOurs = error.details.every(({ target }) => target === 'subject' || target === 'text');
  return isOurs ? new PlatformError('invalid_arguments', { name: 'send_message' }, { details: error.details }) : error;
}
