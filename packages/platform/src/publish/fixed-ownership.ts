// What stays as it is for as long as an entity has records, kept ones included: to whom they belong. Pure.
import { type EntityType, type Model, parentNavigations } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { KeptOwnership, Remains } from './package-store.ts';
import type { Revived } from './remains.ts';

/**
 * Records would have no owner, or lose the one they have: ownership is fixed once the entity exists (2-documents), and so is what
 * records may have copied their owners from. Throws PlatformError `not_supported`.
 */
export function refuseOwnershipChange(before: Model | null, after: Model): void {
  for (const entity of after.entities.values()) {
    const old = before?.entities.get(entity.name);
    if (old === undefined || old === entity) continue;
    if (ownershipText(old) !== ownershipText(entity)) {
      const what = `Changing the ownership of ${entity.name} from ${ownershipText(old)} to ${ownershipText(entity)}`;
      throw new PlatformError('not_supported', { what });
    }
    const { parents } = ownershipOf(entity);
    const lost = ownershipOf(old).parents.find((target) => !parents.includes(target));
    if (lost === undefined) continue;
    throw new PlatformError('not_supported', { what: `Taking ${lost} out of the parents of ${entity.name}` });
  }
}

/** The same of records that come back. Throws PlatformError `conflict`: without them the entity can be published. */
export function requireOwnersOfKept({ ownerships = {} }: Remains, { offered, shapes }: Revived, model: Model): void {
  for (const entity of model.entities.values()) {
    const kept = ownerships[entity.table];
    if (kept === undefined || !offered.has(entity.table)) continue;
    const { ownership, parents } = ownershipOf(entity);
    const refuse = (reason: string): never => {
      const words = `The kept records of ${entity.name} cannot come back: ${reason}. Without "restore" it begins empty`;
      throw new PlatformError('conflict', { reason: words }, { target: entity.name });
    };
    if (kept.ownership !== ownership) refuse(`their ownership is ${kept.ownership}, not ${ownership}`);
    const lost = kept.parents.find((target) => {
      const table = parents.includes(target) ? model.entities.get(target)?.table : undefined;
      return !shapes.some(({ name }) => name === table);
    });
    if (lost !== undefined) refuse(`the records of ${lost} that they belong to are not there`);
  }
}

/** To whom the records of an entity belong. */
export function ownershipOf(entity: EntityType): KeptOwnership {
  const parents = parentNavigations(entity).map(({ target }) => target);
  return { ownership: ownershipText(entity), parents: [...new Set(parents)] };
}

/** Of those tables that are entities' in the Model, by table. */
export function ownershipsOf(
  model: Model | null,
  tables: readonly { readonly name: string; readonly entity: string }[],
) {
  const found = tables.flatMap(({ name, entity }): [string, KeptOwnership][] => {
    const type = model?.entities.get(entity);
    return type === undefined ? [] : [[name, ownershipOf(type)]];
  });
  return Object.fromEntries(found);
}

function ownershipText({ ownership, parent }: EntityType): string {
  return parent === undefined ? ownership : `${ownership} ${parent}`;
}
