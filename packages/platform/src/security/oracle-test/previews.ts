// What a preview tells of a change of the directory, compared with what everybody then gains and loses. It must not be imported by
// product code.
import { isDeepStrictEqual } from 'node:util';
import { COUNTED, type DirectoryChange, type Effects, effectsOf } from '../oracle/directory-change.ts';
import { SCHEMA, schemaOf } from '../oracle/schema.ts';
import { type Grant, PRIVILEGES, type Role } from '../oracle/world.ts';
import { principalFor } from './askers.ts';
import type { Difference, Place } from './differences.ts';
import { modelWith } from './documents.ts';
import { send } from './requests.ts';
import { assignmentId, insertUser, memberId } from './stored.ts';

export interface Preview {
  readonly op: 'preview';
  readonly change: DirectoryChange;
}

const AUDITOR = 'eeeeeeee-0002-7000-8000-000000000000';

/** Reads and changes everything, the directory with it. */
const EVERYTHING: Role = {
  name: 'everything',
  grants: [...Object.keys(SCHEMA), 'role_assignment', 'team_member'].flatMap((entity) =>
    privilegesOf(entity).map((privilege): Grant => ({ entity, privilege, depth: 'organization', when: null })),
  ),
  fields: Object.keys(SCHEMA)
    .filter((entity) => schemaOf(entity).secured)
    .map((entity) => ({ entity, rights: ['read', 'create', 'update'] })),
  capabilities: ['export', 'import', 'publish_metadata'],
};

function privilegesOf(entity: string) {
  const kind = SCHEMA[entity]?.ownership ?? 'organization';
  const without: readonly string[] =
    kind === 'organization' ? ['assign', 'share'] : kind === 'parent' ? ['assign'] : [];
  return PRIVILEGES.filter((privilege) => !without.includes(privilege));
}

export async function comparePreview({ scratch, world }: Place, { change }: Preview): Promise<Difference | null> {
  return scratch.undone(async () => {
    const auditor = { id: AUDITOR, unit: world.units[0]?.id ?? '', active: true };
    await insertUser(scratch, auditor, EVERYTHING.name);
    const principal = await principalFor(scratch, modelWith([...world.roles, EVERYTHING]), AUDITOR, null);
    if (principal === null) throw new Error('the auditor was not found');
    const body = bodyOf(
      change,
      world.users.map(({ id }) => id),
    );
    const answer = await send({ database: scratch, principal }, { method: 'POST', path: '/preview_role_change', body });
    // He is a record that others may read, too.
    const expected = effectsOf({ ...world, users: [...world.users, auditor] }, change);
    const actual = effectsTold(JSON.parse(answer.body ?? ''));
    return isDeepStrictEqual(sorted(expected), sorted(actual)) ? null : { of: 'preview', expected, actual };
  });
}

const sorted = (effects: Effects) => Object.entries(effects).sort(([a], [b]) => (a < b ? -1 : 1));

function bodyOf({ assigned, taken, joined, left, moved, active }: DirectoryChange, users: readonly string[]): object {
  const holder = (id: string) => (users.includes(id) ? { user_id: id } : { team_id: id });
  return {
    business_units: moved.map(({ unit, parent }) => ({ id: unit, parent_id: parent })),
    users: active.map(({ user, active: isActive }) => ({ id: user, active: isActive })),
    role_assignments: {
      create: assigned.map(({ holder: id, role }) => ({ role, ...holder(id) })),
      delete: taken.map(assignmentId),
    },
    team_members: {
      create: joined.map(({ user, team }) => ({ user_id: user, team_id: team })),
      delete: left.map(memberId),
    },
    entities: Object.keys(SCHEMA),
    privileges: COUNTED,
  };
}

interface Told {
  readonly not_examined: number;
  readonly changes: readonly {
    readonly entity: string;
    readonly privilege: string;
    readonly principal_ids: readonly string[];
    readonly counted: string;
    readonly gained: { readonly count: number; readonly records: readonly unknown[] };
    readonly lost: { readonly count: number; readonly records: readonly unknown[] };
  }[];
}

function effectsTold({ changes, not_examined }: Told): Effects {
  if (not_examined !== 0) throw new Error('all are examined');
  const told = changes.flatMap(({ entity, privilege, principal_ids, gained, lost }) =>
    principal_ids.map((user) => [`${user} ${privilege} ${entity}`, [gained.count, lost.count]] as const),
  );
  return Object.fromEntries(told);
}
