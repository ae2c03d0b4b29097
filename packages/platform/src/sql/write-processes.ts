// Checks of the processes of choice fields: from which value to which a record may go, and what it must have when it gets one.
// They are judged in the write's statement over the row before and the row as it will be; a value that stays is never judged.
import type { ProcessNode } from '../plan/write-plan.ts';
import { columnOf } from './scope.ts';
import { quoteLiteral } from './statement.ts';
import type { CheckWriter } from './write-checks.ts';
import type { WriteContext } from './write-row.ts';

/**
 * Adds the checks; `next` is the alias of the new row, `old` of the row before (update only). What the service itself writes may leave
 * and enter values to which nobody else comes.
 */
export function addProcessChecks(context: WriteContext, checks: CheckWriter, next: string, old: string | null): void {
  const isService = context.authorized.principal.kind === 'system';
  for (const node of context.plan.processes) {
    if (old !== null && !isService) addTransitions(context, checks, node, next, old);
    addRequired(context, checks, node, next, old);
  }
}

/** A record without a value may get any; one whose value has `next` does not lose it either. */
function addTransitions(
  context: WriteContext,
  checks: CheckWriter,
  { property, process }: ProcessNode,
  next: string,
  old: string,
): void {
  if (process.next.size === 0) return;
  const [before, after] = [old, next].map((row) => columnOf(row, context.plan.entity, property.name));
  const refused = [...process.next].map(([value, others]) => {
    const allowed = others.length === 0 ? 'false' : `coalesce(${after} in (${literals(others)}), false)`;
    return `(${before} = ${quoteLiteral(value)} and not ${allowed})`;
  });
  const values = { name: property.name };
  checks.failsWhen(
    `${before} is distinct from ${after} and (${refused.join(' or ')})`,
    {
      ...{ rank: 'values', code: 'transition_refused', target: property.name, values },
      words: ([from = '', value = '']: readonly string[]) => {
        const others = process.next.get(from) ?? [];
        const allowed = others.length === 0 ? 'it does not change any more' : `it may change to ${others.join(', ')}`;
        return { from, value: value === '' ? '(none)' : value, allowed };
      },
    },
    [before ?? '', after ?? ''],
  );
}

function addRequired(
  context: WriteContext,
  checks: CheckWriter,
  { property, process }: ProcessNode,
  next: string,
  old: string | null,
): void {
  const { entity } = context.plan;
  const after = columnOf(next, entity, property.name);
  const entered = old === null ? '' : `${columnOf(old, entity, property.name)} is distinct from ${after} and `;
  for (const [name, values] of valuesByRequired(process.requires)) {
    checks.failsWhen(
      `${entered}${after} in (${literals(values)}) and ${columnOf(next, entity, name)} is null`,
      {
        ...{ rank: 'values', code: 'required_on_entry', target: name, values: { name, field: property.name } },
        words: ([value = '']: readonly string[]) => ({ value }),
      },
      [after],
    );
  }
}

function valuesByRequired(requires: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [value, names] of requires) for (const name of names) found.set(name, [...(found.get(name) ?? []), value]);
  return found;
}

const literals = (values: readonly string[]): string => values.map(quoteLiteral).join(', ');
