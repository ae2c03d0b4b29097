// Which rule takes a record, and to whom it gives it: asked of new records (hook.ts) and of those that are there (operations.ts).
import {
  type AssignmentRule,
  type EntityType,
  type EvaluationContext,
  type Model,
  matchesExpression,
  storedValue,
} from '@kartoteka/metadata';
import type { Engine } from '../extensions/types.ts';
import type { Executor } from '../storage/types.ts';
import { type Asked, candidatesOf, nextOf, queueOf } from './candidates.ts';

/** Property of the owner of records that have one. */
export const OWNER = 'owner_id';

/** In the order in which they are asked. */
export const activeRules = ({ assignmentRules }: Model, { name }: EntityType): readonly AssignmentRule[] =>
  [...assignmentRules.values()].filter(({ active, entity }) => active && entity === name);

/** Whether a rule takes a record of these values by property, as JSON has them; what is missing is null. */
export function fits(
  { when }: AssignmentRule,
  values: Readonly<Record<string, unknown>>,
  evaluation: EvaluationContext,
): boolean {
  if (when === null) return true;
  try {
    return matchesExpression(when, (_navigations, name) => storedValue(values[name]), evaluation);
  } catch {
    // A value that is none of its property: the write is refused for it.
    return false;
  }
}

/** What choosing asks the database, and, where it counts loads, the engine. */
export interface Means {
  readonly tx: Executor;
  readonly system: () => Engine;
}

/** The owner of each of as many records by the rule: in turns, by load, or its queue; none where there is nobody. */
export async function ownersBy(asked: Asked, records: number, means: Means): Promise<readonly string[]> {
  if (records === 0) return [];
  const { rule, model, entity } = asked;
  const owners = await METHODS[rule.assign.method](asked, records, means);
  if (owners.length > 0 || rule.assign.queue === null) return owners;
  const queue = await queueOf(model, entity, rule.assign.queue, means.tx);
  return queue === null ? [] : Array.from({ length: records }, () => queue);
}

/** The owner of each record; none where there is nobody to get them. */
type Method = (asked: Asked, records: number, means: Means) => Promise<readonly string[]>;

const METHODS: Readonly<Record<AssignmentRule['assign']['method'], Method>> = {
  round_robin: (asked, records, { tx }) => nextOf(asked, records, tx),
  least_load: async (asked, records, { tx, system }) => {
    const candidates = await candidatesOf(asked, tx);
    if (candidates.length === 0) return [];
    const loads = await loadsOf(asked, candidates, system());
    return Array.from({ length: records }, () => {
      const least = candidates.reduce((best, each) => ((loads.get(each) ?? 0) < (loads.get(best) ?? 0) ? each : best));
      loads.set(least, (loads.get(least) ?? 0) + 1);
      return least;
    });
  },
  fixed: async (asked, records, { tx }) => {
    const [first] = await candidatesOf(asked, tx);
    return first === undefined ? [] : Array.from({ length: records }, () => first);
  },
};

/** Candidates named in one request: with the longest filter of a rule (4,000 characters) it is no longer than requests may be. */
const COUNTED_AT_ONCE = 100;

/** Records that count, by owner. */
async function loadsOf(
  { model, rule: { assign } }: Asked,
  candidates: readonly string[],
  system: Engine,
): Promise<Map<string, number>> {
  const { load } = assign;
  const set = model.entities.get(load.entity)?.set;
  const also = load.filter === null ? '' : ` and (${load.filter})`;
  const loads = new Map<string, number>();
  for (let start = 0; start < candidates.length; start += COUNTED_AT_ONCE) {
    const owners = candidates.slice(start, start + COUNTED_AT_ONCE).join(',');
    const apply = `filter(${OWNER} in (${owners})${also})/groupby((${OWNER}),aggregate($count as kartoteka_load))`;
    const { value } = await system.get(`/${set}?$apply=${inQuery(apply)}&$top=${COUNTED_AT_ONCE}`);
    for (const row of value) loads.set(String(row[OWNER]), Number(row.kartoteka_load));
  }
  return loads;
}

/** What would end the option or be decoded; the rest stays as short as it is. */
const inQuery = (text: string): string => text.replace(/[%&+#]/g, encodeURIComponent);
