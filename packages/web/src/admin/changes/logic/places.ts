// What is different between two documents, place by place, as lines for the eye. Pure.
import { threeWay } from '@kartoteka/metadata';

export interface PlaceDifference {
  /** Parts of the JSON pointer; empty: the document as a whole. */
  readonly path: readonly string[];
  /** JSON, a line each; empty: not there. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Undefined stands for a document that is not there. */
export function placesOf(before: unknown, after: unknown): PlaceDifference[] {
  return threeWay(before, before, after).differences.map(({ pointer, base, yours }) => ({
    path: pathOf(pointer),
    before: linesOf(base),
    after: linesOf(yours),
  }));
}

/** `/fields/x~1y` as its parts. */
export function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Longest value that is shown as a whole, in lines. */
export const MOST_LINES = 400;

export function linesOf(value: unknown): string[] {
  if (value === undefined) return [];
  const lines = JSON.stringify(value, null, 2).split('\n');
  return lines.length <= MOST_LINES ? lines : [...lines.slice(0, MOST_LINES), `… ${lines.length - MOST_LINES}`];
}
