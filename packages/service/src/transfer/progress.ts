// How far a command is, on standard error: one line that is written over on a terminal, a plain line now and then elsewhere.

export interface ProgressState {
  readonly rows: number;
  readonly failed: number;
  /** Bytes done of `total`; total 0: not known. */
  readonly bytes: number;
  readonly total: number;
}

export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const TERMINAL_MS = 200;
const PLAIN_MS = 10_000;
const BAR = 24;

export class Progress {
  readonly #output: ProgressOutput;
  readonly #started = performance.now();
  readonly #interval: number;
  #shown = performance.now();
  #width = 0;

  constructor(output: ProgressOutput) {
    this.#output = output;
    this.#interval = output.isTTY === true ? TERMINAL_MS : PLAIN_MS;
  }

  /** Shows the state if the last one is old enough. */
  update(state: ProgressState): void {
    const now = performance.now();
    if (now - this.#shown < this.#interval) return;
    this.#shown = now;
    const line = progressLine(state, (now - this.#started) / 1000, this.#output.isTTY === true);
    if (this.#output.isTTY !== true) this.#output.write(`${line}\n`);
    else this.#overwrite(line.slice(0, (this.#output.columns ?? 80) - 1));
  }

  /** Takes the line off the terminal. */
  end(): void {
    if (this.#width > 0) this.#overwrite('');
  }

  #overwrite(line: string): void {
    this.#output.write(`\r${line.padEnd(this.#width)}${line === '' ? '\r' : ''}`);
    this.#width = line.length;
  }
}

/** `[=====     ] 25 %  50000 rows, 4100 rows/s, 12 failed, 0:36 left`; `seconds` since the start. */
export function progressLine(state: ProgressState, seconds: number, bar: boolean): string {
  const { rows, failed, bytes, total } = state;
  const part = total === 0 ? 0 : Math.min(1, bytes / total);
  const done = Math.round(part * BAR);
  const rate = seconds > 0 ? Math.round(rows / seconds) : 0;
  const left = part > 0 && part < 1 ? `, ${duration((seconds / part) * (1 - part))} left` : '';
  const shown = total === 0 ? '' : `${Math.floor(part * 100)} %  `;
  const drawn = bar && total > 0 ? `[${'='.repeat(done)}${' '.repeat(BAR - done)}] ` : '';
  return `${drawn}${shown}${rows} rows, ${rate} rows/s, ${failed} failed${left}`;
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
