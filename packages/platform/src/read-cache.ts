// Compiled reads, kept per principal and shape of request, so that a known request is neither planned, authorized nor
// printed again. A plan is made for one principal's rights and must never serve another.
import { isStored, type Model, readsRecords } from '@kartoteka/metadata';
import { LRUCache } from 'lru-cache';
import type { RowColumn } from './plan/apply-plan.ts';
import { type AuthorizedPlan, authorizeRead } from './plan/authorize.ts';
import { mostRecords, type ReadPlan, type SelectNode } from './plan/read-plan.ts';
import type { Principal } from './security/types.ts';
import { contextSelect, rowsSelectList } from './shape.ts';
import { type Replacement, replacements } from './sql/record-json.ts';
import type { CompiledStatement } from './sql/statement.ts';

/** A compiled read with what shaping needs. */
export interface CompiledRead {
  readonly statement: CompiledStatement;
  /** The server keeps a prepared statement of it: not for what is asked once, because there is no end of such texts. */
  prepared: boolean;
  /** It has a $search. */
  readonly searches: boolean;
  /** Select list of the context URL. */
  readonly contextSelect: string;
  readonly replacements: readonly Replacement[];
  /** What is shown of a record; null where none is. */
  readonly select: SelectNode | null;
  /** Of grouped rows: the columns that are shown. */
  readonly rows?: readonly RowColumn[];
  readonly orderKeys: number;
  /** Most records shown for one record of the list, itself included. */
  readonly records: number;
  /** It is of one record by its id, and of nothing else. */
  readonly brief: boolean;
  /** The version of the record says nothing about all that is shown: other records, or what is computed. */
  readonly unversioned: boolean;
}

const PLANS_PER_PRINCIPAL = 200;
const KNOWN_TEXTS = 500;
/** Characters of SQL; what is longer is printed anew each time. */
const LONGEST_KEPT = 64_000;

/** Texts that were compiled before, so that a principal new to one prepares it at once; principals share the string. */
const knownTexts = new LRUCache<string, string>({ max: KNOWN_TEXTS });

/** The read kept under `key`; its parts stand apart by NUL, which no request text can contain. */
export function keptRead(principal: Principal, key: string): CompiledRead | undefined {
  return principal.plans.get(key) as CompiledRead | undefined;
}

/**
 * Authorizes and compiles a plan and keeps it, the oldest given up first. Waits until the principal's access is measured.
 * Throws what authorizeRead throws.
 */
export async function compileRead<Plan extends ReadPlan>(
  env: { readonly model: Model; readonly principal: Principal },
  key: string,
  plan: Plan,
  compile: (plan: AuthorizedPlan<Plan>) => CompiledStatement,
): Promise<CompiledRead> {
  const { model, principal } = env;
  const authorized = authorizeRead(plan, model, principal);
  await principal.ready(authorized.entities);
  const { text, slots } = compile(authorized);
  const known = knownTexts.get(text);
  if (known === undefined && text.length <= LONGEST_KEPT) knownTexts.set(text, text);
  const compiled: CompiledRead = {
    statement: { text: known ?? text, slots },
    prepared: known !== undefined,
    ...shaping(authorized.plan, authorized),
  };
  if (text.length <= LONGEST_KEPT) keep(principal.plans, key, compiled);
  return compiled;
}

function shaping(
  plan: ReadPlan,
  { visible }: Pick<AuthorizedPlan<unknown>, 'visible'>,
): Omit<CompiledRead, 'statement' | 'prepared'> {
  if (plan.kind === 'count' || plan.kind === 'changes' || plan.kind === 'timeline') {
    const searches = plan.kind === 'count' && plan.search !== null;
    const nothing = { contextSelect: '', replacements: [], select: null, orderKeys: 0, records: 0 };
    return { ...nothing, searches, brief: false, unversioned: false };
  }
  if (plan.kind === 'apply') {
    const rows = plan.shown.map((number) => plan.columns[number] as RowColumn);
    return {
      ...{ searches: plan.search !== null, contextSelect: rowsSelectList(rows), replacements: [], select: null, rows },
      ...{ orderKeys: plan.orderBy.length, records: 1, brief: false, unversioned: true },
    };
  }
  const { select } = plan;
  const computed = select.computed?.some((each) => each.shown) === true;
  const alone = select.expands.length === 0 && !computed;
  const shown = select.properties ?? visible(select.entity);
  return {
    searches: (plan.kind === 'collection' && plan.query.search !== null) || expandsSearch(select),
    contextSelect: contextSelect(select),
    replacements: replacements(select),
    select,
    orderKeys: plan.kind === 'collection' ? plan.query.orderBy.length : 0,
    records: mostRecords(select),
    brief: plan.kind === 'record' && isBrief(select, visible),
    unversioned: !alone || !shown.every(isStored),
  };
}

/** Whether a record is shown from its own row alone: no other records are read for it. */
export function isBrief(
  { expands, computed, properties, entity }: SelectNode,
  visible: AuthorizedPlan<unknown>['visible'],
): boolean {
  if (expands.length > 0 || computed?.some((each) => each.shown) === true) return false;
  return !(properties ?? visible(entity)).some(readsRecords);
}

function expandsSearch({ expands }: SelectNode): boolean {
  return expands.some(({ query, select }) => (query !== null && query.search !== null) || expandsSearch(select));
}

function keep(plans: Map<string, unknown>, key: string, compiled: CompiledRead): void {
  if (plans.size >= PLANS_PER_PRINCIPAL) {
    const oldest = plans.keys().next().value;
    if (oldest !== undefined) plans.delete(oldest);
  }
  plans.set(key, compiled);
}
