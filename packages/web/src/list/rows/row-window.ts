// Which rows of a very long list are drawn, and where. Browsers draw nothing taller than some 17 million pixels, so that beyond it
// scrolling goes over more rows for the same way. Numbers in, numbers out.

export interface Viewport {
  readonly scrollTop: number;
  readonly height: number;
  readonly rowHeight: number;
  readonly count: number;
  /** Of a list in groups: pixels of a heading, and how many stand above a row (its own not among them). */
  readonly heads?: Heads | undefined;
}

export interface Heads {
  readonly height: number;
  readonly before: (index: number) => number;
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

/** Where a row begins, with the heading above it if it has one. */
function topOf(index: number, { rowHeight, heads }: Pick<Viewport, 'rowHeight' | 'heads'>): number {
  return index * rowHeight + (heads === undefined ? 0 : heads.before(index) * heads.height);
}

/** The row that is drawn at a place. */
function rowAt(place: number, viewport: Viewport): number {
  const { rowHeight, count, heads } = viewport;
  if (heads === undefined) return Math.min(count, Math.floor(place / rowHeight));
  let [low, high] = [0, count];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (topOf(middle, viewport) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function rowWindow(viewport: Viewport): RowWindow {
  const { scrollTop, height, count } = viewport;
  const full = topOf(count, viewport);
  const total = Math.min(full, TALLEST);
  const scale = scaleOf(height, full, total);
  const top = Math.min(Math.max(scrollTop, 0), Math.max(0, total - height));
  const at = top * scale;
  const first = Math.max(0, rowAt(at, viewport) - OVERSCAN);
  const last = Math.min(count, rowAt(at + height, viewport) + 1 + OVERSCAN);
  return { total, first, last, offset: top - (at - topOf(first, viewport)) };
}

/** Where to scroll to so that a row is seen whole, its heading with it: the present place if it is already. */
export function scrollTo(index: number, viewport: Viewport): number {
  const { scrollTop, height, count } = viewport;
  const full = topOf(count, viewport);
  const scale = scaleOf(height, full, Math.min(full, TALLEST));
  const at = scrollTop * scale;
  const [top, bottom] = [topOf(index, viewport), topOf(index + 1, viewport)];
  if (top < at) return top / scale;
  if (bottom > at + height) return (bottom - height) / scale;
  return scrollTop;
}
