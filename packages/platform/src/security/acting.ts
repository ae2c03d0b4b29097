// One user acting as another (Act-As): a principal with the smaller of both rights, whose records are the other's and whose
// log says who it was. It combines what principals.ts resolved; it decides nothing of its own.
import type { FieldRight, Privilege } from '@kartoteka/metadata';
import { LRUCache } from 'lru-cache';
import { PlatformError } from '../errors.ts';
import type { LimitedEvents } from '../security-log/limited.ts';
import { originOf, type RequestSource, recordSecurityEvent, type SecurityEvent } from '../security-log/record.ts';
import type { Executor } from '../storage/types.ts';
import { bothAccesses, withContext } from './access.ts';
import { DIRECTORY } from './directory.ts';
import { isUserPrincipal, type Principals, type UserPrincipal } from './principals.ts';
import type { Access, Principal } from './types.ts';

/** The header that names the user to act as, as errors call it. */
export const ACT_AS = 'Act-As';
/** The capability that it takes. */
export const ACT_AS_CAPABILITY = 'act_as';

/** A user as whom somebody acts. */
export interface ActingPrincipal extends Principal {
  readonly callerId: string;
  /** The user, and who acts as it: what is done must be within what each of them holds. */
  readonly holders: readonly [UserPrincipal, UserPrincipal];
}

/** The principals whose rights a principal is made of; whatever it gives, each of them must hold. None for the system. */
export function holdersOf(principal: Principal): readonly UserPrincipal[] {
  if (principal.kind === 'system') return [];
  if (isUserPrincipal(principal)) return [principal];
  if ('holders' in principal) return (principal as ActingPrincipal).holders;
  throw new Error('a principal of unknown making');
}

/** `user` with what `caller` holds as well. Both must have been resolved for the same Model. */
export function combine(user: UserPrincipal, caller: UserPrincipal): ActingPrincipal {
  const { model, id, businessUnitId, teamIds } = user;
  const context = { me: caller.id, myTeams: caller.teamIds, myBusinessUnit: caller.businessUnitId };
  const made = new Map<string, { readonly own: Access; readonly other: Access; readonly both: Access }>();
  return {
    kind: 'user',
    model,
    id,
    callerId: caller.id,
    holders: [user, caller],
    businessUnitId,
    ...(user.language === undefined ? {} : { language: user.language }),
    teamIds,
    capabilities: user.capabilities.intersection(caller.capabilities),
    plans: new Map(),
    // An access is made anew once the data it is for have been measured (`ready`): so is what is made of two.
    access(entity: string, privilege: Privilege): Access {
      const key = `${privilege} ${entity}`;
      const own = user.access(entity, privilege);
      const other = caller.access(entity, privilege);
      const known = made.get(key);
      if (known?.own === own && known.other === other) return known.both;
      const both = bothAccesses(own, withContext(other, context));
      made.set(key, { own, other, both });
      return both;
    },
    permits: (entity: string, field: string, right: FieldRight) =>
      user.permits(entity, field, right) && caller.permits(entity, field, right),
    async ready(entities) {
      const names = [...entities];
      await Promise.all([user.ready(names), caller.ready(names)]);
    },
  };
}

/** Pairs kept at once, and for how long it is not asked again whether the caller may still read the user's record. */
const MAX_PAIRS = 500;
const ASK_AGAIN_MS = 1_000;
/** That somebody acts as another is recorded once in this time, by each node. */
const RECORD_AGAIN_MS = 3_600_000;
const MAX_RECORDED = 10_000;

interface Pair {
  readonly principal: ActingPrincipal;
  askedAt: number;
}

export interface ActingParts {
  readonly principals: Principals;
  /** Whether the user's record is there for the caller; throws where the caller may read none. */
  readonly mayRead: (caller: Principal, userId: string) => Promise<boolean>;
  readonly database: Executor;
  readonly events: LimitedEvents;
}

