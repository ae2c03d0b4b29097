// Duplicate rule documents -> rules: entities and properties resolved, what can be compared checked, the condition checked.
import type { DuplicateRuleDocument } from './documents.ts';
import { pointerTo } from './json-pointer.ts';
import { linkCondition } from './link-condition.ts';
import type { EntityDraft, ReportHere } from './link-entity.ts';
import { resolveName } from './link-path.ts';
import { entityOf, type PresentationContext } from './link-view.ts';
import type { DuplicateMatch, DuplicateRule, Property } from './model.ts';

/** Similarity of a fuzzy match that does not say. */
const THRESHOLD = 0.6;

/** All duplicate rules by name. Reports unknown names, properties that cannot be compared, conditions that do not check. */
export function linkDuplicateRules(context: PresentationContext): ReadonlyMap<string, DuplicateRule> {
  const rules = [...context.documents.duplicateRules.values()].flatMap((document) => {
    const report: ReportHere = (pointer, code, reason, hint) =>
      context.report('duplicate_rule', document.name, pointer, code, reason, hint);
    const entity = entityOf('duplicate_rule', document, context);
    const against = againstOf(document, context, report);
    return entity === undefined || against === undefined ? [] : [linkRule(document, entity, against, report)];
  });
  return new Map(rules.map((rule) => [rule.name, rule]));
}

function againstOf(
  { entity, against = entity }: DuplicateRuleDocument,
  { drafts, documents }: PresentationContext,
  report: ReportHere,
): EntityDraft | undefined {
  const draft = drafts.get(against);
  if (draft === undefined && against !== entity && !documents.isBroken('entity', against)) {
    report('/against', 'unknown_entity', `There is no entity ${against}`);
  }
  return draft;
}

function linkRule(
  document: DuplicateRuleDocument,
  entity: EntityDraft,
  against: EntityDraft,
  report: ReportHere,
): DuplicateRule {
  const { name, label, description, when, on_create, on_update, on_import, active } = document;
  const match = Object.entries(document.match).map(
    ([property, { how, other = property, threshold }]): DuplicateMatch => {
      const pointer = pointerTo('match', property);
      const place = document.match[property]?.other === undefined ? pointer : `${pointer}/other`;
      const own = comparable(property, entity, pointer, report);
      const theirs = other === property && against === entity ? own : comparable(other, against, place, report);
      if (own !== undefined && theirs !== undefined) checkPair(own, theirs, how, pointer, report);
      if (how !== 'fuzzy' && threshold !== undefined) {
        report(`${pointer}/threshold`, 'invalid_option', 'Only fuzzy matches have a threshold');
      }
      return { property, other, how, threshold: how === 'fuzzy' ? (threshold ?? THRESHOLD) : null };
    },
  );
  const condition =
    when === undefined
      ? null
      : linkCondition(when, entity, (reason, hint) => report('/when', 'invalid_condition', reason, hint));
  return {
    ...{ name, entity: entity.name, against: against.name, label },
    ...(description === undefined ? {} : { description }),
    ...{ match, when: condition, active: active !== false },
    ...{ onCreate: on_create ?? 'ignore', onUpdate: on_update ?? 'ignore', onImport: on_import ?? 'ignore' },
  };
}

/** A property whose values can be looked for among those of other records. */
function comparable(name: string, entity: EntityDraft, pointer: string, report: ReportHere): Property | undefined {
  const found = resolveName(name, entity, new Map());
  if (found.kind === 'unknown') report(pointer, 'unknown_property', found.reason, found.hint);
  if (found.kind !== 'property') return undefined;
  const { property } = found;
  const why = whyNotComparable(property);
  if (why === undefined) return property;
  report(pointer, 'not_comparable', `${name} of ${entity.name} ${why}`);
  return undefined;
}

/** Whether a match holds would tell the value of what is secured. */
function whyNotComparable(property: Property): string | undefined {
  if (property.secured) return 'is secured: whether a record matches would tell its value';
  if (property.computed !== undefined) return 'is computed and has no index';
  if (property.numbering !== undefined) return 'is drawn when the record is stored: no two records have the same';
  if (property.prose === true) return 'is a long text and has no index of its values';
  if (property.sortable === false || !property.operators.has('eq')) return 'has no values that are compared';
  return undefined;
}

function checkPair(own: Property, theirs: Property, how: string, pointer: string, report: ReportHere): void {
  if (own.type !== theirs.type) {
    report(pointer, 'not_comparable', `${own.name} is ${own.type}, ${theirs.name} is ${theirs.type}`);
  } else if (how !== 'exact' && (own.type !== 'Edm.String' || own.values !== undefined)) {
    report(
      `${pointer}/how`,
      'not_comparable',
      `${own.name} is no text: it matches exactly or not`,
      'Say "how": "exact"',
    );
  }
}
