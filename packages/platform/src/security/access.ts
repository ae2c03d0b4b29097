// The rules of a principal for one privilege on one entity, merged into an Access: as few arms as cover the same rows.
// It reads rules only (ability.ts) and knows no SQL.
import {
  type CallerContext,
  type EntityType,
  fixContext,
  type Privilege,
  type SharePath,
  type TypedExpression,
} from '@kartoteka/metadata';
import { type PrincipalAbility, type RuleConditions, rulesOf } from './ability.ts';
import { arrayLiteral, type EntityFacts } from './directory.ts';
import type { Access, AccessArm, AccessSource, Cardinality, Coverage } from './types.ts';

/** Up to this many owners or units are probed one by one; the merge is lazy, so that it reads little more than the page. */
export const MAX_PROBES = 16;

/** An arm before its shape is chosen. */
interface Rows {
  readonly source: AccessSource;
  readonly ids: ReadonlySet<string>;
  readonly when: TypedExpression | null;
  readonly path?: SharePath;
}

/** What is known of the data, so that the shape of lists fits it; never of influence on which rows are covered. */
export interface Measures {
  readonly facts: EntityFacts | undefined;
  /** What was found for sources of many ids, and for shares of other records, by sourceKey. */
  readonly coverage: ReadonlyMap<string, Coverage>;
}

/** What a privilege covers: no rule, nothing granted; a rule without condition for all rows, unrestricted. */
export function accessFor(
  ability: PrincipalAbility,
  entity: EntityType,
  privilege: Privilege,
  measures: Measures,
): Access {
  const rules = rulesOf(ability, privilege, entity.name);
  const rows = mergeRows(rules);
  const unrestricted = rows.some(({ source, when }) => source === 'all' && when === null);
  const arms = unrestricted ? [] : rows.map((part) => shapedArm(part, measures));
  const base = { entity: entity.name, privilege, granted: rules.length > 0, unrestricted, arms };
  return { ...base, shapeKey: shapeKey(base) };
}

/** An access to every record, for the system principal. */
export function unrestrictedAccess(entity: string, privilege: Privilege): Access {
  return { entity, privilege, granted: true, unrestricted: true, arms: [], shapeKey: 'all' };
}

/** What both accesses to an entity cover. `other` names nobody by me() and the like (withContext): it is of somebody else. */
export function bothAccesses(own: Access, other: Access): Access {
  const { entity, privilege } = own;
  if (!own.granted || !other.granted) {
    return { entity, privilege, granted: false, unrestricted: false, arms: [], shapeKey: 'none' };
  }
  if (other.unrestricted) return own;
  if (own.unrestricted) return { ...other, ofCaller: true, shapeKey: `caller&${other.shapeKey}` };
  return { ...own, also: other, shapeKey: `${own.shapeKey}&${other.shapeKey}` };
}

/** The access with its conditions asked for this user, whoever the statement is for. */
export function withContext(access: Access, context: CallerContext): Access {
  if (access.arms.every(({ when }) => when === null)) return access;
  const arms = access.arms.map((arm) => ({ ...arm, when: arm.when === null ? null : fixContext(arm.when, context) }));
  return { ...access, arms, shapeKey: shapeKey({ ...access, arms }) };
}

/** The n-th arm as statements count them: those of `also` follow its own. */
export function armOf({ arms, also }: Access, index: number): AccessArm | undefined {
  return index < arms.length ? arms[index] : also?.arms[index - arms.length];
}

/** Sources in the order of arms. */
const SOURCES: readonly AccessSource[] = ['all', 'owners', 'units', 'shares', 'parent_shares'];

/** Equal for arms whose records come from the same place, whatever their ids and conditions. */
export function sourceKey({ source, path }: Pick<AccessArm, 'source' | 'path'>): string {
  return path === undefined ? source : `${source} ${path.key}`;
}

/**
 * Unites rules of the same source and condition, drops what an unconditional one, or one for all rows, covers, and makes one of
 * those for the same rows under several conditions: one of them must hold.
 */
