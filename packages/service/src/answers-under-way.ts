// Large answers that clients have not taken yet, counted, so that those who read slowly, or not at all, cannot fill the memory. It writes
// nothing itself.
import { PlatformError } from '@kartoteka/platform';

/** Bytes from which on an answer counts. */
const LARGE = 262_144;

/** What is known of an answer's connection: that it is over. */
interface Outgoing {
  once(event: 'close', listener: () => void): unknown;
}

export class AnswersUnderWay {
  readonly #most: number;
  #bytes = 0;

  /** `most`: bytes of large answers together, beyond which none is begun that can be asked for again. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Counts an answer until its connection is done with it. Throws overloaded where it would be too much, and only `reads`. */
  begin(bytes: number, reads: boolean, outgoing: Outgoing): void {
    if (bytes < LARGE) return;
    if (reads && this.#bytes > 0 && this.#bytes + bytes > this.#most) throw new PlatformError('overloaded');
    this.#bytes += bytes;
    outgoing.once('close', () => {
      this.#bytes -= bytes;
    });
  }
}
