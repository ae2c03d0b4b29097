// For the test of rights at scale: a million contacts, an event of each, a million shares, 500 units and 5,000 users, made by the database itself, and
// users who see from a hundred-thousandth to a half of the contacts at each depth. It must not be imported by product code.
import { type Depth, type Model, PRIVILEGES, type Privilege, type RoleGrant } from '@kartoteka/metadata';
import type { Executor } from '../storage/types.ts';
import { condition, indexStatements, roleOf, smallModel, tableStatements } from './small-model.ts';

const SCALE_DEPTHS = ['user', 'business_unit', 'parent_child', 'organization'] as const satisfies readonly Depth[];
const SHARES = [0, 20, 10_000] as const;

interface Seat {
  readonly name: string;
  readonly depth: (typeof SCALE_DEPTHS)[number];
  /** Unit of the user. */
  readonly unit: number;
  /** Numbers of the teams of the user. */
  readonly teams?: readonly number[];
  /** The role is held through the teams, not by the user. */
  readonly throughTeams?: true;
}

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Where users sit, so that their rights cover the part of the contacts that the name says. Units and teams: see `DATA`. */
const SEATS: readonly Seat[] = [
  { name: 'owner of 0.001 %', depth: 'user', unit: 492 },
  { name: 'member of the owner of 49 %', depth: 'user', unit: 494, teams: [1] },
  { name: 'member of 6 owners of 0.05 %', depth: 'user', unit: 495, teams: range(10, 15) },
  { name: 'member of 6 owners of 49 %', depth: 'user', unit: 495, teams: [1, ...range(10, 14)] },
  { name: 'member of 40 owners of 0.3 %', depth: 'user', unit: 495, teams: range(10, 49) },
  { name: 'unit of 0.003 %', depth: 'business_unit', unit: 492 },
  { name: 'unit of 0.5 %', depth: 'business_unit', unit: 493 },
  { name: 'unit of 49 %', depth: 'business_unit', unit: 494 },
  {
    name: '6 units of 0.4 % through teams',
    depth: 'business_unit',
    unit: 492,
    teams: range(10, 15),
    throughTeams: true,
  },
  { name: '120 units of 0.001 %', depth: 'parent_child', unit: 202 },
  { name: '50 units of 0.1 %', depth: 'parent_child', unit: 442 },
  { name: '40 units of 1 %', depth: 'parent_child', unit: 402 },
  { name: '6 units of 0.4 %', depth: 'parent_child', unit: 495 },
  { name: '200 units of 49 %', depth: 'parent_child', unit: 2 },
  { name: 'all 500 units', depth: 'parent_child', unit: 1 },
  { name: 'everything', depth: 'organization', unit: 492 },
];

export interface ScaleUser {
  readonly name: string;
  readonly id: string;
  readonly shares: number;
}

/** One user per seat and number of shares. */
export function scaleUsers(): readonly ScaleUser[] {
  return SEATS.flatMap((seat, n) =>
    SHARES.map((shares, m) => ({
      name: `${seat.name} (${seat.depth}), ${shares} shares`,
      id: userId(userNumber(n, m)),
      shares,
    })),
  );
}

function userNumber(seat: number, shares: number): number {
  return 1 + seat * 3 + shares;
}

