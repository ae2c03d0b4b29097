// How much is remembered for each user, so that nobody fills the disk with answers. Counted by the process and asked of the
// database now and then: other nodes are seen a minute late.
import { LRUCache } from 'lru-cache';
import { PlatformError } from '../errors.ts';
import type { Principal } from '../security/types.ts';
import type { Executor } from '../storage/types.ts';
import { rejected } from './header.ts';
import { usageOf } from './store.ts';

/** Of one user, at a time: requests, and UTF-16 units of their answers together. */
export const MOST_REMEMBERED = { requests: 100_000, size: 256 * 1024 * 1024 } as const;

/** UTF-16 units of one answer. */
export const LARGEST_ANSWER = 8 * 1024 * 1024;

const KNOWN_USERS = 10_000;
const FRESH_MS = 60_000;

interface Usage {
  requests: number;
  size: number;
  readonly readAt: number;
}

export class RememberedUsage {
  readonly #known = new LRUCache<string, Usage>({ max: KNOWN_USERS });

  /** Asked when the row of the request has been made. Throws too_many_repeatable_requests where the user had no room for it. */
  async requireRoom(tx: Executor, principal: Principal): Promise<void> {
    let usage = this.#known.get(principal.id);
    if (usage === undefined || performance.now() - usage.readAt > FRESH_MS) {
      const { requests, size } = await usageOf(tx, principal);
      // Without the request itself.
      usage = { requests: requests - 1, size, readAt: performance.now() };
      this.#known.set(principal.id, usage);
    }
    if (usage.requests < MOST_REMEMBERED.requests && usage.size < MOST_REMEMBERED.size) return;
    throw rejected(new PlatformError('too_many_repeatable_requests'));
  }

  /** Throws limit_exceeded for what is too large to be remembered. */
  add({ id }: Principal, size: number): void {
    if (size > LARGEST_ANSWER) {
      const limit = 'characters in the answer of a repeatable request';
      throw rejected(new PlatformError('limit_exceeded', { limit, value: String(LARGEST_ANSWER) }));
    }
    const usage = this.#known.get(id);
    if (usage === undefined) return;
    usage.requests += 1;
    usage.size += size;
  }
}
