// Previews proven: what a preview says of random changes of random worlds is what the lists of everybody then gain and lose.
import { type EntityType, type Model, PRIVILEGES, type Privilege } from '@kartoteka/metadata';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { authorizePreview } from '../plan/preview-authorize.ts';
import { unrestrictedAccess } from '../security/access.ts';
import type { DirectoryChange } from '../security/directory-sources.ts';
import { resolvePrincipal, systemPrincipal, type UserPrincipal } from '../security/principals.ts';
import { type DrawnWorld, drawnWorld, insertWorld, makeWorld, testId, type World } from '../security/random-world.ts';
import { indexStatements, smallModel, tableStatements } from '../security/small-model.ts';
import type { Principal } from '../security/types.ts';
import { recordPredicate } from '../sql/access.ts';
import { bindStatement } from '../sql/bind.ts';
import { conditionPrinter } from '../sql/scope.ts';
import { SlotWriter } from '../sql/statement.ts';
import type { Executor } from '../storage/types.ts';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { effects } from './run.ts';
import { savesOf } from './saves.ts';

const RUNS = Number(process.env.KARTOTEKA_RUNS ?? 60);
const COUNTED = PRIVILEGES.filter((privilege) => privilege !== 'create');

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  const model = smallModel([]);
  await db.database.run('create schema if not exists data');
  for (const statement of tableStatements(model)) await db.database.run(statement);
  for (const type of model.entities.values()) {
    for (const statement of indexStatements(type)) await db.database.run(statement);
  }
});
afterAll(() => db?.drop());

/** Numbers stand for the n-th of the world, modulo their number. */
const drawnChange = fc.record({
  units: fc.array(fc.record({ unit: fc.nat(99), parent: fc.option(fc.nat(99)) }), { maxLength: 3 }),
  users: fc.array(
    fc.record({ user: fc.nat(3), unit: fc.option(fc.nat(99)), active: fc.constantFrom(null, null, true, false) }),
    { maxLength: 2 },
  ),
  teams: fc.array(fc.record({ team: fc.nat(3), unit: fc.nat(99) }), { maxLength: 2 }),
  members: fc.array(fc.record({ user: fc.nat(3), team: fc.nat(3) }), { maxLength: 2 }),
  lostMembers: fc.array(fc.nat(9), { maxLength: 2 }),
  assignments: fc.array(fc.record({ holder: fc.nat(7), role: fc.nat(3) }), { maxLength: 2 }),
  lostAssignments: fc.array(fc.nat(9), { maxLength: 2 }),
  /** Which roles get the grants of another world's. */
  roles: fc.array(fc.nat(3), { maxLength: 2 }),
});
type DrawnChange = typeof drawnChange extends fc.Arbitrary<infer T> ? T : never;

/** How often something was gained, lost, and left uncounted for who may not read it. */
const met = { gained: 0, lost: 0, hidden: 0, unchanged: 0 };

test('a preview tells what everybody gains and loses when the change is made', {
  timeout: 60_000 + RUNS * 2_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(drawnWorld, drawnWorld, drawnChange, async (drawn, other, drawnIn) => {
      const world = makeWorld(drawn);
      const change = makeChange(world, drawnIn);
      const after = makeWorld({ ...drawn, roles: changedGrants(drawn, other, drawnIn) }).model;
      await inScratch(async (tx) => {
        await insertWorld(tx, world);
        const caller = await resolvePrincipal(tx, world.model, testId('user', 0));
        if (caller === null) throw new Error('the user was not found');
        const limited = readsUsers(caller);
        const callers = [systemPrincipal(), limited];
        const readable = await rowsOfAll(tx, world, [limited], ['read']);
        const before = await principalsOf(tx, world, world.model);
        const had = await rowsOfAll(tx, world, before, COUNTED);
        const told = [];
        for (const principal of callers) {
          const request = { roles: [], change, entities: null, privileges: COUNTED };
          const saves = savesOf(change, world.model);
          const preview = authorizePreview(request, saves, world.model, systemPrincipal());
          const asked = { ...preview, principal } as typeof preview;
          told.push({ principal, body: await effects(tx, asked, after) });
        }
        await make(tx, change);
        const has = await rowsOfAll(tx, world, await principalsOf(tx, world, after), COUNTED);
        for (const { principal, body } of told) {
          const mine = principal.kind === 'system' ? null : readable;
          compare(world, body, { had: without(had, change), has: without(has, change), readable: mine });
        }
      });
    }),
    { numRuns: RUNS },
  );
  if (RUNS < 50) return;
  for (const [what, times] of Object.entries(met)) expect([what, times > 0]).toEqual([what, true]);
});

