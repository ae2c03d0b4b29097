// What a delete takes along, as the Model says it: records that belong to this one by a lookup with `on_delete` `cascade`. Pure.
import type { ClientEntity, ClientModel } from '@kartoteka/metadata';

/** Entities whose records go with one of this entity, those of which the person may know. */
export function goesWith(model: Pick<ClientModel, 'entities'>, entity: ClientEntity): readonly ClientEntity[] {
  return Object.values(model.entities).filter(
    (other) =>
      other !== entity &&
      Object.values(other.fields).some(({ options }) => {
        const { targets, on_delete: onDelete } = options as { targets?: readonly string[]; on_delete?: string };
        return onDelete === 'cascade' && targets?.includes(entity.name) === true;
      }),
  );
}
