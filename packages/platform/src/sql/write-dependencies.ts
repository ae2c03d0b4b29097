// Checks of values that go with certain values of a parent only: judged over the record as it will be. A parent in a record that
// the principal may not read is not there for him: whoever could try values against it would learn it.
import type { DependentNode } from '../plan/write-plan.ts';
import { columnOf, holdsSql } from './scope.ts';
import { quoteLiteral, tableOf } from './statement.ts';
import type { CheckWriter, WriteCheck } from './write-checks.ts';
import { accessSql, type WriteContext } from './write-row.ts';

/** Adds the checks; `next` is the alias of the new row, `old` of the row before (update only). */
export function addDependencyChecks(
  context: WriteContext,
  checks: CheckWriter,
  next: string,
  old: string | null,
): void {
  for (const dependent of context.plan.dependents) addDependencyCheck(context, checks, dependent, next, old);
}

function addDependencyCheck(
  context: WriteContext,
  checks: CheckWriter,
  dependent: DependentNode,
  next: string,
  old: string | null,
): void {
  const { entity } = context.plan;
  const { property, source } = dependent;
  const misfit = misfitSql(context, dependent, next);
  // Stored values that do not fit (a choice has changed since) stay until one of the two is written.
  const changed =
    old === null
      ? ''
      : [property, source]
          .map(({ name }) => `${columnOf(old, entity, name)} is distinct from ${columnOf(next, entity, name)}`)
          .join(' or ');
  checks.failsWhen(
    changed === '' ? `${misfit} is not null` : `(${changed}) and ${misfit} is not null`,
    wordedCheck(context, dependent),
    isSecret(context, dependent) ? [] : [misfit, parentSql(context, dependent, next)],
  );
}

/** Who may write a value need not be allowed to see the other of the two. */
function isSecret(context: WriteContext, { property, dependency, target }: DependentNode): boolean {
  const parent = (target ?? context.plan.entity).properties.get(dependency.property);
  return property.secured || parent?.secured === true;
}

function wordedCheck(context: WriteContext, dependent: DependentNode): WriteCheck {
  const { property, dependency } = dependent;
  const { name } = property;
  const path = dependency.navigation === null ? dependency.property : `${dependency.navigation}/${dependency.property}`;
  const check = { rank: 'values', code: 'dependent_value', target: name } as const;
  const values = { name, parent: path };
  if (isSecret(context, dependent)) {
    return { ...check, values: { ...values, value: 'the value', parent_value: '(secured)', needed: 'another one' } };
  }
  const nothing = dependent.target === null ? '(none)' : '(none that you may see)';
  return {
    ...check,
    values,
    words: ([value = '', parent = '']: readonly string[]) => ({
      value,
      parent_value: parent === '' ? nothing : parent,
      needed: (dependency.parents.get(value) ?? []).join(' or '),
    }),
  };
}

/** The first value of the row that does not go with its parent, null when all do. */
function misfitSql(context: WriteContext, dependent: DependentNode, row: string): string {
  const { property, dependency } = dependent;
  const values = columnOf(row, context.plan.entity, property.name);
  const each = property.type === 'Edm.String' ? `(select ${values} as value)` : `unnest(${values})`;
  const groups = new Map<string, string[]>();
  for (const [value, parents] of dependency.parents) {
    const list = parents.map(quoteLiteral).join(', ');
    groups.set(list, [...(groups.get(list) ?? []), quoteLiteral(value)]);
  }
  const tests = [...groups].map(
    ([parents, those]) => `v.value in (${those.join(', ')}) and coalesce(p.value in (${parents}), false) is false`,
  );
  const parent = parentSql(context, dependent, row);
  return `(select v.value from ${each} v(value), (select ${parent} as value) p where ${tests.join(' or ')} limit 1)`;
}

/** The parent's value, null where it stands in a record that the principal may not read. */
function parentSql(context: WriteContext, dependent: DependentNode, row: string): string {
  const { entity } = context.plan;
  const { dependency, source, target } = dependent;
  if (target === null) return columnOf(row, entity, source.name);
  const readable = accessSql(context, target, 'read', 't');
  const navigation = entity.navigations.get(dependency.navigation ?? '');
  const holds = navigation === undefined ? '' : holdsSql(row, entity, navigation);
  const named = `t.id = ${columnOf(row, entity, source.name)}${holds}`;
  const conditions = [named, ...(readable === 'true' ? [] : [readable])];
  const value = columnOf('t', target, dependency.property);
  return `(select ${value} from ${tableOf(target)} t where ${conditions.join(' and ')})`;
}
