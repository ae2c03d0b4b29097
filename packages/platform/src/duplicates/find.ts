// Records that duplicate rules take for given ones: values as a client sent them -> what the statement compares -> candidates.
import { type DuplicateRule, type EntityType, isStored, type Model } from '@kartoteka/metadata';
import type { Principal } from '../security/types.ts';
import { bindStatement } from '../sql/bind.ts';
import { rowsOf, textArray } from '../sql/row-source.ts';
import type { CompiledStatement } from '../sql/statement.ts';
import type { Executor } from '../storage/types.ts';
import { payloadTexts } from '../write/payload-texts.ts';
import { keepPlan } from '../write/plan-cache.ts';
import { keepsPlan } from '../write/write-set.ts';
import { type AppliedRule, duplicateStatement, readProperties } from './statement.ts';

export interface SearchedRecord {
  readonly id: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A record that a rule takes for the one at `at`. Of one that the principal may not read id and title are null. */
export interface Candidate {
  readonly at: number;
  readonly rule: DuplicateRule;
  readonly id: string | null;
  readonly title: string | null;
  /** How alike they are: 1 where everything that the rule compares is the same, else the similarity. */
  readonly score: number;
}

export interface Searched {
  readonly model: Model;
  readonly principal: Principal;
  readonly executor: Executor;
  readonly entity: EntityType;
  /** Update: what a record does not give is as it is stored. */
  readonly operation: 'create' | 'update';
}

/**
 * Candidates for each of the records, by the rules: one statement for those that give the same properties (of new ones: for all), and
 * one before it where a rule compares by similarity, which needs a transaction.
 */
export async function findCandidates(
  searched: Searched,
  rules: readonly AppliedRule[],
  records: readonly SearchedRecord[],
): Promise<readonly Candidate[]> {
  if (rules.length === 0 || records.length === 0) return [];
  const thresholds = rules.flatMap(({ rule }) => rule.match.flatMap(({ threshold }) => threshold ?? []));
  if (thresholds.length > 0) {
    const least = String(Math.min(...thresholds));
    await searched.executor.run(`select set_config('pg_trgm.similarity_threshold', $1::text, true)`, [least]);
  }
  const read = readProperties(
    searched.entity,
    rules.map(({ rule }) => rule),
  );
  const found: Candidate[] = [];
  for (const group of grouped(searched, read, records)) found.push(...(await search(searched, rules, group, records)));
  return found;
}

interface Group {
  readonly given: readonly string[];
  readonly members: { readonly at: number; readonly values: Readonly<Record<string, string | null>> }[];
}

function grouped(
  { entity, operation }: Searched,
  read: ReadonlySet<string>,
  records: readonly SearchedRecord[],
): Iterable<Group> {
  const names = [...read].filter((name) => {
    const property = entity.properties.get(name);
    return property !== undefined && isStored(property) && property.derived === undefined && name !== 'id';
  });
  const groups = new Map<string, Group>();
  for (const [at, { values }] of records.entries()) {
    const given = operation === 'create' ? names : names.filter((name) => Object.hasOwn(values, name));
    const key = given.join();
    const group = groups.get(key) ?? { given, members: [] };
    groups.set(key, group);
    group.members.push({ at, values: payloadTexts(entity, given, values, operation) });
  }
  return groups.values();
}

async function search(
  searched: Searched,
  rules: readonly AppliedRule[],
  group: Group,
  records: readonly SearchedRecord[],
): Promise<readonly Candidate[]> {
  const { model, principal, executor } = searched;
  const { given, members } = group;
  const statement = compiled(searched, rules, given, members.length > 1);
  const values = valuesOf(group, records);
  const parameters = bindStatement(statement, { model, principal, literals: [], values });
  const rows = await executor.run(statement.text, parameters, { prepare: keepsPlan(members.length) });
  const found: Candidate[] = [];
  const first = new Map<string, number>();
  for (const row of rows.toSorted((a, b) => Number(a.n) - Number(b.n))) {
    const rule = rules[Number(row.r)]?.rule;
    const at = members[Number(row.n) - 1]?.at;
    if (rule === undefined || at === undefined) continue;
    if (row.id !== null) {
      const readable = row.readable === true;
      found.push({
        at,
        rule,
        id: readable ? String(row.id) : null,
        title: readable && row.title !== null ? String(row.title) : null,
        score: Number(row.score),
      });
    }
    if (row.k === null) continue;
    const key = `${row.r} ${row.k}`;
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, at);
    else if (
      earlier !== at &&
      !found.some((each) => each.at === at && each.rule === rule && each.id === records[earlier]?.id)
    )
      found.push({ at, rule, id: records[earlier]?.id ?? null, title: null, score: 1 });
  }
  return found;
}

/** Of one record its values, of several an array for each property. */
function valuesOf(
  { given, members }: Group,
  records: readonly SearchedRecord[],
): Readonly<Record<string, string | null>> {
  const [first, second] = members;
  if (first !== undefined && second === undefined) return { ...first.values, id: records[first.at]?.id ?? null };
  const values: Record<string, string> = {
    [rowsOf('id')]: textArray(members.map(({ at }) => records[at]?.id ?? null)),
  };
  for (const name of given) values[rowsOf(name)] = textArray(members.map((member) => member.values[name] ?? null));
  return values;
}

interface KeptSearch {
  readonly model: Model;
  readonly statement: CompiledStatement;
}

function compiled(
  { model, principal, entity, operation }: Searched,
  rules: readonly AppliedRule[],
  given: readonly string[],
  several: boolean,
): CompiledStatement {
  const named = rules.map(({ rule, hidden }) => `${rule.name}${hidden ? '!' : ''}`).join();
  const key = `duplicates ${operation} ${entity.name} ${several} ${named} ${given.join()}`;
  const kept = principal.plans.get(key) as KeptSearch | undefined;
  if (kept !== undefined && kept.model === model) return kept.statement;
  const shape = { model, principal, entity, rules, given: new Set(given), stored: operation === 'update' };
  const statement = duplicateStatement({ ...shape, several: several && operation === 'create', single: !several });
  keepPlan(principal, key, { model, statement } satisfies KeptSearch);
  return statement;
}