/** Makes and keeps the principals of users who act as others. */
export class Acting {
  readonly #parts: ActingParts;
  readonly #pairs = new LRUCache<string, Pair>({ max: MAX_PAIRS });
  readonly #recorded = new LRUCache<string, true>({ max: MAX_RECORDED, ttl: RECORD_AGAIN_MS, ttlResolution: 1_000 });

  constructor(parts: ActingParts) {
    this.#parts = parts;
  }

  /**
   * The principal of `caller` acting as a user, on record. Throws missing_capability, bad_request for what is no id,
   * target_not_found for a user that is missing or hidden from the caller alike, cannot_act_as for the caller itself and for a
   * user that is disabled.
   */
  async as(caller: Principal, header: string, source?: RequestSource): Promise<ActingPrincipal> {
    const event = { actorId: caller.id, ...(source === undefined ? {} : { origin: originOf(source) }) };
    try {
      const principal = await this.#resolve(caller, header);
      await this.#recordUse(principal, event);
      return principal;
    } catch (error) {
      // What is no id names nobody.
      if (!(error instanceof PlatformError) || error.status >= 500 || error.code === 'bad_request') throw error;
      const target = { entity: DIRECTORY.user, id: idOf(header) };
      const refused = { ...event, kind: 'act_as_refused', target, details: { reason: error.code } } as const;
      await this.#parts.events.record(`${caller.id} ${error.code}`, refused);
      throw error;
    }
  }

  async #recordUse({ id, callerId }: ActingPrincipal, event: Pick<SecurityEvent, 'actorId' | 'origin'>): Promise<void> {
    const key = `${callerId} ${id}`;
    if (this.#recorded.has(key)) return;
    this.#recorded.set(key, true);
    try {
      await recordSecurityEvent(this.#parts.database, {
        ...event,
        kind: 'acted_as',
        target: { entity: DIRECTORY.user, id },
      });
    } catch (error) {
      this.#recorded.delete(key);
      throw error;
    }
  }

  async #resolve(caller: Principal, header: string): Promise<ActingPrincipal> {
    if (!isUserPrincipal(caller)) throw new PlatformError('cannot_act_as', { reason: 'only a user can' }, AT);
    const userId = idOf(header);
    if (!caller.capabilities.has(ACT_AS_CAPABILITY))
      throw new PlatformError('missing_capability', { name: ACT_AS_CAPABILITY }, AT);
    if (userId === caller.id) throw new PlatformError('cannot_act_as', { reason: 'it is yourself' }, AT);
    const key = `${caller.id} ${userId}`;
    const known = this.#pairs.get(key);
    const isAsked = known !== undefined && Date.now() - known.askedAt < ASK_AGAIN_MS;
    if (!isAsked && !(await this.#parts.mayRead(caller, userId)))
      throw new PlatformError('target_not_found', { name: ACT_AS }, AT);
    const askedAt = isAsked ? known.askedAt : Date.now();
    const user = await this.#parts.principals.get(userId);
    if (user === null) throw new PlatformError('cannot_act_as', { reason: 'the user is not active' }, AT);
    if (user.model !== caller.model) return this.#underOneModel(caller, header);
    // Principals whose rights changed are others: what was made of the old ones is made anew.
    if (known?.principal.holders[0] === user && known.principal.holders[1] === caller) {
      known.askedAt = askedAt;
      return known.principal;
    }
    const principal = combine(user, caller);
    this.#pairs.set(key, { principal, askedAt });
    return principal;
  }

  /** Metadata was published since the caller was resolved. */
  async #underOneModel(caller: Principal, header: string): Promise<ActingPrincipal> {
    const again = await this.#parts.principals.get(caller.id);
    if (again === null) throw new PlatformError('unauthenticated');
    if (again.model === caller.model) throw new PlatformError('not_ready');
    return this.#resolve(again, header);
  }
}

const AT = { target: ACT_AS };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function idOf(header: string): string {
  const id = header.trim().toLowerCase();
  if (UUID.test(id)) return id;
  throw new PlatformError('bad_request', { reason: `${ACT_AS} must be the id of one user` }, AT);
}
