// Rows to records: which column is where, what each row becomes, and what is still to be looked up. It asks no service.

import { withoutFormulaMark } from '../../formula-mark.ts';
import type { CsvContent } from '../csv/csv-layout.ts';
import { nearest } from '../nearest.ts';
import { TransferError } from '../transfer-error.ts';
import type { CompiledMap, MapTarget } from './compile-map.ts';
import { SKIP, ValueProblem } from './convert.ts';
import type { LookupFormat } from './map-schema.ts';

/** A lookup of a row that the service must answer. */
export interface WantedLookup {
  readonly to: string;
  readonly lookup: LookupFormat;
  readonly text: string;
  /** What the message calls it: the column, or the property. */
  readonly label: string;
}

export interface MappedRow {
  /** Properties of the record; lookups are added when they are known. */
  readonly values: Record<string, unknown>;
  readonly wanted: readonly WantedLookup[];
  /** Rows of one key are sent in their order. Null: the row has none. */
  readonly key: string | null;
}

/** A target with the place of its column. */
interface BoundTarget {
  readonly target: MapTarget;
  readonly label: string;
  readonly textOf: (cells: readonly string[]) => string;
}

export class RowMapper {
  readonly #map: CompiledMap;
  readonly #targets: readonly BoundTarget[];
  readonly #labels: ReadonlyMap<string, string>;
  readonly #keyTargets: readonly BoundTarget[];

  /** `header` has every column of the map (checkColumns). */
  constructor(map: CompiledMap, header: readonly string[]) {
    this.#map = map;
    const cleaned = cleanedTexts(map, header);
    this.#targets = map.targets.map((target) => bind(target, header, cleaned));
    this.#labels = new Map(this.#targets.map(({ target, label }) => [target.to, label]));
    const properties = map.key?.properties ?? [];
    this.#keyTargets = this.#targets.filter(({ target }) => properties.includes(target.to));
  }

  /** What a property is called in messages: its column, if it has one. */
  labelOf(property: string): string {
    return this.#labels.get(property) ?? property;
  }

  /** The record of a row, or why it cannot be one: every reason. */
  map(cells: readonly string[]): MappedRow | string {
    const values: Record<string, unknown> = { ...this.#map.constants };
    const wanted: WantedLookup[] = [];
    const problems: string[] = [];
    for (const { target, label, textOf } of this.#targets) {
      const value = target.converter.read(textOf(cells));
      if (value === SKIP) continue;
      if (value instanceof ValueProblem) problems.push(`${label}: ${value.reason}`);
      else if (target.lookup !== null && typeof value === 'string')
        wanted.push({ to: target.to, lookup: target.lookup, text: value, label });
      else values[target.to] = value;
    }
    const key = this.#keyOf(cells, values, wanted, problems);
    return problems.length > 0 ? problems.join('; ') : { values, wanted, key };
  }

  #keyOf(
    cells: readonly string[],
    values: Readonly<Record<string, unknown>>,
    wanted: readonly WantedLookup[],
    problems: string[],
  ): string | null {
    if (this.#map.key === null) return null;
    for (const property of this.#map.key.properties) {
      const given = wanted.some(({ to }) => to === property) || (values[property] ?? null) !== null;
      if (!given && problems.length === 0) {
        problems.push(`${this.labelOf(property)}: is empty, but records are recognised by it`);
      }
    }
    // Stored forms may differ in case from what is written: too many equal keys only cost a little order.
    const texts = this.#keyTargets.map(({ textOf }) => textOf(cells).trim().normalize('NFC').toLowerCase());
    return texts.length === 1 ? (texts[0] ?? '') : JSON.stringify(texts);
  }
}

type Cleaned = ReadonlyMap<string, (cells: readonly string[]) => string>;

/** Texts of columns as templates take them: trimmed, corrected by the `values` of the column's first target. */
function cleanedTexts(map: CompiledMap, header: readonly string[]): Cleaned {
  const cleaned = new Map<string, (cells: readonly string[]) => string>();
  const entries = new Map(Object.entries(map.map.columns).map(([name, entry]) => [name.trim(), entry]));
  for (const [index, name] of header.entries()) {
    const entry = entries.get(name);
    const first = Array.isArray(entry) ? entry[0] : entry;
    const values = new Map(Object.entries((typeof first === 'object' && first.values) || {}));
    cleaned.set(name, (cells) => {
      const text = withoutFormulaMark(cells[index] ?? '').trim();
      const value = values.get(text);
      return value === undefined ? text : value === null ? '' : String(value);
    });
  }
  return cleaned;
}

function bind(target: MapTarget, header: readonly string[], cleaned: Cleaned): BoundTarget {
  const { source } = target;
  if (source.kind === 'column') {
    const index = header.indexOf(source.column);
    const label = source.column === target.to ? target.to : `${source.column} (${target.to})`;
    return { target, label, textOf: (cells) => withoutFormulaMark(cells[index] ?? '') };
  }
  if (source.kind === 'text') return { target, label: target.to, textOf: () => source.text };
  const textOf = (cells: readonly string[]) => source.template.fill((column) => cleaned.get(column)?.(cells) ?? '');
  return { target, label: target.to, textOf };
}

/** Columns that a map names. */
export function columnsOf(map: CompiledMap): string[] {
  const names = map.targets.flatMap(({ source }) =>
    source.kind === 'column' ? [source.column] : source.kind === 'template' ? source.template.columns : [],
  );
  return [...new Set(names)];
}

/**
 * Compares the map's columns with the file's. Gives the columns that are ignored without the map saying so.
 * Throws TransferError for columns that are missing or there twice, naming all.
 */
export function checkColumns(map: CompiledMap, file: CsvContent, errorColumn: string): readonly string[] {
  const named = columnsOf(map);
  const ignored = new Set((map.map.ignore ?? []).map((name) => name.trim()));
  const problems: string[] = [];
  for (const column of named) {
    const count = file.header.filter((name) => name === column).length;
    if (count > 1) problems.push(`the column ${column} is there ${count} times`);
    if (count > 0) continue;
    const near = nearest(column, file.header);
    problems.push(`there is no column ${column}${near === null ? '' : `; did you mean ${near}?`}`);
  }
  if (problems.length > 0) {
    const columns = `The file has ${file.header.length} columns (delimiter ${JSON.stringify(file.delimiter)}): ${file.header.join(', ')}`;
    throw new TransferError(['Map and file do not fit:', ...problems.map((line) => `  ${line}`), columns].join('\n'));
  }
  return file.header.filter((name) => !named.includes(name) && !ignored.has(name) && name !== errorColumn);
}
