// The choices of the wizard as the map that the engine of imports takes (docs/import-export.md), and what is missing in them. Pure.
import { type Conversion, compileMapDocument, type ImportMap, type MapResult } from '@kartoteka/metadata/transfer';
import type { Target } from './targets.ts';

/** What a column is to become. */
export interface ColumnChoice {
  readonly column: string;
  /** Null: the column is left out. */
  readonly property: string | null;
  readonly conversion: Conversion;
  /** Of a lookup: where and by what its record is found. */
  readonly lookup: { readonly set: string; readonly by: string } | null;
}

/** How rows meet records that are there. */
export interface KeyChoice {
  readonly mode: 'create' | 'update' | 'upsert';
  /** Name of the key, `id` among them; null with `create`. */
  readonly key: string | null;
  readonly properties: readonly string[];
}

export type Problem =
  | { readonly code: 'nothing' }
  | { readonly code: 'twice' | 'required' | 'key'; readonly property: string }
  | { readonly code: 'column_twice'; readonly column: string }
  | { readonly code: 'invalid'; readonly reason: string };

/** The map; compiled where nothing is wrong. */
export function buildMap(columns: readonly ColumnChoice[], key: KeyChoice, targets: readonly Target[]): MapResult {
  const chosen = columns.filter(({ property }) => property !== null);
  const entries = chosen.map(({ column, property, conversion, lookup }) => [
    column,
    {
      ...conversion,
      to: property as string,
      ...(lookup === null ? {} : { lookup: { in: lookup.set, by: lookup.by } }),
    },
  ]);
  const types = chosen.flatMap(({ property, lookup }) => {
    const target = targets.find((each) => each.property === property);
    const entity = target?.lookups.find(({ set }) => set === lookup?.set)?.entity;
    return target?.typeProperty == null || entity === undefined ? [] : [[target.typeProperty, entity]];
  });
  const map: ImportMap = {
    mode: key.mode,
    ...(key.mode === 'create' || key.key === null ? {} : { key: { name: key.key, properties: key.properties } }),
    columns: Object.fromEntries(entries),
    ...(types.length === 0 ? {} : { constants: Object.fromEntries(types) }),
    ignore: columns.filter(({ property }) => property === null).map(({ column }) => column),
  };
  return compileMapDocument(map);
}

/** Everything that keeps the choices from being carried out. */
export function problemsOf(columns: readonly ColumnChoice[], key: KeyChoice, targets: readonly Target[]): Problem[] {
  const chosen = columns.flatMap(({ property }) => property ?? []);
  const names = columns.filter(({ property }) => property !== null).map(({ column }) => column);
  const twice = (list: readonly string[]): string[] => [...new Set(list.filter((each, at) => list.indexOf(each) < at))];
  const problems: Problem[] = [
    ...(chosen.length === 0 ? [{ code: 'nothing' } as const] : []),
    ...twice(chosen).map((property) => ({ code: 'twice', property }) as const),
    ...twice(columns.map(({ column }) => column))
      .filter((column) => names.includes(column))
      .map((column) => ({ code: 'column_twice', column }) as const),
    ...(key.mode === 'create' ? [] : key.properties.filter((property) => !chosen.includes(property))).map(
      (property) => ({ code: 'key', property }) as const,
    ),
    // What is only changed has them already.
    ...(key.mode === 'update'
      ? []
      : targets.filter(({ required, property }) => required && !chosen.includes(property))
    ).map(({ property }) => ({ code: 'required', property }) as const),
  ];
  if (problems.length > 0) return problems;
  return buildMap(columns, key, targets).findings.map(({ pointer, reason }) => ({
    code: 'invalid',
    reason: `${pointer} ${reason}`.trim(),
  }));
}
