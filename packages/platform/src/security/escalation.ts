// Nobody gives more than he holds: compares what a role would give its holder with what the giver holds. It reads rules
// (ability.ts) and the unit tree; it names no entity. Acting as another user is stricter than giving a role: it reaches what
// that user owns and what is shared with him.
import { type EntityType, type Model, PRIVILEGES, type Role, type RoleGrant } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { type RuleConditions, rulesOf } from './ability.ts';
import { conditionKey } from './access.ts';
import { isUserPrincipal, type UserPrincipal } from './principals.ts';
import type { AccessSource, Principal } from './types.ts';

/** A role at the place where it would be held. */
export interface GivenRole {
  readonly role: string;
  /** The holder's business unit, and it with every unit below it. */
  readonly unit: string;
  readonly subtree: readonly string[];
  /** The holder has the role already and only moves to this unit: what does not depend on the unit is not given anew. */
  readonly moved: boolean;
}

/** What a role, or a part of one, gives. */
export type RoleRights = Pick<Role, 'grants' | 'fieldPermissions' | 'capabilities'>;

/** Throws escalation with what the giver lacks; invalid role names are left to validation. */
export function requireNoEscalation(model: Model, giver: UserPrincipal, given: GivenRole): void {
  const role = model.roles.get(given.role);
  if (role !== undefined) requireHolds(model, giver, role, given);
}

/** The same for these rights at that place. */
export function requireHolds(
  model: Model,
  giver: UserPrincipal,
  rights: RoleRights,
  given: Omit<GivenRole, 'role'>,
): void {
  const capability = [...rights.capabilities].find((name) => !given.moved && !giver.capabilities.has(name));
  if (capability !== undefined) throw new PlatformError('escalation', { what: `the capability ${capability}` });
  const permission = rights.fieldPermissions.find(
    ({ entity, field, right }) => !given.moved && !giver.permits(entity, field, right),
  );
  if (permission !== undefined) {
    const { entity, field, right } = permission;
    throw new PlatformError('escalation', { what: `${right} of the secured field ${entity}.${field}` });
  }
  const grants = rights.grants.filter(
    ({ depth }) => !given.moved || depth === 'business_unit' || depth === 'parent_child',
  );
  const grant = grants.find((item) => !holds(model, giver, item, given));
  if (grant === undefined) return;
  throw new PlatformError('escalation', { what: `${grant.privilege} on ${grant.entity} at the depth ${grant.depth}` });
}

/** What `after` gives beyond `before`, wherever both are held. */
export function rightsGained(before: RoleRights | undefined, after: RoleRights): RoleRights {
  if (before === undefined) return after;
  const permissions = new Set(before.fieldPermissions.map(({ entity, field, right }) => `${right} ${entity} ${field}`));
  return {
    grants: after.grants.filter((grant) => !before.grants.some((other) => isAtMost(grant, other))),
    fieldPermissions: after.fieldPermissions.filter(
      ({ entity, field, right }) => !permissions.has(`${right} ${entity} ${field}`),
    ),
    capabilities: new Set([...after.capabilities].filter((name) => !before.capabilities.has(name))),
  };
}

/** Names of the fields that are used through a permission alone. */
export function securedFields(entity: EntityType | undefined): ReadonlySet<string> {
  const properties = [...(entity?.properties.values() ?? [])].filter(({ secured }) => secured);
  return new Set(properties.flatMap(({ field }) => field ?? []));
}

const DEPTHS: readonly RoleGrant['depth'][] = ['user', 'business_unit', 'parent_child', 'organization'];

function isAtMost(grant: RoleGrant, other: RoleGrant): boolean {
  const sameRight = grant.entity === other.entity && grant.privilege === other.privilege;
  if (!sameRight || DEPTHS.indexOf(grant.depth) > DEPTHS.indexOf(other.depth)) return false;
  return other.when === null || conditionKey(other.when) === conditionKey(grant.when);
}

