// Links by which people have no more mails to many: signed, so that nobody makes one himself, for one record, and without an end,
// because mails are kept. Whoever holds one can do nothing but this.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Model } from '@kartoteka/metadata';
import { type Executor, type Platform, PlatformError, systemPrincipal } from '@kartoteka/platform';
import { type Language, languageOf } from '../mail/words.ts';
import { optOutOf } from './letters.ts';

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

/** Whether the record of a link wants no mail; null: the link is none of ours, or the record is gone. Changes nothing. */
export async function isUnsubscribed(platform: Platform, token: string): Promise<boolean | null> {
  const found = read(await unsubscribeSecret(platform.database), token);
  const entity = found === null ? undefined : platform.model().entities.get(found.entity);
  const optOut = entity === undefined ? null : optOutOf(entity);
  if (found === null || entity === undefined || optOut === null) return null;
  const query = `$filter=id eq ${found.id}&$select=${optOut}`;
  const { value } = await platform.engineFor(systemPrincipal()).get(`/${entity.set}?${query}`);
  return value.length === 0 ? null : value[0][optOut] === true;
}

/** Stores that the record of a link wants no mail; false: the link is none of ours, or the record is gone. */
export async function unsubscribe(platform: Platform, token: string): Promise<boolean> {
  const found = read(await unsubscribeSecret(platform.database), token);
  const entity = platform.model().entities.get(found?.entity ?? '');
  const optOut = entity === undefined ? null : optOutOf(entity);
  const state = await isUnsubscribed(platform, token);
  if (found === null || entity === undefined || optOut === null || state === null) return false;
  try {
    if (!state) await platform.engineFor(systemPrincipal()).update(entity.set, found.id, { [optOut]: true });
    return true;
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'not_found') return false;
    throw error;
  }
}
