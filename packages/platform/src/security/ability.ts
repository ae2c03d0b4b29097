// The roles of a principal as CASL rules: action = privilege, subject = entity, conditions = where the rows come from and the
// grant's own condition. The one source of rights: `can` asks these rules, and access.ts prints SQL arms from them.
import { Ability, type MatchConditions } from '@casl/ability';
import {
  type EntityType,
  type EvaluationContext,
  type Model,
  matchesExpression,
  type Privilege,
  type RoleGrant,
  type SharePath,
  sharePaths,
  type TypedExpression,
} from '@kartoteka/metadata';
import type { HeldRole, PrincipalFacts } from './directory.ts';
import { type AccessSource, SHARE_RIGHT_BITS } from './types.ts';

/** Conditions of a rule: the record comes from `source`, and `when` holds for it. */
export interface RuleConditions {
  readonly source: AccessSource;
  /** Owner, unit or principal ids; empty for `all`. */
  readonly ids: readonly string[];
  /** Property compared with `ids` (owners, units); null for `all` and shares. */
  readonly property: string | null;
  /** Bit of the share right; 0 where the source is no shares. */
  readonly right: number;
  /** Of `parent_shares`: the way to the records whose shares they are. */
  readonly path?: SharePath;
  readonly when: TypedExpression | null;
}

/** A share of one record, as kartoteka.share holds it, or of one above it. */
export interface RecordShare {
  /** Key of the way to the record that is shared (SharePath); absent: it is the record itself. */
  readonly path?: string;
  readonly principalId: string;
  readonly rights: number;
}

/** A record to be judged in memory. `values` holds every property that grants may look at, as text, boolean, number or null. */
export interface JudgedRecord {
  readonly entity: string;
  readonly values: Readonly<Record<string, string | boolean | number | null>>;
  readonly shares: readonly RecordShare[];
  readonly context: EvaluationContext;
}

export type PrincipalAbility = Ability<[Privilege, string | JudgedRecord], RuleConditions>;

/** Compiles the grants of all roles a principal holds. Roles that the Model does not know give nothing. */
export function compileAbility(model: Model, facts: PrincipalFacts): PrincipalAbility {
  const rules = facts.roles.flatMap((held) =>
    (model.roles.get(held.role)?.grants ?? []).flatMap((grant) => {
      const entity = model.entities.get(grant.entity);
      if (entity === undefined) return [];
      return sourcesOf(model, grant, entity, held, facts).map((conditions) => ({
        action: grant.privilege,
        subject: grant.entity,
        conditions,
        reason: held.role,
      }));
    }),
  );
  return new Ability<[Privilege, string | JudgedRecord], RuleConditions>(rules, {
    conditionsMatcher: matcher as (conditions: RuleConditions) => MatchConditions,
    detectSubjectType: (record) => record.entity,
  });
}

/**
 * Whether the rules cover one record, by the same conditions that the SQL is printed from. CASL's answer for an entity name
 * (any rule, conditions ignored) is never asked for: see `accessFor`.
 */
export function can(ability: PrincipalAbility, privilege: Privilege, record: JudgedRecord): boolean {
  return ability.can(privilege, record);
}

/** The rules of a privilege on an entity. No rule here is inverted or has fields: rights only add up. */
export function rulesOf(ability: PrincipalAbility, privilege: Privilege, entity: string): readonly RuleConditions[] {
  return ability
    .rulesFor(privilege, entity)
    .flatMap(({ conditions }) => (conditions === undefined ? [] : [conditions]));
}

/** Where the rows of a grant come from, for a role as it is held: its rules, without regard to other grants. */
export function sourcesOf(
  model: Model,
  grant: RoleGrant,
  entity: EntityType,
  held: HeldRole,
  facts: PrincipalFacts,
): RuleConditions[] {
  if (grant.depth === 'organization') return [rule('all', [], null, grant)];
  if (entity.ownership === 'organization') return [];
  const mine = [facts.id, ...facts.teams.map((team) => team.id)];
  const covered = {
    user: () => rule('owners', mine, entity.properties.has('owner_id') ? 'owner_id' : 'id', grant),
    business_unit: () => rule('units', [held.unit], 'owning_business_unit_id', grant),
    parent_child: () => rule('units', facts.subtrees[held.unit] ?? [held.unit], 'owning_business_unit_id', grant),
  }[grant.depth]();
  if (grant.privilege === 'create') return [covered];
  const isShared = (name: string): boolean => (facts.entities[name]?.shares ?? 0) > 0;
  const own = isShared(entity.name) ? [rule('shares', mine, null, grant)] : [];
  const above = sharePaths(model, entity).filter(({ target }) => isShared(target));
  return [covered, ...own, ...above.map((path) => ({ ...rule('parent_shares', mine, null, grant), path }))];
}

function rule(source: AccessSource, ids: readonly string[], property: string | null, grant: RoleGrant): RuleConditions {
  const isShares = source === 'shares' || source === 'parent_shares';
  const right = isShares && grant.privilege !== 'create' ? SHARE_RIGHT_BITS[grant.privilege] : 0;
  return { source, ids, property, right, when: grant.when };
}

function matcher(conditions: RuleConditions): (record: JudgedRecord) => boolean {
  const ids = new Set(conditions.ids);
  return (record) => covers(conditions, ids, record) && holds(conditions.when, record);
}

function covers(conditions: RuleConditions, ids: ReadonlySet<string>, record: JudgedRecord): boolean {
  const { source, property, right, path } = conditions;
  if (source === 'all') return true;
  if (right !== 0) {
    return record.shares.some(
      (share) => share.path === path?.key && ids.has(share.principalId) && (share.rights & right) !== 0,
    );
  }
  return property !== null && ids.has(String(value(record, property)));
}

function holds(when: TypedExpression | null, record: JudgedRecord): boolean {
  if (when === null) return true;
  return matchesExpression(when, (_navigations, property) => value(record, property), record.context);
}

/** A property that was not loaded is an error: taken for null, it would match wrongly. */
function value(record: JudgedRecord, property: string): string | boolean | number | null {
  const found = record.values[property];
  if (found === undefined) throw new Error(`${record.entity}: ${property} was not loaded, so rights cannot be judged`);
  return found;
}
