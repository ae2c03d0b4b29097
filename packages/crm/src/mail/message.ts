// From a mail to what is handed to the SMTP library: its parts, its id. It sends nothing.
import { createHash } from 'node:crypto';
import type { SendMailOptions } from 'nodemailer';
import { isMailAddress, oneLine } from './address.ts';
import type { Mail, MailAddress } from './types.ts';

/** Throws an Error for what no mail can be made of: an address that is none. */
export function messageOf(mail: Mail, from: MailAddress): SendMailOptions {
  const { to, fromName, replyTo, subject, text, calendar } = mail;
  return {
    from: headerAddress(fromName === undefined ? from : { ...from, name: fromName }),
    to: headerAddress(to),
    ...(replyTo === undefined ? {} : { replyTo: headerAddress(replyTo) }),
    subject: oneLine(subject),
    text,
    html: htmlOf(text),
    messageId: messageId(mail.key, from),
    headers: headersOf(mail),
    ...(calendar === undefined
      ? {}
      : { icalEvent: { method: calendar.method, content: calendar.text, filename: 'invite.ics' } }),
    // Contents are texts; nothing is fetched from files or addresses.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function headersOf({ personal, unsubscribe }: Mail): Record<string, string> {
  return {
    // Nobody's absence note is to come back for it (RFC 3834).
    ...(personal === true ? {} : { 'Auto-Submitted': 'auto-generated' }),
    ...(unsubscribe === undefined
      ? {}
      : { 'List-Unsubscribe': `<${unsubscribe}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }),
  };
}

function headerAddress({ address, name }: MailAddress): { address: string; name: string } {
  if (!isMailAddress(address)) throw new Error(`"${oneLine(address)}" is no address to send mail to`);
  return { address, name: name === undefined ? '' : oneLine(name, 100) };
}

/** The same for every try, on any node, so that a recipient who gets a mail twice (a node died after sending) can tell. */
export function messageId(key: string, from: MailAddress): string {
  const [, domain = 'localhost'] = from.address.split('@');
  return `<${createHash('sha256').update(key).digest('hex').slice(0, 40)}@${domain}>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** The text as HTML: paragraphs, lines, and links of http and https. */
export function htmlOf(text: string): string {
  const paragraphs = text.trim().split(/(?:\r?\n){2,}/);
  const body = paragraphs.map((paragraph) => `<p>${linked(paragraph).replaceAll(/\r?\n/g, '<br>\n')}</p>`);
  return `<!doctype html><html><head><meta charset="utf-8"></head><body>${body.join('\n')}</body></html>`;
}

/** Before escaping, so that a link is what it says. */
function linked(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/)
    .map((piece, at) => (at % 2 === 0 ? escaped(piece) : `<a href="${escaped(piece)}">${escaped(piece)}</a>`))
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (char) => ENTITIES[char] ?? char);
}
