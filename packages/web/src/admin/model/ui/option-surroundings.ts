// What the editors of options are given. Types only.
import type { OptionField } from '../logic/options.ts';
import type { Json } from '../logic/paths.ts';
import type { EditedModel, NamedEntity } from '../logic/scope.ts';

/** What the options of one field stand in. */
export interface OptionSurroundings {
  readonly entity: string;
  readonly model: EditedModel;
  readonly entities: ReadonlyMap<string, NamedEntity>;
  /** The field as it is typed. */
  readonly field: Json;
  readonly labelOf: (entity: string) => string;
  /** Entity whose properties expressions name, where it is another than the one whose properties are keys. */
  readonly source?: string;
}

export interface OptionInputProps {
  readonly option: OptionField;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly error: string | undefined;
  readonly around: OptionSurroundings;
}
