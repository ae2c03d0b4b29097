// A signal for one attempt: it aborts with the caller's, or when the attempt takes too long. AbortSignal.any would do, but early versions
// of Node 20 have none.

export interface Deadline {
  readonly signal: AbortSignal;
  /** To be called when the attempt is over, so that nothing of it stays with the caller's signal. */
  end(): void;
}

/** @param milliseconds until the signal aborts by itself */
export function deadline(caller: AbortSignal | undefined, milliseconds: number): Deadline {
  const controller = new AbortController();
  const stop = (): void => controller.abort(caller?.reason);
  const timer = setTimeout(() => controller.abort(new Error(`no answer in ${milliseconds} ms`)), milliseconds);
  if (caller?.aborted) stop();
  caller?.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', stop);
    },
  };
}
