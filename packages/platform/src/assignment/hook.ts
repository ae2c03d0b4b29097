// What assignment rules do to new records, as hooks made of the Model: entities without active rules have none. The owner that a rule
// gives is the organization's doing: it takes no right of who makes the record (plan/write.ts, 'ruled').
import type { AssignmentRule, EntityType, Model } from '@kartoteka/metadata';
import type { Hook, PendingWrite } from '../hooks.ts';
import { evaluationContext } from '../mappings/mapped-values.ts';
import { activeRules, fits, OWNER, ownersBy } from './choose.ts';
import { derivedIn, derivedValues } from './derived.ts';

/** One hook for each entity that has active rules. */
export function assignmentHooks(model: Model): readonly Hook[] {
  return [...model.entities.values()].flatMap((entity): Hook[] => {
    const rules = activeRules(model, entity);
    return rules.length === 0 ? [] : [hookFor(entity, rules)];
  });
}

function hookFor(entity: EntityType, rules: readonly AssignmentRule[]): Hook {
  const made = derivedIn(
    entity,
    rules.map(({ when }) => when),
  );
  const defaults = defaultsOf(entity);
  const counts = rules.some(({ assign }) => assign.method === 'least_load');
  return {
    entity: entity.name,
    operations: ['create'],
    // Load is asked of the engine. Turns are taken at once, so that nobody waits for another's transaction where there is none.
    needsTransaction: (_model, _operation, records) => counts && records.some(isUnowned),
    before: async ({ model, principal, tx, engines }, records) => {
      const unowned = records.filter(isUnowned);
      const derived = await derivedValues(entity, made, unowned, tx);
      const evaluation = evaluationContext(model, principal);
      const taken = Map.groupBy(unowned, (record) => {
        const values = { ...defaults, ...record.values, ...derived.get(record) };
        return rules.find((rule) => fits(rule, values, evaluation));
      });
      // In the order of the rules, so that two requests that take turns of both do not wait for each other.
      for (const rule of rules) {
        const own = taken.get(rule) ?? [];
        const owners = await ownersBy({ rule, model, entity }, own.length, { tx, system: () => engines().system });
        // Where there is nobody at all, whoever makes the record has it.
        if (owners.length > 0) for (const [at, record] of own.entries()) record.values[OWNER] = owners[at];
      }
    },
  };
}

/** Whoever names an owner, himself too, has chosen. */
const isUnowned = ({ values }: PendingWrite): boolean => !Object.hasOwn(values, OWNER);

function defaultsOf(entity: EntityType): Readonly<Record<string, unknown>> {
  const given = [...entity.properties.values()].filter((property) => property.default !== undefined);
  return Object.fromEntries(given.map(({ name, default: value }) => [name, value]));
}
