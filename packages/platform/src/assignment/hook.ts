// What assignment rules do to new records, as hooks made of the Model: entities without active rules have none. The owner that a rule
// gives is the organization's doing: it takes no right of who makes the record (plan/write.ts, 'ruled').
import { type AssignmentRule, type EntityType, type Model, matchesExpression } from '@kartoteka/metadata';
import type { Hook, HookContext, PendingWrite } from '../hooks.ts';
import { evaluationContext } from '../mappings/mapped-values.ts';
import { type Asked, candidatesOf, nextOf, queueOf } from './candidates.ts';
import { derivedIn, derivedValues } from './derived.ts';

const OWNER = 'owner_id';

/** One hook for each entity that has active rules. */
export function assignmentHooks(model: Model): readonly Hook[] {
  const rules = [...model.assignmentRules.values()].filter(({ active }) => active);
  return [...Map.groupBy(rules, ({ entity }) => entity)].flatMap(([name, own]): Hook[] => {
    const entity = model.entities.get(name);
    return entity === undefined ? [] : [hookFor(entity, own)];
  });
}

function hookFor(entity: EntityType, rules: readonly AssignmentRule[]): Hook {
  const made = derivedIn(
    entity,
    rules.map(({ when }) => when),
  );
  const counts = rules.some(({ assign }) => assign.method === 'least_load');
  return {
    entity: entity.name,
    operations: ['create'],
    // Load is asked of the engine. Turns are taken at once, so that nobody waits for another's transaction where there is none.
    needsTransaction: (_model, _operation, records) => counts && records.some(isUnowned),
    before: async (context, records) => {
      const unowned = records.filter(isUnowned);
      const derived = await derivedValues(entity, made, unowned, context.tx);
      const taken = Map.groupBy(unowned, (record) => {
        const values = { ...record.values, ...derived.get(record) };
        return rules.find((rule) => fits(context, entity, rule, values));
      });
      // In the order of the rules, so that two requests that take turns of both do not wait for each other.
      for (const rule of rules) {
        const own = taken.get(rule);
        if (own !== undefined) await assign(context, entity, rule, own);
      }
    },
  };
}

/** Whoever names an owner, himself too, has chosen. */
const isUnowned = ({ values }: PendingWrite): boolean => !Object.hasOwn(values, OWNER);

function fits(
  { model, principal }: HookContext,
  entity: EntityType,
  { when }: AssignmentRule,
  values: PendingWrite['values'],
): boolean {
  if (when === null) return true;
  const context = evaluationContext(model, principal);
  const read = (_navigations: readonly string[], name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : entity.properties.get(name)?.default;
    return (typeof value === 'number' ? String(value) : (value ?? null)) as string | boolean | object | null;
  };
  try {
    return matchesExpression(when, read, context);
  } catch {
    // A value that is none of its property: the write is refused for it.
    return false;
  }
}

async function assign(
  context: HookContext,
  entity: EntityType,
  rule: AssignmentRule,
  records: readonly PendingWrite[],
): Promise<void> {
  const { model, tx } = context;
  const owners = await METHODS[rule.assign.method]({
    context,
    asked: { rule, model, entity },
    records: records.length,
  });
  if (owners.length > 0) {
    for (const [index, record] of records.entries()) record.values[OWNER] = owners[index];
    return;
  }
  const queue = rule.assign.queue === null ? null : await queueOf(model, entity, rule.assign.queue, tx);
  // Where there is nobody at all, whoever makes the record has it.
  if (queue !== null) for (const record of records) record.values[OWNER] = queue;
}

interface Dealing {
  readonly context: HookContext;
  readonly asked: Asked;
  /** How many there are. */
  readonly records: number;
}

/** The owner of each record; none where there is nobody to get them. */
type Method = (dealing: Dealing) => Promise<readonly string[]>;

const METHODS: Readonly<Record<AssignmentRule['assign']['method'], Method>> = {
  round_robin: ({ context, asked, records }) => nextOf(asked, records, context.tx),
  least_load: async ({ context, asked, records }) => {
    const candidates = await candidatesOf(asked, context.tx);
    if (candidates.length === 0) return [];
    const loads = await loadsOf(context, asked.rule, candidates);
    return Array.from({ length: records }, () => {
      const least = candidates.reduce((best, each) => ((loads.get(each) ?? 0) < (loads.get(best) ?? 0) ? each : best));
      loads.set(least, (loads.get(least) ?? 0) + 1);
      return least;
    });
  },
  fixed: async ({ context, asked, records }) => {
    const [first] = await candidatesOf(asked, context.tx);
    return first === undefined ? [] : Array.from({ length: records }, () => first);
  },
};

/** Candidates named in one request: with the longest filter of a rule (4,000 characters) it is no longer than requests may be. */
const COUNTED_AT_ONCE = 100;

/** Records that count, by owner. */
async function loadsOf(
  { engines, model }: HookContext,
  { assign: { load } }: AssignmentRule,
  candidates: readonly string[],
): Promise<Map<string, number>> {
  const set = model.entities.get(load.entity)?.set;
  const also = load.filter === null ? '' : ` and (${load.filter})`;
  const loads = new Map<string, number>();
  for (let start = 0; start < candidates.length; start += COUNTED_AT_ONCE) {
    const owners = candidates.slice(start, start + COUNTED_AT_ONCE).join(',');
    const apply = `filter(${OWNER} in (${owners})${also})/groupby((${OWNER}),aggregate($count as kartoteka_load))`;
    const { value } = await engines().system.get(`/${set}?$apply=${inQuery(apply)}&$top=${COUNTED_AT_ONCE}`);
    for (const row of value) loads.set(String(row[OWNER]), Number(row.kartoteka_load));
  }
  return loads;
}

/** What would end the option or be decoded; the rest stays as short as it is. */
const inQuery = (text: string): string => text.replace(/[%&+#]/g, encodeURIComponent);
