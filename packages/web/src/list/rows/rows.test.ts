import { expect, test } from 'vitest';
import { headsBefore, marksOf } from './groups.ts';
import { PageWindow } from './page-window.ts';
import { rowWindow, scrollTo, TALLEST } from './row-window.ts';

interface Row {
  readonly id: string;
}

/** A service whose list is an array of numbers: a page begins after the number in its link, as keyset links do. */
function listOf(numbers: number[], groupOf?: (row: Row) => string) {
  const size = 10;
  const asked: string[] = [];
  const window = new PageWindow<Row>({
    first: '-1',
    keep: 3,
    ...(groupOf === undefined ? {} : { groupOf }),
    idOf: ({ id }) => id,
    fetch: async (link) => {
      asked.push(link);
      const from = numbers.filter((number) => number > Number(link));
      const rows = from.slice(0, size).map((number) => ({ id: String(number) }));
      return { rows, ...(from.length > size ? { next: rows.at(-1)?.id as string } : {}) };
    },
  });
  return { window, asked, numbers };
}

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);
const settled = () => new Promise((done) => setTimeout(done, 0));

async function walk(window: PageWindow<Row>, to: number): Promise<void> {
  for (let at = 0; at <= to; at += 5) {
    window.need(at, at + 5);
    await settled();
  }
}

const shown = (window: PageWindow<Row>) => upTo(window.count).map((at) => window.row(at)?.id);

test('pages are fetched as they are needed, each once, until the last', async () => {
  const { window, asked } = listOf(upTo(25));
  expect(window.isEnd).toBe(false);
  window.need(0, 3);
  await settled();
  expect([window.count, window.isEnd, asked]).toEqual([10, false, ['-1']]);
  await walk(window, 30);
  expect(asked).toEqual(['-1', '9', '19']);
  expect(window.isEnd).toBe(true);
  expect(shown(window)).toEqual(upTo(25).map(String));
});

test('an empty list is at its end', async () => {
  const { window } = listOf([]);
  window.need(0, 10);
  await settled();
  expect([window.count, window.isEnd]).toEqual([0, true]);
});

test('memory is bounded: far pages are dropped and come back by their link', async () => {
  const { window, asked } = listOf(upTo(1000));
  await walk(window, 990);
  expect(window.count).toBe(1000);
  expect(window.held).toBeLessThanOrEqual(40);
  expect(window.row(0)).toBeUndefined();
  expect(window.row(995)).toEqual({ id: '995' });
  const before = asked.length;
  window.need(0, 5);
  await settled();
  expect(window.row(3)).toEqual({ id: '3' });
  expect(asked.slice(before)).toEqual(['-1']);
  expect(window.count).toBe(1000);
});

test('rows that came or went while a page was dropped are neither lost nor shown twice', async () => {
  const { window, numbers } = listOf(upTo(100));
  await walk(window, 95);
  numbers.splice(12, 2);
  numbers.splice(3, 0, 2.5);
  await walk(window, 95);
  window.need(0, 100);
  await settled();
  for (let at = 0; at < 20; at += 1) {
    window.need(0, 120);
    await settled();
  }
  const ids = shown(window);
  expect(ids).toEqual(numbers.map(String));
});

test('an error is told, stops asking, and is tried again on demand', async () => {
  let isDown = true;
  let asked = 0;
  const window = new PageWindow<Row>({
    first: 'a',
    keep: 3,
    idOf: ({ id }) => id,
    fetch: async () => {
      asked += 1;
      if (isDown) throw new Error('down');
      return { rows: [{ id: '1' }] };
    },
  });
  window.need(0, 5);
  await settled();
  window.need(0, 6);
  await settled();
  expect([String(window.error), asked]).toEqual(['Error: down', 1]);
  isDown = false;
  window.retry();
  await settled();
  expect([window.error, window.count]).toEqual([undefined, 1]);
});

test('refreshed, the list shows what has changed where it is looked at, and in the meantime what it showed', async () => {
  const { window, numbers } = listOf(upTo(100));
  await walk(window, 95);
  window.need(50, 55);
  await settled();
  numbers.splice(52, 1);
  window.refresh();
  expect(window.row(52)).toEqual({ id: '52' });
  await settled();
  await settled();
  window.need(50, 75);
  await settled();
  expect([51, 52, 60].map((at) => window.row(at)?.id)).toEqual(['51', '53', '61']);
});

