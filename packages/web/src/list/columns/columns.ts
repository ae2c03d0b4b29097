// Columns of a list: from a view document or a person's own choice to what is drawn, and to the $select, $expand and $orderby that
// fetch it. Pure.
import type { ClientEntity, ClientModel, ClientView } from '@kartoteka/metadata';
import { isSortable, type Place, placeOf, valueKind } from './resolve.ts';

type Entities = Pick<ClientModel, 'entities'>;

export interface Column extends Place {
  /** Pixels. */
  readonly width: number;
  readonly isNumeric: boolean;
  readonly sortable: boolean;
}

export interface SortKey {
  readonly path: string;
  readonly direction: 'asc' | 'desc';
}

/** What somebody chose in place of a view's columns. */
export interface ChosenColumn {
  readonly path: string;
  readonly width?: number;
}

export const NARROWEST = 60;
export const WIDEST = 800;
/** As the service takes them. */
export const MOST_SORT_KEYS = 8;
export const MOST_COLUMNS = 100;

/** By widget, what its values take; the record's title gets more. */
const WIDTHS: Readonly<Record<string, number>> = {
  ...{ long_text: 260, email: 200, url: 200, lookup: 170, select: 160, multi_select: 200, address: 160 },
  ...{
    integer: 110,
    decimal: 120,
    money: 140,
    switch: 90,
    date: 135,
    auto_number: 105,
    datetime: 170,
    duration: 110,
    computed: 140,
  },
};
const USUAL = 150;
const TITLE = 220;

/** Columns that can be drawn; those that lead nowhere for this person are left out. Without any, the title. */
export function columnsOf(model: Entities, entity: ClientEntity, chosen: readonly ChosenColumn[]): readonly Column[] {
  const known = chosen.flatMap(({ path, width }) => {
    const place = placeOf(model, entity, path);
    return place === undefined ? [] : [columnOf(entity, place, width)];
  });
  if (known.length > 0) return known;
  const title = placeOf(model, entity, entity.display_property);
  return title === undefined ? [] : [columnOf(entity, title)];
}

function columnOf(entity: ClientEntity, place: Place, width?: number): Column {
  const isTitle = place.path === entity.display_property;
  const usual = isTitle ? TITLE : (WIDTHS[place.field.control.widget] ?? USUAL);
  return {
    ...place,
    width: clampWidth(width ?? usual),
    isNumeric: valueKind(place.field, place.property) === 'number',
    sortable: isSortable(place),
  };
}

export const clampWidth = (width: number): number => Math.round(Math.min(WIDEST, Math.max(NARROWEST, width)));

/** An entity's views, the default one first, else as they come. */
export function viewsOf(entity: ClientEntity): readonly ClientView[] {
  return [...entity.views].sort((a, b) => Number(b.default) - Number(a.default));
}

/** $select and $expand that fetch the columns. `more`: paths that are needed beside them. */
export function queryOf(
  entity: ClientEntity,
  columns: readonly Place[],
  more: readonly string[] = [],
): { select: string; expand: string } {
  const tree = new Tree();
  for (const name of ['id', entity.display_property, ...more]) tree.add([], name);
  for (const { steps, field } of columns) {
    if (field.control.widget === 'links') continue;
    for (const property of field.properties.length === 0 ? [field.name] : field.properties) tree.add(steps, property);
  }
  return { select: tree.names(), expand: tree.expand() };
}

class Tree {
  readonly #names = new Set<string>();
  readonly #below = new Map<string, Tree>();

  add([step, ...rest]: readonly string[], name: string): void {
    if (step === undefined) {
      this.#names.add(name);
      return;
    }
    const tree = this.#below.get(step) ?? new Tree();
    this.#below.set(step, tree);
    tree.add(rest, name);
  }

  names(): string {
    return [...this.#names].join(',');
  }

  expand(): string {
    return [...this.#below].map(([step, tree]) => `${step}(${tree.#options()})`).join(',');
  }

  #options(): string {
    const [select, expand] = [['id', ...this.#names].join(','), this.expand()];
    return expand === '' ? `$select=${select}` : `$select=${select};$expand=${expand}`;
  }
}

/** $orderby; the service makes an order that says too little complete by the id. */
export const writeSort = (sort: readonly SortKey[]): string =>
  sort.map(({ path, direction }) => (direction === 'desc' ? `${path} desc` : path)).join(',');

/** Keys that can be asked for, each path once, as many as the service takes. Undefined for what is no order. */
export function readSort(text: string): readonly SortKey[] | undefined {
  const keys: SortKey[] = [];
  for (const part of text.split(',')) {
    const [, path, direction] = /^\s*([A-Za-z]\w*(?:\/[A-Za-z]\w*)*)(?:\s+(asc|desc))?\s*$/.exec(part) ?? [];
    if (path === undefined) return undefined;
    if (!keys.some((key) => key.path === path)) keys.push({ path, direction: direction === 'desc' ? 'desc' : 'asc' });
  }
  return keys.slice(0, MOST_SORT_KEYS);
}

/** The order after a click on a header: ascending, descending, none. `isAdded`: beside the other keys (Shift), else in their place. */
export function nextSort(sort: readonly SortKey[], path: string, isAdded: boolean): readonly SortKey[] {
  const present = sort.find((key) => key.path === path);
  const next: readonly SortKey[] =
    present === undefined
      ? [{ path, direction: 'asc' }]
      : present.direction === 'asc'
        ? [{ path, direction: 'desc' }]
        : [];
  if (!isAdded) return next;
  if (present === undefined) return [...sort, ...next].slice(0, MOST_SORT_KEYS);
  return sort.flatMap((key) => (key.path === path ? next : [key]));
}

/** The record at which a column's value stands; undefined where a lookup on the way is empty or hidden. */
export function recordAt(
  row: Readonly<Record<string, unknown>>,
  steps: readonly string[],
): Readonly<Record<string, unknown>> | undefined {
  let at: Readonly<Record<string, unknown>> | undefined = row;
  for (const step of steps) at = (at?.[step] ?? undefined) as typeof at;
  return at;
}
