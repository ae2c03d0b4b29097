// Defaults of a new row. A default that does not go with the parent that the payload names gives way to the first active value
// that does, or to none, so that a record need not name both. A parent in another record is not looked up for that.
import { canonicalValue, type Property } from '@kartoteka/metadata';
import type { DependentNode, WritePlan } from '../plan/write-plan.ts';
import { castType } from './column-types.ts';
import { quoteLiteral, type SlotWriter } from './statement.ts';

/** Adds the SQL of every default of the plan to `values`, which holds that of what is given, by property. */
export function addDefaults(plan: WritePlan, slots: SlotWriter, values: Map<string, string>): void {
  const chosen = new Set(plan.given.map(({ name }) => name));
  const add = (property: Property): void => {
    if (values.has(property.name)) return;
    const constant = slots.use(
      { from: 'constant', value: canonicalValue(property, property.default) },
      castType(property),
    );
    const dependent = plan.dependents.find((each) => each.property === property && each.target === null);
    const parent = dependent?.source;
    if (parent !== undefined && plan.defaults.includes(parent)) add(parent);
    const choice = dependent === undefined || !chosen.has(dependent.source.name) ? null : choiceSql(dependent, values);
    if (choice !== null) chosen.add(property.name);
    values.set(property.name, choice === null ? constant : `case ${choice} else ${constant} end`);
  };
  for (const property of plan.defaults) add(property);
}

/** `$1 when 'tender' then 'preparing_bid' ...`: a value for each of the parent's with which the default does not go. */
function choiceSql(dependent: DependentNode, values: ReadonlyMap<string, string>): string | null {
  const { property, source, dependency } = dependent;
  const goesWith = (value: string, parent: string): boolean =>
    dependency.parents.get(value)?.includes(parent) !== false;
  const active = (property.valueSchema?.enum ?? []) as readonly string[];
  const cases = (source.values ?? []).flatMap((parent) => {
    if (goesWith(String(property.default), parent)) return [];
    const fitting = active.find((value) => goesWith(value, parent));
    // A required field keeps its default, which is refused in words that name both.
    if (fitting === undefined && !property.nullable) return [];
    return [`when ${quoteLiteral(parent)} then ${fitting === undefined ? 'null' : quoteLiteral(fitting)}`];
  });
  return cases.length === 0 ? null : `${values.get(source.name)} ${cases.join(' ')}`;
}
