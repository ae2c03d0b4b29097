// The scrolled part of a list: how high it is, how far it is scrolled, and which rows are drawn therefore.
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { type Heads, rowWindow, scrollTo } from '../rows/row-window.ts';
import type { Rows } from '../rows/use-rows.ts';

/** `header`: pixels of the scrolled element that stand above the rows and stay there. */
export function useViewport(rows: Rows, count: number, rowHeight: number, header: number, heads?: Heads) {
  const element = useRef<HTMLDivElement>(null);
  const [scrollTop, setScrollTop] = useState(rows.scrollTop);
  const [height, setHeight] = useState(800);
  useLayoutEffect(() => {
    const at = element.current;
    if (at === null) return;
    at.scrollTop = rows.scrollTop;
    setScrollTop(at.scrollTop);
    const observer = new ResizeObserver(() => setHeight(Math.max(0, at.clientHeight - header)));
    observer.observe(at);
    return () => observer.disconnect();
  }, [rows, header]);
  const onScroll = useCallback(() => {
    const top = element.current?.scrollTop ?? 0;
    rows.scrollTop = top;
    setScrollTop(top);
  }, [rows]);
  const shown = rowWindow({ scrollTop, height, rowHeight, count, heads });
  const { window } = rows;
  const { first, last } = shown;
  // What comes next is fetched before it is reached.
  useEffect(() => window.need(first, last + AHEAD), [window, first, last]);
  const reveal = (index: number): void => {
    if (element.current === null) return;
    element.current.scrollTop = scrollTo(index, {
      ...{ scrollTop: element.current.scrollTop, height, rowHeight, count, heads },
    });
  };
  return { element, onScroll, shown, reveal, perPage: Math.max(1, Math.floor(height / rowHeight) - 1) };
}

const AHEAD = 40;