export function mergeRows(rules: readonly RuleConditions[]): readonly Rows[] {
  const united = new Map<string, Rows & { ids: Set<string> }>();
  for (const { source, when, ids, path } of rules) {
    const key = `${SOURCES.indexOf(source)} ${path?.key ?? ''} ${conditionKey(when)}`;
    const rows = united.get(key) ?? { source, when, ids: new Set<string>(), ...(path === undefined ? {} : { path }) };
    for (const id of ids) rows.ids.add(id);
    united.set(key, rows);
  }
  const all = [...united].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rows]) => rows);
  const left = all.flatMap((rows) => uncovered(rows, all) ?? []);
  return [...Map.groupBy(left, rowsKey).values()].flatMap(underEither);
}

const rowsKey = (rows: Rows): string => `${sourceKey(rows)} ${[...rows.ids].sort().join()}`;

function underEither([first, ...more]: readonly Rows[]): readonly Rows[] {
  if (first === undefined) return [];
  const when = more.reduce<TypedExpression | null>(
    (left, { when: right }) =>
      left === null || right === null ? null : { kind: 'logical', type: 'boolean', op: 'or', left, right },
    first.when,
  );
  return [{ ...first, when }];
}

/** What other rows of the principal leave of these; null when nothing. */
function uncovered(rows: Rows, all: readonly Rows[]): Rows | null {
  const key = conditionKey(rows.when);
  const everywhere = all.some((other) => other !== rows && other.source === 'all' && sameOrNone(other.when, key));
  if (everywhere) return null;
  if (rows.when === null || rows.source === 'all') return rows;
  const unconditional = all.find((other) => sourceKey(other) === sourceKey(rows) && other.when === null);
  if (unconditional === undefined) return rows;
  const ids = new Set([...rows.ids].filter((id) => !unconditional.ids.has(id)));
  return ids.size === 0 ? null : { ...rows, ids };
}

function sameOrNone(when: TypedExpression | null, key: string): boolean {
  return when === null || conditionKey(when) === key;
}

/** Equal for equal conditions. */
export function conditionKey(when: TypedExpression | null): string {
  return when === null ? '' : JSON.stringify(when);
}

function shapedArm({ source, ids, when, path }: Rows, measures: Measures): AccessArm {
  const way = path === undefined ? {} : { path };
  const cardinality = CARDINALITY[source](ids.size, measures, sourceKey({ source, ...way }));
  const probes = cardinality === 'one' || cardinality === 'few' ? probesFor(source, ids.size) : 0;
  return { source, cardinality, probes, when, ids: arrayLiteral([...ids].sort()), ...way };
}

function probesFor(source: AccessSource, ids: number): number {
  return source === 'owners' || source === 'units' ? 2 ** Math.ceil(Math.log2(Math.max(1, ids))) : 0;
}

type Choose = (ids: number, measures: Measures, key: string) => Cardinality;

const CARDINALITY: Readonly<Record<AccessSource, Choose>> = {
  all: () => 'many',
  owners: principalCardinality,
  units: principalCardinality,
  shares: (_ids, { facts }) => sharesCardinality(facts),
  parent_shares: (_ids, { coverage }, key) => {
    const found = coverage.get(key) ?? 'many';
    return found === 'sparse' ? 'few' : found;
  },
};

function principalCardinality(ids: number, { coverage }: Measures, key: string): Cardinality {
  if (ids === 1) return 'one';
  if (ids <= MAX_PROBES) return 'few';
  return coverage.get(key) ?? 'many';
}

/**
 * Joining S shares by id costs about 3 us each; walking a sort order of R rows until 50 of them are shared costs about
 * 0.2 us for each of 50 R / S entries. The two are equal near S = 2 sqrt(R).
 */
function sharesCardinality(facts: EntityFacts | undefined): Cardinality {
  const { shares = 0, rows = 0 } = facts ?? {};
  return shares <= fewRows(rows) ? 'few' : 'many';
}

/** Of a table of about `rows` rows: so many are fetched by id and sorted as fast as a page of them is found by walking. */
export function fewRows(rows: number): number {
  return Math.max(200, 2 * Math.sqrt(rows));
}

function shapeKey(access: Omit<Access, 'shapeKey'>): string {
  if (!access.granted) return 'none';
  if (access.unrestricted) return 'all';
  return access.arms
    .map((arm) => [sourceKey(arm), arm.cardinality, arm.probes, conditionKey(arm.when)].join(':'))
    .join('|');
}
