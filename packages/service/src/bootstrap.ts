// The first start: without a business unit and a user nobody could sign in, so both are made, with the administrator's
// role and password. Later starts find them and do nothing.
import { randomInt } from 'node:crypto';
import { type Platform, systemPrincipal } from '@kartoteka/platform';
import type { Credentials } from './auth/credentials.ts';
import { EngineClient } from './engine-client.ts';

const ADMINISTRATOR_ROLE = 'system_administrator';
const ROOT_UNIT = 'Head office';
/** Nodes that start at once do this one after the other. */
const LOCK = 'select pg_advisory_xact_lock(1800434534, 3)';

export interface Administrator {
  /** Id of the user; null when users exist but none has the e-mail address of the settings. */
  readonly id: string | null;
  readonly email: string;
}

/** Makes sure that there are a root business unit, and users, of whom the first is the administrator. */
export async function bootstrap(platform: Platform, email: string): Promise<Administrator> {
  return platform.database.transaction(async (tx) => {
    await tx.run(LOCK);
    const engine = new EngineClient(platform, systemPrincipal(), 'start');
    const users = await engine.idsBy('users', 'email');
    const id = users.get(email) ?? (users.size === 0 ? await createAdministrator(engine, email) : null);
    return { id, email };
  });
}

/**
 * Sets the administrator's password if there is none: the given one or a random one. Gives it where nobody else knows it,
 * so call it when it is certain to be shown; null otherwise.
 */
export async function setFirstPassword(
  credentials: Credentials,
  administrator: Administrator,
  password: string | null,
): Promise<string | null> {
  const { id } = administrator;
  if (id === null || (await credentials.exists(id))) return null;
  const made = password ?? randomPassword();
  await credentials.set(id, made);
  return password === null ? made : null;
}

async function createAdministrator(engine: EngineClient, email: string): Promise<string> {
  const units = await engine.idsBy('business_units', 'name');
  const unit = units.values().next().value ?? (await engine.create('business_units', { name: ROOT_UNIT }));
  const id = await engine.create('users', { email, full_name: 'Administrator', owning_business_unit_id: unit });
  await engine.create('role_assignments', { role: ADMINISTRATOR_ROLE, user_id: id });
  return id;
}

/** Letters and digits that cannot be mistaken for each other; 20 of them are 114 bits. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

function randomPassword(): string {
  return Array.from({ length: 20 }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
}
