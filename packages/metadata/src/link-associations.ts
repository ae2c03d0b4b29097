// Many-to-many relations: the collections on both sides of a field `many`, over a table of their own or over the records of a
// link entity. Works on drafts whose lookups are known.
import type { AssociationSpec, RelationSpec } from './field-type.ts';
import { pointerTo } from './json-pointer.ts';
import type { Report } from './link.ts';
import type { EntityDraft, FieldDraft } from './link-entity.ts';
import { isFree } from './link-navigations.ts';
import type { Junction, LinkRecords, Navigation } from './model.ts';
import { JUNCTION_COLUMNS, junctionTable } from './names.ts';
import type { EffectiveDocuments } from './parse.ts';
import type { Steps } from './steps.ts';

type Drafts = ReadonlyMap<string, EntityDraft>;
type Broken = Pick<EffectiveDocuments, 'isBroken'>;

/** Adds the collections of every association. Reports unknown entities, names that are taken, and links that are not clear. */
export function* linkAssociations(drafts: Drafts, documents: Broken, report: Report): Steps<void> {
  for (const draft of drafts.values()) {
    yield;
    for (const field of draft.fields) {
      for (const spec of field.associations) linkAssociation({ draft, field, spec, drafts, documents, report });
    }
  }
}

interface Association {
  readonly draft: EntityDraft;
  readonly field: FieldDraft;
  readonly spec: AssociationSpec;
  readonly drafts: Drafts;
  readonly documents: Broken;
  readonly report: Report;
}

/** How a collection finds its records; `ends` as this side sees it and as the other side does. */
interface Ends<T> {
  readonly own: T;
  readonly other: T;
}

function linkAssociation(association: Association): void {
  const { draft, field, spec, report } = association;
  const target = draftNamed(association, spec.target, 'target');
  if (target === undefined) return;
  const links = spec.through === null ? overTable(association) : overRecords(association, target);
  if (links === undefined) return;
  const pointer = pointerTo('fields', field.name);
  const toOther: Navigation = {
    name: spec.navigation,
    target: target.name,
    collection: true,
    property: 'id',
    partner: spec.inverse,
    field: field.name,
    onDelete: 'cascade',
    ...links.own,
  };
  if (isFree(draft, draft, toOther.name, pointer, report)) draft.navigations.set(toOther.name, toOther);
  const { inverse } = spec;
  if (inverse === null || !isFree(draft, target, inverse, `${pointer}/inverse`, report)) return;
  const back = { ...toOther, name: inverse, target: draft.name, partner: spec.navigation, ...links.other };
  target.navigations.set(inverse, back);
}

/** Undefined when there is no such entity, which is reported, or one with errors of its own. */
function draftNamed(
  { draft, field, drafts, documents, report }: Association,
  name: string,
  option: string,
): EntityDraft | undefined {
  const found = drafts.get(name);
  if (found === undefined && !documents.isBroken('entity', name)) {
    const pointer = pointerTo('fields', field.name, option);
    report('entity', draft.name, pointer, 'unknown_entity', `There is no entity ${name}`);
  }
  return found;
}

function overTable({ draft, field, spec }: Association): Ends<{ junction: Junction }> {
  const audit = spec.audit ?? draft.document.audit ?? true;
  const common = { table: junctionTable(draft.table, field.name), audit };
  const { own, other } = JUNCTION_COLUMNS;
  return { own: { junction: { ...common, own, other } }, other: { junction: { ...common, own: other, other: own } } };
}

function overRecords(association: Association, target: EntityDraft): Ends<{ through: LinkRecords }> | undefined {
  const { draft, spec } = association;
  const { entity = '', own: ownName = null, other: otherName = null } = spec.through ?? {};
  const link = draftNamed(association, entity, 'through');
  if (link === undefined) return undefined;
  const own = lookupTo(association, link, { side: 'own', entity: draft.name, named: ownName, taken: otherName });
  const other = lookupTo(association, link, { side: 'other', entity: target.name, named: otherName, taken: ownName });
  if (own === undefined || other === undefined) return undefined;
  if (own.property === other.property) {
    refuse(association, 'through', `${link.name} has one lookup for both sides`);
    return undefined;
  }
  const discriminators = [own, other].flatMap(({ discriminator }) => discriminator ?? []);
  const records = { entity: link.name, own: own.property, other: other.property, discriminators };
  return { own: { through: records }, other: { through: { ...records, own: other.property, other: own.property } } };
}

interface Wanted {
  readonly side: 'own' | 'other';
  readonly entity: string;
  /** The lookup that the document names for the side, and the one it names for the other. */
  readonly named: string | null;
  readonly taken: string | null;
}

function lookupTo(association: Association, link: EntityDraft, wanted: Wanted): RelationSpec | undefined {
  const { side, entity, named, taken } = wanted;
  const all = link.fields.flatMap(({ name, relations }) => relations.map((relation) => ({ name, relation })));
  const leading = all.filter(({ name, relation }) => relation.target === entity && name !== taken);
  const found = named === null ? leading : leading.filter(({ name }) => name === named);
  if (found.length === 1) return found[0]?.relation;
  if (link.broken.size > 0) return undefined;
  if (named !== null) refuse(association, side, `${link.name} has no lookup ${named} to ${entity}`);
  else if (found.length === 0) refuse(association, 'through', `${link.name} has no lookup to ${entity}`);
  else {
    const names = found.map(({ name }) => name).join(', ');
    refuse(association, 'through', `${link.name} has several lookups to ${entity}: ${names}`, `Name one by "${side}"`);
  }
  return undefined;
}

function refuse({ draft, field, report }: Association, option: string, reason: string, hint?: string): void {
  report('entity', draft.name, pointerTo('fields', field.name, option), 'unclear_link', reason, hint);
}
