// Events that somebody can bring about as often as he likes (wrong passwords, refused requests): the first of a kind is written
// at once, its repetitions are counted and written together, so that nobody can flood the table. It never fails its caller.
import type { Log } from '../platform-types.ts';
import type { Executor } from '../storage/types.ts';
import type { SecurityEventKind } from './kinds.ts';
import { recordSecurityEvent, type SecurityEvent } from './record.ts';

/** How long repetitions are counted before they are written. */
const WINDOW_MS = 300_000;
/** Different keys of a window that are told apart: of users who are known, and of everybody else. */
const MOST_KNOWN = 1_000;
const MOST_UNKNOWN = 100;

interface Counted {
  readonly event: SecurityEvent;
  repeated: number;
}

export class LimitedEvents {
  readonly #executor: Executor;
  readonly #log: Log;
  readonly #windowMs: number;
  readonly #known = new Map<string, Counted>();
  readonly #unknown = new Map<string, Counted>();
  /** Events for which there was no room, by kind. */
  readonly #others = new Map<SecurityEventKind, number>();
  readonly #writing = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(executor: Executor, log: Log, windowMs: number = WINDOW_MS) {
    this.#executor = executor;
    this.#log = log;
    this.#windowMs = windowMs;
  }

  /** Records the event, or counts it where one of the same key was recorded within the window. Never throws. */
  async record(key: string, event: SecurityEvent): Promise<void> {
    const isKnown = event.actorId !== null || typeof event.target?.id === 'string';
    const counted = isKnown ? this.#known : this.#unknown;
    const place = `${event.kind} ${key}`;
    const before = counted.get(place);
    this.#timer ??= setTimeout(() => void this.flush(), this.#windowMs).unref();
    if (before !== undefined) before.repeated += 1;
    else if (counted.size < (isKnown ? MOST_KNOWN : MOST_UNKNOWN)) {
      counted.set(place, { event, repeated: 0 });
      await this.#write([event]);
    } else this.#others.set(event.kind, (this.#others.get(event.kind) ?? 0) + 1);
  }

  /** Resolves when the writes under way have ended, whoever waits for them or not. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }

  /** Ends the window: writes what was counted, `details.repeated` times each. */
  async flush(): Promise<void> {
    await this.settled();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const repeated = [...this.#known.values(), ...this.#unknown.values()].filter((each) => each.repeated > 0);
    const events = repeated.map(({ event, repeated: count }) => ({
      ...event,
      details: { ...event.details, repeated: count },
    }));
    const others = [...this.#others].map(([kind, count]) => ({
      kind,
      actorId: null,
      details: { repeated: count, others: true },
    }));
    this.#known.clear();
    this.#unknown.clear();
    this.#others.clear();
    await this.#write([...events, ...others]);
  }

  async #write(events: readonly SecurityEvent[]): Promise<void> {
    const writing = this.#tryToWrite(events);
    this.#writing.add(writing);
    await writing;
    this.#writing.delete(writing);
  }

  /** What is refused stays refused when the record of it fails. */
  async #tryToWrite(events: readonly SecurityEvent[]): Promise<void> {
    try {
      await recordSecurityEvent(this.#executor, ...events);
    } catch (error) {
      const kinds = [...new Set(events.map(({ kind }) => kind))];
      this.#log.warn({ error, kinds, events: events.length }, 'Security events could not be recorded');
    }
  }
}
