// The first start: without a business unit and a user nobody could sign in, so both are made, with the administrator's
// role and password. Later starts find them and do nothing.
import { randomInt } from 'node:crypto';
import { bootstrap, type Platform, systemPrincipal } from '@kartoteka/platform';
import type { Credentials } from './auth/credentials.ts';
import { EngineClient } from './engine-client.ts';

export interface Administrator {
  readonly id: string;
  readonly email: string;
}

/** The administrator: the user of that e-mail address, else the first one there is, else a new one with a business unit. */
export async function ensureAdministrator(platform: Platform, email: string): Promise<Administrator> {
  const { adminId, created } = await bootstrap(platform.database, { adminEmail: email });
  if (created) return { id: adminId, email };
  const engine = new EngineClient(platform, systemPrincipal(), 'start');
  const user = await engine.read(`/users(${adminId})`, '$select=email');
  return { id: adminId, email: String(user.email) };
}

/**
 * Sets the administrator's password if there is none: the given one, or with null a random one. Gives it where nobody else
 * knows it, so ask for a random one when it is certain to be shown; null otherwise.
 */
export async function setFirstPassword(
  credentials: Credentials,
  administrator: Administrator,
  password: string | null,
): Promise<string | null> {
  const { id } = administrator;
  if (await credentials.exists(id)) return null;
  const made = password ?? randomPassword();
  await credentials.set(id, made, { actorId: null });
  return password === null ? made : null;
}

/** Letters and digits that cannot be mistaken for each other; 20 of them are 114 bits. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

function randomPassword(): string {
  return Array.from({ length: 20 }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
}
