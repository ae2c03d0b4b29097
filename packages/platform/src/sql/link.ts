// Statements that link and unlink records of a many-to-many relation: the record is locked and judged, the others are found,
// locked and judged, and rows of the table of links come or go with one change-log row, when no check fails.
import type { EntityType } from '@kartoteka/metadata';
import { changeLogInsert } from '../change-log.ts';
import type { LinkNode } from '../plan/link.ts';
import type { AuthorizedLink } from '../plan/write-authorize.ts';
import type { CompiledCheck } from './delete.ts';
import { columnOf } from './scope.ts';
import { junctionOf, quoteIdentifier, quoteLiteral, SlotWriter, tableOf } from './statement.ts';
import { CheckWriter } from './write-checks.ts';
import { accessSql, type RightsContext } from './write-row.ts';
import { addAccessCheck } from './write-targets.ts';

/** What linking needs on both records, besides reading them (3-security). */
const PRIVILEGES = ['append', 'append_to'] as const;

/**
 * Links the record `id` to the records `@others`, which are distinct; those that are linked stay as they are. Row: none when
 * there is no readable record; else `failed`, and `missing`, the places in `@others` of those that are not there.
 */
export function linkStatement(authorized: AuthorizedLink): CompiledCheck {
  const { context, checks, link } = begin(authorized);
  const found = othersSql(context, link, ' order by t.id for key share of t');
  const others = othersSlot(context);
  addRights(context, checks, link, true);
  const missing = `array(select u.n - 1 from unnest(${others}) with ordinality u(id, n) where not exists (select from x where x.id = u.id) order by 1)`;
  checks.failsWhen(`(select count(*) from x) < cardinality(${others})`, {
    rank: 'values',
    code: 'target_not_found',
    values: { name: link.navigation.name },
    target: link.navigation.name,
  });
  const judged = `select o.id, o.version, ${checks.sql()} as "@failed", ${missing}::text as missing from o`;
  const { own, other, table } = columnsOf(link);
  const insert =
    `insert into ${table} (${own}, ${other}) select c.id, x.id from c cross join x where c."@failed" = '' ` +
    `on conflict do nothing returning ${other} as id`;
  const parts = [
    `o as materialized (${recordSql(context, link.entity)})`,
    `x as materialized (${found})`,
    `c as materialized (${judged})`,
    `w as (${insert})`,
    `l as (${logSql(context, link, `'{}'::jsonb`, imageSql(link))})`,
  ];
  const text = `with ${parts.join(', ')} select c."@failed" as failed, c.missing from c`;
  return { statement: { text, slots: context.slots.slots }, checks: checks.checks };
}

/**
 * Takes the link of the record `id` to the one record in `@others` away. Row: none when one of them is missing or hidden; else
 * `failed`, and `removed`, whether there was a link.
 */
export function unlinkStatement(authorized: AuthorizedLink): CompiledCheck {
  const { context, checks, link } = begin(authorized);
  addRights(context, checks, link, false);
  const judged = `select o.id, o.version, x.id as other, ${checks.sql()} as "@failed" from o cross join x`;
  const { own, other, table } = columnsOf(link);
  const removal =
    `delete from ${table} j using c where j.${own} = c.id and j.${other} = c.other and c."@failed" = '' ` +
    `returning j.${other} as id`;
  const parts = [
    `o as materialized (${recordSql(context, link.entity)})`,
    `x as materialized (${othersSql(context, link, '')})`,
    `c as materialized (${judged})`,
    `w as (${removal})`,
    `l as (${logSql(context, link, imageSql(link), `'{}'::jsonb`)})`,
  ];
  const text = `with ${parts.join(', ')} select c."@failed" as failed, exists (select from w) as removed from c`;
  return { statement: { text, slots: context.slots.slots }, checks: checks.checks };
}

interface Beginning {
  readonly context: RightsContext;
  readonly checks: CheckWriter;
  readonly link: LinkNode;
}

function begin(authorized: AuthorizedLink): Beginning {
  return { context: { authorized, slots: new SlotWriter() }, checks: new CheckWriter(), link: authorized.link };
}

function othersSlot(context: RightsContext): string {
  return context.slots.use({ from: 'value', name: '@others' }, 'uuid[]');
}

function columnsOf({ junction }: LinkNode): { readonly own: string; readonly other: string; readonly table: string } {
  const [own = '', other = ''] = [junction.own, junction.other].map(quoteIdentifier);
  return { own, other, table: junctionOf(junction) };
}

/** The record, locked as an update would: a delete of it waits, and its version is the one that is logged. */
function recordSql(context: RightsContext, entity: EntityType): string {
  const id = context.slots.use({ from: 'value', name: 'id' }, 'uuid');
  return `${rowsSql(context, entity, `t.id = ${id}`, `, ${columnOf('t', entity, 'version')} as version`)} for no key update of t`;
}

function othersSql(context: RightsContext, { target }: LinkNode, locked: string): string {
  return rowsSql(context, target, `t.id = any(${othersSlot(context)})`, '') + locked;
}

/** Readable records with the verdicts of the rights on them. */
function rowsSql(context: RightsContext, entity: EntityType, which: string, more: string): string {
  const verdicts = PRIVILEGES.map((name) => `${accessSql(context, entity, name, 't')} as "@${name}"`);
  const readable = accessSql(context, entity, 'read', 't');
  const conditions = [which, 't.deleted_on is null', ...(readable === 'true' ? [] : [readable])];
  return `select t.id${more}, ${verdicts.join(', ')} from ${tableOf(entity)} t where ${conditions.join(' and ')}`;
}

/** `many`: the other side is a set of records; else one, in the same row. */
function addRights(context: RightsContext, checks: CheckWriter, link: LinkNode, many: boolean): void {
  const target = link.navigation.name;
  for (const privilege of PRIVILEGES) {
    const held = `"@${privilege}"`;
    const own = { entity: link.entity, privilege, rank: 'record', target } as const;
    if (accessSql(context, link.entity, privilege, 't') !== 'true')
      addAccessCheck(context, checks, `not o.${held}`, own);
    if (accessSql(context, link.target, privilege, 't') === 'true') continue;
    const failed = many ? `exists (select from x where not x.${held})` : `not x.${held}`;
    const id = many ? `(select x.id from x where not x.${held} order by x.id limit 1)` : 'x.id';
    addAccessCheck(context, checks, failed, { entity: link.target, privilege, rank: 'targets', target, id });
  }
}

/** The records of the other side by the navigation's name; none where links leave no trace of what they lead to. */
function imageSql({ navigation, junction }: LinkNode): string {
  return junction.audit ? `jsonb_build_object(${quoteLiteral(navigation.name)}, w.ids)` : `'{}'::jsonb`;
}

/** One row for the record, when links came or went. */
function logSql(context: RightsContext, { entity }: LinkNode, before: string, after: string): string {
  const written = '(select jsonb_agg(w.id order by w.id) as ids from w) w cross join c where w.ids is not null';
  return changeLogInsert(
    { entity, operation: 'update', id: 'c.id', version: 'c.version', before, after, from: written },
    context.slots,
  );
}
