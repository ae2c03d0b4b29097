// What duplicate rules do to writes, as hooks made of the Model: entities without active rules have none.
import type { DuplicateReaction, DuplicateRule, EntityType, Model } from '@kartoteka/metadata';
import { type ErrorDetail, errorDetail, PlatformError } from '../errors.ts';
import type { Hook, HookContext, PendingWrite } from '../hooks.ts';
import { type Candidate, findCandidates, type SearchedRecord } from './find.ts';
import { type DuplicateHandling, duplicateHandling } from './header.ts';
import { readProperties } from './statement.ts';

type Written = 'create' | 'update';

/** One hook for each entity and operation on which a rule reacts. */
export function duplicateHooks(model: Model): readonly Hook[] {
  const rules = [...model.duplicateRules.values()].filter(({ active }) => active);
  return [...Map.groupBy(rules, ({ entity }) => entity)].flatMap(([name, own]) => {
    const entity = model.entities.get(name);
    return entity === undefined ? [] : (['create', 'update'] as const).flatMap((each) => hookFor(entity, own, each));
  });
}

function hookFor(entity: EntityType, all: readonly DuplicateRule[], operation: Written): readonly Hook[] {
  const rules = all.filter((rule) => usual(rule, operation) !== 'ignore' || rule.onImport !== 'ignore');
  if (rules.length === 0) return [];
  const refuses = rules.some((rule) => usual(rule, operation) === 'refuse' || rule.onImport === 'refuse');
  const fuzzy = rules.some(({ match }) => match.some(({ how }) => how === 'fuzzy'));
  return [
    {
      entity: entity.name,
      operations: [operation],
      needsTransaction: (_model, _operation, records) =>
        (refuses || fuzzy) && concerned(entity, rules, operation, records).length > 0,
      before: (context, records) => check(context, entity, rules, operation, records),
    },
  ];
}

const usual = (rule: DuplicateRule, operation: Written): DuplicateReaction =>
  operation === 'create' ? rule.onCreate : rule.onUpdate;

function reactionOf(rule: DuplicateRule, operation: Written, handling: DuplicateHandling): DuplicateReaction {
  const reaction = handling.import ? rule.onImport : usual(rule, operation);
  return reaction === 'refuse' && handling.allow ? 'warn' : reaction;
}

/** An update that writes nothing that a rule compares makes no duplicate that was none before. */
function concerned<T extends SearchedRecord>(
  entity: EntityType,
  rules: readonly DuplicateRule[],
  operation: Written,
  records: readonly T[],
): readonly T[] {
  if (operation === 'create') return records;
  const compared = readProperties(
    entity,
    rules.map((rule) => ({ ...rule, when: null })),
  );
  return records.filter(({ values }) => Object.keys(values).some((name) => compared.has(name)));
}

async function check(
  context: HookContext,
  entity: EntityType,
  all: readonly DuplicateRule[],
  operation: Written,
  records: readonly PendingWrite[],
): Promise<void> {
  const handling = duplicateHandling(context.request?.headers);
  const rules = all.filter((rule) => reactionOf(rule, operation, handling) !== 'ignore');
  const asked = concerned(entity, rules, operation, records);
  if (rules.length === 0 || asked.length === 0) return;
  const applied = rules.map((rule) => ({ rule, hidden: reactionOf(rule, operation, handling) === 'refuse' }));
  const { model, principal, tx } = context;
  if (applied.some(({ hidden }) => hidden)) await lockEntity(context, entity);
  const searched = { model, principal, executor: tx, entity, operation };
  const found = await findCandidates(searched, applied, asked);
  for (const [at, candidates] of Map.groupBy(found, (candidate) => candidate.at)) {
    const record = asked[at];
    if (record === undefined) continue;
    const refusing = candidates.filter(({ rule }) => reactionOf(rule, operation, handling) === 'refuse');
    if (refusing.length > 0) context.refuse(record, refusal(model, refusing));
    else context.annotate?.(record, ANNOTATION, told(model, candidates));
  }
}

/** Name of the annotation by which the answer of a write tells candidates. */
export const ANNOTATION = '@kartoteka.duplicates';

/** Whoever is refused must not have been let through by another who wrote at the same moment: such writes of an entity wait for each other. */
async function lockEntity({ tx }: HookContext, { name }: EntityType): Promise<void> {
  await tx.run(`select pg_advisory_xact_lock(hashtextextended($1::text, 20261123))`, [`duplicates ${name}`], {
    prepare: true,
  });
}

/** A candidate as answers tell it. Of one that the caller may not read there is the rule alone. */
export interface ToldCandidate {
  readonly rule: string;
  readonly entity: string;
  readonly set: string;
  readonly id: string | null;
  readonly title: string | null;
}

/** Each record once for each rule. */
export function told(model: Model, candidates: readonly Candidate[]): readonly ToldCandidate[] {
  const all = candidates.map(({ rule, id, title }) => {
    const set = model.entities.get(rule.against)?.set ?? '';
    return { rule: rule.name, entity: rule.against, set, id, title };
  });
  // How many there are that he may not read is nobody's business.
  return [...new Map(all.map((each) => [`${each.rule} ${each.id}`, each])).values()];
}

function refusal(model: Model, candidates: readonly Candidate[]): PlatformError {
  const details = told(model, candidates).map((candidate): ErrorDetail => {
    const rule = model.duplicateRules.get(candidate.rule);
    const [match] = rule?.match ?? [];
    return {
      ...errorDetail('duplicate_candidate', { rule: candidate.rule }, match?.property),
      '@kartoteka.duplicate': candidate,
    };
  });
  return new PlatformError('duplicate_found', {}, { details });
}
