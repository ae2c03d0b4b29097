// The job that sends a mail, and how one is added. A mail is sent at least once: it is sent again where a node died after the server
// had taken it, under the same Message-ID.
import { type Executor, enqueueMany, type JobDefinition, PermanentFailure } from '@kartoteka/platform';
import { markSent, markUndelivered } from '../messages/undelivered.ts';
import { isLinkUsed } from '../messages/unsubscribe.ts';
import { oneLine, parseMailAddress } from './address.ts';
import { messageOf } from './message.ts';
import { MAIL_CONNECTIONS, type MailTransport } from './transport.ts';
import type { Mail, MailAddress, MailOptions } from './types.ts';

const SEND = 'mail.send';

/**
 * Adds a mail within the transaction of `executor`; it is sent once that commits. One whose key waits already is not added. Only
 * where mail is set up (parts of `mailExtension`): there is nobody to send it otherwise.
 */
export function enqueueMail(executor: Executor, mail: Mail): Promise<void> {
  return enqueueMails(executor, [mail]);
}

/** The same for many, in one statement. */
export async function enqueueMails(executor: Executor, mails: readonly Mail[]): Promise<void> {
  const jobs = mails.map((mail) => ({ data: storable(mail), singletonKey: mail.key }));
  await enqueueMany(executor, SEND, jobs);
}

/** PostgreSQL keeps no texts with NUL or with halves of characters. */
function storable(mail: Mail): Mail {
  const text = mail.text.toWellFormed().replaceAll('\u0000', ' ');
  const { to, replyTo, fromName } = mail;
  const named = {
    to: inOneLine(to),
    ...(fromName === undefined ? {} : { fromName: oneLine(fromName, 100) }),
    ...(replyTo === undefined ? {} : { replyTo: inOneLine(replyTo) }),
  };
  return { ...mail, ...named, subject: oneLine(mail.subject), text };
}

function inOneLine({ address, name }: MailAddress): MailAddress {
  // What is wrong with an address is said by who sends to it; nothing is mended here.
  const kept = address.toWellFormed().replaceAll('\u0000', '\ufffd');
  return name === undefined ? { address: kept } : { address: kept, name: oneLine(name, 100) };
}

export function sendJob(options: MailOptions, transport: MailTransport): JobDefinition {
  const from = senderOf(options);
  return {
    name: SEND,
    retry: { limit: options.retries, delay: options.delaySeconds, backoff: true, max: 3_600 },
    concurrency: MAIL_CONNECTIONS,
    // Connecting, the greeting and the mail itself each have the time that the server is given.
    timeout: Math.ceil((options.timeoutMs * 4) / 1000),
    key: 'unique',
    run: async ({ platform, signal }, { data, isLast }) => {
      const { eventId, unsubscribe } = data as Mail;
      // It may have waited for hours, or for somebody who has it tried again.
      if (unsubscribe !== undefined && (await isLinkUsed(platform, unsubscribe))) {
        if (eventId !== undefined) await markUndelivered(platform, eventId, 'Who it is for wants no e-mail any more');
        return;
      }
      try {
        await transport.send(composed(data as Mail, from), signal);
      } catch (error) {
        // Of a run that was ended, too: it has counted as a try.
        const isOver = error instanceof PermanentFailure || isLast;
        if (isOver && eventId !== undefined) await markUndelivered(platform, eventId, messageOfError(error));
        throw error;
      }
      if (eventId !== undefined) await markSent(platform, eventId);
    },
  };
}

const messageOfError = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function composed(mail: Mail, from: MailAddress) {
  try {
    return messageOf(mail, from);
  } catch (error) {
    throw new PermanentFailure(messageOfError(error));
  }
}

/** @throws Error when there is none, which settings refuse */
export function senderOf({ from }: Pick<MailOptions, 'from'>): MailAddress {
  const sender = from === null ? null : parseMailAddress(from);
  if (sender === null) throw new Error('Mail needs an address to send from');
  return sender;
}
