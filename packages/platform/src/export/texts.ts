// Values that are no single text as one. It knows no format.
import { type EdmType, exactJsonText } from '@kartoteka/metadata';

/** By type; values of other types are texts already, or become one by themselves. */
export const TEXTS: ReadonlyMap<EdmType, (value: unknown) => string> = new Map([
  ['Collection(Edm.String)', (values) => (values as readonly string[]).join(',')],
  ['Edm.Untyped', exactJsonText],
]);