/** As `scale_id(2, n)` in the database. */
function userId(n: number): string {
  return `00000002-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** Entities that the roles are about. */
export const SCALE_ENTITIES = ['contact', 'event'] as const;

/** One role per depth, with every privilege on contacts and their events there. */
export function scaleModel(): Model {
  return modelOf((entity, privilege, depth) => [{ entity, privilege, depth, when: null }]);
}

/**
 * The same roles with conditions, as rights by status have them: at the depth where one of two holds, for 299 of 300 records and for
 * a third of them; beyond the depth user also on own records without any. (A condition that few records meet costs what a filter
 * costs that no index serves: a page of them is looked for in all that the depth covers.)
 */
export function conditionedScaleModel(): Model {
  const bare = smallModel([], true);
  return modelOf((entity, privilege, depth) => [
    { entity, privilege, depth, when: condition(bare, entity, "city ne 'City 7'") },
    { entity, privilege, depth, when: condition(bare, entity, "city lt 'City 2'") },
    ...(depth === 'user' ? [] : [{ entity, privilege, depth: 'user' as const, when: null }]),
  ]);
}

function modelOf(
  grantsOf: (entity: string, privilege: Privilege, depth: (typeof SCALE_DEPTHS)[number]) => readonly RoleGrant[],
): Model {
  const roles = SCALE_DEPTHS.map((depth) => {
    const each = SCALE_ENTITIES.flatMap((entity) => PRIVILEGES.map((privilege) => ({ entity, privilege })));
    return roleOf(
      depth,
      each.flatMap(({ entity, privilege }) => grantsOf(entity, privilege, depth)),
    );
  });
  return smallModel(roles, true);
}

/** Fills an empty, migrated database; takes about a minute. */
export async function createScaleData(database: Executor, model: Model): Promise<void> {
  for (const statement of tableStatements(model)) await database.run(statement);
  for (const statement of DATA) await database.run(statement);
  for (const type of model.entities.values()) {
    for (const statement of indexStatements(type)) await database.run(statement);
  }
  for (const statement of seatStatements()) await database.run(statement);
  await database.run('vacuum analyze');
}

/**
 * Units: 1 is the top; 2 - 201, 202 - 321, 402 - 441, 442 - 491 and 495 - 500 hang below the first of them; 322 - 401 and
 * 492 - 494 stand alone. Contacts by `k`, which is spread over the table: 49 % in 494, all of team 1; 49 % in 2 - 201; 10 in 202 - 321;
 * 1 % in 402 - 441; 0.1 % in 442 - 491; 30 in 492, of users 1 - 3; 0.5 % in 493; 0.4 % in 495 - 500, of teams 10 - 59.
 * Record ids grow with time, as UUIDs of version 7 do; unit ids are spread, so that the units of a subtree are not neighbours.
 */
const DATA: readonly string[] = [
  `create function scale_id(kind int, n bigint) returns uuid language sql immutable as
    $$ select case kind when 1 then md5('unit ' || n)::uuid
    else (lpad(kind::text, 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid end $$`,
  `create function scale_contact(n bigint) returns uuid language sql immutable as $$ select (lpad(to_hex(1700000000000 + n), 12, '0')
    || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid $$`,
  `insert into data.business_unit (id, parent_id, version) select scale_id(1, n), case when n = 1 then null
    when n in (2, 202, 402, 442, 492, 493, 494, 495) then scale_id(1, 1) when n <= 201 then scale_id(1, 2)
    when n <= 321 then scale_id(1, 202) when n <= 401 then scale_id(1, 1) when n <= 441 then scale_id(1, 402) when n <= 491 then scale_id(1, 442)
    else scale_id(1, 495) end, 1 from generate_series(1, 500) n`,
  `insert into data.team (id, owning_business_unit_id, version)
    select scale_id(3, n), scale_id(1, case when n < 10 then 494 else 495 + n % 6 end), 1 from generate_series(1, 59) n`,
  `insert into data."user" (id, owning_business_unit_id, version)
    select scale_id(2, n), scale_id(1, 2 + n % 400), 1 from generate_series(100, 5000) n`,
  `insert into data.contact (id, owner_id, owning_business_unit_id, version, created_on, last_name, city)
    select scale_contact(n), case when k < 490000 then scale_id(3, 1) when k < 980000 then scale_id(2, 1000 + k % 2000)
      when k < 980010 then scale_id(2, 3000 + k % 10) when k < 990000 then scale_id(2, 3100 + k % 400)
      when k < 991000 then scale_id(2, 3500 + k % 50) when k < 991030 then scale_id(2, 1 + k % 3)
      when k < 996000 then scale_id(2, 3600 + k % 20) else scale_id(3, 10 + k % 50) end,
    scale_id(1, case when k < 490000 then 494 when k < 980000 then 2 + k % 200 when k < 980010 then 202 + k % 120
      when k < 990000 then 402 + k % 40 when k < 991000 then 442 + k % 50 when k < 991030 then 492
      when k < 996000 then 493 else 495 + k % 6 end),
    1, timestamptz '2026-01-01' + n * interval '1 s', case when n % 50 > 0 then 'Name ' || substr(md5((n * 31)::text), 1, 6) end,
    'City ' || n % 300 from (select n, n * 7919 % 1000003 as k from generate_series(1::bigint, 1000000) n) n`,
  `insert into data.event (id, owner_id, owning_business_unit_id, version, created_on, last_name, city, contact_id)
    select scale_contact(1000000 + row_number() over (order by c.id)), c.owner_id, c.owning_business_unit_id, 1, c.created_on, c.last_name, c.city, c.id from data.contact c`,
];

function seatStatements(): readonly string[] {
  const users: string[] = [];
  const members: string[] = [];
  const roles: string[] = [];
  SEATS.forEach((seat, n) => {
    SHARES.forEach((_shares, m) => {
      const user = userNumber(n, m);
      users.push(`(${user}, ${seat.unit})`);
      for (const team of seat.teams ?? []) {
        members.push(`(${user}, ${team})`);
        if (seat.throughTeams) roles.push(`('${seat.depth}', 3, ${team})`);
      }
      if (!seat.throughTeams) roles.push(`('${seat.depth}', 2, ${user})`);
    });
  });
  const many = SEATS.map((_seat, n) => userNumber(n, 2)).join(', ');
  const some = SEATS.map((_seat, n) => userNumber(n, 1)).join(', ');
  return [
    `insert into data."user" (id, owning_business_unit_id, version) select scale_id(2, u), scale_id(1, unit), 1 from (values ${users.join(', ')}) u(u, unit)`,
    `insert into data.team_member (id, user_id, team_id, version) select gen_random_uuid(), scale_id(2, u), scale_id(3, t), 1 from (values ${members.join(', ')}) m(u, t)`,
    `insert into data.role_assignment (id, role, user_id, team_id, version) select gen_random_uuid(), role, case kind when 2 then scale_id(2, n) end,
      case kind when 3 then scale_id(3, n) end, 1 from (select distinct * from (values ${roles.join(', ')}) r(role, kind, n)) r`,
    `insert into kartoteka.principal (id, kind) select id, 'user' from data."user" union all select id, 'team' from data.team`,
    `insert into kartoteka.share (principal_id, entity, record_id, rights)
      select scale_id(2, u), 'contact', scale_contact((u * 104729 + n * 40009) % 1000000 + 1), 127 from unnest(array[${some}]) u, generate_series(1, 20) n`,
    `insert into kartoteka.share (principal_id, entity, record_id, rights)
      select scale_id(2, u), 'contact', scale_contact((u * 104729 + n * 97) % 1000000 + 1), 127 from unnest(array[${many}]) u, generate_series(1, 10000) n`,
    `insert into kartoteka.share (principal_id, entity, record_id, rights)
      select scale_id(2, 100 + n % 4900), 'contact', scale_contact(n * 104729 % 1000000 + 1), 1 + n % 7 from generate_series(1::bigint, 840000) n
      on conflict do nothing`,
  ];
}
