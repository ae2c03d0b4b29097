// What would be enough for an access that is denied: the single changes that would each allow it, every one as small as it can be.
// Pure. It proposes; what may be given by whom is judged when somebody does it.
import {
  depthsOf,
  type EntityType,
  isApplicable,
  type Privilege,
  type Role,
  type RoleGrant,
} from '@kartoteka/metadata';
import type { UserPrincipal } from '../security/principals.ts';
import {
  allows,
  type Cover,
  type HeldGrant,
  heldRoles,
  ownerOf,
  type SeenCondition,
  type SeenRecord,
  sharesFor,
} from './held-grants.ts';

type Depth = RoleGrant['depth'];

export type SmallestGrant =
  /**
   * A role that is held gives the privilege at this depth instead of `from`. A `condition` of it that does not hold on the record has
   * to be met, or taken out, besides.
   */
  | {
      readonly change: 'role';
      readonly role: Role;
      readonly from: Depth | 'none';
      readonly depth: Depth;
      /** Null: no record is asked about. */
      readonly because: Cover | null;
      readonly condition: SeenCondition | null;
    }
  /** The role reaches the record; its condition has to be met, or taken out. */
  | { readonly change: 'condition'; readonly role: Role; readonly depth: Depth; readonly condition: SeenCondition }
  /**
   * Another role, without a condition, is given to the principal or to a team of it. `share`: together with a share of the record with
   * this right.
   */
  | {
      readonly change: 'assignment';
      readonly to: string;
      readonly depth: Depth;
      readonly because: Cover | null;
      readonly share: boolean;
    }
  /** The record is shared with the principal with this right. */
  | { readonly change: 'share'; readonly with: string };

/** Of what somebody does not have on a record, given the grants that there are. Empty where no role can give the privilege. */
export function smallestGrants(
  subject: UserPrincipal,
  entity: EntityType,
  privilege: Privilege,
  record: SeenRecord,
  grants: readonly HeldGrant[],
): readonly SmallestGrant[] {
  if (!isApplicable(privilege, entity.ownership) || grants.some(allows)) return [];
  const asked = { subject, entity, privilege, record };
  return [...ofRoles(asked, grants), ...ofAssignments(asked, grants), ...ofShares(asked, grants)];
}

/** Of a privilege that no role gives at all: what would give it on some record. */
export function smallestAtAll(subject: UserPrincipal, entity: EntityType): readonly SmallestGrant[] {
  const [depth = 'organization'] = depthsOf(entity.ownership);
  const roles = [...new Set(heldRoles(subject).map(({ role }) => role))];
  return [
    ...roles.map((role) => ({ change: 'role', role, from: 'none', depth, because: null, condition: null }) as const),
    { change: 'assignment', to: subject.id, depth, because: null, share: false },
  ];
}

interface Asked {
  readonly subject: UserPrincipal;
  readonly entity: EntityType;
  readonly privilege: Privilege;
  readonly record: SeenRecord;
}

interface Reached {
  readonly depth: Depth;
  readonly because: Cover;
}

/** One proposal per role that is held, however often it is. */
function ofRoles(asked: Asked, grants: readonly HeldGrant[]): readonly SmallestGrant[] {
  const roles = new Map(heldRoles(asked.subject).map(({ role }) => [role.name, role]));
  return [...roles.values()].map((role): SmallestGrant => {
    const own = grants.filter((grant) => grant.role === role);
    const covering = own.find(({ covers }) => covers.length > 0);
    if (covering?.condition) {
      return { change: 'condition', role, depth: covering.grant.depth, condition: covering.condition };
    }
    const [given] = own;
    const from = given?.grant.depth ?? 'none';
    const holders = heldRoles(asked.subject).filter((each) => each.role === role);
    const reached = least(holders.map(({ held }) => smallestDepth(asked, held.unit, from)));
    const condition = given?.condition ?? null;
    return { change: 'role', role, from, ...reached, condition };
  });
}

/** Given to the principal itself, and to a team where that is enough at a smaller depth. */
function ofAssignments(asked: Asked, grants: readonly HeldGrant[]): readonly SmallestGrant[] {
  const { subject, entity, privilege } = asked;
  const own = { to: subject.id, ...smallestDepth(asked, subject.businessUnitId, 'none') };
  const teams = [...subject.facts.teams].sort((one, other) => (one.id < other.id ? -1 : 1));
  const byTeam = teams.map(({ id, unit }) => ({ to: id, ...smallestDepth(asked, unit, 'none') }));
  const team = byTeam.length === 0 ? own : least(byTeam);
  const found = [own, ...(rank(team) < rank(own) ? [team] : [])].map(
    (reached): SmallestGrant => ({ change: 'assignment', ...reached, share: false }),
  );
  const [smallest = 'organization'] = depthsOf(entity.ownership);
  const isSmallest = own.depth === smallest || team.depth === smallest;
  const sharing = isSharable(entity, privilege) && !grants.some(isMet) && !isSmallest;
  if (!sharing) return found;
  const share = { path: '', principal: subject.id, rights: 0, record: null };
  const because: Cover = { by: 'share', share, path: null };
  return [...found, { change: 'assignment', to: subject.id, depth: smallest, because, share: true }];
}

/** A share is nothing to whom no role gives the privilege, or only under a condition that does not hold. */
function ofShares({ subject, entity, privilege }: Asked, grants: readonly HeldGrant[]): readonly SmallestGrant[] {
  return isSharable(entity, privilege) && grants.some(isMet) ? [{ change: 'share', with: subject.id }] : [];
}

function isMet({ condition }: HeldGrant): boolean {
  return condition === null || condition.holds;
}

function isSharable(entity: EntityType, privilege: Privilege): boolean {
  return privilege !== 'create' && entity.ownership !== 'organization';
}

const DEPTHS: readonly Depth[] = depthsOf('user');
const rank = ({ depth }: Reached): number => DEPTHS.indexOf(depth);

function least<R extends Reached>(all: readonly R[]): R {
  return all.reduce((best, each) => (rank(each) < rank(best) ? each : best));
}

/** The smallest depth above `from` at which a role held in `unit` reaches the record. */
function smallestDepth(asked: Asked, unit: string, from: Depth | 'none'): Reached {
  const { subject, entity, privilege, record } = asked;
  const above = depthsOf(entity.ownership).filter((depth) => DEPTHS.indexOf(depth) > DEPTHS.indexOf(from as Depth));
  const [first = 'organization'] = above;
  const [shared] = sharesFor(subject, entity, privilege, record);
  if (shared !== undefined) return { depth: first, because: shared };
  for (const depth of above) {
    const because = REACHES[depth](asked, unit);
    if (because !== null) return { depth, because };
  }
  return { depth: 'organization', because: { by: 'organization' } };
}

/** Why a role held in the unit at a depth reaches the record; null: it does not. */
const REACHES: Readonly<Record<Depth, (asked: Asked, unit: string) => Cover | null>> = {
  user: ({ subject, entity, record }) => {
    const owner = ownerOf(entity, record);
    const mine = owner !== null && (owner === subject.id || subject.teamIds.includes(owner));
    return mine ? { by: 'owner', principal: owner } : null;
  },
  business_unit: ({ record }, unit) => (record.unit === unit ? { by: 'business_unit', unit, below: false } : null),
  parent_child: ({ record }, unit) =>
    record.unit !== null && record.above.has(unit) ? { by: 'business_unit', unit: record.unit, below: true } : null,
  organization: () => ({ by: 'organization' }),
};
