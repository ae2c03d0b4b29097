// Formatted values of grouped rows: what people read in place of the values of grouping properties, and of amounts that were added up.
import { displayValues, exactJsonText, parseExactJson } from '@kartoteka/metadata';
import { FORMATTED_VALUE, type Formatting, limitFormatted } from './formatted-values.ts';
import type { RowColumn } from './plan/apply-plan.ts';

type Json = Record<string, unknown>;

/** The JSON of an array of rows with formatted values beside the values that have one. Throws limit_exceeded. */
export function formattedRows(json: string, columns: readonly RowColumn[], formatting: Formatting): string {
  limitFormatted(json);
  const shown = columns.flatMap(({ path, shownAs }) => {
    const display =
      shownAs === null ? undefined : displayValues(formatting.model, shownAs.entity).get(shownAs.property);
    return display === undefined || shownAs === null ? [] : [{ path, display, beside: shownAs.beside }];
  });
  const rows = parseExactJson(json) as readonly Json[];
  const texts = rows.map((row) => {
    const found = new Map<string, string>();
    for (const { path, display, beside } of shown) {
      const value = at(row, path);
      const record = at(row, beside) as Json | null;
      const text = value === null ? undefined : display(value, formatting.language, record ?? {});
      if (text !== undefined) found.set(path.join('/'), text);
    }
    return withTexts(row, found, '');
  });
  return exactJsonText(texts);
}

function at(row: Json, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Json | null | undefined)?.[name] ?? null, row);
}

/** The object with the texts in front of the values they are of; `before` is its own path. */
function withTexts(object: Json, texts: ReadonlyMap<string, string>, before: string): Json {
  const members = Object.entries(object).flatMap(([name, value]): [string, unknown][] => {
    const path = before + name;
    const text = texts.get(path);
    if (text !== undefined)
      return [
        [`${name}@${FORMATTED_VALUE}`, text],
        [name, value],
      ];
    const isObject = value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
    return [[name, isObject ? withTexts(value as Json, texts, `${path}/`) : value]];
  });
  return Object.fromEntries(members);
}
