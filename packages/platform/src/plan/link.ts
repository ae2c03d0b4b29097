// A many-to-many navigation as something that is written: which of them hold links that can be made and taken away. Names
// only: no rights, no SQL.
import type { EntityType, Junction, Model, Navigation } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { linkEntityOf, targetOf } from './read.ts';

/** Links of records of `entity` to records of `target`, rows of a table. */
export interface LinkNode {
  readonly entity: EntityType;
  readonly navigation: Navigation;
  readonly target: EntityType;
  readonly junction: Junction;
}

/**
 * Throws links_are_records where the links have an entity of their own, not_supported where the collection is the inverse of
 * a lookup; `place` is where the request names the navigation.
 */
export function planLink(model: Model, entity: EntityType, navigation: Navigation, place: string): LinkNode {
  const { junction, name } = navigation;
  const records = linkEntityOf(model, navigation);
  if (records !== null)
    throw new PlatformError('links_are_records', { name, entity: records.name, set: records.set }, { target: place });
  const target = targetOf(model, navigation);
  if (junction === undefined) {
    const what = `Adding to ${name}, which holds the records of ${target.name} whose ${navigation.property} leads here,`;
    throw new PlatformError('not_supported', { what }, { target: place });
  }
  return { entity, navigation, target, junction };
}
