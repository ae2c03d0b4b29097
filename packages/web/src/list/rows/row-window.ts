// Which rows of a very long list are drawn, and where. Browsers draw nothing taller than some 17 million pixels, so that beyond it
// scrolling goes over more rows for the same way. Numbers in, numbers out.

export interface Viewport {
  readonly scrollTop: number;
  readonly height: number;
  readonly rowHeight: number;
  readonly count: number;
}

export interface RowWindow {
  /** Height of what is scrolled, in pixels. */
  readonly total: number;
  /** Rows that are drawn: from, and to (not included). */
  readonly first: number;
  readonly last: number;
  /** Where the first of them is drawn, in pixels from the top of what is scrolled. */
  readonly offset: number;
}

/** What every browser draws (Firefox ends at 17.8 million). */
export const TALLEST = 15_000_000;
const OVERSCAN = 8;

/** How many pixels of rows one pixel of scrolling goes over. */
function scaleOf(height: number, full: number, total: number): number {
  return full > total && total > height ? (full - height) / (total - height) : 1;
}

export function rowWindow({ scrollTop, height, rowHeight, count }: Viewport): RowWindow {
  const full = count * rowHeight;
  const total = Math.min(full, TALLEST);
  const scale = scaleOf(height, full, total);
  const top = Math.min(Math.max(scrollTop, 0), Math.max(0, total - height));
  const at = top * scale;
  const first = Math.max(0, Math.floor(at / rowHeight) - OVERSCAN);
  const last = Math.min(count, Math.ceil((at + height) / rowHeight) + OVERSCAN);
  return { total, first, last, offset: top - (at - first * rowHeight) };
}

/** Where to scroll to so that a row is seen whole: the present place if it is already. */
export function scrollTo(index: number, viewport: Viewport): number {
  const { scrollTop, height, rowHeight, count } = viewport;
  const full = count * rowHeight;
  const scale = scaleOf(height, full, Math.min(full, TALLEST));
  const at = scrollTop * scale;
  if (index * rowHeight < at) return (index * rowHeight) / scale;
  if ((index + 1) * rowHeight > at + height) return ((index + 1) * rowHeight - height) / scale;
  return scrollTop;
}
