// An explanation as it is answered: ids become references with the names that whoever asks may see; what he may not see is named by
// its kind alone. Shapes only: nothing is looked up or judged here.
import {
  type EntityType,
  type FieldRight,
  isApplicable,
  labelText,
  type Model,
  PRIVILEGES,
  type Privilege,
  type Role,
} from '@kartoteka/metadata';
import { DIRECTORY } from '../security/directory.ts';
import { allows, type Cover, type HeldGrant, heldGrants, heldRoles, type SeenRecord } from './held-grants.ts';
import { type SmallestGrant, smallestAtAll, smallestGrants } from './smallest-grants.ts';
import type { Subject } from './subject.ts';

/** Users, teams and units that may be named, by id. */
export type Names = Readonly<
  Record<string, { readonly kind: string; readonly name: string | null; readonly active: boolean }>
>;

/** What an explanation is made of. */
export interface Explained {
  readonly model: Model;
  readonly entity: EntityType;
  readonly subject: Subject;
  /** Null: the entity as a whole is explained. */
  readonly record: SeenRecord | null;
  /** What the engine grants, by privilege. */
  readonly granted: Readonly<Record<Privilege, boolean>>;
  readonly names: Names;
  /** Ids of whoever asks, which is no secret to him. */
  readonly askers: ReadonlySet<string>;
}

/** Privileges without which a granted one can be used for nothing (3-security, "Which operation needs what"). */
const NEEDS: Readonly<Record<Privilege, readonly Privilege[]>> = {
  create: [],
  read: [],
  write: ['read'],
  delete: ['read'],
  append: ['read'],
  append_to: ['read'],
  assign: ['read', 'write'],
  share: ['read'],
};

/** The body of the answer. */
export function explanation(explained: Explained): object {
  const { entity, record, subject } = explained;
  return {
    entity: entity.name,
    ...(record === null ? {} : { id: record.id }),
    principal: { ...reference(explained, subject.principal.id), active: subject.active },
    privileges: Object.fromEntries(PRIVILEGES.map((privilege) => [privilege, ofPrivilege(explained, privilege)])),
    secured_fields: securedFields(explained),
  };
}

function ofPrivilege(explained: Explained, privilege: Privilege): object {
  const { entity, record, subject, granted } = explained;
  if (!isApplicable(privilege, entity.ownership)) return { granted: granted[privilege], applicable: false, grants: [] };
  const grants = heldGrants(subject.principal, entity, privilege, record);
  const shown = { granted: granted[privilege], grants: grants.map((grant) => grantOf(explained, grant)) };
  if (granted[privilege]) {
    const missing = record === null ? [] : NEEDS[privilege].filter((needed) => !granted[needed]);
    return missing.length === 0 ? shown : { ...shown, blocked_by: missing };
  }
  const code = grants.length === 0 ? 'missing_privilege' : 'missing_privilege_on_record';
  if (!subject.active) return { ...shown, code };
  const smallest =
    record === null
      ? smallestAtAll(subject.principal, entity)
      : smallestGrants(subject.principal, entity, privilege, record, grants);
  return { ...shown, code, smallest_grants: smallest.map((change) => changeOf(explained, privilege, change)) };
}

function grantOf(explained: Explained, held: HeldGrant): object {
  const { grant, covers, condition } = held;
  const unit = grant.depth === 'business_unit' || grant.depth === 'parent_child' ? held.held.unit : null;
  const { record } = explained;
  return {
    role: roleOf(explained, held.role),
    held_by: reference(explained, held.held.holder),
    depth: grant.depth,
    ...(unit === null ? {} : { business_unit: reference(explained, unit, DIRECTORY.businessUnit) }),
    ...(condition === null ? {} : { condition: record === null ? { text: condition.text } : condition }),
    ...(record === null ? {} : { allows: allows(held), covers: covers.map((cover) => coverOf(explained, cover)) }),
  };
}

function coverOf(explained: Explained, cover: Cover): object {
  if (cover.by === 'organization') return cover;
  if (cover.by === 'owner') return { by: 'owner', owner: reference(explained, cover.principal) };
  if (cover.by === 'business_unit') {
    const unit = reference(explained, cover.unit, DIRECTORY.businessUnit);
    return { by: cover.below ? 'business_unit_or_below' : 'business_unit', business_unit: unit };
  }
  const { share, path } = cover;
  const shared = { by: 'share', with: reference(explained, share.principal) };
  if (path === null) return shared;
  const record = { entity: path.target, ...(share.record === null ? {} : { id: share.record }) };
  return { ...shared, of: record, through: path.key };
}

function changeOf(explained: Explained, privilege: Privilege, change: SmallestGrant): object {
  if (change.change === 'share') {
    return { change: 'share', with: reference(explained, change.with), rights: [privilege] };
  }
  if (change.change === 'assignment') {
    const { to, depth, because, share } = change;
    const given = { change: 'assignment', to: reference(explained, to), privilege, depth };
    return share ? { ...given, with_share: [privilege] } : { ...given, ...becauseOf(explained, because) };
  }
  if (change.change === 'condition') {
    const { role, depth, condition } = change;
    return { change: 'condition', role: roleOf(explained, role), privilege, depth, condition };
  }
  const { role, from, depth, because, condition } = change;
  return {
    change: 'role',
    role: roleOf(explained, role),
    privilege,
    from,
    depth,
    ...becauseOf(explained, because),
    ...(condition === null ? {} : { condition }),
  };
}

function becauseOf(explained: Explained, because: Cover | null): object {
  return because === null ? {} : { because: coverOf(explained, because) };
}

function roleOf({ model }: Explained, { name, document }: Role): object {
  return { name, label: labelText(document.label, model.organization.locale) };
}

/** What may not be seen is named by its kind; one's own id is known to everybody. */
function reference({ names, askers, subject }: Explained, id: string, kind?: string): object {
  const found = names[id];
  if (found !== undefined) return { kind: found.kind, id, name: found.name };
  if (askers.has(id)) return { kind: DIRECTORY.user, id };
  return { kind: kind ?? (subject.principal.teamIds.includes(id) ? DIRECTORY.team : DIRECTORY.user) };
}

const FIELD_RIGHTS: readonly FieldRight[] = ['read', 'create', 'update'];

/** Per secured field of the entity: which rights the principal has, and through which roles. The same for all records. */
function securedFields(explained: Explained): readonly object[] {
  const { entity, subject } = explained;
  const secured = [...entity.properties.values()].filter((property) => property.secured);
  const fields = [...new Set(secured.map(({ field, name }) => field ?? name))];
  return fields.map((field) => ({
    field,
    ...Object.fromEntries(
      FIELD_RIGHTS.map((right) => {
        const giving = heldRoles(subject.principal).filter(({ role }) =>
          role.fieldPermissions.some(
            (each) => each.entity === entity.name && each.field === field && each.right === right,
          ),
        );
        const roles = giving.map(({ held, role }) => ({
          ...roleOf(explained, role),
          held_by: reference(explained, held.holder),
        }));
        return [right, { granted: subject.principal.permits(entity.name, field, right), roles }];
      }),
    ),
  }));
}
