// Places of columns, sections, fields and choice values: everything that a layer may extend has an `order`. A move changes as few
// orders as there are to change, so that a later version of what is below can still put something between. Pure.

export interface Placed {
  readonly key: string;
  readonly order: number;
}

const STEP = 10;

/** In the order they are shown; equal orders stand by key, as everywhere. */
export function inOrder<T extends Placed>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => a.order - b.order || (a.key < b.key ? -1 : 1));
}

/** The order of something that comes last. */
export const lastOrder = (items: readonly Placed[]): number =>
  items.length === 0 ? STEP : Math.max(...items.map(({ order }) => order)) + STEP;

/**
 * Orders that change when the item at `from` goes to the place `to` (of the list without it). One where there is room between its new
 * neighbours, else those of the whole list.
 */
export function moved(items: readonly Placed[], from: number, to: number): ReadonlyMap<string, number> {
  const shown = [...inOrder(items)];
  const [item] = shown.splice(from, 1);
  if (item === undefined || from === to) return new Map();
  const place = Math.max(0, Math.min(to, shown.length));
  const before = shown[place - 1]?.order;
  const after = shown[place]?.order;
  const order = between(before, after);
  if (order !== undefined) return new Map([[item.key, order]]);
  shown.splice(place, 0, item);
  return new Map(
    shown.flatMap(({ key, order: present }, at) => {
      const next = (at + 1) * STEP;
      return next === present ? [] : [[key, next] as const];
    }),
  );
}

function between(before: number | undefined, after: number | undefined): number | undefined {
  if (before === undefined) return after === undefined ? STEP : after - STEP;
  if (after === undefined) return before + STEP;
  const middle = Math.floor((before + after) / 2);
  return middle > before && middle < after ? middle : undefined;
}
