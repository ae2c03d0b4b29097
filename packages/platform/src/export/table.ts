// What the formats of an export have in common: columns with what people call them, and a table that is written piece by piece.
// Types only.
import type { EdmType } from '@kartoteka/metadata';

export interface ExportColumn {
  /** `company/name` */
  readonly name: string;
  readonly path: readonly string[];
  readonly type: EdmType;
  /** What people call it, in the language of the answer. */
  readonly title: string;
}

/** Text in UTF-8, or bytes. */
export type Piece = string | Uint8Array;

/** A file as it is written, in this order: its beginning, its rows as often as there are some, its end. Pieces may be empty. */
export interface Table {
  begin(): Promise<Piece>;
  /** Records as they were read for JSON, their exact numbers as text. */
  rows(records: readonly unknown[]): Promise<Piece>;
  end(): Promise<Piece>;
  /** The file will not be finished. */
  dispose(): void;
}

/** The value of a column in a record; null where something on its path is not there. */
export function valueAt(record: unknown, path: readonly string[]): unknown {
  let value = record;
  for (const name of path) {
    if (value === null || value === undefined) return null;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value ?? null;
}