/** Who may read no users at all gets no preview. */
function readsUsers(caller: UserPrincipal): Principal {
  if (caller.access('user', 'read').granted) return caller;
  const access = (entity: string, privilege: Privilege) =>
    entity === 'user' ? unrestrictedAccess(entity, privilege) : caller.access(entity, privilege);
  return { ...caller, access };
}

function changedGrants(drawn: DrawnWorld, other: DrawnWorld, { roles }: DrawnChange): DrawnWorld['roles'] {
  const changed = new Set(roles);
  return drawn.roles.map((grants, n) => (changed.has(n) ? (other.roles[n % other.roles.length] ?? []) : grants));
}

function makeChange({ oracle, rows }: World, drawn: DrawnChange): DirectoryChange {
  const users = [...oracle.users.keys()];
  const teams = [...oracle.teams.keys()];
  const unit = (n: number): string => testId('unit', n % oracle.units.size);
  const user = (n: number): string => users[n % users.length] ?? '';
  const team = (n: number): string => teams[n % teams.length] ?? '';
  const holders = [...users, ...teams];
  const nth = (table: string, n: number): readonly string[] => {
    const all = rows[table] ?? [];
    return all.length === 0 ? [] : [String(all[n % all.length]?.id)];
  };
  const byId = <T extends { id: string }>(items: readonly T[]): readonly T[] => [
    ...new Map(items.map((item) => [item.id, item])).values(),
  ];
  return {
    // A unit goes below one made before it, so that they stay a tree.
    units: byId(
      drawn.units.map(({ unit: n, parent }) => {
        const at = n % oracle.units.size;
        return { id: unit(at), parent: parent === null || at === 0 ? null : unit(parent % at) };
      }),
    ),
    users: byId(
      drawn.users.map((each) => ({
        id: user(each.user),
        unit: each.unit === null ? null : unit(each.unit),
        active: each.active,
      })),
    ),
    teams: teams.length === 0 ? [] : byId(drawn.teams.map((each) => ({ id: team(each.team), unit: unit(each.unit) }))),
    members:
      teams.length === 0 ? [] : drawn.members.map((each) => ({ user_id: user(each.user), team_id: team(each.team) })),
    lost_members: [...new Set(drawn.lostMembers.flatMap((n) => nth('team_member', n)))],
    assignments: drawn.assignments.map(({ holder, role }) => {
      const id = holders[holder % holders.length] ?? '';
      const isUser = oracle.users.has(id);
      return { role: `role_${role % oracle.roles.size}`, user_id: isUser ? id : null, team_id: isUser ? null : id };
    }),
    lost_assignments: [...new Set(drawn.lostAssignments.flatMap((n) => nth('role_assignment', n)))],
  };
}

/** Makes the change by plain statements. */
async function make(tx: Executor, change: DirectoryChange): Promise<void> {
  for (const { id, parent } of change.units)
    await tx.run('update data.business_unit set parent_id = $2::uuid where id = $1::uuid', [id, parent]);
  for (const { id, unit, active } of change.users)
    await tx.run(
      'update data."user" set owning_business_unit_id = coalesce($2::uuid, owning_business_unit_id), active = coalesce($3::boolean, active) where id = $1::uuid',
      [id, unit, active === null ? null : String(active)],
    );
  for (const { id, unit } of change.teams)
    await tx.run('update data.team set owning_business_unit_id = $2::uuid where id = $1::uuid', [id, unit]);
  for (const id of change.lost_members)
    await tx.run('update data.team_member set deleted_on = now() where id = $1::uuid', [id]);
  for (const id of change.lost_assignments)
    await tx.run('update data.role_assignment set deleted_on = now() where id = $1::uuid', [id]);
  for (const { user_id, team_id } of change.members)
    await tx.run(
      'insert into data.team_member (id, user_id, team_id, version) values (gen_random_uuid(), $1::uuid, $2::uuid, 1)',
      [user_id, team_id],
    );
  for (const { role, user_id, team_id } of change.assignments)
    await tx.run(
      'insert into data.role_assignment (id, role, user_id, team_id, version) values (gen_random_uuid(), $1::text, $2::uuid, $3::uuid, 1)',
      [role, user_id, team_id],
    );
}

