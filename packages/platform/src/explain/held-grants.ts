// The grants that a principal holds for a privilege, each with what it covers of one record and whether its condition holds: the
// proof of an explanation. Pure: the record was looked at before, and what is granted is the engine's to say, not this module's.
import {
  type EntityType,
  type Privilege,
  printExpression,
  type Role,
  type RoleGrant,
  type SharePath,
  sharePaths,
  type TypedExpression,
} from '@kartoteka/metadata';
import { type RuleConditions, sourcesOf } from '../security/ability.ts';
import type { HeldRole } from '../security/directory.ts';
import type { UserPrincipal } from '../security/principals.ts';
import { SHARE_RIGHT_BITS } from '../security/types.ts';

/** A record as far as grants look at it. */
export interface SeenRecord {
  readonly id: string;
  readonly owner: string | null;
  readonly unit: string | null;
  /** The unit and those above it. */
  readonly above: ReadonlySet<string>;
  readonly shares: readonly SeenShare[];
  /** Whether a part of a condition (conditionParts) holds on the record. */
  holds(part: TypedExpression): boolean;
}

/** A share of the record, or of one above it, with the principal or a team of it. */
export interface SeenShare {
  /** Key of the way to the record that is shared; '' for the record itself. */
  readonly path: string;
  readonly principal: string;
  readonly rights: number;
  /** The shared record; null where whoever asks must not know it. */
  readonly record: string | null;
}

/** Why a grant reaches a record. */
export type Cover =
  | { readonly by: 'organization' }
  | { readonly by: 'owner'; readonly principal: string }
  /** `below`: the record's unit is that of the holder or below it. */
  | { readonly by: 'business_unit'; readonly unit: string; readonly below: boolean }
  | { readonly by: 'share'; readonly share: SeenShare; readonly path: SharePath | null };

export interface SeenCondition {
  readonly text: string;
  readonly holds: boolean;
  /** The parts, joined by `and`, that do not hold. */
  readonly failing: readonly string[];
}

/** A grant as the principal holds it; without a record nothing is covered and no condition judged. */
export interface HeldGrant {
  readonly held: HeldRole;
  readonly role: Role;
  readonly grant: RoleGrant;
  readonly covers: readonly Cover[];
  readonly condition: SeenCondition | null;
}

/** The roles of the principal with what they grant, by role and then by holder; a holder's own roles come before those of teams. */
export function heldGrants(
  subject: UserPrincipal,
  entity: EntityType,
  privilege: Privilege,
  record: SeenRecord | null,
): readonly HeldGrant[] {
  return heldRoles(subject).flatMap(({ held, role }) =>
    role.grants
      .filter((grant) => grant.entity === entity.name && grant.privilege === privilege)
      .map((grant) => {
        const rules = sourcesOf(subject.model, grant, entity, held, subject.facts);
        const covers = record === null ? [] : rules.flatMap((rule) => coversOf(subject, entity, rule, grant, record));
        return { held, role, grant, covers, condition: conditionOf(grant.when, record) };
      }),
  );
}

/** Roles that the Model knows, as they are held. */
export function heldRoles({
  model,
  facts,
}: UserPrincipal): readonly { readonly held: HeldRole; readonly role: Role }[] {
  const rank = ({ role, holder }: HeldRole): string => `${role} ${holder === facts.id ? 0 : 1} ${holder}`;
  return [...facts.roles]
    .sort((one, other) => (rank(one) < rank(other) ? -1 : 1))
    .flatMap((held) => {
      const role = model.roles.get(held.role);
      return role === undefined ? [] : [{ held, role }];
    });
}

/** Whether the grant alone lets the principal do it. */
export function allows({ covers, condition }: HeldGrant): boolean {
  return covers.length > 0 && condition?.holds !== false;
}

/** What a condition says, cut at its outermost `and`: it holds exactly where all of them do. */
export function conditionParts(when: TypedExpression): readonly TypedExpression[] {
  if (when.kind !== 'logical' || when.op !== 'and') return [when];
  return [...conditionParts(when.left), ...conditionParts(when.right)];
}

function conditionOf(when: TypedExpression | null, record: SeenRecord | null): SeenCondition | null {
  if (when === null) return null;
  const failing = record === null ? [] : conditionParts(when).filter((part) => !record.holds(part));
  return { text: printExpression(when), holds: failing.length === 0, failing: failing.map(printExpression) };
}

function coversOf(
  subject: UserPrincipal,
  entity: EntityType,
  rule: RuleConditions,
  { depth }: RoleGrant,
  record: SeenRecord,
): Cover[] {
  const { source, ids, right, path } = rule;
  if (source === 'all') return [{ by: 'organization' }];
  if (source === 'owners') {
    const owner = ownerOf(entity, record);
    return owner !== null && ids.includes(owner) ? [{ by: 'owner', principal: owner }] : [];
  }
  if (source === 'units') {
    const { unit } = record;
    return unit !== null && ids.includes(unit) ? [{ by: 'business_unit', unit, below: depth === 'parent_child' }] : [];
  }
  const key = path?.key ?? '';
  const fitting = record.shares.filter((share) => share.path === key && (share.rights & right) !== 0);
  return fitting
    .filter(({ principal }) => principal === subject.id || subject.teamIds.includes(principal))
    .map((share) => ({ by: 'share', share, path: path ?? null }));
}

/** A principal owns itself where records have no owner. */
export function ownerOf(entity: EntityType, record: SeenRecord): string | null {
  return entity.properties.has('owner_id') ? record.owner : record.id;
}

/** Shares that give the right on the record, whether or not a role makes use of them. */
export function sharesFor(
  subject: UserPrincipal,
  entity: EntityType,
  privilege: Privilege,
  record: SeenRecord,
): Cover[] {
  if (privilege === 'create' || entity.ownership === 'organization') return [];
  const paths = new Map(sharePaths(subject.model, entity).map((path) => [path.key, path]));
  return record.shares
    .filter(({ rights }) => (rights & SHARE_RIGHT_BITS[privilege]) !== 0)
    .map((share) => ({ by: 'share', share, path: paths.get(share.path) ?? null }));
}
