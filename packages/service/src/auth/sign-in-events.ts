// Security events of attempts to sign in that fail, and of programs that sign in again and again: all of them limited, because
// anybody can cause them. Names that nobody has are kept as fingerprints only: people type passwords where names belong.
import { createHmac } from 'node:crypto';
import { type LimitedEvents, originOf, type SecurityEvent } from '@kartoteka/platform';
import type { UsableKey } from './api-keys.ts';
import { networkOf } from './login-throttle.ts';
import { clientOfKey } from './oauth-request.ts';
import { userTarget } from './recorded.ts';

/** The part of a request that tells who sent it. */
export interface Sender {
  readonly ip: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** How somebody wants to sign in. */
export type Grant = 'password' | 'client_credentials' | 'api_key';

export type FailureReason =
  | 'unknown_user'
  | 'no_password'
  | 'wrong_password'
  | 'user_disabled'
  | 'unknown_key'
  | 'wrong_name';

export type KeyRefusal = 'revoked' | 'expired' | 'user_disabled';

export class SignInEvents {
  readonly #events: LimitedEvents;
  readonly #secret: string;

  /** `secret` is the service's own; the same on all nodes, so that a name has one fingerprint. */
  constructor(events: LimitedEvents, secret: string) {
    this.#events = events;
    this.#secret = secret;
  }

  /** Wrong credentials. `name` as it was given, null where there was none; `user`: whom it names. */
  failed(
    sender: Sender,
    attempt: { readonly grant: Grant; readonly reason: FailureReason; name: string | null; user: string | null },
  ): void {
    const { grant, reason, name, user } = attempt;
    const account = user === null && name !== null ? { account: this.#fingerprint(name) } : {};
    const details = { grant, reason, ...account };
    this.#record(sender, `${user} ${networkOf(sender.ip)}`, 'sign_in_failed', { user, details });
  }

  /** Attempts that are refused unseen. */
  throttled(sender: Sender, attempt: { readonly grant: Grant; name: string | null; user?: string }): void {
    const { grant, name, user = null } = attempt;
    const account = name === null || user !== null ? {} : { account: this.#fingerprint(name) };
    this.#record(sender, `${user} ${networkOf(sender.ip)}`, 'sign_in_throttled', {
      user,
      details: { grant, ...account },
    });
  }

  /** A key that was good once, or is of a user who is disabled. */
  keyRefused(sender: Sender, { id, user }: Pick<UsableKey, 'id' | 'user'>, reason: KeyRefusal): void {
    this.#record(sender, `${id} ${reason}`, 'api_key_refused', { user, details: { key_id: id, reason } });
  }

  /** A program got a token for its key. */
  async signedInWithKey(sender: Sender, { id, user }: UsableKey): Promise<void> {
    await this.#events.record(id, {
      kind: 'sign_in',
      actorId: user,
      origin: originOf({ client: clientOfKey(id), headers: sender.headers, sender }),
      target: userTarget(user),
      details: { grant: 'client_credentials', key_id: id },
    });
  }

  /** Not waited for: how long a refusal takes must not tell whether this one was written, and so whom the name is of. */
  #record(
    sender: Sender,
    key: string,
    kind: SecurityEvent['kind'],
    { user, details }: { readonly user: string | null; readonly details: SecurityEvent['details'] & object },
  ): void {
    const origin = originOf({ client: null, headers: sender.headers, sender });
    const target = user === null ? {} : { target: userTarget(user) };
    void this.#events.record(key, { kind, actorId: null, origin, ...target, details });
  }

  /** Equal for equal names, and of no use to whoever reads the log. */
  #fingerprint(name: string): string {
    const normal = name.normalize('NFKC').trim().toLowerCase();
    return createHmac('sha256', this.#secret).update(`account\0${normal}`).digest('base64url').slice(0, 16);
  }
}