test('a row is replaced and removed where it is', async () => {
  const { window } = listOf(upTo(12));
  await walk(window, 15);
  const before = window.version();
  window.remove('4');
  expect(window.count).toBe(11);
  expect(window.row(4)).toEqual({ id: '5' });
  window.replace({ id: '5', name: 'x' } as Row);
  expect(window.row(4)).toEqual({ id: '5', name: 'x' });
  expect(window.indexOf('5')).toBe(4);
  expect(window.version()).toBeGreaterThan(before);
});

test('what is drawn covers what is seen, from the first row to the last of a million', () => {
  const viewport = { height: 700, rowHeight: 36, count: 1_000_000 };
  const top = rowWindow({ ...viewport, scrollTop: 0 });
  expect(top).toMatchObject({ total: TALLEST, first: 0, offset: 0 });
  const end = rowWindow({ ...viewport, scrollTop: TALLEST - 700 });
  expect(end.last).toBe(1_000_000);
  expect(Math.round(end.offset + (end.last - end.first) * 36)).toBe(TALLEST);
  for (const scrollTop of [0, 1, 35, 5_000_000, 14_000_000]) {
    const { first, last, offset } = rowWindow({ ...viewport, scrollTop });
    expect(offset).toBeLessThanOrEqual(scrollTop);
    expect(offset + (last - first) * 36).toBeGreaterThanOrEqual(scrollTop + 700);
  }
});

test('a short list is drawn whole and not scaled', () => {
  expect(rowWindow({ scrollTop: 0, height: 700, rowHeight: 36, count: 3 })).toEqual({
    total: 108,
    first: 0,
    last: 3,
    offset: 0,
  });
  expect(rowWindow({ scrollTop: 50, height: 700, rowHeight: 36, count: 0 })).toMatchObject({
    total: 0,
    first: 0,
    last: 0,
  });
});

test('a row is scrolled to only as far as it takes to see it', () => {
  const viewport = { scrollTop: 100, height: 360, rowHeight: 36, count: 1000 };
  expect(scrollTo(5, viewport)).toBe(100);
  expect(scrollTo(0, viewport)).toBe(0);
  expect(scrollTo(20, viewport)).toBe(21 * 36 - 360);
  const long = { ...viewport, count: 1_000_000 };
  const there = { ...long, scrollTop: scrollTo(999_999, long) };
  expect(rowWindow(there).last).toBe(1_000_000);
});

test('groups begin where a row differs from the one before, also across pages, and stay known of pages that were dropped', async () => {
  const marks = (rows: readonly string[]) => ({ length: rows.length, marks: marksOf(rows, (row) => row) });
  const pages = [marks(['a', 'a', 'b']), marks(['b', 'c']), { length: 0 }, marks(['c', 'd'])];
  expect([0, 1, 2, 3, 4, 5, 6, 7].map((at) => headsBefore(pages, at))).toEqual([0, 1, 1, 2, 2, 3, 3, 4]);
  expect(marksOf([], () => '')).toBeUndefined();
  const { window } = listOf(upTo(100), (row) => String(Math.floor(Number(row.id) / 30)));
  await walk(window, 95);
  expect(window.held).toBeLessThan(100);
  expect([0, 1, 30, 31, 61, 100].map((at) => window.headsBefore(at))).toEqual([0, 1, 1, 2, 3, 4]);
  window.need(0, 5);
  await settled();
  window.remove('0');
  expect([29, 30].map((at) => window.headsBefore(at))).toEqual([1, 2]);
});

test('headings take their place among the rows: nothing is left out, and a row is scrolled to with its own', () => {
  const heads = { height: 32, before: (at: number) => Math.ceil(at / 10) };
  const viewport = { height: 360, rowHeight: 36, count: 1000, heads };
  const full = 1000 * 36 + 100 * 32;
  expect(rowWindow({ ...viewport, scrollTop: 0 })).toMatchObject({ total: full, first: 0, offset: 0 });
  expect(rowWindow({ ...viewport, scrollTop: full - 360 }).last).toBe(1000);
  const top = (at: number): number => at * 36 + heads.before(at) * 32;
  for (const scrollTop of [0, 31, 32, 400, 12_345, full - 360]) {
    const { first, last, offset } = rowWindow({ ...viewport, scrollTop });
    expect(offset).toBeLessThanOrEqual(scrollTop);
    expect(offset).toBe(top(first));
    expect(top(last)).toBeGreaterThanOrEqual(scrollTop + 360);
  }
  expect(scrollTo(500, { ...viewport, scrollTop: 0 })).toBe(top(501) - 360);
  expect(scrollTo(20, { ...viewport, scrollTop: 30_000 })).toBe(top(20));
});
