// Work that can be done in pieces: a generator pauses where somebody else may have a turn, and gives its result at the end. Who
// drives it decides how long a turn is; the result is the same.

/** Work in pieces. Between two of them nothing outside may be changed that it works on. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does all of it at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
