// Owners are users or teams, and the id does not say which: their navigations are asked for with the record.
import type { ClientEntity, ClientModel } from '@kartoteka/metadata';
import { entityNamed } from './related.ts';

/** `?$expand=...`, or nothing where the record has no owner. */
export function ownerExpand(model: ClientModel, entity: ClientEntity): string {
  const owners = Object.entries(entity.navigations).filter(
    ([, { many, property }]) => !many && property === 'owner_id',
  );
  const parts = owners.flatMap(([name, { entity: target }]) => {
    const known = entityNamed(model, target);
    return known === undefined ? [] : [`${name}($select=${known.display_property})`];
  });
  return parts.length === 0 ? '' : `?$expand=${parts.join(',')}`;
}
