// Checks that come from the entity's own document: rules, required_when, read_only_when. They are judged in the write's
// statement over the record as it will be, except read_only_when, which protects the record as it was.
import { type Field, labelText, type Rule } from '@kartoteka/metadata';
import { columnOf } from './scope.ts';
import type { CheckWriter } from './write-checks.ts';
import { addDependencyChecks } from './write-dependencies.ts';
import { addProcessChecks } from './write-processes.ts';
import { conditionSql, type WriteContext } from './write-row.ts';

/** Adds the checks; `next` is the alias of the new row, `old` of the row before (update only). */
export function addConditionChecks(context: WriteContext, checks: CheckWriter, next: string, old: string | null): void {
  for (const field of context.plan.requiredWhen) addRequired(context, checks, field, next);
  // What an extension writes in the name of the service is what frees and freezes records: conversions, merges.
  const frozen = old !== null && context.authorized.principal.kind !== 'system';
  if (frozen) for (const field of context.plan.readOnlyWhen) addReadOnly(context, checks, field, next, old);
  for (const rule of context.plan.rules) addRule(context, checks, rule, next);
  addDependencyChecks(context, checks, next, old);
  addProcessChecks(context, checks, next, old);
}

function addRequired(context: WriteContext, checks: CheckWriter, field: Field, next: string): void {
  const name = field.properties[0];
  if (field.requiredWhen === null || name === undefined) return;
  const { entity } = context.plan;
  const condition = conditionSql(context, entity, next, field.requiredWhen);
  const check = { rank: 'values', code: 'required', values: { name }, target: name } as const;
  checks.failsWhen(`${columnOf(next, entity, name)} is null and (${condition})`, check);
}

/** A frozen field may be sent with the value it has; only a change is refused. */
function addReadOnly(context: WriteContext, checks: CheckWriter, field: Field, next: string, old: string): void {
  const { entity, given } = context.plan;
  if (field.readOnlyWhen === null) return;
  const condition = conditionSql(context, entity, old, field.readOnlyWhen);
  for (const property of given.filter((candidate) => candidate.field === field.name)) {
    const differs = `${columnOf(old, entity, property.name)} is distinct from ${columnOf(next, entity, property.name)}`;
    const check = {
      rank: 'values',
      code: 'read_only',
      values: { name: property.name },
      target: property.name,
    } as const;
    checks.failsWhen(`${differs} and (${condition})`, check);
  }
}

function addRule(context: WriteContext, checks: CheckWriter, rule: Rule, next: string): void {
  const condition = conditionSql(context, context.plan.entity, next, rule.invalidWhen);
  const reason = labelText(rule.error, context.authorized.model.organization.locale) || rule.name;
  checks.failsWhen(condition, { rank: 'values', code: 'rule_violated', values: { reason }, target: rule.name });
}
