// The statement of a create: judge the row that is going to be, insert it with its change-log line when no check fails.
import { storedProperties } from '@kartoteka/metadata';
import { changeLogInsert, imageSql, loggedProperties } from '../change-log.ts';
import { ownerProperty, PRINCIPAL_ENTITIES } from '../plan/write.ts';
import { ROW_NUMBER } from './row-source.ts';
import { columnOf } from './scope.ts';
import { quoteIdentifier, quoteLiteral, tableOf } from './statement.ts';
import { assemble, RETURNING_IMAGES, type WriteAnswer } from './write-answer.ts';
import type { CheckWriter } from './write-checks.ts';
import { addConditionChecks } from './write-conditions.ts';
import {
  accessSql,
  columnList,
  newRow,
  newRowAccessSql,
  propertyOf,
  type WriteContext,
  writtenValues,
} from './write-row.ts';
import { addStampChecks } from './write-stamps.ts';
import {
  addAccessCheck,
  carriedOwner,
  copiedOwner,
  lookupTargets,
  newOwner,
  ownOwner,
  parentFound,
} from './write-targets.ts';

/** Text of the statement; its parameters and rows are those of CompiledWrite. */
export function createSql(context: WriteContext, checks: CheckWriter, answer: WriteAnswer): string {
  const { plan, slots } = context;
  const { entity } = plan;
  const values = systemValues(context);
  for (const [name, value] of writtenValues(context, null)) values.set(name, value);
  for (const [name, value] of copiedOwner(context, null)) values.set(name, value);
  const owner = newOwner(context, checks, null);
  addCreateAccess(context, checks);
  addConditionChecks(context, checks, 'n', null);
  addStampChecks(context, checks, 'n');
  const targets = lookupTargets(context, checks, 'n', null);
  const isNamed = plan.owner === 'given' || plan.owner === 'ruled';
  const unit = owner === '' ? '' : ', new_owner.unit as "@unit"';
  const carried = carriedOwner(context, 'n');
  const row = ` cross join lateral (${newRow(entity, values, null)}) n`;
  const joins = plan.owner === 'parent' ? targets + row : row + creatorsRow(context, values) + targets;
  const from = `${context.source ?? '(select) one'}${owner}${joins}`;
  const judged = `select ${context.source === null ? '' : 'c.*, '}${checks.sql()} as "@failed"${unit}${carried.list} from ${from}`;
  if (isNamed && entity.ownership === 'user') values.set('owning_business_unit_id', 'c."@unit"');
  for (const [name, value] of carried.values) values.set(name, value);
  const set = [...values].map(([name, value]) => ({ property: propertyOf(entity, name), value }));
  const columns = set.map(({ property }) => quoteIdentifier(property.column)).join(', ');
  // Numbers are the columns' defaults, so that only a row that is inserted draws one.
  const numbered = storedProperties(entity).filter((property) => property.numbering !== undefined);
  const shown = new Set([...values.keys(), ...numbered.map((property) => property.name)]);
  const insert =
    `insert into ${tableOf(entity)} as t (${columns}) select ${set.map(({ value }) => value).join(', ')} ` +
    `from c where c."@failed" = ''${context.source === null ? '' : IN_ORDER} returning ${columnList(entity, 't', answer.body === null ? shown : null)}`;
  // The log says who wrote the record and when; where the record says something else, that is logged as well.
  const logged = [...loggedProperties([...set.map(({ property }) => property), ...numbered]), ...plan.stamps];
  const log = changeLogInsert(
    {
      entity,
      operation: 'create',
      id: 'w.id',
      version: 'w.version',
      before: 'null::jsonb',
      after: imageSql(logged, 'w'),
      from: 'w',
    },
    slots,
  );
  return assemble(context, answer, [
    `c as materialized (${judged})`,
    `w as (${insert})`,
    ...principalRow(context),
    `l as (${log}${answer.images ? RETURNING_IMAGES : ''})`,
  ]);
}

/** Of records that share a key, the first is written. The others are told from it by their missing row. */
const IN_ORDER = ` order by ${ROW_NUMBER} on conflict do nothing`;

const CREATORS = 'o';

/** The row as it would be without the owner that a rule gives it: what its creator must be allowed to make. */
function creatorsRow(context: WriteContext, values: ReadonlyMap<string, string>): string {
  const { plan, slots } = context;
  if (plan.owner !== 'ruled') return '';
  const own = new Map(values);
  own.set('owner_id', slots.use({ from: 'context', name: 'me' }, 'uuid'));
  own.set('owning_business_unit_id', slots.use({ from: 'context', name: 'my_business_unit' }, 'uuid'));
  return ` cross join lateral (${newRow(plan.entity, own, null)}) ${CREATORS}`;
}

/** Values the engine gives a new row: identity, stamps, version and, unless the payload names it, the owner. */
function systemValues(context: WriteContext): Map<string, string> {
  const { plan, slots } = context;
  const me = slots.use({ from: 'context', name: 'me' }, 'uuid');
  const values = new Map([
    ['id', slots.use({ from: 'value', name: 'id' }, 'uuid')],
    ['created_on', 'now()'],
    ['created_by_id', me],
    ['modified_on', 'now()'],
    ['modified_by_id', me],
    ['version', '1'],
  ]);
  if (plan.owner === 'creator' && plan.entity.ownership === 'user') values.set('owner_id', me);
  if (plan.owner === 'creator')
    values.set('owning_business_unit_id', slots.use({ from: 'context', name: 'my_business_unit' }, 'uuid'));
  if ((plan.owner === 'given' || plan.owner === 'ruled') && plan.entity.ownership === 'user')
    values.set('owning_business_unit_id', 'new_owner.unit');
  return values;
}

/** Users and teams are owners of records: their row in the common supertable is made with them. */
function principalRow(context: WriteContext): readonly string[] {
  const kind = PRINCIPAL_ENTITIES.find((name) => name === context.plan.entity.name);
  if (kind === undefined) return [];
  return [`p as (insert into kartoteka.principal (id, kind) select w.id, ${quoteLiteral(kind)} from w)`];
}

function addCreateAccess(context: WriteContext, checks: CheckWriter): void {
  const { plan } = context;
  const { entity } = plan;
  const create = newRowAccessSql(context, 'create', plan.owner === 'ruled' ? CREATORS : 'n');
  if (create !== 'true')
    addAccessCheck(context, checks, `not ${create}${parentFound(context)}`, {
      entity,
      privilege: 'create',
      rank: 'record',
    });
  if (plan.owner !== 'given') return;
  const assign = accessSql(context, entity, 'assign', 'n');
  if (assign === 'true') return;
  const property = ownerProperty(entity);
  const other = property === undefined ? 'true' : `${columnOf('n', entity, property.name)} <> ${ownOwner(context)}`;
  addAccessCheck(context, checks, `${other} and not ${assign}`, { entity, privilege: 'assign', rank: 'record' });
}
