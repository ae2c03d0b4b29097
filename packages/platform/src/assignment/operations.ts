// `apply_assignment_rules`: what the rules do to new records, done again to those that are there: a queue that is worked off, records
// that are older than a rule. Records are read and assigned with the rights of the caller, as by `assign`.
import type { EntityType, Model } from '@kartoteka/metadata';
import { is, listOf } from '../describe/members.ts';
import { reasonOfRefusal } from '../errors.ts';
import { CHOSEN, chosenRecords, MOST_CHOSEN } from '../extensions/chosen-records.ts';
import type { Arguments, Json, OperationContext, OperationDefinition } from '../extensions/types.ts';
import { evaluationContext } from '../mappings/mapped-values.ts';
import type { Asked } from './candidates.ts';
import { activeRules, fits, ownersBy } from './choose.ts';

const NAME = 'apply_assignment_rules';
const REASONS = ['no_rule', 'nobody', 'not_found', 'refused'] as const;
type Reason = (typeof REASONS)[number];

export const ASSIGNMENT_SHAPES = {
  applied_assignment_rules: {
    context: true,
    description: 'What assignment rules did to records',
    members: {
      found: is('Edm.Int32', 'Records that the caller may read'),
      assigned: is('Edm.Int32', 'Those that have their owner by a rule now, or with dry_run would have'),
      rules: listOf('applied_assignment_rule', 'How many each rule took'),
      others: listOf('unassigned_record', 'Those that stay as they are', { most: MOST_CHOSEN }),
    },
  },
  applied_assignment_rule: {
    description: 'An assignment rule, and what it took',
    members: { rule: is('Edm.String', 'Name'), count: is('Edm.Int32', 'Records that it took') },
  },
  unassigned_record: {
    description: 'A record that stays as it is',
    members: {
      id: is('Edm.Guid', 'Of the record'),
      reason: is('Edm.String', 'Why', { values: REASONS }),
      message: is('Edm.String', 'The same for people'),
    },
  },
} as const;

interface Unassigned {
  readonly id: string;
  readonly reason: Reason;
  readonly message: string;
}

interface Outcome {
  readonly taken: Map<string, number>;
  readonly others: Unassigned[];
}

async function apply(context: OperationContext, args: Arguments): Promise<unknown> {
  const { engine, entity } = context;
  if (entity === null) throw new Error('bound to nothing');
  const outcome: Outcome = { taken: new Map(), others: [] };
  let found = 0;
  for await (const { records, missing } of chosenRecords(engine, { name: NAME, entity }, args)) {
    found += records.length;
    for (const id of missing) {
      outcome.others.push({ id, reason: 'not_found', message: 'there is no such record that you may read' });
    }
    await applyTo(context, entity, records, { ...outcome, dryRun: args.dry_run === true });
  }
  const rules = [...outcome.taken].map(([rule, count]) => ({ rule, count }));
  return { found, assigned: rules.reduce((sum, { count }) => sum + count, 0), rules, others: outcome.others };
}

async function applyTo(
  context: OperationContext,
  entity: EntityType,
  records: readonly Json[],
  { taken, others, dryRun }: Outcome & { readonly dryRun: boolean },
): Promise<void> {
  const { model, principal } = context;
  const rules = activeRules(model, entity);
  const evaluation = evaluationContext(model, principal);
  const byRule = Map.groupBy(records, (record) => rules.find((rule) => fits(rule, record, evaluation)));
  for (const { id } of byRule.get(undefined) ?? []) {
    others.push({ id, reason: 'no_rule', message: 'no active rule takes it' });
  }
  for (const rule of rules) {
    const own = byRule.get(rule) ?? [];
    if (own.length === 0) continue;
    // Nobody's turn is used up by asking.
    const left = dryRun ? [] : await giveAway(context, { rule, model, entity }, own);
    others.push(...left);
    taken.set(rule.name, (taken.get(rule.name) ?? 0) + own.length - left.length);
  }
}

/** Gives the records to whom the rule says; those that stay as they are. */
async function giveAway(
  { engine, system, database }: OperationContext,
  asked: Asked,
  records: readonly Json[],
): Promise<readonly Unassigned[]> {
  const owners = await ownersBy(asked, records.length, { tx: database, system: () => system });
  if (owners.length === 0) {
    return records.map(({ id }) => ({ id, reason: 'nobody', message: `${asked.rule.name} finds nobody` }));
  }
  const left: Unassigned[] = [];
  for (const [owner, places] of Map.groupBy(owners.keys(), (at) => owners[at] ?? '')) {
    const ids = places.map((at) => String(records[at].id));
    left.push(...(await assign(engine, asked.entity, owner, ids)));
  }
  return left;
}

async function assign(
  engine: OperationContext['engine'],
  { set }: EntityType,
  owner: string,
  ids: readonly string[],
): Promise<readonly Unassigned[]> {
  const { results } = await engine.post(`/${set}/assign`, { ids, owner_id: owner });
  return results.flatMap(({ error }: Json, at: number) =>
    error === undefined ? [] : [{ id: ids[at] ?? '', reason: 'refused', message: reasonOfRefusal(error) }],
  );
}

const DRY_RUN = is('Edm.Boolean', 'Say which rules would take them, and assign nothing', { optional: true });

const common = {
  name: NAME,
  kind: 'action',
  entity: (entity: EntityType, model: Model) => activeRules(model, entity).length > 0,
  returns: { shape: 'applied_assignment_rules' },
} as const satisfies Partial<OperationDefinition>;

/** Of entities that have active rules. */
export const assignmentOperations: readonly OperationDefinition[] = [
  {
    ...common,
    binding: 'record',
    parameters: { dry_run: DRY_RUN },
    summary: 'Apply the assignment rules again',
    description:
      'Gives the record to whom the first rule that takes it says, with the rights and what follows of `assign`.',
    run: (context, args) => apply(context, { ...args, ids: [context.id] }),
  },
  {
    ...common,
    binding: 'collection',
    parameters: { ...CHOSEN, dry_run: DRY_RUN },
    summary: 'Apply the assignment rules to many',
    description: `Gives each of the records, ${MOST_CHOSEN} at most, to whom the first rule that takes it says, with the rights and what follows of \`assign\`; what is refused stays as it is, and is told.`,
    run: apply,
  },
];
