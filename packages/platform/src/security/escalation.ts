// Nobody gives more than he holds: compares what a role would give its holder with what the giver holds. It reads rules
// (ability.ts) and the unit tree; it names no entity.
import type { EntityType, Model, RoleGrant } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { type RuleConditions, rulesOf } from './ability.ts';
import { conditionKey } from './access.ts';
import type { UserPrincipal } from './principals.ts';

/** A role at the place where it would be held. */
export interface GivenRole {
  readonly role: string;
  /** The holder's business unit, and it with every unit below it. */
  readonly unit: string;
  readonly subtree: readonly string[];
  /** The holder has the role already and only moves to this unit: what does not depend on the unit is not given anew. */
  readonly moved: boolean;
}

/** Throws escalation with what the giver lacks; invalid role names are left to validation. */
export function requireNoEscalation(model: Model, giver: UserPrincipal, given: GivenRole): void {
  const role = model.roles.get(given.role);
  if (role === undefined) return;
  const capability = [...role.capabilities].find((name) => !given.moved && !giver.capabilities.has(name));
  if (capability !== undefined) throw new PlatformError('escalation', { what: `the capability ${capability}` });
  const permission = role.fieldPermissions.find(
    ({ entity, field, right }) => !given.moved && !giver.permits(entity, field, right),
  );
  if (permission !== undefined) {
    const { entity, field, right } = permission;
    throw new PlatformError('escalation', { what: `${right} of the secured field ${entity}.${field}` });
  }
  const grants = role.grants.filter(
    ({ depth }) => !given.moved || depth === 'business_unit' || depth === 'parent_child',
  );
  const grant = grants.find((item) => !holds(model, giver, item, given));
  if (grant === undefined) return;
  throw new PlatformError('escalation', { what: `${grant.privilege} on ${grant.entity} at the depth ${grant.depth}` });
}

/** Whether rules of the giver cover every record that the grant would cover, without a condition or with the same. */
function holds(model: Model, giver: UserPrincipal, grant: RoleGrant, given: GivenRole): boolean {
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

type Covered = (rules: readonly RuleConditions[], units: ReadonlySet<string>, given: GivenRole) => boolean;

const COVERED: Readonly<Record<RoleGrant['depth'], Covered>> = {
  organization: () => false,
  parent_child: (_rules, units, { subtree }) => subtree.every((unit) => units.has(unit)),
  business_unit: (_rules, units, { unit }) => units.has(unit),
  // The holder's own records: whoever holds the privilege at any depth may let others have it on theirs.
  user: (rules) => rules.some(({ source }) => source === 'owners' || source === 'units'),
};
