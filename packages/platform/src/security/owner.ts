// Whether a user or team may own records of an entity: the owner of a record must be able to read the entity at all.
import type { EntityType, Model } from '@kartoteka/metadata';
import type { Executor } from '../storage/types.ts';
import { columnOf, DIRECTORY, DIRECTORY_PROPERTIES, entityOf, tableOf } from './directory.ts';
import type { Principals } from './principals.ts';

/** True when a role held by the user (also through teams) or by the team itself gives read on the entity at any depth. */
export async function ownerCanRead(
  executor: Executor,
  model: Model,
  principals: Principals,
  ownerId: string,
  entity: EntityType,
): Promise<boolean> {
  const user = await principals.get(ownerId);
  if (user !== null) return user.access(entity.name, 'read').granted;
  const roles = await rolesOfTeam(executor, model, ownerId);
  return roles.some((role) => model.roles.get(role)?.grants.some((grant) => grant.entity === entity.name && grant.privilege === 'read'));
}

async function rolesOfTeam(executor: Executor, model: Model, teamId: string): Promise<readonly string[]> {
  const assignment = entityOf(model, DIRECTORY.roleAssignment);
  const role = columnOf(assignment, DIRECTORY_PROPERTIES.role);
  const team = columnOf(assignment, DIRECTORY_PROPERTIES.team);
  const text = `select a.${role} as role from ${tableOf(assignment)} a where a.${team} = $1::uuid and a.deleted_on is null`;
  const rows = await executor.run(text, [teamId], { prepare: true });
  return rows.map((row) => String(row.role));
}
