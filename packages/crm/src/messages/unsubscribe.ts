// Links by which people have no more mails to many: signed, so that nobody makes one himself, for one record, and without an end,
// because mails are kept. Whoever holds one can do nothing but this.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { EntityType, Model } from '@kartoteka/metadata';
import { type Executor, type Platform, PlatformError, systemPrincipal } from '@kartoteka/platform';
import { type Language, languageOf } from '../mail/words.ts';
import { emailProperties, hasMail, optOutOf } from './letters.ts';

const TEXTS: Readonly<Record<Language, string>> = {
  en: 'No more such mails',
  ru: 'Не получать такие письма',
};

export const unsubscribeWords = ({ organization }: Model, link: string): string =>
  `${TEXTS[languageOf(null, organization.locale)]}: ${link}`;

const TOKEN = /^([a-z][a-z0-9_]{0,62})\.([0-9a-f]{32})\.([\w-]{43})$/;

const KEY = 'unsubscribe_secret';

/** What the links of all nodes are signed with: made by the first that needs it, and kept. Not that of sign-ins, which is changed now and then. */
export async function unsubscribeSecret(tx: Executor): Promise<string> {
  const read = async () => (await tx.run('select value from kartoteka.setting where key = $1::text', [KEY]))[0]?.value;
  const known = await read();
  if (typeof known === 'string') return known;
  await tx.run('insert into kartoteka.setting (key, value) values ($1::text, $2::text) on conflict (key) do nothing', [
    KEY,
    randomBytes(48).toString('base64url'),
  ]);
  return String(await read());
}

export function unsubscribeToken(secret: string, entity: string, id: string): string {
  const subject = `${entity}.${id.replaceAll('-', '').toLowerCase()}`;
  return `${subject}.${signatureOf(secret, subject)}`;
}

function signatureOf(secret: string, subject: string): string {
  return createHmac('sha256', secret).update(`unsubscribe ${subject}`).digest('base64url');
}

function read(secret: string, token: string): { readonly entity: string; readonly id: string } | null {
  const [, entity = '', hex = '', given = ''] = TOKEN.exec(token) ?? [];
  const expected = Buffer.from(signatureOf(secret, `${entity}.${hex}`));
  const actual = Buffer.from(given);
  if (entity === '' || actual.length !== expected.length || !timingSafeEqual(actual, expected)) return null;
  return { entity, id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') };
}

/** Whether who has a link gets no mail; null: the link is none of ours, or nothing is left that mail goes to. Changes nothing. */
export async function isUnsubscribed(platform: Platform, token: string): Promise<boolean | null> {
  const written = await writtenTo(platform, token);
  if (written === null) return null;
  // Programs follow the links of whole campaigns: a record that is there answers by itself.
  if (written.isThere) return written.optedOut;
  const others = await sameAddress(platform, written);
  return others.length === 0 ? null : others.every(({ optedOut }) => optedOut);
}

/** Whether whom a mail with this link is for has said meanwhile that he wants no more. */
export async function isLinkUsed(platform: Platform, link: string): Promise<boolean> {
  return (await isUnsubscribed(platform, link.slice(link.lastIndexOf('/') + 1))) === true;
}

/**
 * Stores that who has a link wants no mail: in the record that was written to, and wherever else an address of it stands, because a
 * copy, the contact that a lead became or the record that it was merged into is the same mailbox. False: as null above.
 */
export async function unsubscribe(platform: Platform, token: string): Promise<boolean> {
  const written = await writtenTo(platform, token);
  if (written === null) return false;
  const all = [...(written.isThere ? [written] : []), ...(await sameAddress(platform, written))];
  const system = platform.engineFor(systemPrincipal());
  let stored = 0;
  for (const { entity, optOut, id, optedOut } of all) {
    if (optedOut || (await isStored(() => system.update(entity.set, id, { [optOut]: true })))) stored += 1;
  }
  return stored > 0;
}

/** False: the record has gone meanwhile. */
async function isStored(update: () => Promise<unknown>): Promise<boolean> {
  try {
    await update();
    return true;
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'not_found') return false;
    throw error;
  }
}

interface Reached {
  readonly entity: EntityType;
  readonly optOut: string;
  readonly id: string;
  readonly optedOut: boolean;
}

interface WrittenTo extends Reached {
  /** False: it is in the recycle bin, where a merge puts what it takes in. */
  readonly isThere: boolean;
  readonly addresses: readonly string[];
}

async function writtenTo(platform: Platform, token: string): Promise<WrittenTo | null> {
  const found = read(await unsubscribeSecret(platform.database), token);
  const entity = found === null ? undefined : platform.model().entities.get(found.entity);
  const optOut = entity === undefined ? null : optOutOf(entity);
  if (found === null || entity === undefined || optOut === null) return null;
  const { id } = found;
  const system = platform.engineFor(systemPrincipal());
  for (const [set, isThere] of [[entity.set, true] as const, [`${entity.set}/deleted`, false] as const]) {
    const [record] = (await system.get(`/${set}?$filter=id eq ${id}`)).value;
    if (record === undefined) continue;
    const addresses = emailProperties(entity).flatMap((name) => (record[name] ? [String(record[name])] : []));
    return { entity, optOut, id, optedOut: record[optOut] === true, isThere, addresses };
  }
  return null;
}

/** Other records that messages are sent to at one of its addresses. */
async function sameAddress(platform: Platform, written: WrittenTo): Promise<readonly Reached[]> {
  const model = platform.model();
  const system = platform.engineFor(systemPrincipal());
  const texts = [...new Set(written.addresses.map((each) => each.toLowerCase()))];
  const reached: Reached[] = [];
  for (const entity of texts.length === 0 ? [] : model.entities.values()) {
    const optOut = hasMail(entity, model) ? optOutOf(entity) : null;
    if (optOut === null) continue;
    const conditions = emailProperties(entity).flatMap((name) =>
      texts.map((text) => `tolower(${name}) eq '${text.replaceAll("'", "''")}'`),
    );
    const filter = encodeURIComponent(`(${conditions.join(' or ')}) and id ne ${written.id}`);
    let page: string | undefined = `/${entity.set}?$filter=${filter}&$select=id,${optOut}`;
    while (page !== undefined) {
      const { value, '@odata.nextLink': next } = await system.get(page);
      for (const { id, [optOut]: optedOut } of value) reached.push({ entity, optOut, id, optedOut: optedOut === true });
      page = next;
    }
  }
  return reached;
}
