// Titles of records that pages name beside their fields: who changed something, whose share it is.
import { useModel } from '../data/model.tsx';
import { useTitle } from '../fields/lookup-controls.tsx';
import { formattedKey, type RecordValues } from '../fields/types.ts';
import { entityNamed } from './related.ts';

/** The title of a record of an entity; null or undefined where it is hidden or not known yet. */
export function useTitleOf(entity: string, id: unknown, record: RecordValues = {}): string | null | undefined {
  const model = useModel();
  const property = Object.keys(record).find((name) => record[name] === id);
  const known = property === undefined ? undefined : record[formattedKey(property)];
  return useTitle(entityNamed(model, entity), id, typeof known === 'string' ? known : undefined);
}
