// With whom a record is shared, as one statement, newest first. It takes only an AuthorizedPlan; users and teams that its reader may not
// read never leave the database, neither as rows nor in the number of them.
import type { EntityType } from '@kartoteka/metadata';
import type { AuthorizedPlan, SharesPlan } from '../plan/authorize.ts';
import { DIRECTORY, DIRECTORY_PROPERTIES, entityOf } from '../security/directory.ts';
import { SHARE_RIGHT_BITS } from '../security/types.ts';
import { boundedAnswer } from './answer-size.ts';
import { jsonOf } from './record-json.ts';
import { columnOf, coveredSql, readable, type StatementContext } from './scope.ts';
import { type CompiledStatement, quoteLiteral, SlotWriter, tableOf } from './statement.ts';

/**
 * A page of shares: columns `found` (the record is there and may be read), `may` (it may be shared), `items` (JSON texts with commas, null
 * when too long), `rows` (up to limit + 1), `k0`, `k1` (time and principal of the last one shown). Slot values: id, limit, page, key0, key1.
 */
export function compileShares(plan: AuthorizedPlan<SharesPlan>): CompiledStatement {
  const slots = new SlotWriter();
  const nothing = { from: 'constant', value: null } as const;
  const links = { base: nothing, end: nothing };
  const context: StatementContext = { plan, slots, ieee754: false, annotations: false, links, aliases: 0 };
  const { entity, continues } = plan.plan;
  const value = (name: string, cast: string): string => slots.use({ from: 'value', name }, cast);
  const record =
    `found as materialized (select ${coveredSql(context, entity, 't', 'share')} as may from ${tableOf(entity)} t ` +
    `where t.id = ${value('id', 'uuid')} and ${readable(context, entity, 't')})`;
  const tests = [
    '(select f.may from found f)',
    `s.entity = ${quoteLiteral(entity.name)} and s.record_id = ${value('id', 'uuid')}`,
    ...(continues
      ? [`(s.granted_on, s.principal_id) < (${value('key0', 'timestamptz')}, ${value('key1', 'uuid')})`]
      : []),
  ];
  const order = 'order by s.granted_on desc, s.principal_id desc';
  const page =
    `select s.granted_on, s.principal_id, s.rights, s.granted_by_id, p.kind, p.name, p.active from kartoteka.share s ` +
    `cross join lateral (${receiverSql(context)}) p where ${tests.join(' and ')} ${order} limit ${value('limit', 'bigint')}`;
  const shown = value('page', 'int');
  const keys = ['granted_on', 'principal_id'].map((name, at) => `(array_agg(p.${name}::text))[${shown}] as k${at}`);
  const text =
    `with ${record} select coalesce(string_agg(p.body, ',') filter (where p.n <= ${shown}), '') as items, count(*) as rows, ` +
    `${keys.join(', ')}, (select count(*) from found) > 0 as found, coalesce((select f.may from found f), false) as may ` +
    `from (select row_number() over (${order}) as n, s.granted_on, s.principal_id, ${jsonOf(columns())}::text as body ` +
    `from (${page}) s left join lateral (${giverSql(context)}) g on true) p`;
  return { text: boundedAnswer(text, 'items', ['rows', 'k0', 'k1', 'found', 'may']), slots: slots.slots };
}

/** Columns of one share in the answer; JSON names are the column names. */
function columns(): string {
  const rights = Object.entries(SHARE_RIGHT_BITS).map(
    ([right, bit]) => `case when s.rights & ${bit} <> 0 then ${quoteLiteral(right)} end`,
  );
  return [
    ...['s.principal_id', 's.kind', 's.name', 's.active'],
    `array_remove(array[${rights.join(', ')}]::text[], null) as rights`,
    ...['s.granted_on', 'g.id as granted_by_id', 'g.name as granted_by_name'],
  ].join(', ');
}

/** The user or team of the share `s`, where it may be read. */
function receiverSql(context: StatementContext): string {
  const { model } = context.plan;
  return [DIRECTORY.user, DIRECTORY.team]
    .map((kind) => {
      const type = entityOf(model, kind);
      const active = kind === DIRECTORY.team ? 'true' : shownSql(context, type, DIRECTORY_PROPERTIES.active, 'boolean');
      return (
        `select ${quoteLiteral(kind)} as kind, ${shownSql(context, type, type.title, 'text')} as name, ${active} as active ` +
        `from ${tableOf(type)} n where n.id = s.principal_id and ${readable(context, type, 'n')}`
      );
    })
    .join(' union all ');
}

/** Who gave the share `s`, where he may be read. */
function giverSql(context: StatementContext): string {
  const user = entityOf(context.plan.model, DIRECTORY.user);
  const name = shownSql(context, user, user.title, 'text');
  return `select n.id, ${name} as name from ${tableOf(user)} n where n.id = s.granted_by_id and ${readable(context, user, 'n')}`;
}

/** A stored property of the record `n`; null where it may not be read. */
function shownSql({ plan }: StatementContext, type: EntityType, property: string, cast: string): string {
  const shown = plan.visible(type).find(({ name, column }) => name === property && column !== '');
  return shown === undefined ? `null::${cast}` : `${columnOf('n', type, shown.name)}::${cast}`;
}
