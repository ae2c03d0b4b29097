// Ownership `parent`: the lookup that names the parent is there and always set, and no entity is in the end its own parent.
// Works on drafts, after navigations are linked.
import { pointerTo } from './json-pointer.ts';
import type { Report } from './link.ts';
import { isBrokenName } from './link-condition.ts';
import type { EntityDraft, FieldDraft, ReportHere } from './link-entity.ts';

type Drafts = ReadonlyMap<string, EntityDraft>;

/** Reports parents that cannot be, all at once. */
export function checkOwnership(drafts: Drafts, report: Report): void {
  for (const draft of drafts.values()) {
    checkParent(draft, report);
    const circle = parentCircle(draft, drafts, []);
    if (circle === null) {
      checkAncestors(draft, drafts, report);
      continue;
    }
    const reason = `Records that take their owner from each other have none: ${circle.join(' -> ')}`;
    report('entity', draft.name, '/parent', 'circular_ownership', reason, 'Name another lookup, or another ownership');
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

/** Ways to records whose shares count: each may be a part of every statement about the records. */
const MOST_ANCESTORS = 50;

function checkAncestors(draft: EntityDraft, drafts: Drafts, report: Report): void {
  const ancestors = countAncestors(draft, drafts, []);
  if (ancestors <= MOST_ANCESTORS) return;
  const reason = `There are more than ${MOST_ANCESTORS} ways to parents and parents of parents`;
  report('entity', draft.name, '/parent', 'too_many_parents', reason, 'Name a lookup with fewer targets');
}

/** Counting ends soon after there are too many, and on a circle, which is a finding of another entity. */
function countAncestors(draft: EntityDraft, drafts: Drafts, way: readonly EntityDraft[]): number {
  let found = 0;
  for (const { target } of parentField(draft)?.relations ?? []) {
    const next = drafts.get(target);
    if (next === undefined || way.includes(next) || found > MOST_ANCESTORS) continue;
    found += 1 + countAncestors(next, drafts, [...way, next]);
  }
  return found;
}

/** The entities from `draft` over parents back to it; null when there is no such way. */
function parentCircle(draft: EntityDraft, drafts: Drafts, way: readonly EntityDraft[]): readonly string[] | null {
  const start = way[0];
  if (start === draft) return [...way, draft].map(({ name }) => name);
  if (way.includes(draft)) return null;
  for (const { target } of parentField(draft)?.relations ?? []) {
    const next = drafts.get(target);
    const circle = next === undefined ? null : parentCircle(next, drafts, [...way, draft]);
    if (circle !== null) return circle;
  }
  return null;
}