async function principalsOf(tx: Executor, world: World, model: Model): Promise<readonly Principal[]> {
  const all: Principal[] = [];
  for (const id of world.oracle.users.keys()) {
    const principal = await resolvePrincipal(tx, model, id);
    if (principal !== null) all.push(principal);
  }
  return all;
}

/** Records that the change itself saves are not counted. */
function without(rows: Rows, { users, teams, units, lost_members, lost_assignments }: DirectoryChange): Rows {
  const saved = new Set([...[...users, ...teams, ...units].map(({ id }) => id), ...lost_members, ...lost_assignments]);
  return new Map([...rows].map(([key, ids]) => [key, ids.difference(saved)]));
}

type Rows = ReadonlyMap<string, ReadonlySet<string>>;

/** Ids by `user entity privilege`, asked one by one. */
async function rowsOfAll(
  tx: Executor,
  { model }: World,
  principals: readonly Principal[],
  privileges: readonly Privilege[],
): Promise<Rows> {
  const rows = new Map<string, ReadonlySet<string>>();
  for (const principal of principals) {
    for (const entity of model.entities.values()) {
      for (const privilege of privileges) {
        if (!principal.access(entity.name, privilege).granted) continue;
        const ids = await rowsOf(tx, model, principal, entity, privilege);
        rows.set(`${principal.id} ${entity.name} ${privilege}`, ids);
      }
    }
  }
  return rows;
}

async function rowsOf(
  tx: Executor,
  model: Model,
  principal: Principal,
  entity: EntityType,
  privilege: Privilege,
): Promise<ReadonlySet<string>> {
  const slots = new SlotWriter();
  const access = principal.access(entity.name, privilege);
  const covered = recordPredicate(access, 'a', entity, slots, conditionPrinter({ slots }, entity));
  const text = `select a.id::text as id from data."${entity.table}" a where a.deleted_on is null and ${covered}`;
  const bindings = { model, principal, literals: [], values: {} };
  const found = await tx.run(text, bindStatement({ text, slots: slots.slots }, bindings));
  return new Set(found.map(({ id }) => String(id)));
}

/** `readable`: what the one who asked may read; null: everything. */
function compare(
  { oracle, model }: World,
  body: Awaited<ReturnType<typeof effects>>,
  { had, has, readable }: { readonly had: Rows; readonly has: Rows; readonly readable: Rows | null },
): void {
  expect(body).toMatchObject({ not_examined: 0, records_left_out: false });
  const nothing: ReadonlySet<string> = new Set();
  const mine = (entity: string): ReadonlySet<string> => readable?.get(`${testId('user', 0)} ${entity} read`) ?? nothing;
  for (const user of oracle.users.keys()) {
    const isTold = readable === null || mine('user').has(user);
    for (const entity of model.entities.keys()) {
      for (const privilege of COUNTED) {
        const key = `${user} ${entity} ${privilege}`;
        const was = had.get(key) ?? nothing;
        const is = has.get(key) ?? nothing;
        const entries = body.changes.filter(
          (each) => each.entity === entity && each.privilege === privilege && each.principal_ids.includes(user),
        );
        expect(entries.length).toBeLessThanOrEqual(1);
        const [entry] = entries;
        for (const [what, ids] of [
          ['gained', is.difference(was)],
          ['lost', was.difference(is)],
        ] as const) {
          const shown = readable === null ? ids : ids.intersection(mine(entity));
          const counted = entry?.counted === 'readable' ? shown : ids;
          const told = isTold && entry !== undefined;
          if (!told && isTold) expect([key, what, shown.size]).toEqual([key, what, 0]);
          if (!isTold) expect(entry).toBeUndefined();
          if (readable === null) expect([key, what, entry?.[what].count ?? 0]).toEqual([key, what, ids.size]);
          if (told) {
            expect([key, what, entry[what].count]).toEqual([key, what, counted.size]);
            expect(entry[what].records.map(({ id }) => id)).toEqual([...shown].sort());
          }
          if (told && counted.size > 0) met[what] += 1;
          if (told && shown.size < ids.size) met.hidden += 1;
          if (ids.size === 0) met.unchanged += 1;
        }
      }
    }
  }
  expect(body.principals.map(({ id }) => id).sort()).toEqual(
    [...new Set(body.changes.flatMap((each) => each.principal_ids))].sort(),
  );
}

/** Runs `work` in a transaction that leaves nothing behind. */
async function inScratch(work: (tx: Executor) => Promise<void>): Promise<void> {
  const undo = new Error('undo');
  await db.database
    .transaction(async (tx) => {
      await work(tx);
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
}
