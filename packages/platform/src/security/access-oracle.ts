// Who may do what, written from the design's page on rights alone, slowly and plainly: tests compare the product with it.
// It must import nothing of the product.

export interface OracleWorld {
  /** Business units: id -> id of the unit above, null for the top. */
  readonly units: ReadonlyMap<string, string | null>;
  /** Users: id -> business unit. */
  readonly users: ReadonlyMap<string, string>;
  /** Teams: id -> business unit. */
  readonly teams: ReadonlyMap<string, string>;
  readonly members: readonly { readonly user: string; readonly team: string }[];
  readonly roles: ReadonlyMap<string, readonly OracleGrant[]>;
  /** Roles given to users and teams. */
  readonly assignments: readonly { readonly holder: string; readonly role: string }[];
  readonly shares: readonly {
    readonly entity: string;
    readonly record: string;
    readonly principal: string;
    readonly rights: readonly string[];
  }[];
}

export interface OracleGrant {
  readonly entity: string;
  readonly privilege: string;
  readonly depth: string;
  /** The condition as a function of the record and the user who asks; null: none. */
  readonly when: ((record: OracleRecord, me: string) => boolean) | null;
}

export interface OracleRecord {
  readonly entity: string;
  readonly ownership: string;
  readonly id: string;
  readonly owner: string | null;
  readonly unit: string | null;
  /** Ownership `parent`: the record whose shares count for this one too, as do those of its own parent. */
  readonly parent: OracleRecord | null;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Whether the user holds the privilege on the record. */
export function oracleAllows(world: OracleWorld, me: string, privilege: string, record: OracleRecord): boolean {
  const myTeams = world.members.filter((member) => member.user === me).map((member) => member.team);
  const principals = [me, ...myTeams];
  for (const assignment of world.assignments) {
    if (!principals.includes(assignment.holder)) continue;
    for (const grant of world.roles.get(assignment.role) ?? []) {
      if (grant.entity !== record.entity || grant.privilege !== privilege) continue;
      if (record.ownership === 'organization' && grant.depth !== 'organization') continue;
      const covered = depthCovers(world, grant.depth, assignment.holder, principals, record);
      const shared = isShared(world, principals, privilege, record);
      if (!covered && !shared) continue;
      if (grant.when === null || grant.when(record, me)) return true;
    }
  }
  return false;
}

function isShared(world: OracleWorld, principals: readonly string[], privilege: string, record: OracleRecord): boolean {
  const own = world.shares.some(
    (share) =>
      share.entity === record.entity &&
      share.record === record.id &&
      principals.includes(share.principal) &&
      share.rights.includes(privilege),
  );
  return own || (record.parent !== null && isShared(world, principals, privilege, record.parent));
}

function depthCovers(
  world: OracleWorld,
  depth: string,
  holder: string,
  principals: readonly string[],
  record: OracleRecord,
): boolean {
  const holderUnit = world.users.get(holder) ?? world.teams.get(holder);
  if (depth === 'organization') return true;
  if (depth === 'user') {
    // Users and teams have no owner: at this depth they are covered where they are the user or a team of the user.
    const owned = record.ownership === 'user' || record.ownership === 'parent';
    return owned ? principals.includes(String(record.owner)) : principals.includes(record.id);
  }
  if (depth === 'business_unit') return record.unit === holderUnit;
  if (depth === 'parent_child') {
    for (let unit = record.unit; unit !== null && unit !== undefined; unit = world.units.get(unit) ?? null) {
      if (unit === holderUnit) return true;
    }
  }
  return false;
}
