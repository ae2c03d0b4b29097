// All eight privileges on all records of a world, as the engine says them: by its SQL predicates, both ways of looking up shares,
// and by its rules in memory. It must not be imported by product code.
import { type EntityType, PRIVILEGES, type TypedExpression } from '@kartoteka/metadata';
import { type PrintCondition, recordPredicate } from '../../sql/access.ts';
import { bindStatement } from '../../sql/bind.ts';
import { expressionToSql } from '../../sql/expression.ts';
import { SlotWriter, tableOf } from '../../sql/statement.ts';
import type { Executor } from '../../storage/types.ts';
import { can, type JudgedRecord, type RecordShare } from '../ability.ts';
import { holdersOf } from '../acting.ts';
import { propertyOf, targetOf } from '../oracle/access.ts';
import { DIRECTORY, SCHEMA, schemaOf } from '../oracle/schema.ts';
import type { Stored, World } from '../oracle/world.ts';
import { type Principal, SHARE_RIGHT_BITS } from '../types.ts';
import { modelOf } from './requests.ts';
import { lookupValues } from './stored.ts';

/** `privilege entity id` of everything that the predicates say is held. */
export async function heldInSql(
  executor: Executor,
  principal: Principal,
  shares: 'probe' | 'hash',
): Promise<ReadonlySet<string>> {
  const slots = new SlotWriter();
  const model = modelOf(principal);
  const parts = Object.keys(SCHEMA).flatMap((name) => {
    const entity = model.entities.get(name) as EntityType;
    const print: PrintCondition = (when: TypedExpression, alias: string) =>
      expressionToSql(when, { slots, column: (_, property) => `${alias}."${property}"`, boundLiterals: false });
    const held = PRIVILEGES.map((privilege) => {
      const test = recordPredicate(principal.access(name, privilege), 'a', entity, slots, print, shares);
      // A predicate that is null would pass where `not` stands before it.
      return `case ${test} when true then '${privilege} ' when false then '' else 'unknown_${privilege} ' end`;
    });
    return `select '${name} ' || a.id as record, ${held.join(' || ')} as held from ${tableOf(entity)} a`;
  });
  const text = parts.join(' union all ');
  const bindings = { model, principal, literals: [], values: {} };
  const rows = await executor.run(text, bindStatement({ text, slots: slots.slots }, bindings));
  return new Set(
    rows.flatMap(({ record, held }) =>
      String(held)
        .trim()
        .split(' ')
        .filter(Boolean)
        .map((name) => `${name} ${record}`),
    ),
  );
}

/** Whether the rules in memory cover the record. */
export function heldInMemory(world: World, principal: Principal, privilege: string, record: Stored): boolean {
  return holdersOf(principal).every((holder) =>
    can(holder.ability, privilege as 'read', judgedRecord(world, holder, record)),
  );
}

function judgedRecord(world: World, principal: Principal, record: Stored): JudgedRecord {
  const own = DIRECTORY.includes(record.entity) ? [] : ['stage', 'amount', 'name', 'created_by_id'];
  const { ownership } = schemaOf(record.entity);
  const owner = ownership === 'user' || ownership === 'parent' ? ['owner_id'] : [];
  const unit = ownership === 'organization' ? [] : ['owning_business_unit_id'];
  const names = ['id', ...own, ...owner, ...unit];
  const values = Object.fromEntries(names.map((name) => [name, asText(propertyOf(world, record, name))]));
  return {
    entity: record.entity,
    values: { ...values, ...lookupValues(record) },
    shares: sharesAbove(world, record, []),
    context: {
      me: principal.id,
      myTeams: principal.teamIds,
      myBusinessUnit: principal.businessUnitId,
      now: '2026-01-01T00:00:00.000000Z',
      today: '2026-01-01',
      timeZone: 'UTC',
    },
  };
}

const asText = (value: string | number | null): string | null => (value === null ? null : String(value));

/** The shares of a record and of those above it, with the ways to them. */
function sharesAbove(world: World, record: Stored, way: readonly string[]): RecordShare[] {
  const own = world.shares
    .filter((share) => share.entity === record.entity && share.record === record.id)
    .map(({ principal, rights }) => ({
      ...(way.length === 0 ? {} : { path: way.join('/') }),
      principalId: principal,
      rights: rights.reduce((bits, right) => bits | SHARE_RIGHT_BITS[right], 0),
    }));
  const above = Object.entries(schemaOf(record.entity).lookups).flatMap(([field, { sharesExtend, targets }]) => {
    const target = sharesExtend ? targetOf(world, record.lookups[field] ?? null) : null;
    if (target === null) return [];
    return sharesAbove(world, target, [...way, targets.length === 1 ? field : `${field}_${target.entity}`]);
  });
  return [...own, ...above];
}
