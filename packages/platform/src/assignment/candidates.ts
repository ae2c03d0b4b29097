// Who can get a record by a rule: users that are active, there, and hold a role that reads such records. Trusted statements of the
// service itself; who makes the record need not see them.
import type { AssignmentRule, EntityType, Model } from '@kartoteka/metadata';
import { arrayLiteral, DIRECTORY, DIRECTORY_PROPERTIES, entityOf } from '../security/directory.ts';
import { dateIn } from '../sql/bind.ts';
import { columnOf } from '../sql/scope.ts';
import { quoteLiteral, tableOf } from '../sql/statement.ts';
import type { Executor } from '../storage/types.ts';

/** Properties of a user that say when he is absent: dates, both ends included; they may be missing. */
const ABSENCE = { from: 'absent_from', until: 'absent_until' } as const;

/** Ids in the order of their turns: as the rule names them, members of a team by their ids. */
export async function candidatesOf(
  { rule, model, entity }: { readonly rule: AssignmentRule; readonly model: Model; readonly entity: EntityType },
  tx: Executor,
): Promise<readonly string[]> {
  const { users, team } = rule.assign;
  if (users.length === 0 && team === null) return [];
  const user = entityOf(model, DIRECTORY.user);
  const tests = ['u.deleted_on is null', `${columnOf('u', user, DIRECTORY_PROPERTIES.active)} is not false`];
  tests.push(holdsRead(model, entity, 'u.id'));
  if (rule.skipAbsent) tests.push(...presence(user));
  const member = entityOf(model, DIRECTORY.teamMember);
  const among =
    team === null
      ? `lower(${columnOf('u', user, 'email')}) = any($1::text[])`
      : `u.id in (select ${columnOf('m', member, DIRECTORY_PROPERTIES.user)} from ${tableOf(member)} m join ${teamTable(model)} t ` +
        `on t.id = ${columnOf('m', member, DIRECTORY_PROPERTIES.team)} where m.deleted_on is null and t.deleted_on is null and t.name = any($1::text[]))`;
  const names = team === null ? users.map((email) => email.toLowerCase()) : [team];
  const order = team === null ? `array_position($1::text[], lower(${columnOf('u', user, 'email')}))` : 'u.id';
  const today = dateIn(model.organization.timeZone, new Date());
  const rows = await tx.run(
    `select u.id::text as id from ${tableOf(user)} u where ${tests.join(' and ')} and ${among} and $2::date is not null order by ${order}, u.id`,
    [arrayLiteral(names), today],
    { prepare: true },
  );
  return rows.map((row) => String(row.id));
}

/** The team that gets what nobody else can; null where there is none of this name. */
export async function queueOf(model: Model, entity: EntityType, name: string, tx: Executor): Promise<string | null> {
  const [row] = await tx.run(
    `select t.id::text as id from ${teamTable(model)} t where t.name = $1::text and t.deleted_on is null and ${holdsRead(model, entity, 't.id')} order by t.id limit 1`,
    [name],
    { prepare: true },
  );
  return row === undefined ? null : String(row.id);
}

function teamTable(model: Model): string {
  return tableOf(entityOf(model, DIRECTORY.team));
}

/** An absence without an end goes on. */
function presence(user: EntityType): readonly string[] {
  if (!user.properties.has(ABSENCE.from) || !user.properties.has(ABSENCE.until)) return [];
  const [from, until] = [columnOf('u', user, ABSENCE.from), columnOf('u', user, ABSENCE.until)];
  return [
    `not ((${from} is not null or ${until} is not null) and coalesce(${from}, '-infinity') <= $2::date and coalesce(${until}, 'infinity') >= $2::date)`,
  ];
}

/** A role of the holder's own, or of one of his teams. */
function holdsRead(model: Model, entity: EntityType, holder: string): string {
  const roles = [...model.roles.values()].filter((role) =>
    role.grants.some((grant) => grant.privilege === 'read' && grant.entity === entity.name),
  );
  const assignment = entityOf(model, DIRECTORY.roleAssignment);
  const member = entityOf(model, DIRECTORY.teamMember);
  const { role, user, team } = DIRECTORY_PROPERTIES;
  const names = roles.map(({ name }) => quoteLiteral(name));
  if (names.length === 0) return 'false';
  const teams =
    `select ${columnOf('m', member, team)} from ${tableOf(member)} m ` +
    `where ${columnOf('m', member, user)} = ${holder} and m.deleted_on is null`;
  return (
    `exists (select from ${tableOf(assignment)} a where a.deleted_on is null and ${columnOf('a', assignment, role)} in (${names.join(', ')}) ` +
    `and (${columnOf('a', assignment, user)} = ${holder} or ${columnOf('a', assignment, team)} = ${holder} or ${columnOf('a', assignment, team)} in (${teams})))`
  );
}
