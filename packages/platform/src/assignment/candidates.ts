// Who can get a record by a rule: users that are active, there, and hold a role that reads such records. Trusted statements of the
// service itself; who makes the record need not see them.
import { createHash } from 'node:crypto';
import type { AssignmentRule, EntityType, Model } from '@kartoteka/metadata';
import { DIRECTORY, DIRECTORY_PROPERTIES, entityOf } from '../security/directory.ts';
import { dateIn } from '../sql/bind.ts';
import { columnOf } from '../sql/scope.ts';
import { quoteLiteral, tableOf } from '../sql/statement.ts';
import type { Executor } from '../storage/types.ts';

/** Properties of a user that say when he is absent: dates, both ends included; they may be missing. */
const ABSENCE = { from: 'absent_from', until: 'absent_until' } as const;

/** A rule, and the entity whose records it gives away. */
export interface Asked {
  readonly rule: AssignmentRule;
  readonly model: Model;
  readonly entity: EntityType;
}

/** Ids in the order of their turns: as the rule names them, members of a team by their ids. */
export async function candidatesOf(asked: Asked, tx: Executor): Promise<readonly string[]> {
  const candidates = candidatesSql(asked);
  if (candidates === null) return [];
  const rows = await tx.run(`${candidates} order by place, id`, [todayOf(asked.model)], { prepare: true });
  return rows.map((row) => String(row.id));
}

/**
 * Who gets each of as many records in turn; empty where there is nobody. Turns are drawn from a sequence of the rule, in the statement that
 * finds the candidates: a sequence locks no row until the transaction ends, and what is undone passes its turns over.
 */
export async function nextOf(asked: Asked, records: number, tx: Executor): Promise<readonly string[]> {
  const candidates = candidatesSql(asked);
  if (candidates === null) return [];
  const sequence = sequenceOf(asked.rule);
  // Of one record PostgreSQL keeps a plan: where it does not know how many rows there will be it makes one anew each time.
  const [turns, more] =
    records === 1 ? ['(select 1 as n) n', []] : ['generate_series(1, $3::int) n', [String(records)]];
  const draw =
    `with c as materialized (select id, row_number() over (order by place, id) - 1 as at from (${candidates}) c), ` +
    `t as materialized (select nextval(to_regclass($2::text)) as turn, n from ${turns} where exists (select from c)) ` +
    'select c.id, t.turn is null as missing from t left join c on c.at = t.turn % (select count(*) from c) order by t.n';
  const run = () => tx.run(draw, [todayOf(asked.model), sequence, ...more], { prepare: true });
  let rows = await run();
  if (rows.some(({ missing }) => missing === true)) {
    await makeSequence(sequence, tx);
    rows = await run();
  }
  return rows.map((row) => String(row.id));
}

/** A name of the rule's own, however long that of the rule is. */
const sequenceOf = ({ name }: AssignmentRule): string =>
  `kartoteka.assignment_turn_${createHash('md5').update(name).digest('hex')}`;

/** The first turn of a rule. Those that come at the same moment wait for each other, so that one makes it. */
async function makeSequence(sequence: string, tx: Executor): Promise<void> {
  await tx.run(
    `do $$ begin perform pg_advisory_xact_lock(hashtextextended('${sequence}', 0)); ` +
      `create sequence if not exists ${sequence} minvalue 0 start with 0 cycle; end $$`,
  );
}

const todayOf = (model: Model): string => dateIn(model.organization.timeZone, new Date());

/**
 * Rows of `id` and `place`, by which they are in order; null where the rule names nobody. $1: the day. Names are literals: they are those
 * of a document, and PostgreSQL makes the plan for an array anew each time, which takes longer than running it.
 */
function candidatesSql({ rule, model, entity }: Asked): string | null {
  const { users, team } = rule.assign;
  if (users.length === 0 && team === null) return null;
  const user = entityOf(model, DIRECTORY.user);
  const tests = ['u.deleted_on is null', `${columnOf('u', user, DIRECTORY_PROPERTIES.active)} is not false`];
  tests.push(holdsRead(model, entity, 'u.id'), '$1::date is not null');
  if (rule.skipAbsent) tests.push(...presence(user));
  const email = `lower(${columnOf('u', user, 'email')})`;
  const names = users.map((each) => quoteLiteral(each.toLowerCase())).join(', ');
  tests.push(team === null ? `${email} in (${names})` : `u.id in (${membersSql(model, team)})`);
  const place = team === null ? `array_position(array[${names}], ${email})` : '0';
  return `select u.id::text as id, ${place} as place from ${tableOf(user)} u where ${tests.join(' and ')}`;
}

function membersSql(model: Model, team: string): string {
  const member = entityOf(model, DIRECTORY.teamMember);
  const { team: of, user } = DIRECTORY_PROPERTIES;
  return (
    `select ${columnOf('m', member, user)} from ${tableOf(member)} m join ${teamTable(model)} t on t.id = ${columnOf('m', member, of)} ` +
    `where m.deleted_on is null and t.deleted_on is null and t.name = ${quoteLiteral(team)}`
  );
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
    `not ((${from} is not null or ${until} is not null) and coalesce(${from}, '-infinity') <= $1::date and coalesce(${until}, 'infinity') >= $1::date)`,
  ];
}

/** A role of the holder's own, or of one of his teams that is there. Asked per holder, so that indexes by holder answer it. */
function holdsRead(model: Model, entity: EntityType, holder: string): string {
  const roles = [...model.roles.values()].filter((role) =>
    role.grants.some((grant) => grant.privilege === 'read' && grant.entity === entity.name),
  );
  const names = roles.map(({ name }) => quoteLiteral(name));
  if (names.length === 0) return 'false';
  const assignment = entityOf(model, DIRECTORY.roleAssignment);
  const member = entityOf(model, DIRECTORY.teamMember);
  const { role, user, team } = DIRECTORY_PROPERTIES;
  const held = `a.deleted_on is null and ${columnOf('a', assignment, role)} in (${names.join(', ')})`;
  const given = (property: string): string =>
    `exists (select from ${tableOf(assignment)} a where ${columnOf('a', assignment, property)} = ${holder} and ${held})`;
  const byTeam =
    `exists (select from ${tableOf(member)} m join ${teamTable(model)} t on t.id = ${columnOf('m', member, team)} and t.deleted_on is null ` +
    `join ${tableOf(assignment)} a on ${columnOf('a', assignment, team)} = t.id and ${held} ` +
    `where ${columnOf('m', member, user)} = ${holder} and m.deleted_on is null)`;
  return `(${given(user)} or ${given(team)} or ${byTeam})`;
}
