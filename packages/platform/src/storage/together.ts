// Single statements of several requests in one transaction, sent in one packet: a commit, and a system call on both sides,
// are paid once for all of them. Only for statements that wait for nobody's locks. It must not know what they write.
import type { SessionPool } from './pool.ts';
import { connectionLost, isServerError, MOST_SENT, type Session } from './session.ts';
import type { Database, Parameters, PatientStatement, Row, StatementOptions } from './types.ts';

interface Waiting {
  readonly statement: PatientStatement;
  readonly parameters: Parameters;
  readonly resolve: (rows: readonly Row[]) => void;
  readonly reject: (error: unknown) => void;
}

/** BEGIN and COMMIT travel along: together no more than the driver sends at once (session.ts). */
const MOST_TOGETHER = MOST_SENT - 2;

type Run = (text: string, parameters: Parameters, options: StatementOptions) => Promise<readonly Row[]>;

export class Together {
  readonly #pool: SessionPool;
  readonly #run: Run;
  readonly #counters: Database['counters'];
  #waiting: Waiting[] = [];
  #turn: NodeJS.Immediate | undefined;

  /** `run`: one statement by itself. */
  constructor(pool: SessionPool, run: Run, counters: Database['counters']) {
    this.#pool = pool;
    this.#run = run;
    this.#counters = counters;
  }

  /**
   * Rows of the statement, which is committed then. Those that come in one turn of the event loop go together; one that comes by
   * itself is run by itself. Where one fails, or is not done, it is run again by itself: none suffers for another.
   */
  run(statement: PatientStatement, parameters: Parameters): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ statement, parameters, resolve, reject });
      this.#turn ??= setImmediate(this.#onTurn);
    });
  }

  readonly #onTurn = (): void => {
    this.#turn = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    const groups = Math.ceil(waiting.length / MOST_TOGETHER);
    const size = Math.ceil(waiting.length / groups);
    for (let start = 0; start < waiting.length; start += size) this.#begin(waiting.slice(start, start + size));
  };

  #begin(group: readonly Waiting[]): void {
    if (group.length === 1) this.#alone(group);
    else void this.#together(group);
  }

  #alone(group: readonly Waiting[]): void {
    for (const { statement, parameters, resolve, reject } of group)
      this.#run(statement.text, parameters, { prepare: true }).then(resolve, reject);
  }

  async #together(group: readonly Waiting[]): Promise<void> {
    let session: Session;
    try {
      session = await this.#pool.acquire();
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    let results: readonly (readonly Row[])[] | null = null;
    try {
      results = await this.#transaction(session, group);
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    } finally {
      this.#pool.release(session);
    }
    if (results === null) return this.#alone(group);
    const again: Waiting[] = [];
    group.forEach((one, at) => {
      const rows = results[at] ?? [];
      if (one.statement.isDone(rows)) one.resolve(rows);
      else again.push(one);
    });
    this.#alone(again);
  }

  /** Rows of each; null: the server has undone all of them. Throws where nobody knows. */
  async #transaction(session: Session, group: readonly Waiting[]): Promise<readonly (readonly Row[])[] | null> {
    // What travels unconfirmed behind BEGIN must not reach another connection than BEGIN.
    if (!session.connected) await session.send('select', [], { script: true });
    const { epoch } = session;
    this.#counters.statements += group.length + 2;
    this.#counters.roundTrips += 1;
    const begun = session.send('begin', [], { script: true });
    const sent = group.map(async ({ statement, parameters }) =>
      session.send(statement.hasty, parameters, { prepare: true, retryStalePlan: false }),
    );
    const ended = session.send('commit', [], { script: true });
    const [begin, commit, ...results] = await Promise.allSettled([begun, ended, ...sent]);
    if (begin.status === 'rejected') throw begin.reason;
    if (session.epoch !== epoch) throw connectionLost();
    if (commit.status === 'rejected' && !isServerError(commit.reason)) throw commit.reason;
    if (commit.status === 'rejected' || commit.value.command !== 'COMMIT') return null;
    return results.map((one) => (one.status === 'fulfilled' ? one.value.slice() : []));
  }
}
