// Shares as they were for whoever read between two snapshots, and the ways on which they reached records: relations in place of
// those that hold them now, made from the log of shares and the change log. Where one changed while it was read, all that it was.
import type { ShareStep } from '@kartoteka/metadata';
import { keyOf, pathsOf, receivers, type Since, waysColumns } from './delta-events.ts';
import type { ShareTables } from './shares.ts';
import { quoteLiteral, tableOf } from './statement.ts';

/** The relations, and the parts of the statement (`name as materialized (...)`) that they are made of. */
export interface SharesThen extends ShareTables {
  readonly parts: readonly string[];
}

/** Null where no shares count for the reader. */
export function sharesThen(since: Since): SharesThen | null {
  const ids = receivers(since);
  if (ids === null) return null;
  const steps = new Map(
    pathsOf(since.access).flatMap(({ steps: all }) => all.slice(1).map((step) => [keyOf(step), step])),
  );
  const names = new Map([...steps.keys()].map((key, index) => [key, `former_way${index}`]));
  const nameOf = (step: ShareStep): string => names.get(keyOf(step)) ?? '';
  return {
    parts: [formerShares(since, ids), ...[...steps.values()].map((step) => formerWays(since, step, nameOf(step)))],
    shares: sharesRelation(),
    between: (step) => waysRelation(step, nameOf(step)),
  };
}

const SHARES = 'former_share';

function formerShares({ entity, access, low, high }: Since, ids: string): string {
  const names = [entity.name, ...pathsOf(access).map(({ target }) => target)].map(quoteLiteral);
  return (
    `${SHARES} as materialized (select g.principal_id, g.entity, g.record_id, ((array_agg(g.rights_before order by g.id))[1] | ` +
    `coalesce(bit_or(g.rights_after) filter (where pg_visible_in_snapshot(g.xid, ${high})), 0::smallint)) as rights ` +
    `from kartoteka.share_log g where g.principal_id = any(${ids}) and g.entity in (${names.join(', ')}) ` +
    `and g.xid >= pg_snapshot_xmin(${low}) and not pg_visible_in_snapshot(g.xid, ${low}) group by g.principal_id, g.entity, g.record_id)`
  );
}

function sharesRelation(): string {
  const columns = (alias: string): string =>
    ['principal_id', 'entity', 'record_id', 'rights'].map((column) => `${alias}.${column}`).join(', ');
  const same = '(f.principal_id, f.entity, f.record_id) = (k.principal_id, k.entity, k.record_id)';
  return (
    `(select ${columns('k')} from kartoteka.share k where not exists (select from ${SHARES} f where ${same}) ` +
    `union all select ${columns('f')} from ${SHARES} f)`
  );
}

/** `record_id` and `image`: where the lookup of a record has led. A restore says no more than where it leads after it; nothing led over a deleted record. */
function formerWays({ low, high }: Since, { from, navigation }: ShareStep, name: string): string {
  const property = quoteLiteral(navigation.property);
  const since = `m.entity = ${quoteLiteral(from.name)} and m.xid >= pg_snapshot_xmin(${low}) and not pg_visible_in_snapshot(m.xid, ${low})`;
  const first =
    `select distinct on (m.record_id) m.record_id, m.before as image from kartoteka.change_log m ` +
    `where ${since} and m.before ? ${property} order by m.record_id, m.id`;
  const later =
    `select m.record_id, m.after from kartoteka.change_log m where ${since} and m.after ? ${property} ` +
    `and pg_visible_in_snapshot(m.xid, ${high})`;
  return `${name} as materialized ((${first}) union all (${later}))`;
}

function waysRelation(step: ShareStep, name: string): string {
  const { own, former } = waysColumns(step);
  const table = tableOf(step.from);
  return (
    `(select ${own.join(', ')} from ${table} k where not exists (select from ${name} f where f.record_id = k.id) ` +
    `union all select ${former.join(', ')} from ${name} f left join ${table} k on k.id = f.record_id)`
  );
}
