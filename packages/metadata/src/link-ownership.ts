// Ownership `parent` and what lookups pass on: the lookup that names the parent is there and always set, owners go to records
// that can have them, and neither owners nor shares go in a circle. Works on drafts, after navigations are linked.
import { pointerTo } from './json-pointer.ts';
import type { Report } from './link.ts';
import { isBrokenName } from './link-condition.ts';
import type { EntityDraft, FieldDraft, ReportHere } from './link-entity.ts';
import type { Steps } from './steps.ts';

type Drafts = ReadonlyMap<string, EntityDraft>;

/** Reports parents and cascades that cannot be, all at once. */
export function* checkOwnership(drafts: Drafts, report: Report): Steps<void> {
  for (const draft of drafts.values()) {
    yield;
    checkParent(draft, report);
    for (const field of draft.fields) checkCascade(draft, field, drafts, report);
    if (!checkCircle(draft, drafts, report)) checkAncestors(draft, drafts, report);
  }
}

function checkParent(draft: EntityDraft, report: Report): void {
  const { ownership, parent } = draft.document;
  const here = (pointer: string, code: string, reason: string, hint?: string): void =>
    report('entity', draft.name, pointer, code, reason, hint);
  if (ownership !== 'parent') {
    if (parent !== undefined)
      here('/parent', 'invalid_option', `Records with the ownership ${ownership} have no parent`, 'Take it out');
  } else if (parent === undefined) {
    here('/ownership', 'parent_missing', 'Which lookup names the parent is not said', 'Add "parent": "<lookup field>"');
  } else if (!isBrokenName(draft, parent)) checkParentField(parent, parentField(draft), here);
}

function checkParentField(name: string, field: FieldDraft | undefined, report: ReportHere): void {
  if (field === undefined) report('/parent', 'unknown_field', `There is no field ${name}`);
  else if (field.relations.length === 0) {
    report('/parent', 'not_a_lookup', `${name} is no lookup, and a parent is another record`);
  } else if (field.document.required !== true) {
    const reason = 'A record whose parent decides its rights has one always';
    report(pointerTo('fields', name), 'parent_not_required', reason, 'Add "required": true');
  }
}

function parentField(draft: EntityDraft): FieldDraft | undefined {
  const { ownership, parent } = draft.document;
  return ownership === 'parent' ? draft.fields.find(({ name }) => name === parent) : undefined;
}

/** The options are the same for all targets; what is wrong with several of them is said once. */
function checkCascade(draft: EntityDraft, field: FieldDraft, drafts: Drafts, report: Report): void {
  const cascade = field.relations[0]?.cascade;
  if (cascade === undefined) return;
  const here = (option: string, reason: string): void =>
    report('entity', draft.name, pointerTo('fields', field.name, 'cascade', option), 'invalid_option', reason);
  const { ownership } = draft.document;
  const targets = field.relations.flatMap(({ target }) => drafts.get(target) ?? []);
  const parents = isParentField(draft, field);
  if (parents) {
    const given = Object.keys(cascade)[0] ?? 'assign';
    here(given, `Records of ${draft.name} belong to ${field.name}: its owner and its shares are theirs`);
  }
  const unlike = targets.find((target) => target.document.ownership !== ownership);
  if (cascade.assign !== undefined && !parents) {
    if (!ASSIGNABLE.has(ownership))
      here('assign', `Records of ${draft.name} are not assigned: their ownership is ${ownership}`);
    else if (unlike !== undefined) {
      here(
        'assign',
        `Records of ${draft.name} cannot have the owner of a ${unlike.name}: it has the ownership ${unlike.document.ownership}`,
      );
    }
  }
  const unshared = [draft, ...targets].find((each) => each.document.ownership === 'organization');
  if (cascade.share !== undefined && unshared !== undefined) {
    here('share', `Records of ${unshared.name} belong to the organization: they are not shared`);
  }
}

/** Ownerships whose records get another owner (or unit) by an update. */
const ASSIGNABLE: ReadonlySet<string> = new Set(['user', 'business_unit']);

function isParentField(draft: EntityDraft, field: FieldDraft): boolean {
  return draft.document.ownership === 'parent' && draft.document.parent === field.name;
}

/** Lookups over which shares extend: to the records of `draft` from those that they name. */
function sharingFields(draft: EntityDraft): readonly FieldDraft[] {
  return draft.fields.filter(
    (field) => isParentField(draft, field) || field.relations.some(({ cascade }) => cascade?.share === true),
  );
}

/** Reports the first way from `draft` back to it; false when there is none. */
function checkCircle(draft: EntityDraft, drafts: Drafts, report: Report): boolean {
  for (const field of sharingFields(draft)) {
    const circle = circleOver(field, drafts, [draft]);
    if (circle === null) continue;
    const words = circle.map(({ name }) => name).join(' -> ');
    if (isParentField(draft, field)) {
      const reason = `Records that take their owner from each other have none: ${words}`;
      report(
        'entity',
        draft.name,
        '/parent',
        'circular_ownership',
        reason,
        'Name another lookup, or another ownership',
      );
    } else {
      const pointer = pointerTo('fields', field.name, 'cascade', 'share');
      report('entity', draft.name, pointer, 'circular_share', `Shares would go in a circle: ${words}`);
    }
    return true;
  }
  return false;
}

/** The entities from the first of `way` over the field of its last back to the first; null when there is no such way. */
function circleOver(field: FieldDraft, drafts: Drafts, way: readonly EntityDraft[]): readonly EntityDraft[] | null {
  for (const { target } of field.relations) {
    const next = drafts.get(target);
    if (next === undefined) continue;
    if (next === way[0]) return [...way, next];
    if (way.includes(next)) continue;
    for (const above of sharingFields(next)) {
      const circle = circleOver(above, drafts, [...way, next]);
      if (circle !== null) return circle;
    }
  }
  return null;
}

/** Ways to records whose shares count: each may be a part of every statement about the records. */
const MOST_ANCESTORS = 50;

function checkAncestors(draft: EntityDraft, drafts: Drafts, report: Report): void {
  const ancestors = countAncestors(draft, drafts, []);
  if (ancestors <= MOST_ANCESTORS) return;
  const field = sharingFields(draft)[0];
  const parent = field === undefined || isParentField(draft, field);
  const pointer = parent ? '/parent' : pointerTo('fields', field.name, 'cascade', 'share');
  const reason = `There are more than ${MOST_ANCESTORS} ways to records whose shares would count`;
  report('entity', draft.name, pointer, 'too_many_parents', reason, 'Name a lookup with fewer targets');
}

/** Counting ends soon after there are too many, and on a circle, which is a finding of another entity. */
function countAncestors(draft: EntityDraft, drafts: Drafts, way: readonly EntityDraft[]): number {
  let found = 0;
  for (const { target } of sharingFields(draft).flatMap(({ relations }) => relations)) {
    const next = drafts.get(target);
    if (next === undefined || way.includes(next) || found > MOST_ANCESTORS) continue;
    found += 1 + countAncestors(next, drafts, [...way, next]);
  }
  return found;
}
