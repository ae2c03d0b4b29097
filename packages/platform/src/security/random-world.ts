// For tests of rights: random unit trees, teams, roles, conditions, shares and records, as the oracle knows them and as rows
// of the tables of small-model.ts. It must not be imported by product code.
import type { Model, Privilege, RoleGrant } from '@kartoteka/metadata';
import fc from 'fast-check';
import type { Executor } from '../storage/types.ts';
import type { OracleGrant, OracleRecord, OracleWorld } from './access-oracle.ts';
import { condition, roleOf, smallModel } from './small-model.ts';
import { SHARE_RIGHT_BITS } from './types.ts';

const KINDS = ['unit', 'user', 'team', 'deal', 'region', 'link', 'note', 'reply'] as const;

/** `unit 3` as a uuid. */
export function testId(kind: (typeof KINDS)[number], n: number): string {
  const prefix = KINDS.indexOf(kind) + 1;
  return `0000000${prefix}-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

const PRIVILEGES = ['read', 'write', 'share'] as const satisfies readonly Privilege[];
const DEPTHS = ['user', 'business_unit', 'parent_child', 'organization'] as const;
const ENTITIES = ['deal', 'user', 'region', 'note', 'reply'] as const;
const OWNERSHIP = {
  deal: 'user',
  user: 'business_unit',
  region: 'organization',
  note: 'parent',
  reply: 'parent',
} as const;
const STAGES = ['new', 'open', 'won', null] as const;

/** Conditions as text and as what the oracle does with them. */
const CONDITIONS: readonly {
  readonly text: string;
  readonly holds: NonNullable<OracleGrant['when']>;
  readonly entity?: string;
}[] = [
  { text: "stage eq 'won'", holds: (record) => record.values.stage === 'won' },
  { text: "stage ne 'won'", holds: (record) => record.values.stage !== 'won' },
  { text: 'amount gt 4', holds: (record) => record.values.amount !== null && Number(record.values.amount) > 4 },
  { text: 'created_by_id eq me()', holds: (record, me) => record.values.created_by_id === me },
];

const grant = fc.record({
  entity: fc.constantFrom(...ENTITIES, 'deal', 'deal', 'note', 'reply'),
  privilege: fc.constantFrom(...PRIVILEGES, 'read'),
  depth: fc.constantFrom(...DEPTHS, 'user', 'business_unit', 'parent_child'),
  condition: fc.option(fc.nat(CONDITIONS.length - 1), { freq: 2 }),
});
const fields = {
  stage: fc.constantFrom(...STAGES),
  amount: fc.option(fc.nat(8)),
  creator: fc.nat(3),
  deleted: fc.boolean(),
};
const place = { unit: fc.nat(99), ...fields };

/** The first few often, so that what is drawn meets. */
const oftenLow = fc.oneof(fc.nat(3), fc.nat(99));

/** What is drawn: numbers stand for the n-th unit, user, team or record, modulo their number. */
export const drawnWorld = fc.record({
  /** Parent of unit n + 1: one of the units before it. */
  parents: fc.array(fc.nat(99), { maxLength: 9 }),
  users: fc.array(fc.record(place), { minLength: 1, maxLength: 4 }),
  teams: fc.array(fc.record({ unit: fc.nat(99), members: fc.array(fc.nat(3), { maxLength: 3 }) }), { maxLength: 4 }),
  roles: fc.array(fc.array(grant, { maxLength: 8 }), { minLength: 1, maxLength: 4 }),
  assignments: fc.array(fc.record({ holder: fc.nat(7), role: fc.nat(3) }), { minLength: 1, maxLength: 6 }),
  deals: fc.array(fc.record({ ...place, owner: fc.nat(7) }), { maxLength: 40 }),
  regions: fc.array(fc.record(fields), { maxLength: 6 }),
  /** On the n-th of all deals, users and regions. */
  notes: fc.array(fc.record({ ...fields, on: oftenLow }), { maxLength: 20 }),
  replies: fc.array(fc.record({ ...fields, note: oftenLow }), { maxLength: 12 }),
  shares: fc.array(
    fc.record({ record: oftenLow, principal: fc.nat(7), rights: fc.subarray([...PRIVILEGES], { minLength: 1 }) }),
    { maxLength: 20 },
  ),
});
export type DrawnWorld = typeof drawnWorld extends fc.Arbitrary<infer T> ? T : never;

export interface World {
  readonly oracle: OracleWorld;
  readonly model: Model;
  /** Records that are not deleted, by entity. */
  readonly records: ReadonlyMap<string, readonly OracleRecord[]>;
  /** Rows by table, to be inserted. */
  readonly rows: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  readonly shareRows: readonly Readonly<Record<string, unknown>>[];
}

/** Gives a drawn world its ids, its model and its rows. */
export function makeWorld(drawn: DrawnWorld): World {
  const units = new Map<string, string | null>([[testId('unit', 0), null]]);
  for (const [n, parent] of drawn.parents.entries()) units.set(testId('unit', n + 1), testId('unit', parent % (n + 1)));
  const unit = (n: number): string => testId('unit', n % units.size);
  const users = new Map(drawn.users.map((user, n) => [testId('user', n), unit(user.unit)]));
  const teams = new Map(drawn.teams.map((team, n) => [testId('team', n), unit(team.unit)]));
  const principals = [...users.keys(), ...teams.keys()];
  const principal = (n: number): string => principals[n % principals.length] ?? '';
  const user = (n: number): string => testId('user', n % users.size);
  const members = drawn.teams.flatMap((team, n) =>
    [...new Set(team.members.map(user))].map((member) => ({ user: member, team: testId('team', n) })),
  );
  const assignments = drawn.assignments.map(({ holder, role }) => ({
    holder: principal(holder),
    role: `role_${role % drawn.roles.length}`,
  }));
  const row = (values: { stage: string | null; amount: number | null; creator: number; deleted: boolean }) => ({
    stage: values.stage,
    amount: values.amount,
    created_by_id: user(values.creator),
    created_on: '2026-01-01T00:00:00Z',
    version: 1,
    deleted_on: values.deleted ? '2026-01-02T00:00:00Z' : null,
  });
  const deals = drawn.deals.map((deal, n) => ({
    id: testId('deal', (n * 7919) % 10_007),
    owner_id: principal(deal.owner),
    owning_business_unit_id: unit(deal.unit),
    ...row(deal),
  }));
  // Regions have ids that deals have as well: which of them a note is on, its type says.
  const regions = drawn.regions.map((region, n) => ({ id: testId('deal', (n * 7919) % 10_007), ...row(region) }));
  const userRows = drawn.users.map((drawnUser, n) => ({
    id: testId('user', n),
    owning_business_unit_id: unit(drawnUser.unit),
    ...row({ ...drawnUser, deleted: false }),
  }));
  const { note: notes, reply: replies } = childRows(drawn, { deal: deals, user: userRows, region: regions }, row);
  const rows = { deal: deals, region: regions, user: userRows, note: notes, reply: replies };
  const shareable = (['deal', 'user', 'note', 'reply'] as const).flatMap((entity) =>
    rows[entity].map(({ id }) => ({ entity, record: id })),
  );
  const shares = drawn.shares.map(({ record, principal: to, rights }) => {
    const { entity = 'deal', record: id = '' } = shareable[record % shareable.length] ?? {};
    return { entity, record: id, principal: principal(to), rights };
  });
  const unique = [...new Map(shares.map((share) => [share.entity + share.record + share.principal, share])).values()];
  const { model, roles } = makeRoles(drawn);
  return {
    model,
    oracle: { units, users, teams, members, roles, assignments, shares: unique },
    records: new Map(
      ENTITIES.map((entity) => [
        entity,
        rows[entity].filter((item) => item.deleted_on === null).map((item) => oracleRecord(rows, entity, item)),
      ]),
    ),
    rows: { ...rows, ...directoryRows(units, teams, members, assignments) },
    shareRows: unique.map((share) => ({
      principal_id: share.principal,
      entity: share.entity,
      record_id: share.record,
      rights: share.rights.reduce((bits, right) => bits | SHARE_RIGHT_BITS[right], 0),
    })),
  };
}

type Row = Readonly<Record<string, unknown>>;
type Kind = (typeof ENTITIES)[number];
type Drawn = { stage: string | null; amount: number | null; creator: number; deleted: boolean };

/** Records that belong to their parents, with the parents' owners and units; those of deleted ones are deleted. */
function childRows(
  drawn: DrawnWorld,
  parents: Readonly<Partial<Record<Kind, readonly Row[]>>>,
  row: (values: Drawn) => { deleted_on: string | null },
) {
  const below = (parent: Row | undefined, values: Drawn) => ({
    owner_id: parent?.owner_id ?? null,
    owning_business_unit_id: parent?.owning_business_unit_id ?? null,
    ...row({ ...values, deleted: values.deleted || parent?.deleted_on !== null }),
  });
  const targets = Object.entries(parents).flatMap(([on_type, rows = []]) =>
    rows.map((parent) => ({ on_type, parent })),
  );
  const note = drawn.notes.map(({ on, ...values }, n) => {
    const { on_type, parent } = targets[on % targets.length] ?? {};
    return { id: testId('note', n), on_type, on_id: parent?.id, ...below(parent, values) };
  });
  const reply = drawn.replies.flatMap(({ note: about, ...values }, n) => {
    const parent = note[about % note.length];
    return parent === undefined ? [] : [{ id: testId('reply', n), note_id: parent.id, ...below(parent, values) }];
  });
  return { note, reply };
}

function oracleRecord(rows: Readonly<Record<Kind, readonly Row[]>>, entity: Kind, row: Row): OracleRecord {
  const [above, id] = entity === 'note' ? [row.on_type as Kind, row.on_id] : ['note' as const, row.note_id];
  const parent = OWNERSHIP[entity] === 'parent' ? rows[above].find((other) => other.id === id) : undefined;
  return {
    entity,
    ownership: OWNERSHIP[entity],
    parent: parent === undefined ? null : oracleRecord(rows, above, parent),
    id: String(row.id),
    owner: (row.owner_id ?? null) as string | null,
    unit: (row.owning_business_unit_id ?? null) as string | null,
    values: row,
  };
}

function makeRoles(drawn: DrawnWorld): { model: Model; roles: ReadonlyMap<string, readonly OracleGrant[]> } {
  const bare = smallModel([]);
  const roles = drawn.roles.map((grants, n) => {
    const made: RoleGrant[] = grants.map((item) => ({
      entity: item.entity,
      privilege: item.privilege,
      depth: item.depth,
      when: item.condition === null ? null : condition(bare, item.entity, CONDITIONS[item.condition]?.text ?? ''),
    }));
    return roleOf(`role_${n}`, made);
  });
  const told = drawn.roles.map((grants, n): [string, readonly OracleGrant[]] => [
    `role_${n}`,
    grants.map((item) => ({
      ...item,
      when: item.condition === null ? null : (CONDITIONS[item.condition]?.holds ?? null),
    })),
  ]);
  return { model: smallModel(roles), roles: new Map(told) };
}

function directoryRows(
  units: OracleWorld['units'],
  teams: OracleWorld['teams'],
  members: OracleWorld['members'],
  assignments: OracleWorld['assignments'],
) {
  let link = 0;
  const version = { version: 1 };
  return {
    business_unit: [...units].map(([id, parent_id]) => ({ id, parent_id, ...version })),
    team: [...teams].map(([id, unit]) => ({ id, owning_business_unit_id: unit, ...version })),
    team_member: members.map((member) => ({
      id: testId('link', link++),
      user_id: member.user,
      team_id: member.team,
      ...version,
    })),
    role_assignment: assignments.map(({ holder, role }) => ({
      id: testId('link', link++),
      role,
      user_id: holder.startsWith('00000002') ? holder : null,
      team_id: holder.startsWith('00000003') ? holder : null,
      ...version,
    })),
  };
}

/** Inserts everything into empty tables. */
export async function insertWorld(tx: Executor, world: World): Promise<void> {
  const { users, teams } = world.oracle;
  const principals = [
    ...[...users.keys()].map((id) => ({ id, kind: 'user' })),
    ...[...teams.keys()].map((id) => ({ id, kind: 'team' })),
  ];
  await insertRows(tx, 'kartoteka.principal', principals);
  for (const [table, rows] of Object.entries(world.rows)) await insertRows(tx, `data."${table}"`, rows);
  await insertRows(tx, 'kartoteka.share', world.shareRows);
}

async function insertRows(
  tx: Executor,
  table: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  if (columns.length === 0) return;
  const list = columns.map((column) => `"${column}"`).join(', ');
  await tx.run(
    `insert into ${table} (${list}) select ${list} from json_populate_recordset(null::${table}, $1::json)`,
    [JSON.stringify(rows)],
    { prepare: true },
  );
}
