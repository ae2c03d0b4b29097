// Relations between entities: to-one navigations of lookups, their inverse collections, the system navigations, and who
// refers to whom. Works on drafts; conditions and keys come after.

import type { RelationSpec } from './field-type.ts';
import { pointerTo } from './json-pointer.ts';
import type { Report } from './link.ts';
import type { EntityDraft, FieldDraft } from './link-entity.ts';
import type { Navigation } from './model.ts';
import type { EffectiveDocuments } from './parse.ts';
import { reservedFieldName } from './reserved-names.ts';
import type { Steps } from './steps.ts';
import { systemNavigations } from './system-properties.ts';

/** Fills `navigations` and `referencedBy` of every draft. Reports unknown targets and names that are taken. */
export function* linkNavigations(
  drafts: ReadonlyMap<string, EntityDraft>,
  documents: Pick<EffectiveDocuments, 'isBroken'>,
  report: Report,
): Steps<void> {
  for (const draft of drafts.values()) addSystemNavigations(draft, drafts);
  for (const draft of drafts.values()) {
    yield;
    for (const field of draft.fields) {
      for (const [index, relation] of field.relations.entries()) {
        if (documents.isBroken('entity', relation.target)) continue;
        linkRelation(draft, { field, relation, pointer: `/targets/${index}` }, drafts, report);
      }
    }
  }
}

/** Those over ownership hold their target; created_by and modified_by do not (a user can be removed). */
function addSystemNavigations(draft: EntityDraft, drafts: ReadonlyMap<string, EntityDraft>): void {
  for (const navigation of systemNavigations(draft.document.ownership)) {
    const target = drafts.get(navigation.target);
    if (target === undefined) continue;
    draft.navigations.set(navigation.name, navigation);
    if (navigation.property === 'created_by_id' || navigation.property === 'modified_by_id') continue;
    target.referencedBy.push({ entity: draft.name, property: navigation.property, onDelete: navigation.onDelete });
  }
}

interface FieldRelation {
  readonly field: FieldDraft;
  readonly relation: RelationSpec;
  /** Where the field names the target. */
  readonly pointer: string;
}

function linkRelation(
  draft: EntityDraft,
  { field, relation, pointer: targetPointer }: FieldRelation,
  drafts: ReadonlyMap<string, EntityDraft>,
  report: Report,
): void {
  const { property, inverse, onDelete } = relation;
  const pointer = pointerTo('fields', field.name);
  const target = drafts.get(relation.target);
  if (target === undefined) {
    const reason = `There is no entity ${relation.target}`;
    report('entity', draft.name, pointer + targetPointer, 'unknown_entity', reason);
    return;
  }
  const discriminator = relation.discriminator === undefined ? {} : { discriminator: relation.discriminator };
  const toOne: Navigation = {
    name: relation.navigation,
    target: target.name,
    collection: false,
    property,
    partner: inverse,
    field: field.name,
    onDelete,
    ...discriminator,
  };
  const passingOn = relation.cascade === undefined ? toOne : { ...toOne, cascade: relation.cascade };
  if (isFree(draft, draft, toOne.name, pointer, report)) draft.navigations.set(toOne.name, passingOn);
  target.referencedBy.push({ entity: draft.name, property, onDelete, ...discriminator });
  if (inverse === null || !isFree(draft, target, inverse, `${pointer}/inverse`, report)) return;
  const partner = relation.navigation;
  const toMany: Navigation = { ...toOne, name: inverse, target: draft.name, collection: true, partner };
  target.navigations.set(inverse, toMany);
}

/** Whether `owner` can have a navigation of the name; the finding is about the field in `draft`. */
export function isFree(draft: EntityDraft, owner: EntityDraft, name: string, pointer: string, report: Report): boolean {
  const reserved = reservedFieldName(name);
  const lower = name.toLowerCase();
  const taken = [...owner.properties.keys(), ...owner.navigations.keys()].find((each) => each.toLowerCase() === lower);
  if (reserved !== undefined) report('entity', draft.name, pointer, 'reserved_name', reserved);
  else if (taken !== undefined) {
    const reason = `${owner.name} already has ${taken}, so a navigation cannot be called ${name}`;
    report('entity', draft.name, pointer, 'duplicate_name', reason);
  }
  return reserved === undefined && taken === undefined;
}
