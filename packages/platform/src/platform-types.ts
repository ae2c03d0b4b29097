// The face of the engine towards the service: one request in, one answer out.
import type { Model } from '@kartoteka/metadata';
import type { Engine, EngineTransaction } from './extensions/types.ts';
import type { Jobs } from './jobs/types.ts';
import type { Principal } from './security/types.ts';
import type { LimitedEvents } from './security-log/limited.ts';
import type { RequestSource } from './security-log/record.ts';
import type { Database } from './storage/types.ts';

/** A request as HTTP gave it; nothing decoded. */
export interface EngineRequest {
  readonly method: string;
  /** Path after the root `/api/v1`, percent-encoded as received: `/deals(…)`, or empty for the service document. */
  readonly path: string;
  /** Raw query string without "?". */
  readonly query: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Raw body, valid UTF-8; null when there is none. */
  readonly body: string | null;
  /** Absolute root for links, without a slash at the end: `http://host:port/api/v1`. */
  readonly baseUrl: string;
  /** What the caller calls itself (User-Agent or client id), for the change log. */
  readonly client: string | null;
  /** Who sends it; absent: the process itself. Asked only when something is recorded, or while a long answer goes out. */
  readonly sender?: RequestSender;
}

export interface RequestSender {
  /** Network address. */
  readonly ip: string;
  /** Whether who sent the request could still send another: false once the user, session or key is cut off. */
  isStillIn?(): Promise<boolean>;
}

export interface EngineResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Whoever sends it may take it out, so that a long text goes as soon as it is sent. */
  body: string | null;
  /**
   * Instead of a body, text or bytes in pieces, as fast as they are asked for. What it throws must end the connection: the answer is
   * not complete. Whoever stops early says so by `return`.
   */
  readonly stream?: AsyncIterator<string | Uint8Array>;
  /** What went wrong inside although there is an answer; to be logged. */
  readonly failure?: unknown;
}

/** Minimal logger, fitted by pino. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface Platform {
  /** Throws PlatformError for whatever the client did wrong; anything else thrown is an internal error. */
  handle(request: EngineRequest, principal: Principal): Promise<EngineResponse>;
  readonly principals: {
    /** The user with its rights; null when there is no such user, or it is disabled or deleted. */
    get(userId: string): Promise<Principal | null>;
    /** The same without waiting, when it is at hand already; undefined when `get` has to be asked. */
    peek(userId: string): Principal | undefined;
    /** Forgets what is kept of all users, or of these; the next get resolves anew. */
    flush(userIds?: Iterable<string>): void;
  };
  /**
   * The principal of a user acting as another, with the smaller of both rights; `userId` as it was sent, `source` for the
   * security event. Throws missing_capability, bad_request, target_not_found (missing or hidden), cannot_act_as.
   */
  actAs(caller: Principal, userId: string, source?: RequestSource): Promise<Principal>;
  /** For security events that anybody can bring about as often as he likes. */
  readonly events: LimitedEvents;
  /** Requests of a principal by the process itself, each by itself: jobs, public pages. */
  engineFor(principal: Principal): Engine;
  /** The same in one transaction, which is run again as a whole where it lost against others; what `work` throws undoes all of it. */
  transaction<T>(principal: Principal, work: (within: EngineTransaction) => Promise<T>): Promise<T>;
  model(): Model;
  /** A published revision that this version of the product cannot build, so that an older one is served; null: none. */
  unreadableRevision(): number | null;
  readonly database: Database;
  /** Work that happens after the request that asked for it. */
  readonly jobs: Jobs;
  close(): Promise<void>;
}
