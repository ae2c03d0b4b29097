// Assignment rule documents -> rules in the order in which they are asked: entities resolved, conditions and filters checked. Users
// and teams are records, which documents do not know.
import type { AssignmentDocument, AssignmentRuleDocument } from './documents.ts';
import { linkCondition } from './link-condition.ts';
import type { EntityDraft, ReportHere } from './link-entity.ts';
import { checkFilter, entityOf, type PresentationContext } from './link-view.ts';
import type { Assignment, AssignmentRule } from './model.ts';

/** All assignment rules by name, lower orders first. Reports unknown entities, methods without what they need, bad conditions. */
export function linkAssignmentRules(context: PresentationContext): ReadonlyMap<string, AssignmentRule> {
  const rules = [...context.documents.assignmentRules.values()].flatMap((document) => {
    const entity = entityOf('assignment_rule', document, context);
    return entity === undefined ? [] : [linkRule(document, entity, context)];
  });
  return new Map(rules.sort((a, b) => a.order - b.order).map((rule) => [rule.name, rule]));
}

function linkRule(document: AssignmentRuleDocument, entity: EntityDraft, context: PresentationContext): AssignmentRule {
  const report: ReportHere = (pointer, code, reason, hint) =>
    context.report('assignment_rule', document.name, pointer, code, reason, hint);
  const { name, label, description, order, when, skip_absent, active } = document;
  if (entity.document.ownership !== 'user') {
    report('/entity', 'not_owned', `Records of ${entity.name} have no owner to assign`);
  }
  const condition =
    when === undefined
      ? null
      : linkCondition(when, entity, (reason, hint) => report('/when', 'invalid_condition', reason, hint));
  const assign = linkAssignment(document.assign, entity, context, report);
  return {
    ...{ name, entity: entity.name, label },
    ...(description === undefined ? {} : { description }),
    ...{ order, when: condition, assign, skipAbsent: skip_absent !== false, active: active !== false },
  };
}

function linkAssignment(
  { method, users = [], load, ...named }: AssignmentDocument,
  entity: EntityDraft,
  context: PresentationContext,
  report: ReportHere,
): Assignment {
  const { team = null, queue = null }: { team?: string | null; queue?: string | null } = named;
  if (users.length === 0 && team === null && queue === null) {
    report('/assign', 'invalid_option', 'There is nobody to assign to', 'Name users, a team or a queue');
  }
  if (users.length > 0 && team !== null) {
    report('/assign/team', 'invalid_option', 'Users and a team are named', 'Name one of them');
  }
  if (method === 'fixed' && (users.length > 1 || team !== null)) {
    report('/assign/method', 'invalid_option', 'fixed assigns to one user or to the queue', 'Say round_robin');
  }
  if (method !== 'least_load' && load !== undefined) {
    report('/assign/load', 'invalid_option', `${method} counts no load`, 'Say least_load');
  }
  const filter = load?.filter ?? null;
  const counted = load === undefined ? entity : context.drafts.get(load.entity);
  const name = load?.entity ?? entity.name;
  if (counted === undefined && !context.documents.isBroken('entity', name)) {
    report('/assign/load/entity', 'unknown_entity', `There is no entity ${name}`);
  }
  if (load !== undefined && counted !== undefined && counted.document.ownership !== 'user') {
    report('/assign/load/entity', 'not_owned', `Records of ${name} have no owner`);
  }
  if (filter !== null && counted !== undefined) checkFilter(filter, '/assign/load/filter', counted, context, report);
  return { method, users, team, queue, load: { entity: name, filter } };
}