/** Whether rules of the giver cover every record that the grant would cover, without a condition or with the same. */
function holds(model: Model, giver: UserPrincipal, grant: RoleGrant, given: Omit<GivenRole, 'role'>): boolean {
  const entity = model.entities.get(grant.entity);
  if (entity === undefined || givesNothing(entity, grant)) return true;
  const key = conditionKey(grant.when);
  const rules = rulesOf(giver.ability, grant.privilege, grant.entity).filter(
    ({ when }) => when === null || conditionKey(when) === key,
  );
  if (rules.some(({ source }) => source === 'all')) return true;
  const units = new Set(rules.flatMap((rule) => (rule.source === 'units' ? rule.ids : [])));
  return COVERED[grant.depth](rules, units, given);
}

/** Records without owner know no depth but organization. */
function givesNothing(entity: EntityType, grant: RoleGrant): boolean {
  return entity.ownership === 'organization' && grant.depth !== 'organization';
}

type Covered = (
  rules: readonly RuleConditions[],
  units: ReadonlySet<string>,
  given: Omit<GivenRole, 'role'>,
) => boolean;

const COVERED: Readonly<Record<RoleGrant['depth'], Covered>> = {
  organization: () => false,
  parent_child: (_rules, units, { subtree }) => subtree.every((unit) => units.has(unit)),
  business_unit: (_rules, units, { unit }) => units.has(unit),
  // The holder's own records: whoever holds the privilege at any depth may let others have it on theirs.
  user: (rules) => rules.some(({ source }) => source === 'owners' || source === 'units'),
};

/**
 * For whoever will be able to act as `other`: passes when `giver` holds all of it. A record of the other's own counts
 * as held only where it is in reach whoever owns it, or the same user or team owns it.
 * @throws PlatformError escalation, naming what the giver lacks
 */
export function requireHoldsAll(giver: Principal, other: Principal): void {
  if (giver.kind === 'system' || giver.id === other.id) return;
  if (!isUserPrincipal(giver) || !isUserPrincipal(other)) throw new Error('only users can act as each other');
  const capability = [...other.capabilities].find((name) => !giver.capabilities.has(name));
  if (capability !== undefined) throw new PlatformError('escalation', { what: `the capability ${capability}` });
  const permissions = other.facts.roles.flatMap(({ role }) => other.model.roles.get(role)?.fieldPermissions ?? []);
  const permission = permissions.find(({ entity, field, right }) => !giver.permits(entity, field, right));
  if (permission !== undefined) {
    const { entity, field, right } = permission;
    throw new PlatformError('escalation', { what: `${right} of the secured field ${entity}.${field}` });
  }
  for (const name of other.model.entities.keys()) {
    for (const privilege of PRIVILEGES) {
      const mine = rulesOf(giver.ability, privilege, name);
      const missing = rulesOf(other.ability, privilege, name).find((rule) => !isWithin(rule, mine));
      if (missing !== undefined) {
        throw new PlatformError('escalation', { what: `${privilege} on ${name}, ${REACH[missing.source]}` });
      }
    }
  }
}

const REACH: Readonly<Record<AccessSource, string>> = {
  all: 'every record',
  owners: 'records that others own',
  units: 'records of other business units',
  shares: 'records shared with others',
  parent_shares: 'records shared with others',
};

/** Records that come into reach by a membership. */
export const REACH_OF_TEAM: Readonly<Record<AccessSource, string>> = {
  ...REACH,
  owners: 'records that the team owns',
  shares: 'records shared with the team',
  parent_shares: 'records shared with the team',
};

/**
 * Whether rules without a condition, or with the same, select every record that `rule` selects. `unit`: all of those belong to
 * this business unit.
 */
export function isWithin(
  rule: RuleConditions & { readonly unit?: string | null },
  mine: readonly RuleConditions[],
): boolean {
  const key = conditionKey(rule.when);
  const fitting = mine.filter(({ when }) => when === null || conditionKey(when) === key);
  if (fitting.some(({ source }) => source === 'all')) return true;
  const { unit } = rule;
  if (typeof unit === 'string' && fitting.some(({ source, ids }) => source === 'units' && ids.includes(unit)))
    return true;
  const alike = fitting.filter(({ source, path }) => source === rule.source && path?.key === rule.path?.key);
  const ids = new Set(alike.flatMap((item) => item.ids));
  return rule.source !== 'all' && rule.ids.every((id) => ids.has(id));
}
