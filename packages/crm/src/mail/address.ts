// Addresses and one-line texts of mails: what may stand in a header. Whatever could end a line is refused or taken out here, before
// the library that writes the headers sees it.
import { domainToASCII } from 'node:url';
import type { MailAddress } from './types.ts';

const LONGEST = 254;
const LONGEST_LOCAL = 64;
/** No quoted forms: one sign @, and nothing that means something in a header or a command of SMTP. */
const ADDRESS = /^([^\s\p{C}@<>()[\]\\,;:"]+)@([^\s\p{C}@<>()[\]\\,;:"/]+)$/u;

/** Whether mail can be sent to this text: one address, of any script, without anything around it. */
export function isMailAddress(text: string): boolean {
  const [, local = '', domain = ''] = ADDRESS.exec(text) ?? [];
  if (local === '' || Buffer.byteLength(text) > LONGEST || Buffer.byteLength(local) > LONGEST_LOCAL) return false;
  return !local.startsWith('.') && !local.endsWith('.') && !local.includes('..') && domainToASCII(domain) !== '';
}

/** `Name <address>` or an address alone; null when it is neither. */
export function parseMailAddress(text: string): MailAddress | null {
  const [, named, inner] = /^([^<>]*)<([^<>]*)>$/.exec(text.trim()) ?? [];
  const address = (inner ?? text).trim();
  if (!isMailAddress(address)) return null;
  const name = oneLine(named ?? '').replaceAll(/^"|"$/g, '');
  return name === '' ? { address } : { address, name };
}

/** A text as one line of at most `most` characters: what controls or ends a line is a space. */
export function oneLine(text: string, most = 300): string {
  const line = text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
  const characters = [...line];
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join('')}…`;
}
