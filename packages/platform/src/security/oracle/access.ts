// Who may do what with a record, written from the page on rights alone ("Terms"), slowly and plainly.
import { holds as conditionHolds, plainSubject } from './conditions.ts';
import { CLOSED, schemaOf } from './schema.ts';
import {
  type Asker,
  type FieldRight,
  holdersOf,
  type Privilege,
  type Stored,
  type Target,
  type World,
} from './world.ts';

/** A user may act at all: known, and not disabled. */
export function mayAct(world: World, me: Asker): boolean {
  return holdersOf(me).every((holder) => world.users.some((user) => user.id === holder && user.active));
}

/** What was found out about a world before: worlds never change, and the same is asked of every record. */
const known = new WeakMap<World, Map<string, unknown>>();

function once<T>(world: World, key: string, find: () => T): T {
  const found = known.get(world) ?? new Map<string, unknown>();
  known.set(world, found);
  if (!found.has(key)) found.set(key, find());
  return found.get(key) as T;
}

/** The user and every team of the user. */
export function principalsOf(world: World, me: string): readonly string[] {
  return once(world, `principals ${me}`, () => findPrincipals(world, me));
}

function findPrincipals(world: World, me: string): readonly string[] {
  const teams = world.members.filter((member) => member.user === me).map((member) => member.team);
  return [me, ...teams.filter((id) => world.teams.some((team) => team.id === id && !team.deleted))];
}

/** Grants that reach a user, with who holds the role they come from. */
function grantsOf(world: World, me: string, privilege: Privilege, entity: string) {
  return once(world, `grants ${me} ${privilege} ${entity}`, () => findGrants(world, me, privilege, entity));
}

function findGrants(world: World, me: string, privilege: Privilege, entity: string) {
  const principals = principalsOf(world, me);
  return world.assignments
    .filter(({ holder }) => principals.includes(holder))
    .flatMap(({ holder, role }) => {
      const grants = world.roles.find(({ name }) => name === role)?.grants ?? [];
      return grants.map((grant) => ({ holder, grant }));
    })
    .filter(({ grant }) => grant.entity === entity && grant.privilege === privilege);
}

/** Whether any role gives the privilege at any depth. */
export function granted(world: World, me: Asker, privilege: Privilege, entity: string): boolean {
  return holdersOf(me).every((holder) => grantsOf(world, holder, privilege, entity).length > 0);
}

export function hasCapability(world: World, me: Asker, capability: string): boolean {
  return holdersOf(me).every((holder) =>
    rolesOf(world, holder).some(({ capabilities }) => capabilities.includes(capability)),
  );
}

/** Secured fields belong to principal and entity: no depth, no condition. */
export function permits(world: World, me: Asker, entity: string, right: FieldRight): boolean {
  return holdersOf(me).every((holder) =>
    rolesOf(world, holder).some(({ fields }) =>
      fields.some((field) => field.entity === entity && field.rights.includes(right)),
    ),
  );
}

function rolesOf(world: World, me: string) {
  const principals = principalsOf(world, me);
  const names = world.assignments.filter(({ holder }) => principals.includes(holder)).map(({ role }) => role);
  return world.roles.filter(({ name }) => names.includes(name));
}

/**
 * Access to a record: a grant of the privilege such that (its depth covers the record, or the record is shared with me or a team
 * of mine with that right) and the grant's condition, if any, holds.
 */
export function may(world: World, me: Asker, privilege: Privilege, record: Stored): boolean {
  return holdersOf(me).every((holder) => holds(world, holder, privilege, record));
}

function holds(world: World, me: string, privilege: Privilege, record: Stored): boolean {
  return grantsOf(world, me, privilege, record.entity).some(({ holder, grant }) => {
    const covered = depthCovers(world, me, grant.depth, holder, record);
    if (!covered && !sharedWith(world, principalsOf(world, me), privilege, record)) return false;
    return grant.when === null || satisfies(world, me, record, grant.when);
  });
}

function depthCovers(world: World, me: string, depth: string, holder: string, record: Stored): boolean {
  if (depth === 'organization') return true;
  const { owner, unit } = ownership(world, record);
  if (depth === 'user') return owner !== null && principalsOf(world, me).includes(owner);
  const unitOfHolder = unitOf(world, holder);
  if (unit === null || unitOfHolder === null) return false;
  return depth === 'business_unit' ? unit === unitOfHolder : isBelow(world, unit, unitOfHolder);
}

/** The unit itself, or one somewhere below `above`. */
function isBelow(world: World, unit: string, above: string): boolean {
  for (let at: string | null = unit; at !== null; at = world.units.find(({ id }) => id === at)?.parent ?? null) {
    if (at === above) return true;
  }
  return false;
}

export function unitOf(world: World, principal: string): string | null {
  return [...world.users, ...world.teams].find(({ id }) => id === principal)?.unit || null;
}

/** Whose a record is: its own owner and unit, or those of the record that it belongs to. */
export function ownership(world: World, record: Stored): { owner: string | null; unit: string | null } {
  const { ownership: kind, parent } = schemaOf(record.entity);
  if (kind === 'organization') return { owner: null, unit: null };
  if (kind === 'business_unit') return { owner: null, unit: record.unit };
  if (kind === 'user') return { owner: record.owner, unit: record.owner === null ? null : unitOf(world, record.owner) };
  const above = targetOf(world, record.lookups[parent ?? ''] ?? null);
  return above === null ? { owner: null, unit: null } : ownership(world, above);
}

/** The record that a lookup names, deleted or not. */
export function targetOf(world: World, target: Target | null): Stored | null {
  if (target === null) return null;
  return world.records.find(({ entity, id }) => entity === target.entity && id === target.id) ?? null;
}

/** A share of the record, or of one above it whose shares extend to it. */
function sharedWith(world: World, principals: readonly string[], privilege: Privilege, record: Stored): boolean {
  const own = world.shares.some(
    (share) =>
      share.entity === record.entity &&
      share.record === record.id &&
      principals.includes(share.principal) &&
      (share.rights as readonly string[]).includes(privilege),
  );
  if (own) return true;
  return Object.entries(schemaOf(record.entity).lookups).some(([field, { sharesExtend }]) => {
    const above = sharesExtend ? targetOf(world, record.lookups[field] ?? null) : null;
    return above !== null && sharedWith(world, principals, privilege, above);
  });
}

function satisfies(world: World, me: string, record: Stored, condition: string): boolean {
  return conditionHolds(
    condition,
    plainSubject((path) => propertyOf(world, record, path)),
    asking(world, me),
  );
}

export function asking(world: World, me: string) {
  return { me, teams: principalsOf(world, me).slice(1), unit: unitOf(world, me) ?? '' };
}

/** A property of the record itself. */
export function propertyOf(world: World, record: Stored, name: string): string | number | null {
  if (name === 'owner_id') return ownership(world, record).owner;
  if (name === 'owning_business_unit_id') return ownership(world, record).unit;
  if (name === 'created_by_id') return record.creator;
  const lookup = /^(\w+)_(id|type)$/.exec(name);
  if (lookup !== null) {
    const target = record.lookups[lookup[1] ?? ''] ?? null;
    return target === null ? null : lookup[2] === 'id' ? target.id : target.entity;
  }
  if (name === 'id' || name === 'name' || name === 'stage' || name === 'amount' || name === 'secret')
    return record[name];
  throw new Error(`the oracle knows no property ${name}`);
}

/** Not closed: no stage that ends a record. */
export const isActive = (record: Stored): boolean => !CLOSED.includes(record.stage);
